"""The steps of a forgotten, an expired and a remembered password, and of a profile, as a table."""

from __future__ import annotations

from typing import Any

import pytest

from stage import ADA, NOON, PASSWORD, FrozenWorld
from vestibule.journey.effects import (
    CheckCode,
    CodeRight,
    HashPassword,
    PasswordExpired,
    PasswordHashed,
    PasswordRefused,
    PasswordSet,
    ProofSpent,
    SendCode,
    SetPassword,
    UpdateUser,
    UserExists,
    UserGone,
    UserUpdated,
)
from vestibule.journey.retries import RETRY_LIMIT
from vestibule.journey.state import (
    Ask,
    Back,
    Do,
    Entered,
    Form,
    Given,
    Journey,
    Next,
    Outcome,
    Stop,
)
from vestibule.journey.steps import STEPS
from vestibule.journey.steps.set_password import CHANGE, RESET
from vestibule.journey.typed import rules_of
from vestibule.tenancy import STRONG_PASSWORD
from vestibule.texts import sentences

EPOCH = int(NOON.timestamp())
BOTH = {"newPassword": PASSWORD, "reenterPassword": PASSWORD}
HERS = {"user": "ada", "proof": "proof"}
ASKED = {"by_name": False}
PROVEN = {**ASKED, "email": ADA, "code_sent_to": ADA, "verified": ADA, "proven": HERS}
RULES = rules_of(STRONG_PASSWORD)
CHOOSING = {
    "password_proof": HERS,
    "password_page": RESET,
    "password_rules": RULES,
    "embedded": False,
    "prove_again": [],
}
CHANGING = {**CHOOSING, "password_page": CHANGE, "prove_again": ["choice"]}
EMBEDDED = {**CHOOSING, "embedded": True}
SPENT = ("password_proof", "proven", "verified", "code_sent_to", "user_name")
SIGN_IN = {
    "by_name": False,
    "show_sign_up": True,
    "show_forgot_password": True,
    "reset_here": True,
    "forced_change": True,
    "show_remember": True,
}
CITY = {
    "id": "city", "field": "city", "claim": "city", "label": "City", "type": "string",
    "input": "textBox", "optional": True, "options": [],
}  # fmt: skip
PROFILE = {"user": "ada", "auth_time": 7, "claims": {"city": "Paris"}, "questions": [CITY]}
CANCELLED = Stop("90091", "app.cancelled", to_app=True)
TOO_MANY = Stop("90157", "app.retries", to_app=True)


def answer(step: str, facts: dict[str, Any], given: Given) -> Outcome:
    journey = Journey("id", "tenant", "B2C_1_reset", {}, facts, step=step)
    return STEPS[step](journey, given, FrozenWorld())


