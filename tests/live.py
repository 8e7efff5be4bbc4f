"""A real `vestibule dev` in its own process, and clients that trust it."""

from __future__ import annotations

import json
import os
import signal
import ssl
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from preloaded import Process, popen, run

READY_S = 60


@dataclass(slots=True)
class Live:
    """A running server. `facts` is dev.json."""

    process: Process
    data_dir: Path
    facts: dict[str, Any]

    @property
    def base(self) -> str:
        return str(self.facts["base_url"])

    @property
    def ca_file(self) -> str:
        return str(self.facts["ca_file"])

    def http(self, **options: Any) -> httpx2.Client:
        """A client that trusts the server, keeps cookies and does not follow redirects."""
        return httpx2.Client(base_url=self.base, verify=self.trust(), timeout=30, **options)

    def trust(self) -> ssl.SSLContext:
        """Trust in the server's own certificate authority."""
        return ssl.create_default_context(cafile=self.ca_file)

    def token(self, *arguments: str) -> str:
        """What `vestibule token` prints."""
        done = run("token", "--data-dir", str(self.data_dir), *arguments, env=environment())
        done.check_returncode()
        return done.stdout.strip()

    def graph(self, *arguments: str) -> httpx2.Client:
        """A client with a bearer token; `arguments` are those of `vestibule token`."""
        return self.http(headers={"authorization": f"Bearer {self.token(*arguments)}"})

    def administrator(self, tenant: str = "", client_id: str = "") -> httpx2.Client:
        """A client with every application permission, however far the clock is moved; of contoso,
        or as another tenant's application that has the same secret."""
        return self.http(auth=_EveryTime(self, tenant, client_id))

    def kill(self) -> None:
        """End it without a chance to tidy up."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> int:
        """End it politely; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


class _EveryTime(httpx2.Auth):
    """The web application's own token, a new one for every request: the clock may have moved."""

    requires_response_body = True

    def __init__(self, live: Live, tenant: str, client_id: str) -> None:
        self._live = live
        self._tenant = tenant or str(live.facts["tenant"])
        self._client_id = client_id or str(live.facts["client_id"])

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        facts = self._live.facts
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": facts["client_secret"],
            "scope": "https://graph.microsoft.com/.default",
        }
        address = f"{self._live.base}/{self._tenant}/oauth2/v2.0/token"
        reply = yield httpx2.Request("POST", address, data=form)
        request.headers["authorization"] = f"Bearer {reply.json()['access_token']}"
        yield request


def environment(**more: str) -> dict[str, str]:
    """The environment of a child process, without what would redirect TLS trust."""
    dropped = {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, **more}


def start(data_dir: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Live:
    """Start `vestibule dev` on a free port and wait until it is ready."""
    facts = data_dir / "dev.json"
    before = _written(facts)  # left in place: an open server keeps its secrets in it
    port = () if "--port" in arguments else ("--port", "0")
    command = ("dev", "--data-dir", str(data_dir), *port, *arguments)
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "server.log").open("ab") as log:
        process = popen(*command, env=env or environment(), output=log, error=log)
    ends = time.monotonic() + READY_S
    while _written(facts) in {0, before}:
        if process.poll() is not None or time.monotonic() > ends:
            process.kill()
            raise RuntimeError((data_dir / "server.log").read_text("utf-8", "replace"))
        time.sleep(0.02)
    return Live(process, data_dir, json.loads(facts.read_text("utf-8")))


def _written(file: Path) -> int:
    """When, in nanoseconds; 0 while there is none."""
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


@contextmanager
def running(data_dir: Path, *arguments: str) -> Iterator[Live]:
    """A server for the length of a `with` block."""
    live = start(data_dir, *arguments)
    try:
        yield live
    finally:
        if live.process.poll() is None:
            live.stop()
