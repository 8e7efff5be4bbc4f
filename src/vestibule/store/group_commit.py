"""One thread that writes to SQLite: whatever has queued up shares one durable commit.

Each piece of work has a savepoint of its own, so that one that fails takes nothing else with
it; a single statement is one by itself. Nobody is answered before the commit that holds their work
has returned.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from vestibule.errors import Unavailable

T = TypeVar("T")
_LARGEST_BATCH = 256  # keeps the wait of the first in a batch short


@dataclass(frozen=True, slots=True)
class Job:
    """Work for the writing thread, and where its outcome is awaited. `single`: it is one statement,
    which does all it does or nothing."""

    work: Callable[[sqlite3.Connection], Any]
    single: bool
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


@dataclass(frozen=True, slots=True)
class Outcome:
    value: Any = None
    error: Exception | None = None


class GroupCommit:
    """Owns the writing connection from `start` to `stop`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._queue: SimpleQueue[list[Job] | None] = SimpleQueue()
        self._waiting: dict[asyncio.AbstractEventLoop, list[Job]] = {}
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="vestibule-writer", daemon=True)
        self._thread.start()

    async def do(self, work: Callable[[sqlite3.Connection], T], *, single: bool = False) -> T:
        """What `work` returned or raised, once it is durable; `single`: as of Job."""
        if self._closed:
            raise Unavailable("The server is shutting down.", retry_after_s=5)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        waiting = self._waiting.setdefault(loop, [])
        if not waiting:
            # Once for all that this turn of the loop asks for, so that they share a commit and
            # a change of threads.
            loop.call_soon(self._hand_over, loop)
        waiting.append(Job(work, single, future, loop))
        return await future

    def stop(self) -> None:
        """Finish what was queued, then close the connection. Blocks."""
        self._closed = True
        for loop in tuple(self._waiting):
            self._hand_over(loop)
        self._queue.put(None)
        self._thread.join()
        self._connection.close()

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        if jobs := self._waiting.pop(loop, None):
            self._queue.put(jobs)

    def _run(self) -> None:
        while (jobs := self._queue.get()) is not None:
            last = self._drain(jobs)
            self._write(jobs)
            if last:
                return

    def _drain(self, jobs: list[Job]) -> bool:
        """Take what else has queued up; True when that ends with the order to stop."""
        while len(jobs) < _LARGEST_BATCH:
            try:
                more = self._queue.get_nowait()
            except Empty:
                return False
            if more is None:
                return True
            jobs += more
        return False

    def _write(self, jobs: list[Job]) -> None:
        try:
            outcomes = self._committed(jobs)
        except Exception as error:  # noqa: BLE001 - raised again where the work is awaited
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            outcomes = [Outcome(error=error)] * len(jobs)
        self._acknowledge(jobs, outcomes)

    def _committed(self, jobs: list[Job]) -> list[Outcome]:
        connection = self._connection
        if len(jobs) == 1 and jobs[0].single:  # SQLite commits it by itself
            return [Outcome(jobs[0].work(connection))]
        connection.execute("BEGIN IMMEDIATE")
        if len(jobs) == 1:  # whose savepoint the transaction is
            outcomes = [Outcome(jobs[0].work(connection))]
        else:
            outcomes = [self._attempt(job) for job in jobs]
        connection.execute("COMMIT")
        return outcomes

    def _attempt(self, job: Job) -> Outcome:
        if not job.single:
            self._connection.execute("SAVEPOINT attempt")
        try:
            outcome = Outcome(job.work(self._connection))
        except Exception as error:
            if not self._connection.in_transaction:
                raise  # a full disk ends the whole transaction, and so everybody's work
            outcome = Outcome(error=error)
            if not job.single:
                self._connection.execute("ROLLBACK TO attempt")
        if not job.single:
            self._connection.execute("RELEASE attempt")
        return outcome

    def _acknowledge(self, jobs: list[Job], outcomes: list[Outcome]) -> None:
        pairs = list(zip(jobs, outcomes, strict=True))
        for loop in {job.loop for job in jobs}:
            mine = [(job.future, outcome) for job, outcome in pairs if job.loop is loop]
            if not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, mine)


def _resolve(pairs: list[tuple[asyncio.Future[Any], Outcome]]) -> None:
    for future, outcome in pairs:
        if future.cancelled():
            continue
        if outcome.error is None:
            future.set_result(outcome.value)
        else:
            future.set_exception(outcome.error)
