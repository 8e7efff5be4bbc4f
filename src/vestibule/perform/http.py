"""The one client for requests that the server sends out.

A host name is resolved once for a connection, every address it has is judged, and the connection
goes to an address that was judged; TLS and the Host header keep the name. Nothing is redirected,
no proxy of the environment is used, and size and time are capped. Whether a port of a forbidden
address is open shows nowhere: it is refused before anything is sent.
Source: security 5 (SSRF); OWASP SSRF prevention.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import httpcore2

from vestibule.perform.egress import Egress

Why = Literal["forbidden", "timeout", "unreachable", "too large"]

_CONNECTIONS, _IDLE, _IDLE_S = 100, 20, 30.0


class Unanswered(Exception):
    """No answer that can be used. `why` is all that anybody may be told."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why: Why = why


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by lower-case name; of several with one name the last."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().casefold()


class Outgoing:
    """Sends requests where `egress` lets them go; servers are trusted by `trust`."""

    __slots__ = ("_backend", "_egress", "_pools", "_trust")

    def __init__(self, egress: Egress, trust: ssl.SSLContext) -> None:
        self._egress = egress
        self._trust = trust
        self._backend = _Guarded(egress)
        self._pools: dict[ssl.SSLContext, httpcore2.AsyncConnectionPool] = {}

    @property
    def egress(self) -> Egress:
        return self._egress

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float = 10.0,
        limit: int = 262_144,
        tls: ssl.SSLContext | None = None,
    ) -> Answer:
        """The answer to one request, whatever its status. `timeout_s` is for everything together,
        `limit` bytes of body are read at most, `tls` proves us by a certificate.

        Raises Unanswered.
        """
        if not self._egress.fits(url):
            raise Unanswered("forbidden")
        try:
            async with asyncio.timeout(timeout_s):
                return await self._exchange(method, url, headers or {}, body, limit, tls)
        except TimeoutError:
            raise Unanswered("timeout") from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError, UnicodeError):
            raise Unanswered("unreachable") from None
        except httpcore2.TimeoutException:
            raise Unanswered("timeout") from None

    async def close(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()
        self._pools.clear()

    def forget(self, tls: ssl.SSLContext) -> None:
        """Nobody proves us by this certificate any more: its idle connections end by themselves."""
        self._pools.pop(tls, None)

    async def _exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        limit: int,
        tls: ssl.SSLContext | None,
    ) -> Answer:
        sent: list[tuple[bytes, bytes]] = [
            (b"Host", urlsplit(url).netloc.encode()),
            (b"Accept-Encoding", b"identity"),
            (b"User-Agent", b"Vestibule"),
            *((name.encode(), value.encode()) for name, value in headers.items()),
        ]
        if body:
            sent.append((b"Content-Length", str(len(body)).encode()))
        pool = self._pool(tls or self._trust)
        async with pool.stream(method, url, headers=sent, content=body or None) as response:
            read = bytearray()
            async for chunk in response.aiter_stream():
                read += chunk
                if len(read) > limit:
                    raise Unanswered("too large")
            named = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in response.headers
            }
            return Answer(response.status, named, bytes(read))

    def _pool(self, tls: ssl.SSLContext) -> httpcore2.AsyncConnectionPool:
        if tls not in self._pools:
            self._pools[tls] = httpcore2.AsyncConnectionPool(
                ssl_context=tls,
                max_connections=_CONNECTIONS,
                max_keepalive_connections=_IDLE,
                keepalive_expiry=_IDLE_S,
                network_backend=self._backend,
            )
        return self._pools[tls]


class _Guarded(httpcore2.AsyncNetworkBackend):
    """Connects to judged addresses alone."""

    def __init__(self, egress: Egress) -> None:
        self._egress = egress
        self._beneath = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(place[0]) for *_, place in found]
        if not addresses or not all(self._egress.lets(host, address) for address in addresses):
            raise Unanswered("forbidden")
        failed: Exception | None = None
        for address in addresses:
            try:
                return await self._beneath.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore2.ConnectError as error:
                failed = error
        raise failed or Unanswered("unreachable")
