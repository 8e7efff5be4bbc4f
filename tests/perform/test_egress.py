"""Calls that go out: where they may go, and that nothing a peer does harms us.

Source: security.md section 5 and T13.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest

from peers import answers, certified, closes, listening, repeats, says, waits
from spellings import NAMES, PUBLIC, URLS, resolve
from vestibule.perform.egress import Egress, Refused
from vestibule.perform.http import Answer, Outgoing, Unanswered, Why
from vestibule.perform.resolver import Resolver
from vestibule.perform.wire import Guarded
from vestibule.vault import issue, make_authority
from vestibule.world import SystemWorld

pytestmark = pytest.mark.anyio

PARTNER = "partner.contoso.example"
OTHER = "other.contoso.example"
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@dataclass(frozen=True)
class Certificates:
    """An authority, and what it signed for the partner."""

    authority: str
    chain: bytes
    key: bytes
    folder: Path

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cadata=self.authority)

    def server(self) -> ssl.SSLContext:
        return certified(self.folder, self.chain, self.key)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    now = SystemWorld().now()
    authority, key = make_authority(now)
    chain, own = issue(authority, key, (PARTNER, OTHER, "127.0.0.2"), now)
    return Certificates(authority.decode(), chain, own, tmp_path_factory.mktemp("peers"))


@dataclass
class Names:
    """A resolver: what it says of a name, one answer after the other (the last one stays)."""

    answers: dict[str, list[Sequence[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        known = self.answers.get(host)
        if not known:
            return await resolve(host)
        return known.pop(0) if known[1:] else known[0]


@asynccontextmanager
async def calling(
    certificates: Certificates, *, names: Names | None = None, idle_s: float = 30
) -> AsyncIterator[Outgoing]:
    """The client, with the partner's two names at 127.0.0.1, which only they may be at."""
    known = names or Names()
    for name in (PARTNER, OTHER):
        known.answers.setdefault(name, [["127.0.0.1"]])
    allowed = Egress.of([PARTNER, OTHER, "127.0.0.2"], loopback=False)
    client = Outgoing(allowed, certificates.trust(), resolve=known, idle_s=idle_s)
    try:
        yield client
    finally:
        await client.close()


async def refused(call: Awaitable[Answer]) -> Why:
    with pytest.raises(Unanswered) as caught:
        await call
    return caught.value.why


# ------------------------------------------------------------------------- where calls may go


async def test_no_spelling_of_a_forbidden_address_is_called(certificates: Certificates) -> None:
    """Every one, with and without a listener; each is refused before anything is sent."""
    assert len(URLS) >= 68
    async with listening(None) as canary, calling(certificates) as client:
        for name, url in URLS.items():
            spelled = url.format(port=canary.port, path="x")
            assert await refused(client.send("GET", spelled)) == "forbidden", name
        for host in NAMES:
            call = client.send("GET", f"https://{host}:{canary.port}/")
            assert await refused(call) == "forbidden", host
        assert canary.connections == 0


FIT = (
    "https://api.contoso.example/a?b=c",
    "https://API.Contoso.example:443/",
    "https://93.184.215.14:8443",
    "https://[2606:2800:21f::1]/",
    "https://x_1.example/",
    "https://intranet:1024/",
    "https://xn--bcher-kva.example/",
    "https://1.example/",
    "https://1e100.net/",
)


async def test_what_is_public_may_be_called() -> None:
    for host, addresses in PUBLIC.items():
        Egress().judge(host, addresses)
    for url in FIT:
        assert Egress().fits(url), url


async def test_an_open_port_answers_as_a_closed_one(certificates: Certificates) -> None:
    """In words and in time: no call takes as long as one connection to this machine would."""
    async with listening(None) as canary, calling(certificates) as client:
        ports = (canary.port, canary.port ^ 1)
        for host in ("127.0.0.1", "both.mallory.example", "private.mallory.example"):
            said = {await refused(client.send("GET", f"https://{host}:{port}/")) for port in ports}
            assert said == {"forbidden"}
        assert canary.connections == 0


LISTED = {
    "a network": (("10.1.0.0/16",), "https://10.1.2.3/", "https://10.2.0.1/"),
    "an address": (("10.1.2.3",), "https://10.1.2.3/", "https://10.1.2.4/"),
    "an IPv6 network": (("fd00:1::/32",), "https://[fd00:1::7]/", "https://[fd01::7]/"),
    "a mapped address": (("10.1.2.3",), "https://[::ffff:10.1.2.3]/", "https://[::ffff:10.1.2.4]/"),
    "a name in other letters": (("Localhost.",), "https://localhost/", "https://app.localhost/"),
}


