"""The socket and the HTTP server around an ASGI application, until a signal comes."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from vestibule.errors import Misconfigured
from vestibule.settings import Settings
from vestibule.web.server import Server


def listener(address: str, port: int) -> socket.socket:
    """A bound socket; port 0 picks a free one. Raises Misconfigured."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((address, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise Misconfigured(f"Cannot listen on {address} port {port}: {error.strerror}.") from error
    listening.setblocking(False)
    return listening


_YOUNG = 20_000  # objects more than were freed, before the collector looks for circles


async def answer(
    site: Server,
    settings: Settings,
    *,
    listening: socket.socket,
    certificate: tuple[Path, Path] | None,
) -> None:
    """Serve the application until SIGTERM or SIGINT. `certificate`: PEM chain and key."""
    config = uvicorn.Config(
        site,
        loop="none",
        http=_Protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=settings.shutdown_grace_s,
        ssl_certfile=str(certificate[0]) if certificate else None,
        ssl_keyfile=str(certificate[1]) if certificate else None,
    )
    # uvicorn raises the signal that stopped it again once it is done; a clean stop is exit 0.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    # What was made until now lives as long as the process: the collector need not look at it
    # again, which is a quarter of the time that a long list takes. A request makes thousands of
    # objects without circles; looking for these less often saves a tenth.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)
    await uvicorn.Server(config).serve(sockets=[listening])


_LONGEST_HEAD = 64 * 1024  # bytes, with what a field costs beside its text
_PER_FIELD = 32
_PATIENCE_S = 30  # in which a whole request must arrive


class _Protocol(HttpToolsProtocol):
    """Limits what uvicorn leaves unlimited: the size of a head (and of trailers), and the time
    that a request may take to arrive.

    Hangs up on idle connections at once when the server stops: a peer need not answer the
    goodbye of TLS.
    """

    _arriving = True  # a request, or the first one of the connection
    _head = 0  # bytes of a head that is still being read; 0: none is
    _fields = 0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arriving = False
        self._watch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._head:  # a value without end never reaches `on_header`
            self._head += len(data)
            if self._head > _LONGEST_HEAD:
                self.transport.abort()
                return
        super().data_received(data)
        self._watch()

    def on_message_begin(self) -> None:
        self._arriving, self._head, self._fields = True, 1, 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Of the head, and of the trailers of a chunked body, which count alike."""
        self._fields += len(name) + len(value) + _PER_FIELD
        if self._fields > _LONGEST_HEAD:
            raise ValueError("The head of the request is too long.")  # 400, and the end
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._head = 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._arriving = False
        super().on_message_complete()

    def shutdown(self) -> None:
        idle = self.cycle is None or self.cycle.response_complete
        if idle and not self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().shutdown()

    def _watch(self) -> None:
        """Set a deadline for what is arriving; a request in one piece never needs one."""
        if self._arriving and self._deadline is None:
            self._deadline = self.loop.call_later(_PATIENCE_S, self.transport.abort)
        elif not self._arriving and self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
