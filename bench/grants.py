"""What the token endpoint costs for a person's grants: a code is redeemed, a refresh token used.

A grant is good once, so its requests cannot be repeated: codes are drawn before each run, and a
refresh token comes from the answer before. Drawing them is not measured.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import msgspec

from cases import Connection, Figure, http
from limits import rsa_us
from server.sites import Site, sign_up
from servers import Bench, cpu_s

_FORM = "application/x-www-form-urlencoded"
_CLIENTS = 8
_RUNS = 6
_CODES, _REFRESHES = 400, 1200  # of a run
_RSA_TIMES = 1.5


@dataclass(frozen=True, slots=True)
class Grant:
    """A measured grant. `goal`: µs for an engine, besides 1.5 RSA signatures."""

    name: str
    goal: dict[str, float]
    figure: Figure

    def limit(self, engine: str) -> float:
        """The goal in µs, with what a signature took in this run."""
        return self.goal[engine] + _RSA_TIMES * self.figure.rsa_us


async def grants(bench: Bench) -> list[Grant]:
    """One id token each: of a code, of a refresh token."""
    site = bench.site
    with site.http() as browser:
        sign_up(site, browser, f"bench-{uuid4().hex[:8]}@contoso.example")
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    connections = [await Connection.open(bench) for _ in range(_CLIENTS)]
    people = _People(bench, site, connections, cookies)
    redeemed = await _measured(bench, people.redemptions, _CODES)
    refreshed = await _measured(bench, people.refreshments, _REFRESHES)
    for connection in connections:
        connection.close()
    return [
        Grant("code redeemed for an id token", {"SQLite": 300, "PostgreSQL": 400}, redeemed),
        Grant("refresh token used", {"SQLite": 220, "PostgreSQL": 300}, refreshed),
    ]


@dataclass(frozen=True, slots=True)
class _People:
    """Somebody with a session, on several connections."""

    bench: Bench
    site: Site
    connections: list[Connection]
    cookies: str

    async def redemptions(self, rounds: int) -> Callable[[], Awaitable[None]]:
        """A run that redeems so many codes, which are drawn now."""
        codes = [await self._code(self.connections[0]) for _ in range(rounds)]
        forms = iter([self._post(self.site.redemption(code)) for code in codes])

        async def work(connection: Connection) -> None:
            for form in forms:
                await _tokens(connection, form)

        return lambda: self._all(work)

    async def refreshments(self, rounds: int) -> Callable[[], Awaitable[None]]:
        """A run that uses so many refresh tokens, each from the answer before."""
        numbers = iter(range(rounds))

        async def first(connection: Connection) -> str:
            form = self._post(self.site.redemption(await self._code(connection)))
            return (await _tokens(connection, form))["refresh_token"]

        tokens = {connection: await first(connection) for connection in self.connections}

        async def work(connection: Connection) -> None:
            token = tokens[connection]
            for _ in numbers:
                body = await _tokens(connection, self._post(self.site.refreshment(token)))
                token = body["refresh_token"]

        return lambda: self._all(work)

    async def _all(self, work: Callable[[Connection], Awaitable[None]]) -> None:
        await asyncio.gather(*(work(connection) for connection in self.connections))

    async def _code(self, connection: Connection) -> str:
        """By the session, without a page."""
        asked = http(self.bench, "GET", self.site.authorize(), cookie=self.cookies)
        status, head, body = await connection.exchange(asked)
        lines = head.decode().split("\r\n")
        location = next((line[10:] for line in lines if line.lower().startswith("location: ")), "")
        code = parse_qs(urlsplit(location).query).get("code")
        if code is None:
            raise RuntimeError(f"No code: {status} {body!r}")
        return code[0]

    def _post(self, form: dict[str, str]) -> bytes:
        content = urlencode(form).encode()
        return http(self.bench, "POST", self.site.address(), body=content, kind=_FORM)


async def _tokens(connection: Connection, request: bytes) -> dict[str, str]:
    status, body = await connection.ask(request)
    if status != 200:
        raise RuntimeError(f"No tokens: {status} {body!r}")
    return msgspec.json.decode(body, type=dict)


async def _measured(
    bench: Bench, prepare: Callable[[int], Awaitable[Callable[[], Awaitable[None]]]], rounds: int
) -> Figure:
    """The best of several runs, after one that warms up."""
    await (await prepare(rounds // 3))()
    cpu_us, per_s, rsa = [], [], []
    for _ in range(_RUNS):
        run = await prepare(rounds)
        rsa.append(rsa_us(rounds=200, runs=2))
        began, began_cpu = time.perf_counter(), cpu_s(bench.pid)
        await run()
        cpu_us.append((cpu_s(bench.pid) - began_cpu) / rounds * 1e6)
        per_s.append(rounds / (time.perf_counter() - began))
    return Figure(min(cpu_us), max(per_s), min(rsa))
