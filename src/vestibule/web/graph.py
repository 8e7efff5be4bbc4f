"""Graph's face: a bearer token becomes a principal, a request a call; OData does the rest.

`/vestibule/v1` is the same machinery on its own catalogue, with two things OData has no verb
for: waiting for a message, and moving the clock (both in development only). What comes in a batch
is answered by the same function as what comes alone.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Collection, Mapping
from dataclasses import replace

import msgspec
import structlog
from starlette.responses import Response

from vestibule.errors import Invalid, NotAllowed, Problem, TooMany, Unavailable
from vestibule.odata.batch import batch
from vestibule.odata.call import Call, Reply
from vestibule.odata.execute import OPEN, Service
from vestibule.odata.throttle import Throttle
from vestibule.oidc import bearer
from vestibule.oidc.service import UserStates
from vestibule.oidc.signing import Signer
from vestibule.oidc.tenants import Tenants
from vestibule.rules import Principal
from vestibule.web.clock import ask_clock
from vestibule.web.exchange import Exchange
from vestibule.world import SystemWorld, World

OWN = "vestibule/v1"
_LONGEST_WAIT_S = 30
_WAIT = re.compile(r"[0-9]{1,2}")


class Graph:
    """`services` by version root: "v1.0", "beta", "vestibule/v1"; `throttle` None: no limits.

    `clock` is the virtual clock, None outside development.
    """

    def __init__(
        self,
        services: Mapping[str, Service],
        *,
        tenants: Tenants,
        signer: Signer,
        bases: Collection[str],
        user_state: UserStates,
        world: World,
        throttle: Throttle | None,
        clock: SystemWorld | None,
    ) -> None:
        self._services = services
        self._tenants = tenants
        self._signer = signer
        self._bases = frozenset(bases)
        self._user_state = user_state
        self._world = world
        self._throttle = throttle
        self._clock = clock
        self._log = structlog.get_logger("vestibule.web").bind()

    async def handle(self, exchange: Exchange) -> Response:
        """Answer one request under a version root."""
        root, rest = split(exchange)
        where = rest.casefold().rstrip("/")
        principal = None
        if where.strip("/") not in OPEN:
            principal = await bearer.principal(
                exchange.request.headers.get("authorization", ""),
                find_tenant=self._tenants.find,
                fresh_tenant=self._tenants.fresh,
                user_state=self._user_state,
                signer=self._signer,
                bases=self._bases,
                now=exchange.now,
            )
        call = _call(exchange, root, rest, principal)
        if where != "/$batch":
            return _printed(await self._answer(root, call))
        try:
            roots = self._services.keys()
            return _printed(
                await batch(call, root, roots=roots, ask=self._one_of_many, world=self._world)
            )
        except NotAllowed as problem:
            return _printed(self._services[root].fault(problem, call).plus(Allow="POST"))

    async def _answer(self, root: str, call: Call) -> Reply:
        """What one request deserves, whether it came alone or in a batch. Raises Problem."""
        if self._throttle is None:
            return await self._do(root, call)
        verdict = self._throttle.admit(call)
        if verdict.retry_after_s is None:
            return (await self._do(root, call)).plus(**verdict.headers)
        many = f"Too many requests; try again in {verdict.retry_after_s} s."
        problem = TooMany(many, retry_after_s=verdict.retry_after_s)
        return self._services[root].fault(problem, call).plus(**verdict.headers)

    async def _do(self, root: str, call: Call) -> Reply:
        if root == OWN and self._clock is not None and call.principal is not None:
            if call.path.casefold().rstrip("/") == "/clock":
                return self._at_clock(call, self._clock, call.principal)
            waits = [option for option in call.query.split("&") if _named_wait(option)]
            if call.path.casefold().rstrip("/") == "/messages" and waits:
                return await self._await_message(call, _seconds(waits))
        return await self._services[root].execute(call)

    async def _one_of_many(self, root: str, call: Call) -> Reply:
        """The answer to an item of a batch, whose failure is its own."""
        try:
            return await self._answer(root, call)
        except Problem as problem:
            return self._services[root].fault(problem, call)
        except Exception:  # noqa: BLE001 - where the unforeseen in one item ends: others were made
            self._log.exception("unexpected", correlation=call.request_id)
            sentence = "Something went wrong here; the log has the correlation id."
            return self._services[root].fault(Unavailable(sentence, status=500), call)

    def problem(self, exchange: Exchange, problem: Problem) -> Response:
        """What went wrong before OData was asked, in the same shape."""
        root, rest = split(exchange)
        return _printed(self._services[root].fault(problem, _call(exchange, root, rest, None)))

    def _at_clock(self, call: Call, clock: SystemWorld, principal: Principal) -> Reply:
        try:
            return ask_clock(call, clock, principal)
        except NotAllowed as problem:
            return self._services[OWN].fault(problem, call).plus(Allow="GET, POST")

    async def _await_message(self, call: Call, seconds: int) -> Reply:
        """Long poll: list again until there is a message or the time is up."""
        kept = "&".join(option for option in call.query.split("&") if not _named_wait(option))
        ends = time.monotonic() + seconds
        while True:
            answer = await self._services[OWN].execute(replace(call, query=kept))
            late = time.monotonic() >= ends
            if late or answer.status != 200 or msgspec.json.decode(answer.body)["value"]:  # noqa: PLR2004 - OK
                return answer
            await asyncio.sleep(0.1)


def split(exchange: Exchange) -> tuple[str, str]:
    """The version root in its canonical casing, and the raw path behind it."""
    raw = exchange.request.scope["raw_path"].decode("latin-1").split("?")[0]
    segments = 2 if exchange.path[0].casefold() == "vestibule" else 1
    parts = raw.split("/", segments + 1)
    rest = "/" + parts[segments + 1] if len(parts) > segments + 1 else ""
    return "/".join(exchange.path[:segments]).casefold(), rest


def _call(exchange: Exchange, root: str, rest: str, principal: Principal | None) -> Call:
    headers = {name.lower(): value for name, value in exchange.request.headers.items()}
    return Call(
        method=exchange.method,
        path=rest,
        query=exchange.query_text,
        headers=headers,
        body=exchange.body,
        root=f"{exchange.base}/{root}",
        principal=principal,
        tenant=principal.tenant if principal else "",
        request_id=exchange.correlation,
        client_request_id=headers.get("client-request-id", exchange.correlation)[:64],
        now=exchange.now,
        ip=exchange.ip,
    )


def _printed(answer: Reply) -> Response:
    return Response(answer.body, status_code=answer.status, headers=answer.headers)


def _named_wait(option: str) -> bool:
    return option.partition("=")[0] == "wait"


def _seconds(waits: list[str]) -> int:
    """What the query's `wait` options, at least one, ask for."""
    text = waits[0].partition("=")[2]
    if len(waits) > 1 or not _WAIT.fullmatch(text) or int(text) > _LONGEST_WAIT_S:
        raise Invalid(
            f"wait is a number of seconds, at most {_LONGEST_WAIT_S}; send it once.", target="wait"
        )
    return int(text)
