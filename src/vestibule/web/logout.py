"""The end of a session, for browsers: asked for, confirmed where needed, told to the others.

Source: runtime.md 3.7; OpenID Connect Front-Channel Logout 1.0; security.md 2.1 O32.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from vestibule.addresses import well_formed
from vestibule.oidc import logout as leaving
from vestibule.oidc import session as sessions
from vestibule.oidc.faults import Fault
from vestibule.oidc.place import LOGOUT, Place
from vestibule.oidc.session import Reach, Session
from vestibule.oidc.signing import Signer
from vestibule.oidc.tenants import Tenants
from vestibule.settings import Settings
from vestibule.tenancy import Application, Flow, Tenant
from vestibule.texts import Voice
from vestibule.web import entry, security
from vestibule.web.exchange import Exchange
from vestibule.web.responses import Responses
from vestibule.web.sso import SingleSignOn
from vestibule.world import World

_OF_THE_FORM = "csrf_token"
_PATIENCE_S = 3

EndSession = Callable[[Tenant, str, datetime], Awaitable[str]]
"""(tenant, provider id, now) → the address that ends a session at the provider; "" for none."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """One request to be signed out."""

    exchange: Exchange
    place: Place
    parameters: Mapping[str, str]
    tenant: Tenant
    flow: Flow
    voice: Voice
    client: Application | None

    @property
    def brand(self) -> str:
        return self.tenant.display_name

    @property
    def at(self) -> Reach | None:
        """The reach of what is to end. Raises Fault 90008 where that depends on the client."""
        if self.flow.settings["ssoScope"] == "application" and self.client is None:
            raise Fault("90008")
        return sessions.reach(self.tenant, self.flow, self.client.app_id if self.client else "")


class Logout:
    """The handler is `logout`: (exchange, place, rest)."""

    def __init__(
        self,
        settings: Settings,
        world: World,
        *,
        tenants: Tenants,
        signer: Signer,
        responses: Responses,
        sso: SingleSignOn,
        end_session: EndSession,
    ) -> None:
        self._settings = settings
        self._world = world
        self._tenants = tenants
        self._signer = signer
        self._responses = responses
        self._sso = sso
        self._end_session = end_session

    async def logout(self, exchange: Exchange, place: Place, _rest: tuple[str, ...]) -> Response:
        """End the session, whatever else is wrong with the request, then send the browser on."""
        parameters = entry.parameters(exchange)
        tenant, flow = await entry.located(place, self._tenants)
        client = leaving.caller(parameters, tenant=tenant, signer=self._signer)
        voice = entry.voice(exchange, flow, parameters)
        wish = _Wish(exchange, place, parameters, tenant, flow, voice, client)
        try:
            at = wish.at
        except Fault as fault:
            return self._refused(wish, fault)
        session = await self._sso.session(exchange, at)
        if session is not None and self._is_doubtful(wish, session):
            return self._ask(wish)
        response = await self._ended(wish, session)
        await self._sso.end(response, exchange, at)
        return response

    def _is_doubtful(self, wish: _Wish, session: Session) -> bool:
        """Whether any site could have sent this request, so that the person must say yes."""
        if not self._settings.logout_confirmation:
            return False
        if wish.exchange.method == "POST" and security.genuine(
            wish.exchange, wish.parameters.get(_OF_THE_FORM, "")
        ):
            return False
        return not leaving.vouched(
            wish.parameters, session.user, tenant=wish.tenant, signer=self._signer
        )

    def _ask(self, wish: _Wish) -> Response:
        """A page with the same request as a form, which only our own page can send."""
        visitor = security.Visitor.met(wish.exchange, self._world)
        model = {
            "voice": wish.voice,
            "brand": wish.brand,
            "action": wish.place.url(wish.exchange.base, LOGOUT),
            "parameters": {**wish.parameters, _OF_THE_FORM: visitor.csrf},
        }
        uri = wish.parameters.get("post_logout_redirect_uri", "")
        target = uri if well_formed(uri) else ""
        response = self._responses.page(wish.exchange, "signout", model, target=target)
        visitor.remember(response, wish.exchange, self._settings)
        return response

    async def _ended(self, wish: _Wish, session: Session | None) -> Response:
        """What the browser gets: a way on, a page, or both with the others told: applications,
        and the identity provider where the person signed in (runtime.md 3.7, 2)."""
        try:
            answer = leaving.check_logout(
                wish.parameters,
                tenant=wish.tenant,
                flow=wish.flow,
                base=wish.exchange.base,
                signer=self._signer,
                settings=self._settings,
                now=wish.exchange.now,
            )
        except Fault as fault:
            return self._refused(wish, fault)
        part = session.applications if session else ()
        others = leaving.told(part, wish.client, wish.tenant)
        others += await self._provider(wish, session)
        if others:
            onward = answer.location() if answer else ""
            return self._responses.signed_out(
                wish.exchange, wish.voice, wish.brand, others=others, onward=onward
            )
        if answer:
            return self._responses.answer(wish.exchange, answer, wish.voice, wish.brand)
        return self._responses.signed_out(wish.exchange, wish.voice, wish.brand)

    async def _provider(self, wish: _Wish, session: Session | None) -> list[str]:
        """Where the identity provider ends its session; nobody waits long to be told."""
        provider = session.proof.get("provider", "") if session else ""
        if not provider:
            return []
        try:
            async with asyncio.timeout(_PATIENCE_S):
                there = await self._end_session(wish.tenant, provider, wish.exchange.now)
        except TimeoutError:
            return []
        return [there] if there else []

    def _refused(self, wish: _Wish, fault: Fault) -> Response:
        return self._responses.problem(
            wish.exchange,
            fault,
            wish.voice,
            heading="page.error.title.logout",
            brand=wish.brand,
        )
