"""Where the rows of a step come from: the store, along a link, or a rule that computes them.

A *source* answers a query. Of a given set all rows are computed and `evaluate.select` narrows
them; everything else the store does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vestibule.edm.linked import Shape, Way
from vestibule.odata.address import Located
from vestibule.odata.evaluate import select
from vestibule.odata.path import Step
from vestibule.odata.serving import NO_RULES, Turn, both, not_found, parent_id, source_of
from vestibule.ports import Binary, Constant, Entities, Member, Query, Row


@dataclass(frozen=True, slots=True)
class Source:
    """`query` says which rows there are; `given` holds them where they are computed."""

    query: Query
    given: tuple[Row, ...] | None = None

    async def find(self, entities: Entities, query: Query) -> list[Row]:
        """The rows of `query`, which narrows ours."""
        return await entities.find(query) if self.given is None else select(self.given, query)

    async def count(self, entities: Entities, query: Query) -> int:
        if self.given is None:
            return await entities.count(query)
        return len(select(self.given, replace(query, top=None, skip=0, after=None)))


async def source(turn: Turn, found: Sequence[Located], step: Step) -> Source | None:
    """What stands at a collection behind the located steps; None: nothing can."""
    serving, way, tenant = turn.serving, step.way, turn.call.tenant
    where = both(serving.visible[step.type], serving.shown.get(way))
    if way.target.given:
        return Source(Query(step.type.name, tenant, where=where), await given(turn, found, way))
    if way.link is None:
        return Source(Query(step.type.record, tenant, parent=parent_id(found) or None, where=where))
    ids = await _targets(turn, way, source_of(found))
    return Source(Query(step.type.record, tenant, ids=tuple(ids), where=where)) if ids else None


async def given(turn: Turn, found: Sequence[Located], way: Way) -> tuple[Row, ...]:
    """Every row of a computed set."""
    rule = turn.serving.rules.get(way.target, NO_RULES).given
    assert rule is not None  # noqa: S101  # Service refuses to start without it
    return tuple(await rule(turn.at(found, way, way.target)))


async def _targets(turn: Turn, way: Way, row: Row) -> list[str]:
    """The ids that a row's navigation refers to."""
    assert way.link is not None  # noqa: S101  # asked of linking ways only
    column = way.link.column
    if not way.link.record:
        return [row[column]] if row[column] is not None else []
    entities, tenant = turn.serving.entities, turn.call.tenant
    if not way.collection:
        link = await entities.get(way.link.record, tenant, way.name, parent=row["id"])
        return [link[column]] if link is not None else []
    links = await entities.find(Query(way.link.record, tenant, parent=row["id"]))
    return [link[column] for link in links]


async def locate(turn: Turn, steps: Sequence[Step]) -> list[Located]:
    """What stands at each step. Raises NotFound for the first that is not there.

    A last step before a collection is located without a row.
    """
    found: list[Located] = []
    for step in steps:
        if step.many:
            found.append(Located(step, None, step.type))
        else:
            found.append(await _one(turn, found, step))
    return found


async def _one(turn: Turn, found: Sequence[Located], step: Step) -> Located:
    way = step.way
    id = step.key if step.key is not None else way.name
    if way.target.given:
        row = await _computed(turn, found, step)
    elif not way.target.record:
        return Located(step, {"id": way.name, "parent": "", "version": 1}, step.type)
    elif way.link is not None:
        row = await _linked(turn, step, source_of(found))
    else:
        row = await _stored(turn, step, parent_id(found))
    type_ = step.shows(row) if row is not None else None
    if row is None or type_ is None or not shown(way, row):
        raise not_found(id)
    return Located(step, row, type_)


async def _computed(turn: Turn, found: Sequence[Located], step: Step) -> Row | None:
    """A row of a computed set, by its key where it has one."""
    rule = turn.serving.rules.get(step.way.target, NO_RULES).sought
    if rule is None or step.key is None:
        return _among(await given(turn, found, step.way), step)
    return await rule(turn.at(found, step.way, step.way.target), step.key)


def shown(way: Way, row: Row) -> bool:
    """Whether the way leads to this row of its target's."""
    return all(row.get(column) == value for column, value in way.where.items())


def _among(rows: Sequence[Row], step: Step) -> Row | None:
    """The member of a computed set that a key names: as written, else in any casing."""
    if step.key is None:
        return rows[0] if rows else None
    column = step.by.column if step.by is not None else "id"
    exact = (row for row in rows if row[column] == step.key)
    folded = (row for row in rows if str(row[column]).casefold() == (step.key or "").casefold())
    return next(exact, None) or next(folded, None)


async def _linked(turn: Turn, step: Step, row: Row) -> Row | None:
    """The target of a link, by its key or of a single-valued navigation."""
    way, entities, tenant = step.way, turn.serving.entities, turn.call.tenant
    assert way.link is not None  # noqa: S101  # asked of linking ways only
    if not way.collection:
        ids = await _targets(turn, way, row)
        return await entities.get(way.target.record, tenant, ids[0]) if ids else None
    id: str | None = step.key
    if step.by is not None:
        target = await _stored(turn, step, "")
        id = target["id"] if target is not None else None
    link = await entities.get(way.link.record, tenant, id, parent=row["id"]) if id else None
    if link is None:
        return None
    return await entities.get(way.target.record, tenant, link[way.link.column])


async def _stored(turn: Turn, step: Step, parent: str) -> Row | None:
    """A row by its key, by an alternate key, or by what else its type is found by."""
    way, entities, tenant = step.way, turn.serving.entities, turn.call.tenant
    assert step.key is not None  # noqa: S101  # single-valued ways lead to given sets or links
    if step.by is not None:
        return await _found(turn, step, parent, step.by)
    row = await entities.get(way.target.record, tenant, step.key, parent=parent)
    for shape in way.target.finders if row is None else ():
        row = row or await _found(turn, step, parent, shape)
    return row


async def _found(turn: Turn, step: Step, parent: str, shape: Shape) -> Row | None:
    type_ = step.way.target
    try:
        value = shape.primitive.parse(step.key) if shape.primitive is not None else step.key
    except ValueError:
        return None  # what no value can be, no entity has
    where = both(Binary("eq", Member(shape.column), Constant(value)), turn.serving.visible[type_])
    query = Query(type_.record, turn.call.tenant, parent=parent or None, where=where, top=1)
    rows = await turn.serving.entities.find(query)
    return rows[0] if rows else None