ANSWERS: dict[str, tuple[str, dict[str, Any], Given, Outcome]] = {
    "a code for a reset": (
        "prove_address", ASKED, Form("send_code", {"email": ADA}),
        Do(SendCode(ADA, "passwordReset"), {"email": ADA, "code_sent_to": "", "verified": ""}),
    ),
    "a code is checked for its purpose": (
        "prove_address", PROVEN, Form("verify_code", {"code": "123456"}),
        Do(CheckCode(ADA, "passwordReset", "123456")),
    ),
    "who is proven goes on with the proof": (
        "prove_address", PROVEN, Form("continue", {"email": ADA.lower()}),
        Next({"password_proof": HERS}, drop=("proven",)),
    ),
    "cancel instead of an address": ("prove_address", ASKED, Form("cancel"), CANCELLED),
    "one unknown address too many": (
        "prove_address", {**ASKED, "retries": RETRY_LIMIT}, UserGone("deleted"), TOO_MANY,
    ),
    "one taken address too many": (
        "create_account",
        {"retries": RETRY_LIMIT, "registration": {"email": ADA}},
        UserExists(),
        TOO_MANY,
    ),
    "a forgotten password is hashed": (
        "set_password", CHOOSING, Form("continue", BOTH), Do(HashPassword(PASSWORD)),
    ),
    "a changed one must be another": (
        "set_password", CHANGING, Form("continue", BOTH), Do(HashPassword(PASSWORD, "ada")),
    ),
    "the write carries the proof": (
        "set_password", CHOOSING, PasswordHashed("phc"), Do(SetPassword("ada", "phc", "proof")),
    ),
    "a new password signs in": (
        "set_password", CHOOSING, PasswordSet(),
        Next({"user": "ada", "auth_time": EPOCH}, drop=(*SPENT, "email")),
    ),
    "within another run it is remembered": (
        "set_password", EMBEDDED, PasswordSet(),
        Next(
            {"user": "ada", "auth_time": EPOCH, "is_forgot_password": True},
            drop=(*SPENT, "email"),
        ),
    ),
    "a spent proof leads back to the address": (
        "set_password", CHOOSING, ProofSpent(), Back(SPENT, {"proof_spent": True}),
    ),
    "a spent proof leads back to the sign-in": (
        "set_password", CHANGING, ProofSpent(), Back((*SPENT, "choice"), {"proof_spent": True}),
    ),
    "cancel instead of a password": ("set_password", CHOOSING, Form("cancel"), CANCELLED),
    "disabled meanwhile": (
        "set_password", CHOOSING, UserGone("disabled"), Stop("90111", "account.disabled"),
    ),
    "deleted meanwhile": (
        "set_password", CHOOSING, UserGone("deleted"), Stop("90053", "account.gone"),
    ),
    "forgotten, in this run": (
        "sign_in_or_up", SIGN_IN, Form("forgot"), Next({"choice": "resetPassword"}),
    ),
    "expired, and to be changed here": (
        "sign_in_or_up", {**SIGN_IN, "remember": True}, PasswordExpired("ada", "proof"),
        Next({"choice": "signIn", "password_proof": HERS, "keep_signed_in": True}),
    ),
    "answers are written": (
        "edit_profile", PROFILE, Form("continue", {"city": "London", "name": "Mallory"}),
        Do(UpdateUser("ada", {"city": "London"}, 7), {"answers": {"city": "London"}}),
    ),
    "an answer is taken away, while the session lasts": (
        "edit_profile", {**PROFILE, "session_reused": True}, Form("continue", {"city": ""}),
        Do(UpdateUser("ada", {"city": None}, 7), {"answers": {"city": ""}}),
    ),
    "claims are read anew": (
        "edit_profile", PROFILE, UserUpdated(),
        Next({"edited": True}, drop=("claims", "answers", "questions")),
    ),
    "whoever is gone is looked at again": (
        "edit_profile", PROFILE, UserGone("revoked"), Back(("claims",)),
    ),
    "cancel instead of answers": ("edit_profile", PROFILE, Form("cancel"), CANCELLED),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_step_answers(name: str) -> None:
    step, facts, given, outcome = ANSWERS[name]
    assert answer(step, facts, given) == outcome


PAGES: dict[str, tuple[str, dict[str, Any], Given, dict[str, str]]] = {
    "a reset begins": ("prove_address", ASKED, Entered(), {}),
    "verified": ("prove_address", PROVEN, CodeRight(ADA, "ada", "proof"), {}),
    "not verified": ("prove_address", ASKED, Form("continue"), {"email": "email.unverified"}),
    "another address": (
        "prove_address", PROVEN, Form("continue", {"email": "bob@contoso.example"}),
        {"email": "email.unverified"},
    ),
    "no account": ("prove_address", PROVEN, UserGone("deleted"), {"email": "account.not_found"}),
    "a disabled one": (
        "prove_address", PROVEN, UserGone("disabled"), {"email": "account.disabled"},
    ),
    "too late": ("prove_address", {**ASKED, "proof_spent": True}, Entered(), {"": "proof.spent"}),
    "a password is asked": ("set_password", CHOOSING, Entered(), {}),
    "none": ("set_password", CHOOSING, Form("continue"), {"newPassword": "password.required"}),
    "a common one": (
        "set_password", CHOOSING, PasswordRefused("common"), {"newPassword": "password.common"},
    ),
    "the old one": (
        "set_password", CHANGING, PasswordRefused("old"), {"newPassword": "password.old"},
    ),
    "busy": ("set_password", CHANGING, PasswordRefused("busy"), {"": "server.busy"}),
    "expired, with no way on": (
        "sign_in_or_up", {**SIGN_IN, "forced_change": False}, PasswordExpired("ada", "proof"),
        {"password": "password.expired"},
    ),
    "a profile": ("edit_profile", PROFILE, Entered(), {}),
    "a bad answer": (
        "edit_profile", PROFILE, Form("continue", {"city": "x" * 129}), {"city": "attribute.long"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_shown_with_its_errors(name: str) -> None:
    step, facts, given, errors = PAGES[name]
    page = answer(step, facts, given)
    assert isinstance(page, Ask)
    assert page.errors == errors
    assert set(errors.values()) <= set(sentences())


def test_an_address_that_leads_to_no_account_is_proven_no_more() -> None:
    page = answer("prove_address", PROVEN, UserGone("deleted"))
    assert isinstance(page, Ask)
    assert (page.code, page.facts["verified"], page.facts["retries"]) == ("90053", "", 1)
    assert not page.model["verified"]


def test_the_profile_stands_as_it_is_stored_until_somebody_types() -> None:
    page = answer("edit_profile", PROFILE, Entered())
    assert isinstance(page, Ask)
    assert [one["typed"] for one in page.model["attributes"]] == ["Paris"]
    page = answer("edit_profile", PROFILE, Form("continue", {"city": "x" * 129}))
    assert isinstance(page, Ask)
    assert [one["typed"] for one in page.model["attributes"]] == ["x" * 129]
