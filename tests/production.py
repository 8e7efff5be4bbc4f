"""A real `vestibule serve`: PostgreSQL, TLS, and a mail server that keeps what it is given."""

from __future__ import annotations

import base64
import email
import email.policy
import os
import re
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx2
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from live import environment
from preloaded import VESTIBULE, run
from vestibule.vault import issue, make_authority
from vestibule.world import SystemWorld

DOMAIN = "contoso.example"
REDIRECT_URI = "https://shop.contoso.example/signed-in"
_PATIENCE_S = 30


class Post:
    """A mail server on loopback. `letters` in the order of their arrival."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        letter = email.message_from_bytes(envelope.content or b"", policy=email.policy.default)  # type: ignore[arg-type]  # the stubs know no policy
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        """Every letter to an address."""
        return [letter for letter in self.letters if letter["To"] == address]

    def code_for(self, address: str) -> str:
        """The newest code sent to an address; mails are sent before a page is answered."""
        found = re.search(r"\b(?:\d{6}|\d{8})\b", self.to(address)[-1].get_content())
        assert found
        return found[0]

    def stop(self) -> None:
        self._controller.stop()


@dataclass(slots=True)
class Replica:
    """One process of the server; its log is what it wrote to standard error."""

    port: int
    variables: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def base(self) -> str:
        return f"https://localhost:{self.port}"

    def start(self, ca_file: str, *, scheme: str = "https") -> float:
        """Start it and wait until it answers; the seconds that took."""
        began = time.perf_counter()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*VESTIBULE, "serve"],
                env={**self.variables, "VESTIBULE_PORT": str(self.port)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        with httpx2.Client(verify=ssl.create_default_context(cafile=ca_file)) as probe:
            while not _healthy(probe, f"{scheme}://localhost:{self.port}"):
                if self.process.poll() is not None or time.perf_counter() - began > _PATIENCE_S:
                    self.process.kill()
                    raise RuntimeError(self.log.read_text("utf-8", "replace"))
                time.sleep(0.02)
        return time.perf_counter() - began

    def kill(self) -> None:
        """End it without a chance to tidy up."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> int:
        """End it politely; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@dataclass(slots=True)
class Production:
    """A served tenant. The first replica is at the public address."""

    replicas: list[Replica]
    ca_file: str
    database: str
    tenant_id: str
    client_id: str
    client_secret: str
    post: Post
    tenant: str = DOMAIN

    @property
    def base(self) -> str:
        return self.replicas[0].base

    def http(self, replica: int = 0, **options: Any) -> httpx2.Client:
        """A client that trusts the server, keeps cookies and does not follow redirects."""
        context = ssl.create_default_context(cafile=self.ca_file)
        base = self.replicas[replica].base
        return httpx2.Client(base_url=base, verify=context, timeout=30, **options)

    def token(self, replica: int = 0) -> str:
        """A Graph token by client credentials."""
        with self.http(replica) as client:
            answer = client.post(
                f"/{self.tenant}/oauth2/v2.0/token",
                data={
                    "grant_type": "client_credentials",
                    "client_id": self.client_id,
                    "client_secret": self.client_secret,
                    "scope": "https://graph.microsoft.com/.default",
                },
            )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def graph(self, replica: int = 0) -> httpx2.Client:
        """A client with a bearer token."""
        return self.http(replica, headers={"authorization": f"Bearer {self.token(replica)}"})


@contextmanager
def serving(folder: Path, database: str, *, replicas: int = 1, **more: str) -> Iterator[Production]:
    """`vestibule serve` on an empty PostgreSQL database, with one tenant.

    `more` are further variables, such as VESTIBULE_LOG_LEVEL.
    """
    folder.mkdir(parents=True, exist_ok=True)
    post = Post()
    ports = [free_port() for _ in range(replicas)]
    variables = {**settings(folder, database, ports=ports, smtp_port=post.port), **more}
    command("migrate", variables=variables)
    facts = make_tenant(DOMAIN, variables, REDIRECT_URI)
    started = [Replica(port, variables, folder / f"server-{port}.log") for port in ports]
    site = Production(
        replicas=started,
        ca_file=str(folder / "ca.pem"),
        database=database,
        tenant_id=facts["tenant id"],
        client_id=facts["client id"],
        client_secret=facts["client secret"],
        post=post,
    )
    try:
        for replica in started:
            replica.start(site.ca_file)
        yield site
    finally:
        for replica in started:
            if replica.process.poll() is None:
                replica.stop()
        post.stop()


def settings(folder: Path, database: str, *, ports: list[int], smtp_port: int) -> dict[str, str]:
    """The environment of a complete `vestibule serve`, with a certificate made for it."""
    now = SystemWorld().now()
    authority, authority_key = make_authority(now)
    chain, key = issue(authority, authority_key, ("localhost",), now)
    for name, content in (("ca.pem", authority), ("tls.pem", chain), ("tls.key", key)):
        (folder / name).write_bytes(content)
    names = ",".join(f'"localhost:{port}"' for port in ports[1:])
    return environment(
        VESTIBULE_PUBLIC_URL=f"https://localhost:{ports[0]}",
        VESTIBULE_HOSTS=f"[{names}]",
        VESTIBULE_PORT=str(ports[0]),
        VESTIBULE_DATABASE=database,
        VESTIBULE_SEALING_KEY=base64.b64encode(os.urandom(32)).decode(),
        VESTIBULE_SMTP_HOST="127.0.0.1",
        VESTIBULE_SMTP_PORT=str(smtp_port),
        VESTIBULE_SMTP_TLS="none",
        VESTIBULE_MAIL_FROM="codes@login.contoso.example",
        VESTIBULE_TLS_CERTIFICATE=str(folder / "tls.pem"),
        VESTIBULE_TLS_KEY=str(folder / "tls.key"),
        VESTIBULE_THROTTLING="false",  # tests ask for more than a minute allows
        VESTIBULE_MOST_USER_FLOWS="0",  # and have more than a tenant may
        VESTIBULE_MOST_API_CONNECTORS="0",
        VESTIBULE_MOST_CUSTOM_ATTRIBUTES="0",
    )


def command(*arguments: str, variables: dict[str, str]) -> str:
    """What a command of the program prints."""
    done = run(*arguments, env=variables)
    done.check_returncode()
    return done.stdout


def make_tenant(domain: str, variables: dict[str, str], *redirect_uris: str) -> dict[str, str]:
    """What `vestibule tenant create` says, by name."""
    options = [part for uri in redirect_uris for part in ("--redirect-uri", uri)]
    printed = command("tenant", "create", domain, *options, variables=variables)
    lines = (line.split("  ", 1) for line in printed.splitlines() if "  " in line)
    return {name.strip(): value.strip() for name, value in lines}


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _healthy(probe: httpx2.Client, base: str) -> bool:
    try:
        return probe.get(f"{base}/healthz").status_code == 200
    except httpx2.TransportError:
        return False
