"""The rows that ask API connectors, for whatever plan has them.

Source: runtime 5.1, 6.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vestibule.journey.collected import LIMITS
from vestibule.journey.engine import Facts, Plan, Row
from vestibule.journey.steps.ask_after_federation import POINT as AFTER_FEDERATION
from vestibule.journey.steps.ask_before_creating import POINT as BEFORE_CREATING
from vestibule.journey.steps.ask_before_tokens import POINT as BEFORE_TOKENS
from vestibule.journey.strangers import stranger
from vestibule.tenancy import Flow, claim_of, short_name

When = Callable[[Facts], bool]

_EMAIL = "email"
_SINCE = 3.0
"""The first version of b2c flows that has API connectors."""

_ASKED: Mapping[str, frozenset[str]] = {
    "signUpOrSignIn": frozenset({AFTER_FEDERATION, BEFORE_CREATING, BEFORE_TOKENS}),
    "signUp": frozenset({AFTER_FEDERATION, BEFORE_CREATING, BEFORE_TOKENS}),
    "signIn": frozenset({BEFORE_TOKENS}),
}
_ASKED_OF_GUESTS = frozenset({AFTER_FEDERATION, BEFORE_CREATING})


def too_old(flow: Flow) -> list[str]:
    """What stands in the way of running the flow: its version has no connectors."""
    if flow.kind == "b2x" or flow.version >= _SINCE:
        return []
    asked = (step for step in flow.connectors if step in _steps(flow))
    return [f"the API connector at {step} before version 3" for step in asked]


def never_asked(flow: Flow) -> list[str]:
    """Sentences on the connectors that no journey through such a flow reaches."""
    kind = "a b2x flow" if flow.kind == "b2x" else f"a flow of the type {flow.type}"
    unasked = (step for step in flow.connectors if step not in _steps(flow))
    return [f"{kind} never asks the API connector at {step}" for step in unasked]


def after_federation(flow: Flow, when: When) -> Plan:
    """To stand after the row that proves an identity elsewhere, and before the one that asks for
    attributes. `when`: somebody new has proved one."""

    def new_and_not_asked_about(facts: Facts) -> bool:
        return when(facts) and facts.get("prefilled", {}).get("of") != stranger(facts).key

    return _rows(
        flow, AFTER_FEDERATION, "ask_after_federation", new_and_not_asked_about, _assigned(flow)
    )


def before_creating(flow: Flow, when: When) -> Plan:
    """To stand right before the row that creates an account. `when`: as in that row."""

    def registered_and_not_judged(facts: Facts) -> bool:
        return when(facts) and not facts["registration"].get("judged")

    return _rows(
        flow, BEFORE_CREATING, "ask_before_creating", registered_and_not_judged, _assigned(flow)
    )


def before_tokens(flow: Flow) -> Plan:
    """To stand after the row that reads the user."""

    def not_enriched(facts: Facts) -> bool:
        return "enriched" not in facts

    selected = {
        name: claim_of(name)
        for claim in flow.settings["applicationClaims"]
        if (name := _ATTRIBUTES.get(claim, claim)) in LIMITS or name.startswith("extension_")
    }
    sends = {short_name(id): claim_of(id) for id in _assigned(flow).values()} | selected
    return _rows(flow, BEFORE_TOKENS, "ask_before_tokens", not_enriched, selected, {"sends": sends})


_ATTRIBUTES: Mapping[str, str] = {claim_of(name): name for name in LIMITS}
"""Name in tokens → built-in attribute."""


def _steps(flow: Flow) -> frozenset[str]:
    return _ASKED_OF_GUESTS if flow.kind == "b2x" else _ASKED.get(flow.type, frozenset())


def _assigned(flow: Flow) -> dict[str, str]:
    """Short name → id of the attributes that an answer may set: those that the flow asks for."""
    return {short_name(one.id): one.id for one in flow.attributes if one.id != _EMAIL}


def _rows(
    flow: Flow,
    point: str,
    step: str,
    when: When,
    accepts: Mapping[str, str],
    told: Mapping[str, Any] | None = None,
) -> Plan:
    """One row, which gives nothing that could be kept by mistake; none without a connector."""
    if point not in flow.connectors:
        return ()
    known = {
        "connector": flow.connectors[point],
        "accepts": dict(accepts),
        "at_tenant": flow.kind == "b2x",
        **(told or {}),
    }
    return (Row(step, "", when, known),)
