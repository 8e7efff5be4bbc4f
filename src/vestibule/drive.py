"""Load a journey, advance it, perform what it asks, save it: the one way journeys move.

A journey is a ticket: its key is the hash of the journey's id, its client the hash of the
browser's secret, every save a swap on its revision. Before an effect is performed the journey is
saved with a lease, together with the effect unless that holds a secret; so of two requests one
performs, and what a crash interrupted is taken up again when the lease has run out. Effects that
may be performed by both (`UNHELD`) go without.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from msgspec.structs import replace

from vestibule.errors import Problem
from vestibule.journey.effects import UNHELD, Effect, ReadUser, Result, UserGone
from vestibule.journey.engine import Plan, advance, ended
from vestibule.journey.plan import plan
from vestibule.journey.state import Entered, Finish, Form, Journey, Returned, dump, load
from vestibule.perform.tools import Occasion
from vestibule.ports import Ticket, Tickets
from vestibule.tenancy import Flow, Tenant
from vestibule.vault import digest
from vestibule.world import World

KIND = "journey"
"""Of the tickets; their family is the correlation id."""


class Lost(Problem):
    """There is no such journey for this browser, tenant and flow (any more)."""


class Working(Problem):
    """Another request is moving this journey at the moment; look again soon."""


class Performs(Protocol):
    async def perform(self, effect: Effect, occasion: Occasion) -> Result: ...


@dataclass(frozen=True, slots=True)
class _Request:
    """Who asks for which journey. `flow` is "" where the caller does not say."""

    tenant: Tenant
    id: str
    browser: str
    flow: str
    now: datetime
    correlation: str = ""
    ip: str = ""


@dataclass(frozen=True, slots=True)
class _Run:
    """A request's hold on a journey: the ticket as last read or saved (revision 0: not yet)."""

    request: _Request
    plan: Plan
    ticket: Ticket

    def journey(self) -> Journey:
        return load({**self.ticket.body, "id": self.request.id})

    def occasion(self, journey: Journey) -> Occasion:
        return Occasion(
            tenant=self.request.tenant,
            flow=self.request.tenant.flow(journey.flow),
            language=journey.language,
            journey=self.ticket.key,
            turn=journey.turn,
            ordinal=journey.ordinal,
            now=self.request.now,
            correlation=journey.correlation or self.request.correlation,
            ip=self.request.ip,
            browser=self.ticket.client,
            id=self.request.id,
        )

    def with_body(self, journey: Journey, until: int) -> Ticket:
        """What to save next: neither the journey's id nor a secret effect; `until`: the lease of
        one."""
        effect = journey.pending
        kept = None if effect is None or effect.secret else effect
        lease = 0 if effect is None else until
        body = dump(replace(journey, id="", pending=kept, lease=lease))
        return replace(self.ticket, body=body, revision=self.ticket.revision + 1)


@dataclass(frozen=True, slots=True)
class Ending:
    """A journey that is about to be closed. `key` is its ticket's."""

    journey: Journey
    tenant: str
    key: str


