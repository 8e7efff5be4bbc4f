"""A connection to PostgreSQL that goes from a statement to its rows without a cursor.

A cursor costs more of our time than all else that a statement of ours takes. Values are still
adapted, awaited and refused by psycopg.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import count
from typing import Any

from psycopg import AsyncConnection, errors, pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.generators import execute
from psycopg.pq.abc import PGconn, PGresult
from psycopg.rows import TupleRow, tuple_row

_TEXTS = 1024  # statements that are remembered as PostgreSQL has them
_KEPT = 256  # statements that a connection remembers, and has prepared from their second use on
_PLACE = re.compile(r"%(?:\((\w+)\)s|%)")


class Line(AsyncConnection[TupleRow]):
    """One for each connection of the pool; `rows` is for one caller at a time.

    Prepares what is used again, so psycopg's own way of doing so must be off (`prepare_threshold`).
    """

    def __init__(self, pgconn: PGconn) -> None:
        super().__init__(pgconn, tuple_row)
        self._values = Transformer(self)
        self._known: dict[tuple[bytes, tuple[int, ...]], bytes] = {}  # b"": not prepared yet
        self._numbers = count()

    async def rows(
        self, statement: str, parameters: Mapping[str, Any] | None = None
    ) -> list[TupleRow]:
        """The rows of a statement, none if it has no result. Raises psycopg.Error."""
        text, names = _numbered(statement)
        given = [parameters[name] for name in names] if parameters else []
        values = self._values.dump_sequence(given, [PyFormat.AUTO] * len(given))
        types, formats = self._values.types or (), self._values.formats
        name = await self._name(text, types)
        if name:
            self.pgconn.send_query_prepared(name, values, formats)
        else:
            self.pgconn.send_query_params(text, values, types, formats)
        result = await self._result()
        if not result.nfields:
            return []
        self._values.set_pgresult(result)
        return self._values.load_rows(0, result.ntuples, tuple)

    async def _name(self, text: bytes, types: tuple[int, ...]) -> bytes:
        """What the statement was prepared as; b"" at its first use, which may be its last."""
        key = text, types
        name = self._known.get(key)
        if name is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
                self.pgconn.send_query_params(b"DEALLOCATE ALL", None)
                await self._result()
            self._known[key] = b""
            return b""
        if not name:
            name = b"s%d" % next(self._numbers)
            self.pgconn.send_prepare(name, text, types)
            await self._result()
            self._known[key] = name
        return name

    async def _result(self) -> PGresult:
        result: PGresult
        (result,) = await self.wait(execute(self.pgconn))
        if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            raise errors.error_from_result(result)
        return result


@lru_cache(_TEXTS)
def _numbered(statement: str) -> tuple[bytes, tuple[str, ...]]:
    """The statement with numbers for its parameters, and their names in that order."""
    names: dict[str, int] = {}

    def place(found: re.Match[str]) -> str:
        return f"${names.setdefault(found[1], len(names) + 1)}" if found[1] else "%"

    text = _PLACE.sub(place, statement)
    return text.encode(), tuple(names)