@pytest.mark.parametrize(("listed", "fits", "does_not"), LISTED.values(), ids=LISTED)
async def test_what_is_listed_may_be_called(
    listed: Sequence[str], fits: str, does_not: str
) -> None:
    egress = Egress.of(listed, loopback=False)
    assert (egress.fits(fits), egress.fits(does_not)) == (True, False)


async def test_a_listed_name_may_be_anywhere_and_its_neighbours_may_not() -> None:
    egress = Egress.of(["intranet.contoso.example", "10.1.0.0/16"], loopback=False)
    egress.judge("intranet.contoso.example", ["192.168.7.7"])
    egress.judge("api.contoso.example", ["10.1.9.9"])
    for host, addresses in (
        ("api.intranet.contoso.example", ["192.168.7.7"]),
        ("api.contoso.example", ["10.1.9.9", "10.2.0.1"]),
    ):
        with pytest.raises(Refused):
            egress.judge(host, addresses)


@pytest.mark.parametrize("listed", ["10.1.2.3/16", "https://a.example", "*.example", "", "a b"])
async def test_what_is_no_host_cannot_be_listed(listed: str) -> None:
    with pytest.raises(ValueError, match="^" if not listed else None):
        Egress.of([listed], loopback=False)


DEVELOPMENT = {
    "http://localhost:8444/a": True, "http://127.0.0.1:80/": True, "http://[::1]:5000/": True,
    "https://localhost:8443/": True, "https://app.localhost:8443/": True,
    "http://10.0.0.1:8080/": False, "http://api.contoso.example:8080/": False,
    "http://127.0.0.2:8080/": False, "https://10.0.0.1/": False, "https://0.0.0.0/": False,
    "https://127.1/": False, "https://localhost.:8443/": False, "https://169.254.169.254/": False,
}  # fmt: skip


@pytest.mark.parametrize(("url", "fits"), DEVELOPMENT.items(), ids=DEVELOPMENT)
async def test_development_may_call_this_machine_and_no_other(url: str, *, fits: bool) -> None:
    assert Egress(loopback=True).fits(url) is fits


# ------------------------------------------------------------------------- names that change


async def test_a_name_that_moves_to_this_machine_is_not_followed(
    certificates: Certificates,
) -> None:
    """The first answer of the name server is fit, the second one is not: rebinding."""
    names = Names({"turns.mallory.example": [["127.0.0.2"], ["127.0.0.1"]]})
    good = {"/": answers(b"good", headers=b"Connection: close\r\n")}
    async with (
        listening(good, host="127.0.0.2") as partner,
        listening(None, port=partner.port) as canary,
        calling(certificates, names=names) as client,
    ):
        assert await client.objection(f"https://turns.mallory.example:{canary.port}/") is None
        call = client.send("GET", f"https://turns.mallory.example:{canary.port}/")
        assert await refused(call) == "forbidden"
        assert (canary.connections, partner.connections) == (0, 0)
        assert names.asked == ["turns.mallory.example"] * 2


async def test_a_connection_goes_to_the_address_that_was_judged(certificates: Certificates) -> None:
    """The name is resolved once for it; TLS and Host keep the name."""
    names = Names({PARTNER: [["127.0.0.2"], ["127.0.0.1"]]})
    tls = certificates.server()
    async with (
        listening({"/a?b": answers(b"good")}, tls=tls, host="127.0.0.2") as partner,
        listening(None, port=partner.port) as canary,
        calling(certificates, names=names) as client,
    ):
        for _ in range(3):
            answer = await client.send("GET", f"https://Partner.contoso.EXAMPLE:{partner.port}/a?b")
            assert answer.body == b"good"
        assert (names.asked, partner.names, canary.connections) == ([PARTNER], [PARTNER], 0)
        assert partner.heads[0].startswith(b"GET /a?b HTTP/1.1\r\n")
        assert f"\r\nHost: {PARTNER}:{partner.port}\r\n".encode() in partner.heads[0]


async def test_the_next_address_is_tried_when_one_does_not_answer(
    certificates: Certificates,
) -> None:
    names = Names({PARTNER: [["127.0.0.2", "127.0.0.1"]]})
    async with (
        listening({"/": answers()}, tls=certificates.server()) as partner,
        calling(certificates, names=names) as client,
    ):
        answer = await client.send("GET", f"https://{PARTNER}:{partner.port}/")
        assert answer.status == 200


