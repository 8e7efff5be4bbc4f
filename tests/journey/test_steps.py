"""Every step as a table: what it is given, what it answers."""

from __future__ import annotations

from typing import Any

import pytest

from stage import ADA, NOON, PASSWORD, FrozenWorld
from vestibule.journey.effects import (
    CheckCode,
    CheckPassword,
    CodeNotSent,
    CodeRight,
    CodeSent,
    CodeWrong,
    CreateUser,
    HashPassword,
    PasswordHashed,
    PasswordRefused,
    PasswordRight,
    PasswordWrong,
    ReadUser,
    SendCode,
    UserCreated,
    UserExists,
    UserGone,
    UserRead,
)
from vestibule.journey.state import (
    Ask,
    Back,
    Do,
    Entered,
    Finish,
    Form,
    Given,
    Journey,
    Next,
    Outcome,
    Stop,
)
from vestibule.journey.steps import STEPS
from vestibule.journey.typed import rules_of
from vestibule.tenancy import STRONG_PASSWORD
from vestibule.texts import sentences

EPOCH = int(NOON.timestamp())
SIGN_IN = {
    "by_name": False,
    "show_sign_up": True,
    "show_forgot_password": True,
    "reset_here": False,
    "forced_change": False,
    "show_remember": False,
}
STRONG = rules_of(STRONG_PASSWORD)
RULES = {
    "password_rules": STRONG,
    "by_name": False,
    "verify_email": True,
    "email_label": "",
    "questions": [],
}
SENT = {**RULES, "email": ADA, "code_sent_to": ADA}
VERIFIED = {**SENT, "verified": ADA}
HASHING = Do(HashPassword(PASSWORD), {"answers": {}, "attributes": {}})
REGISTRATION = {"email": ADA, "password_hash": "phc", "attributes": {}}


def answer(step: str, facts: dict[str, Any], given: Given) -> Outcome:
    journey = Journey("id", "tenant", "B2C_1_susi", {}, facts, step=step)
    return STEPS[step](journey, given, FrozenWorld())


def create(**fields: str) -> Form:
    both = {"email": ADA, "newPassword": PASSWORD, "reenterPassword": PASSWORD}
    return Form("create", {**both, **fields})


def exact(*rows: tuple[str, str, dict[str, Any], Given, Outcome]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("step", "facts", "given", "outcome"),
        [row[1:] for row in rows],
        ids=[row[0] for row in rows],
    )


