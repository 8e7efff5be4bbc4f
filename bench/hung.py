"""What other traffic waits for while fifty calls of an API connector hang.

The connector takes every question and answers none. Fifty browsers of somebody who has a session
come, from a process of their own, through a flow that asks it before tokens are issued.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import ssl
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from cases import Connection
from crowd import p99, visitors, waits
from server.sites import FLOW, PASSWORD
from servers import Bench
from visits import Browser

CALLS = 50
_RUNS = 2
_OPENING_S, _SETTLING_S = 12, 1
_B2C, _CONNECTORS = "/beta/identity/b2cUserFlows", "/v1.0/identity/apiConnectors"


@dataclass(frozen=True, slots=True)
class Hung:
    """p99 of the other traffic in seconds; how many calls hung meanwhile."""

    calm_s: float
    hung_s: float
    calls: int

    @property
    def times(self) -> float:
        return self.hung_s / self.calm_s


def hung(bench: Bench) -> Hung:
    """Several runs of each, in turns, so that the machine's own moods reach both."""
    addresses = asyncio.run(visitors(bench))
    cookies = asyncio.run(_session(bench, addresses[0]))
    asyncio.run(waits(bench, addresses[0]))
    calm: list[float] = []
    beside: list[float] = []
    least = CALLS
    for _ in range(_RUNS):
        calm += asyncio.run(waits(bench, addresses[0]))
        with _silent(Path(bench.ca_file).parent) as (port, asked):
            flow = _flow(bench, port)
            with _apart(partial(_come, bench, flow, cookies)):
                ends = time.monotonic() + _OPENING_S
                while asked.value < CALLS and time.monotonic() < ends:
                    time.sleep(0.01)
                least = min(least, asked.value)
                time.sleep(_SETTLING_S)
                beside += asyncio.run(waits(bench, addresses[0]))
    return Hung(p99(calm), p99(beside), least)


def _flow(bench: Bench, port: int) -> str:
    """A flow that asks a new connector, whose circuit nobody has broken; its id."""
    name = f"hung{uuid4().hex[:8]}"
    connector = {
        "displayName": name,
        "targetUrl": f"https://localhost:{port}/",
        "authenticationConfiguration": {
            "@odata.type": "#microsoft.graph.basicAuthentication",
            "username": "vestibule",
            "password": "secret-of-ours",
        },
    }
    body = {"id": name, "userFlowType": "signIn", "userFlowTypeVersion": 3}
    with bench.site.graph() as graph:
        made = graph.post(_CONNECTORS, json=connector).raise_for_status().json()
        flow = str(graph.post(_B2C, json=body).raise_for_status().json()["id"])
        graph.put(
            f"{_B2C}/{flow}/apiConnectorConfiguration/preTokenIssuance/$ref",
            json={"@odata.id": f"{bench.site.bases[0]}{_CONNECTORS}/{made['id']}"},
        ).raise_for_status()
    return flow


async def _session(bench: Bench, address: str) -> dict[str, str]:
    """The cookies of somebody who has signed in."""
    browser = Browser(bench, await Connection.open(bench))
    page = await browser.go("GET", bench.site.authorize())
    await browser.press(page, "signin", email=address, signInName=address, password=PASSWORD)
    browser.connection.close()
    return browser.cookies


async def _come(bench: Bench, flow: str, cookies: dict[str, str]) -> None:
    """So many browsers, none of which gets any further."""
    authorize = bench.site.authorize().replace(FLOW, flow)

    async def once() -> None:
        await Browser(bench, await Connection.open(bench), dict(cookies)).go("GET", authorize)

    await asyncio.gather(*(once() for _ in range(CALLS)), return_exceptions=True)


@contextmanager
def _silent(folder: Path) -> Iterator[tuple[int, Any]]:
    """A process that takes questions; its port, and how many have come. It has the certificate of
    the server itself."""
    context = multiprocessing.get_context("fork")
    port, asked = context.Value("i", 0), context.Value("i", 0)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "tls.pem", folder / "tls.key")

    async def take(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.value += 1
        await reader.read()

    async def serve() -> None:
        server = await asyncio.start_server(take, "127.0.0.1", 0, ssl=tls)
        port.value = server.sockets[0].getsockname()[1]
        await server.serve_forever()

    with _apart(serve):
        while not port.value:
            time.sleep(0.01)
        yield port.value, asked


@contextmanager
def _apart(work: Callable[[], Coroutine[Any, Any, None]]) -> Iterator[None]:
    """Done in a process of its own, until the end of the `with` block."""
    context = multiprocessing.get_context("fork")
    process = context.Process(target=lambda: asyncio.run(work()), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()