async def test_a_redirect_is_an_answer_and_nothing_more(certificates: Certificates) -> None:
    statuses = ("301 Moved", "302 Found", "303 See Other", "307 Again", "308 Again")
    async with listening(None) as canary:
        where = b"Location: https://127.0.0.1:%d/\r\nRefresh: 0;url=http://127.0.0.1:%d\r\n"
        where %= (canary.port, canary.port)
        moved = {f"/{code[:3]}": answers(status=code, headers=where) for code in statuses}
        async with (
            listening(moved, tls=certificates.server()) as partner,
            calling(certificates) as client,
        ):
            for code in statuses:
                url = f"https://{PARTNER}:{partner.port}/{code[:3]}"
                assert (await client.send("POST", url, body=b"{}")).status == int(code[:3])
            assert (len(partner.heads), canary.connections) == (len(statuses), 0)


async def test_no_proxy_of_the_environment_is_used(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        listening(None) as canary,
        listening({"/": answers()}, tls=certificates.server()) as partner,
        calling(certificates) as client,
    ):
        for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
            monkeypatch.setenv(name.lower(), f"http://127.0.0.1:{canary.port}")
        assert (await client.send("GET", f"https://{PARTNER}:{partner.port}/")).status == 200
        assert canary.connections == 0


# ------------------------------------------------------------------------- peers that misbehave

BEHAVIOUR: dict[str, tuple[Callable[..., Awaitable[None]], Why]] = {
    "hangs": (waits(), "timeout"),
    "hangs after the head": (waits(HEAD + b"Content-Length: 9\r\n\r\n"), "timeout"),
    "drips its body": (repeats(CHUNKED, b"1\r\na\r\n", every_s=0.01), "timeout"),
    "drips its head": (repeats(HEAD, b"A: b\r\n", every_s=0.01), "timeout"),
    "is only about to answer": (repeats(b"", b"HTTP/1.1 100 \r\n\r\n", every_s=0.01), "timeout"),
    "hangs up": (closes(), "unreachable"),
    "hangs up in the head": (closes(HEAD + b"Content-"), "unreachable"),
    "hangs up in the body": (closes(HEAD + b"Content-Length: 9\r\n\r\nabc"), "unreachable"),
    "is no server": (says(b"220 mail.contoso.example ESMTP\r\n\r\n"), "unreachable"),
    "switches protocols": (says(b"HTTP/1.1 101 Now\r\nUpgrade: x\r\n\r\n"), "unreachable"),
    "has a head without end": (repeats(HEAD, b"A: " + b"b" * 8000 + b"\r\n"), "unreachable"),
    "has many fields": (answers(headers=b"A: b\r\n" * 101), "too large"),
    "has long fields": (answers(headers=b"A: " + b"b" * 40_000 + b"\r\n"), "too large"),
    "says a length that is too much": (repeats(HEAD + b"Content-Length: 9999999\r\n\r\n",
                                               b"a" * 65_536), "too large"),
    "sends without end": (repeats(CHUNKED, b"1000\r\n" + b"a" * 4096 + b"\r\n"), "too large"),
    "sends crumbs": (repeats(CHUNKED, b"1\r\na\r\n" * 4096), "too large"),
}  # fmt: skip


@pytest.mark.parametrize(("behave", "why"), BEHAVIOUR.values(), ids=BEHAVIOUR)
async def test_a_peer_that_misbehaves_is_given_up(
    certificates: Certificates, behave: Callable[..., Awaitable[None]], why: Why
) -> None:
    """In time, and without a connection that stays."""
    async with (
        listening({"/": behave}, tls=certificates.server()) as partner,
        calling(certificates) as client,
    ):
        patience = 0.15 if why == "timeout" else 10
        began = time.monotonic()
        url = f"https://{PARTNER}:{partner.port}/"
        assert await refused(client.send("POST", url, body=b"{}", timeout_s=patience)) == why
        assert time.monotonic() - began < 5
        await partner.until(open=0)


async def test_a_body_as_long_as_allowed_is_taken(certificates: Certificates) -> None:
    async with (
        listening({"/": answers(b"a" * 1000)}, tls=certificates.server()) as partner,
        calling(certificates) as client,
    ):
        url = f"https://{PARTNER}:{partner.port}/"
        assert len((await client.send("GET", url, limit=1000)).body) == 1000
        assert await refused(client.send("GET", url, limit=999)) == "too large"


