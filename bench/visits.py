"""What a person's visit costs the server: a sign-in with a password, a whole sign-up.

As a browser without scripts does it, which asks for more pages than one with them. Server CPU is
told with and without the hash: threads that hash are those that stand back (their niceness).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import msgspec

from cases import Connection, http
from limits import argon2_us
from people import Forms
from server.sites import PASSWORD
from servers import Bench, cpu_s

_FORM = "application/x-www-form-urlencoded"
_CLIENTS = 8
_RUNS = 4
_OF_A_RUN = 32
_NICENESS = 16  # of /proc/PID/task/TID/stat, counted behind the name
_SIGN_IN_US, _SIGN_UP_US = 5_000, 25_000  # beside the hash


@dataclass(frozen=True, slots=True)
class Visit:
    """CPU of the server in µs: `whole`, and `beside` the hash; `hash_us` is what one hash takes
    without us, `limit` what may be beside it."""

    name: str
    whole: float
    beside: float
    hash_us: float
    limit: float


@dataclass(slots=True)
class Browser:
    """Keeps cookies and follows redirects on our own host."""

    bench: Bench
    connection: Connection
    cookies: dict[str, str] = field(default_factory=dict)

    async def go(self, method: str, url: str, form: dict[str, str] | None = None) -> str:
        """The page's text, or the address of the application that it ended at."""
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body, kind = (b"", "") if form is None else (urlencode(form).encode(), _FORM)
        asked = http(self.bench, method, path, body=body, kind=kind, cookie=cookie)
        status, head, text = await self.connection.exchange(asked)
        location = ""
        for line in head.decode().split("\r\n"):
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie":
                key, _, kept = value.split(";")[0].partition("=")
                self.cookies[key] = kept
            elif name.lower() == "location":
                location = value
        if status in (302, 303):
            return location if "code=" in location else await self.go("GET", location)
        if status != 200:
            raise RuntimeError(f"{method} {path}: {status} {text!r}")
        return text.decode()

    async def press(self, page: str, action: str, **fields: str) -> str:
        """Fill in the page's form and press a button."""
        parser = Forms()
        parser.feed(page)
        form = parser.forms[0]
        return await self.go("POST", form.action, {**form.fields, **fields, "action": action})


def code_in(landed: str) -> str:
    """The code in the application's address. Raises RuntimeError for a page."""
    code = parse_qs(urlsplit(landed).query).get("code") if "code=" in landed[:2000] else None
    if code is None or "<html" in landed[:200]:
        raise RuntimeError(f"No code: {landed[:2000]!r}")
    return code[0]


async def sign_in(bench: Bench, connection: Connection, address: str) -> str:
    """From the page to the code, in a browser that nobody knows."""
    browser = Browser(bench, connection)
    page = await browser.go("GET", bench.site.authorize())
    fields = {"email": address, "signInName": address, "password": PASSWORD}
    return code_in(await browser.press(page, "signin", **fields))


@dataclass(slots=True)
class _SignUp:
    """One person's; the mail is read between `begin` and `finish`."""

    browser: Browser
    address: str
    page: str = ""

    async def begin(self) -> None:
        page = await self.browser.go("GET", self.browser.bench.site.authorize())
        page = await self.browser.press(page, "signup")
        self.page = await self.browser.press(page, "send_code", email=self.address)

    async def finish(self, code: str) -> None:
        site, browser, address = self.browser.bench.site, self.browser, self.address
        page = await browser.press(self.page, "verify_code", email=address, code=code)
        chosen = {"newPassword": PASSWORD, "reenterPassword": PASSWORD}
        landed = await browser.press(page, "create", email=address, **chosen)
        await redeemed(browser.bench, browser.connection, site.redemption(code_in(landed)))


async def redeemed(bench: Bench, connection: Connection, form: dict[str, str]) -> dict[str, str]:
    """What the token endpoint answers to a grant."""
    body = urlencode(form).encode()
    request = http(bench, "POST", bench.site.address(), body=body, kind=_FORM)
    status, answer = await connection.ask(request)
    if status != 200:
        raise RuntimeError(f"No tokens: {status} {answer!r}")
    return msgspec.json.decode(answer, type=dict)


