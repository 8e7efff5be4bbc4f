"""Runs Alembic in one transaction, behind a lock that a second process waits for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from vestibule.errors import Misconfigured

_LOCK = 0x76657374  # "vest": the advisory lock of whoever migrates
_PATIENCE_S = 60  # SQLite: how long the second waits for the first


def run_upgrade(url: str, revision: str = "head") -> None:
    """Apply every migration that the database lacks, up to this one."""
    engine = engine_for(url)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            command.upgrade(configured(connection), revision)
    except DBAPIError as error:
        raise Misconfigured(f"VESTIBULE_DATABASE cannot be migrated: {error.orig}.") from error
    finally:
        engine.dispose()


def configured(connection: Connection) -> Config:
    """Alembic's configuration for an open transaction; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def engine_for(url: str) -> Engine:
    """A Core engine for a URL as settings have it."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), poolclass=NullPool)
    engine = create_engine(parsed, poolclass=NullPool, connect_args={"timeout": _PATIENCE_S})
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _begin_exclusive)
    return engine


def _leave_transactions_to_us(connection: Any, _record: Any) -> None:
    """The driver would commit before each CREATE TABLE (Python's sqlite3, "legacy" control)."""
    connection.isolation_level = None
    # WAL is for the store to switch on: two processes that try it at once do not wait for another.
    connection.execute("PRAGMA synchronous = FULL")


def _begin_exclusive(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN EXCLUSIVE")
