"""The database's schema, step by step: one file in `versions` for each change.

Version N of the program runs on schema N and on N + 1, so replicas can be replaced one by one.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from vestibule.errors import Misconfigured

HEAD = "0001"
"""The newest version. Named here so that comparing it needs no Alembic."""

_STAMP = "SELECT version_num FROM alembic_version"
_CONNECT_TIMEOUT_S = 10


def schema_is_current(url: str) -> bool:
    """Whether the database at sqlite:///path or postgresql://… has the newest schema.

    A few milliseconds; blocks. Raises Misconfigured when it cannot be reached.
    """
    if urlsplit(url).scheme == "sqlite":
        return _sqlite_stamp(path_of(url)) == HEAD
    try:
        with psycopg.connect(url, connect_timeout=_CONNECT_TIMEOUT_S) as connection:
            row = connection.execute(_STAMP).fetchone()
    except psycopg.errors.UndefinedTable:
        return False
    except psycopg.Error as error:
        raise Misconfigured(f"VESTIBULE_DATABASE cannot be reached: {error}.") from None
    return row == (HEAD,)


def _sqlite_stamp(path: Path) -> str | None:
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(path)) as connection:
            row = connection.execute(_STAMP).fetchone()
    except sqlite3.OperationalError:  # no such table
        return None
    return row[0] if row else None


def upgrade(url: str) -> None:
    """Bring the database to the newest schema; create an SQLite file that is not there.

    Blocks. Two processes may do it at once: the second waits for the first and finds it done.
    Raises Misconfigured when the database cannot be reached.
    """
    # Alembic costs 0.2 s to import; a server that finds its schema current never needs it.
    from vestibule.store.migrations.run import run_upgrade

    if urlsplit(url).scheme == "sqlite":
        try:
            path_of(url).touch(mode=0o600)  # it will hold password hashes
        except OSError as error:
            raise Misconfigured(f"The database cannot be created: {error}.") from None
    run_upgrade(url)


def path_of(url: str) -> Path:
    """The file of sqlite:///relative or sqlite:////absolute."""
    return Path(url.removeprefix("sqlite:///"))
