"""Sign-in on a device without a browser: it shows a code, a person types it elsewhere.

Two tickets: the device's, by the hash of its code, tells how it stands; the person's, by the hash
of the user code, leads to it and is taken by the one browser that decides. The code is redeemed
like an authorization code, by one statement.
Source: RFC 8628; Microsoft identity platform, device authorization grant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from msgspec.structs import replace

from vestibule.oidc.asked import Asked
from vestibule.oidc.authority import Issue
from vestibule.oidc.claims import Subject
from vestibule.oidc.clients import Client
from vestibule.oidc.faults import Fault
from vestibule.oidc.granted import KEPT_AFTER_END, Granted
from vestibule.oidc.metadata import issuer
from vestibule.oidc.person_grants import replayed, successor
from vestibule.oidc.place import DEVICE_LOGIN
from vestibule.oidc.service import Service, TokenRequest
from vestibule.oidc.tenant_grants import TENANT, check_user, scopes_of
from vestibule.oidc.tenant_scopes import wanted
from vestibule.ports import Ticket, Tickets
from vestibule.settings import Settings
from vestibule.tenancy import Application, Flow, RedirectUri, Tenant
from vestibule.vault import digest

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
LIFETIME = timedelta(seconds=900)
INTERVAL_S = 5
_DEVICE, _USER, _POLLS = "deviceCode", "userCode", "devicePolls"
_EVERYWHERE = ""
"""User codes are typed at one address, so they are told apart across all tenants."""
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that looks like something else
_READ_AS = str.maketrans("OIL", "011")
_LENGTH = 9  # of 32 characters: 45 bits, with few tries in a quarter of an hour
_PENDING, _APPROVED, _DECLINED = "pending", "approved", "declined"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A device that waits for a decision. `proved`: its application has authenticated. `key` is
    that of the person's ticket."""

    tenant: str
    client: str
    scope: str
    proved: bool
    key: str


async def begin(request: TokenRequest, client: Client, service: Service) -> dict[str, Any]:
    """The answer of the device authorization endpoint (RFC 8628 section 3.2). Raises Fault."""
    _check_client(client)
    scope = request.required("scope")
    scopes_of(scope, client.application, request)
    code, user_code = service.world.secret(), _drawn(service.world.secret())
    until = request.now + LIFETIME
    app_id = client.application.app_id
    device = Ticket(
        kind=_DEVICE,
        tenant=request.tenant.id,
        key=digest(code),
        expires=until + KEPT_AFTER_END,
        body={"state": _PENDING, "until": until.timestamp()},
        client=app_id,
    )
    person = Ticket(
        kind=_USER,
        tenant=_EVERYWHERE,
        key=_key(user_code),
        expires=until,
        body={
            "tenant": request.tenant.id,
            "device": device.key,
            "scope": scope,
            "proved": client.method != "none",
        },
        client=app_id,
    )
    await service.tickets.put(device, person)
    address = f"{request.base}/{DEVICE_LOGIN}"
    return {
        "user_code": user_code,
        "device_code": code,
        "verification_uri": address,
        "expires_in": int(LIFETIME.total_seconds()),
        "interval": INTERVAL_S,
        "message": f"To sign in, use a web browser to open the page {address} and enter the code"
        f" {user_code} to authenticate.",
    }


async def waiting(typed: str, tickets: Tickets, now: datetime) -> Waiting | None:
    """The device that shows this code, as long as nobody has decided."""
    key = _key(typed)
    ticket = await tickets.get(_USER, _EVERYWHERE, key, now)
    if ticket is None or ticket.taken_at is not None:
        return None
    body = ticket.body
    return Waiting(body["tenant"], ticket.client, body["scope"], body["proved"], key)


