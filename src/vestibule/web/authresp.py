"""The address to which identity providers send browsers back.

The state says which journey it is, and the browser's cookie whether it is that browser's. What
a provider sent is handed over once; then the browser is led away from an address that holds it.
Source: runtime.md 1.1, 8.1; OAuth 2.0 Form Post Response Mode.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Protocol

from msgspec.structs import replace
from starlette.responses import Response

from vestibule.drive import Driver, Lost, Working
from vestibule.journey.state import Ask, Journey, Leave, Returned, Stop
from vestibule.oidc.place import RETURN, Place
from vestibule.oidc.tenants import Tenants, locate
from vestibule.tenancy import Tenant
from vestibule.texts import Voice
from vestibule.texts.localized import ERRORS
from vestibule.web import entry, language, security, views
from vestibule.web.exchange import Exchange
from vestibule.web.outcomes import LOST, Outcomes
from vestibule.web.responses import Responses

_AGAIN = "vestibule_again"
"""The field by which our own page sends a provider's form once more."""


class Departed(Protocol):
    """Who left with a state. `back`: somebody has come back with it already."""

    @property
    def journey(self) -> str: ...

    @property
    def flow(self) -> str: ...

    @property
    def provider(self) -> str: ...

    @property
    def back(self) -> bool: ...


FindDeparted = Callable[[Tenant, str, datetime], Awaitable[Departed | None]]
"""(tenant, state, now) → the journey that left with it; None when there is none any more."""


class Returning:
    """The handler is `authresp`: (exchange, place, rest)."""

    def __init__(
        self,
        *,
        tenants: Tenants,
        departed: FindDeparted,
        driver: Driver,
        responses: Responses,
        outcomes: Outcomes,
    ) -> None:
        self._tenants = tenants
        self._departed = departed
        self._driver = driver
        self._responses = responses
        self._outcomes = outcomes

    async def authresp(self, exchange: Exchange, place: Place, _rest: tuple[str, ...]) -> Response:
        """Hand the answer to the journey, and show where that rests."""
        parameters = entry.parameters(exchange)
        tenant, _ = await locate(place, self._tenants)
        again = parameters.pop(_AGAIN, "")
        visitor = security.Visitor.of(exchange)
        if exchange.method == "POST" and not visitor.secret and not again:
            return self._once_more(exchange, place, tenant, parameters)
        departed = await self._departed(tenant, parameters.get("state", ""), exchange.now)
        flow = tenant.flow(departed.flow) if departed else None
        if departed is None or flow is None:
            return self._unknown(exchange, tenant)
        at = Place("", tenant.domain, "" if flow.kind == "b2x" else flow.id, by_query=False)
        stand = entry.stand(exchange, at, tenant, flow, departed.journey, visitor, "")
        try:
            journey = await self._moved(exchange, stand, departed, parameters)
            stand = replace(stand, client=journey.request.get("client", ""))
            return await self._shown(exchange, stand, journey)
        except Working:
            return self._responses.to(stand.here(), status=303)
        except Lost:
            return self._outcomes.lost(exchange, stand)

    def _once_more(
        self, exchange: Exchange, place: Place, tenant: Tenant, parameters: Mapping[str, str]
    ) -> Response:
        """Cookies that are SameSite=Lax do not come with a form of another site. They do with the
        same form of our own page; no cookie is set here, which would take their place."""
        model = {
            "voice": Voice(language.understood(exchange.accept_language)),
            "brand": tenant.display_name,
            "uri": place.url(exchange.base, RETURN),
            "parameters": {**parameters, _AGAIN: "1"},
        }
        return self._responses.page(exchange, "formpost", model)

    async def _moved(
        self,
        exchange: Exchange,
        stand: views.Stand,
        departed: Departed,
        parameters: Mapping[str, str],
    ) -> Journey:
        """The journey where it rests. A reload of this address, or a way back to it, gives
        nothing: what came with it counted once. Nor does a provider that somebody left for before
        choosing another one. Raises Lost, Working."""

        async def after(move: Callable[..., Awaitable[Journey]]) -> Journey:
            return await move(
                stand.tenant,
                stand.journey,
                browser=stand.browser,
                now=exchange.now,
                flow=stand.flow.id,
                correlation=exchange.correlation,
                ip=exchange.ip,
            )

        journey = await after(self._driver.show)
        if departed.back or journey.facts.get("provider") != departed.provider:
            return journey
        return await after(partial(self._driver.give, given=Returned(parameters)))

    async def _shown(self, exchange: Exchange, stand: views.Stand, journey: Journey) -> Response:
        """Our own pages have addresses of their own. To another site a page leads: the form that
        ended here may stand on a site that lets no redirect of a form leave ours.

        Who is still away by what the journey knows, for all that they have come back, is asked:
        the provider might send a browser here and there without end.
        """
        exchange = exchange.within(journey)
        match journey.shown:
            case Ask() | Leave() | Stop(to_app=False):
                return self._responses.to(stand.here(), status=303)
        response = await self._outcomes.shown(exchange, stand, journey)
        if "location" not in response.headers:
            return response
        voice = replace(stand, language=journey.language).voice(ERRORS)
        return self._responses.onward(exchange, response, voice, stand.tenant.display_name)

    def _unknown(self, exchange: Exchange, tenant: Tenant) -> Response:
        """A state of nobody, or of somebody who left too long ago."""
        voice = Voice(language.understood(exchange.accept_language))
        return self._responses.fatal(
            exchange,
            voice,
            heading="page.error.title.lost",
            message=voice.say("page.error.lost"),
            code=f"AADB2C{LOST}",
            brand=tenant.display_name,
        )
