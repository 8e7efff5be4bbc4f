"""What the tokens of a user flow say about a person.

Source: runtime.md 3.3, 3.5, 4.1 to 4.3. A claim without a value is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec

from vestibule.oidc import provider_token, standard
from vestibule.oidc.signing import encode
from vestibule.tenancy import Flow, Tenant

_NO_VALUE: tuple[Any, ...] = (None, "", [], ())

NO_SUBJECT = "Not supported currently. Use oid claim."
"""The fixed `sub` of a flow whose `subjectForm` is notSupported."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who has just been authenticated. `claims`: all that have a value, by token name."""

    user: str  # object id
    claims: Mapping[str, Any] = field(repr=False)
    auth_time: int  # epoch seconds at which credentials were entered
    new_user: bool = False
    forgot_password: bool = False  # whether the embedded password reset was done
    provider_token: str = field(default="", repr=False)  # sealed (oidc.provider_token)


def selected(subject: Subject, flow: Flow, scopes: Collection[str] = ()) -> dict[str, Any]:
    """The flow's application claims that have a value, in the flow's order.

    In a flow of protocol openid, what OpenID Connect has a scope for goes by `scopes` instead.
    """
    known = {**subject.claims, "oid": subject.user}
    known["newUser"] = True if subject.new_user else None
    known[provider_token.CLAIM] = subject.provider_token
    wanted = flow.settings["applicationClaims"]
    found = {name: known[name] for name in wanted if known.get(name) not in _NO_VALUE}
    if flow.openid:
        found = standard.beside(found) | standard.by_scope(subject.claims, flow, scopes)
    if subject.forgot_password:
        found["isForgotPassword"] = True
    return found


def about(user: str, *, flow: Flow, claims: Mapping[str, Any], auth_time: int) -> dict[str, Any]:
    """The part that id token and access token of one grant share.

    In a flow of protocol openid the subject is always told: OpenID Connect demands it.
    """
    supported = flow.openid or flow.settings["subjectForm"] == "objectId"
    as_acr = flow.settings["policyClaim"] == "acr"
    return {
        **claims,
        "sub": user if supported else NO_SUBJECT,
        "auth_time": auth_time,
        "ver": "1.0",
        **({"acr": flow.id.lower()} if as_acr else {"tfp": flow.id}),
    }


def half_hash(token: str) -> str:
    """`at_hash` of an access token, `c_hash` of a code (OpenID Connect Core 3.1.3.6, 3.3.2.11)."""
    return encode(sha256(token.encode()).digest()[:16]).decode()


def client_info(claims: Mapping[str, Any], *, tenant: Tenant, flow: Flow) -> str:
    """What MSAL builds its account id from: one account for each user and flow; one for each user
    at the tenant's own authority."""
    oid = claims.get("oid", "")
    uid = oid if flow.kind == "b2x" else f"{oid}-{flow.id.lower()}"
    return _packed({"uid": uid, "utid": tenant.id})


def profile_info(claims: Mapping[str, Any], *, tenant: Tenant) -> str:
    """What B2C sends instead when `client_info` was not asked for."""
    return _packed(
        {
            "ver": "1.0",
            "tid": tenant.id,
            "sub": None,
            "name": claims.get("name"),
            "preferred_username": None,
            "idp": claims.get("idp"),
        }
    )


def _packed(value: Mapping[str, Any]) -> str:
    return encode(msgspec.json.encode(value)).decode()