class Driver:
    """`plans` finds the plan of a flow; `lifetime_s` is how long a person may take, `lease_s` how
    long an effect may, and `leases` those that may take longer. `traced`: journeys keep their
    trail, as long as their tickets live."""

    __slots__ = (
        "_lease_s", "_leases", "_lifetime", "_performer", "_plan", "_tickets", "_traced", "_world",
    )  # fmt: skip

    def __init__(
        self,
        tickets: Tickets,
        performer: Performs,
        world: World,
        *,
        plans: Callable[[Flow], Plan] = plan,
        lifetime_s: int = 3600,
        lease_s: int = 30,
        traced: bool = False,
        leases: Mapping[type, int] | None = None,
    ) -> None:
        self._tickets = tickets
        self._performer = performer
        self._world = world
        self._plan = plans
        self._lifetime = timedelta(seconds=lifetime_s)
        self._lease_s = lease_s
        self._traced = traced
        self._leases = leases or {}

    async def begin(
        self,
        tenant: Tenant,
        flow: Flow,
        *,
        browser: str,
        request: Mapping[str, Any],
        facts: Mapping[str, Any],
        language: str,
        now: datetime,
        correlation: str = "",
        ip: str = "",
    ) -> Journey:
        """Start a journey and move it to its first rest. `browser` is the browser's secret;
        `correlation` (a guid) names the journey from now on, and its ticket's family."""
        asked = _Request(tenant, self._world.secret(), browser, flow.id, now, correlation, ip)
        key, owner = digest(asked.id), digest(browser)
        until = now + self._lifetime
        ticket = Ticket(KIND, tenant.id, key, until, client=owner, family=correlation, revision=0)
        run = _Run(asked, self._plan(flow), ticket)
        start = Journey(
            asked.id,
            tenant.id,
            flow.id,
            dict(request),
            dict(facts),
            language=language,
            correlation=correlation,
            trail=() if self._traced else None,
        )
        return await self._move(run, advance(run.plan, start, Entered(), self._world))

    async def at_once(
        self,
        tenant: Tenant,
        flow: Flow,
        form: Form,
        *,
        now: datetime,
        facts: Mapping[str, Any] | None = None,
        correlation: str = "",
        ip: str = "",
    ) -> Journey:
        """A journey without pages, from its first step over one form to its rest. Nothing of it
        is saved, so its effects are performed once, or not at all."""
        request = _Request(tenant, self._world.secret(), "", flow.id, now, correlation, ip)
        ticket = Ticket(KIND, tenant.id, digest(request.id), now + self._lifetime, revision=0)
        run = _Run(request, self._plan(flow), ticket)
        journey = Journey(request.id, tenant.id, flow.id, {}, dict(facts or {}))
        for given in (Entered(), form):
            journey = advance(run.plan, journey, given, self._world)
            while journey.pending is not None:
                result = await self._performer.perform(journey.pending, run.occasion(journey))
                journey = advance(run.plan, journey, result, self._world)
        return journey

    async def show(
        self,
        tenant: Tenant,
        id: str,
        *,
        browser: str,
        now: datetime,
        flow: str = "",
        correlation: str = "",
        ip: str = "",
    ) -> Journey:
        """The journey where it rests. With `flow` it must be a journey through that flow.

        Raises Lost, Working.
        """
        run = await self._load(_Request(tenant, id, browser, flow, now, correlation, ip))
        return await self._settle(run, run.journey())

    async def give(
        self,
        tenant: Tenant,
        id: str,
        given: Form | Returned,
        *,
        browser: str,
        now: datetime,
        flow: str = "",
        correlation: str = "",
        ip: str = "",
    ) -> Journey:
        """Hand over what a person sent; the journey where it rests afterwards.

        A form of an earlier turn changes nothing. Raises Lost, Working.
        """
        run = await self._load(_Request(tenant, id, browser, flow, now, correlation, ip))
        journey = run.journey()
        if journey.pending is not None:
            return await self._settle(run, journey)  # the form stood on a page before that
        advanced = advance(run.plan, journey, given, self._world)
        return journey if advanced is journey else await self._move(run, advanced)

    async def ending(
        self, tenant: Tenant, id: str, *, browser: str, now: datetime, flow: str = ""
    ) -> Ending | None:
        """A journey that has come to its end, to be closed by `end`; None if it has not, or was
        closed before.

        Raises Lost, also when who was let in is not to be trusted any more.
        """
        request = _Request(tenant, id, browser, flow, now)
        ticket = await self._find(request)
        journey = load({**ticket.body, "id": id})
        if ticket.taken_at is not None or not ended(journey):
            return None
        if isinstance(journey.shown, Finish):
            await self._look_again(_Run(request, (), ticket), journey)
        return Ending(journey, tenant.id, ticket.key)

    async def end(self, ending: Ending, now: datetime, *, then: Sequence[Ticket] = ()) -> bool:
        """Close the journey: of many callers one is told True.

        `then` is stored in the same transaction (the authorization code, the session).
        """
        taken = await self._tickets.take(KIND, ending.tenant, ending.key, now, then=then)
        return taken is not None

    async def _look_again(self, run: _Run, journey: Journey) -> None:
        """A journey may rest long between its last step and its end. An account that was disabled
        meanwhile, or got another password, lets nobody in by what was typed before. Raises Lost."""
        reading = ReadUser(journey.facts["user"], journey.signed_in_at, whole=False)
        if isinstance(await self._performer.perform(reading, run.occasion(journey)), UserGone):
            raise _lost()

    async def _find(self, request: _Request) -> Ticket:
        """The journey's ticket, if it is this browser's and the flow's. Raises Lost."""
        tenant = request.tenant
        ticket = await self._tickets.get(KIND, tenant.id, digest(request.id), request.now)
        if ticket is None or not hmac.compare_digest(ticket.client, digest(request.browser)):
            raise _lost()
        flow = ticket.body["flow"]
        if tenant.flow(flow) is None or request.flow.casefold() not in ("", flow.casefold()):
            raise _lost()
        return ticket

    async def _load(self, request: _Request) -> _Run:
        ticket = await self._find(request)
        flow = request.tenant.flow(ticket.body["flow"])
        if ticket.taken_at is not None or flow is None:
            raise _lost()
        if ticket.body["lease"] > request.now.timestamp():
            raise Working("Still working on the last step; look again.", retry_after_s=1)
        return _Run(request, self._plan(flow), ticket)

    async def _settle(self, run: _Run, journey: Journey) -> Journey:
        """The journey at rest, after taking up what a crash left pending."""
        return journey if journey.pending is None else await self._move(run, journey)

    async def _move(self, run: _Run, journey: Journey) -> Journey:
        """Save and perform until the journey rests.

        A lost swap means that another request has moved it: then that one's page is shown.
        """
        while True:
            if not isinstance(journey.pending, UNHELD):
                saved = await self._save(run, journey)
                if saved is None:
                    latest = await self._load(run.request)
                    return await self._settle(latest, latest.journey())
                run = saved
            if journey.pending is None:
                return journey
            result = await self._performer.perform(journey.pending, run.occasion(journey))
            journey = advance(run.plan, journey, result, self._world)

    async def _save(self, run: _Run, journey: Journey) -> _Run | None:
        """The hold after saving, or None if another request has saved meanwhile."""
        lease_s = self._leases.get(type(journey.pending), self._lease_s)
        now = self._world.now()  # effects before this one may have taken long
        ticket, held = run.with_body(journey, int(now.timestamp()) + lease_s), run.ticket.revision
        if not held:
            await self._tickets.put(ticket)
        elif not await self._tickets.swap(ticket, held, run.request.now):
            return None
        return _Run(run.request, run.plan, ticket)


def _lost() -> Lost:
    return Lost(
        "This sign-in is over, or was started in another browser. Start again.",
        code="AADB2C90046",
    )
