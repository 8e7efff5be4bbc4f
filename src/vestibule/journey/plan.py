"""Stored flow → plan. Each plan reads like the paragraph of runtime 5 that it implements.

What this version cannot run yet is named, never skipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestibule.journey.engine import Facts, Plan, Row
from vestibule.tenancy import Flow

STRONG_PASSWORD: Mapping[str, Any] = {"min": 8, "max": 64, "classes": 3}
"""B2C's default for every flow (runtime 5.8): 3 of lower case, upper case, digit, symbol."""

_RUNNABLE = frozenset({("signUpOrSignIn", 1.0), ("signUpOrSignIn", 3.0)})


def plan(flow: Flow) -> Plan:
    """The rows that a journey through this flow follows."""
    missing = cannot_run(flow)
    if missing is not None:
        return (Row("cannot_run", "", told={"cannot_run": missing}),)
    return _SIGN_UP_OR_SIGN_IN


def cannot_run(flow: Flow) -> str | None:
    """What stands in the way of running the flow, in plain English; None if nothing does."""
    things = [
        *_kind_and_type(flow),
        *(f"the identity provider {provider}" for provider in flow.providers),
        *(f"the API connector at {step}" for step in flow.connectors),
    ]
    if not flow.local_account and not flow.providers:
        things.append("sign-in without any identity provider")
    return " and ".join(things) or None


def _kind_and_type(flow: Flow) -> list[str]:
    if flow.kind != "b2c":
        return [f"the kind {flow.kind}IdentityUserFlow"]
    if (flow.type, flow.version) not in _RUNNABLE:
        return [f"version {flow.version:g} of the type {flow.type}"]
    return []


def _session_offered(facts: Facts) -> bool:
    return "session" in facts


def _nobody(facts: Facts) -> bool:
    return "user" not in facts


def _nobody_and_silent(facts: Facts) -> bool:
    return _nobody(facts) and facts.get("prompt") == "none"


def _signing_up(facts: Facts) -> bool:
    return _nobody(facts) and facts["choice"] == "signUp"


# Runtime 5.2. The session, the login hint and the prompt are facts from the start.
_SIGN_UP_OR_SIGN_IN: Plan = (
    Row("reuse_session", "user", _session_offered),
    Row("stay_silent", "", _nobody_and_silent),
    Row("sign_in_or_up", "choice", _nobody, {"show_sign_up": True, "show_forgot_password": True}),
    Row("sign_up", "registration", _signing_up, {"password_rules": STRONG_PASSWORD}),
    Row("create_account", "user", _signing_up),
    Row("read_user", "claims"),
    Row("finish", ""),
)
