"""The query tree over rows in plain Python: the reference for every engine, and for given sets.

Null semantics are OData's (OData URL 4.01, 5.1.1.1); strings compare without case. The rows of
a contained record stand in their container's row, as a list under the record's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from vestibule.errors import Invalid
from vestibule.ports import (
    Binary,
    Constant,
    Function,
    In,
    Member,
    Node,
    Not,
    Quantified,
    Query,
    Row,
    When,
)

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}
_KEYS = frozenset({"id", "parent"})
_UNCHANGED = frozenset({"tolower", "toupper"})  # texts have no case
_LARGEST = 1e308
_BUDGET = "$$"  # no column and no variable is called so
_MOST_ELEMENTS = 100_000
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?Z", re.ASCII)


class Stamp(str):
    """A point in time as JSON keeps it, without the Z: such texts order like the points do."""

    __slots__ = ()


def matches(node: Node, row: Mapping[str, Any]) -> bool:
    """Whether the condition holds for a row; unknown is no."""
    return value_of(node, row) is True


def value_of(node: Node, row: Mapping[str, Any]) -> Any:
    """What an expression yields for a row; a function of null is null, a comparison never."""
    match node:
        case Constant(value):
            return value
        case Member():
            return _member(node, row)
        case Binary("and" | "or" as operator, left, right):
            return _joined(operator, value_of(left, row), value_of(right, row))
        case Binary(operator, left, right):
            return _compared(operator, *_comparable(left, right, row))
        case Not(operand):
            truth = value_of(operand, row)
            return None if truth is None else not truth
        case In(operand, options):
            pairs = (_comparable(operand, option, row) for option in options)
            return any(_compared("eq", left, right) for left, right in pairs)
        case When(condition, operand):
            return value_of(operand, row) if matches(condition, row) else None
        case Function():
            return _called(node, row)
        case Quantified():
            return _quantified(node, row)


def _found(path: str, row: Mapping[str, Any]) -> Any:
    """What stands at a path of names."""
    first, *names = path.split("/")
    value = row.get(first)
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _member(node: Member, row: Mapping[str, Any]) -> Any:
    """A value of JSON that is not of the declared kind counts as null."""
    value = _found(node.name, row)
    match node.kind:
        case "text":
            return value if isinstance(value, str) else None
        case "boolean":
            return value if isinstance(value, bool) else None
        case "number":
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return float(value) if number and abs(value) < _LARGEST else None
        case "datetime":
            stamp = isinstance(value, str) and _STAMP.fullmatch(value)
            return Stamp(value[:-1]) if stamp else None
        case _:
            return value


def _keyed(node: Node) -> bool:
    """Whether it is an id, which is found by its casefold as everywhere else."""
    match node:
        case Member(name, ""):
            return name.rpartition("/")[2] in _KEYS
        case Function(name, (argument,)) if name in _UNCHANGED:
            return _keyed(argument)
        case When(_, operand):
            return _keyed(operand)
    return False


def _comparable(left: Node, right: Node, row: Mapping[str, Any]) -> tuple[Any, Any]:
    """Both values in forms that compare: texts without case, numbers of one type."""
    one, other = value_of(left, row), value_of(right, row)
    if isinstance(one, str) and isinstance(other, str):
        return _folded(one, left, right), _folded(other, right, left)
    if isinstance(one, float) or isinstance(other, float):
        return _double(one), _double(other)
    if isinstance(one, Stamp):
        return one, _stamped(other)
    if isinstance(other, Stamp):
        return _stamped(one), other
    return one, other


def _folded(text: str, node: Node, beside: Node) -> str:
    keyed = _keyed(node) or (isinstance(node, Constant) and _keyed(beside))
    return text.casefold() if keyed else text.lower()


def _double(value: Any) -> Any:
    return float(value) if isinstance(value, int) else value


def _stamped(value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    return Stamp(value.astimezone(UTC).replace(tzinfo=None).isoformat())


def _joined(operator: str, left: Any, right: Any) -> Any:
    """Three-valued: the decisive value wins, then null."""
    decisive = operator == "or"
    if left is decisive or right is decisive:
        return decisive
    return None if left is None or right is None else not decisive


def _compared(operator: str, left: Any, right: Any) -> bool:
    if operator == "eq":
        return bool(left == right)
    if operator == "ne":
        return bool(left != right)
    if left is None or right is None:
        return False
    return _COMPARE[operator](left, right)


def _called(node: Function, row: Mapping[str, Any]) -> Any:
    if node.name in {"startswith", "endswith", "contains", "indexof"}:
        return _searched(node, row)
    values = [value_of(argument, row) for argument in node.arguments]
    if None in values:
        return None
    match node.name, values:
        case "tolower" | "toupper", [text]:
            return text
        case "trim", [text]:
            return text.strip(" ")
        case "length", [text]:
            return len(text)
        case "concat", [text, more]:
            return text + more
        case "substring", [text, start]:
            return text[start:]
        case "substring", [text, start, length]:
            return text[start : start + length]
    raise ValueError(f"There is no function '{node.name}' of {len(values)} arguments.")


def _searched(node: Function, row: Mapping[str, Any]) -> Any:
    first, second = node.arguments
    text, wanted = _comparable(first, second, row)
    if text is None or wanted is None:
        return None
    match node.name:
        case "startswith":
            return text.startswith(wanted)
        case "endswith":
            return text.endswith(wanted)
        case "contains":
            return wanted in text
        case _:
            return text.find(wanted)


class Budget:
    """How many elements of collections one query may still look at."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = _MOST_ELEMENTS

    def spend(self, count: int) -> None:
        """Raises Invalid when there is no more."""
        self._left -= count
        if self._left < 0:
            raise Invalid(
                "The expression in '$filter' takes too long here; use fewer any and all.",
                target="$filter",
            )