async def tokens(bench: Bench, connection: Connection, address: str) -> dict[str, str]:
    """A sign-in, and what its code is worth."""
    code = await sign_in(bench, connection, address)
    return await redeemed(bench, connection, bench.site.redemption(code))


async def visits(bench: Bench) -> list[Visit]:
    """A sign-in, then a sign-up; each the best of several runs."""
    connections = [await Connection.open(bench) for _ in range(_CLIENTS)]
    addresses = await people(bench, connections)

    async def sign_ins() -> tuple[float, float]:
        return await _spent(bench, lambda: _sign_in_all(bench, connections, addresses))

    async def sign_ups() -> tuple[float, float]:
        return await _sign_ups(bench, connections)

    found = [
        await _measured("password sign-in", sign_ins, _SIGN_IN_US),
        await _measured("sign-up, with its tokens", sign_ups, _SIGN_UP_US),
    ]
    for connection in connections:
        connection.close()
    return found


async def people(bench: Bench, connections: Sequence[Connection]) -> list[str]:
    """Somebody with an account for each connection; their addresses."""
    new = [_SignUp(Browser(bench, one), _address()) for one in connections]
    for one in new:
        await one.begin()
        await one.finish(bench.site.code_for(one.address))
    return [one.address for one in new]


async def _sign_in_all(
    bench: Bench, connections: Sequence[Connection], addresses: Sequence[str]
) -> None:
    async def several(connection: Connection, address: str) -> None:
        for _ in range(_OF_A_RUN // _CLIENTS):
            await sign_in(bench, connection, address)

    await asyncio.gather(*map(several, connections, addresses))


async def _sign_ups(bench: Bench, connections: Sequence[Connection]) -> tuple[float, float]:
    """Without what it costs to read the mail in the inbox that a development server has."""
    whole = beside = 0.0
    for _ in range(_OF_A_RUN // _CLIENTS):
        new = [_SignUp(Browser(bench, one), _address()) for one in connections]
        begun = await _spent(bench, partial(_all, _SignUp.begin, new))
        codes = [bench.site.code_for(one.address) for one in new]
        ended = await _spent(bench, partial(_all, _SignUp.finish, new, codes))
        whole, beside = whole + begun[0] + ended[0], beside + begun[1] + ended[1]
    return whole, beside


async def _all(step: Callable[..., Awaitable[None]], *arguments: Sequence[object]) -> None:
    await asyncio.gather(*map(step, *arguments))


async def _measured(
    name: str, run: Callable[[], Awaitable[tuple[float, float]]], limit: float
) -> Visit:
    await run()
    spent, hashes = [], []
    for _ in range(_RUNS):
        hashes.append(argon2_us())
        spent.append(await run())
    whole, beside = (min(each) / _OF_A_RUN * 1e6 for each in zip(*spent, strict=True))
    return Visit(name, whole, beside, min(hashes), limit)


async def _spent(bench: Bench, run: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """CPU of the server in seconds: of all its threads, and of those that do not hash."""
    before, hashed = cpu_s(bench.pid), hashing_s(bench.pid)
    await run()
    whole = cpu_s(bench.pid) - before
    return whole, whole - (hashing_s(bench.pid) - hashed)


def hashing_s(pid: int) -> float:
    """CPU so far of the threads that stand back, in seconds."""
    spent = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        behind_name = (thread / "stat").read_text().rpartition(")")[2].split()
        if int(behind_name[_NICENESS]) > _least(pid):
            spent += int((thread / "schedstat").read_text().split()[0])
    return spent / 1e9


def _least(pid: int) -> int:
    """The niceness of the process itself: its first thread's."""
    text = Path(f"/proc/{pid}/task/{pid}/stat").read_text()
    return int(text.rpartition(")")[2].split()[_NICENESS])


def _address() -> str:
    return f"bench-{uuid4().hex[:12]}@contoso.example"
