"""What a resource family's rules are given and give back.

A rule is an async function that looks and decides; `odata.execute` writes. So what a rule
wants stored beside the row itself travels as changes and lands in the same transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from vestibule.ports import Change, Entities, Row
from vestibule.world import World


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls. `permissions` are role values of an application or scopes of a delegation;
    `roles` are directory role template ids and count only for a delegation."""

    kind: Literal["application", "delegated"]
    id: str  # object id of the user, or of the service principal
    client: str  # application (client) id
    tenant: str  # tenant id
    permissions: frozenset[str]
    roles: frozenset[str] = frozenset()


@dataclass(slots=True)
class Context:
    """One operation, seen from a rule. `warnings` become `Warning` headers of the reply.

    `parents` are the rows on the path before the thing at hand, `parent` the last of them;
    `navigation` is the name of the way that leads to it.
    """

    tenant: str
    version: str
    principal: Principal
    entities: Entities
    world: World
    now: datetime
    parent: Row | None = None
    parents: tuple[Row, ...] = ()
    navigation: str = ""
    type: str = ""  # the qualified type of the thing at hand (the derived one)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to store: `id` of a new row, columns added to (or replacing) those from the body,
    further changes (`first`: before a new row, which refers to them), and members to add to the
    reply of a create (a secret shown once).

    `exact`: it depends on what the row holds, so it counts only if the row has not changed
    meanwhile; otherwise the rule is asked again. `shown`: a PUT answers 200 with the entity.
    """

    id: str = ""
    columns: Mapping[str, Any] = field(default_factory=dict)
    first: tuple[Change, ...] = ()
    also: tuple[Change, ...] = ()
    reveal: Mapping[str, Any] = field(default_factory=dict)
    exact: bool = False
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """A bound operation's answer with what it wants changed; `value` is printed, once."""

    value: Any = None
    also: tuple[Change, ...] = ()


Create = Callable[[Context, dict[str, Any]], Awaitable[Decision]]
"""(context, clean values by property name; navigations given inline are lists of ids, or one
id, under their name, already known to exist) → Decision. Raises Problem."""

Alter = Callable[[Context, Row, dict[str, Any]], Awaitable[Decision]]
"""(context, the row, clean values) → Decision for an update, or before a delete (values {})."""

Relate = Callable[[Context, Row, str, Row], Awaitable[tuple[Change, ...]]]
"""(context, source row, navigation name, target row) → changes to make with the link. May raise,
may warn. `relate` is called for every link added, in a create (after its own rule, with only
the columns that the create gives) or by $ref; `unrelate` when one is removed."""

Put = Callable[[Context, str, Row | None, dict[str, Any]], Awaitable[Decision]]
"""PUT of one entity: (context, its id as addressed, the row if there is one, clean values)."""

Given = Callable[[Context], Awaitable[list[Row]]]
"""Every row of a computed set, in the order of their ids. What its writes change, they say in
`Decision.also`; nothing else is written."""

Sought = Callable[[Context, str], Awaitable[Row | None]]
"""The row of a computed set that a key names; None if there is none."""

Read = Callable[[Context, Row], Awaitable[tuple[bytes, str]]]
"""The contents of a stream and their media type."""

Write = Callable[[Context, Row, bytes], Awaitable[tuple[Change, ...]]]
"""New contents of a stream (b"" where they are deleted) → what to change. Raises Problem."""

Perform = Callable[[Context, Row | None, dict[str, Any]], Awaitable[Any]]
"""A bound operation: (context, the bound row or None, clean parameters) → value to print, a
Decision about the bound row, which then is the answer, or Done."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What $value of an entity does."""

    read: Read
    write: Write | None = None
    remove: Write | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one entity type (of a derived type: its own, else its base's).

    A computed set has `given`, or `sought` where its rows are only ever looked up by their key.
    """

    create: Create | None = None
    update: Alter | None = None
    put: Put | None = None
    delete: Alter | None = None
    given: Given | None = None
    sought: Sought | None = None
    stream: Stream | None = None
    relate: Relate | None = None
    unrelate: Relate | None = None
    operations: Mapping[str, Perform] = field(default_factory=dict)
