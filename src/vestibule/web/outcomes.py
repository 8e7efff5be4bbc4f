"""Where a journey rests becomes what the browser gets: a page, another site, or the application.

Source: runtime.md 2.1, 2.3, 3.6.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from msgspec.structs import replace
from starlette.responses import Response

from vestibule.drive import Driver, Ending, Lost
from vestibule.journey.state import Ask, Finish, Journey, Leave, Stop
from vestibule.oidc import authorize as authorization
from vestibule.oidc.asked import Asked
from vestibule.oidc.claims import Subject
from vestibule.oidc.faults import Fault, code_of
from vestibule.oidc.front_channel import FrontChannel, Granting
from vestibule.oidc.provider_token import CLAIM, Reveal
from vestibule.oidc.redirects import origin
from vestibule.oidc.signing import Signer
from vestibule.ports import Ticket
from vestibule.settings import Settings
from vestibule.texts.localized import ERRORS
from vestibule.web import security, views, wire
from vestibule.web.device import DevicePages
from vestibule.web.exchange import Exchange
from vestibule.web.responses import Responses
from vestibule.web.sso import SingleSignOn
from vestibule.world import World

LOST = "90046"


class Outcomes:
    """Shows journeys; ends those that are over."""

    def __init__(
        self,
        settings: Settings,
        world: World,
        driver: Driver,
        responses: Responses,
        sso: SingleSignOn,
        signer: Signer,
        devices: DevicePages,
        reveal: Reveal,
    ) -> None:
        self._front_channel = FrontChannel(settings, world, signer, reveal)
        self._driver = driver
        self._responses = responses
        self._sso = sso
        self._devices = devices

    async def shown(self, exchange: Exchange, stand: views.Stand, journey: Journey) -> Response:
        """The answer to a request that moved or looked at a journey. Raises Lost."""
        stand = replace(stand, language=journey.language)
        exchange = exchange.within(journey)
        match journey.shown:
            case Ask() as ask:
                asked = Asked.load(journey.request)
                model = views.model(ask, stand, journey.turn)
                return self._responses.page(exchange, ask.page, model, target=asked.redirect.uri)
            case Leave(url=url):
                return self._responses.to(url)
            case Finish() if Asked.load(journey.request).device:
                return self._devices.question(exchange, stand, journey)
            case Finish():
                return await self._finished(exchange, stand)
            case Stop(to_app=True) as stop:
                return await self._stopped(exchange, stand, stop)
            case Stop() as stop:
                voice = stand.voice(ERRORS)
                return self._responses.fatal(
                    exchange,
                    voice,
                    heading="page.error.title.stopped",
                    message=voice.say(stop.text, stop.arguments),
                    code=code_of(stop.code, at_tenant=stand.flow.kind == "b2x"),
                    brand=stand.tenant.display_name,
                    remedy=bool(stop.code),
                )
        raise RuntimeError("A journey at rest shows something.")

    def away(self, exchange: Exchange, stand: views.Stand, journey: Journey, url: str) -> Response:
        """What somebody sees who left for an identity provider and is here again: on to there, or
        another way. A redirect would never let them back."""
        stand = replace(stand, language=journey.language)
        provider = stand.tenant.provider(journey.facts.get("provider", ""))
        told = {"away": provider.display_name if provider else "", "onward": url}
        asked = Asked.load(journey.request)
        model = views.model(Ask("idpselections", told), stand, journey.turn)
        return self._responses.page(exchange, "idpselections", model, target=asked.redirect.uri)

    async def _finished(self, exchange: Exchange, stand: views.Stand) -> Response:
        """A code or tokens for the application, and a session unless one was used: all of that,
        or the journey has not ended."""
        ending = await self._ending(exchange, stand)
        journey = ending.journey
        if wire.remembered(exchange.query(), journey):
            journey = journey.know({"keep_signed_in": True})
        asked, facts = Asked.load(journey.request), journey.facts
        tenant, flow = stand.tenant, stand.flow
        subject = Subject(
            facts["user"],
            facts["claims"],
            int(facts["auth_time"]),
            new_user=facts.get("new_user", False),
            forgot_password=facts.get("is_forgot_password", False),
            provider_token=facts.get(CLAIM, ""),
        )
        granting = self._granted(exchange, stand, asked, subject)
        signed_in = await self._sso.signed_in(
            exchange, facts, tenant=tenant, flow=flow, client=asked.client
        )
        await self._end(exchange, stand, ending, (*granting.tickets, *signed_in.tickets))
        await self._sso.stored(exchange, signed_in)
        voice = stand.voice(ERRORS)
        response = self._responses.answer(exchange, granting.answer, voice, tenant.display_name)
        if (cookie := signed_in.cookie) is not None:
            security.place_cookie(
                response,
                self._sso.settings,
                cookie.name,
                cookie.value,
                lifetime_s=cookie.lifetime_s,
            )
        security.keep_browser(response, exchange, self._sso.settings)
        return response

    def _granted(
        self, exchange: Exchange, stand: views.Stand, asked: Asked, subject: Subject
    ) -> Granting:
        """A code or tokens; a refusal where somebody else was asked for."""
        try:
            return self._front_channel.grant(
                asked, subject, tenant=stand.tenant, flow=stand.flow, now=exchange.now
            )
        except Fault as fault:
            return Granting(
                authorization.refuse(
                    asked, fault, correlation=exchange.correlation, now=exchange.now
                )
            )

    async def _stopped(self, exchange: Exchange, stand: views.Stand, stop: Stop) -> Response:
        """The application is told why there will be no code."""
        ending = await self._ending(exchange, stand)
        await self._end(exchange, stand, ending)
        journey = ending.journey
        asked = Asked.load(journey.request)
        if asked.device:
            return await self._devices.decided(exchange, stand, journey, approved=False)
        told = {"prompt": asked.prompt, "client": asked.client, **stop.arguments}
        fault = Fault(stop.code, **told)
        fault = fault.in_entra() if stand.flow.kind == "b2x" else fault
        answer = authorization.refuse(
            asked, fault, correlation=exchange.correlation, now=exchange.now
        )
        voice = stand.voice(ERRORS)
        return self._responses.answer(exchange, answer, voice, stand.tenant.display_name)

    async def _ending(self, exchange: Exchange, stand: views.Stand) -> Ending:
        ending = await self._driver.ending(
            stand.tenant,
            stand.journey,
            browser=stand.browser,
            now=exchange.now,
            flow=stand.flow.id,
        )
        return ending or self._late(stand)

    async def _end(
        self,
        exchange: Exchange,
        stand: views.Stand,
        ending: Ending,
        then: Sequence[Ticket] = (),
    ) -> None:
        if not await self._driver.end(ending, exchange.now, then=then):
            self._late(stand)

    def _late(self, stand: views.Stand) -> NoReturn:
        """Another request was first."""
        raise Lost(stand.voice(ERRORS).say("page.error.lost"), code=f"AADB2C{LOST}")

    def lost(self, exchange: Exchange, stand: views.Stand, *, status: int = 400) -> Response:
        """The journey is over or belongs to another browser. Only the application can start a
        new one, so the way on is its address, known from the page's address."""
        application = stand.tenant.application(stand.client)
        uris = application.redirect_uris if application else ()
        sites = (origin(redirect.uri) for redirect in uris)
        voice = stand.voice(ERRORS)
        return self._responses.fatal(
            exchange,
            voice,
            heading="page.error.title.lost",
            message=voice.say("page.error.lost"),
            code=f"AADB2C{LOST}",
            status=status,
            brand=stand.tenant.display_name,
            again=next((f"{site}/" for site in sites if site), ""),
        )
