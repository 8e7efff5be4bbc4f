"""UserInfo: what an access token of a flow says about its person, for whoever holds it.

Source: OpenID Connect Core 5.3; RFC 6750 section 3.1; runtime.md 1.1; security.md 2.1 O13, O28.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vestibule.errors import NotFound
from vestibule.oidc.faults import printable
from vestibule.oidc.metadata import has_userinfo, issuer
from vestibule.oidc.revoked import is_revoked
from vestibule.oidc.service import UserStates
from vestibule.oidc.signing import Rejected, Signer, peek
from vestibule.ports import Tickets
from vestibule.settings import Settings
from vestibule.tenancy import Flow, Tenant

_ABOUT_THE_TOKEN = frozenset(
    {"iss", "aud", "exp", "nbf", "iat", "auth_time", "ver", "tfp", "acr", "nonce"}
    | {"azp", "scp", "scope", "jti"}
)


class NotAccepted(Exception):
    """Why a token tells nothing. `error` is RFC 6750's word, `status` its HTTP status."""

    def __init__(self, error: str, text: str, status: int) -> None:
        super().__init__(text)
        self.error = error
        self.text = printable(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Asking:
    """One question: at which flow, by which token."""

    tenant: Tenant
    flow: Flow
    base: str
    token: str
    now: datetime


def names_unknown_key(token: str, tenant: Tenant) -> bool:
    """Whether another process may have made the key since this tenant was looked at."""
    try:
        header, _ = peek(token)
    except Rejected:
        return False
    return all(key.kid != header.get("kid") for key in tenant.keys)


async def claims(
    asking: Asking,
    *,
    tickets: Tickets,
    signer: Signer,
    settings: Settings,
    user_state: UserStates,
) -> dict[str, Any]:
    """The person's claims: `sub` and what the token has. Raises NotAccepted, NotFound."""
    if not has_userinfo(asking.flow, settings):
        raise NotFound(
            "This user flow has no userinfo. Give it the protocol openid, or set"
            " VESTIBULE_USERINFO."
        )
    if not asking.token:
        raise NotAccepted("", "Send an access token: 'Authorization: Bearer'.", 401)
    told = _verified(asking, signer, settings)
    if asking.flow.openid and "openid" not in str(told.get("scope", "")).split():
        raise NotAccepted("insufficient_scope", "The token was not granted the scope openid.", 403)
    if await is_revoked(told, tenant=asking.tenant.id, tickets=tickets, now=asking.now):
        raise _invalid("The token has been revoked.")
    await _check_person(told, asking, user_state)
    return {name: value for name, value in told.items() if name not in _ABOUT_THE_TOKEN}


def _verified(asking: Asking, signer: Signer, settings: Settings) -> dict[str, Any]:
    """The claims of an access token that this flow gave for a person, while it lives.

    Id tokens have no `azp`, tokens for Graph another issuer and no `tfp`.
    """
    tenant, flow = asking.tenant, asking.flow
    try:
        told = signer.verify(asking.token, tenant.keys)
    except Rejected as rejected:
        raise _invalid(str(rejected)) from None
    policy = told.get("tfp", told.get("acr", ""))
    signed_by = issuer(tenant, flow, base=asking.base, settings=settings)
    if told.get("iss") != signed_by or str(policy).casefold() != flow.id.casefold():
        raise _invalid("The token was not issued by this user flow.")
    if "azp" not in told or "sub" not in told:
        raise _invalid("This is not an access token.")
    ends = told.get("exp")
    if not isinstance(ends, int) or asking.now.timestamp() >= ends:
        raise _invalid("The token has expired.")
    return told


async def _check_person(told: dict[str, Any], asking: Asking, user_state: UserStates) -> None:
    """A token ends with its user, and with all sessions of that user."""
    person = await user_state(asking.tenant.id, str(told.get("oid", told["sub"])))
    if person is None or not person.enabled:
        raise _invalid("The user of the token is no longer there.")
    since = person.sessions_valid_from
    if since is not None and int(since.timestamp()) > told["iat"]:
        raise _invalid("The sessions of the user have been ended since.")


def _invalid(text: str) -> NotAccepted:
    return NotAccepted("invalid_token", text, 401)
