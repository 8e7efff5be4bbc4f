"""What a call of an API connector costs the server, over kept-alive TLS with a client certificate.

The call is made in this process, as the server makes it: on its event loop, with its store, and
kept for the workbench. The connector answers from a process of its own.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import cast

import uvloop

from answering import certified, credentials
from stage import SUSI, Stage, contoso
from vestibule.journey.effects import CallConnector, Continued
from vestibule.perform.egress import Egress
from vestibule.perform.http import Outgoing
from vestibule.perform.lines import Lines, show
from vestibule.perform.performer import Performer
from vestibule.perform.recorder import Recorder
from vestibule.ports import Insert, Refusal
from vestibule.tenancy import Attribute, ClientCertificate, Connector
from vestibule.vault import client_chain
from vestibule.world import SystemWorld

GOAL_US = 600
_KEPT = 50  # of each connector, as by default
_CLIENTS, _ROUNDS, _RUNS = 8, 200, 6
_CONNECTOR = "7a1d3c58-9a0e-4f0b-b1b0-0c0a7d5e0301"
_CLAIMS = {
    "email": "ada@contoso.example",
    "displayName": "Ada Lovelace",
    "step": "PostAttributeCollection",
    "client_id": "5f0c9a52-7f4e-4d3b-8b0e-0c0a7d5e0101",
    "ui_locales": "en-US",
}
_SAYS = b'{"version":"1.0.0","action":"Continue","city":"London"}'
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(_SAYS),
    _SAYS,
)


@dataclass(frozen=True, slots=True)
class Called:
    """CPU of one call in µs."""

    name: str
    cpu_us: float
    limit: float | None = None


def calls(folder: Path) -> list[Called]:
    """The request alone; with all that is asked and judged; and kept for the workbench too."""
    folder.mkdir(parents=True, exist_ok=True)
    files, client = certified(folder), credentials()
    (folder / "client.pem").write_bytes(client.pem)
    shown = ClientCertificate(
        client.pkcs12, client.password, client.thumbprint, client.not_before, client.not_after
    )
    trust = partial(ssl.create_default_context, cafile=str(files[0]))
    with _connector(folder) as port:
        url = f"https://localhost:{port}/approve"
        return uvloop.run(_measured(folder, url, shown, trust))


async def _measured(
    folder: Path, url: str, shown: ClientCertificate, trust: Callable[[], ssl.SSLContext]
) -> list[Called]:
    outgoing = Outgoing(Egress(loopback=True), trust())
    tls = trust()
    show(tls, client_chain(shown.pkcs12, shown.password))
    body = b'{"email":"ada@contoso.example","displayName":"Ada Lovelace","ui_locales":"en-US"}'

    async def alone() -> None:
        answer = await outgoing.send("POST", url, body=body, tls=tls)
        if answer.body != _SAYS:
            raise RuntimeError(f"{answer.status} {answer.body!r}")

    found = [Called("request to a connector, mutual TLS", await _cpu_us(alone))]
    async with contoso(folder) as stage:
        for name, most, limit in (
            ("call of a connector, mutual TLS", 0, GOAL_US),
            ("the same, kept for the workbench", _KEPT, None),
        ):
            recorder = Recorder(stage.store.entities, most=most, days=7)
            call = await _call(stage, outgoing, recorder, url, shown, trust)
            found.append(Called(name, await _cpu_us(call), limit))
    await outgoing.close()
    return found


async def _call(
    stage: Stage,
    outgoing: Outgoing,
    recorder: Recorder,
    url: str,
    shown: ClientCertificate,
    trust: Callable[[], ssl.SSLContext],
) -> Callable[[], Awaitable[None]]:
    """Performs the effect as a journey does."""
    connector = Connector(_CONNECTOR, "Approve", url, certificates=(shown,))
    tenant = replace(
        stage.tenant,
        connectors={connector.id: connector},
        attributes={"city": Attribute("city", "string")},
    )
    values = {"display_name": "Approve", "target_url": url, "authentication": "certificate"}
    with suppress(Refusal):  # it is there already
        await stage.store.entities.apply([Insert("api_connector", tenant.id, connector.id, values)])
    tools = replace(
        stage.tools,
        world=SystemWorld(),
        outgoing=outgoing,
        lines=Lines(trust=trust),
        calls=recorder,
    )
    performer = Performer(tools)
    effect = CallConnector(connector.id, "postAttributeCollection", _CLAIMS, {"city": "city"})

    async def call() -> None:
        occasion = replace(stage.occasion(), tenant=tenant, flow=SUSI)
        result = await performer.perform(effect, occasion)
        if result != Continued({"city": "London"}):
            raise RuntimeError(f"{result}")

    return call


async def _cpu_us(once: Callable[[], Awaitable[None]]) -> float:
    """Of this process with all its threads: the best of several runs, after one that warms up."""

    async def several() -> None:
        for _ in range(_ROUNDS // _CLIENTS):
            await once()

    spent = []
    for _ in range(_RUNS + 1):
        before = time.process_time()
        await asyncio.gather(*(several() for _ in range(_CLIENTS)))
        spent.append(time.process_time() - before)
    return min(spent[1:]) / _ROUNDS * 1e6


@contextmanager
def _connector(folder: Path) -> Iterator[int]:
    """A process that answers every question alike and wants a certificate; its port."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(folder, theirs), daemon=True)
    process.start()
    try:
        yield int(ours.recv())
    finally:
        process.terminate()
        process.join()


def _answer(folder: Path, told: Pipe) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "server.pem", folder / "server.key")
    tls.load_verify_locations(folder / "client.pem")
    tls.verify_mode = ssl.CERT_REQUIRED

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(_Answering, "127.0.0.1", 0, ssl=tls)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(serve())


class _Answering(asyncio.Protocol):
    """Waits for whole requests, and reads nothing of them but their length."""

    _transport: asyncio.Transport
    _read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, ended, rest = self._read.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        if ended and len(rest) >= length:
            self._read = rest[length:]
            self._transport.write(_ANSWER)
