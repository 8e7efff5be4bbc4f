"""The embedded engine: SQLite in WAL with synchronous=FULL, for one process.

Reads run inline on the event loop (5 µs from a warm page cache; a thread would cost ten times
that). Writes go through one thread with group commit.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from vestibule.edm.declare import Record
from vestibule.errors import Invalid, Misconfigured, Unavailable
from vestibule.ports import Cap
from vestibule.store.assembly import Store
from vestibule.store.dialects import SQLITE, Sql
from vestibule.store.group_commit import GroupCommit
from vestibule.store.rows import fold
from vestibule.store.scripts import READ_S, Rows, Script, T, Violated, too_long
from vestibule.store.tables import build, ddl
from vestibule.vault import Vault

_BUSY_TIMEOUT_S = 5
_CACHED_STATEMENTS = 512
_STEPS = 50_000  # of SQLite's machine, between two looks at the clock: about a millisecond
_UNIQUE = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}
# ON DELETE RESTRICT is reported as a trigger's doing.
_REFERENCE = {sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, sqlite3.SQLITE_CONSTRAINT_TRIGGER}


async def open_sqlite(
    path: Path,
    records: Iterable[Record],
    vault: Vault,
    *,
    create: bool = True,
    caps: Sequence[Cap] = (),
) -> Store:
    """Open a database file. `create` makes an empty one hold these records.

    A served database is made by `migrations.upgrade` instead, which can also change it later.
    Raises Misconfigured when the file cannot be opened as durably as it must be.
    """
    records = tuple(records)
    if not create and not path.exists():  # noqa: ASYNC240 - once, at start
        raise Misconfigured(f"There is no database at {path}; run vestibule migrate.")
    engine = SqliteEngine(path)
    if create:
        await engine.create(ddl(build(records), SQLITE.dialect))
    return Store(engine, records, vault, caps)


class SqliteEngine:
    """scripts.Engine on a file."""

    def __init__(self, path: Path, writer: type[GroupCommit] = GroupCommit) -> None:
        try:
            path.touch(mode=0o600)
            writing = connect(path)
            self._reader = connect(path)
        except (sqlite3.Error, OSError) as error:
            raise Misconfigured(f"The database {path} cannot be opened: {error}.") from None
        self._reader.execute("PRAGMA query_only = ON")
        self._late = 0.0  # when the read under way has had its time
        self._reader.set_progress_handler(self._is_late, _STEPS)
        self._writer = writer(writing)

    @property
    def sql(self) -> Sql:
        return SQLITE

    def _is_late(self) -> bool:
        return time.monotonic() > self._late

    async def read(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        self._late = time.monotonic() + READ_S
        try:
            return self._reader.execute(statement, parameters).fetchall()
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            raise _problem(error) from error

    async def do(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        try:
            return await self._writer.do(
                lambda connection: connection.execute(statement, parameters).fetchall(),
                single=True,
            )
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            raise _problem(error) from error

    async def write(self, script: Script[T]) -> T:
        try:
            return await self._writer.do(lambda connection: _run(connection, script))
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            raise _problem(error) from error

    async def create(self, statements: Iterable[str]) -> None:
        """Run these statements if the database is empty."""
        if not await self.read("SELECT 1 FROM sqlite_master LIMIT 1", {}):
            await self.write(_run_all(statements))

    async def check(self, now: datetime) -> None:  # noqa: ARG002 - a file has no clock
        await self.read("SELECT 1", {})
        await self.write(_run_all(("SELECT 1",)))  # waits for the right to write

    async def close(self) -> None:
        await asyncio.to_thread(self._writer.stop)
        self._reader.close()


def connect(path: Path) -> sqlite3.Connection:
    """A connection on which a commit is durable. Raises Misconfigured where it cannot be."""
    connection = sqlite3.connect(
        path,
        timeout=_BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,  # opened here, then used by exactly one thread
        cached_statements=_CACHED_STATEMENTS,
    )
    connection.create_function("fold", 1, _fold, deterministic=True)
    for setting, wanted, found in (
        ("journal_mode", "WAL", "wal"),
        ("synchronous", "FULL", 2),
        ("foreign_keys", "ON", 1),
    ):
        connection.execute(f"PRAGMA {setting} = {wanted}")
        actual = connection.execute(f"PRAGMA {setting}").fetchone()[0]
        if actual != found:
            connection.close()
            raise Misconfigured(
                f"SQLite has {setting}={actual} instead of {found} for {path};"
                " put the database on a local disk."
            )
    return connection


def _fold(value: Any) -> Any:
    return fold(value) if isinstance(value, str) else value


def _run(connection: sqlite3.Connection, script: Script[T]) -> T:
    """Drive a script to its end, inside the writer's transaction."""
    try:
        statement, parameters = next(script)
        while True:
            try:
                rows = connection.execute(statement, parameters).fetchall()
            except sqlite3.IntegrityError as error:
                statement, parameters = script.throw(_problem(error))
            else:
                statement, parameters = script.send(rows)
    except StopIteration as end:
        result: T = end.value
        return result


def _run_all(statements: Iterable[str]) -> Script[None]:
    for statement in statements:
        yield statement, {}


def _problem(error: Exception) -> Exception:
    """A driver's exception in the store's terms; a mistake of ours stays what it is."""
    if not isinstance(error, sqlite3.Error):
        return Invalid("A value cannot be stored: too large a number, or text that is not Unicode.")
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if code == sqlite3.SQLITE_INTERRUPT:
        return too_long()
    if code in _UNIQUE:
        return Violated("unique")
    if code in _REFERENCE:
        return Violated("reference")
    if code in {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT_NOTNULL, sqlite3.SQLITE_MISUSE}:
        return error
    return Unavailable(f"The database does not answer: {error}.", retry_after_s=_BUSY_TIMEOUT_S)
