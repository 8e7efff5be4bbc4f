"""Rows → response JSON: names, secrets, derived types, annotations by metadata level.

Secrets never leave: ****** stands in their place. Source: OData JSON 4.01, sections 3.1 and 4.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

from vestibule.edm.linked import Shape, Type
from vestibule.edm.model import Model
from vestibule.odata.accept import Level
from vestibule.ports import Row

STARS = "******"
_PLANS = 512
Show = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """One member of a printed object. `show` None: the value prints as it is stored."""

    name: str
    column: str
    value: Callable[[Mapping[str, Any], datetime], Any] | None
    show: Show | None
    type_name: str  # annotated under metadata=full; "" where JSON alone tells the type
    on_request: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """How to print one type under one $select: every member's name and column in order, those
    that take more than looking it up, and undeclared ones. `values` reads the columns of a row."""

    names: tuple[str, ...]
    columns: tuple[str, ...]
    values: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    worked: tuple[Cell, ...]
    rest: tuple[str, ...]


class Printer:
    """Every type's members, worked out once at start-up."""

    __slots__ = ("_cells", "_model", "_plan")

    def __init__(self, model: Model) -> None:
        self._model = model
        self._plan = lru_cache(maxsize=_PLANS)(self._planned)
        self._cells: dict[Type, tuple[Cell, ...]] = {}
        for type_ in model.types.values():
            self._cells[type_] = tuple(self._cell(shape) for shape in type_.properties.values())

    def members(
        self,
        type_: Type,
        row: Mapping[str, Any],
        now: datetime,
        select: frozenset[str] | None = None,
    ) -> dict[str, Any]:
        """The properties of an entity as they are at `now`, without annotations."""
        return _printed(self._plan(type_, select), type_, row, now)

    def objects(
        self,
        rows: Iterable[tuple[Type, Row]],
        now: datetime,
        *,
        declared: Type | None,
        select: frozenset[str] | None,
    ) -> Iterator[dict[str, Any]]:
        """Entities of one set, as in `entity` without full metadata; `declared` is what their place
        promises, None where no type is to be told."""
        last: Type | None = None
        for type_, row in rows:
            if type_ is not last:
                last, plan = type_, self._plan(type_, select)
                told = declared is not None and type_ is not declared
            printed = _printed(plan, type_, row, now)
            yield {"@odata.type": f"#{type_.name}", **printed} if told else printed

    def _planned(self, type_: Type, select: frozenset[str] | None) -> Plan:
        if select is None:
            cells = [cell for cell in self._cells[type_] if not cell.on_request]
        else:
            cells = [cell for cell in self._cells[type_] if cell.name in select]
        known = {*type_.folded, *type_.ways}
        rest = [name for name in sorted(select or ()) if name.casefold() not in known]
        # Where there is no column, "id" keeps the place until the value is computed.
        columns = tuple(cell.column or "id" for cell in cells)
        return Plan(
            tuple(cell.name for cell in cells),
            columns,
            _reader(columns),
            tuple(cell for cell in cells if cell.value is not None or cell.show is not None),
            tuple(rest) if type_.rest else (),
        )

    def entity(
        self,
        type_: Type,
        row: Row,
        now: datetime,
        *,
        declared: Type,
        level: Level = "minimal",
        select: frozenset[str] | None = None,
        url: str = "",
    ) -> dict[str, Any]:
        """One entity with its annotations; `declared` is what its place promises."""
        members = self.members(type_, row, now, select)
        if level == "full":
            return self._in_full(type_, members, url)
        if level == "minimal" and type_ is not declared:
            return {"@odata.type": f"#{type_.name}", **members}
        return members

    def value(self, shape: Shape, value: Any) -> Any:
        """A value of a property as it prints."""
        show = self._show(shape)
        return show(value) if show is not None and value is not None else value

    def _cell(self, shape: Shape) -> Cell:
        annotated = ""
        if shape.choice is not None or (shape.primitive is not None and not shape.primitive.native):
            name = shape.type_name.removeprefix("Edm.")
            annotated = f"#Collection({name})" if shape.collection else f"#{name}"
        empty = shape.complex is not None and bool(shape.complex.ways)
        return Cell(
            shape.name,
            "" if empty or shape.computed else shape.column,
            _nothing if empty else shape.read if shape.computed else None,
            self._show(shape) if not empty else None,
            annotated,
            shape.declared.on_request,
        )

    def _show(self, shape: Shape) -> Show | None:
        one: Show | None = None
        if shape.declared.secret:
            return lambda _: STARS
        if shape.complex is not None:
            declared = shape.complex
            one = lambda value: self._complex(declared, value)  # noqa: E731  # a branch of three
        elif shape.primitive is not None:
            one = shape.primitive.show
        if one is None or not shape.collection:
            return one
        item = one
        return lambda values: [None if value is None else item(value) for value in values]

    def _complex(self, declared: Type, value: Mapping[str, Any]) -> dict[str, Any]:
        """A complex value, stored or computed by property name; "@odata.type" names a derived."""
        name = value.get("@odata.type")
        type_ = (self._model.type(name) if isinstance(name, str) else None) or declared
        printed: dict[str, Any] = {}
        if type_ is not declared:
            printed["@odata.type"] = f"#{type_.name}"
        for shape in type_.properties.values():
            if shape.name in value:
                printed[shape.name] = self.value(shape, value[shape.name])
        if type_.open:
            known = {*printed, "@odata.type"}
            printed.update({name: value[name] for name in value if name not in known})
        return printed

    def _in_full(self, type_: Type, members: dict[str, Any], url: str) -> dict[str, Any]:
        printed: dict[str, Any] = {"@odata.type": f"#{type_.name}"}
        if url:
            printed["@odata.id"] = printed["@odata.editLink"] = url
        for cell in self._cells[type_]:
            if cell.name not in members:
                continue
            if cell.type_name:
                printed[f"{cell.name}@odata.type"] = cell.type_name
            printed[cell.name] = members[cell.name]
        for way in type_.ways.values() if url else ():
            printed[f"{way.name}@odata.associationLink"] = f"{url}/{way.name}/$ref"
            printed[f"{way.name}@odata.navigationLink"] = f"{url}/{way.name}"
        return printed


def _printed(plan: Plan, type_: Type, row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    try:
        printed = dict(zip(plan.names, plan.values(row), strict=True))
    except KeyError:  # a computed set need not mention what is null
        printed = dict(zip(plan.names, map(row.get, plan.columns), strict=True))
    for cell in plan.worked:
        value = printed[cell.name] if cell.value is None else cell.value(row, now)
        if cell.show is not None and value is not None:
            value = cell.show(value)
        printed[cell.name] = value
    if plan.rest:
        kept = row.get(type_.rest) or {}
        printed.update({name: kept.get(name) for name in plan.rest})
    return printed


def _reader(columns: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """`operator.itemgetter`, which gives no tuple for fewer than two."""
    if len(columns) > 1:
        return itemgetter(*columns)
    return lambda row: tuple(row[column] for column in columns)


def _nothing(_: Any, __: datetime) -> dict[str, Any]:
    """A complex value that only navigates is {} in its owner (graph-surface 16, C7)."""
    return {}
