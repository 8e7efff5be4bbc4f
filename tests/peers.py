"""Servers on loopback that requests go out to: one that answers, misbehaves or only listens."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]]
"""What is done with a connection on which a head, with its body, has arrived."""


@dataclass
class Peer:
    """`heads` are the requests that arrived, `names` what TLS was asked for, `certificates` how
    callers proved themselves. `connections` were made, `open` still are."""

    port: int = 0
    heads: list[bytes] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    certificates: list[str] = field(default_factory=list)
    connections: int = 0
    open: int = 0

    async def until(self, *, connections: int = 0, open: int | None = None) -> None:
        """Until so many connections were made, and so many are open; for some seconds at most."""
        async with asyncio.timeout(5):
            while self.connections < connections or open not in (None, self.open):  # noqa: ASYNC110 - two numbers
                await asyncio.sleep(0.005)


@asynccontextmanager
async def listening(
    behave: Mapping[str, Behave] | None,
    *,
    tls: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
) -> AsyncIterator[Peer]:
    """A server that behaves by path; without `behave` it takes connections and says nothing."""
    peer = Peer()

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer.connections += 1
        peer.open += 1
        try:
            if behave is None:
                await reader.read()
                return
            if tls is not None:
                said = writer.get_extra_info("peercert") or {}
                peer.certificates.append(str(said.get("serialNumber", "")))
            while True:
                head = await _message(reader)
                peer.heads.append(head)
                await behave[head.split(b" ", 2)[1].decode()](reader, writer, head)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the caller has gone
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            peer.open -= 1

    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: peer.names.append(name)
    async with await asyncio.start_server(served, host, port, ssl=tls) as server:
        peer.port = server.sockets[0].getsockname()[1]
        yield peer
        server.close()
        await peer.until(open=0)  # callers have ended, or are about to


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            head += await reader.readexactly(int(line.partition(b":")[2]))
    return head


def says(raw: bytes) -> Behave:
    """Answers with these bytes."""

    async def behave(
        _reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes
    ) -> None:
        writer.write(raw)
        await writer.drain()

    return behave


def answers(body: bytes = b"{}", *, status: str = "200 OK", headers: bytes = b"") -> Behave:
    """Answers with a complete message and keeps the connection."""
    length = b"Content-Length: %d\r\n" % len(body)
    return says(b"HTTP/1.1 " + status.encode() + b"\r\n" + length + headers + b"\r\n" + body)


def closes(raw: bytes = b"") -> Behave:
    """Hangs up after these bytes."""

    async def behave(
        _reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes
    ) -> None:
        writer.write(raw)
        await writer.drain()
        raise ConnectionError

    return behave


def waits(raw: bytes = b"") -> Behave:
    """Sends these bytes, then nothing until the caller has gone."""

    async def behave(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes
    ) -> None:
        writer.write(raw)
        await reader.read()
        raise ConnectionError

    return behave


def repeats(first: bytes, then: bytes, *, every_s: float = 0) -> Behave:
    """Sends the second bytes again and again until the caller has gone."""

    async def behave(
        _reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes
    ) -> None:
        writer.write(first)
        while True:
            writer.write(then)
            await writer.drain()
            await asyncio.sleep(every_s)

    return behave


def certified(folder: Path, chain: bytes, key: bytes) -> ssl.SSLContext:
    """A server's side of TLS."""
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain.pem", folder / "key.pem")
    return context
