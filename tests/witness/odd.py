"""Values that a property cannot have, and JSON with something else at a place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from vestibule.edm.linked import Shape

ODD: Mapping[str, tuple[Any, ...]] = {
    "text": (1, 1.5, True, [], {}, ["x"], {"x": "y"}),
    "Guid": (1, "", "nope", "zzzzzzzz-0000-0000-0000-000000000000", []),
    "datetime": (1, "yesterday", "2026-13-01T00:00:00Z", [], {}),
    "boolean": (1, 0, "true", "", [], {}),
    "number": (True, "", "three", [], {}, [3], {"x": 3}),
    "choice": (True, 99, 1.5, "", "nope", "unknownFutureValue", [], {}),
    "complex": (1, True, "", "x", [], [{}]),
}


def odd(shape: Shape) -> Iterator[Any]:
    """Values that the property cannot have."""
    singles = ODD[_kind(shape)]
    if shape.collection:
        yield from (1, "x", {}, [None], *([value] for value in singles[:4]))
    else:
        yield from singles
        length = shape.declared.max_length
        if length is not None and _kind(shape) == "text":
            yield "x" * (length + 1)
    if shape.declared.required or not shape.declared.nullable:
        yield None


def _kind(shape: Shape) -> str:
    if shape.complex is not None:
        return "complex"
    if shape.choice is not None:
        return "choice"
    assert shape.primitive is not None
    short = shape.primitive.name.removeprefix("Edm.")
    return short if short in ODD else shape.primitive.kind


def texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Every text in a JSON value, with the place at which it stands."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for name, one in inner:
            yield from texts(one, f"{place}/{name}".lstrip("/"))


def replaced(body: Mapping[str, Any], place: str, value: Any) -> dict[str, Any]:
    """A copy with another value at a place such as "web/redirectUris" or "list/0/name"."""
    copy: dict[str, Any] = json.loads(json.dumps(body))
    *above, last = place.split("/")
    holder: Any = copy
    for name in above:
        holder = holder[int(name)] if isinstance(holder, list) else holder.setdefault(name, {})
    if isinstance(holder, list):
        holder[int(last)] = value
    else:
        holder[last] = value
    return copy
