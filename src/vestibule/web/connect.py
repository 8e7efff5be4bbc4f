"""The protocol's face for programs: discovery, keys, tokens. JSON in every answer.

Pages (authorize, logout) are in `web.pages`. Source: runtime.md 1 and 3; clients.md 6.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
from starlette.responses import Response

from vestibule.errors import Invalid, NotAllowed, NotFound, Problem, TooLarge, TooMany, Unavailable
from vestibule.oidc import metadata, token, token_status
from vestibule.oidc.faults import Fault
from vestibule.oidc.place import Place
from vestibule.oidc.provider_token import Reveal
from vestibule.oidc.redirects import origin
from vestibule.oidc.service import Grants, Profiles, Service, SignIn, TokenRequest, UserStates
from vestibule.oidc.signing import Signer
from vestibule.oidc.tenants import Tenants, locate
from vestibule.ports import Tickets
from vestibule.settings import Settings
from vestibule.tenancy import Flow, Tenant
from vestibule.web.exchange import Exchange
from vestibule.web.kept import Kept
from vestibule.world import World

OPEN: Mapping[str, str] = {"access-control-allow-origin": "*", "cache-control": "no-cache"}
PRIVATE: Mapping[str, str] = {"cache-control": "no-store", "pragma": "no-cache"}
_PREFLIGHT_S = "3600"

_Respond = Callable[[TokenRequest, Service], Awaitable[dict[str, Any]]]


class Connect:
    """Handlers by operation of `oidc.place`; each takes (exchange, place, rest of the path)."""

    def __init__(
        self,
        settings: Settings,
        world: World,
        tenants: Tenants,
        *,
        tickets: Tickets,
        signer: Signer,
        user_state: UserStates,
        grant: Grants,
        sign_in: SignIn,
        profile: Profiles,
        reveal: Reveal,
    ) -> None:
        self._settings = settings
        self._tenants = tenants
        self._signer = signer
        self._kept = Kept()
        self._service = Service(
            settings,
            world,
            tickets,
            signer,
            user_state,
            grant,
            sign_in,
            profile,
            reveal,
        )

    async def token(self, exchange: Exchange, place: Place, _rest: tuple[str, ...]) -> Response:
        """The token endpoint, and its preflight."""
        return await self._answered(exchange, place, token.respond)

    async def revoke(self, exchange: Exchange, place: Place, _rest: tuple[str, ...]) -> Response:
        """The revocation endpoint of a flow."""
        return await self._answered(exchange, place, token_status.revoke)

    async def introspect(
        self, exchange: Exchange, place: Place, _rest: tuple[str, ...]
    ) -> Response:
        """The introspection endpoint of a flow."""
        return await self._answered(exchange, place, token_status.introspect)

    async def devicecode(
        self, exchange: Exchange, place: Place, _rest: tuple[str, ...]
    ) -> Response:
        """The device authorization endpoint of the tenant."""
        return await self._answered(exchange, place, token.begin_device)

    async def _answered(self, exchange: Exchange, place: Place, respond: _Respond) -> Response:
        """What a program gets that posts a form with its credentials."""
        try:
            tenant, flow = await locate(place, self._tenants)
        except Problem as problem:
            return self.problem(exchange, problem)
        if exchange.method == "OPTIONS":
            return preflight(allowed(exchange, tenant), "POST")
        headers = {**PRIVATE, **allowed(exchange, tenant)}
        try:
            if exchange.method != "POST":
                raise Fault("90226") if flow else Fault("90226").in_entra()
            request = TokenRequest(
                parameters=exchange.form(),
                authorization=exchange.request.headers.get("authorization", ""),
                place=place,
                tenant=tenant,
                flow=flow,
                base=exchange.base,
                now=exchange.now,
                correlation=exchange.correlation,
                ip=exchange.ip,
            )
            return answer(await self._respond(request, respond), headers=headers)
        except Problem as problem:
            return failure(exchange, problem, headers, flow)

    async def metadata(self, exchange: Exchange, place: Place, _rest: tuple[str, ...]) -> Response:
        """The openid-configuration of a flow or of the tenant."""
        if exchange.method == "OPTIONS":
            return preflight(OPEN, "GET")
        tenant, flow = await locate(place, self._tenants)
        base, settings = exchange.base, self._settings

        def make() -> dict[str, Any]:
            if flow is None:
                return metadata.tenant_document(place, tenant, base=base, settings=settings)
            return metadata.flow_document(place, tenant, flow=flow, base=base, settings=settings)

        return sent(self._kept.of(tenant, (place, base), make), headers=OPEN)

    async def keys(self, exchange: Exchange, place: Place, _rest: tuple[str, ...]) -> Response:
        """The JWKS; the same for every flow of a tenant."""
        if exchange.method == "OPTIONS":
            return preflight(OPEN, "GET")
        tenant, _ = await locate(place, self._tenants)
        keys = self._kept.of(tenant, tenant.id, lambda: self._signer.jwks(tenant.keys))
        return sent(keys, headers=OPEN)

    async def instance(self, exchange: Exchange, _place: Place, _rest: tuple[str, ...]) -> Response:
        """Instance discovery, for callers that ask us instead of login.microsoftonline.com."""
        if exchange.method == "OPTIONS":
            return preflight(OPEN, "GET")
        return answer(
            metadata.instance_document(exchange.query_text, base=exchange.base), headers=OPEN
        )

    async def userrealm(
        self, exchange: Exchange, _place: Place, _rest: tuple[str, ...]
    ) -> Response:
        """Whether a user signs in elsewhere: never said, alike for every name that is asked."""
        if exchange.method == "OPTIONS":
            return preflight(OPEN, "GET")
        return answer({"ver": "1.0", "account_type": "Unknown"}, headers=OPEN)

    def problem(self, exchange: Exchange, problem: Problem) -> Response:
        """What went wrong before or in a handler, in the shape of OAuth's errors."""
        return failure(exchange, problem, OPEN)

    async def _respond(self, request: TokenRequest, respond: _Respond) -> dict[str, Any]:
        """Answer; a client that is unknown may have been registered a moment ago elsewhere."""
        try:
            return await respond(request, self._service)
        except Fault as fault:
            if fault.number not in ("90018", "AADSTS700016"):
                raise
            tenant = await self._tenants.fresh(request.tenant.id)
            if tenant is None or tenant.configuration == request.tenant.configuration:
                raise
            return await respond(replace(request, tenant=tenant), self._service)


