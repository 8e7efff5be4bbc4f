"""How much a tenant's flow URLs answer: in a second for everybody, in five minutes for one address.

Counts live in this process: of several replicas each grants the limits on its own. What is refused
does not count, so that whoever overdoes it never keeps others from what is left.
Source: runtime.md 9 (Microsoft's page on service limits).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network

from starlette.responses import JSONResponse, Response

from vestibule.edm.quota import Quota
from vestibule.odata.counters import Counters
from vestibule.oidc.faults import Fault
from vestibule.oidc.place import Place
from vestibule.oidc.tenants import Tenants
from vestibule.settings import Settings
from vestibule.tenancy import SIGN_IN, Flow, Tenant
from vestibule.web import entry, security, wire
from vestibule.web.connect import OPEN, failure
from vestibule.web.exchange import Exchange
from vestibule.web.responses import Responses
from vestibule.web.routes import Located, Operation

_OF_A_FLOW: Mapping[str, int] = {
    "signUp": 6,
    "signUpOrSignIn": 4,
    "signIn": 4,
    "passwordReset": 4,
    "profileUpdate": 4,
}
"""What a journey costs its tenant, paid when it begins; the requests of its pages are in it."""
_SIGN_UP = 2  # more, where a journey turns out to be one
_PAGES = frozenset({"authorize", "selfasserted", "api", "logout", "deviceauth", "authresp"})
_PAID = frozenset({"selfasserted", "api", "deviceauth", "authresp"})
_OF_NO_TENANT = frozenset({"userrealm", "instance"})
_TOO_MANY = 429
_NETWORKS = 4096  # IPv6 addresses whose network is remembered


class Pace:
    """Refuses what comes too fast; one for the process."""

    def __init__(self, settings: Settings, tenants: Tenants, responses: Responses) -> None:
        self._settings = settings
        self._tenants = tenants
        self._responses = responses
        self._counters = Counters()
        self._of_tenant = Quota("Tenant", ("tenant",), settings.requests_in_a_second, 1)
        self._of_ip = Quota(
            "Tenant_IP", ("tenant",), settings.requests_from_an_ip_in_five_minutes, 300
        )

    def kept(self, name: str, operation: Operation) -> Operation:
        """The operation of flow URLs, within the limits."""
        if name in _OF_NO_TENANT:
            return operation
        handle = self._handle(name, operation.handle)
        return Operation(handle, operation.problem, operation.body_limit)

    def _handle(self, name: str, then: Located) -> Located:
        async def handle(exchange: Exchange, place: Place, rest: tuple[str, ...]) -> Response:
            # A preflight does nothing, and a browser hides why it was refused.
            tenant = (
                await self._tenants.find(place.tenant) if exchange.method != "OPTIONS" else None
            )
            if tenant is None:
                return await then(exchange, place, rest)
            flow = tenant.flow(place.policy) if place.policy else None
            wait_s = self._spend(exchange, tenant, _price(name, flow, place, exchange.query_text))
            if wait_s is None:
                return await then(exchange, place, rest)
            fault = Fault("90244") if place.policy else Fault("90244").in_entra()
            fault.status, fault.retry_after_s = _TOO_MANY, wait_s
            if name in _PAGES:
                return self._page(exchange, fault, tenant, flow or SIGN_IN)
            return failure(exchange, fault, OPEN, flow)

        return handle

    def _spend(self, exchange: Exchange, tenant: Tenant, price: int) -> int | None:
        """Count a request, or say in how many seconds it may come again."""
        now, claim = exchange.now.timestamp(), self._counters.claim
        claims = (
            claim(self._of_tenant, price, (tenant.id, ""), now),
            claim(self._of_ip, 1, (tenant.id, _caller(exchange.ip)), now),
        )
        over = [one.wait_s(now) for one in claims if one.cost and one.used > 1]
        if over:
            return max(over)
        for one in claims:
            one.spend()
        return None

    def _page(self, exchange: Exchange, fault: Fault, tenant: Tenant, flow: Flow) -> Response:
        """What a person sees, and the script of a page is told."""
        voice = entry.voice(exchange, flow, exchange.query())
        sentence = voice.say("server.busy")
        if wire.scripted(exchange):
            told = JSONResponse(wire.refusal(fault.number, sentence), _TOO_MANY)
            response = security.guard(told, self._settings)
        else:
            response = self._responses.fatal(
                exchange,
                voice,
                heading="page.error.title",
                message=sentence,
                code=fault.code or "",
                status=_TOO_MANY,
                brand=tenant.display_name,
            )
        response.headers["retry-after"] = str(fault.retry_after_s)
        return response


def _price(name: str, flow: Flow | None, place: Place, query: str) -> int:
    """What a request costs its tenant."""
    either = flow.type == "signUpOrSignIn" if flow is not None else not place.policy
    if name == "api" and either and "local=signup" in query.lower():
        return _SIGN_UP
    if name in _PAID:
        return 0
    if name != "authorize" or (flow is None and place.policy):
        return 1
    return _OF_A_FLOW.get((flow or SIGN_IN).type, 1)


@lru_cache(_NETWORKS)
def _caller(ip: str) -> str:
    """Who is counted as one: an IPv4 address, or the network that a site has of IPv6."""
    if ":" not in ip:
        return ip
    address = IPv6Address(ip)
    return str(address.ipv4_mapped or IPv6Network((int(address), 64), strict=False))
