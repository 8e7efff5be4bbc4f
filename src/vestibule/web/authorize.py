"""The authorization endpoint for browsers: check the request, start a journey, show where it rests.

Source: runtime.md 2, 3.6.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from starlette.responses import Response

from vestibule.drive import Driver
from vestibule.oidc import authorize as authorization
from vestibule.oidc import session as sessions
from vestibule.oidc.asked import Asked
from vestibule.oidc.faults import Fault
from vestibule.oidc.place import Place, return_address
from vestibule.oidc.signing import Signer
from vestibule.oidc.tenants import Tenants
from vestibule.settings import Settings
from vestibule.tenancy import Flow, Tenant
from vestibule.web import entry, security
from vestibule.web.exchange import Exchange
from vestibule.web.outcomes import Outcomes
from vestibule.web.responses import Responses
from vestibule.web.sso import SingleSignOn
from vestibule.world import World

_FRESH = frozenset({"login", "select_account"})  # prompts for which a session does not count


class Authorize:
    """The handler is `authorize`: (exchange, place, rest)."""

    def __init__(
        self,
        settings: Settings,
        world: World,
        *,
        tenants: Tenants,
        driver: Driver,
        signer: Signer,
        responses: Responses,
        outcomes: Outcomes,
        sso: SingleSignOn,
    ) -> None:
        self._settings = settings
        self._world = world
        self._tenants = tenants
        self._driver = driver
        self._signer = signer
        self._responses = responses
        self._outcomes = outcomes
        self._sso = sso

    async def authorize(self, exchange: Exchange, place: Place, _rest: tuple[str, ...]) -> Response:
        """Check the request, start a journey, and show where it rests."""
        parameters = entry.parameters(exchange)
        client = parameters.get("client_id", "")
        tenant, flow = await entry.located(place, self._tenants, client)
        voice = entry.voice(exchange, flow, parameters)
        if tenant.application(parameters.get("client_id", "")) is None:
            tenant = await self._tenants.fresh(tenant.id) or tenant  # registered elsewhere just now
        try:
            _check_has_pages(flow)
            asked = authorization.check(
                parameters,
                tenant=tenant,
                flow=flow,
                base=exchange.base,
                settings=self._settings,
                signer=self._signer,
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
            facts=await self._known(exchange, tenant, flow, asked),
            language=voice.language,
            now=exchange.now,
            correlation=exchange.correlation,
            ip=exchange.ip,
        )
        stand = entry.stand(exchange, place, tenant, flow, journey.id, visitor, asked.client)
        response = await self._outcomes.shown(exchange, stand, journey)
        visitor.remember(response, exchange, self._settings)
        return response

    async def _known(
        self, exchange: Exchange, tenant: Tenant, flow: Flow, asked: Asked
    ) -> dict[str, Any]:
        """The facts that a journey starts with."""
        facts: dict[str, Any] = {
            "prompt": asked.prompt,
            "max_age": asked.max_age_s,
            "login_hint": asked.login_hint,
            "sign_up_offered": tenant.offers_sign_up(asked.client),
            "missing_scopes": list(asked.missing),
            "client_id": asked.client,
            "domain_hint": tenant.hinted(flow, asked.domain_hint),
            "return_to": return_address(exchange.base, tenant.domain),
        }
        if asked.prompt not in _FRESH:
            at = sessions.reach(tenant, flow, asked.client)
            session = await self._sso.session(exchange, at)
            expected = session and asked.expected_user in ("", session.user)
            if session and expected and session.satisfies(asked.max_age_s, exchange.now):
                known = {"user": session.user, "auth_time": session.auth_time}
                facts["session"] = {**known, **session.proof}
        return facts


def _check_has_pages(flow: Flow) -> None:
    """Raises Fault for a flow that is made for programs alone (runtime.md 5.7)."""
    if flow.type == "resourceOwner":
        raise Fault(
            "90276",
            reason="This user flow has no pages. Send username and password to its token endpoint.",
        )
