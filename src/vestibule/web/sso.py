"""A browser's session: found when a request begins, started or joined when a journey ends.

Source: runtime.md 3.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from vestibule.oidc import session as sessions
from vestibule.oidc.session import Reach, Session
from vestibule.ports import Ticket, Tickets
from vestibule.settings import Settings
from vestibule.tenancy import Flow, Tenant
from vestibule.web import security
from vestibule.web.exchange import Exchange
from vestibule.world import World


@dataclass(frozen=True, slots=True)
class Cookie:
    """One to set; without a lifetime it ends with the browser."""

    name: str
    value: str = field(repr=False)
    lifetime_s: int | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a finished journey leaves: a cookie to set, and what is stored before that. `replaces`:
    where a new session takes the place of another, which ends once `tickets` are stored."""

    cookie: Cookie | None = None
    tickets: tuple[Ticket, ...] = ()
    replaces: Reach | None = None


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """Cookies on one side, sessions on the other."""

    settings: Settings
    world: World
    tickets: Tickets

    async def session(self, exchange: Exchange, at: Reach | None) -> Session | None:
        """Who is signed in in this browser, as far as that reaches."""
        if at is None:
            return None
        cookie = exchange.cookie(at.cookie)
        return await sessions.find(cookie, at=at, tickets=self.tickets, now=exchange.now)

    async def signed_in(
        self,
        exchange: Exchange,
        facts: Mapping[str, Any],
        *,
        tenant: Tenant,
        flow: Flow,
        client: str,
    ) -> SignedIn:
        """A finished journey leaves a new session, or takes part in the one that it used."""
        at = sessions.reach(tenant, flow, client)
        if at is None:
            return SignedIn()
        cookie = exchange.cookie(at.cookie)
        if not facts["session_reused"]:
            started = await sessions.start(
                facts["user"],
                facts["auth_time"],
                previous=cookie,
                at=at,
                flow=flow,
                client=client,
                keep=bool(facts.get("keep_signed_in")) and not facts.get("new_user"),
                proof={name: facts[name] for name in sessions.OF_A_PROVIDER if facts.get(name)},
                tickets=self.tickets,
                world=self.world,
                now=exchange.now,
            )
            new = Cookie(at.cookie, started.cookie, started.lifetime_s)
            return SignedIn(new, (started.ticket,), at)
        ordinary = await sessions.join(
            cookie,
            facts["user"],
            at=at,
            flow=flow,
            client=client,
            tickets=self.tickets,
            now=exchange.now,
        )
        return SignedIn(Cookie(at.cookie, cookie) if ordinary else None)

    async def stored(self, exchange: Exchange, signed_in: SignedIn) -> None:
        """Now that there is another session, the browser's previous one ends. No sooner: who
        does not get the new one, and tries again, still has its applications."""
        if (at := signed_in.replaces) is not None:
            await sessions.end(exchange.cookie(at.cookie), at=at, tickets=self.tickets)

    async def end(self, response: Response, exchange: Exchange, at: Reach | None) -> None:
        """Nobody is signed in any more, and the browser forgets the cookie."""
        if at is not None:
            await sessions.end(exchange.cookie(at.cookie), at=at, tickets=self.tickets)
            security.drop_cookie(response, self.settings, at.cookie)
