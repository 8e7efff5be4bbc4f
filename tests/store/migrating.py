"""Migrations that do not come through: each line of the input is `URL REVISION [kill|fail]:AT …`.

For each point a child migrates and is killed before its statement AT, or that statement fails;
what is stored must then be as before. At last one comes through. Prints what became of each.
REVISION "new": the short way, in which a new SQLite file is made whole at once.
An empty line ends what is printed of a migration.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from functools import partial
from itertools import count
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from store.yesterday import lines
from vestibule.errors import Misconfigured
from vestibule.resources import RECORDS
from vestibule.store.migrations import upgrade
from vestibule.store.migrations.run import run_upgrade

REFUSED = 3


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main(url: str, revision: str, points: list[str]) -> None:
    before = lines(url)
    for point in points:
        way, _, at = point.partition(":")
        end = struck(url, revision, way, int(at))
        expected = -signal.SIGKILL if way == "kill" else REFUSED
        if end != expected:
            say(f"{point}: ended with {end}")
            return
        if lines(url) != before:
            say(f"{point}: left something behind")
            return
        say(point)
    migrate(url, revision)
    say("done")


def migrate(url: str, revision: str) -> None:
    if revision == "new":
        upgrade(url, RECORDS)
    else:
        run_upgrade(url, revision)


def struck(url: str, revision: str, way: str, at: int) -> int:
    """How a child ends that migrates until then: its exit code, negative for a signal."""
    child = os.fork()  # one thread, no connection: nothing is shared
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    numbers = count(1)

    def strike(*given: Any) -> Any:
        if next(numbers) >= at:  # all that follow too: reflection tries a second way itself
            if way == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            return "SELECT * FROM no_such_table", given[3]
        return given[2:4]

    class Striking(sqlite3.Connection):
        def execute(self, *given: Any) -> sqlite3.Cursor:
            strike()
            return super().execute(*given)

    if revision == "new":
        sqlite3.connect = partial(sqlite3.connect, factory=Striking)  # type: ignore[assignment]
    event.listen(Engine, "before_cursor_execute", strike, retval=True)
    if way == "kill":
        event.listen(Engine, "commit", strike)  # between the last statement and its promise
    try:
        migrate(url, revision)
    except Misconfigured:
        os._exit(REFUSED)
    os._exit(0)


def obey() -> None:
    """Each order in a process of its own, so that none finds what another one left behind."""
    for order in sys.stdin:
        child = os.fork()
        if child == 0:
            url, revision, *points = order.split()
            main(url, revision, points)
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(child, 0)
        say("")
        sys.stdout.flush()


if __name__ == "__main__":
    obey()
