"""What people meet on their way through a flow: authorize, the pages' own addresses, logout.

Reads requests and shows where the journey rests; what happens in between is the driver's.
Source: runtime.md 2, 3.6, 3.7, 5.10.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from starlette.responses import JSONResponse, Response

from vestibule.drive import Driver, Lost, Working
from vestibule.errors import NotAllowed, NotFound, Problem
from vestibule.journey.state import Ask, Form, Journey
from vestibule.oidc import authorize as authorization
from vestibule.oidc import session as sessions
from vestibule.oidc.asked import Asked
from vestibule.oidc.faults import Fault
from vestibule.oidc.logout import check_logout
from vestibule.oidc.place import Place
from vestibule.oidc.signing import Signer
from vestibule.oidc.tenants import Tenants, locate
from vestibule.ports import Tickets
from vestibule.settings import Settings
from vestibule.tenancy import Flow, Tenant
from vestibule.texts import Voice
from vestibule.texts.localized import ERRORS
from vestibule.web import language, security, views, wire
from vestibule.web.exchange import Exchange
from vestibule.web.outcomes import LOST, Outcomes
from vestibule.web.render import Render
from vestibule.web.responses import Responses, status
from vestibule.world import World

_MOST_FIELDS = 1000  # of a page: each ticked box of an attribute is one
_FORBIDDEN = 403
_FRESH = frozenset({"login", "select_account"})  # prompts for which a session does not count


class Pages:
    """Handlers of (exchange, place, rest); `problem` prints what they raise."""

    def __init__(
        self,
        settings: Settings,
        world: World,
        *,
        tenants: Tenants,
        tickets: Tickets,
        driver: Driver,
        signer: Signer,
        render: Render,
    ) -> None:
        self._settings = settings
        self._world = world
        self._tenants = tenants
        self._tickets = tickets
        self._driver = driver
        self._signer = signer
        self._responses = Responses(settings, world, render)
        self._outcomes = Outcomes(settings, world, tickets, driver, self._responses)

    async def authorize(self, exchange: Exchange, place: Place, _rest: tuple[str, ...]) -> Response:
        """Check the request, start a journey, and show where it rests."""
        parameters = _parameters(exchange)
        tenant, flow = await self._located(place)
        voice = _voice(exchange, flow, parameters)
        try:
            asked = authorization.check(
                parameters,
                tenant=tenant,
                flow=flow,
                base=exchange.base,
                settings=self._settings,
                correlation=exchange.correlation,
                now=exchange.now,
            )
        except Fault as fault:
            return self._responses.refused(exchange, fault, voice, tenant.display_name)
        visitor = security.Visitor.met(exchange, self._world)
        journey = await self._driver.begin(
            tenant,
            flow,
            browser=visitor.name,
            request=replace(asked, login_hint="").dump(),  # the hint is one of the facts
            facts=await self._known(exchange, tenant, asked),
            language=voice.language,
            now=exchange.now,
            correlation=exchange.correlation,
            ip=exchange.ip,
        )
        stand = self._stand(exchange, place, tenant, flow, journey.id, visitor, asked.client)
        response = await self._outcomes.shown(exchange, stand, journey)
        visitor.remember(response, exchange, self._settings)
        return response

    async def selfasserted(
        self, exchange: Exchange, place: Place, rest: tuple[str, ...]
    ) -> Response:
        """A form of a page: JSON for a script, a way on for a browser."""
        _allow(exchange, "POST")
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
        asks = isinstance(journey.shown, Ask)
        return self._responses.to(stand.here() if asks else stand.confirmed(), status=303)

    async def api(self, exchange: Exchange, place: Place, rest: tuple[str, ...]) -> Response:
        """The pages' links: each shows where the journey then rests."""
        _allow(exchange, "GET")
        query = exchange.query()
        form, harmless = wire.link(rest, query)
        stand = await self._visited(exchange, place)
        if not harmless and not security.genuine(exchange, query.get("csrf_token", "")):
            return self._outcomes.lost(exchange, stand, status=403)  # a link from elsewhere
        try:
            journey = await self._moved(exchange, stand, form)
            return await self._outcomes.shown(exchange, stand, journey)
        except Working:
            return self._responses.working(exchange, stand.voice(ERRORS), stand.tenant.display_name)
        except Lost:
            return self._outcomes.lost(exchange, stand)

    async def logout(self, exchange: Exchange, place: Place, _rest: tuple[str, ...]) -> Response:
        """End the session, whatever else is wrong with the request, then send the browser on."""
        parameters = _parameters(exchange)
        tenant, flow = await self._located(place)
        cookie = sessions.cookie_name(tenant)
        await sessions.end(exchange.cookie(cookie), tenant=tenant, tickets=self._tickets)
        brand, voice = tenant.display_name, _voice(exchange, flow, parameters)
        try:
            answer = check_logout(
                parameters,
                tenant=tenant,
                flow=flow,
                base=exchange.base,
                signer=self._signer,
                settings=self._settings,
                now=exchange.now,
            )
        except Fault as fault:
            heading = "page.error.title.logout"
            response = self._responses.problem(exchange, fault, voice, heading=heading, brand=brand)
        else:
            response = (
                self._responses.answer(exchange, answer, voice, brand)
                if answer
                else self._responses.page(exchange, "signedout", {"voice": voice, "brand": brand})
            )
        security.drop_cookie(response, self._settings, cookie)
        return response

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

    # ------------------------------------------------------------------ where a request stands

    async def _located(self, place: Place) -> tuple[Tenant, Flow]:
        tenant, flow = await locate(place, self._tenants)
        if flow is None:
            raise NotFound("The address names no user flow. Add one: /{tenant}/{user flow}/…")
        return tenant, flow

    async def _visited(self, exchange: Exchange, place: Place) -> views.Stand:
        query = exchange.query()
        tenant, flow = await self._located(place)
        journey = views.journey_of(query.get("tx", ""))
        visitor = security.Visitor.of(exchange)
        client = query.get("client_id", "")
        return self._stand(exchange, place, tenant, flow, journey, visitor, client)

    def _stand(
        self,
        exchange: Exchange,
        place: Place,
        tenant: Tenant,
        flow: Flow,
        journey: str,
        visitor: security.Visitor,
        client: str,
    ) -> views.Stand:
        return views.Stand(
            base=exchange.base,
            place=place,
            tenant=tenant,
            flow=flow,
            journey=journey,
            csrf=visitor.csrf,
            browser=visitor.name,
            client=client,
            view=exchange.correlation,
            language=language.chosen(flow, exchange.accept_language),
        )

    async def _known(self, exchange: Exchange, tenant: Tenant, asked: Asked) -> dict[str, Any]:
        """The facts that a journey starts with."""
        facts: dict[str, Any] = {"prompt": asked.prompt, "login_hint": asked.login_hint}
        if asked.prompt not in _FRESH:
            session = await sessions.find(
                exchange.cookie(sessions.cookie_name(tenant)),
                tenant=tenant,
                tickets=self._tickets,
                now=exchange.now,
            )
            if session and session.satisfies(asked.max_age_s, exchange.now):
                facts["session"] = {"user": session.user, "auth_time": session.auth_time}
        return facts

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


def _allow(exchange: Exchange, *methods: str) -> None:
    if exchange.method not in methods:
        raise NotAllowed(f"Use {' or '.join(methods)} here.")


def _parameters(exchange: Exchange) -> dict[str, str]:
    """Of the query, or of the body when the request has one."""
    _allow(exchange, "GET", "POST")
    return exchange.form() if exchange.body else exchange.query()


def _voice(exchange: Exchange, flow: Flow, parameters: Mapping[str, str]) -> Voice:
    """How pages speak that answer a request of the application."""
    tag = language.chosen(flow, exchange.accept_language, parameters.get("ui_locales", ""))
    return Voice(tag, flow.written(tag, ERRORS))
