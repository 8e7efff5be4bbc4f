"""From a request that is right, the ways to get it wrong, each with what must be named.

What is right comes from the proofs, what may be wrong from the declarations.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2

from vestibule.edm.linked import Shape, Type, Way
from vestibule.edm.model import Model
from vestibule.odata.path import Path
from witness.case import Case, Sent
from witness.odd import odd, replaced, texts
from witness.operations import BY_QUERY

BAD = frozenset({400})
ABSENT = frozenset({404})
NEITHER = frozenset({400, 404})
BODY = {"content-type": "application/json"}
NO_LINKS: tuple[Any, ...] = (1, "", {}, [1], [{}], [None], [{"id": 1}], [{"id": ""}], {"id": 1})
NOTHING = "/identity/nothing/x"
UNREADABLE = (b"[]", b"null", b"{")  # tests/resources/test_bad_bodies.py has many more
UNKNOWN_STRING = (
    b'{"LocalizedStrings":[{"ElementType":"UxElement","ElementId":null,'
    b'"StringId":"nobody_knows","Override":true,"Value":"x"}]}'
)
PAGES = (
    *UNREADABLE,
    b"<x/>",
    b"\xff",
    b"{}",
    b'{"LocalizedStrings":5}',
    b'{"LocalizedStrings":[5]}',
    b'{"LocalizedStrings":[{}]}',
    UNKNOWN_STRING,
)


@dataclass(frozen=True, slots=True)
class Bad:
    """A request to send; `stranger`: with a token of another tenant. One of `names` is named."""

    why: str
    address: str
    options: Mapping[str, Any]
    statuses: frozenset[int] = BAD
    names: tuple[str, ...] = ("",)
    stranger: bool = False


@dataclass(frozen=True, slots=True)
class Wrongs:
    """What can go wrong with one performance of an operation.

    `elsewhere`: for a collection, an id that only another tenant has.
    """

    model: Model
    path: Path
    case: Case
    sent: Sent
    elsewhere: Mapping[str, str]
    _json: dict[str, Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        given = self.sent.options.get("json")
        object.__setattr__(self, "_json", given if isinstance(given, dict) else {})

    def __iter__(self) -> Iterator[Bad]:
        yield from self._of_keys()
        if self.case.operation.path.endswith(BY_QUERY):
            yield from self._of_query()
        if "content" in self.sent.options:
            for content in PAGES:
                yield self._bad(f"contents {content[:60]!r}", {"content": content, "headers": BODY})
            return
        if self.case.operation.method == "GET":
            yield from self._of_options()
        if self.case.operation.method not in {"POST", "PUT", "PATCH"}:
            return
        if self.path.tail == "$ref":
            yield from self._of_reference()
        elif self.path.operation is not None:
            yield from self._of_arguments()
        else:
            yield from self._of_entity()

    # ----------------------------------------------------------------- the address

    def _of_keys(self) -> Iterator[Bad]:
        """An id that nobody has, at each place; the ids of this tenant, from another."""
        keys, put = self.sent.keys, self.case.operation.method == "PUT"
        for at in range(len(keys)):
            changed = (*keys[:at], f"nobody-{uuid4()}", *keys[at + 1 :])
            address = self.case.operation.address(*changed) + self.sent.query
            last = at == len(keys) - 1
            statuses = NEITHER if put and last else ABSENT  # a put may make it, if it can be
            yield Bad(f"unknown id {at}", address, self.sent.options, statuses)
        if any(key in self.case.made for key in keys):
            address = self.case.operation.address(*keys) + self.sent.query
            statuses = NEITHER if put else ABSENT
            yield Bad("another tenant's", address, self.sent.options, statuses, stranger=True)

    def _of_query(self) -> Iterator[Bad]:
        address = self.case.operation.address(*self.sent.keys)
        yield Bad("no @id", f"{address}?@idea=x", {})
        for given in (f"nobody-{uuid4()}", f"https://x.example{NOTHING}", ""):
            query = str(httpx2.URL("", params={"@id": given}))
            yield Bad(f"@id={given}", address + query, {}, NEITHER)

    def _of_options(self) -> Iterator[Bad]:
        """Query options that mean nothing here."""
        address = self.case.operation.address(*self.sent.keys)
        path = self.path
        if path.operation or path.shape or path.tail == "$value":
            return
        if path.tail == "$ref" and not path.last.many:
            return
        # Another name may be one of the values of an open type.
        open_one = path.last.type.open
        options = ["$filter=id eq 'x'", "$orderby=id", "$top=1"]
        if path.last.many:
            options = ["$filter=id", "$search=nope"]
            options += [] if open_one else ["$filter=nope eq 1"]
            options += [] if path.tail else ["$top=-1", "$orderby=nope", "$skiptoken=nope"]
        if not path.tail:
            options += ["$expand=nope", "$nope=1"]
            options += [] if open_one else ["$select=nope"]
        if self.case.version == "v1.0":
            options = options[-1:]
        for option in options:
            yield Bad(option, f"{address}?{option}", {}, names=("nope", option.partition("=")[0]))

    # ----------------------------------------------------------------- bodies

    def _bad(self, why: str, options: Mapping[str, Any], **more: Any) -> Bad:
        return Bad(
            why, self.case.operation.address(*self.sent.keys) + self.sent.query, options, **more
        )

    def _with(self, place: str, value: Any, **more: Any) -> Bad:
        """The body with another value at a place; the property at its root must be named."""
        body = replaced(self._json, place, value)
        if self.case.operation.method == "PATCH" and "/" not in place:
            body = {place: value}
        parts = place.split("/")
        said = {"names": (parts[0] if parts[-1].isdigit() else parts[-1],), **more}
        return self._bad(f"{place} = {json.dumps(value)[:60]}", {"json": body}, **said)

    def _unreadable(self) -> Iterator[Bad]:
        for content in UNREADABLE:
            yield self._bad(f"body {content!r}", {"content": content, "headers": BODY})

    def _of_reference(self) -> Iterator[Bad]:
        yield from self._unreadable()
        named = str(next(iter(self._json.values()), ""))
        odd_ones: tuple[Any, ...] = (5, None, [], {}, "", " ", f"https://x.example{NOTHING}")
        for value in odd_ones:
            yield self._with("@odata.id", value)
        unknown = f"nobody-{uuid4()}"
        if named:
            known = named.rpartition("/")[2]
            yield self._with("@odata.id", named.replace(known, unknown), statuses=NEITHER)
            for theirs in self._foreign(known):
                yield self._with("@odata.id", named.replace(known, theirs), statuses=NEITHER)
        yield self._with("@odata.id", unknown, statuses=NEITHER)
        if self.case.operation.method == "POST":
            yield self._bad("no reference", {"json": {}}, names=("@odata.id",))

    def _of_mentions(self) -> Iterator[Bad]:
        """Where the body says an id of something, what nobody or another tenant has."""
        for place, value in texts(self._json, ""):
            if value in self.case.made:
                for other in (str(uuid4()), *self._foreign(value)):
                    names = (*place.split("/")[::-1], other)
                    yield self._with(place, other, statuses=NEITHER, names=names)

    def _of_arguments(self) -> Iterator[Bad]:
        bound = self.path.operation
        assert bound is not None
        shapes = bound.parameters
        yield from self._of_shapes(shapes, self._json, "")
        yield self._with("surprise", 1)
        for name, shape in shapes.items():
            if shape.declared.required:
                yield self._without(name)

    def _of_entity(self) -> Iterator[Bad]:
        type_ = self.path.last.type
        chosen = self.model.type(self._json.get("@odata.type", type_.name))
        if chosen is None:
            return  # a kind that is not served yet
        yield from self._unreadable()
        yield from self._of_shapes(chosen.properties, self._json, "")
        yield from self._of_mentions()
        yield self._with("surprise", 1)
        yield self._with("@odata.type", "#microsoft.graph.nothing")
        for way in chosen.ways.values():
            yield from self._of_way(way)
        if self.case.operation.method != "PATCH":
            needed = [name for name, one in chosen.properties.items() if one.declared.required]
            needed += [way.name for way in chosen.ways.values() if way.required]
            yield from map(self._without, needed)

    def _without(self, name: str) -> Bad:
        body = {given: value for given, value in self._json.items() if given != name}
        return self._bad(f"no {name}", {"json": body}, names=(name,))

    def _of_way(self, way: Way, prefix: str = "") -> Iterator[Bad]:
        """What a create links to, inline."""
        place = f"{prefix}{way.name}"
        if not way.given_in_create or self.case.operation.method != "POST":
            yield self._with(place, [])
            return
        for value in NO_LINKS:
            yield self._with(place, value)
        yield self._with(place, self._linked(way, f"nobody-{uuid4()}"), statuses=NEITHER)
        for known in self.case.made:
            if known in json.dumps(self._json):
                for theirs in self._foreign(known):
                    yield self._with(place, self._linked(way, theirs), statuses=NEITHER)

    def _linked(self, way: Way, id: str) -> Any:
        return [{"id": id}] if way.collection else {"id": id}

    def _foreign(self, known: str) -> tuple[str, ...]:
        """What another tenant has where `known` was made, if anything."""
        theirs = self.elsewhere.get(self.case.made.get(known, ""))
        return (theirs,) if theirs else ()

    # ----------------------------------------------------------------- values

    def _of_shapes(
        self, shapes: Mapping[str, Shape], given: Mapping[str, Any], prefix: str
    ) -> Iterator[Bad]:
        for name, shape in shapes.items():
            place = f"{prefix}{name}"
            if shape.declared.write == "never":
                continue
            values = list(odd(shape))
            # Both versions are checked by the same code; one of them is tried in full.
            if self.case.version == "v1.0":
                values = [values[0], values[-1]]
            yield from (self._with(place, value) for value in values)
            inner = given.get(name)
            if shape.collection and isinstance(inner, list) and inner:
                inner, place = inner[0], f"{place}/0"
            if shape.complex is not None and isinstance(inner, dict):
                yield from self._inside(shape.complex, inner, f"{place}/")

    def _inside(self, type_: Type, given: Mapping[str, Any], prefix: str) -> Iterator[Bad]:
        chosen = self.model.type(given.get("@odata.type", type_.name)) or type_
        yield from self._of_shapes(chosen.properties, given, prefix)
        if not chosen.open:
            yield self._with(f"{prefix}surprise", 1)
        for way in chosen.ways.values():
            yield from self._of_way(way, prefix)
