"""The servers that are measured: real processes, real TLS, as a user starts them."""

from __future__ import annotations

import base64
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from cluster import Cluster
from live import VESTIBULE, environment, running, start
from vestibule.vault import issue, make_authority
from vestibule.world import SystemWorld


@dataclass(frozen=True, slots=True)
class Bench:
    """Where a server answers and as whom to call it."""

    pid: int
    port: int
    ca_file: str
    tenant: str
    client_id: str
    client_secret: str


@contextmanager
def development(data_dir: Path) -> Iterator[Bench]:
    """`vestibule dev` on SQLite."""
    with running(data_dir) as live:
        facts = live.facts
        yield Bench(
            live.process.pid,
            int(live.base.rsplit(":", 1)[1]),
            live.ca_file,
            facts["tenant"],
            facts["client_id"],
            facts["client_secret"],
        )


@contextmanager
def production(folder: Path, cluster: Cluster) -> Iterator[Bench]:
    """`vestibule serve` on a PostgreSQL of its own."""
    folder.mkdir()
    port = _free_port()
    now = SystemWorld().now()
    authority, authority_key = make_authority(now)
    chain, key = issue(authority, authority_key, ("localhost",), now)
    for name, content in (("ca.pem", authority), ("tls.pem", chain), ("tls.key", key)):
        (folder / name).write_bytes(content)
    variables = environment(
        VESTIBULE_PUBLIC_URL=f"https://localhost:{port}",
        VESTIBULE_PORT=str(port),
        VESTIBULE_DATABASE=cluster.database(),
        VESTIBULE_SEALING_KEY=base64.b64encode(os.urandom(32)).decode(),
        VESTIBULE_SMTP_HOST="localhost",
        VESTIBULE_MAIL_FROM="codes@login.example",
        VESTIBULE_TLS_CERTIFICATE=str(folder / "tls.pem"),
        VESTIBULE_TLS_KEY=str(folder / "tls.key"),
        VESTIBULE_LOG_LEVEL="warning",
    )
    subprocess.run([*VESTIBULE, "migrate"], env=variables, check=True, capture_output=True)
    command = [*VESTIBULE, "tenant", "create", "bench.example"]
    made = subprocess.run(command, env=variables, check=True, capture_output=True, text=True)
    facts = dict(line.rsplit(None, 1) for line in made.stdout.splitlines()[:4])
    process = subprocess.Popen([*VESTIBULE, "serve"], env=variables)
    try:
        _wait(port, str(folder / "ca.pem"))
        yield Bench(
            process.pid,
            port,
            str(folder / "ca.pem"),
            "bench.example",
            facts["client id"],
            facts["client secret"],
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def start_up_s(data_dir: Path) -> float:
    """From the command to dev.json, the best of three."""

    def once() -> float:
        began = time.perf_counter()
        live = start(data_dir)
        took = time.perf_counter() - began
        live.stop()
        return took

    return min(once() for _ in range(3))


def resident_mb(pid: int) -> float:
    """Resident memory in megabytes."""
    return float(psutil.Process(pid).memory_info().rss / 1e6)


def cpu_s(pid: int) -> float:
    """User and system time of the process so far."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, ca_file: str) -> None:
    context = ssl.create_default_context(cafile=ca_file)
    ends = time.monotonic() + 30
    while True:
        try:
            with (
                socket.create_connection(("localhost", port), timeout=1) as plain,
                context.wrap_socket(plain, server_hostname="localhost"),
            ):
                return
        except OSError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.05)