def asked(
    device: Waiting,
    application: Application,
    *,
    tenant: Tenant,
    flow: Flow,
    base: str,
    settings: Settings,
) -> Asked:
    """The request that a journey is about; nothing is sent anywhere at its end. Raises Fault."""
    signed_by = issuer(tenant, flow, base=base, settings=settings)
    found = wanted(device.scope, application, tenant, base=base)
    return Asked(
        application.app_id,
        RedirectUri("", "web" if device.proved else "native"),
        "query",
        signed_by,
        scopes=found.scopes,
        missing=found.missing,
        device=device.key,
    )


async def approve(
    asked: Asked, subject: Subject, *, flow: Flow, tickets: Tickets, now: datetime, family: str
) -> bool:
    """The device gets what the person granted; False if its code is used or over."""
    granted = Granted.of(asked, subject, flow=flow, now=now)
    body = {"state": _APPROVED, **granted.dump()}
    return await _decide(asked.device, body, subject.user, tickets=tickets, now=now, family=family)


async def decline(asked: Asked, *, tickets: Tickets, now: datetime) -> bool:
    """The device is told that the person does not want it."""
    return await _decide(asked.device, {"state": _DECLINED}, "", tickets=tickets, now=now)


async def redeem(request: TokenRequest, client: Client, service: Service) -> dict[str, Any]:
    """The grant of a device code (RFC 8628 section 3.4). Raises Fault."""
    _check_client(client)
    key = digest(request.required("device_code"))
    tenant, now, tickets = request.tenant.id, request.now, service.tickets
    ticket = await tickets.get(_DEVICE, tenant, key, now)
    if ticket is None or ticket.client != client.application.app_id:
        raise Fault("AADSTS70018")
    if ticket.taken_at is not None:
        raise await replayed(ticket, service, now, TENANT.replayed)
    if now.timestamp() >= ticket.body["until"]:
        raise Fault("AADSTS70019")
    if ticket.body["state"] == _DECLINED:
        raise Fault("AADSTS70020")
    if ticket.body["state"] == _PENDING:
        raise await _not_yet(ticket, service, now)
    granted = Granted.load(ticket)
    flow = TENANT.flow(granted, request)
    await check_user(granted, request, service)
    person = await TENANT.person(granted, request, service)
    refreshed, then = successor(granted, request=request, flow=flow, service=service)
    if await tickets.take(_DEVICE, tenant, key, now, then=then) is None:
        raise await replayed(ticket, service, now, TENANT.replayed)
    return TENANT.tokens(
        Issue(granted, granted.scopes, flow, refreshed, request, client, service, person)
    )


def _check_client(client: Client) -> None:
    """A public client must be registered as one: the device's code is all that it has."""
    if client.method == "none" and not client.application.public:
        raise Fault("90079")


async def _not_yet(ticket: Ticket, service: Service, now: datetime) -> Fault:
    """Whether to keep asking, or to ask less often. A second is for the network's moods."""
    soon = now + timedelta(seconds=INTERVAL_S - 1)
    polls = await service.tickets.count(_POLLS, ticket.tenant, ticket.key, 1, now, soon)
    return Fault("AADSTS90055") if polls is None else Fault("AADSTS70016")


async def _decide(
    key: str,
    body: Mapping[str, Any],
    user: str,
    *,
    tickets: Tickets,
    now: datetime,
    family: str = "",
) -> bool:
    """Of any number of browsers with the same user code one decides."""
    taken = await tickets.take(_USER, _EVERYWHERE, key, now)
    if taken is None:
        return False
    device = await tickets.get(_DEVICE, taken.body["tenant"], taken.body["device"], now)
    if device is None:
        return False
    decided = replace(device, body={**device.body, **body}, subject=user, family=family)
    return await tickets.swap(decided, device.revision, now)


def _drawn(secret: str) -> str:
    """A user code: as unguessable as its length allows, easy to read aloud and to type."""
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in sha256(secret.encode()).digest())[
        :_LENGTH
    ]


def _key(typed: str) -> str:
    """However a person writes it: case, blanks and hyphens do not count."""
    plain = "".join(typed.split()).replace("-", "").upper().translate(_READ_AS)
    return digest(f"user code {plain}")
