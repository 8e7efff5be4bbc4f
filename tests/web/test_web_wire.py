"""B2C's page protocol as data: what is posted, what is linked, what is answered."""

from __future__ import annotations

from typing import Any

import pytest

from vestibule.errors import Invalid, NotFound
from vestibule.journey.state import Ask, Finish, Form, Journey, Shown, Stop
from vestibule.texts import Voice
from vestibule.web import views, wire

ADA = "ada@contoso.example"


@pytest.mark.parametrize(
    ("rest", "fields", "form"),
    [
        (
            (),
            {"request_type": "RESPONSE", "signInName": ADA, "password": "x"},
            Form("signin", {"signInName": ADA, "password": "x"}),
        ),
        (
            (),
            {"request_type": "RESPONSE", "email": ADA, "newPassword": "x", "reenterPassword": "x"},
            Form("continue", {"email": ADA, "newPassword": "x", "reenterPassword": "x"}),
        ),
        (
            (),
            {"request_type": "RESPONSE", "displayName": "Ada"},
            Form("continue", {"displayName": "Ada"}),
        ),
        (
            (),
            {"request_type": "RESPONSE", "action": "send_code", "email": ADA, "turn": "3"},
            Form("send_code", {"email": ADA}, 3),
        ),
        (
            (),
            {"request_type": "VERIFICATION_REQUEST", "claim_id": "email", "claim_value": ADA},
            Form("send_code", {"email": ADA}),
        ),
        (
            (),
            {
                "request_type": "VALIDATION_REQUEST",
                "claim_id": "email",
                "claim_value": ADA,
                "user_input": "123456",
            },
            Form("verify_code", {"email": ADA, "code": "123456"}),
        ),
        (
            ("DisplayControlAction", "vbeta", "emailVerificationControl", "SendCode"),
            {"email": ADA},
            Form("send_code", {"email": ADA}),
        ),
        (
            ("DisplayControlAction", "vbeta", "emailVerificationControl", "VerifyCode"),
            {"email": ADA, "verificationCode": "123456"},
            Form("verify_code", {"email": ADA, "code": "123456"}),
        ),
    ],
    ids=[
        "sign in",
        "sign up",
        "profile",
        "button",
        "send",
        "verify",
        "control sends",
        "control verifies",
    ],
)
def test_what_a_page_posts_becomes_a_form(
    rest: tuple[str, ...], fields: dict[str, str], form: Form
) -> None:
    assert wire.form(fields, rest) == form


@pytest.mark.parametrize(
    ("rest", "fields"),
    [
        ((), {"request_type": "OTHER"}),
        ((), {"request_type": "VERIFICATION_REQUEST", "claim_id": "phone"}),
        (("DisplayControlAction", "vbeta", "emailVerificationControl", "Other"), {}),
        (("Other",), {}),
    ],
    ids=["request type", "claim", "action", "control"],
)
def test_what_no_page_posts_is_refused(rest: tuple[str, ...], fields: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        wire.form(fields, rest)


@pytest.mark.parametrize("turn", ["", "x", "-1", "٣", "1" * 40], ids=ascii)
def test_a_turn_that_is_no_number_counts_as_unsaid(turn: str) -> None:
    assert wire.form({"action": "signin", "turn": turn}, ()).turn is None


@pytest.mark.parametrize(
    ("rest", "query", "expected"),
    [
        (("CombinedSigninAndSignup", "unified"), {}, (None, True)),
        (
            ("CombinedSigninAndSignup", "unified"),
            {"local": "signup", "turn": "1"},
            (Form("signup", turn=1), False),
        ),
        (("CombinedSigninAndSignup", "forgotPassword"), {}, (Form("forgot"), False)),
        (("SelfAsserted", "confirmed"), {}, (None, False)),
        (("SelfAsserted", "error"), {"code": "cancelled"}, (Form("cancel"), False)),
    ],
    ids=["look", "sign up", "forgot", "confirmed", "cancel"],
)
def test_what_a_link_asks_and_whether_it_needs_the_token(
    rest: tuple[str, ...], query: dict[str, str], expected: tuple[Form | None, bool]
) -> None:
    assert wire.link(rest, query) == expected


def test_an_unknown_link_is_not_found() -> None:
    with pytest.raises(NotFound):
        wire.link(("SelfAsserted", "other"), {})


def _journey(shown: Shown) -> Journey:
    return Journey("id", "tenant", "B2C_1_susi", {}, shown=shown)


@pytest.mark.parametrize(
    ("shown", "reply"),
    [
        (Ask("signuporsignin"), {"status": "200"}),
        (Finish(), {"status": "200"}),
        (Stop("90091", "app.cancelled", to_app=True), {"status": "200"}),
        (
            Ask("signuporsignin", errors={"password": "password.wrong"}, code="90054"),
            {
                "status": "400",
                "errorCode": "AADB2C90054",
                "message": "Your password is incorrect.",
            },
        ),
        (
            Ask("signuporsignin", errors={"password": "password.required"}),
            {"status": "400", "message": "Please enter your password."},
        ),
    ],
    ids=["next page", "finished", "stopped", "wrong", "missing"],
)
def test_what_a_script_is_told(shown: Shown, reply: dict[str, Any]) -> None:
    assert wire.reply(_journey(shown), Voice()) == reply


def test_a_transaction_names_its_journey_and_nonsense_names_none() -> None:
    assert views.journey_of(views.transaction("a-journey")) == "a-journey"
    for nonsense in ("", "StateProperties=", "StateProperties=!!!", "StateProperties=e30", "W10"):
        assert views.journey_of(nonsense) == ""