async def subscriptions(_exchange: Exchange) -> Response:
    """None: what `az login` asks Azure Resource Manager for, and does not go on without.

    Source: clients.md 5; Azure's "Subscriptions - List".
    """
    return answer({"value": []}, headers=PRIVATE)


def allowed(exchange: Exchange, tenant: Tenant) -> dict[str, str]:
    """CORS for the origins of registered single-page applications, and for no other."""
    asked = exchange.request.headers.get("origin", "").lower()
    if not asked:
        return {}
    registered = (
        asked == origin(redirect.uri)
        for application in tenant.applications.values()
        for redirect in application.redirect_uris
        if redirect.kind == "spa"
    )
    granted = {"access-control-allow-origin": asked} if any(registered) else {}
    return {"vary": "Origin", **granted}


def preflight(allowed: Mapping[str, str], method: str) -> Response:
    if "access-control-allow-origin" not in allowed:
        return Response(status_code=204, headers=dict(allowed))
    return Response(
        status_code=204,
        headers={
            **allowed,
            "access-control-allow-methods": method,
            "access-control-allow-headers": "*",
            "access-control-max-age": _PREFLIGHT_S,
        },
    )


def answer(body: Mapping[str, Any], *, headers: Mapping[str, str], status: int = 200) -> Response:
    return sent(msgspec.json.encode(body), headers=headers, status=status)


def sent(body: bytes, *, headers: Mapping[str, str], status: int = 200) -> Response:
    """JSON that is encoded already."""
    return Response(body, status, headers=headers, media_type="application/json")


def failure(
    exchange: Exchange,
    problem: Problem,
    headers: Mapping[str, str],
    flow: Flow | None = None,
) -> Response:
    """What went wrong, in the shape of OAuth's errors and in the grammar of the flow."""
    more = dict(headers)
    if problem.retry_after_s is not None:
        more["retry-after"] = str(problem.retry_after_s)
        more["access-control-expose-headers"] = "Retry-After"  # MSAL.js waits as long
    if isinstance(problem, Invalid | TooLarge):
        problem = _malformed(problem, flow)
    if isinstance(problem, Fault):
        openid = flow is not None and flow.openid
        body = problem.body(correlation=exchange.correlation, now=exchange.now, openid=openid)
        status = problem.status or 400
        if body["error"] == "invalid_client" and exchange.request.headers.get("authorization"):
            status = 401  # RFC 6749 section 5.2: tried by header, told by header
        if status == 401:  # noqa: PLR2004 - Unauthorized
            more["www-authenticate"] = 'Basic realm="token"'
        if status == 405:  # noqa: PLR2004 - Method Not Allowed
            more["allow"] = "POST, OPTIONS"
        return answer(body, headers=more, status=status)
    error, status = _word(problem)
    body = {
        "error": error,
        "error_description": problem.message,
        "trace_id": exchange.correlation,
        "correlation_id": exchange.correlation,
    }
    return answer(body, headers=more, status=problem.status or status)


def _malformed(problem: Problem, flow: Flow | None) -> Fault:
    """What was wrong with the form itself, with the number that clients look for."""
    fault = Fault("90276", reason=problem.message)
    fault = fault if flow else fault.in_entra()
    fault.status = 413 if isinstance(problem, TooLarge) else fault.status
    return fault


def _word(problem: Problem) -> tuple[str, int]:
    """OAuth's word and a status for what is no protocol fault."""
    match problem:
        case NotFound():
            return "not_found", 404
        case NotAllowed():
            return "invalid_request", 405
        case TooMany():
            return "temporarily_unavailable", 429
        case Unavailable():
            return "temporarily_unavailable", 503
    return "invalid_request", 400
