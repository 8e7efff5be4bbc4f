"""Revocation and introspection of what a user flow issued: refresh tokens and access tokens.

A refresh token dies with everything of its family. An access token is a JWT, so it dies for
whoever asks us (introspection, userinfo), not for an API that checks signatures alone.
Source: RFC 7009, RFC 7662; runtime.md 13. B2C has neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from vestibule.oidc.claims import NO_SUBJECT
from vestibule.oidc.clients import Client
from vestibule.oidc.faults import Fault
from vestibule.oidc.granted import Granted
from vestibule.oidc.revoked import is_revoked, revoke_family, revoke_token
from vestibule.oidc.service import Service, TokenRequest
from vestibule.oidc.signing import Rejected
from vestibule.oidc.token import caller
from vestibule.ports import Ticket
from vestibule.tenancy import Flow
from vestibule.vault import digest

_INACTIVE: Mapping[str, Any] = {"active": False}
_SHOWN = ("iss", "sub", "aud", "exp", "iat", "nbf", "jti", "oid", "tfp", "acr")


@dataclass(frozen=True, slots=True)
class _Refresh:
    ticket: Ticket

    @property
    def granted(self) -> Granted:
        return Granted.load(self.ticket)


@dataclass(frozen=True, slots=True)
class _Access:
    claims: Mapping[str, Any]


_Found = _Refresh | _Access | Literal["foreign"] | None
"""None: nothing that we know (any more); "foreign": ours, but of no kind that is served here."""


async def revoke(request: TokenRequest, service: Service) -> dict[str, Any]:
    """Nothing to say: the token is worth nothing now, or never was. Raises Fault.

    A client may give up its own tokens only; a public one proves that by the token itself.
    """
    flow = _flow(request)
    token = request.required("token")
    client = await caller(request, service)
    match await _find(token, flow, request, service):
        case _Refresh(ticket=ticket) as found:
            _check_own(found.granted.client, client)
            _check_proof(found.granted, client)
            await revoke_family(
                ticket.family, tenant=ticket.tenant, tickets=service.tickets, now=request.now
            )
        case _Access(claims=claims):
            _check_own(claims["azp"], client)
            until = datetime.fromtimestamp(claims["exp"], UTC)
            await revoke_token(
                claims, tenant=request.tenant.id, tickets=service.tickets, until=until
            )
        case "foreign":
            raise Fault(
                "90276",
                error="unsupported_token_type",
                reason="Only refresh tokens and access tokens of this user flow can be revoked.",
            )
    return {}


async def introspect(request: TokenRequest, service: Service) -> dict[str, Any]:
    """Whether a token is good now, and for what. Raises Fault.

    Told to the client that it was issued to and to the API that it is for; for everybody else
    it is as good as unknown (RFC 7662 section 2.2).
    """
    flow = _flow(request)
    token = request.required("token")
    client = await caller(request, service)
    if client.method == "none":
        raise Fault("90079", error="invalid_client")
    match await _find(token, flow, request, service):
        case _Refresh() as found:
            return await _about_refresh(found, client, request, service)
        case _Access(claims=claims):
            return await _about_access(claims, client, request, service)
    return dict(_INACTIVE)


def _flow(request: TokenRequest) -> Flow:
    if request.flow is None:
        raise Fault("90086", value="").in_entra()
    return request.flow


async def _find(token: str, flow: Flow, request: TokenRequest, service: Service) -> _Found:
    """What this token is; whatever `token_type_hint` says, it can be only one thing."""
    ticket = await service.tickets.get("refresh", request.tenant.id, digest(token), request.now)
    if ticket is not None:
        return _Refresh(ticket) if Granted.load(ticket).flow == flow.id else "foreign"
    try:
        claims = service.signer.verify(token, request.tenant.keys)
    except Rejected:
        return None
    ours = claims.get("iss") == request.issuer(service.settings)
    of_flow = str(claims.get("tfp") or claims.get("acr")).casefold() == flow.id.casefold()
    if not (ours and of_flow and "azp" in claims and "jti" in claims):
        return "foreign"
    return _Access(claims) if request.now.timestamp() < claims["exp"] else None


def _check_own(issued_to: str, client: Client) -> None:
    if issued_to != client.application.app_id:
        raise Fault("90279", client=client.application.app_id)


def _check_proof(granted: Granted, client: Client) -> None:
    """Who had to prove itself to get a token has to as well to end it."""
    if granted.redirect_kind == "web" and client.method == "none":
        raise Fault("90079")


async def _about_refresh(
    found: _Refresh, client: Client, request: TokenRequest, service: Service
) -> dict[str, Any]:
    ticket, granted = found.ticket, found.granted
    good = ticket.taken_at is None and request.now.timestamp() < ticket.body["until"]
    if not good or granted.client != client.application.app_id:
        return dict(_INACTIVE)
    state = await service.user_state(request.tenant.id, granted.user)
    since = state.sessions_valid_from if state else None
    if state is None or not state.enabled or (since and since.timestamp() > granted.at):
        return dict(_INACTIVE)
    scopes = granted.scopes
    return {
        "active": True,
        "client_id": granted.client,
        "token_type": "refresh_token",
        "scope": " ".join((*scopes.protocol, *scopes.names)),
        "sub": granted.user,
        "iss": request.issuer(service.settings),
        "exp": int(ticket.body["until"]),
    }


async def _about_access(
    claims: Mapping[str, Any], client: Client, request: TokenRequest, service: Service
) -> dict[str, Any]:
    tenant, concerned = request.tenant.id, (claims["azp"], claims["aud"])
    if client.application.app_id not in concerned:
        return dict(_INACTIVE)
    if await is_revoked(claims, tenant=tenant, tickets=service.tickets, now=request.now):
        return dict(_INACTIVE)
    if not await _stands(claims, request, service):
        return dict(_INACTIVE)
    shown = {name: claims[name] for name in _SHOWN if name in claims}
    return {
        "active": True,
        "client_id": claims["azp"],
        "token_type": "Bearer",
        "scope": claims.get("scp", ""),
        **shown,
    }


async def _stands(claims: Mapping[str, Any], request: TokenRequest, service: Service) -> bool:
    """Whether the person of a token still has an account and has not been signed out of all.

    A token of a program, or one that does not say whose it is, has nobody to ask about.
    """
    user = claims.get("oid", claims.get("sub"))
    if "auth_time" not in claims or not isinstance(user, str) or user == NO_SUBJECT:
        return True
    state = await service.user_state(request.tenant.id, user)
    if state is None or not state.enabled:
        return False
    since = state.sessions_valid_from
    return since is None or since.timestamp() < claims["iat"] + 1  # iat is a whole second
