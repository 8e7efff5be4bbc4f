"""Messages that are no HTTP, or two at once: refused once, never answered with a 5xx.

Source: security T05 (message boundaries) and ASVS 4.2.1.
"""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress

import psutil
import pytest

from live import Live

RAW: dict[str, bytes] = {
    "no request line": b"\r\n\r\n\r\n",
    "rubbish": b"\x00\x01\x02\x03\r\n\r\n",
    "no version": b"GET /beta/identity\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n",
    "HTTP/3.0": b"GET / HTTP/3.0\r\n{host}\r\n",
    "unknown verb": b"BREW /beta HTTP/1.1\r\n{host}\r\n",
    "no host": b"GET /beta/identity HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /beta/identity HTTP/1.1\r\n{host}{host}\r\n",
    "another host": b"GET /beta/identity HTTP/1.1\r\nHost: x.example\r\n\r\n",
    "a space before the colon": b"GET /beta HTTP/1.1\r\n{host}Content-Length : 5\r\n\r\n",
    "bare line feeds": b"GET /beta/identity HTTP/1.1\n{host}Bad Header\n\n",
    "folded header": b"GET /beta/identity HTTP/1.1\r\n{host}X: a\r\n b\r\n\r\n",
    "NUL in a header": b"GET /beta/identity HTTP/1.1\r\n{host}X: a\x00b\r\n\r\n",
    "negative length": b"POST /beta/identity HTTP/1.1\r\n{host}Content-Length: -1\r\n\r\n",
    "hexadecimal length": b"POST /beta/identity HTTP/1.1\r\n{host}Content-Length: 0x5\r\n\r\nabcde",
    "two lengths": (
        b"POST /beta/identity HTTP/1.1\r\n{host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"
    ),
    "length and chunks": (
        b"POST /beta/identity HTTP/1.1\r\n{host}Content-Length: 4\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
        b"0\r\n\r\nGET /smuggled HTTP/1.1\r\n{host}\r\n"
    ),
    "chunked twice": (
        b"POST /beta/identity HTTP/1.1\r\n{host}"
        b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"
    ),
    "bad chunk size": (
        b"POST /beta/identity HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n"
    ),
    "a header of 200 KiB": b"GET /beta HTTP/1.1\r\n{host}X: " + b"a" * 204_800 + b"\r\n\r\n",
    "an address of 200 KiB": b"GET /beta/" + b"a" * 204_800 + b" HTTP/1.1\r\n{host}\r\n",
    "raw bytes in the address": b"GET /beta/\xff\xfe HTTP/1.1\r\n{host}\r\n",
    "dots in the address": b"GET /beta/../../etc/passwd HTTP/1.1\r\n{host}\r\n",
    "an absolute address": b"GET http://x.example/beta/identity HTTP/1.1\r\n{host}\r\n",
    "a proxy": b"CONNECT x.example:443 HTTP/1.1\r\n{host}\r\n",
    "an upgrade": (
        b"GET /beta/identity HTTP/1.1\r\n{host}Connection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ),
}


@pytest.mark.parametrize("message", RAW.values(), ids=RAW)
def test_a_malformed_message_is_refused_once(live: Live, message: bytes) -> None:
    name, port = live.base.removeprefix("https://").split(":")
    host = f"Host: {name}:{port}\r\n".encode()
    trust = ssl.create_default_context(cafile=live.ca_file)
    received = b""
    with (
        socket.create_connection((name, int(port)), timeout=5) as plain,
        trust.wrap_socket(plain, server_hostname=name) as connection,
    ):
        try:
            connection.sendall(message.replace(b"{host}", host))
            plain.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                received += part
        except (OSError, ssl.SSLError):
            pass  # hung up on: that is an answer too
    statuses = [line.split()[1] for line in received.split(b"\r\n") if line.startswith(b"HTTP/1.")]
    assert len(statuses) <= 1, received
    assert all(status.startswith(b"4") for status in statuses), received[:300]
    assert b"Traceback" not in received
    with live.http() as client:
        assert client.get("/healthz").status_code == 200


ENDLESS: dict[str, tuple[bytes, bytes]] = {
    "fields": (b"GET /healthz HTTP/1.1\r\n{host}", b"a:\r\n" * 1000),
    "one value": (b"GET /healthz HTTP/1.1\r\n{host}X: ", b"a" * 4000),
    "an address": (b"GET /", b"a" * 4000),
    "trailers": (
        (
            b"POST /contoso.onmicrosoft.com/oauth2/v2.0/token HTTP/1.1\r\n{host}"
            b"Content-Type: application/x-www-form-urlencoded\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n"
        ),
        b"a:\r\n" * 1000,
    ),
}


@pytest.mark.parametrize(("head", "more"), ENDLESS.values(), ids=ENDLESS)
def test_a_head_without_end_is_cut_off(live: Live, head: bytes, more: bytes) -> None:
    """It once was kept in memory, twenty times over, for as long as the caller liked."""
    name, port = live.base.removeprefix("https://").split(":")
    context = ssl.create_default_context(cafile=live.ca_file)
    before, received = psutil.Process(live.process.pid).memory_info().rss, b""
    with (
        socket.create_connection((name, int(port)), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
        suppress(OSError),  # hung up on
    ):
        secure.sendall(head.replace(b"{host}", f"Host: {name}:{port}\r\n".encode()))
        for _ in range(2000):
            secure.sendall(more)
        received = secure.recv(4096)
    assert received[9:12] in (b"", b"400")
    assert psutil.Process(live.process.pid).memory_info().rss - before < 20_000_000


def test_a_long_head_within_the_limit_is_answered(live: Live) -> None:
    with live.http(headers={"x-long": "a" * 30_000}) as client:
        assert client.get("/healthz").status_code == 200
