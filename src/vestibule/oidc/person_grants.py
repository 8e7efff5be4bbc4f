"""The grants of a person: an authorization code, and the refresh tokens that descend from it.

A code and its refresh tokens are one family: whoever replays one makes all of it worthless.
How a user flow and the tenant's own authority differ is an `Authority`.
Source: runtime.md 3.1 to 3.4; RFC 9700 sections 2.1.1, 4.14; design: defaults.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

from vestibule.oidc.authority import Authority, Issue, Kind
from vestibule.oidc.clients import Client
from vestibule.oidc.faults import Fault
from vestibule.oidc.granted import Granted, refresh_ticket
from vestibule.oidc.issue import tokens
from vestibule.oidc.pkce import s256
from vestibule.oidc.revoked import revoke_family
from vestibule.oidc.scopes import Scopes, narrowed
from vestibule.oidc.service import Service, TokenRequest, UserState
from vestibule.ports import Ticket
from vestibule.tenancy import Flow
from vestibule.vault import digest

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


async def redeem_code(request: TokenRequest, client: Client, service: Service) -> dict[str, Any]:
    """grant_type=authorization_code at a user flow. Raises Fault."""
    return await redeem_code_at(FLOW, request, client, service)


async def refresh(request: TokenRequest, client: Client, service: Service) -> dict[str, Any]:
    """grant_type=refresh_token at a user flow. Raises Fault."""
    return await refresh_at(FLOW, request, client, service)


async def redeem_code_at(
    authority: Authority, request: TokenRequest, client: Client, service: Service
) -> dict[str, Any]:
    """grant_type=authorization_code. Raises Fault."""
    code, redirect_uri = request.required("code"), request.required("redirect_uri")
    ticket, state = await _find("code", code, request, service)
    granted = Granted.load(ticket)
    flow = authority.flow(granted, request)
    check_owner(granted, client)
    if redirect_uri != ticket.body["redirect_uri"]:
        raise Fault(
            "90006",
            error="invalid_grant",
            uri=redirect_uri,
            client=client.application.app_id,
        )
    if ticket.taken_at is not None:
        raise await replayed(ticket, service, request.now, authority.replayed)
    _check_until(ticket, granted, request)
    _check_verifier(request.parameters.get("code_verifier", ""), ticket.body["challenge"])
    check_standing(granted, state)
    person = await authority.person(granted, request, service)
    scopes = authority.scopes("code", granted, client, request)
    granted = granted.redeemed(request.now)
    refreshed, then = successor(granted, request=request, flow=flow, service=service)
    taken = await service.tickets.take(
        "code", request.tenant.id, ticket.key, request.now, then=then
    )
    if taken is None:
        raise await replayed(ticket, service, request.now, authority.replayed)
    return authority.tokens(
        Issue(granted, scopes, flow, refreshed, request, client, service, person)
    )


async def refresh_at(
    authority: Authority, request: TokenRequest, client: Client, service: Service
) -> dict[str, Any]:
    """grant_type=refresh_token. Every use gives a new one and ends the old. Raises Fault."""
    secret = request.required("refresh_token")
    ticket, state = await _find("refresh", secret, request, service)
    granted = Granted.load(ticket)
    flow = authority.flow(granted, request)
    check_owner(granted, client)
    if ticket.taken_at is not None:
        grace = timedelta(seconds=service.settings.refresh_reuse_grace_s)
        if request.now - ticket.taken_at > grace:
            raise await replayed(ticket, service, request.now)
        raise Fault("90129")  # lost a race against itself: the family lives
    _check_until(ticket, granted, request)
    check_standing(granted, state)
    person = await authority.person(granted, request, service)
    scopes = authority.scopes("refresh", granted, client, request)
    refreshed, then = successor(granted, request=request, flow=flow, service=service)
    taken = await service.tickets.take(
        "refresh", request.tenant.id, ticket.key, request.now, then=then
    )
    if taken is None:
        raise Fault("90129")
    return authority.tokens(
        Issue(granted, scopes, flow, refreshed, request, client, service, person)
    )


def _flow(granted: Granted, request: TokenRequest) -> Flow:
    if request.flow is None:  # the table of grants has no such row
        raise Fault("90086", value=request.parameters.get("grant_type", ""))
    if granted.flow != request.flow.id:
        raise Fault("90088", actual=granted.flow, expected=request.flow.id)
    return request.flow


def _scopes(kind: Kind, granted: Granted, client: Client, request: TokenRequest) -> Scopes:
    if kind == "code":
        return granted.scopes
    return narrowed(granted.scopes, request.parameters.get("scope", ""), client.application)


async def _find(
    kind: str, secret: str, request: TokenRequest, service: Service
) -> tuple[Ticket, UserState | None]:
    """The ticket, and how its user stands."""
    found = await service.grant(kind, request.tenant.id, digest(secret), request.now)
    if found is None:
        raise Fault("90085")
    return found


def check_owner(granted: Granted, client: Client) -> None:
    """Same client, and proof of identity exactly where the redirect URI asks for it."""
    if granted.client != client.application.app_id:
        raise Fault("90279", client=client.application.app_id)
    if granted.redirect_kind == "web" and client.method == "none":
        raise Fault("90079")
    if granted.redirect_kind in ("spa", "native") and client.method != "none":
        raise Fault("90084")


def _check_until(ticket: Ticket, granted: Granted, request: TokenRequest) -> None:
    now, until = request.now.timestamp(), ticket.body["until"]
    if now >= until:
        raise Fault("90080", now=int(now), issued=int(granted.at), until=int(until))


def _check_verifier(verifier: str, challenge: str) -> None:
    """A challenge needs its verifier; a verifier without challenge is a downgrade (RFC 9700)."""
    if not challenge:
        if verifier:
            raise Fault("90183", remedy="No code_challenge was sent to the authorize endpoint.")
        return
    if not _VERIFIER.fullmatch(verifier):
        raise Fault("90183", remedy="Send the 43 to 128 characters that the challenge is made of.")
    if not compare_digest(s256(verifier), challenge):
        raise Fault("90182")


def check_standing(granted: Granted, state: UserState | None) -> None:
    """Raises Fault 90128 (gone), 90129 (disabled, or the grant was revoked).

    A grant is no younger than the credentials that it rests on, whose time is a whole second:
    what was revoked between them and the grant is revoked.
    """
    if state is None:
        raise Fault("90128")
    since = state.sessions_valid_from
    proven = min(granted.at, granted.auth_time + 1)
    if not state.enabled or (since is not None and since.timestamp() > proven):
        raise Fault("90129")


async def replayed(ticket: Ticket, service: Service, now: datetime, number: str = "90129") -> Fault:
    """Somebody has this secret who should not: nothing of the family is worth anything now."""
    await revoke_family(ticket.family, tenant=ticket.tenant, tickets=service.tickets, now=now)
    return Fault(number)


def successor(
    granted: Granted, *, request: TokenRequest, flow: Flow, service: Service
) -> tuple[tuple[str, datetime] | None, tuple[Ticket, ...]]:
    """The next refresh token with its end, and its ticket, to be stored as the old one is taken.

    Neither, if the grant cannot be refreshed.
    """
    if not granted.refreshable:
        return None, ()
    secret = service.world.secret()
    until = granted.refresh_until(flow, request.now)
    ticket = refresh_ticket(secret, granted, tenant=request.tenant, until=until)
    return (secret, until), (ticket,)


def _tokens(issue: Issue) -> dict[str, Any]:
    return tokens(
        issue.granted,
        issue.scopes,
        flow=issue.flow,
        refresh=issue.refresh,
        request=issue.request,
        service=issue.service,
    )


async def _nothing_more(_granted: Granted, _request: TokenRequest, _service: Service) -> None:
    """The tokens of a flow repeat what was granted."""


FLOW = Authority(_flow, _nothing_more, _scopes, _tokens, "90129")
