"""The files of a `vestibule dev`: sealing key, certificate authority, certificate, dev.json.

Every file is replaced in one step, and what is secret is readable by its owner only.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from vestibule.errors import Misconfigured
from vestibule.vault import Vault, issue, make_authority

DATABASE = "vestibule.db"
FACTS = "dev.json"
KNOWN = "secrets.sealed"
CLOCK = "clock.json"
AUTHORITY = "ca.pem"
_VALID_FOR_S = 300 * 86400


@contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """The data directory to ourselves. Raises Misconfigured while another server has it."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data_dir / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Misconfigured(
                f"Another server uses {data_dir}; stop it, or choose another with --data-dir."
            ) from None
        yield


def database_url(data_dir: Path) -> str:
    return f"sqlite:///{(data_dir / DATABASE).resolve()}"


def reset(data_dir: Path) -> None:
    """Forget what was stored, keep what was trusted: the certificate authority stays."""
    for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", FACTS, KNOWN):
        (data_dir / name).unlink(missing_ok=True)


def facts(data_dir: Path) -> dict[str, Any]:
    """dev.json of the server that was last ready; nothing while one starts."""
    return _read(data_dir / FACTS)


def write_facts(data_dir: Path, values: dict[str, Any]) -> None:
    _write(data_dir / FACTS, json.dumps(values, indent=2) + "\n")


def drop_facts(data_dir: Path) -> None:
    """Whoever waits for dev.json shall not read that of an earlier start."""
    (data_dir / FACTS).unlink(missing_ok=True)


def known_secrets(data_dir: Path) -> dict[str, Any]:
    """The secrets that the database has, by the names they have in dev.json; sealed."""
    path = data_dir / KNOWN
    if not path.exists():
        return {}
    vault = Vault.from_base64(sealing_key(data_dir))
    known: dict[str, Any] = json.loads(vault.open(path.read_text("ascii"), KNOWN))
    return known


def write_secrets(data_dir: Path, values: dict[str, Any]) -> None:
    vault = Vault.from_base64(sealing_key(data_dir))
    _write(data_dir / KNOWN, vault.seal(json.dumps(values), KNOWN))


def clock(data_dir: Path) -> timedelta:
    """How far the running server's virtual clock is ahead of the machine's."""
    path = data_dir / CLOCK
    return timedelta(seconds=json.loads(path.read_text("utf-8"))) if path.exists() else timedelta()


def write_clock(data_dir: Path, ahead: timedelta) -> None:
    _write(data_dir / CLOCK, json.dumps(ahead.total_seconds()))


def sealing_key(data_dir: Path) -> str:
    """32 random bytes, base64, made once for a data directory."""
    path = data_dir / "sealing.key"
    if not path.exists():
        _write(path, base64.b64encode(secrets.token_bytes(32)).decode())
    return path.read_text("ascii")


def certificate(data_dir: Path, names: tuple[str, ...], now: datetime) -> tuple[Path, Path]:
    """The server's certificate and key, renewed when names or time ask for it."""
    authority, key = data_dir / AUTHORITY, data_dir / "ca.key"
    chain, chain_key, about = (data_dir / name for name in ("tls.pem", "tls.key", "tls.json"))
    if not (authority.exists() and key.exists()):
        pem, secret = make_authority(now)
        _write(key, secret.decode())
        _write(authority, pem.decode(), mode=0o644)
        about.unlink(missing_ok=True)
    known = json.loads(about.read_text("utf-8")) if about.exists() else {}
    if known.get("names") != sorted(names) or known.get("until", 0) < now.timestamp():
        plain = tuple(name.strip("[]") for name in names)
        pem, secret = issue(authority.read_bytes(), key.read_bytes(), plain, now)
        _write(chain_key, secret.decode())
        _write(chain, pem.decode(), mode=0o644)
        until = int(now.timestamp()) + _VALID_FOR_S
        _write(about, json.dumps({"names": sorted(names), "until": until}))
    return chain, chain_key


def _read(path: Path) -> dict[str, Any]:
    known: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return known


def _write(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Replace the file in one step; nobody ever reads half of it."""
    draft = path.with_name(path.name + ".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
