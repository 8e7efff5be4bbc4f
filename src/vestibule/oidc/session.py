"""Single sign-on: who is signed in, in this browser, and where that counts.

A cookie holds 256 random bits, the store their hash. Every authentication draws new ones, so a
value planted before it is worth nothing after it. A flow's `ssoScope` says how far a session
reaches; sessions of different reach are different sessions, each with a cookie of its own.
Source: runtime.md 3.6; RFC 9700 section 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from vestibule.ports import Ticket, Tickets
from vestibule.tenancy import Flow, Tenant
from vestibule.vault import digest
from vestibule.world import World

_KIND = "session"
_WRITTEN_AT_MOST_EVERY = timedelta(minutes=1)
_MOST_APPLICATIONS = 50  # remembered by a session, the latest ones
_TRIES = 10  # at a swap that others are doing too
_KEEPS_SIGNED_IN = frozenset({"signUpOrSignIn", "signIn", "profileUpdate"})
_MINUTES_OF_A_DAY = 24 * 60

OF_A_PROVIDER = ("provider", "idp", "idp_access_token")
"""What a session keeps of the identity provider: id, what tokens call it, its token."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a session counts: a tenant, and "" or the one application or flow within it.

    `cookie` is the name of the cookie that holds such a session.
    """

    tenant: str
    within: str
    cookie: str


def reach(tenant: Tenant, flow: Flow, client: str) -> Reach | None:
    """How far the sessions of this flow reach; None where it has none.

    `client` is an app id in lower case, or "" if unknown: then nothing is reached where sessions
    are an application's.
    """
    scope = flow.settings["ssoScope"]
    name = {"tenant": "0", "application": client.lower(), "policy": flow.id.lower()}.get(scope, "")
    if not name:
        return None
    within = "" if scope == "tenant" else f"{scope}:{name}"
    return Reach(tenant.id, within, f"x-ms-cpim-sso:{tenant.domain}_{name}")


@dataclass(frozen=True, slots=True)
class Session:
    """`auth_time`: epoch seconds, with their fraction, at which credentials were entered; it
    outlives every reuse.

    `applications`: app ids of those that got tokens or codes by it. `proof`: who signed in at an
    identity provider, by which (`OF_A_PROVIDER`); the provider's token is sealed.
    """

    user: str
    auth_time: float
    expires: datetime
    applications: tuple[str, ...] = ()
    proof: Mapping[str, str] = field(default_factory=dict, repr=False)

    def satisfies(self, max_age_s: int | None, now: datetime) -> bool:
        """Whether credentials were entered recently enough (OpenID Connect Core 3.1.2.1)."""
        return max_age_s is None or now.timestamp() - self.auth_time <= max_age_s


@dataclass(frozen=True, slots=True)
class Started:
    """`cookie` is the new value of the reach's cookie, for the browser only; `ticket` is the
    session's, which is still to be stored; `lifetime_s` None: the browser forgets it when it is
    closed."""

    cookie: str
    ticket: Ticket
    lifetime_s: int | None = None

    @property
    def session(self) -> Session:
        return _session(self.ticket)


def kept_days(flow: Flow) -> int | None:
    """For how many days the flow keeps people signed in who wish so; None: it does not offer it."""
    offers = flow.type in _KEEPS_SIGNED_IN
    days: int | None = flow.settings["keepMeSignedInDays"] if offers else None
    return days


async def find(cookie: str, *, at: Reach | None, tickets: Tickets, now: datetime) -> Session | None:
    """The living session. A rolling one starts its lifetime again, written once a minute."""
    ticket = await _ticket(cookie, at=at, tickets=tickets, now=now)
    if ticket is None:
        return None
    if ticket.body["rolling"]:
        expires = now + timedelta(minutes=ticket.body["lifetime_min"])
        if expires - ticket.expires >= _WRITTEN_AT_MOST_EVERY:
            renewed = replace(ticket, expires=expires)
            if await tickets.swap(renewed, ticket.revision, now):
                ticket = renewed
    return _session(ticket)


async def start(
    user: str,
    auth_time: float,
    *,
    previous: str,
    at: Reach,
    flow: Flow,
    client: str,
    keep: bool,
    tickets: Tickets,
    world: World,
    now: datetime,
    proof: Mapping[str, str] | None = None,
) -> Started:
    """A session for who entered credentials at `auth_time`, instead of that of `previous` cookie,
    which is to be ended once this one is stored.

    The applications of the same person's previous session are not forgotten. With `keep` it
    lasts the flow's days from now, and outlives the browser.
    """
    old = await _ticket(previous, at=at, tickets=tickets, now=now)
    applications = old.body.get("applications", []) if old and old.subject == user else []
    days = kept_days(flow) if keep else None
    body = {
        "auth_time": auth_time,
        "within": at.within,
        "applications": _with(applications, client),
        **({"proof": dict(proof)} if proof else {}),
        **_lasting(flow, days),
    }
    expires = now + timedelta(minutes=body["lifetime_min"])
    cookie = world.secret()
    ticket = Ticket(
        kind=_KIND, tenant=at.tenant, key=digest(cookie), expires=expires, body=body, subject=user
    )
    return Started(cookie, ticket, None if days is None else days * 24 * 3600)


async def join(
    cookie: str,
    user: str,
    *,
    at: Reach | None,
    flow: Flow,
    client: str,
    tickets: Tickets,
    now: datetime,
) -> bool:
    """Note that this application takes part in the session of this user.

    A flow that keeps nobody signed in ends the wish to be (runtime.md 3.6): the session becomes
    an ordinary one; True: so must the cookie.
    """
    for _ in range(_TRIES):
        ticket = await _ticket(cookie, at=at, tickets=tickets, now=now)
        if ticket is None or ticket.subject != user:
            return False
        body, known = dict(ticket.body), ticket.body.get("applications", [])
        ordinary = bool(body.get("kept")) and kept_days(flow) is None
        body["applications"] = _with(known, client)
        expires = ticket.expires
        if ordinary:
            body |= _lasting(flow, None)
            expires = now + timedelta(minutes=body["lifetime_min"])
        if not ordinary and body["applications"] == known:
            return False
        changed = replace(ticket, body=body, expires=expires)
        if await tickets.swap(changed, ticket.revision, now):
            return ordinary
    return False


async def end(cookie: str, *, at: Reach, tickets: Tickets) -> None:
    """Forget the session of this cookie, if there is one."""
    if cookie:
        await tickets.drop(at.tenant, kind=_KIND, key=digest(cookie))


async def _ticket(
    cookie: str, *, at: Reach | None, tickets: Tickets, now: datetime
) -> Ticket | None:
    if not cookie or at is None:
        return None
    ticket = await tickets.get(_KIND, at.tenant, digest(cookie), now)
    # A cookie that somebody put under another name reaches no further than before.
    return ticket if ticket and ticket.body.get("within", "") == at.within else None


def _lasting(flow: Flow, days: int | None) -> dict[str, Any]:
    """How long: so many days from the start, or as the flow's sessions last."""
    if days is not None:
        return {"lifetime_min": days * _MINUTES_OF_A_DAY, "rolling": False, "kept": True}
    return {
        "lifetime_min": flow.settings["sessionLifetimeMinutes"],
        "rolling": flow.settings["sessionExpiry"] == "rolling",
        "kept": False,
    }


def _session(ticket: Ticket) -> Session:
    applications = tuple(ticket.body.get("applications", ()))
    return Session(
        ticket.subject,
        ticket.body["auth_time"],
        ticket.expires,
        applications,
        ticket.body.get("proof", {}),
    )


def _with(applications: list[str], client: str) -> list[str]:
    if not client or client in applications:
        return applications
    return [*applications, client][-_MOST_APPLICATIONS:]
