"""GET: an entity, a collection, a count, a property, references.

Source: OData protocol 4.01, section 11.2; graph-surface 4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from vestibule.edm.linked import Shape
from vestibule.odata import paging
from vestibule.odata.accept import accepts
from vestibule.odata.address import Located, context, place, projection
from vestibule.odata.call import JSON, Reply, reply
from vestibule.odata.expand import expand, fill, item_of, items, printed, target_url
from vestibule.odata.options import NOTHING, Options, bind, texts_without_token
from vestibule.odata.serving import NO_RULES, Turn, both, source_of
from vestibule.odata.sources import Source, locate, source
from vestibule.ports import Query, Row


async def get_entity(turn: Turn) -> Reply:
    options = bind(turn.serving.model, turn.path.last.type, turn.given, many=False)
    found = await locate(turn, turn.path.steps)
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
    [body] = await printed(turn, [item_of(found)], options)
    body.update(add or {})
    answer = turn.json(status, context(found, options, turn.serving.homes), body)
    if last.row is None or not last.type.record:
        return answer
    return answer.plus(ETag=f'W/"{last.row["version"]}"')


async def get_collection(turn: Turn) -> Reply:
    serving, step = turn.serving, turn.path.last
    options = bind(serving.model, step.type, turn.given, many=True)
    found = tuple(await locate(turn, turn.path.steps[:-1]))
    at = await source(turn, found, step)
    mark = paging.fingerprint(turn.call.path, turn.given)
    body: dict[str, Any] = {}
    if options.count and options.skiptoken is None:
        body["@odata.count"] = await _count(turn, at, options)
    rows, token = await _page(turn, at, options, mark)
    if token:
        kept = texts_without_token(turn.call.query)
        body["@odata.nextLink"] = f"{turn.call.root}{turn.call.path}?{kept}$skiptoken={token}"
    if turn.path.tail == "$ref":
        urls = [target_url(turn, found, step, row) for row in rows]
        bare = serving.bare_references
        body["value"] = urls if bare else [{"@odata.id": url} for url in urls]
        return turn.json(200, "Collection($ref)", body)
    body["value"] = await printed(turn, items(found, step, rows), options)
    here = (*found, Located(step, None, step.type))
    return turn.json(200, context(here, options, serving.homes), body)


async def _page(
    turn: Turn, at: Source | None, options: Options, mark: str
) -> tuple[list[Row], str]:
    """The rows of a page, and the token of the next one; "" after the last."""
    serving = turn.serving
    page = paging.page(options, mark, preferred=turn.prefer.page_size, size=serving.page_size)
    if at is None or not page.size:
        return [], ""
    rows = await at.find(serving.entities, page.query(_narrowed(at, options), options))
    return page.cut(rows, options, mark)


def _narrowed(at: Source, options: Options) -> Query:
    return replace(at.query, where=both(at.query.where, options.where))


async def _count(turn: Turn, at: Source | None, options: Options) -> int:
    return await at.count(turn.serving.entities, _narrowed(at, options)) if at is not None else 0


async def get_count(turn: Turn) -> Reply:
    accepts(turn.call.headers.get("accept", ""), "text/plain")
    step = turn.path.last
    options = bind(turn.serving.model, step.type, turn.given, many=True)
    found = await locate(turn, turn.path.steps[:-1])
    number = await _count(turn, await source(turn, found, step), options)
    return reply(turn.call, 200, str(number).encode(), "text/plain;charset=utf-8")


async def get_property(turn: Turn) -> Reply:
    """A property on its own; a complex one with navigations shows what $expand asks for."""
    shape = turn.path.shape
    assert shape is not None  # noqa: S101  # the route is chosen by it
    options = NOTHING
    if shape.complex is not None:
        options = bind(turn.serving.model, shape.complex, turn.given, many=False)
    found = await locate(turn, turn.path.steps)
    row = source_of(found)
    if turn.path.tail == "$value":
        return _raw(turn, shape, row)
    if shape.rows:
        await fill(turn, [item_of(found)], frozenset({shape.name}))
    fragment = f"{place(found)}/{shape.name}{projection(options)}"
    if shape.complex is not None and shape.complex.ways:
        item = item_of(found)
        item.body = {}
        for expansion in options.expand:
            await expand(turn, [item], expansion, through=shape)
        return turn.json(200, fragment, item.body)
    value = turn.serving.printer.value(shape, shape.read(row, turn.call.now))
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
    value = turn.serving.printer.value(shape, shape.read(row, turn.call.now))
    if value is None:
        return reply(turn.call, 204)
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return reply(turn.call, 200, text.encode(), "text/plain;charset=utf-8")


async def get_reference(turn: Turn) -> Reply:
    """`$ref` of one target."""
    found = await locate(turn, turn.path.steps)
    url = target_url(turn, found[:-1], found[-1].step, source_of(found))
    if turn.serving.bare_references:
        return reply(turn.call, 200, msgspec.json.encode(url), JSON.format(turn.level))
    return turn.json(200, "$ref", {"@odata.id": url})


async def get_stream(turn: Turn) -> Reply:
    """The contents of an entity, as its rule has them."""
    found = await locate(turn, turn.path.steps)
    last = found[-1]
    rule = turn.serving.rules.get(last.type, NO_RULES).stream
    assert rule is not None  # noqa: S101  # Service refuses to start without it
    context_ = turn.at(found[:-1], last.step.way, last.type)
    body, media = await rule.read(context_, source_of(found))
    accepts(turn.call.headers.get("accept", ""), media, "application/octet-stream")
    return reply(turn.call, 200, body, media)
