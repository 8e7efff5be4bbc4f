"""The one client for requests that the server sends out.

A host name is resolved once for a connection, every address it has is judged, and the connection
goes to an address that was judged; TLS and the Host header keep the name. Nothing is redirected,
no proxy of the environment is used, and size and time are capped. Whether a port of a forbidden
address is open shows nowhere, not in the time either: it is refused before anything is sent.

Connections are kept for each host and each certificate that proves us, so that one host which
hangs takes no place from another, and none is kept so long that a name which has moved, or a
certificate that has ended, would go unnoticed.
Source: security 5 (SSRF); OWASP SSRF prevention.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal

import httpcore2

from vestibule.perform.egress import Egress, Refused, Target
from vestibule.perform.resolver import Resolve, Resolver
from vestibule.perform.wire import Guarded, judged

Why = Literal["forbidden", "timeout", "unreachable", "untrusted", "too large"]

_CONNECTIONS, _IDLE = 100, 16  # of one host
_HOSTS = 32  # that connections are kept for
_AGE_S = 300.0
_LOOK_UP_S = 2.0
_FIELDS, _HEAD = 100, 32_768  # header fields of an answer, and their bytes
_PIECES = 5_000  # of a body: each costs time, however small it is
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_NEVER = (  # nobody answered as HTTP over TLS wants it
    httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.ConnectionNotAvailable,
    OSError, UnicodeError,
)  # fmt: skip


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


_Key = tuple[ssl.SSLContext, str, str, int]


@dataclass(slots=True, eq=False)
class _Kept:
    """The connections to one host with one certificate of ours, since `born`; `at`: last used."""

    pool: httpcore2.AsyncConnectionPool
    born: float
    at: float
    active: int = 0
    over: bool = False  # closes with the last of its requests


class Outgoing:
    """Sends requests where `egress` lets them go; servers are trusted by `trust`. Connections
    that nobody uses end after `idle_s`."""

    __slots__ = (
        "_backend", "_closing", "_egress", "_idle_s", "_kept", "_resolve", "_sweeping", "_trust",
    )  # fmt: skip

    def __init__(
        self,
        egress: Egress,
        trust: ssl.SSLContext,
        *,
        resolve: Resolve | None = None,
        idle_s: float = 30.0,
    ) -> None:
        self._egress = egress
        self._trust = trust
        self._resolve = resolve or Resolver()
        self._backend = Guarded(egress, self._resolve)
        self._idle_s = idle_s
        self._kept: dict[_Key, _Kept] = {}  # the one used last is the last
        self._closing: set[asyncio.Task[None]] = set()
        self._sweeping: asyncio.TimerHandle | None = None

    @property
    def egress(self) -> Egress:
        return self._egress

    async def objection(self, url: str) -> str | None:
        """Why requests may not go there, as the end of a sentence about the URL; None: they may,
        for all that is known beforehand. A name that nobody knows yet is no objection: it is
        judged again by every connection."""
        try:
            target = self._egress.target(url)
            async with asyncio.timeout(_LOOK_UP_S):
                await judged(target.host, self._egress, self._resolve)
        except Refused as refused:
            return str(refused)
        except (OSError, UnicodeError):  # TimeoutError is an OSError
            pass
        return None

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
        try:
            target = self._egress.target(url)
            request = _request(method, target, headers or {}, body)
            async with asyncio.timeout(timeout_s):
                return await self._exchange(request, target, tls or self._trust, limit)
        except Refused:
            raise Unanswered("forbidden") from None
        except (TimeoutError, httpcore2.TimeoutException):
            raise Unanswered("timeout") from None
        except _NEVER as error:
            raise Unanswered("untrusted" if _untrusted(error) else "unreachable") from None

    def forget(self, tls: ssl.SSLContext) -> None:
        """Nobody proves us by this certificate any more."""
        for key in [key for key in self._kept if key[0] is tls]:
            self._end(key)

    async def close(self) -> None:
        """Also ends what is still under way."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        for key in list(self._kept):
            await self._kept.pop(key).pool.aclose()
        while self._closing:
            await asyncio.wait(self._closing)

    async def _exchange(
        self, request: httpcore2.Request, target: Target, tls: ssl.SSLContext, limit: int
    ) -> Answer:
        kept = self._connections((tls, target.scheme, target.host, target.port))
        kept.active += 1
        try:
            response = await kept.pool.handle_async_request(request)
            try:
                return await _read(response, limit)
            finally:
                await response.aclose()
        finally:
            kept.active -= 1
            if kept.over and not kept.active:
                await kept.pool.aclose()

    def _connections(self, key: _Key) -> _Kept:
        """The connections to use, which thereby are the last used."""
        now = time.monotonic()
        kept = self._kept.get(key)
        if kept is not None and now - kept.born > _AGE_S:
            self._end(key)
            kept = None
        if kept is None:
            kept = _Kept(self._pool(key[0]), born=now, at=now)
            while len(self._kept) >= _HOSTS:
                self._end(next(iter(self._kept)))
        else:
            del self._kept[key]
        kept.at = now
        self._kept[key] = kept
        if self._sweeping is None:
            self._sweep()
        return kept

    def _pool(self, tls: ssl.SSLContext) -> httpcore2.AsyncConnectionPool:
        return httpcore2.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_IDLE,
            keepalive_expiry=self._idle_s,
            network_backend=self._backend,
        )

    def _end(self, key: _Key) -> None:
        kept = self._kept.pop(key)
        kept.over = True
        if not kept.active:
            closing = asyncio.create_task(kept.pool.aclose())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    def _sweep(self) -> None:
        """End what was not used for a while, and look again later."""
        unused = time.monotonic() - self._idle_s
        for key, kept in list(self._kept.items()):
            if not kept.active and kept.at <= unused:
                self._end(key)
        later = asyncio.get_running_loop().call_later
        self._sweeping = later(self._idle_s, self._sweep) if self._kept else None


def _request(
    method: str, target: Target, headers: Mapping[str, str], body: bytes
) -> httpcore2.Request:
    sent = [
        (b"Host", target.authority.encode()),
        (b"Accept-Encoding", b"identity"),
        (b"User-Agent", b"Vestibule"),
        *((name.encode(), value.encode()) for name, value in headers.items()),
    ]
    if body or method in _WITH_BODY:
        sent.append((b"Content-Length", b"%d" % len(body)))
    url = httpcore2.URL(
        scheme=target.scheme, host=target.host, port=target.port, target=target.path
    )
    return httpcore2.Request(method, url, headers=sent, content=body)


def _untrusted(error: BaseException | None) -> bool:
    """Whether the server showed a certificate that does not count: httpcore wraps that."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__
    return error is not None


async def _read(response: httpcore2.Response, limit: int) -> Answer:
    """The whole answer. Raises Unanswered when it is larger than anybody may send."""
    if (
        len(response.headers) > _FIELDS
        or sum(len(name) + len(value) for name, value in response.headers) > _HEAD
    ):
        raise Unanswered("too large")
    read, pieces = bytearray(), 0
    async with aclosing(response.aiter_stream()) as stream:
        async for piece in stream:
            read += piece
            pieces += 1
            if len(read) > limit or pieces > _PIECES:
                raise Unanswered("too large")
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
    }
    return Answer(response.status, headers, bytes(read))
