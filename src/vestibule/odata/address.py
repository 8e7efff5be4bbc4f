"""Addresses and contexts: how URLs of ours name an entity, a set or a property.

Source: OData URL 4.01, section 4; OData JSON 4.01, section 10 (context URLs).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from vestibule.edm.linked import Type, Way
from vestibule.edm.model import Model
from vestibule.odata.options import Options
from vestibule.odata.path import Step
from vestibule.ports import Row


@dataclass(frozen=True, slots=True)
class Located:
    """A step with what stands there: the row of one entity, None before a collection."""

    step: Step
    row: Row | None
    type: Type


@dataclass(frozen=True, slots=True)
class Home:
    """The set where the targets of a linking way live."""

    path: str
    way: Way


def key(id: str) -> str:
    """`('it''s')`, percent-encoded."""
    doubled = id.replace("'", "''")
    return f"('{quote(doubled, safe='')}')"


def place(found: Sequence[Located]) -> str:
    """`identity/b2cUserFlows('x')/languages`: where the chain leads, relative to the root."""
    parts = []
    for located in found:
        step = located.step
        if step.through is not None:
            parts.append(step.through.name)
        by_key = step.way.collection and located.row is not None
        id = located.row["id"] if located.row is not None else ""
        parts.append(f"{step.way.name}{key(id)}" if by_key else step.way.name)
    return "/".join(parts)


def context(found: Sequence[Located], options: Options, homes: Mapping[Way, Home]) -> str:
    """The context fragment of what the chain leads to."""
    last = found[-1]
    way = last.step.way
    chosen = projection(options)
    if way.link is not None and not way.contained and not way.collection:
        home = homes.get(way)
        return f"{home.path if home else way.target.name}{chosen}/$entity"
    if way.link is not None and not way.contained and last.row is not None:
        return f"{way.target.name}{chosen}/$entity"
    if way.context:
        base = way.context
    elif way.link is not None and not way.contained:
        base = f"Collection({way.target.name})"
    else:
        base = place((*found[:-1], Located(last.step, None, last.type)))
    if last.step.type is not way.target:
        base = f"{base}/{last.step.type.name}"
    return (
        f"{base}{chosen}/$entity" if way.collection and last.row is not None else f"{base}{chosen}"
    )


def projection(options: Options) -> str:
    """`(id,name,brand())` of $select and $expand; "" without them."""
    names = [*options.selected, *(f"{item.name}()" for item in options.expand)]
    return f"({','.join(names)})" if names else ""


def homes(model: Model) -> dict[Way, Home]:
    """For each way that links: the set where its targets live.

    Of several sets with a fitting name the one of the same type wins.
    """
    sets = list(_sets(model))
    found: dict[Way, Home] = {}
    for way in linking(model):
        fitting = [
            (way.target is not at.target, path, at)
            for path, at in sets
            if at.name.casefold() in way.names and at.target.record == way.target.record
        ]
        if fitting:
            _, path, at = min(fitting, key=lambda one: one[:2])
            found[way] = Home(path, at)
    return found


def linking(model: Model) -> Iterator[Way]:
    """Every navigation that links, of every type."""
    for type_ in model.types.values():
        yield from (way for way in type_.ways.values() if way.link is not None)


def _sets(model: Model) -> Iterator[tuple[str, Way]]:
    for way in model.container.values():
        if way.collection:
            yield way.name, way
        else:
            for inner in way.target.ways.values():
                if inner.collection and inner.contained and inner.link is None:
                    yield f"{way.name}/{inner.name}", inner
