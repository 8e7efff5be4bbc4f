"""The query tree of `ports` → a condition in SQLAlchemy Core.

Comparisons are never null: `null eq null` is true, `null ne 'x'` is true, an order comparison
with null is false. A function of null is null, and so is its negation; neither selects a row.
Source: OData 4.01 URL conventions 5.1.1.1 and 5.1.1.3.

A collection is a contained record (`i:i/issuer`: its columns) or a JSON column that holds a list
of texts (`m:m`: the text itself).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Double,
    FromClause,
    Select,
    Text,
    and_,
    false,
    func,
    literal,
    literal_column,
    not_,
    null,
    or_,
    select,
    true,
)

from vestibule.edm.declare import Record
from vestibule.errors import Invalid
from vestibule.ports import Binary, Constant, Function, In, Member, Node, Not, Quantified, Scalar
from vestibule.store.dialects import Sql
from vestibule.store.rows import fold, micros, storable
from vestibule.store.tables import Schema, folded

_ORDERS: Mapping[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_KINDS = {"integer": "number", "double": "number"}


@dataclass(frozen=True, slots=True)
class Term:
    """An operand; text is without case already.

    `kind` is text, number, boolean, datetime, json or null. A `keyed` one is an id's casefold,
    which has an index; a constant keeps its `text` to be compared with such a one.
    """

    kind: str
    sql: ColumnElement[Any]
    keyed: bool = False
    text: str | None = None

    def beside(self, other: Term) -> ColumnElement[Any]:
        """This operand without case in the way of the other one."""
        if other.keyed and self.text is not None:
            return literal(self.text.casefold(), Text())
        return self.sql


@dataclass(frozen=True, slots=True)
class Scope:
    """Where names are looked up: a record's table, and the variables of `any` and `all`."""

    engine: Sql
    schema: Schema
    record: Record
    table: FromClause
    variables: Mapping[str, Scope | Term] = field(default_factory=dict)


def condition(node: Node, scope: Scope) -> ColumnElement[bool]:
    """Selects the rows for which `node` is true. Raises Invalid for operands that do not fit."""
    return _truth(node, scope, exact=False)


def column(name: str, scope: Scope) -> Term:
    """A column of the record, or one of those that every record has."""
    if name == "id":
        return _id(scope.record, scope.table.c.key, scope)
    if name == "parent" and scope.record.parent:
        container = scope.schema.records[scope.record.parent]
        return _id(container, scope.table.c.parent, scope)
    if name == "version":
        return Term("number", scope.table.c.version)
    declared = next((c for c in scope.record.columns if c.name == name), None)
    if declared is None or declared.sealed:
        raise Invalid(f"'{name}' cannot be filtered or ordered by.", target=name)
    if declared.type != "text":
        return Term(_KINDS.get(declared.type, declared.type), scope.table.c[name])
    if name in folded(scope.record):
        return Term("text", scope.table.c[f"{name}_folded"])
    return Term("text", scope.engine.fold(scope.table.c[name]))


def _id(record: Record, key: ColumnElement[Any], scope: Scope) -> Term:
    if record.exact_ids:
        return Term("text", scope.engine.fold(key))
    return Term("text", key, keyed=True)


def constant(value: Scalar) -> Term:
    match value:
        case None:
            return Term("null", null())
        case bool():
            return Term("boolean", literal(value, Boolean()))
        case int() if abs(value) < 2**63:
            return Term("number", literal(value, BigInteger()))
        case float():
            return Term("number", literal(value, Double()))
        case datetime():
            return Term("datetime", literal(micros(value), BigInteger()))
        case str() if storable(value):
            return Term("text", literal(fold(value), Text()), text=value)
    raise Invalid("The filter contains a value that no property can have.")


def _truth(node: Node, scope: Scope, *, exact: bool) -> ColumnElement[bool]:
    """`exact`: a comparison must be false rather than SQL's null, because its value is used."""
    match node:
        case Binary("and", left, right):
            return and_(_truth(left, scope, exact=exact), _truth(right, scope, exact=exact))
        case Binary("or", left, right):
            return or_(_truth(left, scope, exact=exact), _truth(right, scope, exact=exact))
        case Binary(name, left, right):
            return _compare(name, _term(left, scope), _term(right, scope), exact=exact)
        case Not(operand):
            return not_(_truth(operand, scope, exact=True))
        case In(operand, options):
            term = _term(operand, scope)
            found = [_compare("eq", term, _term(o, scope), exact=exact) for o in options]
            return or_(false(), *found)
        case Quantified():
            return _quantified(node, scope)
        case Function("startswith" | "endswith" | "contains"):
            return _search(node, scope)
    term = _term(node, scope)
    if term.kind not in {"boolean", "null"}:
        raise Invalid("The filter needs a condition where it has a value.")
    return term.sql


