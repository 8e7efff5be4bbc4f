"""Stored flow → plan. Each plan reads like the paragraph of runtime 5 that it implements.

What this version cannot run yet is named, never skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vestibule.journey import number_plan
from vestibule.journey.connected_plan import before_creating, before_tokens
from vestibule.journey.engine import Facts, Plan, Row
from vestibule.journey.federated_plan import (
    EMAIL,
    address,
    from_providers,
    selection,
)
from vestibule.journey.obstacles import cannot_run
from vestibule.journey.steps.set_password import CHANGE, RESET
from vestibule.journey.tenant_plan import (
    NOWHERE,
    Abroad,
    at_the_tenant,
)
from vestibule.journey.typed import rules_of
from vestibule.tenancy import Assignment, Flow, short_name


def plan(flow: Flow, *, sms: bool = True, abroad: Abroad = NOWHERE) -> Plan:
    """The rows that a journey through this flow follows. `sms`: text messages can be sent."""
    missing = cannot_run(flow, sms=sms)
    if missing is not None:
        return (Row("cannot_run", "", told={"cannot_run": missing}),)
    if flow.kind == "b2x":
        return at_the_tenant(flow, _questions(flow), abroad)
    if number_plan.by_number(flow):
        return number_plan.number_plan(flow, _questions(flow))
    return _PLANS[flow.type](flow)


# --------------------------------------------------------------------------- conditions


def _session_offered(facts: Facts) -> bool:
    return "session" in facts


def _nobody(facts: Facts) -> bool:
    return "user" not in facts


def _silent(facts: Facts) -> bool:
    return facts.get("prompt") == "none"


def _nobody_and_silent(facts: Facts) -> bool:
    return _nobody(facts) and _silent(facts)


def _chose(choice: str) -> Callable[[Facts], bool]:
    return lambda facts: _nobody(facts) and facts["choice"] == choice


_signing_up = _chose("signUp")
_resetting = _chose("resetPassword")
_changing = _chose("signIn")  # the password was right, and that was not enough


# --------------------------------------------------------------------------- the plans


def _sign_up_or_sign_in(flow: Flow) -> Plan:
    """Runtime 5.2. The session, the login hint and the prompt are facts from the start."""
    return (
        Row("reuse_session", "user", _session_offered),
        Row("stay_silent", "", _nobody_and_silent),
        _first_page(flow, sign_up=True),
        *from_providers(flow, _questions(flow), signs_up=True),
        Row("prove_address", "password_proof", _resetting, _names(flow)),
        Row("set_password", "user", _resetting, _new_password(flow, embedded=True)),
        Row("set_password", "user", _changing, _changed_password(flow)),
        Row("sign_up", "registration", _signing_up, _sign_up_page(flow)),
        *before_creating(flow, _signing_up),
        Row("create_account", "user", _signing_up),
        Row("read_user", "claims"),
        *before_tokens(flow),
        Row("finish", ""),
    )


def _sign_up(flow: Flow) -> Plan:
    """Runtime 5.3. Who is signed in already signs up all the same, as somebody else."""
    return (
        Row("stay_silent", "", _nobody_and_silent),
        *((selection(flow, signing_up=True),) if flow.providers else ()),
        *from_providers(flow, _questions(flow), signs_up=True),
        Row("sign_up", "registration", _nobody, _sign_up_page(flow)),
        *before_creating(flow, _nobody),
        Row("create_account", "user", _nobody),
        Row("read_user", "claims"),
        *before_tokens(flow),
        Row("finish", ""),
    )


def _sign_in(flow: Flow) -> Plan:
    """Runtime 5.4. Version 1 has this page too; the real service shows another one there."""
    return (
        Row("reuse_session", "user", _session_offered),
        Row("stay_silent", "", _nobody_and_silent),
        _first_page(flow),
        *from_providers(flow, ()),
        Row("prove_address", "password_proof", _resetting, _names(flow)),
        Row("set_password", "user", _resetting, _new_password(flow, embedded=True)),
        Row("set_password", "user", _changing, _changed_password(flow)),
        Row("read_user", "claims"),
        *before_tokens(flow),
        Row("finish", ""),
    )


def _password_reset(flow: Flow) -> Plan:
    """Runtime 5.5. A session proves nothing here."""
    return (
        Row("stay_silent", "", _nobody_and_silent),
        Row("prove_address", "password_proof", _nobody, _names(flow)),
        Row("set_password", "user", _nobody, _new_password(flow)),
        Row("read_user", "claims"),
        Row("finish", ""),
    )


def _profile_update(flow: Flow) -> Plan:
    """Runtime 5.6. Writing forgets the claims, so that they are read anew."""
    questions = {"questions": _questions(flow)}
    return (
        Row("stay_silent", "", _silent),
        Row("reuse_session", "user", _session_offered),
        _first_page(flow),
        *from_providers(flow, ()),
        Row("read_user", "claims"),
        Row("edit_profile", "edited", told=questions),
        Row("finish", ""),
    )


def _resource_owner(_flow: Flow) -> Plan:
    """Runtime 5.7. No pages, no session; the name and the password come from the application."""
    return (
        Row("check_credentials", "user"),
        Row("read_user", "claims"),
        Row("finish", ""),
    )


_PLANS: Mapping[str, Callable[[Flow], Plan]] = {
    "signUpOrSignIn": _sign_up_or_sign_in,
    "signUp": _sign_up,
    "signIn": _sign_in,
    "passwordReset": _password_reset,
    "profileUpdate": _profile_update,
    "resourceOwner": _resource_owner,
}
"""Type of a b2c flow → its plan."""


# --------------------------------------------------------------------------- what steps are told


def _names(flow: Flow) -> Facts:
    """Whether people sign in with a user name; otherwise with an e-mail address."""
    return {"by_name": flow.settings["localAccount"] == "userName"}


def _first_page(flow: Flow, *, sign_up: bool = False) -> Row:
    """Local and other accounts on one page; without local ones, a choice of providers."""
    if flow.local_account:
        return Row("sign_in_or_up", "choice", _nobody, _sign_in_page(flow, sign_up=sign_up))
    return selection(flow)


def _sign_in_page(flow: Flow, *, sign_up: bool = False) -> Facts:
    """What the sign-in page offers, and what it does with a password that must be changed."""
    return {
        **_names(flow),
        "providers": list(flow.providers),
        "show_sign_up": sign_up,
        "show_forgot_password": True,
        "reset_here": flow.settings["selfServicePasswordReset"],
        "forced_change": flow.settings["forcedPasswordReset"],
        "show_remember": flow.settings["keepMeSignedInDays"] is not None,
    }


def _sign_up_page(flow: Flow) -> Facts:
    """The sign-in address always is asked for, verified unless the flow or an assignment says
    otherwise."""
    return {
        **_names(flow),
        "password_rules": _rules(flow),
        **address(flow),
        "questions": _questions(flow),
    }


def _new_password(flow: Flow, *, embedded: bool = False) -> Facts:
    """A password for somebody who has forgotten it; `embedded` in another flow's run."""
    return {
        "password_page": RESET,
        "password_rules": _rules(flow),
        "embedded": embedded,
        "prove_again": [],
    }


def _changed_password(flow: Flow) -> Facts:
    """Another password for somebody who has just typed the old one."""
    return {
        "password_page": CHANGE,
        "password_rules": _rules(flow),
        "embedded": False,
        "prove_again": ["choice"],
    }


def _rules(flow: Flow) -> dict[str, Any]:
    return rules_of(flow.settings["passwordRules"])


def _questions(flow: Flow) -> list[dict[str, Any]]:
    return [asked(one) for one in flow.attributes if one.id != EMAIL]


def asked(assignment: Assignment) -> dict[str, Any]:
    """An assignment as a step and a page know it: JSON. `field` names it in forms."""
    options = [
        {"name": one.name, "value": one.value, "default": one.default} for one in assignment.values
    ]
    return {
        "id": assignment.id,
        "field": short_name(assignment.id),
        "claim": assignment.claim,
        "label": assignment.label,
        "type": assignment.data_type,
        "input": assignment.input_type,
        "optional": assignment.optional,
        "options": options,
    }
