"""The end of a session, for browsers. Source: runtime.md 3.7."""

from __future__ import annotations

from starlette.responses import Response

from vestibule.oidc import session as sessions
from vestibule.oidc.faults import Fault
from vestibule.oidc.logout import check_logout
from vestibule.oidc.place import Place
from vestibule.oidc.signing import Signer
from vestibule.oidc.tenants import Tenants
from vestibule.ports import Tickets
from vestibule.settings import Settings
from vestibule.web import entry, security
from vestibule.web.exchange import Exchange
from vestibule.web.responses import Responses


class Logout:
    """The handler is `logout`: (exchange, place, rest)."""

    def __init__(
        self,
        settings: Settings,
        *,
        tenants: Tenants,
        tickets: Tickets,
        signer: Signer,
        responses: Responses,
    ) -> None:
        self._settings = settings
        self._tenants = tenants
        self._tickets = tickets
        self._signer = signer
        self._responses = responses

    async def logout(self, exchange: Exchange, place: Place, _rest: tuple[str, ...]) -> Response:
        """End the session, whatever else is wrong with the request, then send the browser on."""
        parameters = entry.parameters(exchange)
        tenant, flow = await entry.located(place, self._tenants)
        cookie = sessions.cookie_name(tenant)
        await sessions.end(exchange.cookie(cookie), tenant=tenant, tickets=self._tickets)
        brand, voice = tenant.display_name, entry.voice(exchange, flow, parameters)
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
