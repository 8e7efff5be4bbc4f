"""What the token endpoint works with: its parts, one request, and what is asked about people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from vestibule.oidc.claims import Subject
from vestibule.oidc.faults import Fault
from vestibule.oidc.metadata import issuer
from vestibule.oidc.place import Place
from vestibule.oidc.provider_token import Reveal
from vestibule.oidc.signing import Signer
from vestibule.ports import Ticket, Tickets
from vestibule.settings import Settings
from vestibule.tenancy import Flow, Tenant
from vestibule.world import World


class UserState(Protocol):
    """Whether a user may still be given tokens, and for grants since when."""

    @property
    def enabled(self) -> bool: ...

    @property
    def sessions_valid_from(self) -> datetime | None: ...


class Profile(Protocol):
    """What tokens of the tenant's own authority say of a person; `roles` are template ids."""

    @property
    def principal_name(self) -> str: ...

    @property
    def sign_in_name(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def email(self) -> str: ...

    @property
    def roles(self) -> Collection[str]: ...


UserStates = Callable[[str, str], Awaitable[UserState | None]]
"""(tenant id, object id) → the user's state; None when there is no such user."""

Grants = Callable[[str, str, str, datetime], Awaitable["tuple[Ticket, UserState | None] | None"]]
"""(kind, tenant id, key, now) → the ticket of a grant and the state of its user; None when there
is no such ticket."""

Profiles = Callable[[str, str], Awaitable[Profile | None]]
"""(tenant id, object id) → who that is now; None when there is no such user."""


SignIn = Callable[["TokenRequest", str, str], Awaitable[Subject]]
"""(request, name, password) → who that is, by the request's flow and without pages. Raises Fault
90225; TooMany while too many passwords are being checked."""


@dataclass(frozen=True, slots=True)
class Service:
    """The parts that live as long as the server."""

    settings: Settings
    world: World
    tickets: Tickets
    signer: Signer
    user_state: UserStates
    grant: Grants
    sign_in: SignIn
    profile: Profiles
    reveal: Reveal


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """One call of an endpoint for programs. `flow` is None at the tenant's own authority."""

    parameters: Mapping[str, str] = field(repr=False)
    authorization: str = field(repr=False)
    place: Place
    tenant: Tenant
    flow: Flow | None
    base: str
    now: datetime
    correlation: str = ""
    ip: str = ""

    def required(self, name: str) -> str:
        """A parameter that must be there. Raises Fault 90083."""
        value = self.parameters.get(name, "")
        if not value:
            raise Fault("90083", parameter=name)
        return value

    def issuer(self, settings: Settings) -> str:
        """Who signs the tokens that are asked for here."""
        return issuer(self.tenant, self.flow, base=self.base, settings=settings)
