"""What is measured, and a small HTTP client that costs the machine little."""

from __future__ import annotations

import asyncio
import itertools
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import msgspec

from limits import rsa_us
from server.sites import FLOW
from servers import Bench, cpu_s

Request = Callable[[Bench, str, int], bytes]
"""(server, bearer token, number of the request) → the bytes of an HTTP request."""

_NUMBERS = itertools.count(1)
BATCHED = 20
LISTED = 100


@dataclass(frozen=True, slots=True)
class Case:
    """`goal`: at most so many µs for an engine, or so many RSA signatures ("RSA").

    `status` is what every reply must be. `parts`: so many creates in one request; the figure is
    for one of them. `cheaper` names the case that costs so many times as much, at least.
    """

    name: str
    request: Request
    status: int
    goal: Mapping[str, float]
    clients: int = 8
    rounds: int = 1500
    before: tuple[Request, ...] = field(default=())
    parts: int = 1
    cheaper: tuple[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """Server CPU of one request, how many were answered in a second, and what one RSA signature
    took in the pauses."""

    cpu_us: float
    per_s: float
    rsa_us: float


def http(
    bench: Bench,
    method: str,
    path: str,
    *,
    body: bytes = b"",
    kind: str = "",
    token: str = "",
    cookie: str = "",
) -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: localhost:{bench.port}"]
    if kind:
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if cookie:
        lines.append(f"Cookie: {cookie}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def _token(bench: Bench, _token: str, _number: int) -> bytes:
    form = {
        "grant_type": "client_credentials",
        "client_id": bench.client_id,
        "client_secret": bench.client_secret,
        "scope": "https://graph.microsoft.com/.default",
    }
    path = f"/{bench.tenant}/oauth2/v2.0/token"
    kind = "application/x-www-form-urlencoded"
    return http(bench, "POST", path, body=urlencode(form).encode(), kind=kind)


def _get(bench: Bench, token: str, _number: int) -> bytes:
    return http(bench, "GET", "/beta/identity/b2cUserFlows/B2C_1_bench", token=token)


def _create(bench: Bench, token: str, number: int) -> bytes:
    return _flow(bench, token, f"n{next(_NUMBERS)}x{number}")


def _flow(bench: Bench, token: str, name: str) -> bytes:
    body = {"id": name, "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3}
    content = msgspec.json.encode(body)
    kind = "application/json"
    return http(bench, "POST", "/beta/identity/b2cUserFlows", body=content, kind=kind, token=token)


def _new_flow() -> dict[str, object]:
    name = f"b{next(_NUMBERS)}"
    return {"id": name, "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3}


def _batch(bench: Bench, token: str, _number: int) -> bytes:
    return _posts(bench, token, [("/identity/b2cUserFlows", _new_flow()) for _ in range(BATCHED)])


def _posts(bench: Bench, token: str, posts: Sequence[tuple[str, Any]]) -> bytes:
    """Up to 20 creates, as one request."""
    kind = {"Content-Type": "application/json"}
    requests = [
        {"id": str(at), "method": "POST", "url": url, "headers": kind, "body": body}
        for at, (url, body) in enumerate(posts)
    ]
    content = msgspec.json.encode({"requests": requests})
    return http(bench, "POST", "/beta/$batch", body=content, kind="application/json", token=token)


def _providers() -> Iterator[tuple[str, Any]]:
    """What the flows of the list link to."""
    social = {"@odata.type": "#microsoft.graph.socialIdentityProvider", "clientId": "c"}
    for kind in ("Google", "Amazon"):
        body = {**social, "displayName": kind, "identityProviderType": kind, "clientSecret": "s"}
        yield "/identity/identityProviders", body


def _listed() -> Iterator[tuple[str, Any]]:
    """What the list shows: 100 flows that come first, each with 2 providers and 5 assignments."""
    linked = [{"id": "Google-OAUTH"}, {"id": "Amazon-OAUTH"}]
    for at in range(LISTED):
        flow = {"id": f"0list{at}", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3}
        yield "/identity/b2cUserFlows", {**flow, "identityProviders": linked}
    for at in range(LISTED):
        for attribute in ("city", "country", "jobTitle", "postalCode", "state"):
            assignment = {
                "isOptional": True,
                "requiresVerification": False,
                "userInputType": "textBox",
                "displayName": attribute,
                "userAttributeValues": [],
                "userAttribute": {"id": attribute},
            }
            url = f"/identity/b2cUserFlows/B2C_1_0list{at}/userAttributeAssignments"
            yield url, assignment


def _making(posts: Sequence[tuple[str, Any]]) -> Request:
    return lambda bench, token, _number: _posts(bench, token, posts)


def _list(bench: Bench, token: str, _number: int) -> bytes:
    query = f"$top={LISTED}&$expand=identityProviders,userAttributeAssignments"
    return http(bench, "GET", f"/beta/identity/b2cUserFlows?{query}", token=token)


def _bench_flow(bench: Bench, token: str, _number: int) -> bytes:
    return _flow(bench, token, "bench")


def _metadata(bench: Bench, _token: str, _number: int) -> bytes:
    return http(bench, "GET", f"/{bench.tenant}/v2.0/.well-known/openid-configuration")


def _flow_metadata(bench: Bench, _token: str, _number: int) -> bytes:
    return http(bench, "GET", f"/{bench.tenant}/{FLOW}/v2.0/.well-known/openid-configuration")


def _keys(bench: Bench, _token: str, _number: int) -> bytes:
    return http(bench, "GET", f"/{bench.tenant}/{FLOW}/discovery/v2.0/keys")


_ONE_BY_ONE = "create, 1 connection"
BENCHES = [
    Case("client-credentials token", _token, 200, {"RSA": 1.55}),
    Case("GET of one flow, bearer checked", _get, 200, {"SQLite": 350}, before=(_bench_flow,)),
    Case(
        "durable create, 16 clients",
        _create,
        201,
        {"SQLite": 650, "PostgreSQL": 900},
        clients=16,
        rounds=1000,
    ),
    Case(_ONE_BY_ONE, _create, 201, {}, clients=1, rounds=400),
    Case(
        f"create, {BATCHED} in a $batch, 1 connection",
        _batch,
        200,
        {},
        clients=1,
        rounds=20,
        parts=BATCHED,
        cheaper=(_ONE_BY_ONE, 1.5),
    ),
    Case(
        f"list of {LISTED} flows, expanded",
        _list,
        200,
        {"SQLite": 4000, "PostgreSQL": 4000},
        clients=2,
        rounds=100,
        before=tuple(
            _making(posts[at : at + BATCHED])
            for posts in (tuple(_providers()), tuple(_listed()))
            for at in range(0, len(posts), BATCHED)
        ),
    ),
    Case("discovery document of a flow", _flow_metadata, 200, {"SQLite": 120}),
    Case("discovery document of the tenant", _metadata, 200, {"SQLite": 120}),
    Case("JWKS", _keys, 200, {"SQLite": 120}),
]


class Connection:
    """One kept-alive TLS connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, bench: Bench) -> Connection:
        context = ssl.create_default_context(cafile=bench.ca_file)
        return cls(
            *await asyncio.open_connection(
                "127.0.0.1", bench.port, ssl=context, server_hostname="localhost"
            )
        )

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send, and return status and body."""
        status, _, body = await self.exchange(request)
        return status, body

    async def exchange(self, request: bytes) -> tuple[int, bytes, bytes]:
        """Send, and return status, head and body."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return int(head[9:12]), head, await self._reader.readexactly(length)

    def close(self) -> None:
        self._writer.close()


async def measure(bench: Bench, case: Case, *, runs: int = 8) -> Figure:
    """The best of several runs, after one that warms up."""
    connections = [await Connection.open(bench) for _ in range(case.clients)]
    status, body = await connections[0].ask(_token(bench, "", 0))
    if status != 200:
        raise RuntimeError(f"No token: {status} {body!r}")
    token = msgspec.json.decode(body)["access_token"]
    for request in case.before:
        await connections[0].ask(request(bench, token, 0))
    await _run(connections, bench, case, token, case.rounds // 3)
    figures = []
    rsa = []
    for _ in range(runs):
        rsa.append(rsa_us(rounds=200, runs=2))
        began, began_cpu = time.perf_counter(), cpu_s(bench.pid)
        await _run(connections, bench, case, token, case.rounds)
        spent_cpu, spent = cpu_s(bench.pid) - began_cpu, time.perf_counter() - began
        operations = case.rounds * case.parts
        figures.append((spent_cpu / operations * 1e6, operations / spent))
    for connection in connections:
        connection.close()
    best = min(cpu_us for cpu_us, _ in figures)
    return Figure(best, max(per_s for _, per_s in figures), min(rsa))


async def _run(
    connections: list[Connection], bench: Bench, case: Case, token: str, rounds: int
) -> None:
    numbers = iter(range(rounds))

    async def work(connection: Connection) -> None:
        for number in numbers:
            status, body = await connection.ask(case.request(bench, token, number))
            made = body.count(b'"status":201') if case.parts > 1 else 1
            if status != case.status or made != case.parts:
                raise RuntimeError(f"{case.name}: {status} {body!r}")

    await asyncio.gather(*(work(connection) for connection in connections))
