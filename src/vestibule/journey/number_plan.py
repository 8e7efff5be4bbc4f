"""The plans of flows whose people sign in with a phone number: a code instead of a password.

Source: runtime 5.2 to 5.4, 5.6, 5.8 (phone sign-up/sign-in).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vestibule.journey.connected_plan import before_creating, before_tokens
from vestibule.journey.engine import Facts, Plan, Row
from vestibule.journey.federated_plan import Questions, federating, from_providers
from vestibule.tenancy import Flow


def by_number(flow: Flow) -> bool:
    """Whether the flow's own accounts have phone numbers."""
    return flow.local_account and bool(flow.settings["localAccount"] == "phone")


def number_plan(flow: Flow, questions: Questions) -> Plan:
    """`questions` are the attributes that the flow asks for."""
    return PLANS[flow.type](flow, questions)


def _sign_up_or_sign_in(flow: Flow, questions: Questions) -> Plan:
    """One page asks for the number; whose it is decides which of the two it becomes."""
    return (
        Row("reuse_session", "user", _session_offered),
        Row("stay_silent", "", _nobody_and_silent),
        Row("prove_number", "verified_number", _local, _number_page(flow, signs_up=True)),
        *from_providers(flow, questions, signs_up=True),
        *_registration(flow, questions),
        Row("read_user", "claims"),
        *before_tokens(flow),
        Row("finish", ""),
    )


def _sign_up(flow: Flow, questions: Questions) -> Plan:
    return (
        Row("stay_silent", "", _nobody_and_silent),
        Row(
            "prove_number",
            "verified_number",
            _local,
            _number_page(flow, signs_in=False, signs_up=True),
        ),
        *from_providers(flow, questions, signs_up=True),
        *_registration(flow, questions),
        Row("read_user", "claims"),
        *before_tokens(flow),
        Row("finish", ""),
    )


def _sign_in(flow: Flow, _questions: Questions) -> Plan:
    return (
        Row("reuse_session", "user", _session_offered),
        Row("stay_silent", "", _nobody_and_silent),
        Row("prove_number", "verified_number", _local, _number_page(flow)),
        *from_providers(flow, ()),
        Row("read_user", "claims"),
        *before_tokens(flow),
        Row("finish", ""),
    )


def _profile_update(flow: Flow, questions: Questions) -> Plan:
    return (
        Row("stay_silent", "", _silent),
        Row("reuse_session", "user", _session_offered),
        Row("prove_number", "verified_number", _local, _number_page(flow)),
        *from_providers(flow, ()),
        Row("read_user", "claims"),
        Row("edit_profile", "edited", told={"questions": questions}),
        Row("finish", ""),
    )


PLANS: Mapping[str, Callable[[Flow, Questions], Plan]] = {
    "signUpOrSignIn": _sign_up_or_sign_in,
    "signUp": _sign_up,
    "signIn": _sign_in,
    "profileUpdate": _profile_update,
}
"""Type of a b2c flow → its plan. What is about passwords has none."""


def _registration(flow: Flow, questions: Questions) -> Plan:
    return (
        Row("sign_up_with_number", "registration", _nobody, {"questions": questions}),
        *before_creating(flow, _nobody),
        Row("create_account", "user", _nobody),
    )


def _number_page(flow: Flow, *, signs_in: bool = True, signs_up: bool = False) -> Facts:
    """What a proven number is good for, and whether a box to stay signed in is shown."""
    return {
        "providers": list(flow.providers),
        "signs_in": signs_in,
        "signs_up": signs_up,
        "show_remember": signs_in and flow.settings["keepMeSignedInDays"] is not None,
    }


def _session_offered(facts: Facts) -> bool:
    return "session" in facts


def _nobody(facts: Facts) -> bool:
    return "user" not in facts


def _local(facts: Facts) -> bool:
    return _nobody(facts) and not federating(facts)


def _silent(facts: Facts) -> bool:
    return facts.get("prompt") == "none"


def _nobody_and_silent(facts: Facts) -> bool:
    return _nobody(facts) and _silent(facts)