@exact(
    (
        "credentials are checked",
        "sign_in_or_up",
        SIGN_IN,
        Form("signin", {"signInName": f" {ADA} ", "password": PASSWORD}),
        Do(CheckPassword(ADA, PASSWORD), {"sign_in_name": ADA, "remember": False}),
    ),
    (
        "the name may come as logonIdentifier",
        "sign_in_or_up",
        SIGN_IN,
        Form("signin", {"logonIdentifier": ADA, "password": "x"}),
        Do(CheckPassword(ADA, "x"), {"sign_in_name": ADA, "remember": False}),
    ),
    (
        "the right password signs in",
        "sign_in_or_up",
        SIGN_IN,
        PasswordRight("ada"),
        Next({"choice": "signIn", "user": "ada", "auth_time": EPOCH}),
    ),
    ("sign up now", "sign_in_or_up", SIGN_IN, Form("signup"), Next({"choice": "signUp"})),
    (
        "forgot password tells the application",
        "sign_in_or_up",
        SIGN_IN,
        Form("forgot"),
        Stop("90118", "app.forgot_password", to_app=True),
    ),
    (
        "a code is sent",
        "sign_up",
        RULES,
        Form("send_code", {"email": ADA}),
        Do(SendCode(ADA, "signUp"), {"email": ADA, "code_sent_to": "", "verified": ""}),
    ),
    (
        "a new code keeps the field for it",
        "sign_up",
        SENT,
        Form("send_code", {"email": ADA}),
        Do(SendCode(ADA, "signUp"), {"email": ADA, "code_sent_to": ADA, "verified": ""}),
    ),
    (
        "a code is checked for the address that it was sent to",
        "sign_up",
        SENT,
        Form("verify_code", {"email": ADA.lower(), "code": " 123456 "}),
        Do(CheckCode(ADA, "signUp", "123456")),
    ),
    ("the password is hashed", "sign_up", VERIFIED, create(), HASHING),
    (
        "case does not matter in the address",
        "sign_up",
        VERIFIED,
        create(email=ADA.upper()),
        HASHING,
    ),
    (
        "the hash completes the registration, with the address as verified",
        "sign_up",
        VERIFIED,
        PasswordHashed("phc"),
        Next({"registration": REGISTRATION}, drop=("attributes",)),
    ),
    (
        "cancel tells the application",
        "sign_up",
        RULES,
        Form("cancel"),
        Stop("90091", "app.cancelled", to_app=True),
    ),
    (
        "an account is created",
        "create_account",
        {"registration": REGISTRATION},
        Entered(),
        Do(CreateUser(ADA, "phc", {})),
    ),
    (
        "a created account is a new user, and its hash is forgotten",
        "create_account",
        {"registration": REGISTRATION},
        UserCreated("ada"),
        Next(
            {"user": "ada", "new_user": True, "auth_time": EPOCH},
            drop=("registration", "answers", "questions"),
        ),
    ),
    (
        "a taken address leads back",
        "create_account",
        {"registration": REGISTRATION},
        UserExists(),
        Back(("registration",), {"taken": ADA, "retries": 1}),
    ),
    ("the user is read", "read_user", {"user": "ada"}, Entered(), Do(ReadUser("ada"))),
    (
        "claims of somebody who signed in",
        "read_user",
        {"user": "ada"},
        UserRead({"oid": "ada"}),
        Next({"claims": {"oid": "ada"}}),
    ),
    (
        "claims of somebody who signed up",
        "read_user",
        {"user": "ada", "new_user": True},
        UserRead({"oid": "ada"}),
        Next({"claims": {"oid": "ada", "newUser": True}}),
    ),
    (
        "a session of a deleted user is none",
        "read_user",
        {"user": "ada", "session_reused": True},
        UserGone("deleted"),
        Back(
            (
                *("session", "session_reused", "user", "auth_time"),
                *("provider", "idp", "idp_access_token"),
            )
        ),
    ),
    (
        "a disabled user stops",
        "read_user",
        {"user": "ada"},
        UserGone("disabled"),
        Stop("90111", "account.disabled"),
    ),
    (
        "a session is reused with its time",
        "reuse_session",
        {"session": {"user": "ada", "auth_time": 7}},
        Entered(),
        Next({"user": "ada", "auth_time": 7, "session_reused": True}),
    ),
    (
        "nobody, silently",
        "stay_silent",
        {},
        Entered(),
        Stop("90077", "app.no_session", to_app=True),
    ),
    (
        "what cannot run is named",
        "cannot_run",
        {"cannot_run": "the identity provider Facebook-OAUTH"},
        Entered(),
        Stop("90037", "flow.cannot_run", {"thing": "the identity provider Facebook-OAUTH"}),
    ),
    ("the end", "finish", {}, Entered(), Finish({"session_reused": False})),
)
def test_step_answers(step: str, facts: dict[str, Any], given: Given, outcome: Outcome) -> None:
    assert answer(step, facts, given) == outcome


@pytest.mark.parametrize(
    ("why", "errors", "code", "sentence"),
    [
        (
            "unknown",
            {"signInName": "account.unknown"},
            "90053",
            "We can't seem to find your account.",
        ),
        ("wrong", {"password": "password.wrong"}, "90054", "Your password is incorrect."),
        ("refused", {"": "account.refused"}, "90054", "Invalid username or password."),
        (
            "locked",
            {"": "account.locked"},
            "90114",
            "Your account is temporarily locked to prevent unauthorized use. Try again later.",
        ),
        (
            "disabled",
            {"": "account.disabled"},
            "90111",
            sentences()["account.disabled"],
        ),
        (
            "busy",
            {"": "server.busy"},
            "90244",
            "There are too many requests at this moment. Please wait for some time and try again.",
        ),
    ],
)
def test_refused_sign_in_keeps_the_name_and_tells_why(
    why: str, errors: dict[str, str], code: str, sentence: str
) -> None:
    page = answer("sign_in_or_up", {**SIGN_IN, "sign_in_name": ADA}, PasswordWrong(why))
    assert isinstance(page, Ask)
    assert (page.page, page.errors, page.code) == ("signuporsignin", errors, code)
    assert page.model["sign_in_name"] == ADA
    assert sentences()[next(iter(errors.values()))] == sentence