def _quantified(node: Quantified, row: Mapping[str, Any]) -> bool:
    items = _found(node.collection, row)
    if not isinstance(items, list):
        items = []
    body = node.body
    if body is None:
        return bool(items)
    budget = row.get(_BUDGET)
    if budget is not None:
        budget.spend(len(items))
    answers = (matches(body, {**row, node.variable: item}) for item in items)
    return any(answers) if node.kind == "any" else all(answers)


def sort_key(value: Any) -> tuple[int, Any]:
    """Orders values of one column: null first, then text without case."""
    if value is None:
        return (0, 0)
    return (1, value.lower() if isinstance(value, str) else value)


def select(rows: Iterable[Row], query: Query, *, exact_ids: bool = False) -> list[Row]:
    """The rows that a store holding exactly these would find, in its order.

    `rows` are all of the query's record and tenant; `exact_ids` as the record declares it.
    Raises Invalid for an `after` that does not fit the order.
    """
    if exact_ids and query.where is not None:
        query = replace(query, where=_unkeyed(query.where))
    budget = Budget()
    found = [row for row in rows if _within(row, query, budget)]
    keys: tuple[tuple[str | Member, str], ...] = (("id", "asc"), ("parent", "asc"))
    places = [
        (Member(name) if isinstance(name, str) else name, direction == "desc")
        for name, direction in (*query.order, *keys)
    ]
    for node, down in reversed(places):
        found.sort(key=lambda row, node=node: _place(node, row, exact_ids), reverse=down)  # type: ignore[misc]
    if query.after is not None:
        if not len(query.order) < len(query.after) <= len(places):
            raise Invalid("The place to continue from does not fit the order.")
        start = [
            (node, down, _key(node, value, exact_ids))
            for (node, down), value in zip(places, query.after, strict=False)
        ]
        found = [row for row in found if _behind(row, start, exact_ids)]
    end = None if query.top is None else query.skip + query.top
    return found[query.skip : end]


def _unkeyed(node: Node) -> Node:
    """The same condition where an id is a text like others, since its key tells cases apart."""
    match node:
        case Member("id", ""):
            return Member("id", "text")
        case Binary(operator, left, right):
            return Binary(operator, _unkeyed(left), _unkeyed(right))
        case Not(operand):
            return Not(_unkeyed(operand))
        case In(operand, options):
            return In(_unkeyed(operand), tuple(map(_unkeyed, options)))
        case Function(name, arguments):
            return Function(name, tuple(map(_unkeyed, arguments)))
        case Quantified(_, _, _, body) if body is not None:
            return replace(node, body=_unkeyed(body))
        case When(condition, operand):
            return When(_unkeyed(condition), _unkeyed(operand))
    return node


def _within(row: Row, query: Query, budget: Budget) -> bool:
    if query.parent is not None and row["parent"].casefold() != query.parent.casefold():
        return False
    for name, wanted in (("id", query.ids), ("parent", query.parents)):
        if wanted is not None and row[name].casefold() not in {one.casefold() for one in wanted}:
            return False
    return query.where is None or matches(query.where, {**row, _BUDGET: budget})


def _behind(row: Row, start: list[tuple[Member, bool, Any]], exact: bool) -> bool:  # noqa: FBT001
    for node, down, there in start:
        here = _place(node, row, exact)
        if here != there:
            return bool(here < there if down else here > there)
    return False


def _place(node: Member, row: Row, exact: bool) -> tuple[int, Any]:  # noqa: FBT001
    return _key(node, _member(node, row), exact)


def _key(node: Member, value: Any, exact: bool) -> tuple[int, Any]:  # noqa: FBT001
    if node.kind == "datetime":
        value = _stamped(value)
    if node.name in _KEYS and isinstance(value, str):
        return (1, value if exact and node.name == "id" else value.casefold())
    return sort_key(value)
