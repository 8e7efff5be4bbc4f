"""An application that signs people in: a listener at its redirect URI, its requests, its tokens."""

from __future__ import annotations

import base64
import hashlib
import queue
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet

from live import Live

_PAGE = """<!DOCTYPE html><html lang="en"><head><title>The application</title>
<link rel="icon" href="data:,"></head><body><h1>Welcome back</h1>{}</body></html>"""
_SEEN = "/seen/"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request at the redirect URI."""

    method: str
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Request:
    """An authorization request and what the application remembers about it."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(slots=True)
class Application:
    """Listens on loopback and keeps what browsers bring."""

    origin: str
    arrivals: queue.SimpleQueue[Arrival] = field(default_factory=queue.SimpleQueue)

    @property
    def uri(self) -> str:
        return f"{self.origin}/back"

    def request(self, live: Live, flow: str = "B2C_1_susi", **parameters: str) -> Request:
        """A request of the seeded web application: code with PKCE unless `parameters` say else."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        query = {
            "client_id": live.facts["client_id"],
            "response_type": "code",
            "redirect_uri": self.uri,
            "scope": "openid offline_access",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.decode().rstrip("="),
            "code_challenge_method": "S256",
            **parameters,
        }
        return Request(
            f"{endpoint(live, 'authorize', flow=flow)}?{urlencode(query)}", state, nonce, verifier
        )

    def arrival(self, request: Request) -> Arrival:
        """The answer to a request, waited for."""
        while True:
            arrival = self.arrivals.get(timeout=10)
            if arrival.parameters.get("state") == request.state:
                return arrival

    def claims(
        self, live: Live, request: Request, code: str, flow: str = "B2C_1_susi"
    ) -> dict[str, Any]:
        """Redeem a code: the claims of the id token, checked."""
        return self.redeemed(live, request, code, flow)[0]

    def redeemed(
        self, live: Live, request: Request, code: str, flow: str
    ) -> tuple[dict[str, Any], str]:
        """Redeem a code: the checked claims of the id token, and the refresh token."""
        form = {
            "grant_type": "authorization_code",
            "client_id": live.facts["client_id"],
            "client_secret": live.facts["client_secret"],
            "redirect_uri": self.uri,
            "code": code,
            "code_verifier": request.verifier,
        }
        claims, refresh_token = self._granted(live, form, flow)
        assert claims["nonce"] == request.nonce
        return claims, refresh_token

    def refreshed(self, live: Live, refresh_token: str, flow: str) -> dict[str, Any]:
        """The checked claims of the id token that a refresh token gives."""
        form = {
            "grant_type": "refresh_token",
            "client_id": live.facts["client_id"],
            "client_secret": live.facts["client_secret"],
            "refresh_token": refresh_token,
        }
        return self._granted(live, form, flow)[0]

    def _granted(self, live: Live, form: dict[str, str], flow: str) -> tuple[dict[str, Any], str]:
        with live.http() as http:
            reply = http.post(endpoint(live, "token", flow=flow), data=form)
            keys = http.get(endpoint(live, "keys", "discovery/v2.0", flow=flow)).json()
        assert reply.status_code == 200, reply.text
        body = reply.json()
        token = jwt.decode(body["id_token"], KeySet.import_key_set(keys))
        return token.claims, body["refresh_token"]


def endpoint(
    live: Live, name: str, family: str = "oauth2/v2.0", *, flow: str = "B2C_1_susi"
) -> str:
    """An address of a flow of the seeded tenant; of the tenant itself where the flow is ""."""
    return "/".join((live.base, live.facts["tenant"], *filter(None, [flow]), family, name))


@contextmanager
def listening() -> Iterator[Application]:
    """An application on a free port for the length of a `with` block."""
    arrivals: queue.SimpleQueue[Arrival] = queue.SimpleQueue()
    unseen: dict[str, Arrival] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith(_SEEN):
                return self._seen(self.path.removeprefix(_SEEN))
            return self._answer(urlsplit(self.path).query)

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            self._answer(self.rfile.read(length).decode())

        def _answer(self, form: str) -> None:
            arrival, picture = Arrival(self.command, dict(parse_qsl(form))), ""
            if self.headers.get("sec-fetch-dest") == "document":
                visit = secrets.token_hex(8)
                unseen[visit] = arrival
                picture = f'<img src="{_SEEN}{visit}" alt="">'
            else:  # in a frame, or not by a browser
                arrivals.put(arrival)
            self._send(_PAGE.format(picture).encode(), "text/html; charset=utf-8")

        def _seen(self, visit: str) -> None:
            """The browser shows the page: only now may a story send it somewhere else."""
            if visit in unseen:
                arrivals.put(unseen.pop(visit))
            self._send(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml")

        def _send(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: the arrivals are the log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Application(f"http://localhost:{server.server_port}", arrivals)
    server.shutdown()
    server.server_close()
    thread.join()
