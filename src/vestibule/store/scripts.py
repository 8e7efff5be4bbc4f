"""What the store's two halves ask of an engine, in no engine's terms.

A transaction is written once, as a generator: it yields statements and is sent their rows.
Each engine runs it in its own way, a thread or an event loop, and keeps drivers to itself.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

from vestibule.errors import Invalid
from vestibule.store.dialects import Sql

T = TypeVar("T")
Rows = list[tuple[Any, ...]]
Step = tuple[str, Mapping[str, Any]]
"""A statement and its parameters."""

Script = Generator[Step, Rows, T]
"""A transaction. A step that breaks a constraint raises Violated at its `yield`. Where the
violation names its constraint, the transaction is over and no further step may follow."""


READ_S = 2
"""How long a read of an engine that answers inline may take, in seconds."""


def too_long() -> Invalid:
    """A query that was ended because it took too long."""
    return Invalid("The query takes too long; narrow it.", code="Request_UnsupportedQuery")


class Violated(Exception):
    """A statement broke a constraint and did nothing. `constraint` is "" where the engine does
    not say which one; then the script may look for itself."""

    def __init__(self, kind: Literal["unique", "reference"], constraint: str = "") -> None:
        super().__init__(kind, constraint)
        self.kind = kind
        self.constraint = constraint


class Engine(Protocol):
    """A database. Every method raises errors.Unavailable for an outage, errors.Invalid for a
    value that no database holds, and never a driver's exception."""

    @property
    def sql(self) -> Sql: ...

    async def read(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        """The rows of one statement that changes nothing."""

    async def do(self, statement: str, parameters: Mapping[str, Any]) -> Rows:
        """One statement that changes something, durable on return. Raises Violated."""

    async def write(self, script: Script[T]) -> T:
        """A transaction, durable on return; nothing of it is left if it raises."""

    async def check(self, now: datetime) -> None:
        """Raises Unavailable when reads or writes fail, Misconfigured when the database's
        clock is not the caller's."""

    async def close(self) -> None:
        """Finish what was begun and let go."""
