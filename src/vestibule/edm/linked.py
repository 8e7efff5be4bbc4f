"""What declarations become once linked: types, properties and ways that know one another.

`edm.model` builds these at start-up; afterwards nobody changes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vestibule.edm.declare import Access, Complex, Deprecated, Entity, Link, Operation, Property
from vestibule.edm.types import Kind, Primitive


@dataclass(frozen=True, slots=True)
class Choice:
    """An enumeration with its look-up: folded member or alias → member."""

    name: str
    members: tuple[str, ...]
    flags: bool
    folded: Mapping[str, str]

    def parse(self, value: Any) -> str:
        """The canonical spelling; several members with commas where flags. Raises ValueError."""
        if not isinstance(value, str):
            raise ValueError  # as edm.types: one exception for any wrong value
        words = value.split(",") if self.flags else [value]
        try:
            return ",".join(self.folded[word.strip().casefold()] for word in words)
        except KeyError:
            raise ValueError from None


@dataclass(frozen=True, slots=True)
class Shape:
    """A property, linked: exactly one of `primitive`, `choice` and `complex` is set.

    `column` is "" when nothing is stored (computed, or a complex value that only navigates).
    `rows`: the values are rows of a contained record, which `column` names.
    """

    declared: Property
    name: str
    type_name: str
    collection: bool
    column: str
    primitive: Primitive | None = None
    choice: Choice | None = None
    complex: Type | None = None
    regex: re.Pattern[str] | None = None

    @property
    def rows(self) -> bool:
        return bool(self.declared.rows)

    @property
    def kind(self) -> Kind:
        """How a stored value compares; "json" does not."""
        if self.collection or self.complex is not None:
            return "json"
        return self.primitive.kind if self.primitive is not None else "text"

    @property
    def computed(self) -> bool:
        return self.declared.value is not None or self.declared.value_at is not None

    def read(self, row: Mapping[str, Any], now: datetime | None = None) -> Any:
        """What the row holds or, at `now`, means."""
        if self.declared.value is not None:
            return self.declared.value(row)
        if self.declared.value_at is not None:
            return self.declared.value_at(row, now) if now is not None else None
        return row.get(self.column)


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A way to entities: an entity set, a singleton or a navigation, linked."""

    name: str
    target: Type
    collection: bool
    contained: bool
    link: Link | None
    names: frozenset[str]  # folded
    given_in_create: bool
    required: bool
    verbs: frozenset[str]
    access: Access | None
    context: str
    deprecated: Deprecated | None = None
    where: Mapping[str, Any] = field(default_factory=dict)
    plain: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """An operation, linked. `on_collection`: bound to a set rather than to one entity."""

    declared: Operation
    name: str
    on_collection: bool
    parameters: Mapping[str, Shape]
    returns: Shape | None
    returns_entity: Type | None


@dataclass(slots=True, eq=False)
class Type:
    """An entity or complex type with everything it inherits. Filled while linking, then fixed."""

    name: str
    declared: Entity | Complex
    base: Type | None = None
    record: str = ""
    where: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    rest: str = ""
    given: bool = False
    stream: bool = False
    alternates: dict[str, Shape] = field(default_factory=dict)  # folded names
    finders: tuple[Shape, ...] = ()
    properties: dict[str, Shape] = field(default_factory=dict)
    folded: dict[str, Shape] = field(default_factory=dict)
    ways: dict[str, Way] = field(default_factory=dict)
    operations: dict[tuple[str, bool], Bound] = field(default_factory=dict)
    family: tuple[Type, ...] = ()  # concrete types at or below this one, the most derived first

    @property
    def abstract(self) -> bool:
        return self.declared.abstract

    @property
    def open(self) -> bool:
        return self.declared.open or (self.base is not None and self.base.open)

    def keeps(self, name: str) -> bool:
        """Whether it may have an undeclared property of this name."""
        wanted = (
            at.declared.rest_names for at in self.lineage() if isinstance(at.declared, Entity)
        )
        pattern = next((one for one in wanted if one), "")
        return bool(self.rest) and (not pattern or re.fullmatch(pattern, name) is not None)

    def lineage(self) -> Iterator[Type]:
        """This type, its base, and so on."""
        at: Type | None = self
        while at is not None:
            yield at
            at = at.base

    def is_a(self, other: Type) -> bool:
        return any(ancestor is other for ancestor in self.lineage())

    def of(self, row: Mapping[str, Any]) -> Type | None:
        """The most derived type here that shows this row; None: it is not shown here at all."""
        for candidate in self.family:
            for column, value in candidate.where.items():
                if row.get(column) != value:
                    break
            else:
                return candidate
        return None
