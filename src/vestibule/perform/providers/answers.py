"""JSON that a provider sends: parsed once, with bounds.

Source: security 5; RFC 8259 section 9 (a parser may limit size and depth).
"""

from __future__ import annotations

from typing import Any

import msgspec

from vestibule.perform.http import Answer
from vestibule.perform.providers.faults import Failed

_DEEPEST = 12  # levels; an address within claims is the third
_OK = 200


def document(answer: Answer, what: str) -> dict[str, Any]:
    """The object of a successful answer; `what` names it ("The metadata"). Raises Failed."""
    if answer.status != _OK:
        raise Failed(f"{what} of the identity provider answers with status {answer.status}.")
    return read(answer.body, what)


def read(body: bytes, what: str) -> dict[str, Any]:
    """A JSON object. Raises Failed."""
    try:
        found: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        raise Failed(f"{what} of the identity provider is not a JSON object.") from None
    if not shallow(found):
        raise Failed(f"{what} of the identity provider is nested too deeply.")
    return found


def shallow(value: Any, levels: int = _DEEPEST) -> bool:
    """Whether lists and objects are nested no deeper than so many levels."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return True
    return levels > 0 and all(shallow(one, levels - 1) for one in value)


def text(members: dict[str, Any], name: str) -> str:
    """A member that is a text; "" where there is none, or something else."""
    value = members.get(name)
    return value if isinstance(value, str) else ""
