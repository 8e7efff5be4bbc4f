"""The grant of a program: its own permissions, for Microsoft Graph or for an API of the tenant.

Source: runtime.md 3.1, 3.3; clients.md 1 and 6 (10); RFC 6749 section 4.4.
"""

from __future__ import annotations

from typing import Any

from vestibule.oidc import bearer
from vestibule.oidc.clients import Client
from vestibule.oidc.faults import Fault
from vestibule.oidc.metadata import issuer
from vestibule.oidc.scopes import TOLERATED
from vestibule.oidc.service import Service, TokenRequest
from vestibule.tenancy import Application

_DEFAULT = "/.default"
_LIFETIME_S = 3600


async def credentials(request: TokenRequest, client: Client, service: Service) -> dict[str, Any]:
    """grant_type=client_credentials. No refresh token, no connectors. Raises Fault."""
    if client.method == "none":
        raise Fault("90079")
    scope = request.parameters.get("scope", "").strip()
    if not scope:
        raise Fault("90010")
    # MSAL for Go and for Java add "openid offline_access profile" to every request they make.
    asked = [one for one in scope.split() if one not in TOLERATED]
    if len(asked) != 1 or not asked[0].endswith(_DEFAULT):
        raise Fault("99068", scope=scope)
    resource = asked[0].removesuffix(_DEFAULT)
    if bearer.names_graph(resource, request.base):
        return _answer(_for_graph(client.application, request, service), bearer.GRAPH, request)
    api = request.tenant.exposing(resource)
    if api is None or not api.enabled:
        if request.flow is not None:
            raise Fault("90117", scope=scope)
        raise Fault("AADSTS500011", resource=resource, tenant=request.tenant.domain)
    return _answer(_for_api(api, client.application, request, service), api.app_id, request)


def _for_graph(application: Application, request: TokenRequest, service: Service) -> str:
    """The issuer is the tenant's, also when a flow's address was asked: Graph knows no flow."""
    return bearer.application_token(
        application,
        tenant=request.tenant,
        issuer=issuer(request.tenant, None, base=request.base, settings=service.settings),
        signer=service.signer,
        world=service.world,
        now=request.now,
        lifetime_s=_LIFETIME_S,
    )


def _for_api(
    api: Application, application: Application, request: TokenRequest, service: Service
) -> str:
    issued = int(request.now.timestamp())
    claims: dict[str, Any] = {
        "iss": request.issuer(service.settings),
        "aud": api.app_id,
        "sub": application.object_id,
        "oid": application.object_id,
        "azp": application.app_id,
        "tid": request.tenant.id,
        "ver": "1.0",
        "iat": issued,
        "nbf": issued,
        "exp": issued + _LIFETIME_S,
        "jti": service.world.guid(),
    }
    if roles := application.roles.get(api.app_id):
        claims |= {"roles": sorted(roles), "scp": " ".join(sorted(roles))}
    if request.flow is not None:
        claims["tfp"] = request.flow.id
    return service.signer.sign(request.tenant.keys[0], claims)


def _answer(token: str, resource: str, request: TokenRequest) -> dict[str, Any]:
    issued = int(request.now.timestamp())
    return {
        "access_token": token,
        "token_type": "Bearer",
        "not_before": issued,
        "expires_in": _LIFETIME_S,
        "ext_expires_in": _LIFETIME_S,
        "expires_on": issued + _LIFETIME_S,
        "resource": resource,
    }
