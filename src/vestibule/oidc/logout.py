"""The end of a session: who asked for it, where the browser goes, who else is told.

Source: runtime.md 3.7; OpenID Connect RP-Initiated Logout 1.0, Front-Channel Logout 1.0; design:
defaults (logout target); security.md 2.1 O32.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from vestibule.addresses import https_or_loopback
from vestibule.oidc.answer import Answer
from vestibule.oidc.faults import Fault
from vestibule.oidc.metadata import issuer
from vestibule.oidc.redirects import registered
from vestibule.oidc.signing import Rejected, Signer
from vestibule.settings import Settings
from vestibule.tenancy import Application, Flow, Tenant


def check_logout(
    parameters: Mapping[str, str],
    *,
    tenant: Tenant,
    flow: Flow,
    base: str,
    signer: Signer,
    settings: Settings,
    now: datetime,
) -> Answer | None:
    """Where to go, with `state`; None: show the signed-out page.

    The session ends in any case, also when this raises Fault 90067 or 90235 to 90272.
    """
    uri = parameters.get("post_logout_redirect_uri", "")
    if _hint_is_needed(flow, parameters):
        issued_by = issuer(tenant, flow, base=base, settings=settings)
        client: Application | None = _hinted(
            parameters, tenant=tenant, flow=flow, issued_by=issued_by, signer=signer, now=now
        )
    else:
        client = caller(parameters, tenant=tenant, signer=signer)
    if not uri:
        return None
    anywhere = settings.logout_anywhere and not _strict(flow)
    if not (_registered(uri, client, tenant) or (anywhere and https_or_loopback(uri))):
        raise Fault("90067", uri=uri)
    state = parameters.get("state", "")
    return Answer("query", uri, {"state": state} if state else {})


def caller(parameters: Mapping[str, str], *, tenant: Tenant, signer: Signer) -> Application | None:
    """The application that sends the browser: by `client_id`, or else by a hint that nobody
    demanded: a bad one says nothing, an old one will do."""
    named = tenant.application(parameters.get("client_id", ""))
    if named is not None:
        return named
    return _client(_claims(parameters, tenant, signer), tenant)


def vouched(parameters: Mapping[str, str], user: str, *, tenant: Tenant, signer: Signer) -> bool:
    """Whether the hint proves that an application of this very user asks (O32): only it was
    given such a token. Another user's hint proves nothing about this one."""
    claims = _claims(parameters, tenant, signer)
    return "azp" not in claims and user in (claims.get("oid"), claims.get("sub"))


def told(applications: Iterable[str], caller: Application | None, tenant: Tenant) -> list[str]:
    """The addresses that hear of the end: of all that took part, but for the caller."""
    others = (tenant.application(one) for one in applications)
    return [
        one.logout_url
        for one in others
        if one is not None and one is not caller and one.enabled and one.logout_url
    ]


def _strict(flow: Flow) -> bool:
    return bool(flow.settings["requireIdTokenForLogout"]) or flow.settings["protocol"] == "openid"


def _hint_is_needed(flow: Flow, parameters: Mapping[str, str]) -> bool:
    """By setting; in OpenID's own rules whenever the browser is to be sent anywhere."""
    asks = parameters.get("post_logout_redirect_uri") or parameters.get("id_token_hint")
    return bool(flow.settings["requireIdTokenForLogout"] or (_strict(flow) and asks))


def _registered(uri: str, client: Application | None, tenant: Tenant) -> bool:
    """With a client, by that one; a caller that names none may mean any of the tenant."""
    clients = [client] if client else tenant.applications.values()
    return any(registered(uri, application) is not None for application in clients)


def _claims(parameters: Mapping[str, str], tenant: Tenant, signer: Signer) -> Mapping[str, Any]:
    """What the hint says, if we signed it."""
    try:
        return signer.verify(parameters.get("id_token_hint", ""), tenant.keys)
    except Rejected:
        return {}


def _hinted(
    parameters: Mapping[str, str],
    *,
    tenant: Tenant,
    flow: Flow,
    issued_by: str,
    signer: Signer,
    now: datetime,
) -> Application:
    """The client of a hint that the flow demands."""
    hint = parameters.get("id_token_hint", "")
    if not hint:
        raise Fault("90272")
    try:
        claims = signer.verify(hint, tenant.keys)
    except Rejected as rejected:
        raise Fault("90240" if rejected.why == "malformed" else "90239") from None
    if claims.get("iss") != issued_by:
        raise Fault("90238")
    named, client = _client(claims, tenant), tenant.application(parameters.get("client_id", ""))
    if named is None or "azp" in claims or (client is not None and client is not named):
        raise Fault("90237")
    ends = claims.get("exp")
    # OpenID wants a hint accepted that is out of date (RP-Initiated Logout 1.0 section 2).
    late = not isinstance(ends, int) or now.timestamp() >= ends
    if late and flow.settings["protocol"] != "openid":
        raise Fault("90235")
    return named


def _client(claims: Mapping[str, Any], tenant: Tenant) -> Application | None:
    audience = claims.get("aud")
    return tenant.application(audience) if isinstance(audience, str) else None
