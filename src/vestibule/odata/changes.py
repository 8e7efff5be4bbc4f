"""What a write needs to know beside the row: what is referred to, what is stored, what went wrong.

Source: OData protocol 4.01, section 11.4; graph-surface 11.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vestibule.edm.linked import Shape, Type, Way
from vestibule.errors import Conflict, Forbidden, Invalid, NotFound, Problem, Stale
from vestibule.odata.address import linking
from vestibule.odata.serving import Turn, not_found
from vestibule.ports import Binary, Change, Constant, Insert, Member, Query, Refusal, Row

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Target:
    """A navigation given inline and one row that it names."""

    way: Way
    row: Row


def stored(type_: Type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Clean values by column; computed ones and navigations have none."""
    shapes = type_.properties
    return {
        shapes[name].column: value
        for name, value in values.items()
        if name in shapes and shapes[name].column and not shapes[name].rows
    }


def rest(type_: Type, values: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """The column of undeclared properties with those of a body; null takes one away."""
    given = {name: value for name, value in values.items() if _undeclared(type_, name)}
    if not type_.rest or not given:
        return {}
    kept = {**(row.get(type_.rest) or {}), **given}
    return {type_.rest: {name: value for name, value in kept.items() if value is not None}}


def _undeclared(type_: Type, name: str) -> bool:
    return name not in type_.properties and name.casefold() not in type_.ways


def expected_version(header: str | None, row: Row) -> int | None:
    """What If-Match asks for, compared with the row. Raises Stale or Invalid."""
    if header is None or header.strip() == "*":
        return None
    for tag in header.split(","):
        text = tag.strip().removeprefix("W/")
        if len(text) <= len('""') or not (text.startswith('"') and text.endswith('"')):
            raise Invalid(
                'If-Match must be * or an entity tag such as W/"1".', code="malformedEntityTag"
            )
        if text == f'"{row["version"]}"':
            return int(row["version"])
    raise Stale("The resource has changed since it was read; read it again.")


async def targets_of(turn: Turn, type_: Type, values: dict[str, Any]) -> list[Target]:
    """Look up every reference in `values`, which gets the ids in their stored casing.

    Raises Invalid naming the first that does not exist.
    """
    found: list[Target] = []
    for shape, way in _ways(type_):
        holder = values if shape is None else values.get(shape.name)
        if isinstance(holder, dict):
            name = way.name if shape is None else f"{shape.name}/{way.name}"
            found += await _named(turn, way, holder, name)
    return found


def _ways(type_: Type) -> Iterator[tuple[Shape | None, Way]]:
    """The navigations of a type, and those of its complex properties with the property."""
    for way in type_.ways.values():
        yield None, way
    for shape in type_.properties.values():
        for way in shape.complex.ways.values() if shape.complex is not None else ():
            yield shape, way


async def _named(turn: Turn, way: Way, values: dict[str, Any], target: str) -> list[Target]:
    given = values.get(way.name)
    if not given:
        return []
    found: list[Target] = []
    for id in given if isinstance(given, list) else [given]:
        row = await turn.serving.entities.get(way.target.record, turn.call.tenant, id)
        if row is None or way.target.of(row) is None:
            raise Invalid(f"'{target}' refers to '{id}', which does not exist.", target=target)
        found.append(Target(way, row))
    ids = [item.row["id"] for item in found]
    values[way.name] = ids if isinstance(given, list) else ids[0]
    return found


def links_to(tenant: str, source: str, targets: Sequence[Target]) -> list[Change]:
    """One row for each link; two navigations may show the same one."""
    links: dict[tuple[str, str], Change] = {}
    for target in targets:
        if target.way.link is None or not target.way.link.record:
            continue
        change = link(tenant, source, target.way, target.row)
        links.setdefault((change.record, change.id.casefold()), change)
    return list(links.values())


def link(tenant: str, source: str, way: Way, target: Row) -> Insert:
    """The row that stores a link: named after the target, or after a single navigation."""
    assert way.link is not None  # noqa: S101  # only linking ways have targets elsewhere
    id = target["id"] if way.collection else way.name
    return Insert(way.link.record, tenant, id, {way.link.column: target["id"]}, source)


def told(refusal: Refusal, id: str, type_: Type) -> Problem:
    """A store's refusal as its caller may understand it."""
    match refusal.reason:
        case "duplicate":
            if refusal.record == type_.record and refusal.id.casefold() == id.casefold():
                return Conflict(f"A resource with the id '{id}' already exists.", target=type_.key)
            of_rows = (one.name for one in type_.properties.values() if one.rows)
            for name in of_rows:
                if type_.properties[name].column == refusal.record:
                    return Conflict(
                        f"Another resource has one of these '{name}' already.", target=name
                    )
            return Conflict("A resource with the same values already exists.")
        case "missing":
            return not_found(id)
        case "stale":
            return Stale("The resource has changed since it was read; read it again.")
        case "held":
            return Conflict(f"'{id}' is still used; remove what refers to it first.")
        case "full":
            return Forbidden(
                f"The tenant has as many of {type_.name} as it may have. Delete one, or let the "
                "server's settings allow more.",
                code="Directory_QuotaExceeded",
            )
        case "dangling":
            return _dangling(type_, refusal)


async def held(turn: Turn, record: str, id: str) -> Conflict:
    """Names some of those that refer to the row by rows of `record`: links, or contained rows
    that name it themselves."""
    links = {way.link for way in linking(turn.serving.model) if way.link is not None}
    columns = {link.column for link in links if link.record == record}
    for type_ in turn.serving.model.types.values():
        links = {way.link for way in type_.ways.values() if way.link is not None}
        if type_.record == record:
            columns |= {link.column for link in links if link.column and not link.record}
    names: list[str] = []
    for column in sorted(columns):
        where = Binary("eq", Member(column), Constant(id))
        query = Query(record, turn.call.tenant, where=where, top=MOST_NAMED + 1)
        names += [f"'{row['parent']}'" for row in await turn.serving.entities.find(query)]
    if len(names) > MOST_NAMED:
        names[MOST_NAMED:] = ["others"]
    users = ", ".join(names) or f"a {record.replace('_', ' ')}"
    return Conflict(f"'{id}' is still used by {users}; remove that reference first.")


def _dangling(type_: Type, refusal: Refusal) -> Invalid | NotFound:
    for _, way in _ways(type_):
        if way.link is not None and way.target.record == refusal.reference:
            return Invalid(
                f"'{way.name}' refers to something that does not exist.", target=way.name
            )
    return not_found(refusal.id)
