"""POST, PATCH and DELETE of entities: validate, let the rules decide, write once.

Source: OData protocol 4.01, section 11.4; graph-surface 11.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from vestibule.edm.declare import Access
from vestibule.edm.linked import Type
from vestibule.edm.validate import clean
from vestibule.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from vestibule.odata.address import Located, place
from vestibule.odata.call import Reply, reply
from vestibule.odata.changes import (
    expected_version,
    held,
    links_to,
    rest,
    stored,
    targets_of,
    told,
)
from vestibule.odata.options import NOTHING
from vestibule.odata.path import fits
from vestibule.odata.payload import json_object, raw
from vestibule.odata.read import entity_reply
from vestibule.odata.serving import NO_RULES, Turn, check_access, not_found, parent_id
from vestibule.odata.sources import locate
from vestibule.ports import Change, Delete, Insert, Refusal, Row, Update
from vestibule.rules import Decision

_TRIES = 5
MAX_KEY = 255  # characters; what an index of any store can hold


async def create(turn: Turn) -> Reply:
    body = json_object(turn.call)
    found = await locate(turn, turn.path.steps[:-1])
    created, decision = await insert(turn, found, body)
    return await _created(turn, found, created, decision)


async def _created(
    turn: Turn, found: Sequence[Located], created: Located, decision: Mapping[str, Any]
) -> Reply:
    url = f"{turn.call.root}/{place((*found, created))}"
    if turn.prefer.answer == "minimal":
        answer = reply(turn.call, 204).plus(OData_EntityId=url)
    else:
        answer = await entity_reply(turn, (*found, created), NOTHING, status=201, add=decision)
    return answer.plus(Location=url)


async def insert(
    turn: Turn, found: Sequence[Located], body: Mapping[str, Any]
) -> tuple[Located, Mapping[str, Any]]:
    """Store what a body describes under the last step of the path; what to reveal once."""
    serving, step, tenant = turn.serving, turn.path.last, turn.call.tenant
    type_, values = clean(serving.model, step.type, body)
    if not fits(step.way, type_):
        raise Invalid(f"A {type_.name} does not belong here.", target="@odata.type")
    fixed = {**type_.where, **step.way.where}
    context = turn.at(found, step.way, type_)
    targets = await targets_of(turn, type_, values)
    rules = serving.rules.get(type_, NO_RULES)
    decision = await rules.create(context, values) if rules.create else Decision()
    id = decision.id or values.get(type_.key) or serving.world.guid()
    if len(id) > MAX_KEY:
        raise Invalid(f"'{type_.key}' must have at most {MAX_KEY} characters.", target=type_.key)
    if type_.given:
        return await _computed(turn, found, type_, id, decision), decision.reveal
    columns = {
        **stored(type_, values), **rest(type_, values, {}), **fixed, **decision.columns,
    }  # fmt: skip
    columns.pop("id", None)
    columns |= {
        target.way.link.column: target.row["id"]
        for target in targets
        if target.way.link is not None and not target.way.link.record
    }
    parent = parent_id(found)
    changes: list[Change] = [*decision.first, Insert(type_.record, tenant, id, columns, parent)]
    changes += links_to(tenant, id, targets)
    changes += decision.also
    if rules.relate is not None:
        new = {**columns, "id": id, "parent": parent, "version": 1}
        for target in targets:
            changes += await rules.relate(context, new, target.way.name, target.row)
    try:
        rows = await turn.commit(changes, f"create {type_.name}", id)
    except Refusal as refusal:
        raise told(refusal, id, type_) from refusal
    row = rows[len(decision.first)]
    keyed = replace(step, key=row["id"], by=None)
    return Located(keyed, row, keyed.shows(row) or type_), decision.reveal


async def _computed(
    turn: Turn, found: Sequence[Located], type_: Type, id: str, decision: Decision
) -> Located:
    """Write what was decided about a member of a computed set, and read it back."""
    try:
        await turn.commit(decision.also, f"write {type_.name}", id)
    except Refusal as refusal:
        if turn.call.method != "POST" and refusal.reason in {"duplicate", "missing"}:
            # The rule looked whether there was a row, and another has made or removed it since.
            raise Stale("The resource has changed meanwhile; try again.") from refusal
        raise told(refusal, id, type_) from refusal
    step = replace(turn.path.last, key=id if turn.path.last.way.collection else None)
    found = await locate(turn, (*(one.step for one in found), step))
    return found[-1]


async def update(turn: Turn) -> Reply:
    """PATCH; through a link it changes the target, which its own home must allow too."""
    may_at_home(turn)
    return await patiently(turn, _update)


async def patiently(turn: Turn, once: Callable[[Turn], Awaitable[Reply]]) -> Reply:
    """Try again where the row changed between reading and writing, unless the caller minds.

    Raises Stale where If-Match names a version, Conflict where others are always faster.
    """
    for _ in range(_TRIES):
        try:
            return await once(turn)
        except Stale:
            if turn.call.headers.get("if-match", "*").strip() != "*":
                raise
    raise Conflict(
        "Others are changing this resource at the same time; try again.",
        code="Directory_ConcurrencyViolation",
    )


async def _update(turn: Turn) -> Reply:
    serving = turn.serving
    body = json_object(turn.call)
    found = await locate(turn, turn.path.steps)
    last = found[-1]
    row = _writable_row(last)
    expect = expected_version(turn.call.headers.get("if-match"), row)
    _, values = clean(serving.model, last.type, body, current=row)
    rules = serving.rules.get(last.type, NO_RULES)
    context = turn.at(found[:-1], last.step.way, last.type)
    decision = await rules.update(context, row, values) if rules.update else Decision()
    if last.type.given:
        last = await _computed(turn, found[:-1], last.type, row["id"], decision)
    else:
        last = Located(last.step, await rewrite(turn, last, values, decision, expect), last.type)
    return await _updated(turn, (*found[:-1], last))


async def _updated(turn: Turn, found: Sequence[Located]) -> Reply:
    if turn.prefer.answer != "representation":
        return reply(turn.call, 204)
    return await entity_reply(turn, found, NOTHING, status=200)


async def put(turn: Turn) -> Reply:
    """PUT of one entity: 201 where there was none, else 204."""
    return await patiently(turn, _put)


async def _put(turn: Turn) -> Reply:
    serving, step = turn.serving, turn.path.last
    body = json_object(turn.call)
    found = await locate(turn, turn.path.steps[:-1])
    try:
        there = (await locate(turn, turn.path.steps))[-1]
    except NotFound:
        there = None
    row = there.row if there is not None else None
    expected_version(turn.call.headers.get("if-match"), row or {"version": 0})
    type_, values = clean(serving.model, step.type, body)
    rule = serving.rules.get(type_, NO_RULES).put
    assert rule is not None  # noqa: S101  # Service refuses to start without it
    id = row["id"] if row is not None else step.key or step.way.name
    decision = await rule(turn.at(found, step.way, type_), id, row, values)
    id = decision.id or id
    if type_.given:
        now = await _computed(turn, found, type_, id, decision)
    elif there is not None:
        now = Located(there.step, await rewrite(turn, there, values, decision, None), there.type)
    else:
        columns = {**stored(type_, values), **type_.where, **decision.columns}
        columns.pop("id", None)
        change = Insert(type_.record, turn.call.tenant, id, columns, parent_id(found))
        try:
            rows = await turn.commit([change, *decision.also], f"create {type_.name}", id)
        except Refusal as refusal:
            raise told(refusal, id, type_) from refusal
        now = Located(replace(step, key=rows[0]["id"]), rows[0], type_)
    if decision.shown:
        return await entity_reply(turn, (*found, now), NOTHING, status=200)
    if there is not None:
        return await _updated(turn, (*found, now))
    return await _created(turn, found, now, decision.reveal)


async def rewrite(
    turn: Turn, at: Located, values: Mapping[str, Any], decision: Decision, expect: int | None
) -> Row:
    """Write the columns of an update and what was decided beside it; the row as it is now."""
    row = _writable_row(at)
    kept = rest(at.type, values, row)
    columns = {**stored(at.type, values), **kept, **decision.columns}
    columns.pop("id", None)
    if (kept or decision.exact) and expect is None:
        expect = row["version"]  # written back whole: nobody else's may be lost
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
    tenant = turn.call.tenant
    found = await locate(turn, turn.path.steps)
    last = found[-1]
    row = _writable_row(last)
    expect = expected_version(turn.call.headers.get("if-match"), row)
    rules = turn.serving.rules.get(last.type, NO_RULES)
    context = turn.at(found[:-1], last.step.way, last.type)
    decision = await rules.delete(context, row, {}) if rules.delete else Decision()
    changes: list[Change] = list(decision.also)
    if not last.step.way.target.given:
        changes.append(Delete(last.type.record, tenant, row["id"], row["parent"], expect))
    try:
        await turn.commit(changes, f"delete {last.type.name}", row["id"])
    except Refusal as refusal:
        if refusal.reason == "held":
            raise await held(turn, refusal.reference, row["id"]) from refusal
        raise told(refusal, row["id"], last.type) from refusal
    return reply(turn.call, 204)


def may_at_home(turn: Turn) -> None:
    """A target changed through a link is changed everywhere."""
    home = turn.serving.homes.get(turn.path.last.way)
    if home is not None:
        check_access(turn.context.principal, home.way.access or Access(), write=True)


def _writable_row(at: Located) -> Row:
    if at.row is None or not (at.type.record or at.type.given):
        raise not_found(at.step.way.name)
    return at.row


async def put_stream(turn: Turn) -> Reply:
    """PUT or DELETE of an entity's contents."""
    found = await locate(turn, turn.path.steps)
    last = found[-1]
    row = _writable_row(last)
    rules = turn.serving.rules.get(last.type, NO_RULES).stream
    rule = None if rules is None else rules.remove if turn.call.method == "DELETE" else rules.write
    if rule is None:
        raise NotAllowed("The contents cannot be changed.")
    expected_version(turn.call.headers.get("if-match"), row)
    contents = raw(turn.call) if turn.call.method == "PUT" else b""
    changes = await rule(turn.at(found[:-1], last.step.way, last.type), row, contents)
    try:
        await turn.commit(changes, f"write contents of {last.type.name}", row["id"])
    except Refusal as refusal:
        raise told(refusal, row["id"], last.type) from refusal
    return reply(turn.call, 204)
