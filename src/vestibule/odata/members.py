"""Paths as $filter and $orderby write them → members of the query tree.

A path starts at the row or at a range variable, goes through complex properties and type casts,
and ends at a value or a collection. Source: OData URL 4.01, sections 4.11, 5.1.1.13, 5.1.1.15.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import NamedTuple

from vestibule.edm.declare import Link
from vestibule.edm.linked import Shape, Type, Way
from vestibule.edm.model import Model
from vestibule.edm.types import Kind
from vestibule.errors import Invalid
from vestibule.ports import Binary, Constant, In, Member, Node, Not, When


class Place(NamedTuple):
    """Where a path has led: whose members come next, and how the query tree names them.

    `name` is "" for the row itself, else what goes before a member's name. `json`: the members
    are those of JSON, kept by property name, and not columns. `guard` holds where every cast on
    the way succeeds. `virtual`: nothing but navigations starts here. `key`: what stands for a
    link's target has that property alone, in `column` where it is not the row's own id.
    """

    type_: Type | None
    name: str = ""
    json: bool = False
    guard: Node | None = None
    virtual: bool = False
    key: str = ""
    column: str = ""

    def member(self, name: str) -> str:
        return f"{self.name}/{name}" if self.name else name


class Value(NamedTuple):
    """A value at the end of a path; of a `dynamic` one nothing is declared."""

    node: Node
    kind: Kind
    shape: Shape | None
    stamp: bool = False  # a point in time that is kept as the text of JSON
    dynamic: bool = False


class Elements(NamedTuple):
    """A collection at the end of a path, and what a variable that runs over it stands for."""

    name: str
    guard: Node | None
    item: Place
    only: Node | None = None  # which of the elements are meant
    shape: Shape | None = None  # of elements that are no objects


def no_property(name: str, owner: str, target: str) -> Invalid:
    return Invalid(f"Could not find a property named '{name}' on type '{owner}'.", target=target)


def value(model: Model, place: Place, names: Sequence[str], option: str) -> Value:
    """The value at the end of a path. Raises Invalid, naming `option`."""
    for name in names[:-1]:
        place = _step(model, place, name, option)
    name = names[-1]
    shape = _named(place, name, option)
    if shape is None:
        return _dynamic(place, name, option)
    if shape.collection:
        raise _cannot(option, shape.name, "be used as a value; use any or all")
    if place.virtual or not shape.column:
        raise _cannot(option, shape.name, "be used: it is not stored")
    kind = shape.kind
    column = place.column or place.member(shape.name if place.json else shape.column)
    node: Node = Member(column, kind if place.json or kind == "json" else "")
    stamp = place.json and kind == "datetime"
    return Value(_guarded(place, node), kind, shape, stamp)


def elements(
    model: Model, place: Place, names: Sequence[str], variable: str, option: str
) -> Elements:
    """The collection at the end of a path. Raises Invalid, naming `option`."""
    for name in names[:-1]:
        place = _step(model, place, name, option)
    name = names[-1]
    way = place.type_.ways.get(name.casefold()) if place.type_ is not None else None
    if way is not None and not place.key:
        return _targets(place, way, variable, option)
    shape = _named(place, name, option)
    if shape is None or not shape.collection:
        raise _cannot(option, name, "be run over: it is not a collection")
    if shape.rows and not place.name:
        return Elements(shape.column, place.guard, Place(shape.complex, variable))
    if place.virtual or not shape.column:
        raise _cannot(option, shape.name, "be used: it is not stored")
    collection = place.member(shape.name if place.json else shape.column)
    if shape.complex is not None:
        return Elements(collection, place.guard, Place(shape.complex, variable, json=True))
    one = replace(shape, collection=False)
    return Elements(collection, place.guard, Place(None, variable, json=True), shape=one)


def element(item: Elements) -> Value:
    """The variable itself, as a value."""
    shape = item.shape
    if shape is None:
        return Value(Member(item.item.name, "json"), "json", None)
    node = Member(item.item.name, shape.kind)
    return Value(node, shape.kind, shape, shape.kind == "datetime")


def _targets(place: Place, way: Way, variable: str, option: str) -> Elements:
    """The rows that a navigation leads to belong to the entity, whatever complex property it
    starts from."""
    if not way.collection or place.name.startswith("$"):
        raise _cannot(option, way.name, "be followed")
    if way.contained and way.target.record:
        only = _shown(way.target, f"{variable}/")
        return Elements(way.target.record, place.guard, Place(way.target, variable), only)
    if way.link is None or not way.link.record or way.target.where:
        raise _cannot(option, way.name, "be followed")
    item = Place(way.target, variable, key=way.target.key)
    return Elements(way.link.record, place.guard, item)


def _by_column(link: Link) -> bool:
    return bool(link.column) and not link.record


def _step(model: Model, place: Place, name: str, option: str) -> Place:
    """One name further, to something that has members itself."""
    if "." in name and not name.startswith("@"):
        return _cast(model, place, name, option)
    way = place.type_.ways.get(name.casefold()) if place.type_ is not None else None
    if way is not None and way.link is not None and _by_column(way.link) and not place.json:
        column = place.member(way.link.column)
        return Place(way.target, guard=place.guard, key=way.target.key, column=column)
    shape = _named(place, name, option)
    if shape is None or shape.collection or shape.complex is None:
        raise _cannot(option, name, "be followed")
    if not shape.column or place.virtual:
        if not shape.complex.ways:
            raise _cannot(option, shape.name, "be used: it is not stored")
        return place._replace(type_=shape.complex, virtual=True)
    prefix = place.member(shape.name if place.json else shape.column)
    return Place(shape.complex, prefix, json=True, guard=place.guard)


def _cast(model: Model, place: Place, name: str, option: str) -> Place:
    wanted = model.type(name)
    if wanted is None:
        raise Invalid(f"'{name}' is not a type that is known here.", target=option)
    if place.type_ is None or not (wanted.is_a(place.type_) or place.type_.is_a(wanted)):
        raise Invalid(f"'{name}' is not derived from what it is a cast of.", target=option)
    if place.type_.is_a(wanted):
        return place
    guard = None
    if not place.json:
        guard = None if place.virtual or place.key else _shown(wanted, place.member(""))
    elif not place.virtual:
        names = tuple(Constant(f"#{one.name}") for one in wanted.family)
        guard = In(Member(place.member("@odata.type"), "text"), names)
    return place._replace(type_=wanted, guard=both(place.guard, guard))


def both(first: Node | None, second: Node | None) -> Node | None:
    if first is None or second is None:
        return first or second
    return Binary("and", first, second)


def unless(guard: Node | None, node: Node) -> Node:
    """The condition wherever the guard holds; true elsewhere."""
    return node if guard is None else Binary("or", Not(guard), node)


def _shown(type_: Type, prefix: str) -> Node | None:
    """Which rows of the record are of the type."""
    wheres: list[Node] = []
    for member in type_.family:
        if not member.where:
            return None
        parts = [
            Binary("eq", Member(f"{prefix}{column}"), Constant(value))
            for column, value in member.where.items()
        ]
        node = reduce(lambda left, right: Binary("and", left, right), parts)
        if node not in wheres:
            wheres.append(node)
    return reduce(lambda left, right: Binary("or", left, right), wheres) if wheres else None


def _named(place: Place, name: str, option: str) -> Shape | None:
    """The declared property of a name; None: one that an open type may have all the same."""
    type_ = place.type_
    shape = type_.folded.get(name.casefold()) if type_ is not None else None
    if shape is None:
        if type_ is not None and type_.open and "." not in name and not name.startswith("$"):
            return None
        raise no_property(name, type_.name if type_ is not None else "Edm.PrimitiveType", option)
    if shape.declared.secret or not shape.declared.filterable:
        raise _cannot(option, shape.name, "be used")
    if place.key and shape.name != place.key:
        raise _cannot(option, shape.name, f"be used here; use '{place.key}'")
    return shape


def _dynamic(place: Place, name: str, option: str) -> Value:
    assert place.type_ is not None  # noqa: S101  # only a type can be open
    if place.virtual or name.startswith("@"):
        raise no_property(name, place.type_.name, option)
    column = name
    if not place.json:
        if not place.type_.keeps(name):
            raise no_property(name, place.type_.name, option)
        column = f"{place.type_.rest}/{name}"
    node = _guarded(place, Member(place.member(column), "json"))
    return Value(node, "json", None, dynamic=True)


def _guarded(place: Place, node: Node) -> Node:
    return node if place.guard is None else When(place.guard, node)


def _cannot(option: str, name: str, what: str) -> Invalid:
    if option == "$orderby":
        what = "be ordered by"
    return Invalid(f"'{name}' cannot {what} in '{option}'.", target=option)
