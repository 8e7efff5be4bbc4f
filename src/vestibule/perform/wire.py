"""Connections that go out: each to an address that was judged when its host was resolved.

Nothing here waits without end: whoever asks sets a time for everything together. A connection
that is given up, whenever that may be, is closed at once.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Sequence
from typing import Any, cast

import httpcore2

from vestibule.perform.egress import Egress, is_address
from vestibule.perform.resolver import Resolve

_MOST_ADDRESSES = 8
_PATIENCE_S = 3.0  # for one of several addresses
_HIGH_WATER = 128 * 1024  # bytes that may lie here before the peer has to wait


class Guarded(httpcore2.AsyncNetworkBackend):
    """Connects to judged addresses alone. Raises Refused for any other, before anything is sent,
    and OSError."""

    def __init__(self, egress: Egress, resolve: Resolve) -> None:
        self._egress = egress
        self._resolve = resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - httpcore's own signature
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore2.AsyncNetworkStream:
        """`host` is a name or an address, as `Egress.target` spells it."""
        addresses = await judged(host, self._egress, self._resolve)
        return await _first(addresses[:_MOST_ADDRESSES], port)


async def judged(host: str, egress: Egress, resolve: Resolve) -> Sequence[str]:
    """The addresses of a host, all of which may be called; at least one. Raises Refused, and
    OSError when it has none."""
    addresses = [host] if is_address(host) else await resolve(host)
    egress.judge(host, addresses)
    if not addresses:
        raise OSError("The name has no address.")
    return addresses


async def _first(addresses: Sequence[str], port: int) -> _Stream:
    """A connection to the first address that takes one."""
    *others, last = addresses
    for address in others:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await _open(address, port)
        except OSError:  # TimeoutError is one
            continue
    return await _open(last, port)


async def _open(address: str, port: int) -> _Stream:
    _, wire = await asyncio.get_running_loop().create_connection(_Wire, address, port)
    return _Stream(wire)


class _Wire(asyncio.Protocol):
    """What has arrived and was not read yet, and who waits for more, or for less to be sent."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.ended = False
        self.transport: asyncio.Transport
        self._paused = False
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.data += data
        if len(self.data) > _HIGH_WATER and not self._paused:
            self._paused = True
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self.ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's own
        self.ended = True
        self._wake()
        self.resume_writing()

    def pause_writing(self) -> None:
        self._writer = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._writer is not None and not self._writer.done():
            self._writer.set_result(None)
        self._writer = None

    async def some(self, most: int) -> bytes:
        """Up to so many bytes; none when the peer has ended."""
        while not self.data and not self.ended:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        taken = bytes(self.data[:most])
        del self.data[:most]
        if self._paused and not self.data:
            self._paused = False
            self.transport.resume_reading()
        return taken

    async def written(self) -> None:
        """Until the peer has taken enough of what was sent."""
        if self._writer is not None:
            await asyncio.shield(self._writer)

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)


class _Stream(httpcore2.AsyncNetworkStream):
    """One connection, as httpcore reads and writes it."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109 - httpcore's
        return await self._wire.some(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 - httpcore's
        if self._wire.transport.is_closing():
            raise httpcore2.WriteError
        self._wire.transport.write(buffer)
        await self._wire.written()

    async def aclose(self) -> None:
        self._wire.transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - httpcore's
    ) -> httpcore2.AsyncNetworkStream:
        """What came before the handshake would be taken for an answer that TLS protects."""
        wire = self._wire
        if wire.data or wire.ended:
            wire.transport.abort()
            raise ConnectionResetError("The peer spoke before the handshake.")
        try:
            transport = await asyncio.get_running_loop().start_tls(
                wire.transport, wire, ssl_context, server_hostname=server_hostname
            )
        except BaseException:
            wire.transport.abort()
            raise
        assert transport is not None  # noqa: S101 - only a closed transport yields none
        wire.transport = transport
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # of an idle connection: it is of no use any more
            return bool(self._wire.data) or self._wire.ended
        return self._wire.transport.get_extra_info(info)
