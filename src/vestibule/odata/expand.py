"""Rows → printed objects, with what $expand asks for: one query a navigation, whatever the page.

Source: OData protocol 4.01, section 11.2.5; graph-surface 3.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vestibule.edm.linked import Shape, Type
from vestibule.errors import Invalid
from vestibule.odata import address
from vestibule.odata.address import Located, place
from vestibule.odata.options import MAX_TOP, Expand, Options
from vestibule.odata.path import Step
from vestibule.odata.serving import Turn, both, check_access, source_of
from vestibule.odata.sources import source
from vestibule.ports import Query, Row

Chain = tuple[Located, ...]


@dataclass(slots=True)
class Item:
    """A row at a step, behind the located steps or the item `behind`, and what it prints as."""

    behind: Chain | Item
    step: Step
    row: Row
    type: Type
    body: Any = None  # the object, once it is printed

    @property
    def before(self) -> Chain:
        return self.behind.chain if isinstance(self.behind, Item) else self.behind

    @property
    def chain(self) -> Chain:
        step = replace(self.step, key=self.row["id"]) if self.step.way.collection else self.step
        return (*self.before, Located(step, self.row, self.type))


def item_of(found: Sequence[Located]) -> Item:
    """The last of the located steps."""
    last = found[-1]
    return Item(tuple(found[:-1]), last.step, source_of(found), last.type)


def items(behind: Chain | Item, step: Step, rows: Sequence[Row]) -> list[Item]:
    """The rows at a collection; those that no type of ours shows are left out."""
    if len(step.type.family) == 1 and not step.type.given:  # the query asked for no others
        type_ = step.type.family[0]
        return [Item(behind, step, row, type_) for row in rows]
    found = ((row, step.shows(row)) for row in rows)
    return [Item(behind, step, row, type_) for row, type_ in found if type_ is not None]


async def printed(turn: Turn, found: Sequence[Item], options: Options) -> list[dict[str, Any]]:
    """The objects of rows of one set, in order."""
    if not found:
        return []
    await fill(turn, found, options.select)
    if turn.level == "full":
        for item in found:
            url = target_url(turn, item.before, item.step, item.row)
            item.body = turn.serving.printer.entity(
                item.type,
                item.row,
                turn.call.now,
                declared=item.step.way.target,
                level="full",
                select=options.select,
                url=url,
            )
    else:
        declared = found[0].step.way.target if turn.level == "minimal" else None
        objects = turn.serving.printer.objects(
            ((item.type, item.row) for item in found),
            turn.call.now,
            declared=declared,
            select=options.select,
        )
        for item, body in zip(found, objects, strict=True):
            item.body = body
    for expansion in options.expand:
        await expand(turn, found, expansion)
    return [item.body for item in found]


async def fill(turn: Turn, found: Sequence[Item], select: frozenset[str] | None) -> None:
    """Put values that are rows of their own where their properties look for them."""
    shapes = {
        shape.column: shape
        for type_ in {item.type for item in found}
        for shape in type_.properties.values()
        if shape.rows and _shown(shape, select)
    }
    for record, shape in shapes.items():
        inner = shape.complex
        assert inner is not None  # noqa: S101  # such values are complex
        grouped = await _children(turn, record, [item.row["id"] for item in found])
        for item in found:
            item.row[record] = [
                {one.name: one.read(row) for one in inner.properties.values()}
                for row in grouped.get(item.row["id"], ())
            ]


def _shown(shape: Shape, select: frozenset[str] | None) -> bool:
    return shape.name in select if select is not None else not shape.declared.on_request


async def _children(turn: Turn, record: str, parents: Sequence[str]) -> dict[str, list[Row]]:
    """Rows of a contained record by the ids of the rows that contain them."""
    query = Query(record, turn.call.tenant, parents=tuple(parents))
    return _by_parent(await turn.serving.entities.find(query))


def _by_parent(rows: Iterable[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["parent"], []).append(row)
    return grouped


async def expand(
    turn: Turn, found: Sequence[Item], expansion: Expand, *, through: Shape | None = None
) -> None:
    """Add the targets of a navigation to printed objects.

    `through` is the complex property that is itself printed as the body.
    """
    way, options = expansion.way, expansion.options
    if way.access is not None:
        check_access(turn.context.principal, way.access, write=False)
    step = Step(way, way.target, None, expansion.through or through)
    if way.target.given or not all(item.type.record for item in found):
        targets = [await _one_by_one(turn, item, step, options) for item in found]
    elif way.link is None:
        targets = await _contained(turn, found, step, options)
    else:
        targets = await _linked(turn, found, step, options)
    inner = _located(found, step, [_page(rows, options) for rows in targets])
    distinct = {id(one): one for group in inner for one in group}
    await printed(turn, list(distinct.values()), options)
    for item, rows, group in zip(found, targets, inner, strict=True):
        inside = item.body
        if expansion.through is not None:
            inside = inside.setdefault(expansion.through.name, {})
        if options.count:
            inside[f"{way.name}@odata.count"] = len(rows)
        bodies = [_shape(turn, one, reference=expansion.reference) for one in group]
        inside[way.name] = bodies if way.collection else next(iter(bodies), None)


def _located(found: Sequence[Item], step: Step, pages: Sequence[Sequence[Row]]) -> list[list[Item]]:
    """The targets of each row. What many rows link to is one item, and printed once."""
    if step.way.link is None:
        return [items(item, step, rows) for item, rows in zip(found, pages, strict=True)]
    known: dict[int, list[Item]] = {}
    for item, rows in zip(found, pages, strict=True):
        for row in rows:
            if id(row) not in known:
                known[id(row)] = items(item, step, (row,))
    return [[one for row in rows for one in known[id(row)]] for rows in pages]


def _shape(turn: Turn, item: Item, *, reference: bool) -> Any:
    if not reference:
        return item.body
    return {"@odata.id": target_url(turn, item.before, item.step, item.row)}


def _page(rows: Sequence[Row], options: Options) -> Sequence[Row]:
    top = min(options.top if options.top is not None else MAX_TOP, MAX_TOP)
    return rows[options.skip : options.skip + top]


async def _one_by_one(turn: Turn, item: Item, step: Step, options: Options) -> list[Row]:
    """Of a computed set, and behind what is not stored: a container, of which there is one."""
    try:
        at = await source(turn, item.chain, step)
    except Invalid:  # not available for this one, which is no reason to refuse a whole list
        return []
    if at is None:
        return []
    query = replace(at.query, where=both(at.query.where, options.where), order=options.order)
    if not options.count:
        query = replace(query, top=options.skip + MAX_TOP)
    return await at.find(turn.serving.entities, query)


async def _contained(
    turn: Turn, found: Sequence[Item], step: Step, options: Options
) -> list[list[Row]]:
    parents = tuple(item.row["id"] for item in found)
    grouped = _by_parent(await _rows(turn, step, options, parents=parents))
    return [grouped.get(item.row["id"], []) for item in found]


async def _linked(
    turn: Turn, found: Sequence[Item], step: Step, options: Options
) -> list[list[Row]]:
    ids = await _link_ids(turn, found, step)
    wanted = {id.casefold(): id for group in ids for id in group}
    if not wanted:
        return [[] for _ in found]
    rows = await _rows(turn, step, options, ids=tuple(wanted.values()))
    names = [frozenset(id.casefold() for id in group) for group in ids]
    return [[row for row in rows if row["id"].casefold() in group] for group in names]


async def _rows(
    turn: Turn,
    step: Step,
    options: Options,
    *,
    ids: tuple[str, ...] | None = None,
    parents: tuple[str, ...] | None = None,
) -> list[Row]:
    here = both(turn.serving.visible[step.type], turn.serving.shown.get(step.way))
    where = both(here, options.where)
    query = Query(step.type.record, turn.call.tenant, where=where, order=options.order)
    return await turn.serving.entities.find(replace(query, ids=ids, parents=parents))


async def _link_ids(turn: Turn, found: Sequence[Item], step: Step) -> list[list[str]]:
    """The ids that each row refers to."""
    link = step.way.link
    assert link is not None  # noqa: S101  # asked of linking ways only
    if not link.record:
        return [[item.row[link.column]] if item.row[link.column] else [] for item in found]
    links = await _children(turn, link.record, [item.row["id"] for item in found])
    one = "" if step.way.collection else step.way.name
    return [
        [row[link.column] for row in links.get(item.row["id"], ()) if not one or row["id"] == one]
        for item in found
    ]


def target_url(turn: Turn, found: Sequence[Located], step: Step, row: Mapping[str, Any]) -> str:
    """The address of an entity: where it lives, not where it is linked from."""
    home = turn.serving.homes.get(step.way)
    if home is not None:
        return f"{turn.call.root}/{home.path}{address.key(row['id'])}"
    return f"{turn.call.root}/{place((*found, Located(step, dict(row), step.type)))}"
