"""The one ASGI application: reads a request within its limits, trusts or refuses its host, gives
it to a face, and is the only place where an exception ends.

Faces answer for themselves; what they raise is printed in their own language: Graph's error
body under a version root, OAuth's on protocol endpoints, a page for people.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote, urlsplit

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from vestibule.errors import Invalid, Problem, TooLarge, Unavailable
from vestibule.settings import Settings
from vestibule.web.exchange import Exchange
from vestibule.world import World

Handler = Callable[[Exchange], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Face:
    """Who answers, how much they read, and how they print what went wrong.

    `name` labels metrics and log lines; it never holds anything from the request.
    """

    name: str
    handle: Handler
    problem: Callable[[Exchange, Problem], Response]
    body_limit: int


class Router(Protocol):
    """Which face a path belongs to."""

    def face(self, path: Sequence[str], query: str) -> Face: ...


class Watch(Protocol):
    """What counts requests."""

    def seen(self, face: str, status: int, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Trust:
    """Which hosts may be asked for, and whose forwarded headers count.

    Source: architecture.md section 1 "Hosts".
    """

    bases: frozenset[str]  # scheme://host[:port], lower case
    hosts: Mapping[str, str]  # host[:port] as in the Host header → base
    proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

    @classmethod
    def of(cls, settings: Settings) -> Trust:
        """Raises ValueError for a proxy that is not an address or network."""
        parts = urlsplit(settings.public_url)
        hosts = {
            name.casefold(): f"{parts.scheme}://{name.casefold()}"
            for name in (parts.netloc, *settings.hosts)
        }
        proxies = tuple(ipaddress.ip_network(text) for text in settings.trusted_proxies)
        return cls(frozenset(hosts.values()), hosts, proxies)

    def base(self, *hosts: str) -> str:
        """The address that the request was sent to, by its only Host header.

        Raises Invalid for a host that is not ours, and for none or several (RFC 9112 section 3.2).
        """
        found = self.hosts.get(hosts[0].casefold()) if len(hosts) == 1 else None
        if found is None:
            raise Invalid("This host is not served here; see the setting VESTIBULE_HOSTS.")
        return found

    def client(self, peer: str, forwarded: str) -> str:
        """The caller's address: the last one in the chain that is no trusted proxy."""
        if not self.proxies or not forwarded or not self._trusted(peer):
            return peer
        for text in reversed([part.strip() for part in forwarded.split(",")]):
            if not self._trusted(text):
                return text if _is_address(text) else peer
        return peer

    def _trusted(self, text: str) -> bool:
        return _is_address(text) and any(
            ipaddress.ip_address(text) in network for network in self.proxies
        )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


class Server:
    """See the module. `start` and `stop` run with the process."""

    def __init__(
        self,
        settings: Settings,
        world: World,
        router: Router,
        *,
        watch: Watch,
        start: Callable[[], Awaitable[None]],
        stop: Callable[[], Awaitable[None]],
    ) -> None:
        self._trust = Trust.of(settings)
        self._world = world
        self._router = router
        self._watch = watch
        self._start = start
        self._stop = stop
        self._log = structlog.get_logger("vestibule.web").bind()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            response = await self._answer(Request(scope), receive)
            await response(scope, receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self._start()
        except Problem as problem:
            await send({"type": "lifespan.startup.failed", "message": problem.message})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, request: Request, receive: Receive) -> Response:
        began = time.perf_counter()
        raw = request.scope["raw_path"].decode("latin-1").split("?")[0]
        path = tuple(unquote(segment, errors="replace") for segment in raw.split("/")[1:])
        query = request.scope["query_string"].decode("latin-1")
        face = self._router.face(path, query)
        base, body, refused = "", b"", None
        try:
            if face.name != "probe":
                base = self._trust.base(*request.headers.getlist("host"))
            body = await _body(request, receive, face.body_limit)
        except (Problem, ClientDisconnect) as error:
            refused = error
        exchange = Exchange(
            request=request,
            method=request.method,
            base=base,
            path=path,
            query_text=query,
            body=body,
            correlation=self._world.guid(),
            now=self._world.now(),
            ip=self._ip(request),
        )
        response = await self._guarded(face, exchange, refused)
        response.headers.setdefault("request-id", exchange.correlation)
        response.headers.setdefault("x-content-type-options", "nosniff")
        self._seen(face, exchange, response, time.perf_counter() - began)
        return response

    async def _guarded(
        self, face: Face, exchange: Exchange, refused: Problem | ClientDisconnect | None
    ) -> Response:
        """The answer of the face, or of its `problem` when the request was refused before."""
        if isinstance(refused, Problem):
            return face.problem(exchange, refused)
        if refused is not None:
            return Response(status_code=499)
        try:
            return await face.handle(exchange)
        except Problem as problem:
            return face.problem(exchange, problem)
        except asyncio.CancelledError:
            raise
        except Exception:  # noqa: BLE001 - the one place where the unforeseen ends
            self._log.exception("unexpected", correlation=exchange.correlation)
            sentence = "Something went wrong here; the log has the correlation id."
            return face.problem(exchange, Unavailable(sentence, status=500))

    def _seen(self, face: Face, exchange: Exchange, response: Response, seconds: float) -> None:
        self._watch.seen(face.name, response.status_code, seconds)
        if self._log.is_enabled_for(logging.INFO):
            self._log.info(
                "request",
                method=exchange.method,
                face=face.name,
                status=response.status_code,
                ms=round(seconds * 1000, 1),
                correlation=exchange.correlation,
                ip=exchange.ip,
            )

    def _ip(self, request: Request) -> str:
        peer = request.client.host if request.client else ""
        if not self._trust.proxies:
            return peer
        return self._trust.client(peer, request.headers.get("x-forwarded-for", ""))


async def _body(request: Request, receive: Receive, limit: int) -> bytes:
    """The whole body; of verbs without one nothing is read. Raises TooLarge, ClientDisconnect."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return b""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > limit:
        raise TooLarge(f"The body must not be over {limit} bytes.")
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > limit:
            raise TooLarge(f"The body must not be over {limit} bytes.")
        more = message.get("more_body", False)
    return body


def plain_problem(_exchange: Exchange, problem: Problem) -> Response:
    """The problem as a small JSON object, for endpoints without a language of their own."""
    return JSONResponse({"error": problem.message}, status_code=problem.status or 400)
