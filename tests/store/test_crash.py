"""Kill -9 while writing: nothing that was acknowledged is lost, on either engine."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cluster import Cluster
from store.shop import open_shop, prepare_postgres
from vestibule.errors import Unavailable
from vestibule.ports import Query, Row
from vestibule.store import Store

WRITER = Path(__file__).with_name("writer.py")
TENANT = "crash"  # as in writer.py
_PAGE = 5000


@pytest.fixture
def crashing() -> Cluster:
    """A cluster of this test's own, since it is killed."""
    return Cluster()


def started(place: str | Path, *options: str) -> subprocess.Popen[bytes]:
    """A writer that has acknowledged its first write."""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    writer = subprocess.Popen(
        [sys.executable, str(WRITER), str(place), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert writer.stdout is not None
    assert writer.stdout.peek(1)  # type: ignore[attr-defined]  # a buffered reader has it
    return writer


def acknowledged(writer: subprocess.Popen[bytes]) -> set[str]:
    """End it, and read what it had printed; a torn last line was not acknowledged."""
    writer.send_signal(signal.SIGKILL)
    assert writer.stdout is not None
    printed = writer.stdout.read()  # not communicate(): that forgets what `peek` has read
    writer.stdout.close()
    writer.wait(30)
    return {line.decode() for line in printed.split(b"\n")[:-1]}


async def stored(place: str | Path) -> set[str]:
    store = await open_shop(place)
    rows: list[Row] = []
    page = Query("bicycle", TENANT, top=_PAGE)  # all at once would take longer than a read may
    while found := await store.entities.find(page):
        rows += found
        page = replace(page, after=(found[-1]["id"],))
    number = await store.entities.configuration(TENANT)
    await store.close()
    assert (number or 0) == len(rows)  # the number rose with each row or not at all
    return {row["id"] for row in rows}


def crash_sqlite(path: Path, cycles: int) -> None:
    promised: set[str] = set()
    for _ in range(cycles):
        writer = started(path)
        time.sleep(random.uniform(0.02, 0.2))  # noqa: S311 - any moment will do
        promised |= acknowledged(writer)
        assert promised <= asyncio.run(stored(path))
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def crash_postgres(cluster: Cluster, cycles: int) -> None:
    url = cluster.database()
    prepare_postgres(url)
    promised: set[str] = set()
    for _ in range(cycles):
        writer = started(url)
        time.sleep(random.uniform(0.02, 0.2))  # noqa: S311 - any moment will do
        cluster.kill()
        promised |= acknowledged(writer)
        cluster.start()
        assert promised <= asyncio.run(stored(url))


def test_killing_the_process_loses_nothing_on_sqlite(tmp_path: Path) -> None:
    crash_sqlite(tmp_path / "shop.db", 5)


def test_killing_the_postmaster_loses_nothing_on_postgresql(crashing: Cluster) -> None:
    try:
        crash_postgres(crashing, 5)
    finally:
        crashing.stop()


@pytest.mark.soak
def test_killing_the_process_two_hundred_times_loses_nothing(tmp_path: Path) -> None:
    crash_sqlite(tmp_path / "shop.db", 200)


@pytest.mark.soak
def test_killing_the_postmaster_two_hundred_times_loses_nothing(crashing: Cluster) -> None:
    try:
        crash_postgres(crashing, 200)
    finally:
        crashing.stop()


def test_acknowledging_before_the_commit_is_found_out(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    asyncio.run(stored_nothing(path))
    lost: set[str] = set()
    for _ in range(50):  # each kill may fall into the moment between two commits
        writer = started(path, "hasty")
        time.sleep(random.uniform(0.005, 0.05))  # noqa: S311 - any moment will do
        lost |= acknowledged(writer) - asyncio.run(stored(path))
        if lost:
            break
    assert lost


async def stored_nothing(path: Path) -> None:
    await (await open_shop(path)).close()


@pytest.mark.anyio
async def test_an_outage_is_unavailable_and_passes_without_a_restart(crashing: Cluster) -> None:
    url = crashing.database()
    prepare_postgres(url)
    store = await open_shop(url)
    try:
        await store.entities.count(Query("bicycle", TENANT))
        crashing.kill()
        with pytest.raises(Unavailable) as caught:
            await counting(store)
        assert caught.value.retry_after_s
        crashing.start()
        assert await eventually(store) == 0
    finally:
        await store.close()
        crashing.stop()


async def counting(store: Store) -> None:
    """Ask again and again: a backend answers until it sees that its postmaster is gone."""
    for _ in range(100):
        await store.entities.count(Query("bicycle", TENANT))
        await asyncio.sleep(0.05)


async def eventually(store: Store) -> int:
    """The first answer after an outage; at most ten seconds of it."""
    for _ in range(40):
        try:
            return await store.entities.count(Query("bicycle", TENANT))
        except Unavailable:
            await asyncio.sleep(0.25)
    raise AssertionError("The store did not recover within ten seconds.")
