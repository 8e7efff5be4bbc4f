"""A process that writes bicycles and prints each id once it is acknowledged, until it is killed.

Usage: writer.py PLACE [hasty]. `hasty` plants the bug that the crash test must find: it
acknowledges before the commit (SQLite only).
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from uuid import uuid4

from store.shop import RECORDS, VAULT, bicycle, open_shop
from vestibule.store.assembly import Store
from vestibule.store.group_commit import GroupCommit, Job, Outcome
from vestibule.store.sqlite import SqliteEngine

WRITERS = 4
TENANT = "crash"


class HastyCommit(GroupCommit):
    """Answers as soon as the work is done, then takes its time over the commit."""

    def _write(self, jobs: list[Job]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        outcomes: list[Outcome] = [self._attempt(job) for job in jobs]
        self._acknowledge(jobs, outcomes)
        time.sleep(0.05)
        self._connection.execute("COMMIT")


async def write(store: Store) -> None:
    while True:
        id = uuid4().hex
        await store.entities.apply([bicycle(TENANT, id)])
        os.write(1, f"{id}\n".encode())


async def main(place: str, *, hasty: bool) -> None:
    if hasty:
        store = Store(SqliteEngine(Path(place), HastyCommit), RECORDS, VAULT)
    else:
        store = await open_shop(place if place.startswith("postgresql") else Path(place))
    await asyncio.gather(*(write(store) for _ in range(WRITERS)))


asyncio.run(main(sys.argv[1], hasty=sys.argv[2:] == ["hasty"]))
