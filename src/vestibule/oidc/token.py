"""The token endpoint: it owns the phases, a grant fills in its own.

Parse, authenticate the client, let the grant decide, answer. Source: runtime.md 3; RFC 6749
sections 3.2 and 5.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from vestibule.oidc import (
    client_credentials,
    clients,
    device,
    password_grant,
    person_grants,
    tenant_grants,
)
from vestibule.oidc.clients import Client
from vestibule.oidc.faults import Fault
from vestibule.oidc.metadata import issuer
from vestibule.oidc.place import TOKEN
from vestibule.oidc.service import Service, TokenRequest

Grant = Callable[[TokenRequest, Client, Service], Awaitable[dict[str, Any]]]

GRANTS_OF_A_FLOW: Mapping[str, Grant] = {
    "authorization_code": person_grants.redeem_code,
    "refresh_token": person_grants.refresh,
    "client_credentials": client_credentials.credentials,
    "password": password_grant.password,
}
GRANTS_OF_A_TENANT: Mapping[str, Grant] = {
    "authorization_code": tenant_grants.redeem_code,
    "refresh_token": tenant_grants.refresh,
    "password": tenant_grants.password,
    device.GRANT: device.redeem,
    "client_credentials": client_credentials.credentials,
}


async def respond(request: TokenRequest, service: Service) -> dict[str, Any]:
    """The body of a successful answer. Raises Fault, in Entra's numbers at the tenant."""
    try:
        grant = _grant(request)
        return await grant(request, await caller(request, service), service)
    except Fault as fault:
        if request.flow is None:
            raise fault.in_entra() from None
        raise


async def begin_device(request: TokenRequest, service: Service) -> dict[str, Any]:
    """The body of the device authorization endpoint's answer. Raises Fault in Entra's numbers."""
    try:
        return await device.begin(request, await caller(request, service), service)
    except Fault as fault:
        raise fault.in_entra() from None


async def caller(request: TokenRequest, service: Service) -> Client:
    """Who calls an endpoint for programs. Raises Fault as `clients.authenticate` does."""
    return await clients.authenticate(
        request.parameters,
        request.authorization,
        tenant=request.tenant,
        audiences=partial(_audiences, request, service),
        tickets=service.tickets,
        now=request.now,
    )


def _grant(request: TokenRequest) -> Grant:
    name = request.required("grant_type")
    grants = GRANTS_OF_A_TENANT if request.flow is None else GRANTS_OF_A_FLOW
    if name not in grants:
        raise Fault("90086", value=name)
    return grants[name]


def _audiences(request: TokenRequest, service: Service) -> set[str]:
    """What a client may call us in an assertion: this endpoint, in any form, or the issuer."""
    tenant, base = request.tenant, request.base
    return {
        request.place.url(base, TOKEN),
        f"{base}/{tenant.id}/{TOKEN}",
        f"{base}/{tenant.domain}/{TOKEN}",
        request.issuer(service.settings),
        issuer(tenant, None, base=base, settings=service.settings),
    }
