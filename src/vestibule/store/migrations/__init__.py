"""The database's schema, step by step: one file in `versions` for each change.

Version N of the program runs on schema N and on N + 1, so replicas can be replaced one by one;
where it cannot, as from 0.1 on, the changelog says to stop every process first.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from vestibule.edm.declare import Record
from vestibule.errors import Misconfigured
from vestibule.store.dialects import SQLITE
from vestibule.store.tables import build, ddl

HEAD = "0007"
"""The newest version. Named here so that comparing it needs no Alembic."""

_STAMP = "SELECT version_num FROM alembic_version"
# What Alembic itself writes, so that it goes on from here.
_VERSION_TABLE = """
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)
"""
_CONNECT_TIMEOUT_S = 10
_PATIENCE_S = 60  # SQLite: how long the second waits for the first


def schema_is_current(url: str) -> bool:
    """Whether the database at sqlite:///path or postgresql://… has the newest schema.

    A few milliseconds; blocks. Raises Misconfigured when it cannot be reached.
    """
    if urlsplit(url).scheme == "sqlite":
        return _sqlite_stamp(path_of(url)) == HEAD
    return _postgres_stamp(url) == HEAD


def _postgres_stamp(url: str) -> str | None:
    # The driver costs 0.1 s and 10 MB; an embedded server never needs it.
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=_CONNECT_TIMEOUT_S) as connection:
            row = connection.execute(_STAMP).fetchone()
    except psycopg.errors.UndefinedTable:
        return None
    except psycopg.Error as error:
        raise Misconfigured(f"VESTIBULE_DATABASE cannot be reached: {error}.") from None
    return row[0] if row else None


def _sqlite_stamp(path: Path) -> str | None:
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(path)) as connection:
            row = connection.execute(_STAMP).fetchone()
    except sqlite3.DatabaseError:  # no such table, or no database at all
        return None
    return row[0] if row else None


def upgrade(url: str, records: Iterable[Record] = ()) -> None:
    """Bring the database to the newest schema; create an SQLite file that is not there.

    A new SQLite file with `records` is made whole at once, as `tables` declares it.
    Blocks. Two processes may do it at once: the second waits for the first and finds it done.
    Raises Misconfigured when the database cannot be reached.
    """
    if urlsplit(url).scheme == "sqlite":
        try:
            path_of(url).touch(mode=0o600)  # it will hold password hashes
        except OSError as error:
            raise Misconfigured(f"The database cannot be created: {error}.") from None
        if records := tuple(records):
            _fill(path_of(url), records)
    if schema_is_current(url):
        return
    # Alembic costs 0.2 s and 13 MB; a server that finds its schema current never needs it.
    from vestibule.store.migrations.run import run_upgrade

    run_upgrade(url)


def _fill(path: Path, records: tuple[Record, ...]) -> None:
    """Make an empty file hold the newest schema, with Alembic's mark on it."""
    try:
        with closing(sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None)) as file:
            file.execute("BEGIN IMMEDIATE")
            if file.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None:
                for statement in (*ddl(build(records), SQLITE.dialect), _VERSION_TABLE):
                    file.execute(statement)
                file.execute("INSERT INTO alembic_version VALUES (?)", (HEAD,))
            file.execute("COMMIT")
    except sqlite3.Error as error:
        raise Misconfigured(f"The database {path} cannot be opened: {error}.") from None


def path_of(url: str) -> Path:
    """The file of sqlite:///relative or sqlite:////absolute."""
    return Path(url.removeprefix("sqlite:///"))
