"""A tenant: everything that is configured in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from vestibule.tenancy.applications import Application
from vestibule.tenancy.elsewhere import Connector, Provider
from vestibule.tenancy.flows import SIGN_IN, Attribute, Flow

Kind = Literal["workforce", "b2c", "external", "mixed"]
"""What kind of directory a tenant is; a mixed one has what every other kind has."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key as PEM (opened by the store). `oidc.signing` caches the parsed key by kid."""

    kid: str
    algorithm: str
    pem: str
    not_before: int  # epoch seconds


@dataclass(frozen=True, slots=True)
class Tenant:
    """`flows` are found by their ids and by these without case, `applications` without case.

    `served`: application id in lower case → id of the b2x flow that its sign-ins go through.
    `providers` and `connectors` are found by id in lower case, `attributes` by id and short name.
    """

    id: str
    domain: str
    display_name: str
    configuration: int
    flows: Mapping[str, Flow]
    applications: Mapping[str, Application]
    keys: tuple[SigningKey, ...]  # the first one signs
    kind: Kind = "mixed"
    served: Mapping[str, str] = field(default_factory=dict)
    self_service_sign_up: bool = False  # authenticationFlowsPolicy
    providers: Mapping[str, Provider] = field(default_factory=dict)
    connectors: Mapping[str, Connector] = field(default_factory=dict)
    attributes: Mapping[str, Attribute] = field(default_factory=dict)

    def provider(self, id: str) -> Provider | None:
        return self.providers.get(id.casefold())

    def connector(self, id: str) -> Connector | None:
        return self.connectors.get(id.casefold())

    def hinted(self, flow: Flow, hint: str) -> str:
        """The id of the flow's provider that a `domain_hint` means; "" if it means none."""
        linked = ((id, self.provider(id)) for id in flow.providers)
        meant = (id for id, one in linked if hint and one and one.hint == hint.casefold())
        return next(meant, "")

    def flow(self, name: str) -> Flow | None:
        """The flow of this name: exactly, or else whatever the casing."""
        folded = name.casefold()
        own = SIGN_IN if folded == SIGN_IN.id else None
        return self.flows.get(name) or self.flows.get(folded) or own

    def flow_for(self, app_id: str) -> Flow | None:
        """The b2x flow that serves an application: one at most (runtime 8.5)."""
        return self.flows.get(self.served.get(app_id.casefold(), ""))

    def offers_sign_up(self, app_id: str) -> bool:
        """Whether a stranger may become a guest when signing in to this application."""
        return self.self_service_sign_up and self.flow_for(app_id) is not None

    def application(self, client_id: str) -> Application | None:
        return self.applications.get(client_id.casefold())

    def exposing(self, uri: str) -> Application | None:
        """The application that a resource URI names: an identifier URI, api://{id} or an id."""
        wanted = uri.casefold().rstrip("/")
        by_id = self.application(wanted.removeprefix("api://"))
        if by_id is not None:  # no other application may take that name
            return by_id
        for application in self.applications.values():
            if wanted in (name.casefold().rstrip("/") for name in application.identifier_uris):
                return application
        return None
