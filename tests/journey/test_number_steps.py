"""The steps of accounts with phone numbers as tables: what they are given, what they answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stage import NOON, SUSI, FrozenWorld
from vestibule.journey.effects import (
    CheckCode,
    CodeNotSent,
    CodeRight,
    CodeSent,
    CodeWrong,
    CreateUser,
    SendCode,
    UserExists,
    UserGone,
)
from vestibule.journey.engine import advance
from vestibule.journey.obstacles import cannot_run
from vestibule.journey.plan import plan
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
from vestibule.tenancy import Flow
from vestibule.texts import sentences

NUMBER = "+436641234567"
EPOCH = int(NOON.timestamp())
BOTH = {"signs_in": True, "signs_up": True, "show_remember": True}
IN = {**BOTH, "signs_up": False}
UP = {**BOTH, "signs_in": False, "show_remember": False}
SENT = {"country": "AT", "number": NUMBER, "code_sent_to": NUMBER, "remember": False}
QUESTIONS = {"questions": [], "verified_number": NUMBER}
REGISTRATION = {"phone_number": NUMBER, "attributes": {"displayName": "Ada"}}
SIGN_UP = (
    "stay_silent prove_number provider_gone sign_up_with_number create_account read_user finish"
)
BY_PHONE = replace(SUSI, settings={**SUSI.settings, "localAccount": "phone"})


def answer(step: str, facts: dict[str, Any], given: Given) -> Outcome:
    journey = Journey("id", "tenant", "B2C_1_susi", {}, facts, step=step)
    return STEPS[step](journey, given, FrozenWorld())


ANSWERS: dict[str, tuple[str, dict[str, Any], Given, Outcome]] = {
    "a code is sent": (
        "prove_number",
        BOTH,
        Form("send_code", {"countryCode": "AT", "number": "0664 1234567"}),
        Do(SendCode(NUMBER, "phoneNumber"), {**SENT, "code_sent_to": ""}),
    ),
    "again, to the same number": (
        "prove_number",
        {**BOTH, **SENT},
        Form("send_code", {"number": NUMBER, "rememberMe": "true"}),
        Do(SendCode(NUMBER, "phoneNumber"), {**SENT, "remember": True}),
    ),
    "the code is checked": (
        "prove_number",
        {**BOTH, **SENT},
        Form("continue", {"number": NUMBER, "verificationCode": " 123456 "}),
        Do(CheckCode(NUMBER, "phoneNumber", "123456"), {"remember": False}),
    ),
    "by a caller that sends the code alone": (
        "prove_number",
        {**BOTH, **SENT},
        Form("verify_code", {"verificationCode": "123456"}),
        Do(CheckCode(NUMBER, "phoneNumber", "123456"), {"remember": False}),
    ),
    "somebody known signs in": (
        "prove_number",
        {**BOTH, **SENT, "remember": True},
        CodeRight(NUMBER, "ada"),
        Next(
            {
                "verified_number": NUMBER,
                "choice": "signIn",
                "user": "ada",
                "auth_time": EPOCH,
                "keep_signed_in": True,
            }
        ),
    ),
    "a stranger signs up": (
        "prove_number",
        {**BOTH, **SENT},
        CodeRight(NUMBER),
        Next({"choice": "signUp", "verified_number": NUMBER}),
    ),
    "the third mistake but one may be corrected, the next ends it": (
        "prove_number",
        {**IN, **SENT, "retries": 3},
        CodeRight(NUMBER),
        Stop("90157", "app.retries", to_app=True),
    ),
    "cancelled": ("prove_number", UP, Form("cancel"), Stop("90091", "app.cancelled", to_app=True)),
    "an account is asked for": (
        "sign_up_with_number",
        QUESTIONS,
        Form("create", {"number": "+4311111"}),
        Next({"registration": {"phone_number": NUMBER, "attributes": {}}, "answers": {}}),
    ),
    "signing up is cancelled": (
        "sign_up_with_number",
        QUESTIONS,
        Form("cancel"),
        Stop("90091", "app.cancelled", to_app=True),
    ),
    "and made": (
        "create_account",
        {"registration": REGISTRATION},
        Entered(),
        Do(CreateUser("", "", {"displayName": "Ada"}, phone_number=NUMBER)),
    ),
    "somebody was faster": (
        "create_account",
        {"registration": REGISTRATION},
        UserExists(),
        Back(
            ("registration", "choice", "verified_number", "code_sent_to"),
            {"taken": NUMBER, "retries": 1},
        ),
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_step_answers(name: str) -> None:
    step, facts, given, outcome = ANSWERS[name]
    assert answer(step, facts, given) == outcome


PAGES: dict[str, tuple[dict[str, Any], Given, bool, dict[str, str], str]] = {
    "first": (BOTH, Entered(), False, {}, ""),
    "sent": ({**BOTH, **SENT, "code_sent_to": ""}, CodeSent(), True, {}, ""),
    "another number": ({**BOTH, **SENT}, Form("change_number"), False, {}, ""),
    "not sent": (
        {**BOTH, **SENT, "code_sent_to": ""},
        CodeNotSent("failed"),
        False,
        {"number": "code.failed"},
        "",
    ),
    "throttled": (
        {**BOTH, **SENT},
        CodeNotSent("throttled"),
        True,
        {"number": "phone.throttled"},
        "",
    ),
    "wrong": ({**BOTH, **SENT}, CodeWrong("wrong"), True, {"verificationCode": "code.wrong"}, ""),
    "no code": (
        {**BOTH, **SENT},
        Form("continue"),
        True,
        {"verificationCode": "phone.malformed"},
        "",
    ),
    "letters": (
        {**BOTH, **SENT},
        Form("continue", {"verificationCode": "\u0661\u0662\u0663\u0664\u0665\u0666"}),
        True,
        {"verificationCode": "phone.malformed"},
        "",
    ),
    "a code for nothing": (
        BOTH,
        Form("continue", {"verificationCode": "123456"}),
        False,
        {"number": "phone.not_sent"},
        "",
    ),
    "nothing typed": (
        BOTH,
        Form("send_code"),
        False,
        {"countryCode": "phone.country", "number": "phone.required"},
        "",
    ),
    "a stranger where nobody signs up": (
        {**IN, **SENT},
        CodeRight(NUMBER),
        False,
        {"number": "account.not_found"},
        "90053",
    ),
    "somebody known where people sign up": (
        {**UP, **SENT},
        CodeRight(NUMBER, "ada"),
        False,
        {"number": "account.exists"},
        "",
    ),
    "disabled": (
        {**BOTH, **SENT},
        UserGone("disabled"),
        False,
        {"number": "account.disabled"},
        "90111",
    ),
    "no cancelling of a sign-in": (BOTH, Form("cancel"), False, {}, ""),
    "somebody was faster": (
        {**BOTH, **SENT, "code_sent_to": "", "taken": NUMBER},
        Entered(),
        False,
        {"number": "account.exists"},
        "",
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_page_is_shown(name: str) -> None:
    facts, given, sent, errors, code = PAGES[name]
    page = answer("prove_number", facts, given)
    assert isinstance(page, Ask)
    assert (page.model["code_sent"], page.errors, page.code) == (sent, errors, code)
    assert set(errors.values()) <= set(sentences())


@pytest.mark.parametrize(
    ("hint", "number"), [(NUMBER, NUMBER), ("ada@contoso.example", ""), (None, "")]
)
def test_a_number_as_login_hint_fills_the_field(hint: str | None, number: str) -> None:
    page = answer("prove_number", {**BOTH, "login_hint": hint}, Entered())
    assert isinstance(page, Ask)
    assert page.model["number"] == number


@pytest.mark.parametrize(
    ("type", "steps"),
    [
        (
            "signUpOrSignIn",
            f"reuse_session {SIGN_UP}",
        ),
        ("signUp", SIGN_UP),
        ("signIn", "reuse_session stay_silent prove_number provider_gone read_user finish"),
        (
            "profileUpdate",
            "stay_silent reuse_session prove_number provider_gone read_user edit_profile finish",
        ),
        ("passwordReset", "cannot_run"),
    ],
)
def test_plan_of_a_flow_with_phone_numbers(type: str, steps: str) -> None:
    assert " ".join(row.step for row in plan(replace(BY_PHONE, type=type))) == steps


def test_what_is_missing_is_named() -> None:
    assert cannot_run(BY_PHONE) is None
    assert cannot_run(BY_PHONE, sms=False) == (
        "a gateway for text messages, and this server has none"
    )
    assert [row.step for row in plan(BY_PHONE, sms=False)] == ["cannot_run"]
    reset = replace(BY_PHONE, type="passwordReset")
    assert cannot_run(reset) == "a phone number where a password is needed"
    assert cannot_run(replace(SUSI, type="passwordReset"), sms=False) is None


@pytest.mark.parametrize(
    ("before", "after", "page"),
    [(SUSI, BY_PHONE, "localaccountsignin"), (BY_PHONE, SUSI, "localaccountsignup")],
    ids=["a number instead of an address", "an address instead of a number"],
)
def test_a_flow_is_set_otherwise_while_somebody_is_on_their_way(
    before: Flow, after: Flow, page: str
) -> None:
    """Whoever was about to create an account then proves what the flow asks for now."""
    world = FrozenWorld()
    journey = advance(plan(before), Journey("id", "tenant", before.id, {}), Entered(), world)
    if before is BY_PHONE:
        sending = Form("send_code", {"countryCode": "AT", "number": NUMBER})
        journey = advance(plan(before), journey, sending, world)
        journey = advance(plan(before), journey, CodeSent(), world)
        journey = advance(
            plan(before), journey, Form("continue", {"verificationCode": "123456"}), world
        )
        journey = advance(plan(before), journey, CodeRight(NUMBER), world)
    else:
        journey = advance(plan(before), journey, Form("signup"), world)
    for form in (Form("jump"), Form("create"), Form("continue"), Form("verify_code")):
        journey = advance(plan(after), journey, form, world)
        assert isinstance(journey.shown, Ask)
        assert journey.shown.page == page
        assert journey.pending is None
