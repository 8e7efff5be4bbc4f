"""The operands of a filter in SQL: columns, variables, members of JSON, constants.

Text has no case here: `sql` is what compares, `plain` is the text itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Double,
    FromClause,
    Text,
    cast,
    literal,
    null,
)

from vestibule.edm.declare import Record
from vestibule.errors import Invalid
from vestibule.ports import Member, Scalar
from vestibule.store.dialects import Sql
from vestibule.store.documents import Document, names
from vestibule.store.rows import fold, micros, storable
from vestibule.store.tables import Schema, folded

_KINDS = {"integer": "number", "double": "number"}


@dataclass(frozen=True, slots=True)
class Term:
    """An operand; `sql` of a text is without case already, `plain` is as it is stored.

    `kind` is text, number, boolean, datetime, json or null, or stamp: a point in time as the text
    that JSON keeps. A `keyed` one is an id's casefold, which has an index. A constant has its
    `value`; a `double` number may be a fraction.
    """

    kind: str
    sql: ColumnElement[Any]
    plain: ColumnElement[Any] | None = None
    keyed: bool = False
    double: bool = False
    constant: bool = False
    value: Scalar = None

    def beside(self, other: Term) -> ColumnElement[Any]:
        """This operand in the form that compares with the other one."""
        if self.constant and other.keyed and isinstance(self.value, str):
            return literal(self.value.casefold(), Text())
        if self.constant and other.kind == "stamp" and isinstance(self.value, datetime):
            return literal(_stamp(self.value), Text())
        if other.double and self.kind == "number" and not self.double:
            if self.constant and isinstance(self.value, int):
                return literal(float(self.value), Double())
            return cast(self.sql, Double())
        return self.sql

    @property
    def text(self) -> ColumnElement[Any]:
        """The text with its case."""
        return self.sql if self.plain is None else self.plain


@dataclass(frozen=True, slots=True)
class Scope:
    """Where names are looked up: a record's table, and the variables of `any` and `all`.

    `tenant` is the one whose rows are looked through.
    """

    engine: Sql
    schema: Schema
    record: Record
    table: FromClause
    tenant: ColumnElement[str]
    variables: Mapping[str, Scope | Document] = field(default_factory=dict)


def member(node: Member, scope: Scope) -> Term:
    """A column, or what JSON holds. Raises Invalid for a name that leads nowhere."""
    found = source(node.name, scope)
    return found if isinstance(found, Term) else _read(found, node, scope)


def source(path: str, scope: Scope) -> Term | Document:
    """What stands at a path: a column's term, or JSON where the path goes into it."""
    variable, _, rest = path.partition("/")
    known = scope.variables.get(variable)
    if isinstance(known, Scope):
        return source(rest, known)
    if known is not None:
        return known.at(names(rest)) if rest else known
    term = column(variable, scope)
    if not rest:
        return term
    if term.kind != "json":
        raise Invalid(f"'{path}' cannot be filtered or ordered by.", target=path)
    return scope.engine.document(term.sql).at(names(rest))


def _read(document: Document, node: Member, scope: Scope) -> Term:
    match node.kind:
        case "number":
            return Term("number", document.number(), double=True)
        case "boolean":
            return Term("boolean", document.boolean())
        case "json":
            return Term("json", document.known())
        case "datetime":
            return Term("stamp", document.stamp())
    text = document.text()
    return Term("text", scope.engine.fold(text), text)


def column(name: str, scope: Scope) -> Term:
    """A column of the record, or one of those that every record has."""
    if name == "id":
        return _id(scope.record, scope.table.c.key, scope.table.c.id, scope)
    if name == "parent" and scope.record.parent:
        container = scope.schema.records[scope.record.parent]
        key = scope.table.c.parent
        return _id(container, key, key, scope)
    if name == "version":
        return Term("number", scope.table.c.version)
    declared = next((c for c in scope.record.columns if c.name == name), None)
    if declared is None or declared.sealed:
        raise Invalid(f"'{name}' cannot be filtered or ordered by.", target=name)
    found = scope.table.c[name]
    if declared.type != "text":
        kind = _KINDS.get(declared.type, declared.type)
        return Term(kind, found, double=declared.type == "double")
    if name in folded(scope.record):
        return Term("text", scope.table.c[f"{name}_folded"], found)
    return Term("text", scope.engine.fold(found), found)


def _id(record: Record, key: ColumnElement[Any], id: ColumnElement[Any], scope: Scope) -> Term:
    if record.exact_ids:
        return Term("text", scope.engine.fold(key), id)
    return Term("text", key, id, keyed=True)


def constant(value: Scalar) -> Term:
    """Raises Invalid for a value that no column holds."""
    match value:
        case None:
            return Term("null", null())
        case bool():
            return Term("boolean", literal(value, Boolean()), constant=True)
        case int() if -(2**63) <= value < 2**63:
            sql = literal(value, BigInteger())
            return Term("number", sql, constant=True, value=value)
        case float():
            return Term("number", literal(value, Double()), double=True, constant=True)
        case datetime():
            sql = literal(micros(value), BigInteger())
            return Term("datetime", sql, constant=True, value=value)
        case str() if storable(value):
            plain = literal(value, Text())
            return Term("text", literal(fold(value), Text()), plain, constant=True, value=value)
    raise Invalid("The filter contains a value that no property can have.")


def computed(text: ColumnElement[Any], scope: Scope) -> Term:
    """What a function makes of texts, whose case is taken afterwards."""
    return Term("text", scope.engine.fold(text), text)


def _stamp(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat()
