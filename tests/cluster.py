"""A private PostgreSQL cluster in a temporary folder, for tests and benchmarks.

It listens on loopback and on a socket in that folder only, and is stopped by its pid.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import psycopg

_ACCOUNT = "postgres"  # initdb refuses to run as root
_PATIENCE_S = 30


class Cluster:
    """Runs from construction to `stop`. `kill` and `start` in between are a crash."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="vestibule-pg-"))
        self._data = self.folder / "data"
        self._account = _ACCOUNT if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:
            shutil.chown(self.folder, _ACCOUNT, _ACCOUNT)
        options = ("-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self._run("initdb", "-D", str(self._data), *options)
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start the postmaster and wait until it answers (after a crash: until it recovered)."""
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            self._launch()
            if self._answers(deadline):
                return
        raise RuntimeError((self.folder / "log").read_text())

    def kill(self) -> None:
        """Kill -9 of the postmaster; its children notice and leave."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Fast shutdown, then remove the folder."""
        self._end(signal.SIGINT)
        shutil.rmtree(self.folder)

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"test_{uuid4().hex[:12]}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def url(self, database: str) -> str:
        return f"postgresql://{self._account}@127.0.0.1:{self.port}/{database}"

    def _launch(self) -> None:
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.folder,
            "max_connections": 100,
            "shared_buffers": "32MB",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [_binary("postgres"), "-D", str(self._data), *options],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                user=self._account if os.geteuid() == 0 else None,
                group=self._account if os.geteuid() == 0 else None,
            )

    def _answers(self, deadline: float) -> bool:
        """False when the postmaster left, as it does while children of a killed one remain."""
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                time.sleep(0.1)
                return False
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return True
        return False

    def _end(self, order: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, order)
            self._process.wait(timeout=_PATIENCE_S)
        self._process = None

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [_binary(program), *arguments],
            check=True,
            capture_output=True,
            cwd=self.folder,
            user=self._account if os.geteuid() == 0 else None,
            group=self._account if os.geteuid() == 0 else None,
        )


def _binary(name: str) -> str:
    """Debian keeps the server's programs off the PATH, one folder for each version."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=_version)
    path = str(found[-1]) if found else shutil.which(name)
    if path is None:
        raise RuntimeError(f"{name} is missing; install PostgreSQL (apt-get install postgresql).")
    return path


def _version(program: Path) -> float:
    return float(program.parts[-3])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
