"""API connectors that answer as they are told: HTTPS servers on loopback.

What is asked of one is kept, with the client certificate that was shown.
"""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID

from vestibule.vault import issue, make_authority

_DRIP_S = 0.05  # between two bytes


@dataclass(frozen=True, slots=True)
class Says:
    """One answer. `body`: JSON, or bytes as they are. `act` is what goes wrong with it: "close"
    ends the connection without one, "hang" waits until the server ends, "late" waits until it is
    time, "drip" sends it byte by byte, "break" ends within it."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    act: Literal["", "close", "hang", "late", "drip", "break"] = ""

    @property
    def bytes(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def goes_on(**claims: Any) -> Says:
    return Says(200, {"version": "1.0.0", "action": "Continue", **claims})


def blocks(message: Any = "You are not on the list.", **more: Any) -> Says:
    known = {"version": "1.0.0", "action": "ShowBlockPage", "userMessage": message}
    return Says(200, {**known, **more})


def objects(message: Any = "That town does not exist.", **more: Any) -> Says:
    known = {"version": "1.0.0", "status": 400, "action": "ValidationError"}
    return Says(400, {**known, "userMessage": message, **more})


@dataclass(frozen=True, slots=True)
class Heard:
    """A request. `thumbprint` is that of the client certificate, "" for none."""

    path: str
    headers: Mapping[str, str]
    body: Any
    thumbprint: str


@dataclass(slots=True)
class Connector:
    """`says` are its next answers, the first one first; after them it goes on."""

    url: str
    says: deque[Says] = field(default_factory=deque)
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    over: Event = field(default_factory=Event, repr=False)
    time: Event = field(default_factory=Event, repr=False)  # to answer what is late

    def told(self, *answers: Says) -> None:
        """From now on it says this, and has heard nothing."""
        self.says = deque(answers)
        self.time.clear()
        self.heard.clear()

    @property
    def asked(self) -> list[Any]:
        """The bodies that came."""
        return [one.body for one in self.heard]


class _Handler(BaseHTTPRequestHandler):
    """Answers on one connection as the server's connector is told to."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def handle(self) -> None:
        with suppress(OSError):
            super().handle()

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["content-length"]))
        shown = self.request.getpeercert(binary_form=True)
        thumbprint = hashlib.sha1(shown).hexdigest().upper() if shown else ""  # noqa: S324
        headers = {name.lower(): value for name, value in self.headers.items()}
        connector = self.server.connector
        connector.heard.append(Heard(self.path, headers, json.loads(raw), thumbprint))
        self._say(connector.says.popleft() if connector.says else goes_on())

    def _say(self, answer: Says) -> None:
        self.close_connection = bool(answer.act)
        if answer.act == "close":
            return
        if answer.act == "hang":
            self.server.connector.over.wait(30)
            return
        if answer.act == "late":
            self.server.connector.time.wait(30)
        body = answer.bytes
        self.send_response(answer.status)
        headers = {"content-type": "application/json", **answer.headers}
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self._body(answer, body)

    def _body(self, answer: Says, body: bytes) -> None:
        if answer.act == "break":
            body = body[: len(body) // 2]
        if answer.act != "drip":
            self.wfile.write(body)
            return
        for place in range(len(body)):
            self.wfile.write(body[place : place + 1])
            if self.server.connector.over.wait(_DRIP_S):
                return

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: what was heard is the log."""


class _Server(ThreadingHTTPServer):
    """Shakes hands in the thread of the connection."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.connector = Connector(f"https://localhost:{self.server_port}")
        self._context = context

    def finish_request(self, request: Any, client_address: Any) -> None:
        with self._context.wrap_socket(request, server_side=True) as wrapped:
            self.connector.connections += 1
            _Handler(wrapped, client_address, self)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A handshake that failed, as it should."""


@contextmanager
def answering(certificate: Path, key: Path, *, client: bytes = b"") -> Iterator[Connector]:
    """A connector for the length of a `with` block. `client`: the certificate, in PEM, that
    whoever calls it has to show."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=client.decode())
    server = _Server(context)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.connector
    finally:
        server.connector.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True, slots=True)
class Credentials:
    """A client certificate: PKCS#12 in base64 as Graph takes it, and the certificate in PEM."""

    pkcs12: str
    password: str
    pem: bytes
    thumbprint: str
    not_before: int
    not_after: int


def credentials(days: int = 30, *, since: datetime | None = None) -> Credentials:
    """A new client certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vestibule")])
    begins = since or datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    locked = BestAvailableEncryption(b"pfx-password")
    file = pkcs12.serialize_key_and_certificates(b"client", key, made, None, locked)
    return Credentials(
        base64.b64encode(file).decode(),
        "pfx-password",
        made.public_bytes(Encoding.PEM),
        made.fingerprint(hashes.SHA1()).hex().upper(),  # noqa: S303
        int(made.not_valid_before_utc.timestamp()),
        int(made.not_valid_after_utc.timestamp()),
    )


def certified(folder: Path) -> tuple[Path, Path, Path]:
    """A new authority, and a certificate for this machine with its key: three files."""
    now = datetime.now(UTC)
    authority, signer = make_authority(now)
    certificate, key = issue(authority, signer, ("localhost", "127.0.0.1"), now)
    files = tuple(folder / name for name in ("authority.pem", "server.pem", "server.key"))
    for file, content in zip(files, (authority, certificate, key), strict=True):
        file.write_bytes(content)
    return files[0], files[1], files[2]
