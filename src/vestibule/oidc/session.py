"""Single sign-on: who is signed in, in this browser, at this tenant.

The cookie holds 256 random bits, the store their hash. Every authentication draws new ones, so
a value planted before it is worth nothing after it. Source: runtime.md 3.6; RFC 9700 section 4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from vestibule.ports import Ticket, Tickets
from vestibule.tenancy import Flow, Tenant
from vestibule.vault import digest
from vestibule.world import World

_KIND = "session"
_WRITTEN_AT_MOST_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Session:
    """`auth_time`: epoch seconds at which credentials were entered; it outlives every reuse."""

    user: str
    auth_time: int
    expires: datetime

    def satisfies(self, max_age_s: int | None, now: datetime) -> bool:
        """Whether credentials were entered recently enough (OpenID Connect Core 3.1.2.1)."""
        return max_age_s is None or now.timestamp() - self.auth_time <= max_age_s


@dataclass(frozen=True, slots=True)
class Started:
    """`cookie` is the new value of the cookie `cookie_name(tenant)`, for the browser only."""

    cookie: str
    session: Session


def cookie_name(tenant: Tenant) -> str:
    return f"x-ms-cpim-sso:{tenant.domain}_0"


async def find(cookie: str, *, tenant: Tenant, tickets: Tickets, now: datetime) -> Session | None:
    """The living session. A rolling one starts its lifetime again, written once a minute."""
    if not cookie:
        return None
    ticket = await tickets.get(_KIND, tenant.id, digest(cookie), now)
    if ticket is None:
        return None
    if ticket.body["rolling"]:
        expires = now + timedelta(minutes=ticket.body["lifetime_min"])
        if expires - ticket.expires >= _WRITTEN_AT_MOST_EVERY:
            renewed = replace(ticket, expires=expires)
            if await tickets.swap(renewed, ticket.revision, now):
                ticket = renewed
    return Session(ticket.subject, ticket.body["auth_time"], ticket.expires)


async def start(
    user: str,
    auth_time: int,
    *,
    previous: str,
    tenant: Tenant,
    flow: Flow,
    tickets: Tickets,
    world: World,
    now: datetime,
) -> Started:
    """A session for who entered credentials at `auth_time`; that of `previous` cookie ends."""
    lifetime_min = flow.settings["sessionLifetimeMinutes"]
    session = Session(user, auth_time, now + timedelta(minutes=lifetime_min))
    cookie = world.secret()
    await tickets.put(
        Ticket(
            kind=_KIND,
            tenant=tenant.id,
            key=digest(cookie),
            expires=session.expires,
            body={
                "auth_time": session.auth_time,
                "lifetime_min": lifetime_min,
                "rolling": flow.settings["sessionExpiry"] == "rolling",
            },
            subject=user,
        )
    )
    await end(previous, tenant=tenant, tickets=tickets)
    return Started(cookie, session)


async def end(cookie: str, *, tenant: Tenant, tickets: Tickets) -> None:
    """Forget the session of this cookie, if there is one."""
    if cookie:
        await tickets.drop(tenant.id, kind=_KIND, key=digest(cookie))