async def test_a_peer_proves_itself_by_the_name_that_is_called(certificates: Certificates) -> None:
    names = Names({"wrong.contoso.example": [["127.0.0.2"]]})
    async with (
        listening({"/": answers()}, tls=certificates.server(), host="127.0.0.2") as partner,
        calling(certificates, names=names) as client,
    ):
        assert (await client.send("GET", f"https://127.0.0.2:{partner.port}/")).status == 200
        call = client.send("GET", f"https://wrong.contoso.example:{partner.port}/")
        assert await refused(call) == "untrusted"
        assert len(partner.heads) == 1


async def test_what_comes_before_the_handshake_is_no_answer(certificates: Certificates) -> None:
    """It would count as protected by TLS."""

    async def greets(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greets, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        stream = await Guarded(Egress(loopback=True), resolve).connect_tcp("localhost", port)
        async with asyncio.timeout(5):
            while not stream.get_extra_info("is_readable"):  # noqa: ASYNC110 - it is no event
                await asyncio.sleep(0.005)
        with pytest.raises(ConnectionResetError, match="before the handshake"):
            await stream.start_tls(certificates.trust(), PARTNER)


async def test_nothing_can_be_smuggled_into_a_request(certificates: Certificates) -> None:
    async with (
        listening({"/": answers()}, tls=certificates.server()) as partner,
        calling(certificates) as client,
    ):
        url = f"https://{PARTNER}:{partner.port}/"
        for headers in ({"A": "b\r\nC: d"}, {"A\r\nC": "d"}, {"A": "b\x00"}, {"A": "\ud800"}):
            assert await refused(client.send("GET", url, headers=headers)) == "unreachable"
        assert partner.heads == []


# ------------------------------------------------------------------------- connections


async def test_connections_are_kept_for_a_host_and_a_certificate_of_ours(
    certificates: Certificates,
) -> None:
    tls = certificates.trust()
    async with (
        listening({"/": answers()}, tls=certificates.server()) as partner,
        calling(certificates) as client,
    ):
        for name, proof in ((PARTNER, None), (PARTNER, tls), (OTHER, None), (OTHER, tls)) * 2:
            await client.send("GET", f"https://{name}:{partner.port}/", tls=proof)
        assert (partner.connections, partner.open) == (4, 4)
        client.forget(tls)
        await partner.until(open=2)
        await client.close()
        await partner.until(open=0)


async def test_a_certificate_that_is_forgotten_serves_the_call_that_is_under_way(
    certificates: Certificates,
) -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        asked.set()
        await answer.wait()
        await answers(b"good")(reader, writer, head)

    tls = certificates.trust()
    async with (
        listening({"/": slow}, tls=certificates.server()) as partner,
        calling(certificates) as client,
    ):
        url = f"https://{PARTNER}:{partner.port}/"
        call = asyncio.create_task(client.send("GET", url, tls=tls))
        await asked.wait()
        client.forget(tls)
        answer.set()
        assert (await call).body == b"good"
        await partner.until(open=0)


async def test_connections_that_nobody_uses_end(certificates: Certificates) -> None:
    async with (
        listening({"/": answers()}, tls=certificates.server()) as partner,
        calling(certificates, idle_s=0.05) as client,
    ):
        await client.send("GET", f"https://{PARTNER}:{partner.port}/")
        assert partner.open == 1
        await partner.until(open=0)


async def test_a_connection_that_the_peer_has_closed_is_not_used_again(
    certificates: Certificates,
) -> None:
    async def once(_reader: object, writer: asyncio.StreamWriter, _head: bytes) -> None:
        writer.write(HEAD + b"Content-Length: 0\r\n\r\n")
        await writer.drain()
        raise ConnectionError

    async with (
        listening({"/": once}, tls=certificates.server()) as partner,
        calling(certificates) as client,
    ):
        for _ in range(3):
            await client.send("GET", f"https://{PARTNER}:{partner.port}/")
            await partner.until(open=0)
        assert partner.connections == 3


async def test_few_hosts_are_kept(certificates: Certificates) -> None:
    """The one used longest ago makes room; one that is in use is not cut off."""
    hosts = [f"host{number}.contoso.example" for number in range(34)]
    names = Names({host: [["127.0.0.2"]] for host in hosts})
    async with (
        listening({"/": answers(), "/hangs": waits()}) as partner,
        calling(certificates, names=names) as _,
    ):
        allowed = Egress.of([], loopback=True)
        client = Outgoing(allowed, certificates.trust(), resolve=names)
        base = f"http://localhost:{partner.port}"
        names.answers["localhost"] = [["127.0.0.1"]]
        hanging = asyncio.create_task(client.send("GET", f"{base}/hangs"))
        await partner.until(connections=1)
        for host in hosts:
            call = client.send("GET", f"https://{host}:{partner.port}/", timeout_s=5)
            assert await refused(call) == "unreachable"
        assert partner.open == 1
        assert not hanging.done()
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging
        await partner.until(open=0)
        await client.close()


@pytest.mark.parametrize("stage", ["handshake", "answer", "body"])
async def test_a_cancelled_call_leaves_no_connection(
    certificates: Certificates, stage: str
) -> None:
    behave = {"/": waits(CHUNKED if stage == "body" else b"")}
    tls = None if stage == "handshake" else certificates.server()
    async with (
        listening(None if tls is None else behave, tls=tls) as partner,
        calling(certificates) as client,
    ):
        url = f"https://{PARTNER}:{partner.port}/"
        calls = [asyncio.create_task(client.send("GET", url)) for _ in range(5)]
        await partner.until(connections=5)
        await asyncio.sleep(0.05)
        for call in calls:
            call.cancel()
        done = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(one) for one in done} == {asyncio.CancelledError}
        await partner.until(open=0)


