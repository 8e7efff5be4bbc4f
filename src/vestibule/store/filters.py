"""The query tree of `ports` → a condition in SQLAlchemy Core.

Comparisons are never null: `null eq null` is true, `null ne 'x'` is true, an order comparison
with null is false. A function of null is null, and so is its negation; neither selects a row.
Source: OData 4.01 URL conventions 5.1.1.1 and 5.1.1.3.

A collection is a contained record (`i:i/issuer`: its columns) or an array in JSON (`m:m`: the
element itself; `r:r/value`: its member).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    case,
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
from vestibule.ports import Binary, Constant, Function, In, Member, Node, Not, Quantified, When
from vestibule.store.dialects import ONE
from vestibule.store.documents import Document
from vestibule.store.rows import fold
from vestibule.store.terms import Scope, Term, computed, constant, member, source

_ORDERS: Mapping[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_SEARCHES = frozenset({"startswith", "endswith", "contains"})
_ZERO: ColumnElement[int] = literal_column("0", BigInteger())


def condition(node: Node, scope: Scope) -> ColumnElement[bool]:
    """Selects the rows for which `node` is true. Raises Invalid for operands that do not fit."""
    return _truth(node, scope, exact=False)


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
        case Function(name) if name in _SEARCHES:
            return _search(node, scope)
    term = _term(node, scope)
    if term.kind not in {"boolean", "null"}:
        raise Invalid("The filter needs a condition where it has a value.")
    return term.sql


def _term(node: Node, scope: Scope) -> Term:
    match node:
        case Constant(value):
            return constant(value)
        case Member():
            return member(node, scope)
        case Function(name) if name not in _SEARCHES:
            return _call(node, scope)
        case When(where, operand):
            term = _term(operand, scope)
            holds = _truth(where, scope, exact=False)
            plain = None if term.plain is None else case((holds, term.plain))
            return replace(term, sql=case((holds, term.sql)), plain=plain)
    return Term("boolean", _truth(node, scope, exact=True))


def _compare(name: str, left: Term, right: Term, *, exact: bool) -> ColumnElement[bool]:
    if "null" in {left.kind, right.kind}:
        return _compare_with_null(name, left, right)
    kinds = {left.kind, right.kind}
    stamps = kinds == {"stamp", "datetime"} and (left.constant or right.constant)
    if (len(kinds) > 1 and not stamps) or left.kind == "json":
        raise Invalid(f"'{name}' cannot compare {left.kind} with {right.kind}.")
    one, other = left.beside(right), right.beside(left)
    if name == "ne":
        return one.is_distinct_from(other)
    if name == "eq":
        # Only a plain `=` with a value uses an index on PostgreSQL.
        with_value = not exact and (left.constant or right.constant)
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


# --------------------------------------------------------------------------- functions


def _search(node: Function, scope: Scope) -> ColumnElement[bool]:
    text, wanted = _texts(node, 2, scope)
    if "null" in {text.kind, wanted.kind}:
        return null()  # type: ignore[return-value]  # null is a condition in SQL
    one, other = text.beside(wanted), wanted.beside(text)
    if wanted.constant and isinstance(wanted.value, str):
        folded = wanted.value.casefold() if text.keyed else fold(wanted.value)
        return one.like(literal(_pattern(node.name, folded), Text()), escape="\\")
    # A pattern must not come from a column: SQLite refuses long ones.
    if node.name == "contains":
        return scope.engine.position(one, other) > _ZERO
    length = func.length(other, type_=BigInteger())
    if node.name == "startswith":
        return func.substr(one, ONE, length, type_=Text()) == other
    start = func.length(one, type_=BigInteger()) - length + ONE
    return and_(start > _ZERO, func.substr(one, start, type_=Text()) == other)


def _pattern(name: str, wanted: str) -> str:
    for special in ("\\", "%", "_"):
        wanted = wanted.replace(special, f"\\{special}")
    head = "" if name == "startswith" else "%"
    return f"{head}{wanted}" if name == "endswith" else f"{head}{wanted}%"


def _texts(node: Function, number: int, scope: Scope) -> list[Term]:
    if len(node.arguments) != number:
        raise Invalid(f"{node.name} takes {number} arguments.")
    terms = [_term(argument, scope) for argument in node.arguments]
    for term in terms:
        if term.kind not in {"text", "null"}:
            raise Invalid(f"A function of text cannot take {term.kind}.")
    return terms


def _call(node: Function, scope: Scope) -> Term:
    if node.name == "substring":
        return _substring(node, scope)
    terms = _texts(node, 2 if node.name in {"concat", "indexof"} else 1, scope)
    if any(term.kind == "null" for term in terms):
        return Term("null", null())
    texts = [term.text for term in terms]
    match node.name:
        case "tolower" | "toupper":
            return replace(terms[0], constant=False)  # text has no case here
        case "trim":
            return computed(func.trim(texts[0], type_=Text()), scope)
        case "length":
            return Term("number", func.length(texts[0], type_=BigInteger()))
        case "concat":
            return computed(texts[0].concat(texts[1]), scope)
        case "indexof":
            text, wanted = terms[0].beside(terms[1]), terms[1].beside(terms[0])
            return Term("number", scope.engine.position(text, wanted) - ONE)
    raise Invalid(f"The function '{node.name}' is not supported in a filter.")


def _substring(node: Function, scope: Scope) -> Term:
    text, *places = node.arguments
    (term,) = _texts(replace(node, arguments=(text,)), 1, scope)
    numbers = [place.value for place in places if isinstance(place, Constant)]
    if not 1 <= len(places) == len(numbers) <= 2:  # noqa: PLR2004  # start and length
        raise Invalid("substring takes a text and one or two numbers.")
    if any(not isinstance(number, int) or not 0 <= number < 2**31 - 1 for number in numbers):
        raise Invalid("substring takes whole numbers from 0.")
    if term.kind == "null":
        return term
    start, *length = numbers
    assert isinstance(start, int)  # noqa: S101  # checked above
    limits = [literal(number, Integer()) for number in (start + 1, *length)]
    return computed(func.substr(term.text, *limits, type_=Text()), scope)


# --------------------------------------------------------------------------- collections


def _quantified(node: Quantified, scope: Scope) -> ColumnElement[bool]:
    record = scope.schema.records.get(node.collection)
    if record is not None and record.parent == scope.record.name:
        return _over_rows(node, record, scope)
    found = source(node.collection, scope)
    if isinstance(found, Term):
        if found.kind != "json":
            raise Invalid(f"'{node.collection}' is not a collection.", target=node.collection)
        found = scope.engine.document(found.sql)
    elements, element = found.elements()
    statement: Select[Any] = select(literal_column("1")).select_from(elements)
    # By itself Core correlates with the next query around this one only.
    statement = _where(statement.correlate_except(elements), node, element, scope)
    return statement.exists() if node.kind == "any" else not_(statement.exists())


def _over_rows(node: Quantified, record: Record, scope: Scope) -> ColumnElement[bool]:
    """Rows of a contained record: by the ids of those that contain one, where the condition is
    about the contained alone, so that an index of theirs is enough for the whole query."""
    rows = scope.schema.tables[record.name].alias()
    inner = Scope(scope.engine, scope.schema, record, rows, scope.tenant)
    statement: Select[Any] = select(rows.c.parent).where(rows.c.tenant == scope.tenant)
    if node.body is None or _only_about(node.variable, node.body):
        statement = _where(statement, node, inner, scope)
        key = scope.table.c.key
        return key.in_(statement) if node.kind == "any" else key.not_in(statement)
    statement = statement.where(rows.c.parent == scope.table.c.key).correlate_except(rows)
    statement = _where(statement, node, inner, scope)
    return statement.exists() if node.kind == "any" else not_(statement.exists())


def _where(
    statement: Select[Any], node: Quantified, variable: Scope | Document, scope: Scope
) -> Select[Any]:
    """The elements that fulfil the condition of `any`, or that break the one of `all`."""
    if node.body is None:
        return statement
    inner = replace(scope, variables={**scope.variables, node.variable: variable})
    if node.kind == "any":
        return statement.where(_truth(node.body, inner, exact=False))
    holds = func.coalesce(_truth(node.body, inner, exact=True), false(), type_=Boolean())
    return statement.where(not_(holds))


def _only_about(variable: str, node: Node) -> bool:
    """Whether a condition names nothing but the members of this variable."""
    match node:
        case Constant():
            return True
        case Member(name):
            return name.partition("/")[0] == variable
        case Binary(_, left, right) | When(left, right):
            return _only_about(variable, left) and _only_about(variable, right)
        case Not(operand):
            return _only_about(variable, operand)
        case In(operand, options):
            return all(_only_about(variable, one) for one in (operand, *options))
        case Function(_, arguments):
            return all(_only_about(variable, one) for one in arguments)
        case Quantified():
            return False
