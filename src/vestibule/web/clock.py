"""The virtual clock at /vestibule/v1/clock, in development only.

Source: design own-api.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from vestibule.errors import Invalid, NotAllowed
from vestibule.odata.call import Call, Reply, reply
from vestibule.odata.described import in_json, refused
from vestibule.odata.serving import check_access
from vestibule.resources.own_access import ACCESS
from vestibule.rules import Principal
from vestibule.world import SystemWorld

_FARTHEST = timedelta(days=36_525)

_SHOWN = {
    "description": "OK",
    "content": in_json(
        {
            "type": "object",
            "required": ["now", "offsetSeconds"],
            "properties": {
                "now": {"type": "string", "format": "date-time"},
                "offsetSeconds": {"type": "number"},
            },
        }
    ),
}
_ASKED = {
    "anyOf": [
        {
            "type": "object",
            "required": [name],
            "properties": {name: schema},
        }
        for name, schema in (
            ("advanceSeconds", {"type": "number"}),
            ("now", {"type": "string", "format": "date-time"}),
            ("reset", {"const": True}),
        )
    ]
}
CLOCK: Mapping[str, Any] = {
    "/clock": {
        "get": {
            "operationId": "clock.get",
            "responses": {
                "200": _SHOWN,
                **{str(status): refused(status) for status in (401, 403)},
            },
            "security": [{"bearer": [name]} for name in ACCESS.read],
        },
        "post": {
            "operationId": "clock.move",
            "requestBody": {"required": True, "content": in_json(_ASKED)},
            "responses": {
                "200": _SHOWN,
                **{str(status): refused(status) for status in (400, 401, 403, 413)},
            },
            "security": [{"bearer": [name]} for name in ACCESS.write],
        },
    }
}
"""How the clock stands in the OpenAPI document."""


def ask_clock(call: Call, clock: SystemWorld, principal: Principal) -> Reply:
    """Read the clock or move it. Raises Problem."""
    if call.method not in {"GET", "POST"}:
        raise NotAllowed("The clock knows GET and POST.")
    check_access(principal, ACCESS, write=call.method == "POST")
    if call.method == "POST":
        offset = _offset(call.body, clock)
        if abs(offset) > _FARTHEST:
            raise Invalid("The clock moves at most 100 years.")
        clock.move(offset)
    now = clock.now().isoformat().replace("+00:00", "Z")
    body = {"now": now, "offsetSeconds": round(clock.offset.total_seconds(), 3)}
    return reply(call, 200, msgspec.json.encode(body), "application/json")


def _offset(body: bytes, clock: SystemWorld) -> timedelta:
    """The clock's new distance from the machine's, as the body asks (own-api.md)."""
    try:
        asked: Any = msgspec.json.decode(body)
        match asked:
            case {"advanceSeconds": int() | float() as seconds} if not isinstance(seconds, bool):
                return clock.offset + timedelta(seconds=seconds)
            case {"now": str() as text}:
                return clock.offset + (datetime.fromisoformat(text) - clock.now())
            case {"reset": True}:
                return timedelta()
    except (ValueError, TypeError, OverflowError, RecursionError):  # DecodeError is a ValueError
        pass
    raise Invalid('Send {"advanceSeconds": n}, {"now": "2026-01-31T12:00:00Z"} or {"reset": true}.')
