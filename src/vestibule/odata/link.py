"""$ref: what a navigation refers to is added, set and removed; targets themselves stay.

Source: OData protocol 4.01, section 11.4.6; graph-surface 11.4, 11.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vestibule.edm.linked import Way
from vestibule.edm.reference import reference
from vestibule.errors import Invalid, NotFound, Stale
from vestibule.odata.address import Located
from vestibule.odata.call import Reply, reply
from vestibule.odata.changes import link
from vestibule.odata.payload import json_object
from vestibule.odata.serving import NO_RULES, Turn, not_found, source_of
from vestibule.odata.sources import locate
from vestibule.odata.write import patiently
from vestibule.ports import Change, Delete, Refusal, Row, Update


async def add(turn: Turn) -> Reply:
    """POST to a collection's $ref. Adding what is there already changes nothing."""
    if turn.path.last.way.target.given:
        return await patiently(turn, _relate)
    body = json_object(turn.call)
    found = await locate(turn, turn.path.steps[:-1])
    way = turn.path.last.way
    target = await _target(turn, way, reference(body, way, target="@odata.id"))
    also = await _related(turn, found, way, target)
    change = link(turn.call.tenant, source_of(found)["id"], way, target)
    await _write(turn, found, change, also, already=True)
    return reply(turn.call, 204)


async def put(turn: Turn) -> Reply:
    """PUT to a single navigation's $ref; an empty object unlinks."""
    body = json_object(turn.call)
    found = await locate(turn, turn.path.steps[:-1])
    way = turn.path.last.way
    source = source_of(found)["id"]
    present = await _link(turn, source, way, way.name)
    if not any(not name.casefold().endswith("type") for name in body):
        if present is not None:
            await _write(turn, found, *await _removal(turn, found, way, present))
        return reply(turn.call, 204)
    target = await _target(turn, way, reference(body, way, target="@odata.id"))
    also = await _related(turn, found, way, target)
    created = link(turn.call.tenant, source, way, target)
    replaced = Update(created.record, created.tenant, created.id, created.values, source)
    if present is None and await _write(turn, found, created, also, already=True):
        return reply(turn.call, 204)
    await _write(turn, found, replaced, also)  # there already, or set by another a moment ago
    return reply(turn.call, 204)


async def remove(turn: Turn) -> Reply:
    """DELETE nav/{id}/$ref, nav/$ref?@id=… and single/$ref; not linked is 404."""
    if turn.path.last.way.target.given:
        return await patiently(turn, _unrelate)
    way, id = turn.path.last.way, _named(turn)
    found = await locate(turn, turn.path.steps[:-1])
    source = source_of(found)["id"]
    present = await _link(turn, source, way, id)
    if present is None:
        raise not_found(id)
    await _write(turn, found, *await _removal(turn, found, way, present))
    return reply(turn.call, 204)


def _named(turn: Turn) -> str:
    """The id of the target whose link is to go."""
    step = turn.path.last
    id = step.key if step.way.collection else step.way.name
    if id is not None:
        return id
    if not turn.given.get("id"):
        raise Invalid("Say which reference to remove: $ref?@id=… or {id}/$ref.", target="@id")
    return reference(turn.given["id"], step.way, target="@id")


async def _relate(turn: Turn) -> Reply:
    """What the rules store for a link to a computed target, which need not be there yet."""
    body = json_object(turn.call)
    found = await locate(turn, turn.path.steps[:-1])
    way = turn.path.last.way
    target = {"id": reference(body, way, target="@odata.id")}
    return await _ruled(turn, await _related(turn, found, way, target), "link", found)


async def _unrelate(turn: Turn) -> Reply:
    step = replace(turn.path.last, key=_named(turn))
    found = await locate(turn, (*turn.path.steps[:-1], step))
    changes = await _related(turn, found[:-1], step.way, source_of(found), removed=True)
    return await _ruled(turn, changes, "unlink", found[:-1])


async def _ruled(
    turn: Turn, changes: Sequence[Change], action: str, found: Sequence[Located]
) -> Reply:
    """Raises Stale where another was faster: then the rules are asked again."""
    if changes:
        try:
            await turn.commit(
                changes, f"{action} {turn.path.last.way.name}", source_of(found)["id"]
            )
        except Refusal as refusal:
            raise Stale("The resource has changed meanwhile; try again.") from refusal
    return reply(turn.call, 204)


async def _target(turn: Turn, way: Way, id: str) -> Row:
    row = await turn.serving.entities.get(way.target.record, turn.call.tenant, id)
    if row is None or way.target.of(row) is None:
        raise NotFound(f"'{way.name}' refers to '{id}', which does not exist.", target="@odata.id")
    return row


async def _related(
    turn: Turn, found: Sequence[Located], way: Way, target: Row, *, removed: bool = False
) -> tuple[Change, ...]:
    """What the rules want changed beside the link."""
    type_ = found[-1].type
    rules = turn.serving.rules.get(type_, NO_RULES)
    rule = rules.unrelate if removed else rules.relate
    context = turn.at(found[:-1], found[-1].step.way, type_)
    return await rule(context, source_of(found), way.name, target) if rule else ()


async def _link(turn: Turn, source: str, way: Way, id: str) -> Row | None:
    """The stored link, if its target is one that this navigation shows."""
    assert way.link is not None  # noqa: S101  # $ref paths lead along links only
    entities, tenant = turn.serving.entities, turn.call.tenant
    stored = await entities.get(way.link.record, tenant, id, parent=source)
    if stored is None:
        return None
    target = await entities.get(way.target.record, tenant, stored[way.link.column])
    return stored if target is not None and way.target.of(target) is not None else None


async def _removal(
    turn: Turn, found: Sequence[Located], way: Way, present: Row
) -> tuple[Delete, tuple[Change, ...]]:
    assert way.link is not None  # noqa: S101  # as above
    tenant, source = turn.call.tenant, source_of(found)["id"]
    target = await turn.serving.entities.get(way.target.record, tenant, present[way.link.column])
    also = await _related(turn, found, way, target, removed=True) if target else ()
    return Delete(way.link.record, tenant, present["id"], source), also


async def _write(
    turn: Turn,
    found: Sequence[Located],
    change: Change,
    also: Sequence[Change] = (),
    *,
    already: bool = False,
) -> bool:
    """Whether it was written; `already`: that it exists is not a fault."""
    action = "unlink" if isinstance(change, Delete) else "link"
    way = turn.path.last.way
    try:
        await turn.commit([change, *also], f"{action} {way.name}", source_of(found)["id"])
    except Refusal as refusal:
        if refusal.reason == "duplicate" and already:
            return False
        if refusal.reason == "dangling" and refusal.reference == way.target.record:
            raise NotFound(
                f"'{way.name}' refers to something that does not exist.", target="@odata.id"
            ) from refusal
        raise not_found(refusal.id) from refusal
    return True
