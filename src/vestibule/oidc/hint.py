"""Whom an application expects: the user of an id token that it was given before.

Only for flows of protocol openid: B2C's sign-in flows ignore the parameter.
Source: OpenID Connect Core 3.1.2.1, 3.1.2.2; runtime.md 2.
"""

from __future__ import annotations

from vestibule.oidc.faults import Fault
from vestibule.oidc.signing import Rejected, Signer
from vestibule.tenancy import Application, Tenant


def user_of(token: str, *, client: Application, tenant: Tenant, issuer: str, signer: Signer) -> str:
    """The object id in an id token of this client; one that has expired will do.

    Raises Fault 90209, 90210, 90232, 90233.
    """
    try:
        claims = signer.verify(token, tenant.keys)
    except Rejected as rejected:
        raise Fault("90210" if rejected.why in {"malformed", "header"} else "90233") from None
    if claims.get("iss") != issuer:
        raise Fault("90232")
    if claims.get("aud") != client.app_id or "azp" in claims:  # only access tokens have `azp`
        raise Fault("90209")
    return str(claims.get("sub", ""))
