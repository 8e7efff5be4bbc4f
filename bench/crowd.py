"""What other traffic waits for while many people sign in with passwords.

A refresh token is used and a discovery document read, at a steady pace, in turns: calmly, then
beside so many sign-ins a second. These come from a process of their own, since whoever measures
must not wait for them.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cases import Connection, http
from servers import Bench
from visits import people, redeemed, sign_in, tokens

_SIGN_INS_PER_S = 50
_RUN_S = 5
_RUNS = 2
_PACE_S = 0.01  # between two requests of the other traffic
_LINES = 16  # on which people sign in; one that is not free misses its turn
_OPENING_S = 1
_WORST = 100  # one in so many is left out
_DOCUMENT = "v2.0/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Crowd:
    """p99 of the other traffic in seconds; how many sign-ins were done in a second."""

    calm_s: float
    crowded_s: float
    per_s: float

    @property
    def times(self) -> float:
        return self.crowded_s / self.calm_s


def crowd(bench: Bench) -> Crowd:
    """Several runs of each, in turns, so that the machine's own moods reach both."""
    addresses = asyncio.run(visitors(bench))
    asyncio.run(waits(bench, addresses[0]))
    calm: list[float] = []
    crowded: list[float] = []
    done = 0
    for _ in range(_RUNS):
        calm += asyncio.run(waits(bench, addresses[0]))
        with _signing_in(bench, addresses) as counted:
            time.sleep(_OPENING_S)
            before = counted.value
            crowded += asyncio.run(waits(bench, addresses[0]))
            done += counted.value - before
    return Crowd(p99(calm), p99(crowded), done / (_RUNS * _RUN_S))


async def visitors(bench: Bench) -> list[str]:
    """The addresses of four people who have accounts."""
    connection = await Connection.open(bench)
    found = await people(bench, [connection] * 4)
    connection.close()
    return found


async def waits(bench: Bench, address: str) -> list[float]:
    """How long each request took, in seconds."""
    connection = await Connection.open(bench)
    site = bench.site
    grant = await tokens(bench, connection, address)
    discovery = http(bench, "GET", site.address("x").replace("oauth2/v2.0/x", _DOCUMENT))
    waited: list[float] = []
    began = time.perf_counter()
    while (now := time.perf_counter()) < began + _RUN_S:
        if len(waited) % 2:
            await connection.ask(discovery)
        else:
            grant = await redeemed(bench, connection, site.refreshment(grant["refresh_token"]))
        waited.append(time.perf_counter() - now)
        await asyncio.sleep(max(0.0, _PACE_S - waited[-1]))
    connection.close()
    return waited


@contextmanager
def _signing_in(bench: Bench, addresses: Sequence[str]) -> Iterator[Any]:
    """A process in which people sign in; how many have."""
    context = multiprocessing.get_context("fork")
    counted = context.Value("i", 0)
    process = context.Process(
        target=lambda: asyncio.run(_sign_in_steadily(bench, addresses, counted)), daemon=True
    )
    process.start()
    try:
        yield counted
    finally:
        process.terminate()
        process.join()


async def _sign_in_steadily(bench: Bench, addresses: Sequence[str], counted: Any) -> None:
    free = [await Connection.open(bench) for _ in range(_LINES)]
    tasks = set()

    async def once(connection: Connection, address: str) -> None:
        try:
            await sign_in(bench, connection, address)
            counted.value += 1
        except RuntimeError:  # turned away: too many passwords are being checked
            pass
        finally:
            free.append(connection)

    for number in range(_SIGN_INS_PER_S * _RUN_S * 10):
        if free:
            task = asyncio.create_task(once(free.pop(), addresses[number % len(addresses)]))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.sleep(1 / _SIGN_INS_PER_S)


def p99(waited: Sequence[float]) -> float:
    """What all but one in a hundred waited for at most."""
    return sorted(waited)[-1 - len(waited) // _WORST]
