"""Stored flow → plan. Each plan reads like the paragraph of runtime 5 that it implements.

What this version cannot run yet is named, never skipped.
"""

from __future__ import annotations

from typing import Any

from vestibule.journey.engine import Facts, Plan, Row
from vestibule.tenancy import Assignment, Flow, short_name

EMAIL = "email"

_RUNNABLE = frozenset({("signUpOrSignIn", 1.0), ("signUpOrSignIn", 3.0), ("resourceOwner", 1.0)})


def plan(flow: Flow) -> Plan:
    """The rows that a journey through this flow follows."""
    missing = cannot_run(flow)
    if missing is not None:
        return (Row("cannot_run", "", told={"cannot_run": missing}),)
    if flow.type == "resourceOwner":
        return _resource_owner()
    return _sign_up_or_sign_in(flow)


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


def _sign_up_or_sign_in(flow: Flow) -> Plan:
    """Runtime 5.2. The session, the login hint and the prompt are facts from the start."""
    choices = {"show_sign_up": True, "show_forgot_password": True}
    return (
        Row("reuse_session", "user", _session_offered),
        Row("stay_silent", "", _nobody_and_silent),
        Row("sign_in_or_up", "choice", _nobody, choices),
        Row("sign_up", "registration", _signing_up, _sign_up_settings(flow)),
        Row("create_account", "user", _signing_up),
        Row("read_user", "claims"),
        Row("finish", ""),
    )


def _resource_owner() -> Plan:
    """Runtime 5.7. No pages, no session; the name and the password come from the application."""
    return (
        Row("check_credentials", "user"),
        Row("read_user", "claims"),
        Row("finish", ""),
    )


def _sign_up_settings(flow: Flow) -> Facts:
    """The sign-in address always is asked for, verified unless an assignment says otherwise."""
    email = next((one for one in flow.attributes if one.id == EMAIL), None)
    return {
        "password_rules": flow.settings["passwordRules"],
        "verify_email": email is None or email.verification,
        "email_label": email.label if email else "",
        "questions": [asked(one) for one in flow.attributes if one.id != EMAIL],
    }


def asked(assignment: Assignment) -> dict[str, Any]:
    """An assignment as a step and a page know it: JSON. `field` names it in forms."""
    options = [
        {"name": one.name, "value": one.value, "default": one.default} for one in assignment.values
    ]
    return {
        "id": assignment.id,
        "field": short_name(assignment.id),
        "label": assignment.label,
        "type": assignment.data_type,
        "input": assignment.input_type,
        "optional": assignment.optional,
        "options": options,
    }
