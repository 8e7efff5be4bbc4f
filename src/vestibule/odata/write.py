"""POST, PATCH and DELETE of entities: validate, let the rules decide, write once.

Source: OData protocol 4.01, section 11.4; graph-surface 11.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vestibule.edm.linked import Shape, Type, Way
from vestibule.edm.validate import clean
from vestibule.errors import Conflict, Invalid, NotFound, Problem, Stale
from vestibule.odata.address import Located, linking, place
from vestibule.odata.call import Reply, reply
from vestibule.odata.options import NOTHING
from vestibule.odata.payload import json_object
from vestibule.odata.read import entity_reply
from vestibule.odata.serving import Turn, locate, not_found, parent_id
from vestibule.ports import (
    Binary,
    Change,
    Constant,
    Delete,
    Insert,
    Member,
    Query,
    Refusal,
    Row,
    Update,
)
from vestibule.rules import Decision, Rules

NO_RULES = Rules()
MOST_NAMED = 3
MAX_KEY = 255  # characters; what an index of any store can hold


@dataclass(frozen=True, slots=True)
class Target:
    """A navigation given inline and one row that it names."""

    way: Way
    row: Row


async def create(turn: Turn) -> Reply:
    body = json_object(turn.call)
    found = await locate(turn.serving, turn.call.tenant, turn.path.steps[:-1])
    created, decision = await insert(turn, found, body)
    url = f"{turn.call.root}/{place((*found, created))}"
    if turn.prefer.answer == "minimal":
        answer = reply(turn.call, 204).plus(Preference_Applied="return=minimal", OData_EntityId=url)
    else:
        answer = await entity_reply(turn, (*found, created), NOTHING, status=201, add=decision)
    return answer.plus(Location=url)


async def insert(
    turn: Turn, found: Sequence[Located], body: Mapping[str, Any]
) -> tuple[Located, Mapping[str, Any]]:
    """Store what a body describes under the last step of the path; what to reveal once."""
    serving, step, tenant = turn.serving, turn.path.last, turn.call.tenant
    type_, values = clean(serving.model, step.type, body)
    turn.context.type = type_.name
    turn.context.parent = found[-1].row if found and found[-1].type.record else None
    targets = await _targets(turn, type_, values)
    rules = serving.rules.get(type_, NO_RULES)
    decision = await rules.create(turn.context, values) if rules.create else Decision()
    id = decision.id or values.get(type_.key) or serving.world.guid()
    if len(id) > MAX_KEY:
        raise Invalid(f"'{type_.key}' must have at most {MAX_KEY} characters.", target=type_.key)
    columns = {**stored(type_, values), **type_.where, **decision.columns}
    columns.pop("id", None)
    parent = parent_id(found)
    changes: list[Change] = [Insert(type_.record, tenant, id, columns, parent)]
    changes += _links(tenant, id, targets)
    changes += decision.also
    if rules.relate is not None:
        row = {**columns, "id": id, "parent": parent, "version": 1}
        for target in targets:
            changes += await rules.relate(turn.context, row, target.way.name, target.row)
    try:
        rows = await turn.commit(changes, f"create {type_.name}", id)
    except Refusal as refusal:
        raise told(refusal, id, type_) from refusal
    keyed = replace(step, key=rows[0]["id"])
    return Located(keyed, rows[0], type_), decision.reveal


async def update(turn: Turn) -> Reply:
    serving = turn.serving
    body = json_object(turn.call)
    found = await locate(serving, turn.call.tenant, turn.path.steps)
    last = found[-1]
    row = _stored_row(last)
    expect = expected_version(turn.call.headers.get("if-match"), row)
    _, values = clean(serving.model, last.type, body, current=row)
    turn.context.type = last.type.name
    turn.context.parent = found[-2].row if len(found) > 1 and found[-2].type.record else None
    rules = serving.rules.get(last.type, NO_RULES)
    decision = await rules.update(turn.context, row, values) if rules.update else Decision()
    last = Located(last.step, await rewrite(turn, last, values, decision, expect), last.type)
    if turn.prefer.answer != "representation":
        return reply(turn.call, 204)
    answer = await entity_reply(turn, (*found[:-1], last), NOTHING, status=200)
    return answer.plus(Preference_Applied="return=representation")


async def rewrite(
    turn: Turn, at: Located, values: Mapping[str, Any], decision: Decision, expect: int | None
) -> Row:
    """Write the columns of an update and what was decided beside it; the row as it is now."""
    row = _stored_row(at)
    columns = {**stored(at.type, values), **decision.columns}
    columns.pop("id", None)
    changes: list[Change] = []
    if columns:
        changes.append(
            Update(at.type.record, turn.call.tenant, row["id"], columns, row["parent"], expect)
        )
    changes += decision.also
    if not changes:
        return row
    try:
        rows = await turn.commit(changes, f"update {at.type.name}", row["id"])
    except Refusal as refusal:
        raise told(refusal, row["id"], at.type) from refusal
    return rows[0] if columns else row


async def delete(turn: Turn) -> Reply:
    serving, tenant = turn.serving, turn.call.tenant
    found = await locate(serving, tenant, turn.path.steps)
    last = found[-1]
    row = _stored_row(last)
    expect = expected_version(turn.call.headers.get("if-match"), row)
    turn.context.type = last.type.name
    turn.context.parent = found[-2].row if len(found) > 1 and found[-2].type.record else None
    rules = serving.rules.get(last.type, NO_RULES)
    decision = await rules.delete(turn.context, row, {}) if rules.delete else Decision()
    gone = Delete(last.type.record, tenant, row["id"], row["parent"], expect)
    try:
        await turn.commit([*decision.also, gone], f"delete {last.type.name}", row["id"])
    except Refusal as refusal:
        if refusal.reason == "held":
            raise await _held(turn, refusal.reference, row["id"]) from refusal
        raise told(refusal, row["id"], last.type) from refusal
    return reply(turn.call, 204)


def stored(type_: Type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Clean values by column; computed ones and navigations have none."""
    shapes = type_.properties
    return {
        shapes[name].column: value
        for name, value in values.items()
        if name in shapes and shapes[name].column
    }


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


async def _targets(turn: Turn, type_: Type, values: dict[str, Any]) -> list[Target]:
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


def _links(tenant: str, source: str, targets: Sequence[Target]) -> list[Change]:
    """One row for each link; two navigations may show the same one."""
    links: dict[tuple[str, str], Change] = {}
    for target in targets:
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
            return Conflict("A resource with the same values already exists.")
        case "missing":
            return not_found(id)
        case "stale":
            return Stale("The resource has changed since it was read; read it again.")
        case "held":
            return Conflict(f"'{id}' is still used; remove what refers to it first.")
        case "dangling":
            return _dangling(type_, refusal)


async def _held(turn: Turn, record: str, id: str) -> Conflict:
    """Names some of those that refer to the row by link rows of `record`."""
    links = {way.link for way in linking(turn.serving.model) if way.link is not None}
    names: list[str] = []
    for column in (link.column for link in links if link.record == record):
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


def _stored_row(at: Located) -> Row:
    if at.row is None or not at.type.record:
        raise not_found(at.step.way.name)
    return at.row
