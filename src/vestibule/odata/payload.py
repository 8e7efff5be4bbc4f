"""A request body: media type, compression, size, JSON. Nothing here knows the model.

Source: OData JSON 4.01, section 3; graph-surface 2.3, 2.4 and 2.14.
"""

from __future__ import annotations

import json
import zlib
from typing import Any

import msgspec

from vestibule.errors import Invalid, TooLarge, UnsupportedMedia
from vestibule.odata.call import Call

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
_GZIP = 16 + zlib.MAX_WBITS


def json_object(call: Call, *, optional: bool = False) -> dict[str, Any]:
    """The JSON object of a request body; {} for none if it is `optional`.

    Raises UnsupportedMedia, TooLarge or Invalid.
    """
    body = content(call)
    if optional and not body.strip():
        return {}
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise unreadable() from None
    if not isinstance(decoded, dict):
        raise unreadable()
    check(decoded)
    json.loads(body, object_pairs_hook=_once)
    return decoded


def raw(call: Call) -> bytes:
    """The body as it is, inflated; whatever its media type. Raises TooLarge or Invalid."""
    return _inflated(call)


def content(call: Call) -> bytes:
    """The bytes of a JSON body, inflated. Raises UnsupportedMedia, TooLarge or Invalid."""
    _check_media(call.headers.get("content-type", ""))
    return _inflated(call)


def _once(pairs: list[tuple[str, Any]]) -> None:
    """Refuse a name given twice in one object: readers disagree on which of them counts."""
    names: set[str] = set()
    for name, _ in pairs:
        if name in names:
            raise Invalid(f"'{name}' is given twice.", target=name)
        names.add(name)


def unreadable() -> Invalid:
    return Invalid(
        "Unable to read JSON request payload. Please ensure Content-Type header is set and "
        "payload is of valid JSON format."
    )


def _check_media(content_type: str) -> None:
    media, _, parameters = content_type.casefold().partition(";")
    if media.strip() not in {"", "application/json"}:
        raise UnsupportedMedia(
            f"The content type '{content_type[:100]}' is not supported; send application/json."
        )
    charset = parameters.partition("charset=")[2].partition(";")[0].strip('" ')
    if charset not in {"", "utf-8", "utf8"}:
        raise UnsupportedMedia(f"The charset '{charset}' is not supported; send UTF-8.")


def _inflated(call: Call) -> bytes:
    encoding = call.headers.get("content-encoding", "").strip().casefold()
    body = call.body
    if encoding == "gzip":
        inflater = zlib.decompressobj(_GZIP)
        try:
            body = inflater.decompress(body, MAX_BYTES + 1)
        except zlib.error:
            raise Invalid("The body is not valid gzip.") from None
        if len(body) <= MAX_BYTES and (not inflater.eof or inflater.unused_data):
            raise Invalid("The body is not valid gzip.")
    elif encoding not in {"", "identity"}:
        raise UnsupportedMedia(f"The encoding '{encoding}' is not supported; use gzip or none.")
    if len(body) > MAX_BYTES:
        raise TooLarge(f"The body must have at most {MAX_BYTES} bytes.")
    return body


def check(value: Any) -> None:
    """Refuse what no store could hold and no reader could want: NUL, and depths beyond sense."""
    pending: list[tuple[Any, int]] = [(value, 1)]
    while pending:
        item, depth = pending.pop()
        if isinstance(item, str):
            if "\0" in item:
                raise Invalid("The body must not contain the character NUL.")
        elif isinstance(item, dict):
            pending += [(name, depth) for name in item]
            pending += [(inner, depth + 1) for inner in item.values()]
        elif isinstance(item, list):
            pending += [(inner, depth + 1) for inner in item]
        if depth > MAX_DEPTH + 1:
            raise Invalid(f"The body must not be nested deeper than {MAX_DEPTH}.")
