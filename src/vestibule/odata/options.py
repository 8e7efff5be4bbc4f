"""System query options: text → options checked against the type at hand.

The `$` may be left out, names are read without case. Source: OData URL 4.01, section 5.1;
graph-surface 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import unquote_to_bytes

from vestibule.edm.linked import Shape, Type, Way
from vestibule.edm.model import Model
from vestibule.errors import Invalid
from vestibule.odata.filter import parse
from vestibule.odata.members import Place, no_property, value
from vestibule.ports import Member, Node

MAX_TOP = 999
_MAX_EXPANSIONS = 10
_MAX_DEPTH = 3
_MAX_ORDER = 10
MAX_NUMBER = 10  # digits
_OF_COLLECTIONS = ("filter", "orderby", "top", "skip", "skiptoken", "count", "search")
_KNOWN = frozenset({*_OF_COLLECTIONS, "select", "expand", "format", "id"})


@dataclass(frozen=True, slots=True)
class Expand:
    """A navigation to print inline; `reference`: only its address.

    `through` is the complex property that the navigation belongs to, None for the type's own.
    """

    way: Way
    options: Options
    reference: bool = False
    through: Shape | None = None

    @property
    def name(self) -> str:
        """As a path: "spokes", or "frame/maker" through a complex property."""
        return f"{self.through.name}/{self.way.name}" if self.through else self.way.name


@dataclass(frozen=True, slots=True)
class Options:
    """`select` None: everything. `ordered` are the properties behind `order`."""

    select: frozenset[str] | None = None
    selected: tuple[str, ...] = ()  # as asked for, for the context
    expand: tuple[Expand, ...] = ()
    where: Node | None = None
    order: tuple[tuple[str | Member, Literal["asc", "desc"]], ...] = ()
    ordered: tuple[Shape, ...] = ()
    top: int | None = None
    skip: int = 0
    skiptoken: str | None = None
    count: bool = False


NOTHING = Options()


def texts(query: str) -> dict[str, str]:
    """The system options of a raw query, by bare lower-case name, and `@id`. Raises Invalid."""
    found: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        name = _decoded(name).strip().casefold()
        bare = name.removeprefix("$")
        if name in {"@id", "@odata.id"}:
            bare = "id"
        elif name != bare and bare not in _KNOWN:
            raise Invalid(f"The query option '{name}' is not supported.", target=name)
        elif bare not in _KNOWN or name == "id":
            continue  # a custom option means nothing to us
        if bare in found:
            raise Invalid(f"The query option '${bare}' is given twice.", target=f"${bare}")
        found[bare] = _decoded(value).strip()
    return found


def texts_without_token(query: str) -> str:
    """A raw query to continue with a $skiptoken: ends with '&' unless it is empty."""
    kept = [
        part
        for part in query.split("&")
        if part and _decoded(part.partition("=")[0]).strip().casefold().lstrip("$") != "skiptoken"
    ]
    return "".join(f"{part}&" for part in kept)


def _decoded(text: str) -> str:
    text = text.replace("+", " ")
    try:
        decoded = unquote_to_bytes(text).decode() if "%" in text else text
    except UnicodeError:
        raise Invalid("The query is not valid UTF-8.") from None
    if "\0" in decoded:
        raise Invalid("The query must not contain NUL.")
    return decoded


def bind(model: Model, type_: Type, given: Mapping[str, str], *, many: bool) -> Options:
    """The options checked against a type; `many`: it is a collection. Raises Invalid."""
    return _bind(model, type_, given, many=many, depth=1) if given else NOTHING


def _bind(
    model: Model, type_: Type, given: Mapping[str, str], *, many: bool, depth: int
) -> Options:
    for name in _OF_COLLECTIONS:
        if not many and name in given:
            raise Invalid(
                f"The query option '${name}' applies to collections only.", target=f"${name}"
            )
    if "search" in given:
        raise Invalid("'$search' is not supported here; use '$filter'.", target="$search")
    options = Options(
        where=parse(given["filter"], model, type_) if given.get("filter") else None,
        top=_number(given, "top"),
        skip=_number(given, "skip") or 0,
        skiptoken=given.get("skiptoken"),
        count=_flag(given, "count"),
    )
    if "select" in given:
        options = _selected(options, type_, given["select"])
    if "orderby" in given:
        options = _ordered(options, model, type_, given["orderby"])
    if "expand" in given:
        items = list(_items(given["expand"], ","))
        options = replace(options, expand=_expanded(model, type_, items, depth))
    return options


def _number(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > MAX_NUMBER:
        raise Invalid(
            f"Invalid value '{text[:40]}' for '${name}': give a whole number from 0.",
            target=f"${name}",
        )
    return int(text)


def _flag(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "false").casefold()
    if text not in {"true", "false"}:
        raise Invalid(f"'${name}' must be true or false.", target=f"${name}")
    return text == "true"


def _selected(options: Options, type_: Type, text: str) -> Options:
    names: list[str] = []
    for item in _items(text, ","):
        if item == "*":
            return options
        name = item.rpartition("/")[2] if "." in item.partition("/")[0] else item.split("/")[0]
        shape = type_.folded.get(name.casefold())
        way = type_.ways.get(name.casefold())
        chosen = shape or way
        if chosen is None and not type_.keeps(name):
            raise no_property(name, type_.name, "$select")
        names.append(chosen.name if chosen is not None else name)
    return replace(options, select=frozenset(names), selected=tuple(dict.fromkeys(names)))


def _ordered(options: Options, model: Model, type_: Type, text: str) -> Options:
    order: list[tuple[str | Member, Literal["asc", "desc"]]] = []
    shapes: list[Shape] = []
    for item in _items(text, ","):
        path, _, direction = item.partition(" ")
        found = value(model, Place(type_), path.split("/"), "$orderby")
        direction = direction.strip().casefold()
        if direction not in {"", "asc", "desc"}:
            raise Invalid(f"'{direction}' is neither asc nor desc.", target="$orderby")
        node = found.node
        if found.shape is None or found.kind == "json" or not isinstance(node, Member):
            raise Invalid(f"'{path}' cannot be ordered by in '$orderby'.", target="$orderby")
        place = node if node.kind else node.name
        if any(place == other for other, _ in order):
            raise Invalid(f"'{found.shape.name}' is ordered by twice.", target="$orderby")
        order.append((place, "desc" if direction == "desc" else "asc"))
        shapes.append(found.shape)
    if len(order) > _MAX_ORDER:
        raise Invalid(f"'$orderby' takes at most {_MAX_ORDER} properties.", target="$orderby")
    return replace(options, order=tuple(order), ordered=tuple(shapes))


def _expanded(model: Model, type_: Type, items: list[str], depth: int) -> tuple[Expand, ...]:
    if depth > _MAX_DEPTH or len(items) > _MAX_EXPANSIONS:
        raise Invalid(
            f"'$expand' takes at most {_MAX_EXPANSIONS} navigations, {_MAX_DEPTH} levels deep.",
            target="$expand",
        )
    found: dict[str, Expand] = {}
    for item in items:
        name, _, inside = item.partition("(")
        if name.strip() == "*":
            return tuple(Expand(way, NOTHING) for way in type_.ways.values())
        through, way, tail = _way(type_, name.strip())
        options = _nested(model, way, inside, depth)
        expand = Expand(way, options, reference=bool(tail), through=through)
        if tail.casefold() not in {"", "$ref"} or expand.name in found:
            raise Invalid(f"'{item}' cannot be expanded so.", target="$expand")
        found[expand.name] = expand
    return tuple(found.values())


def _way(type_: Type, path: str) -> tuple[Shape | None, Way, str]:
    """The navigation at the head of a path, the complex property before it, and the rest."""
    name, _, tail = path.partition("/")
    way, through = type_.ways.get(name.casefold()), None
    shape = type_.folded.get(name.casefold())
    if way is None and shape is not None and shape.complex is not None:
        name, _, tail = tail.partition("/")
        way, through = shape.complex.ways.get(name.casefold()), shape
    if way is None:
        raise no_property(path, type_.name, "$expand")
    return through, way, tail


def _nested(model: Model, way: Way, inside: str, depth: int) -> Options:
    if not inside:
        return NOTHING
    if not inside.endswith(")"):
        raise Invalid("'$expand' has unbalanced parentheses.", target="$expand")
    given: dict[str, str] = {}
    for part in _items(inside[:-1], ";"):
        name, _, value = part.partition("=")
        bare = name.strip().casefold().removeprefix("$")
        if bare not in _KNOWN - {"format", "id", "skiptoken"} or bare in given:
            raise Invalid(f"'{name}' cannot stand inside '$expand'.", target="$expand")
        given[bare] = value.strip()
    return _bind(model, way.target, given, many=way.collection, depth=depth + 1)


def _items(text: str, separator: str) -> Iterator[str]:
    """Parts between separators that stand outside quotes and parentheses. Empty ones are errors."""
    level = start = 0
    quoted = False
    for at, character in enumerate(text + separator):
        if character == "'":
            quoted = not quoted
        elif quoted and at < len(text):
            continue
        elif character == "(":
            level += 1
        elif character == ")":
            level -= 1
        elif character == separator and (level == 0 or at == len(text)):
            part = text[start:at].strip()
            if not part or level:
                raise Invalid(f"'{text[:80]}' has an empty or unfinished part.")
            yield part
            start = at + 1
