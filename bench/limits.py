"""What this machine can do without us: cryptography in µs of CPU, commits in a second."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
from argon2.low_level import Type, hash_secret
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def rsa_us(*, rounds: int = 600, runs: int = 5) -> float:
    """One RS256 signature with a 2048-bit key; the best of several runs."""
    sign = _signing()

    def once() -> float:
        began = time.process_time()
        for _ in range(rounds):
            sign()
        return (time.process_time() - began) / rounds * 1e6

    return min(once() for _ in range(runs))


def rested_rsa_us(*, rounds: int = 100, runs: int = 5, pause_s: float = 0.002) -> float:
    """The same when the processor does something else in between, as a server does: what OpenSSL
    uses for it is slow to start on some processors."""
    sign = _signing()

    def once() -> float:
        spent = 0.0
        for _ in range(rounds):
            time.sleep(pause_s)
            began = time.process_time()
            sign()
            spent += time.process_time() - began
        return spent / rounds * 1e6

    return min(once() for _ in range(runs))


def _signing() -> Callable[[], bytes]:
    key = rsa.generate_private_key(65537, 2048)
    scheme, digest, text = padding.PKCS1v15(), hashes.SHA256(), b"x" * 600
    return lambda: key.sign(text, scheme, digest)


def argon2_us(rounds: int = 10) -> float:
    """One password hash with the product's parameters."""
    began = time.process_time()
    for _ in range(rounds):
        hash_secret(b"correct horse", b"0123456789abcdef", 2, 19456, 1, 32, Type.ID)
    return (time.process_time() - began) / rounds * 1e6


_TABLE = "CREATE TABLE bare (id INTEGER PRIMARY KEY, body TEXT)"
_BODY = "x" * 300  # about what one flow takes


def sqlite_commits_per_s(folder: Path) -> float:
    """One durable insert after the other into a bare file: WAL, synchronous=FULL."""
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as file:
        for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", _TABLE):
            file.execute(statement)
        return _rate(lambda at: file.execute("INSERT INTO bare VALUES (?, ?)", (at, _BODY)))


def postgres_commits_per_s(url: str) -> float:
    """The same on a bare table of PostgreSQL, by one client, with synchronous_commit."""
    with psycopg.connect(url, autocommit=True) as client:
        client.execute(_TABLE)
        insert = "INSERT INTO bare VALUES (%s, %s)"
        return _rate(lambda at: client.execute(insert, (at, _BODY)))


def _rate(once: Callable[[int], object], rounds: int = 1500) -> float:
    """The best of three runs."""
    rates = []
    for run in range(3):
        began = time.perf_counter()
        for at in range(rounds):
            once(run * rounds + at)
        rates.append(rounds / (time.perf_counter() - began))
    return max(rates)
