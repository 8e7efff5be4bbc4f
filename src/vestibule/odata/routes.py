"""Which verbs a path serves, and every path that a catalogue serves: both from the declarations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from vestibule.edm.declare import Access
from vestibule.edm.linked import Type, Way
from vestibule.edm.model import Model
from vestibule.odata.path import Path, Step, fits, operable

MAX_NESTING = 6  # steps; types may contain themselves


@dataclass(frozen=True, slots=True)
class Route:
    """`template` has `{type-id}` for keys and no version. `write` tells which half of `access`
    is needed; `access` None: everybody may."""

    method: str
    template: str
    access: Access | None

    @property
    def write(self) -> bool:
        return self.method != "GET"

    @property
    def permissions(self) -> tuple[str, ...]:
        """Any one of these suffices; () where none is needed."""
        if self.access is None:
            return ()
        return self.access.write if self.write else self.access.read


def methods(path: Path, *, patch_references: bool) -> tuple[str, ...]:
    """The verbs that a path serves."""
    if not path.steps or path.shape is not None:
        return ("GET",)
    if path.tail == "$count":
        return ("GET",) if "list" in path.last.way.verbs else ()
    if path.operation is not None:
        return ("POST",) if path.operation.declared.kind == "action" else ("GET",)
    step = path.last
    if path.tail == "$ref":
        return _of_references(step, patch_references=patch_references)
    named = _MANY if step.many else _STREAM if path.tail == "$value" else _ONE
    verbs = step.way.verbs
    if step.way.link is not None:
        verbs &= _LINKED_MANY if step.way.collection else _LINKED_ONE
    return tuple(method for method, verb in named.items() if verb in verbs)


_MANY = {"GET": "list", "POST": "create"}
_ONE = {"GET": "get", "PATCH": "update", "PUT": "put", "DELETE": "delete"}
_STREAM = {"GET": "get", "PUT": "put_value", "DELETE": "delete_value"}
_LINKED_MANY = frozenset({"list", "get"})
_LINKED_ONE = frozenset({"get", "update", "delete"})


def _of_references(step: Step, *, patch_references: bool) -> tuple[str, ...]:
    if step.way.link is not None and not step.way.link.record and not step.way.target.given:
        return ("GET",)  # what a column refers to is part of the source
    patch = ("PATCH",) if patch_references else ()
    if not step.way.collection:
        return ("GET", "PUT", "DELETE", *patch)
    return ("GET", "POST", "DELETE", *patch) if step.key is None else ("GET", "DELETE")


def routes(model: Model, *, patch_references: bool) -> Iterator[Route]:
    """Every method of every path. Plain properties are left out: they are read as their owner."""
    for template in ("/", "/$metadata"):
        yield Route("GET", template, None)
    for found, template in places(model):
        for method in methods(found, patch_references=patch_references):
            yield Route(method, template, found.access)


def places(model: Model) -> Iterator[tuple[Path, str]]:
    """Every path below the container, with its template."""
    for way in model.container.values():
        path = Path((Step(way, way.target),), way.access or Access())
        yield from _below(path, f"/{way.name}")


def _below(path: Path, template: str) -> Iterator[tuple[Path, str]]:
    """A path and what follows from it."""
    yield path, template
    step = path.last
    if step.way.link is not None:
        yield replace(path, tail="$ref"), f"{template}/$ref"
    for (_, on_collection), bound in step.type.operations.items():
        if on_collection == step.many and operable(step):
            access = bound.declared.access or path.access
            called = f"{template}/{bound.name}"
            yield replace(path, operation=bound, access=access), called
    if step.many:
        yield replace(path, tail="$count"), f"{template}/$count"
        short = step.way.target.name.rpartition(".")[2]
        keyed = replace(step, key="{id}")
        yield from _below(
            replace(path, steps=(*path.steps[:-1], keyed)), f"{template}/{{{short}-id}}"
        )
        return
    if step.type.stream:
        yield replace(path, tail="$value"), f"{template}/$value"
    if len(path.steps) < MAX_NESTING and step.way.link is None:
        yield from _inside(path, template)


def _inside(path: Path, template: str) -> Iterator[tuple[Path, str]]:
    type_ = path.last.type
    yield from _ways(path, template, type_, frozenset())
    for derived in type_.family:
        if not fits(path.last.way, derived):
            continue
        if derived is not type_ and (derived.ways.keys() - type_.ways.keys()):
            step = replace(path.last, type=derived)
            cast = replace(path, steps=(*path.steps[:-1], step))
            known = frozenset(type_.ways)
            yield from _ways(cast, f"{template}/{derived.name}", derived, known)


def _ways(
    path: Path, template: str, type_: Type, known: frozenset[str]
) -> Iterator[tuple[Path, str]]:
    for name, way in type_.ways.items():
        if name not in known:
            yield from _below(_along(path, way), f"{template}/{way.name}")
    for shape in type_.properties.values():
        if shape.complex is None or not shape.complex.ways:
            continue
        through = f"{template}/{shape.name}"
        yield replace(path, shape=shape), through
        for way in shape.complex.ways.values():
            step = Step(way, way.target, None, shape)
            onward = Path((*path.steps, step), way.access or path.access)
            yield from _below(onward, f"{through}/{way.name}")


def _along(path: Path, way: Way) -> Path:
    return Path((*path.steps, Step(way, way.target)), way.access or path.access)
