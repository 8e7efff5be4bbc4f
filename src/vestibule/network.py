"""The socket and the HTTP server around an ASGI application, until a signal comes."""

from __future__ import annotations

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
    await uvicorn.Server(config).serve(sockets=[listening])


class _Protocol(HttpToolsProtocol):
    """Hangs up on idle connections at once: a peer need not answer the goodbye of TLS."""

    def shutdown(self) -> None:
        idle = self.cycle is None or self.cycle.response_complete
        if idle and not self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().shutdown()
