"""Calls of API connectors, as they are kept for the workbench.

`perform.connectors` tells of every call by `keep`; what is stored of it, masked, and for how long
is decided here, and `resources.connector_calls` says what stands in it in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import msgspec

from vestibule.journey.effects import Blocked, ConnectorFailed, Continued, Invalidated
from vestibule.perform.tools import Occasion, Tools
from vestibule.ports import Insert
from vestibule.resources.connector_calls import RECORD
from vestibule.resources.connector_notes import Kind
from vestibule.resources.masking import masked_headers, masked_text, masked_url
from vestibule.tenancy import Connector

Result = Continued | Blocked | Invalidated | ConnectorFailed


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request on the wire and what came of it.

    `status` is None where no answer came; `failed` is then why, a kind of note ("timeout",
    "unreachable", "forbidden", "too_large", "certificate" …), and "" otherwise. `headers` by
    lower-case name. `body` as it was received.
    """

    status: int | None
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    milliseconds: float
    failed: Kind | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something about an answer that people would not guess. `kind` is explained in
    `resources.connector_notes`; `name` is the claim, action, header or time that it is about."""

    kind: Kind
    name: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """What was sent, what came, and what was made of it.

    `step` as the effect has it. `sent_headers` and `sent` are those of every attempt, which are in
    order; there is none where nothing was sent (the breaker is open). Secrets need not be left
    out: they are masked before anything is stored. `accepts` is the effect's: by it an answer to
    a replay is judged again.
    """

    connector: Connector
    step: str
    sent_headers: Mapping[str, str] = field(repr=False)
    sent: bytes = field(repr=False)
    attempts: tuple[Attempt, ...]
    result: Result
    notes: tuple[Note, ...] = ()
    accepts: Mapping[str, str] = field(default_factory=dict)


_MOST_SHOWN = 65_536  # characters of a body
_VERDICTS: Mapping[type[Result], str] = {
    Continued: "continue",
    Blocked: "showBlockPage",
    Invalidated: "validationError",
    ConnectorFailed: "failed",
}


async def keep(tools: Tools, occasion: Occasion, call: Call) -> None:
    """Keep a call for the workbench. Never fails: a journey does not depend on it."""
    if tools.calls is not None and tools.calls.keeps:
        await tools.calls.keep(kept(occasion, call, tools.world.guid(), tools.world.now()))


def kept(occasion: Occasion, call: Call, id: str, now: datetime) -> Insert:
    """The row that stands for a call; secrets are masked in it, but in the body that was sent: a
    replay sends that again, and it is sealed."""
    request = {
        "url": masked_url(call.connector.target_url),
        "headers": masked_headers(call.sent_headers),
        "body": _text(call.sent),
        "accepts": dict(call.accepts),
    }
    response = {"attempts": [_attempt(one) for one in call.attempts], "shown": _shown(call.result)}
    values = {
        "connector": call.connector.id,
        "flow": occasion.flow.id if occasion.flow else None,
        "step": call.step,
        "verdict": _VERDICTS[type(call.result)],
        "milliseconds": round(sum(one.milliseconds for one in call.attempts), 1),
        "request": _sealable(request),
        "response": _sealable(response),
        "notes": [{"kind": one.kind, "name": _plain(one.name)} for one in call.notes],
        "replay_of": occasion.replay_of or None,
        "correlation": occasion.correlation,
        "created": now,
    }
    return Insert(RECORD, occasion.tenant.id, id, values)


def _attempt(attempt: Attempt) -> dict[str, Any]:
    body = masked_text(_text(attempt.body))
    return {
        "status": attempt.status,
        "headers": masked_headers(attempt.headers),
        "body": body[:_MOST_SHOWN],
        "cut": len(body) > _MOST_SHOWN,
        "milliseconds": attempt.milliseconds,
        "failed": attempt.failed,
    }


def _shown(result: Result) -> str:
    """What the person reads of it; "" where the journey goes on."""
    match result:
        case Blocked() | Invalidated():
            return _plain(result.message)
        case ConnectorFailed():
            return _plain(f"AADB2C{result.code}: {result.reason}")
    return ""


def _text(body: bytes) -> str:
    return _plain(body.decode("utf-8", "replace"))


def _plain(text: str) -> str:
    """Without what no database holds."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _sealable(value: Mapping[str, Any]) -> str:
    return _plain(msgspec.json.encode(value).decode())
