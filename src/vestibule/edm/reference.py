"""References to entities in request bodies: `@odata.id` in every spelling that clients use.

Accepted: an absolute URL on any host and version, a relative path, or a bare id; the key as a
segment or in parentheses. Source: OData JSON 4.01, section 14; graph-surface 16, C5 and C6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from vestibule.edm.linked import Way
from vestibule.errors import Invalid

_KEYS = ("@odata.id", "@odata_id", "odata.id", "@id", "id")


def reference(value: Any, way: Way, *, target: str) -> str:
    """The id that a reference names: from an object with one of the known keys, or a text.

    Raises Invalid naming `target` when it is no reference, or names another entity set.
    """
    text = _text(value)
    if text is None or not text.strip() or "\0" in text:
        raise Invalid(
            f"'{target}' must refer to an existing resource by '@odata.id' or 'id'.",
            target=target,
        )
    name, key = _split(text.strip())
    if name and way.names and name.casefold() not in way.names:
        raise Invalid(
            f"'{target}' must refer to one of {', '.join(sorted(way.names))}, not '{name}'.",
            target=target,
        )
    return key


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if not isinstance(value, Mapping):
        return None
    folded = {str(name).casefold(): given for name, given in value.items()}
    for key in _KEYS:
        given = folded.get(key)
        if isinstance(given, str):
            return given
    return None


def _split(text: str) -> tuple[str, str]:
    """The entity-set name ("" for a bare id) and the key."""
    if "/" not in text:
        name, key = parenthesised(unquote(text))
        return (name, key) if key is not None else ("", text)
    try:
        path = urlsplit(text).path
    except ValueError:
        return "", text
    segments = [unquote(segment) for segment in path.split("/") if segment]
    if not segments:
        return "", text
    name, key = parenthesised(segments[-1])
    if key is not None:
        return name, key
    return (segments[-2] if len(segments) > 1 else ""), segments[-1]


def parenthesised(segment: str) -> tuple[str, str | None]:
    """`bikes('it''s')`, `bikes(id='x')` → the name and the key; ("bikes", None) without a key."""
    name, _, key = labelled(segment)
    return name, key


def labelled(segment: str) -> tuple[str, str, str | None]:
    """`bikes(frameNumber='AB1')` → name, the property whose value the key is, key."""
    name, bracket, rest = segment.partition("(")
    if not bracket or not rest.endswith(")") or not name:
        return segment, "", None
    inside = rest[:-1].strip()
    if not inside:
        return name, "", None
    label, key = _key(inside)
    return (name, label, key) if key is not None else (segment, "", None)


def _key(inside: str) -> tuple[str, str | None]:
    """Label and value of `'x'`, `x`, `id='x'` or `'id'='x'`; None where quotes do not match."""
    named = ""
    if not inside.startswith("'") or inside.find("'=") > 0:
        label, equals, value = inside.partition("=")
        label = label.strip("' ")
        if equals and label.replace("_", "").isalnum():
            named, inside = label, value.strip()
    if not inside.startswith("'"):
        return named, inside
    if len(inside) < len("''") or not inside.endswith("'"):
        return named, None
    body = inside[1:-1]
    if body.replace("''", "").count("'"):
        return named, None
    return named, body.replace("''", "'")