def _term(node: Node, scope: Scope) -> Term:
    match node:
        case Constant(value):
            return constant(value)
        case Member(name):
            return _member(name, scope)
        case Function("tolower" | "toupper", (argument,)):
            return _text(_term(argument, scope))  # text has no case here
    return Term("boolean", _truth(node, scope, exact=True))


def _member(name: str, scope: Scope) -> Term:
    variable, _, rest = name.partition("/")
    known = scope.variables.get(variable)
    if isinstance(known, Scope):
        return column(rest, known)
    return known or column(name, scope)


def _compare(name: str, left: Term, right: Term, *, exact: bool) -> ColumnElement[bool]:
    if "null" in {left.kind, right.kind}:
        return _compare_with_null(name, left, right)
    if left.kind != right.kind or left.kind == "json":
        raise Invalid(f"'{name}' cannot compare {left.kind} with {right.kind}.")
    one, other = left.beside(right), right.beside(left)
    if name == "ne":
        return one.is_distinct_from(other)
    if name == "eq":
        # Only a plain `=` with a value uses an index on PostgreSQL.
        with_value = not exact and (_is_value(left) or _is_value(right))
        return one == other if with_value else one.is_not_distinct_from(other)
    if name not in _ORDERS:
        raise Invalid(f"The operator '{name}' is not supported in a filter.")
    ordered = _ORDERS[name](one, other)
    return func.coalesce(ordered, false(), type_=Boolean()) if exact else ordered


def _compare_with_null(name: str, left: Term, right: Term) -> ColumnElement[bool]:
    if name not in {"eq", "ne"}:
        return false()
    if left.kind == right.kind:
        return true() if name == "eq" else false()
    other = right if left.kind == "null" else left
    return other.sql.is_(None) if name == "eq" else other.sql.is_not(None)


def _is_value(term: Term) -> bool:
    return not term.sql._from_objects  # noqa: SLF001 - Core has no public way to ask


def _search(node: Function, scope: Scope) -> ColumnElement[bool]:
    if len(node.arguments) != 2:  # noqa: PLR2004 - text and what to look for
        raise Invalid(f"{node.name} takes two arguments.")
    text, wanted = (_text(_term(argument, scope)) for argument in node.arguments)
    if "null" in {text.kind, wanted.kind}:
        return null()  # type: ignore[return-value]  # null is a condition in SQL
    pattern = wanted.beside(text)
    for special in ("\\", "%", "_"):
        pattern = func.replace(pattern, literal(special), literal(f"\\{special}"), type_=Text())
    if node.name != "startswith":
        pattern = literal("%", Text()) + pattern
    if node.name != "endswith":
        pattern = pattern + literal("%", Text())
    return text.sql.like(pattern, escape="\\")


def _text(term: Term) -> Term:
    if term.kind not in {"text", "null"}:
        raise Invalid(f"A function of text cannot take {term.kind}.")
    return term


def _quantified(node: Quantified, scope: Scope) -> ColumnElement[bool]:
    source, variable, within = _collection(node.collection, scope)
    inner = replace(scope, variables={**scope.variables, node.variable: variable})
    found: Select[Any] = select(literal_column("1")).select_from(source).where(*within)
    if node.body is None:
        return found.exists()
    if node.kind == "any":
        return found.where(_truth(node.body, inner, exact=False)).exists()
    holds = func.coalesce(_truth(node.body, inner, exact=True), false(), type_=Boolean())
    return not_(found.where(not_(holds)).exists())


def _collection(
    name: str, scope: Scope
) -> tuple[FromClause, Scope | Term, list[ColumnElement[bool]]]:
    """Where the elements are, what the variable stands for, which of them are the row's."""
    record = scope.schema.records.get(name)
    if record is not None and record.parent == scope.record.name:
        rows = scope.schema.tables[name].alias()
        within = [rows.c.tenant == scope.table.c.tenant, rows.c.parent == scope.table.c.key]
        return rows, Scope(scope.engine, scope.schema, record, rows), within
    term = column(name, scope)
    if term.kind != "json":
        raise Invalid(f"'{name}' is not a collection.", target=name)
    elements = scope.engine.elements(term.sql).alias()
    return elements, Term("text", scope.engine.fold(elements.c.value)), []