async def test_one_host_that_hangs_takes_no_place_from_another(certificates: Certificates) -> None:
    async with (
        listening(None) as hung,
        listening({"/": answers()}, tls=certificates.server()) as partner,
        calling(certificates) as client,
    ):
        url = f"https://{PARTNER}:{hung.port}/"
        calls = [asyncio.create_task(client.send("GET", url, timeout_s=9)) for _ in range(120)]
        await asyncio.sleep(0)
        answer = await client.send("GET", f"https://{OTHER}:{partner.port}/", timeout_s=8)
        assert answer.status == 200
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        assert hung.connections <= 100


# ------------------------------------------------------------------------- names that hang


@pytest.fixture
def hung() -> Iterator[Event]:
    """Until when the system's look-ups hang."""
    event = Event()
    yield event
    event.set()


async def test_time_runs_also_while_a_name_is_looked_up(
    certificates: Certificates, hung: Event
) -> None:
    """Those who ask for one name share its look-up, and a name that hangs holds up no other."""
    asked: list[str] = []

    def look_up(host: str) -> tuple[str, ...]:
        asked.append(host)
        if host.startswith("hangs"):
            hung.wait(20)
        return ("127.0.0.1",)

    resolver = Resolver(look_up)
    client = Outgoing(Egress(), certificates.trust(), resolve=resolver)
    calls = [client.send("GET", "https://hangs.example/", timeout_s=0.2) for _ in range(50)]
    began = time.monotonic()
    said = await asyncio.gather(*map(refused, calls))
    assert set(said) == {"timeout"}
    assert asked == ["hangs.example"]
    assert time.monotonic() - began < 5
    assert await resolver("quick.example") == ("127.0.0.1",)
    several = [asyncio.create_task(resolver(f"hangs{number}.example")) for number in range(31)]
    await asyncio.sleep(0)
    with pytest.raises(OSError, match="Too many names"):
        await resolver("quick.example")
    hung.set()
    await asyncio.gather(*several)
    assert await resolver("quick.example") == ("127.0.0.1",)
    await client.close()


async def test_names_of_one_domain_leave_room_for_others(hung: Event) -> None:
    def look_up(host: str) -> tuple[str, ...]:
        if host.endswith(".hangs.example"):
            hung.wait(10)
        return ("127.0.0.1",)

    resolver = Resolver(look_up)
    tasks = [asyncio.create_task(resolver(f"n{number}.hangs.example")) for number in range(40)]
    await asyncio.sleep(0)
    assert await resolver("quick.example") == ("127.0.0.1",)
    hung.set()
    said = await asyncio.gather(*tasks, return_exceptions=True)
    assert [one for one in said if not isinstance(one, OSError)] == [("127.0.0.1",)] * 8


async def test_the_systems_own_names_are_found() -> None:
    assert "127.0.0.1" in await Resolver()("localhost")


async def test_a_name_that_nobody_knows_answers_so(certificates: Certificates) -> None:
    def look_up(host: str) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, host)

    client = Outgoing(Egress(), certificates.trust(), resolve=Resolver(look_up))
    assert await refused(client.send("GET", "https://nobody.example/")) == "unreachable"
    assert await client.objection("https://nobody.example/") is None
    await client.close()
