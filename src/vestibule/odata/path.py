"""URL → segments checked against the model.

Keys as segments or in parentheses, casts, operations with or without parentheses, $ref, $value
and $count; names in any case. Source: OData URL 4.01, section 4; graph-surface 1.5 to 1.8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import unquote_to_bytes

from vestibule.edm.declare import Access
from vestibule.edm.linked import Bound, Shape, Type, Way
from vestibule.edm.model import Model
from vestibule.edm.reference import labelled, parenthesised
from vestibule.errors import Invalid

Tail = Literal["", "$metadata", "$count", "$ref", "$value"]
_MAX_SEGMENTS = 32


@dataclass(frozen=True, slots=True)
class Step:
    """One move along a way, perhaps to one member by key, perhaps narrowed by a cast.

    `through` is the complex property whose navigation this is; `by` is the alternate key that
    `key` is a value of, None where it is the key itself.
    """

    way: Way
    type: Type
    key: str | None = None
    through: Shape | None = None
    by: Shape | None = None

    def shows(self, row: Mapping[str, Any]) -> Type | None:
        """The type as which a row shows here; None: it does not."""
        return self.type if self.way.plain else self.type.of(row)

    @property
    def many(self) -> bool:
        """It stands before a collection: no key was given yet."""
        return self.way.collection and self.key is None


@dataclass(frozen=True, slots=True)
class Path:
    """Where a URL leads: the steps, then what of the last one is meant."""

    steps: tuple[Step, ...] = ()
    access: Access = Access()  # noqa: RUF009  # frozen, and empty: nobody may
    tail: Tail = ""
    shape: Shape | None = None
    operation: Bound | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)

    @property
    def last(self) -> Step:
        return self.steps[-1]


def resolve(model: Model, text: str) -> Path:
    """The path that percent-encoded text names. Raises Invalid naming the segment at fault."""
    segments = text.split("/")
    if segments and not segments[0]:
        del segments[0]
    if segments and not segments[-1]:
        segments.pop()
    if len(segments) > _MAX_SEGMENTS:
        raise Invalid(f"The path has more than {_MAX_SEGMENTS} segments.")
    path = Path()
    for encoded in segments:
        path = _onward(model, path, _decoded(encoded))
    if path.shape is not None and path.shape.complex is not None and path.tail:
        raise unknown(path.tail)
    return path


def unknown(segment: str) -> Invalid:
    return Invalid(f"Resource not found for the segment '{segment}'.", code="BadRequest")


def _decoded(segment: str) -> str:
    if "%" not in segment:
        if not segment.isascii() or "\0" in segment:
            raise Invalid("The path must be percent-encoded.")
        return segment
    try:
        decoded = unquote_to_bytes(segment).decode()
    except UnicodeDecodeError:
        raise Invalid("The path is not valid UTF-8.") from None
    if "\0" in decoded:
        raise Invalid("The path must not contain NUL.")
    return decoded


def _onward(model: Model, path: Path, segment: str) -> Path:
    """The path one segment further."""
    if not segment or path.tail or path.operation is not None:
        raise unknown(segment)
    if not path.steps:
        return _root(model, path, segment)
    if path.shape is not None:
        return _from_property(path, segment)
    if segment.startswith("$"):
        return _system(path, segment)
    step = path.last
    moved = _operation(model, path, segment)
    if moved is None and "." in segment:
        moved = _cast(model, path, segment)
    if moved is not None:
        return moved
    if step.many:
        return replace(path, steps=(*path.steps[:-1], replace(step, key=segment)))
    return _inside(path, segment)


def _root(model: Model, path: Path, segment: str) -> Path:
    if segment.casefold() == "$metadata":
        return replace(path, tail="$metadata")
    name, label, key = labelled(segment)
    way = model.container.get(name.casefold())
    if way is None:
        raise unknown(segment)
    return _along(path, way, (label, key), segment)


def _inside(path: Path, segment: str) -> Path:
    """A property or navigation of the one entity at hand."""
    step = path.last
    name, label, key = labelled(segment)
    folded = name.casefold()
    way = step.type.ways.get(folded)
    if way is not None and step.way.link is None:
        return _along(path, way, (label, key), segment)
    shape = step.type.folded.get(folded)
    if shape is None or key is not None or name != segment:
        raise unknown(segment)
    return replace(path, shape=shape)


def _along(path: Path, way: Way, labelled_key: tuple[str, str | None], segment: str) -> Path:
    """The path along a way, to a member by its key or an alternate one."""
    label, key = labelled_key
    if key is not None and not way.collection:
        raise unknown(segment)
    by = way.target.alternates.get(label.casefold())
    if label and by is None and label.casefold() != way.target.key.casefold():
        raise Invalid(f"'{label}' is not a key of '{way.name}'. Use {_keys(way)}.", target=way.name)
    step = Step(way, way.target, key, path.shape, by)
    return Path((*path.steps, step), way.access or path.access)


def _keys(way: Way) -> str:
    names = (way.target.key, *(shape.name for shape in way.target.alternates.values()))
    return " or ".join(f"{way.name}({name}='…')" for name in names)


def _from_property(path: Path, segment: str) -> Path:
    """$value of a primitive, a navigation of a complex property."""
    shape = path.shape
    folded = segment.casefold()
    if shape is None or shape.collection:
        raise unknown(segment)
    if shape.complex is None:
        if folded == "$value":
            return replace(path, tail="$value")
        raise unknown(segment)
    name, label, key = labelled(segment)
    way = shape.complex.ways.get(name.casefold())
    if way is None:
        raise unknown(segment)
    return _along(path, way, (label, key), segment)


def _system(path: Path, segment: str) -> Path:
    folded = segment.casefold()
    step = path.last
    if folded == "$count" and step.many:
        return replace(path, tail="$count")
    if folded == "$ref" and len(path.steps) > 1 and step.way.link is not None:
        return replace(path, tail="$ref")
    if folded == "$value" and step.type.stream and not step.many:
        return replace(path, tail="$value")
    raise unknown(segment)


def _operation(model: Model, path: Path, segment: str) -> Path | None:
    step = path.last
    if not step.type.operations:
        return None
    name, bracket, inside = segment.partition("(")
    for prefix in (model.catalogue.namespace, model.catalogue.alias):
        if prefix and name.casefold().startswith(f"{prefix.casefold()}."):
            name = name[len(prefix) + 1 :]
            break
    bound = step.type.operations.get((name.casefold(), step.many))
    if bound is None or not operable(step):
        return None
    given = _inline(inside.removesuffix(")")) if bracket else {}
    access = bound.declared.access or path.access
    return replace(path, operation=bound, access=access, arguments=given)


def operable(step: Step) -> bool:
    """Through a link operations are reached only where the target may be changed through it."""
    return step.way.link is None or (not step.way.collection and "update" in step.way.verbs)


def fits(way: Way, type_: Type) -> bool:
    """Whether rows of the type can stand where the way leads."""
    if way.plain:
        return type_ is way.target
    return all(way.where.get(column, value) == value for column, value in type_.where.items())


def _inline(text: str) -> dict[str, str]:
    """`a='x',b=1` → texts by parameter name. Commas inside quotes belong to the value."""
    given: dict[str, str] = {}
    quoted = False
    start = 0
    for at, character in enumerate(f"{text},"):
        quoted ^= character == "'"
        if character != "," or quoted:
            continue
        name, equals, value = text[start:at].partition("=")
        start = at + 1
        if equals:
            value = value.strip()
            if value.startswith("'"):
                value = value[1:-1].replace("''", "'")
            given[name.strip()] = value
    return given


def _cast(model: Model, path: Path, segment: str) -> Path | None:
    """Narrow to a derived type; None where the segment names no type (it may be a key)."""
    name, key = parenthesised(segment)
    found = model.type(name)
    step = path.last
    if found is None:
        return None
    related = found.is_a(step.type) or step.type.is_a(found)
    if not related or not fits(step.way, found):
        raise Invalid(f"The type '{found.name}' is not derived from '{step.type.name}'.")
    narrowed = found if found.is_a(step.type) else step.type
    if key is not None and not step.many:
        raise unknown(segment)
    step = replace(step, type=narrowed, key=key if key is not None else step.key)
    return replace(path, steps=(*path.steps[:-1], step))
