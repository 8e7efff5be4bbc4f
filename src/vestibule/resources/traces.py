"""Traces: the way of one journey, step by step, by its correlation id.

Read from what the journey's ticket remembers (journey.trail): names and codes, never a value. So a
trace lives as long as that ticket, and nobody can list all of them.
Source: design own-api.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from vestibule.edm.declare import Complex, Declaration, Entity, EntitySet, Enum, Property
from vestibule.ports import Row, Ticket
from vestibule.resources.own_access import ACCESS
from vestibule.rules import Context, Rules

Journeys = Callable[[str, str, datetime], Awaitable[Sequence[Ticket]]]
"""(tenant id, correlation id, now) → the tickets of the journeys that go by it."""

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# --------------------------------------------------------------------------- shapes

_MOMENT = "Edm.DateTimeOffset"
_TEXTS = "Collection(Edm.String)"
_STATE = Enum(
    "vestibule.journeyState", (("waiting", 0), ("working", 1), ("finished", 2), ("stopped", 3))
)
_GIVEN = Enum(
    "vestibule.stepInput", (("nothing", 0), ("form", 1), ("parameters", 2), ("result", 3))
)
_OUTCOME = Enum(
    "vestibule.stepOutcome",
    tuple(
        (name, at)
        for at, name in enumerate(("page", "site", "effect", "next", "back", "tokens", "stop"))
    ),
)
_ERROR = Complex(
    "vestibule.stepError",
    properties=(Property("field", nullable=False), Property("text", nullable=False)),
)
_STEP = Complex(
    "vestibule.traceStep",
    properties=(
        Property("dateTime", _MOMENT),
        Property("turn", "Edm.Int32"),
        Property("ordinal", "Edm.Int32"),
        Property("step"),
        Property("given", _GIVEN.name),
        Property("action"),
        Property("inputs", _TEXTS, nullable=False),
        Property("unknownInputs", "Edm.Int32"),
        Property("result"),
        Property("reason"),
        Property("outcome", _OUTCOME.name),
        Property("page"),
        Property("errors", f"Collection({_ERROR.name})", nullable=False),
        Property("code"),
        Property("host"),
        Property("effect"),
        Property("effectTarget"),
        Property("effectInputs", _TEXTS, nullable=False),
        Property("claimsAdded", _TEXTS, nullable=False),
        Property("claimsChanged", _TEXTS, nullable=False),
        Property("claimsDropped", _TEXTS, nullable=False),
        Property("tokenClaims", _TEXTS, nullable=False),
        Property("why"),
        Property("omittedSteps", "Edm.Int32"),
    ),
)
_TRACE = Entity(
    "vestibule.trace",
    given=True,
    key="correlationId",
    properties=(
        Property("correlationId", nullable=False, write="never"),
        Property("userFlowId", nullable=False, write="never"),
        Property("applicationId", write="never"),
        Property("state", _STATE.name, nullable=False, write="never"),
        Property("startedDateTime", _MOMENT, write="never"),
        Property("changedDateTime", _MOMENT, write="never"),
        Property("expiresDateTime", _MOMENT, nullable=False, write="never"),
        Property("steps", f"Collection({_STEP.name})", nullable=False, write="never"),
    ),
)
TYPES: tuple[Declaration, ...] = (_STATE, _GIVEN, _OUTCOME, _ERROR, _STEP, _TRACE)
SETS = (EntitySet("traces", _TRACE.name, ACCESS, verbs=frozenset({"get"})),)

# --------------------------------------------------------------------------- what they show

_INPUTS = {"Entered": "nothing", "Form": "form", "Returned": "parameters"}
_OUTCOMES = {
    "Ask": "page",
    "Leave": "site",
    "Do": "effect",
    "Next": "next",
    "Back": "back",
    "Finish": "tokens",
    "Stop": "stop",
}
_COLUMNS = {
    "turn": "turn",
    "ordinal": "ordinal",
    "step": "step",
    "action": "action",
    "others": "unknownInputs",
    "why": "reason",
    "page": "page",
    "code": "code",
    "host": "host",
    "effect": "effect",
    "omitted": "omittedSteps",
}
_LISTS = {
    "inputs": "inputs",
    "takes": "effectInputs",
    "added": "claimsAdded",
    "changed": "claimsChanged",
    "dropped": "claimsDropped",
    "claims": "tokenClaims",
}


@dataclass(frozen=True, slots=True)
class TraceRules:
    journeys: Journeys

    def table(self) -> dict[str, Rules]:
        """The rules by entity type."""
        return {_TRACE.name: Rules(sought=self._sought)}

    async def _sought(self, context: Context, key: str) -> Row | None:
        correlation = key.lower()
        if not _GUID.fullmatch(correlation):
            return None
        found = await self.journeys(context.tenant, correlation, context.now)
        traced = (one for one in found if one.body.get("trail") is not None)
        ticket = next(traced, None)
        return None if ticket is None else _shown(ticket)


def _shown(ticket: Ticket) -> Row:
    body = ticket.body
    steps = [_step(entry) for entry in body["trail"]]
    moments = [step["dateTime"] for step in steps if step["dateTime"] is not None]
    return {
        "id": ticket.family,
        "parent": "",
        "version": 1,
        "user_flow_id": body["flow"],
        "application_id": body["request"].get("client") or None,
        "state": _state(ticket),
        "started_date_time": moments[0] if moments else None,
        "changed_date_time": moments[-1] if moments else None,
        "expires_date_time": ticket.expires,
        "steps": steps,
    }


def _state(ticket: Ticket) -> str:
    """Somebody works on a journey as long as it is saved with a lease."""
    if ticket.body["lease"]:
        return "working"
    kind = (ticket.body["shown"] or ("",))[0]
    return {"Finish": "finished", "Stop": "stopped"}.get(kind, "waiting")


def _step(entry: Mapping[str, Any]) -> dict[str, Any]:
    given, outcome = entry.get("given", ""), entry.get("outcome", "")
    errors = entry.get("errors", {}).items()
    targets = [entry[name] for name in ("connector", "provider", "purpose") if name in entry]
    return {
        **{shown: entry.get(name) for name, shown in _COLUMNS.items()},
        **{shown: entry.get(name, []) for name, shown in _LISTS.items()},
        "dateTime": datetime.fromtimestamp(entry["at"] / 1000, UTC) if "at" in entry else None,
        "given": _INPUTS.get(given, "result") if given else None,
        "result": given if given and given not in _INPUTS else None,
        "outcome": _OUTCOMES.get(outcome),
        "errors": [{"field": field, "text": text} for field, text in errors],
        "effectTarget": next(iter(targets), None),
        "why": _why(entry),
    }


def _why(entry: Mapping[str, Any]) -> str | None:
    """Why this step, and why this page once more, in plain English."""
    reasons = []
    if "when" in entry:
        gives, condition = entry.get("gives"), entry["when"]
        missing = [f"“{gives}” is not known yet"] if gives else []
        holds = [f"the condition “{condition}” holds"] if condition != "always" else []
        because = " and ".join([*missing, *holds]) or "nothing else is left to do"
        reasons.append(f"“{entry['step']}” is next in the plan: {because}.")
        if entry.get("done"):
            reasons.append(f"What these give is known: {', '.join(entry['done'])}.")
        if entry.get("unmet"):
            reasons.append(f"These do not apply: {', '.join(entry['unmet'])}.")
    if entry.get("errors"):
        where = (field or "the whole page" for field in entry["errors"])
        reasons.append(f"The page is shown again because of {', '.join(where)}.")
    return " ".join(reasons) or None
