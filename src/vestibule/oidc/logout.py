"""The end of a session: where the browser may be sent afterwards.

Source: runtime.md 3.7; OpenID Connect RP-Initiated Logout 1.0; design: defaults (logout target).
"""

from __future__ import annotations

from collections.abc import Mapping
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
    required = bool(flow.settings["requireIdTokenForLogout"])
    hint = parameters.get("id_token_hint", "")
    client = tenant.application(parameters.get("client_id", ""))
    if required:
        issued_by = issuer(tenant, flow, base=base, settings=settings)
        client = _hinted(hint, client, tenant=tenant, issued_by=issued_by, signer=signer, now=now)
    elif client is None and hint:
        client = _named(hint, tenant=tenant, signer=signer)
    uri = parameters.get("post_logout_redirect_uri", "")
    if not uri:
        return None
    anywhere = settings.logout_anywhere and not required
    if not (_registered(uri, client, tenant) or (anywhere and https_or_loopback(uri))):
        raise Fault("90067", uri=uri)
    state = parameters.get("state", "")
    return Answer("query", uri, {"state": state} if state else {})


def _registered(uri: str, client: Application | None, tenant: Tenant) -> bool:
    """With a client, by that one; a caller that names none may mean any of the tenant."""
    clients = [client] if client else tenant.applications.values()
    return any(registered(uri, application) is not None for application in clients)


def _named(hint: str, *, tenant: Tenant, signer: Signer) -> Application | None:
    """The client of a hint that nobody demanded: a bad one says nothing, an old one will do."""
    try:
        return _client(signer.verify(hint, tenant.keys), tenant)
    except Rejected:
        return None


def _hinted(
    hint: str,
    client: Application | None,
    *,
    tenant: Tenant,
    issued_by: str,
    signer: Signer,
    now: datetime,
) -> Application:
    """The client of a hint that the flow demands."""
    if not hint:
        raise Fault("90272")
    try:
        claims = signer.verify(hint, tenant.keys)
    except Rejected as rejected:
        raise Fault("90240" if rejected.why == "malformed" else "90239") from None
    if claims.get("iss") != issued_by:
        raise Fault("90238")
    named = _client(claims, tenant)
    if named is None or "azp" in claims or (client is not None and client is not named):
        raise Fault("90237")
    ends = claims.get("exp")
    if not isinstance(ends, int) or now.timestamp() >= ends:
        raise Fault("90235")
    return named


def _client(claims: Mapping[str, Any], tenant: Tenant) -> Application | None:
    audience = claims.get("aud")
    return tenant.application(audience) if isinstance(audience, str) else None
