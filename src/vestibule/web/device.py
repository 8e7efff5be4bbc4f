"""The pages of a sign-in on a device: where its code is typed, and where a person decides.

Whoever has signed in is shown which application waits, and as whom; only their yes lets it in, for
the code may have come from somebody else (RFC 8628 section 5.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from msgspec.structs import replace
from starlette.responses import Response

from vestibule.drive import Driver, Lost
from vestibule.errors import Problem
from vestibule.journey.state import Finish, Journey
from vestibule.oidc import device
from vestibule.oidc.asked import Asked
from vestibule.oidc.claims import Subject
from vestibule.oidc.device import Waiting
from vestibule.oidc.faults import Fault
from vestibule.oidc.place import DEVICE_CONFIRMATION, DEVICE_LOGIN, Place, return_address
from vestibule.oidc.tenants import Tenants, own_flow
from vestibule.ports import Tickets
from vestibule.settings import Settings
from vestibule.tenancy import Tenant
from vestibule.texts import Voice
from vestibule.texts.localized import ERRORS
from vestibule.vault import digest
from vestibule.web import entry, language, security, views
from vestibule.web.exchange import Exchange
from vestibule.web.responses import Responses
from vestibule.world import World

_FORBIDDEN = 403
_TRIES = 20
_WINDOW = timedelta(minutes=15)
"""From one address: with codes of 45 bits nobody finds one that a device shows."""
_LONGEST_CODE = 64  # characters that are looked at


class DevicePages:
    """What a journey for a device shows at its end."""

    def __init__(self, world: World, tickets: Tickets, responses: Responses) -> None:
        self._world = world
        self._tickets = tickets
        self._responses = responses

    def question(self, exchange: Exchange, stand: views.Stand, journey: Journey) -> Response:
        """Whether it is right that this application is let in, as this person."""
        facts = journey.facts
        # Whom a provider sent back need not be who was named before.
        elsewhere = facts.get("identity")
        named = elsewhere["email"] if elsewhere else facts.get("account", {}).get("name", "")
        model = {
            "voice": stand.voice(ERRORS),
            "brand": stand.tenant.display_name,
            "app": _name(stand.tenant, stand.client),
            "user": named or facts["claims"].get("name", ""),
            "post": stand.url(DEVICE_CONFIRMATION),
            "csrf": stand.csrf,
        }
        return self._responses.page(exchange, "deviceconfirm", model)

    async def decided(
        self, exchange: Exchange, stand: views.Stand, journey: Journey, *, approved: bool
    ) -> Response:
        """Tell the device; the person may close the window."""
        exchange = exchange.within(journey)
        asked, facts = Asked.load(journey.request), journey.facts
        if approved:
            subject = Subject(facts["user"], facts["claims"], int(facts["auth_time"]))
            done = await device.approve(
                asked,
                subject,
                flow=stand.flow,
                tickets=self._tickets,
                now=exchange.now,
                family=self._world.guid(),
            )
        else:
            done = await device.decline(asked, tickets=self._tickets, now=exchange.now)
        outcome = ("approved" if approved else "declined") if done else "late"
        voice, app = stand.voice(ERRORS), _name(stand.tenant, stand.client)
        model = {
            "voice": voice,
            "brand": stand.tenant.display_name,
            "heading": voice.say(f"page.device.{outcome}.title"),
            "message": voice.say(f"page.device.{outcome}.text", {"app": app}),
        }
        return self._responses.page(exchange, "devicedone", model)


class DeviceLogin:
    """Handlers: `enter` of (exchange); `confirm` of (exchange, place, rest)."""

    def __init__(
        self,
        settings: Settings,
        world: World,
        *,
        tenants: Tenants,
        tickets: Tickets,
        driver: Driver,
        responses: Responses,
        pages: DevicePages,
    ) -> None:
        self._settings = settings
        self._world = world
        self._tenants = tenants
        self._tickets = tickets
        self._driver = driver
        self._responses = responses
        self._pages = pages

    async def enter(self, exchange: Exchange) -> Response:
        """The page for the code, and what becomes of a code that was typed."""
        entry.allow(exchange, "GET", "POST")
        if exchange.method == "GET":
            return self._code_page(exchange)
        fields = exchange.form()
        if not security.genuine(exchange, fields.get("csrf_token", "")):
            return self._code_page(exchange, "page.error.forgery", status=_FORBIDDEN)
        typed = fields.get("otc", "").strip()[:_LONGEST_CODE]
        if not typed:
            return self._code_page(exchange, "device.code.required")
        if not await self._may_try(exchange):
            return self._code_page(exchange, "device.code.throttled", typed)
        found = await device.waiting(typed, self._tickets, exchange.now)
        begun = found and await self._begun(exchange, found)
        return begun or self._code_page(exchange, "device.code.wrong", typed)

    async def confirm(self, exchange: Exchange, place: Place, _rest: tuple[str, ...]) -> Response:
        """The person's yes or no."""
        entry.allow(exchange, "POST")
        query, fields = exchange.query(), exchange.form()
        client, visitor = query.get("client_id", ""), security.Visitor.of(exchange)
        tenant, flow = await entry.located(place, self._tenants, client)
        id = views.journey_of(query.get("tx", ""))
        stand = entry.stand(exchange, place, tenant, flow, id, visitor, client)
        if not security.genuine(exchange, fields.get("csrf_token", "")):
            raise Problem(stand.voice(ERRORS).say("page.error.forgery"), status=_FORBIDDEN)
        journey = await self._asked(exchange, stand)
        if journey is None:
            raise Lost(stand.voice(ERRORS).say("page.error.lost"))
        stand = replace(stand, language=journey.language)
        approved = fields.get("action") == "continue"
        return await self._pages.decided(exchange, stand, journey, approved=approved)

    def problem(self, exchange: Exchange, problem: Problem) -> Response:
        """What a handler raised, as a page."""
        voice = Voice(language.understood(exchange.accept_language))
        return self._responses.problem(exchange, problem, voice)

    async def _asked(self, exchange: Exchange, stand: views.Stand) -> Journey | None:
        """The journey that waits for the answer, closed; None if there is no such one."""
        tenant, id, browser, now = stand.tenant, stand.journey, stand.browser, exchange.now
        try:
            journey = await self._driver.show(tenant, id, browser=browser, now=now)
            if not isinstance(journey.shown, Finish) or not Asked.load(journey.request).device:
                return None
            ending = await self._driver.ending(tenant, id, browser=browser, now=now)
            ended = ending is not None and await self._driver.end(ending, now)
            return journey if ended else None
        except Lost:
            return None

    async def _begun(self, exchange: Exchange, found: Waiting) -> Response | None:
        """The way to the first page of the sign-in; None when the application is gone."""
        tenant = await self._tenants.find(found.tenant)
        application = tenant.application(found.client) if tenant else None
        if tenant is None or application is None or not application.enabled:
            return None
        flow = own_flow(tenant, found.client)
        try:
            asked = device.asked(
                found,
                application,
                tenant=tenant,
                flow=flow,
                base=exchange.base,
                settings=self._settings,
            )
        except Fault:
            return None  # its scopes are no more
        visitor = security.Visitor.met(exchange, self._world)
        journey = await self._driver.begin(
            tenant,
            flow,
            browser=visitor.name,
            request=asked.dump(),
            facts={  # and no session: who is at the device has to prove it
                "prompt": "",
                "login_hint": "",
                "sign_up_offered": tenant.offers_sign_up(asked.client),
                "missing_scopes": list(asked.missing),
                "return_to": return_address(exchange.base, tenant.domain),
                "client_id": asked.client,
            },
            language=language.chosen(flow, exchange.accept_language),
            now=exchange.now,
            correlation=exchange.correlation,
            ip=exchange.ip,
        )
        place = Place("", tenant.domain, "", by_query=False)
        stand = entry.stand(exchange, place, tenant, flow, journey.id, visitor, asked.client)
        response = self._responses.to(stand.here(), status=303)
        visitor.remember(response, exchange, self._settings)
        return response

    async def _may_try(self, exchange: Exchange) -> bool:
        if not self._settings.throttling:
            return True
        key = digest(exchange.ip)
        now, count = exchange.now, self._tickets.count
        return await count("userCodeTries", "", key, _TRIES, now, now + _WINDOW) is not None

    def _code_page(
        self, exchange: Exchange, error: str = "", typed: str = "", *, status: int = 200
    ) -> Response:
        voice = Voice(language.understood(exchange.accept_language))
        visitor = security.Visitor.met(exchange, self._world)
        errors = {"otc": voice.say(error)} if error else {}
        model: Mapping[str, Any] = {
            "voice": voice,
            "brand": exchange.request.url.netloc,
            "post": f"{exchange.base}/{DEVICE_LOGIN}",
            "csrf": visitor.csrf,
            "errors": errors,
            "typed": typed,
        }
        response = self._responses.page(exchange, "devicelogin", model, status=status)
        visitor.remember(response, exchange, self._settings)
        return response


def _name(tenant: Tenant, client: str) -> str:
    application = tenant.application(client)
    return application.display_name if application else client
