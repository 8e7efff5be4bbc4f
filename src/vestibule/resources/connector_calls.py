"""Calls of API connectors: what was sent, what came back, and what became of it.

What is stored has no secret but in the body that was sent, which a replay sends again; there the
stars come with the printing. Source: design own-api; runtime 6.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from vestibule.edm.declare import (
    Column,
    Complex,
    Declaration,
    Entity,
    EntitySet,
    Enum,
    Operation,
    Property,
    Record,
    Reference,
)
from vestibule.ports import Insert, Row
from vestibule.resources.connector_notes import sentence
from vestibule.resources.masking import masked_text
from vestibule.resources.own_access import ACCESS, ENTITY
from vestibule.rules import Context, Done, Rules

RECORD = "connector_call"
RECORDS = (
    Record(
        RECORD,
        (
            Column("connector", nullable=False),
            Column("flow"),  # id; none of a flow that is gone
            Column("step", nullable=False),
            Column("verdict", nullable=False),
            Column("milliseconds", "double", nullable=False),
            Column("request", sealed=True, nullable=False),  # JSON: url, headers, body, accepts
            Column("response", sealed=True, nullable=False),  # JSON: attempts, shown
            Column("notes", "json"),  # [{kind, name}]
            Column("replay_of"),  # id of the call that was sent again
            Column("correlation"),
            Column("created", "datetime", nullable=False),
        ),
        indexes=(("connector", "created"), ("created",)),
        references=(Reference("connector", "api_connector", on_delete="cascade"),),
    ),
)

Replay = Callable[[str, Row], Awaitable[Insert]]
"""(tenant id, a kept call) → the call that was made of it just now, to be stored. Raises Problem
where there is nothing to call any more."""

# --------------------------------------------------------------------------- shapes

_VERDICT = Enum(
    "vestibule.connectorVerdict",
    (("continue", 0), ("showBlockPage", 1), ("validationError", 2), ("failed", 3)),
)
_HEADER = Complex(
    "vestibule.httpHeader",
    properties=(Property("name", nullable=False), Property("value", nullable=False)),
)
_HEADERS = Property("headers", f"Collection({_HEADER.name})", nullable=False)
_REQUEST = Complex(
    "vestibule.connectorRequest",
    properties=(
        Property("method", nullable=False),
        Property("url", nullable=False),
        _HEADERS,
        Property("body"),
    ),
)
_RESPONSE = Complex(
    "vestibule.connectorResponse",
    properties=(
        Property("status", "Edm.Int32", nullable=False),
        _HEADERS,
        Property("body"),
        Property("isCut", "Edm.Boolean", nullable=False),  # the body was longer
    ),
)
_ATTEMPT = Complex(
    "vestibule.connectorAttempt",
    properties=(
        Property("status", "Edm.Int32"),  # none where no answer came
        Property("milliseconds", "Edm.Double", nullable=False),
        Property("failure"),
    ),
)
_NOTE = Complex(
    "vestibule.connectorNote",
    properties=(
        Property("kind", nullable=False),
        Property("name"),
        Property("text", nullable=False),
    ),
)


def _computed(name: str, type_: str, value: Callable[[Mapping[str, Any]], Any]) -> Property:
    return Property(name, type_, write="never", filterable=False, value=value)


def _headers(named: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in named.items()]


def _request(row: Mapping[str, Any]) -> dict[str, Any]:
    sent = msgspec.json.decode(row["request"])
    return {
        "method": "POST",
        "url": sent["url"],
        "headers": _headers(sent["headers"]),
        "body": masked_text(sent["body"]),
    }


def _attempts(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    attempts: list[dict[str, Any]] = msgspec.json.decode(row["response"])["attempts"]
    return attempts


def _response(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """The answer to the last attempt, if there was one."""
    last = next(reversed(_attempts(row)), None)
    if last is None or last["status"] is None:
        return None
    return {
        "status": last["status"],
        "headers": _headers(last["headers"]),
        "body": last["body"],
        "isCut": last["cut"],
    }


def _tries(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "status": one["status"],
            "milliseconds": one["milliseconds"],
            "failure": one["failed"] or None,
        }
        for one in _attempts(row)
    ]


def _shown(row: Mapping[str, Any]) -> str | None:
    shown: str = msgspec.json.decode(row["response"])["shown"]
    return shown or None


def _notes(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "kind": note["kind"],
            "name": note["name"] or None,
            "text": sentence(note["kind"], note["name"], row["step"]),
        }
        for note in row["notes"] or ()
    ]


_CALL = Entity(
    "vestibule.connectorCall",
    record=RECORD,
    base=ENTITY.name,
    properties=(
        Property("connectorId", column="connector", nullable=False, write="never"),
        Property("userFlowId", column="flow", write="never"),
        Property("step", nullable=False, write="never"),
        Property(
            "createdDateTime",
            "Edm.DateTimeOffset",
            column="created",
            nullable=False,
            write="never",
        ),
        Property("milliseconds", "Edm.Double", nullable=False, write="never"),
        Property("verdict", _VERDICT.name, nullable=False, write="never"),
        _computed("shown", "Edm.String", _shown),
        _computed("notes", f"Collection({_NOTE.name})", _notes),
        _computed("request", _REQUEST.name, _request),
        _computed("response", _RESPONSE.name, _response),
        _computed("attempts", f"Collection({_ATTEMPT.name})", _tries),
        Property("replayOf", column="replay_of", write="never"),
        Property("correlationId", column="correlation", write="never"),
    ),
)
TYPES: tuple[Declaration, ...] = (
    _VERDICT,
    _HEADER,
    _REQUEST,
    _RESPONSE,
    _ATTEMPT,
    _NOTE,
    _CALL,
    Operation("replay", "action", _CALL.name, returns=_CALL.name),
)
SETS = (EntitySet("connectorCalls", _CALL.name, ACCESS, verbs=frozenset({"list", "get"})),)

# --------------------------------------------------------------------------- rules


@dataclass(frozen=True, slots=True)
class CallRules:
    replay: Replay

    def table(self) -> dict[str, Rules]:
        """The rules by entity type."""
        return {_CALL.name: Rules(operations={"replay": self._replay})}

    async def _replay(self, context: Context, row: Row | None, _values: dict[str, Any]) -> Done:
        """Send what was sent once more, to the connector as it is now. No journey changes."""
        assert row is not None  # noqa: S101  # bound to one call
        made = await self.replay(context.tenant, row)
        nulls = {column.name: None for column in RECORDS[0].columns}
        shown: Row = {**nulls, **made.values, "id": made.id, "version": 1, "parent": ""}
        return Done(shown, also=(made,))
