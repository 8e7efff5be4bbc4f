"""GET: an entity, a collection, a count, a property, references.

Source: OData protocol 4.01, section 11.2; graph-surface 4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from vestibule.edm.linked import Shape
from vestibule.odata import address, paging
from vestibule.odata.accept import accepts
from vestibule.odata.address import Located, context, place, projection
from vestibule.odata.call import Reply, reply
from vestibule.odata.options import MAX_TOP, NOTHING, Expand, Options, bind, texts_without_token
from vestibule.odata.path import Step
from vestibule.odata.serving import (
    Turn,
    both,
    check_access,
    locate,
    parent_id,
    source_of,
)
from vestibule.ports import Constant, In, Member, Query, Row


async def get_entity(turn: Turn) -> Reply:
    options = bind(turn.serving.model, turn.path.last.type, turn.given, many=False)
    found = await locate(turn.serving, turn.call.tenant, turn.path.steps)
    return await entity_reply(turn, found, options, status=200)


async def entity_reply(
    turn: Turn,
    found: Sequence[Located],
    options: Options,
    *,
    status: int,
    add: Mapping[str, Any] | None = None,
) -> Reply:
    """The last of the chain as the body of a reply; `add` holds members shown this once."""
    last = found[-1]
    printed = await _printed(turn, found, options)
    printed.update(add or {})
    answer = turn.json(status, context(found, options, turn.serving.homes), printed)
    if last.row is None or not last.type.record:
        return answer
    return answer.plus(ETag=f'W/"{last.row["version"]}"')


async def get_collection(turn: Turn) -> Reply:
    serving, step = turn.serving, turn.path.last
    options = bind(serving.model, step.type, turn.given, many=True)
    found = await locate(serving, turn.call.tenant, turn.path.steps[:-1])
    query = await _query(turn, found, step)
    mark = paging.fingerprint(turn.call.path, turn.given)
    here = [*found, Located(step, None, step.type)]
    body: dict[str, Any] = {}
    if query is not None:
        query = replace(query, where=both(query.where, options.where))
    if options.count and options.skiptoken is None:
        body["@odata.count"] = await serving.entities.count(query) if query is not None else 0
    rows, token = await _page(turn, query, options, mark)
    if token:
        kept = texts_without_token(turn.call.query)
        body["@odata.nextLink"] = f"{turn.call.root}{turn.call.path}?{kept}$skiptoken={token}"
    if turn.path.tail == "$ref":
        body["value"] = [{"@odata.id": _target_url(turn, found, step, row)} for row in rows]
        return turn.json(200, "Collection($ref)", body)
    body["value"] = [item for row in rows if (item := await _item(turn, found, step, row, options))]
    answer = turn.json(200, context(here, options, serving.homes), body)
    if turn.prefer.page_size and options.top is None:
        answer = answer.plus(Preference_Applied=f"odata.maxpagesize={turn.prefer.page_size}")
    return answer


async def _page(
    turn: Turn, query: Query | None, options: Options, mark: str
) -> tuple[list[Row], str]:
    """The rows of a page, and the token of the next one; "" after the last."""
    after = paging.start(options, mark)
    wanted = turn.prefer.page_size or turn.serving.page_size
    size = min(options.top if options.top is not None else wanted, MAX_TOP)
    if query is None or not size:
        return [], ""
    skip = options.skip if after is None else 0
    page = replace(query, order=options.order, top=size + 1, skip=skip, after=after)
    rows = await turn.serving.entities.find(page)
    if len(rows) <= size:
        return rows, ""
    return rows[:size], paging.after(rows[size - 1], options, mark)


async def get_count(turn: Turn) -> Reply:
    accepts(turn.call.headers.get("accept", ""), "text/plain")
    step = turn.path.last
    options = bind(turn.serving.model, step.type, turn.given, many=True)
    found = await locate(turn.serving, turn.call.tenant, turn.path.steps[:-1])
    query = await _query(turn, found, step)
    number = 0
    if query is not None:
        query = replace(query, where=both(query.where, options.where))
        number = await turn.serving.entities.count(query)
    return reply(turn.call, 200, str(number).encode(), "text/plain;charset=utf-8")


async def get_property(turn: Turn) -> Reply:
    """A property on its own; a complex one with navigations shows what $expand asks for."""
    shape = turn.path.shape
    assert shape is not None  # noqa: S101  # the route is chosen by it
    options = NOTHING
    if shape.complex is not None:
        options = bind(turn.serving.model, shape.complex, turn.given, many=False)
    found = await locate(turn.serving, turn.call.tenant, turn.path.steps)
    row = source_of(found)
    if turn.path.tail == "$value":
        return _raw(turn, shape, row)
    fragment = f"{place(found)}/{shape.name}{projection(options)}"
    if shape.complex is not None and shape.complex.ways:
        body: dict[str, Any] = {}
        await _expand(turn, found, options.expand, body, through=shape)
        return turn.json(200, fragment, body)
    value = turn.serving.printer.value(shape, shape.read(row))
    if value is None:
        return reply(turn.call, 204)
    if shape.complex is not None and not shape.collection:
        chosen = options.select
        return turn.json(
            200, fragment, {k: v for k, v in value.items() if chosen is None or k in chosen}
        )
    return turn.json(200, fragment, {"value": value})


def _raw(turn: Turn, shape: Shape, row: Row) -> Reply:
    accepts(turn.call.headers.get("accept", ""), "text/plain")
    value = turn.serving.printer.value(shape, shape.read(row))
    if value is None:
        return reply(turn.call, 204)
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return reply(turn.call, 200, text.encode(), "text/plain;charset=utf-8")


async def get_reference(turn: Turn) -> Reply:
    """`$ref` of one target."""
    found = await locate(turn.serving, turn.call.tenant, turn.path.steps)
    url = _target_url(turn, found[:-1], found[-1].step, source_of(found))
    return turn.json(200, "$ref", {"@odata.id": url})


async def _query(turn: Turn, found: Sequence[Located], step: Step) -> Query | None:
    """Which rows stand at a collection; None: none can."""
    serving, way, tenant = turn.serving, step.way, turn.call.tenant
    where = serving.visible[step.type]
    if way.link is None:
        parent = parent_id(found)
        return Query(step.type.record, tenant, parent=parent or None, where=where)
    links = await serving.entities.find(
        Query(way.link.record, tenant, parent=source_of(found)["id"])
    )
    if not way.collection:
        links = [link for link in links if link["id"].casefold() == way.name.casefold()]
    if not links:
        return None
    ids = tuple(Constant(link[way.link.column]) for link in links)
    return Query(step.type.record, tenant, where=both(In(Member("id"), ids), where))


async def _item(
    turn: Turn, found: Sequence[Located], step: Step, row: Row, options: Options
) -> dict[str, Any] | None:
    """One row of a collection, printed; None where no type of ours shows it."""
    type_ = step.type.of(row)
    if type_ is None:
        return None
    keyed = replace(step, key=row["id"])
    return await _printed(turn, (*found, Located(keyed, row, type_)), options)


async def _printed(turn: Turn, found: Sequence[Located], options: Options) -> dict[str, Any]:
    last = found[-1]
    row = source_of(found)
    url = _target_url(turn, found[:-1], last.step, row) if turn.level == "full" else ""
    body = turn.serving.printer.entity(
        last.type,
        row,
        declared=last.step.way.target,
        level=turn.level,
        select=options.select,
        url=url,
    )
    if options.expand:
        await _expand(turn, found, options.expand, body)
    return body


async def _expand(
    turn: Turn,
    found: Sequence[Located],
    expansions: Sequence[Expand],
    body: dict[str, Any],
    *,
    through: Shape | None = None,
) -> None:
    """Add the targets of navigations to a printed object.

    `through` is the complex property that is itself printed as `body`.
    """
    for item in expansions:
        way, options = item.way, item.options
        inside = body.setdefault(item.through.name, {}) if item.through else body
        if way.access is not None:
            check_access(turn.context.principal, way.access, write=False)
        step = Step(way, way.target, None, item.through or through)
        query = await _query(turn, found, step)
        rows: list[Row] = []
        if query is not None:
            top = min(options.top if options.top is not None else MAX_TOP, MAX_TOP)
            where = both(query.where, options.where)
            page = replace(query, where=where, order=options.order, top=top, skip=options.skip)
            rows = await turn.serving.entities.find(page)
        if options.count:
            inside[f"{way.name}@odata.count"] = (
                await turn.serving.entities.count(page) if query is not None else 0
            )
        printed: list[dict[str, Any] | None]
        if item.reference:
            printed = [{"@odata.id": _target_url(turn, found, step, row)} for row in rows]
        else:
            printed = [await _item(turn, found, step, row, options) for row in rows]
        shown = [one for one in printed if one is not None]
        inside[way.name] = shown if way.collection else next(iter(shown), None)


def _target_url(turn: Turn, found: Sequence[Located], step: Step, row: Row) -> str:
    """The address of an entity: where it lives, not where it is linked from."""
    home = turn.serving.homes.get(step.way)
    if home is not None:
        return f"{turn.call.root}/{home}{address.key(row['id'])}"
    return f"{turn.call.root}/{place((*found, Located(step, row, step.type)))}"
