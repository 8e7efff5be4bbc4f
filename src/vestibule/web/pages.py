"""The pages' own addresses: their forms and links move a journey along.

Reads requests and shows where the journey rests; what happens in between is the driver's.
Source: runtime.md 5.10.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from starlette.responses import JSONResponse, Response

from vestibule.drive import Driver, Lost, Working
from vestibule.errors import Problem
from vestibule.journey.state import Ask, Form, Journey, Leave
from vestibule.oidc.place import Place
from vestibule.oidc.tenants import Tenants
from vestibule.settings import Settings
from vestibule.texts import Voice
from vestibule.texts.localized import ERRORS
from vestibule.web import entry, language, security, views, wire
from vestibule.web.exchange import Exchange
from vestibule.web.outcomes import LOST, Outcomes
from vestibule.web.responses import Responses, status

_MOST_FIELDS = 1000  # of a page: each ticked box of an attribute is one
_FORBIDDEN = 403


class Pages:
    """Handlers of (exchange, place, rest); `problem` prints what they raise."""

    def __init__(
        self,
        settings: Settings,
        *,
        tenants: Tenants,
        driver: Driver,
        responses: Responses,
        outcomes: Outcomes,
    ) -> None:
        self._settings = settings
        self._tenants = tenants
        self._driver = driver
        self._responses = responses
        self._outcomes = outcomes

    async def selfasserted(
        self, exchange: Exchange, place: Place, rest: tuple[str, ...]
    ) -> Response:
        """A form of a page: JSON for a script, a way on for a browser."""
        entry.allow(exchange, "POST")
        stand = await self._visited(exchange, place)
        fields = exchange.form(_MOST_FIELDS)
        if not security.genuine(exchange, wire.token(exchange, fields)):
            return self._forged(exchange, stand)
        scripted = wire.scripted(exchange)
        try:
            journey = await self._moved(exchange, stand, wire.form(fields, rest))
        except Working:
            busy = wire.refusal(wire.BUSY, stand.voice(ERRORS).say("page.working.title"))
            return self._json(busy) if scripted else self._responses.to(stand.here(), status=303)
        except Lost:
            if scripted:
                lost = stand.voice(ERRORS).say("page.error.lost")
                return self._json(wire.refusal(LOST, lost))
            return self._outcomes.lost(exchange, stand)
        if scripted:
            return self._json(wire.reply(journey, stand.speaking(journey)))
        # A form may not end at another site: to a provider people go on by a link.
        asks = isinstance(journey.shown, Ask | Leave)
        return self._responses.to(stand.here() if asks else stand.confirmed(), status=303)

    async def api(self, exchange: Exchange, place: Place, rest: tuple[str, ...]) -> Response:
        """The pages' links: each shows where the journey then rests."""
        entry.allow(exchange, "GET")
        query = exchange.query()
        form, harmless = wire.link(rest, query)
        stand = await self._visited(exchange, place)
        if not harmless and not security.genuine(exchange, query.get("csrf_token", "")):
            return self._outcomes.lost(exchange, stand, status=403)  # a link from elsewhere
        try:
            journey = await self._moved(exchange, stand, form)
            if harmless and isinstance(journey.shown, Leave):
                return self._outcomes.away(exchange, stand, journey, journey.shown.url)
            return await self._outcomes.shown(exchange, stand, journey)
        except Working:
            return self._responses.working(exchange, stand.voice(ERRORS), stand.tenant.display_name)
        except Lost:
            return self._outcomes.lost(exchange, stand)

    def problem(self, exchange: Exchange, problem: Problem) -> Response:
        """What a handler raised: JSON for a script, otherwise a page."""
        if wire.scripted(exchange):
            return self._json(wire.refusal("", problem.message), status(problem))
        voice = Voice(language.understood(exchange.accept_language))
        return self._responses.problem(exchange, problem, voice)

    def _forged(self, exchange: Exchange, stand: views.Stand) -> Response:
        """A form that none of our pages in this browser has sent."""
        voice = stand.voice(ERRORS)
        message = voice.say("page.error.forgery")
        if wire.scripted(exchange):
            return self._json(wire.refusal("", message), _FORBIDDEN)
        return self._responses.fatal(
            exchange,
            voice,
            heading="page.error.title",
            message=message,
            status=_FORBIDDEN,
            brand=stand.tenant.display_name,
        )

    async def _visited(self, exchange: Exchange, place: Place) -> views.Stand:
        query = exchange.query()
        client = query.get("client_id", "")
        tenant, flow = await entry.located(place, self._tenants, client)
        journey = views.journey_of(query.get("tx", ""))
        visitor = security.Visitor.of(exchange)
        return entry.stand(exchange, place, tenant, flow, journey, visitor, client)

    async def _moved(self, exchange: Exchange, stand: views.Stand, form: Form | None) -> Journey:
        """The journey where it rests, after the form if there is one."""
        driver = self._driver
        move = driver.show if form is None else partial(driver.give, given=form)
        return await move(
            stand.tenant,
            stand.journey,
            browser=stand.browser,
            now=exchange.now,
            flow=stand.flow.id,
            correlation=exchange.correlation,
            ip=exchange.ip,
        )

    def _json(self, body: Mapping[str, Any], code: int = 200) -> Response:
        return security.guard(JSONResponse(body, code), self._settings)
