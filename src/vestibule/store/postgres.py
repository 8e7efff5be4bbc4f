"""The engine for production: PostgreSQL through a pool of psycopg connections.

READ COMMITTED; what must hold under concurrency is a constraint or a condition in a statement.
Nothing is retried here. An outage during COMMIT leaves open whether it happened, as with any
database: the caller is told Unavailable, and every write can be repeated safely by its key.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import AsyncConnection, errors
from psycopg_pool import AsyncConnectionPool

from vestibule.edm.declare import Record
from vestibule.errors import Invalid, Misconfigured, Unavailable
from vestibule.ports import Cap
from vestibule.store.assembly import Store
from vestibule.store.dialects import POSTGRES, Sql
from vestibule.store.line import Line
from vestibule.store.scripts import Rows, Script, T, Violated, too_long
from vestibule.vault import Vault

_WAIT_S = 5  # for a connection from the pool
_CLOCK_TOLERANCE_S = 5
_STATEMENT_S = 10  # with the time that a write waits for others
_REQUIRED = (
    ("fsync", ("on",)),
    ("synchronous_commit", ("on", "remote_apply")),  # the latter waits for even more
    ("default_transaction_isolation", ("read committed",)),
)
_SETTINGS = "SELECT " + ", ".join(f"current_setting('{name}')" for name, _ in _REQUIRED)


async def open_postgres(
    url: str,
    records: Iterable[Record],
    vault: Vault,
    *,
    pool_size: int = 16,
    caps: Sequence[Cap] = (),
) -> Store:
    """Open a pool of connections to postgresql://…

    Raises Misconfigured when the database is not reachable or does not commit durably.
    """
    try:
        async with await AsyncConnection.connect(url, autocommit=True) as connection:
            await _assert_durable(connection)
    except psycopg.Error as error:
        raise Misconfigured(f"VESTIBULE_DATABASE cannot be reached: {error}.") from None
    pool = AsyncConnectionPool(
        url,
        connection_class=Line,
        kwargs={"autocommit": True, "prepare_threshold": None},
        min_size=min(2, pool_size),
        max_size=pool_size,
        timeout=_WAIT_S,
        configure=_prepare,
        open=False,
    )
    await pool.open()
    return Store(PostgresEngine(pool), records, vault, caps)


class PostgresEngine:
    """scripts.Engine on a pool."""

    def __init__(self, pool: AsyncConnectionPool[Line]) -> None:
        self._pool = pool

    @property
    def sql(self) -> Sql:
        return POSTGRES

    async def read(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        return await self._on_a_line(lambda line: line.rows(statement, parameters))

    async def do(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        return await self._on_a_line(lambda line: line.rows(statement, parameters))

    async def write(self, script: Script[T]) -> T:
        async def transaction(line: Line) -> T:
            await line.rows("BEGIN")
            try:
                result = await _run(line, script)
                await line.rows("COMMIT")
            except BaseException:
                if not line.closed:
                    await line.rows("ROLLBACK")
                raise
            return result

        return await self._on_a_line(transaction)

    async def check(self, now: datetime) -> None:
        rows = await self.read("SELECT clock_timestamp()", {})
        difference_s = abs((rows[0][0].astimezone(UTC) - now).total_seconds())
        if difference_s > _CLOCK_TOLERANCE_S:
            raise Misconfigured(
                f"The clocks of this machine and of the database differ by {difference_s:.0f} s;"
                " synchronise both."
            )

    async def close(self) -> None:
        await self._pool.close()

    async def _on_a_line(self, work: Callable[[Line], Awaitable[T]]) -> T:
        """Work on a connection of the pool; a driver's exception becomes the store's."""
        try:
            line = await self._pool.getconn()
            try:
                return await work(line)
            finally:
                await self._pool.putconn(line)
        except (psycopg.Error, UnicodeEncodeError) as error:
            raise _problem(error) from error


async def _prepare(connection: AsyncConnection) -> None:
    """A connection as the pool hands it out."""
    await _assert_durable(connection)
    await connection.execute(f"SET statement_timeout = '{_STATEMENT_S}s'")


async def _assert_durable(connection: AsyncConnection) -> None:
    """Refuse a database whose COMMIT may be forgotten."""
    row = await (await connection.execute(_SETTINGS)).fetchone()
    for (name, accepted), actual in zip(_REQUIRED, row or (), strict=True):
        if actual not in accepted:
            raise Misconfigured(f"PostgreSQL has {name} = {actual}; set it to {accepted[0]}.")


async def _run(line: Line, script: Script[T]) -> T:
    """Drive a script to its end, inside a transaction."""
    try:
        statement, parameters = next(script)
        while True:
            try:
                rows = await line.rows(statement, parameters)
            except psycopg.IntegrityError as error:
                statement, parameters = script.throw(_problem(error))
            else:
                statement, parameters = script.send(rows)
    except StopIteration as end:
        result: T = end.value
        return result


def _problem(error: Exception) -> Exception:
    """A driver's exception in the store's terms; a mistake of ours stays what it is."""
    match error:
        case errors.UniqueViolation():
            return Violated("unique", error.diag.constraint_name or "")
        case errors.ForeignKeyViolation() | errors.RestrictViolation():
            return Violated("reference", error.diag.constraint_name or "")
        case errors.QueryCanceled():
            return too_long()
        case psycopg.DataError() | UnicodeEncodeError():
            return Invalid("A value cannot be stored: too large a number, or text with U+0000.")
        case (
            psycopg.OperationalError() | psycopg.InterfaceError() | errors.ReadOnlySqlTransaction()
        ):
            return Unavailable("The database does not answer.", retry_after_s=_WAIT_S)
    return error