@pytest.mark.parametrize(
    ("facts", "given", "errors"),
    [
        (RULES, Entered(), {}),
        (RULES, Form("jump"), {}),
        (RULES, Form("send_code", {}), {"email": "email.required"}),
        (RULES, Form("send_code", {"email": "ada"}), {"email": "email.invalid"}),
        (
            RULES,
            Form("send_code", {"email": "a@b.example\r\nBcc: m@b.example"}),
            {"email": "email.invalid"},
        ),
        ({**RULES, "email": ADA}, CodeNotSent("throttled"), {"email": "code.throttled"}),
        ({**RULES, "email": ADA}, CodeNotSent("failed"), {"email": "code.failed"}),
        (RULES, Form("verify_code", {"code": "123456"}), {"email": "code.not_sent"}),
        (
            SENT,
            Form("verify_code", {"email": "bob@contoso.example", "code": "123456"}),
            {"email": "code.not_sent"},
        ),
        (SENT, Form("verify_code", {"code": "12345"}), {"verificationCode": "code.malformed"}),
        (SENT, Form("verify_code", {"code": "1234५६"}), {"verificationCode": "code.malformed"}),
        (SENT, CodeWrong("wrong"), {"verificationCode": "code.wrong"}),
        (SENT, CodeWrong("expired"), {"verificationCode": "code.expired"}),
        (SENT, CodeWrong("spent"), {"verificationCode": "code.spent"}),
        (SENT, create(), {"email": "email.unverified"}),
        (VERIFIED, create(email="bob@contoso.example"), {"email": "email.unverified"}),
        (VERIFIED, create(email=""), {"email": "email.unverified"}),
        (VERIFIED, create(newPassword=""), {"newPassword": "password.required"}),
        (VERIFIED, create(newPassword="short-1A"[:7]), {"newPassword": "password.rules"}),
        (VERIFIED, create(newPassword="alllowercase"), {"newPassword": "password.rules"}),
        (VERIFIED, create(newPassword="A1" + "b" * 63), {"newPassword": "password.rules"}),
        (
            VERIFIED,
            create(reenterPassword=PASSWORD.lower()),
            {"reenterPassword": "password.mismatch"},
        ),
        (VERIFIED, PasswordRefused("busy"), {"": "server.busy"}),
        (VERIFIED, PasswordRefused("common"), {"newPassword": "password.common"}),
        ({**VERIFIED, "taken": ADA}, Entered(), {"email": "account.exists"}),
    ],
    ids=[
        "first sight",
        "unknown button",
        "no address",
        "no valid address",
        "header injection",
        "too many codes",
        "mail server down",
        "no code sent",
        "code of another address",
        "five digits",
        "digits of another script",
        "wrong code",
        "right code, too late",
        "too many tries",
        "not verified",
        "another address than verified",
        "no address at the end",
        "no password",
        "seven characters",
        "one class",
        "65 characters",
        "not confirmed",
        "busy",
        "one of the commonest",
        "taken",
    ],
)
def test_sign_up_page_is_shown_again(
    facts: dict[str, Any], given: Given, errors: dict[str, str]
) -> None:
    page = answer("sign_up", facts, given)
    assert isinstance(page, Ask)
    assert (page.page, page.errors) == ("localaccountsignup", errors)
    assert set(page.errors.values()) <= set(sentences())


@pytest.mark.parametrize(
    ("facts", "given", "sent", "verified"),
    [
        ({**RULES, "email": ADA}, CodeSent(), True, False),
        (SENT, CodeRight(ADA), True, True),
        (VERIFIED, Form("change_email"), False, False),
    ],
    ids=["code sent", "verified", "change e-mail"],
)
def test_sign_up_page_follows_the_verification(
    facts: dict[str, Any], given: Given, *, sent: bool, verified: bool
) -> None:
    page = answer("sign_up", facts, given)
    assert isinstance(page, Ask)
    assert page.model == {
        "email": ADA,
        "email_label": "",
        "verify_email": True,
        "code_sent": sent,
        "verified": verified,
        "by_name": False,
        "by_number": False,
        "user_name": "",
        "attributes": [],
        "this_year": NOON.year,
        "password_rules": STRONG,
    }


def test_empty_sign_in_form_names_both_fields() -> None:
    page = answer("sign_in_or_up", SIGN_IN, Form("signin"))
    assert isinstance(page, Ask)
    assert page.errors == {"signInName": "email.required", "password": "password.required"}


def test_login_hint_fills_the_name() -> None:
    page = answer("sign_in_or_up", {**SIGN_IN, "login_hint": ADA}, Entered())
    assert isinstance(page, Ask)
    assert page.model["sign_in_name"] == ADA
