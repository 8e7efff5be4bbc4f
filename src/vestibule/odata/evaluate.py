"""The query tree over rows in plain Python: the reference for every engine, and for given sets.

Null semantics are OData's (OData URL 4.01, 5.1.1.1); strings compare without case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
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
    Scalar,
)

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}


def matches(node: Node, row: Mapping[str, Any]) -> bool:
    """Whether the condition holds for a row; unknown is no."""
    return value_of(node, row) is True


def select(rows: Iterable[Row], query: Query, *, exact_ids: bool = False) -> list[Row]:
    """The rows that a store holding exactly these would find, in its order.

    `rows` are all of the query's record and tenant; `exact_ids` as the record declares it.
    Raises Invalid for an `after` that does not fit the order.
    """
    found = [row for row in rows if _within(row, query)]
    keys = ("id", "parent")
    found.sort(key=lambda row: tuple(_place(name, row[name], exact=exact_ids) for name in keys))
    for name, direction in reversed(query.order):
        found.sort(
            key=lambda row, name=name: _place(name, _member(name, row), exact=exact_ids),  # type: ignore[misc]
            reverse=direction == "desc",
        )
    if query.after is not None:
        found = _behind(found, query, query.after, exact=exact_ids)
    found = found[query.skip :]
    return found if query.top is None else found[: query.top]


def _within(row: Row, query: Query) -> bool:
    if query.parent is not None and row["parent"].casefold() != query.parent.casefold():
        return False
    return query.where is None or matches(query.where, row)


def _place(name: str, value: Any, *, exact: bool) -> tuple[int, Any]:
    if name in {"id", "parent"}:
        return (1, value if exact and name == "id" else value.casefold())
    return sort_key(value)


def _behind(
    rows: Sequence[Row], query: Query, after: tuple[Scalar, ...], *, exact: bool
) -> list[Row]:
    places = [*query.order, ("id", "asc"), ("parent", "asc")]
    if not len(query.order) < len(after) <= len(places):
        raise Invalid("The place to continue from does not fit the order.")

    def later(row: Row) -> bool:
        for (name, direction), value in zip(places, after, strict=False):
            here = _place(name, _member(name, row), exact=exact)
            there = _place(name, value, exact=exact)
            if here != there:
                return here > there if direction == "asc" else here < there
        return False

    return [row for row in rows if later(row)]


def value_of(node: Node, row: Mapping[str, Any]) -> Any:
    """What an expression yields for a row; a function of null is null, a comparison never."""
    match node:
        case Constant(value):
            return value
        case Member(name):
            return _member(name, row)
        case Binary("and" | "or" as operator, left, right):
            return _joined(operator, value_of(left, row), value_of(right, row))
        case Binary(operator, left, right):
            return _compared(operator, value_of(left, row), value_of(right, row))
        case Not(operand):
            truth = value_of(operand, row)
            return None if truth is None else not truth
        case In(operand, options):
            value = _folded(value_of(operand, row))
            return any(value == _folded(value_of(option, row)) for option in options)
        case Function(name, arguments):
            return _called(name, [value_of(argument, row) for argument in arguments])
        case Quantified():
            return _quantified(node, row)


def _member(name: str, row: Mapping[str, Any]) -> Any:
    variable, slash, rest = name.partition("/")
    value = row.get(variable)
    return value.get(rest) if slash and isinstance(value, Mapping) else value


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _joined(operator: str, left: Any, right: Any) -> Any:
    """Three-valued: the decisive value wins, then null."""
    decisive = operator == "or"
    if left is decisive or right is decisive:
        return decisive
    return None if left is None or right is None else not decisive


def _compared(operator: str, left: Any, right: Any) -> bool:
    left, right = _folded(left), _folded(right)
    if operator == "eq":
        return bool(left == right)
    if operator == "ne":
        return bool(left != right)
    if left is None or right is None:
        return False
    return _COMPARE[operator](left, right)


def _called(name: str, arguments: list[Any]) -> Any:
    folded = [_folded(argument) for argument in arguments]
    if None in folded:
        return None
    match name:
        case "startswith":
            return folded[0].startswith(folded[1])
        case "endswith":
            return folded[0].endswith(folded[1])
        case "contains":
            return folded[1] in folded[0]
        case "tolower":
            return arguments[0].lower()
        case _:
            return arguments[0].upper()


def _quantified(node: Quantified, row: Mapping[str, Any]) -> bool:
    items = row.get(node.collection) or []
    if node.body is None:
        return bool(items)
    body = node.body
    answers = (matches(body, {**row, node.variable: item}) for item in items)
    return any(answers) if node.kind == "any" else all(answers)


def sort_key(value: Any) -> tuple[int, Any]:
    """Orders values of one column: null first, then text without case."""
    if value is None:
        return (0, 0)
    if isinstance(value, datetime):
        return (1, value.timestamp())
    return (1, _folded(value))
