"""The grant of a password (ROPC): a local account's name and password for tokens, without pages.

The password is checked by the same journey as everywhere; oidc is handed it as a callable. One
answer for every reason why somebody is not let in, also for a locked account, as B2C does.
Source: runtime.md 3.1, 5.7; RFC 6749 section 4.3; RFC 9700 section 2.4 (off unless allowed).
"""

from __future__ import annotations

from typing import Any

from vestibule.oidc.claims import selected
from vestibule.oidc.clients import Client
from vestibule.oidc.faults import Fault
from vestibule.oidc.granted import Granted
from vestibule.oidc.issue import tokens
from vestibule.oidc.person_grants import successor
from vestibule.oidc.scopes import Scopes, grantable
from vestibule.oidc.service import Service, TokenRequest
from vestibule.tenancy import Flow

_TYPES = frozenset({"token", "id_token"})


async def password(request: TokenRequest, client: Client, service: Service) -> dict[str, Any]:
    """grant_type=password. No session, no second factor. Raises Fault 90086, 90224, 90225, 99013.

    The client may prove itself, but need not.
    """
    flow = _flow(request)
    if not client.application.public:
        raise Fault("90224")
    name, secret = request.required("username"), request.required("password")
    scopes = _wanted(request, client)
    subject = await service.sign_in(request, name, secret)
    granted = Granted(
        flow=flow.id,
        user=subject.user,
        client=client.application.app_id,
        redirect_kind="none",
        scopes=scopes,
        nonce="",
        auth_time=subject.auth_time,
        at=request.now.timestamp(),
        claims=selected(subject, flow),
        family=service.world.guid(),
    )
    refreshed, then = successor(granted, request=request, flow=flow, service=service)
    await service.tickets.put(*then)
    return tokens(granted, scopes, flow=flow, refresh=refreshed, request=request, service=service)


def _flow(request: TokenRequest) -> Flow:
    if request.flow is None or request.flow.type != "resourceOwner":
        raise Fault("90086", value="password")
    return request.flow


def _wanted(request: TokenRequest, client: Client) -> Scopes:
    """What to issue: by scope, and by response_type where one is sent ("token id_token")."""
    kinds = set(request.parameters.get("response_type", "").split()) or _TYPES
    if not kinds <= _TYPES:
        raise Fault("99013", grant="password", type=request.parameters["response_type"])
    scopes = grantable(request.parameters.get("scope", ""), client.application, request.tenant)
    if "token" not in kinds:
        return Scopes(scopes.protocol)
    if "id_token" in kinds:
        return scopes
    if not scopes.resource:
        raise Fault("90055", scope=request.parameters["scope"])
    protocol = tuple(name for name in scopes.protocol if name != "openid")
    return Scopes(protocol, scopes.resource, scopes.names, scopes.values)
