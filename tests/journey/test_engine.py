"""The loop: turns, stale forms, and what holds whatever anybody sends in whatever order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stage import ADA, PASSWORD, SUSI, FrozenWorld
from vestibule.journey.effects import (
    CodeRight,
    CodeSent,
    CreateUser,
    HashPassword,
    PasswordHashed,
    UserCreated,
    UserExists,
    UserGone,
    UserRead,
)
from vestibule.journey.engine import Plan, advance, ended
from vestibule.journey.obstacles import advice, cannot_run
from vestibule.journey.plan import plan
from vestibule.journey.state import Ask, Entered, Finish, Form, Given, Journey, Stop, dump, load
from vestibule.tenancy import Assignment, Choice, Flow

WORLD = FrozenWorld()
PLAN = plan(SUSI)


def begun(**facts: object) -> Journey:
    return advance(PLAN, Journey("id", "tenant", SUSI.id, {}, facts), Entered(), WORLD)


def after(journey: Journey, *inputs: Given) -> Journey:
    for each in inputs:
        journey = advance(PLAN, journey, each, WORLD)
    return journey


def test_journey_begins_with_the_combined_page() -> None:
    journey = begun()
    assert isinstance(journey.shown, Ask)
    assert (journey.shown.page, journey.turn) == ("signuporsignin", 0)


EXTENSION = f"extension_{'0' * 32}_Size"
ASKING = replace(
    SUSI,
    attributes=(
        Assignment(
            "givenName", "First name", "string", "textBox", optional=False, verification=False
        ),
        Assignment(
            EXTENSION,
            "Size",
            "int64",
            "radioSingleSelect",
            optional=True,
            verification=False,
            values=(Choice("Small", "36"), Choice("Large", "46", default=True)),
        ),
    ),
)


def asking(*, email: bool | None = None) -> Plan:
    """The plan of a flow with attributes; `email` says whether the address is verified."""
    own = (
        ()
        if email is None
        else (
            Assignment(
                "email", "Work email", "string", "emailBox", optional=False, verification=email
            ),
        )
    )
    return plan(replace(ASKING, attributes=(*ASKING.attributes, *own)))


def moved(plan: Plan, *inputs: Given) -> Journey:
    """A journey through the plan that begins with "Sign up now"."""
    journey = Journey("id", "tenant", SUSI.id, {})
    for each in (Entered(), Form("signup"), *inputs):
        journey = advance(plan, journey, each, WORLD)
    return journey


TO_PASSWORD = (
    Form("send_code", {"email": ADA}),
    CodeSent(),
    Form("verify_code", {"email": ADA, "code": "123456"}),
    CodeRight(ADA),
)
ACCOUNT = {"email": ADA, "newPassword": PASSWORD, "reenterPassword": PASSWORD}


def test_answers_are_facts_until_the_account_is_created() -> None:
    answers = {"givenName": "Ada", "extension_Size": "36", "surname": "Mallory"}
    journey = moved(asking(), *TO_PASSWORD, Form("create", {**ACCOUNT, **answers}))
    journey = advance(asking(), journey, PasswordHashed("phc"), WORLD)
    assert journey.pending == CreateUser(ADA, "phc", {"givenName": "Ada", EXTENSION: 36})
    assert load(dump(journey)) == journey
    done = advance(asking(), journey, UserCreated("ada"), WORLD)
    assert not {"registration", "answers", "attributes", "questions"} & done.facts.keys()


def test_a_wrong_answer_shows_every_error_and_keeps_what_was_typed() -> None:
    fields = {**ACCOUNT, "reenterPassword": "other", "extension_Size": "47"}
    journey = moved(asking(), *TO_PASSWORD, Form("create", fields))
    assert isinstance(journey.shown, Ask)
    assert journey.shown.errors == {
        "reenterPassword": "password.mismatch",
        "givenName": "attribute.required",
        "extension_Size": "attribute.choice",
    }
    shown = {one["field"]: one["typed"] for one in journey.shown.model["attributes"]}
    assert shown == {"givenName": "", "extension_Size": "47"}
    again = advance(asking(), journey, Form("change_email"), WORLD)
    assert isinstance(again.shown, Ask)
    assert again.shown.model["attributes"][1]["typed"] == "47"
    assert PASSWORD not in str(dump(again))


def test_the_page_shows_the_questions_in_order_with_their_defaults() -> None:
    journey = moved(asking())
    assert isinstance(journey.shown, Ask)
    shown = [
        (one["field"], one["label"], one["typed"]) for one in journey.shown.model["attributes"]
    ]
    assert shown == [("givenName", "First name", ""), ("extension_Size", "Size", "46")]


@pytest.mark.parametrize(
    ("email", "label", "verify"),
    [(None, "", True), (True, "Work email", True), (False, "Work email", False)],
    ids=["not assigned", "verified", "not verified"],
)
def test_an_assignment_says_how_the_address_is_asked(
    *, email: bool | None, label: str, verify: bool
) -> None:
    journey = moved(asking(email=email), Form("create", {**ACCOUNT, "givenName": "Ada"}))
    if verify:
        assert isinstance(journey.shown, Ask)
        assert journey.shown.errors == {"email": "email.unverified"}
        assert (journey.shown.model["email_label"], journey.shown.model["verify_email"]) == (
            label, True,
        )  # fmt: skip
    else:
        assert journey.pending == HashPassword(PASSWORD)
        journey = advance(asking(email=email), journey, PasswordHashed("phc"), WORLD)
        assert journey.pending == CreateUser(ADA, "phc", {"givenName": "Ada"})
        taken = advance(asking(email=email), journey, UserExists(), WORLD)
        assert isinstance(taken.shown, Ask)
        assert taken.shown.errors == {"email": "account.exists"}
        assert taken.shown.model["email"] == ADA


@pytest.mark.parametrize(("address", "error"), [("", "email.required"), ("ada", "email.invalid")])
def test_an_address_that_is_not_verified_is_checked(address: str, error: str) -> None:
    fields = {**ACCOUNT, "email": address, "givenName": "Ada"}
    journey = moved(asking(email=False), Form("create", fields))
    assert isinstance(journey.shown, Ask)
    assert journey.shown.errors == {"email": error}
    assert journey.shown.model["email"] == address


def test_whole_sign_up_ends_with_a_new_user() -> None:
    journey = after(
        begun(),
        Form("signup"),
        Form("send_code", {"email": ADA}),
        CodeSent(),
        Form("verify_code", {"email": ADA, "code": "123456"}),
        CodeRight(ADA),
        Form("create", {"email": ADA, "newPassword": PASSWORD, "reenterPassword": PASSWORD}),
        PasswordHashed("phc"),
        UserCreated("ada"),
        UserRead({"oid": "ada", "emails": [ADA]}),
    )
    assert isinstance(journey.shown, Finish)
    assert journey.facts["claims"] == {"oid": "ada", "emails": [ADA], "newUser": True}
    assert {"user", "auth_time", "session_reused"} <= set(journey.facts)
    assert "phc" not in str(dump(journey))


def test_session_goes_through_without_a_page() -> None:
    reading = begun(session={"user": "ada", "auth_time": 7}, prompt="none")
    journey = after(reading, UserRead({"oid": "ada"}))
    assert isinstance(journey.shown, Finish)
    assert (journey.facts["auth_time"], journey.facts["session_reused"]) == (7, True)


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [("", Ask), ("none", Stop)],
    ids=["asks again", "stays silent"],
)
def test_session_of_a_deleted_user_counts_for_nothing(prompt: str, shown: type) -> None:
    journey = after(
        begun(session={"user": "ada", "auth_time": 7}, prompt=prompt), UserGone("deleted")
    )
    assert isinstance(journey.shown, shown)
    assert "user" not in journey.facts


def test_taken_address_shows_the_sign_up_page_again() -> None:
    facts = {
        "choice": "signUp",
        "email": ADA,
        "verified": ADA,
        "registration": {"email": ADA, "password_hash": "phc", "attributes": {}},
    }
    journey = after(begun(**facts), UserExists())
    assert isinstance(journey.shown, Ask)
    assert journey.shown.errors == {"email": "account.exists"}
    assert "registration" not in journey.facts


def test_accepted_form_raises_the_turn_and_a_stale_one_changes_nothing() -> None:
    first = begun()
    second = after(first, Form("signup", turn=0))
    assert second.turn == 1
    assert after(second, Form("signup", turn=0)) is second
    assert after(second, Form("cancel", turn=7)) is second


def test_ended_journey_accepts_nothing() -> None:
    stopped = after(begun(), Form("forgot"))
    assert ended(stopped)
    assert after(stopped, Form("signup")) is stopped


def test_journey_survives_being_saved() -> None:
    journey = after(begun(), Form("signup"), Form("send_code", {"email": ADA}))
    assert load(dump(journey)) == journey


def test_journey_that_meets_a_new_obstacle_stops_with_its_name() -> None:
    obstructed = plan(replace(SUSI, providers=("Twitter-OAUTH",), local_account=False))
    journey = advance(obstructed, begun(), Form("signup"), WORLD)
    assert isinstance(journey.shown, Stop)
    assert journey.shown.arguments == {"thing": "the identity provider Twitter-OAUTH"}


@pytest.mark.parametrize(
    ("flow", "reason"),
    [
        (SUSI, None),
        (replace(SUSI, version=1.0), None),
        (replace(SUSI, version=2.0), None),
        (replace(SUSI, version=1.1), "version 1.1 of the type signUpOrSignIn"),
        (replace(SUSI, type="passwordReset", version=1.1), None),
        (replace(SUSI, type="resourceOwner"), "version 3 of the type resourceOwner"),
        (replace(SUSI, kind="b2x", version=1.0, local_account=False), None),
        (replace(SUSI, kind="b2x", providers=("AADSignup-OAUTH", "Google-OAUTH")), None),
        (
            replace(
                SUSI, kind="b2x", providers=("SAML",), connectors={"postFederationSignup": "1"}
            ),
            "the identity provider SAML",
        ),
        (
            replace(
                SUSI,
                version=2.0,
                providers=("Twitter-OAUTH",),
                local_account=False,
                connectors={"postAttributeCollection": "1"},
            ),
            (
                "the identity provider Twitter-OAUTH and the API connector at "
                "postAttributeCollection before version 3"
            ),
        ),
        (replace(SUSI, connectors={"preTokenIssuance": "1"}), None),
        (replace(SUSI, type="signIn", connectors={"postAttributeCollection": "1"}), None),
        (replace(SUSI, local_account=False), "sign-in without any identity provider"),
    ],
    ids=[
        "version 3",
        "version 1",
        "version 2",
        "no such version",
        "version 1.1",
        "type",
        "b2x",
        "providers of guests",
        "links of b2x",
        "links of an old version",
        "a connector",
        "a connector that is never asked",
        "no way in",
    ],
)
def test_what_cannot_run_is_named(flow: Flow, reason: str | None) -> None:
    assert cannot_run(flow) == reason
    if reason is not None:
        assert advice(flow) == f"this version cannot run {flow.id} yet: {reason}"


@pytest.mark.parametrize(
    ("providers", "told"),
    [
        (("AADSignup-OAUTH", "EmailOtpSignup-OAUTH"), None),
        (("AADSignup-OAUTH", "Google-OAUTH", "Facebook-OAUTH"), None),
        (
            ("AADSignup-OAUTH", "MSASignup-OAUTH"),
            "B2C_1_susi leads nobody yet whose account is with MSASignup-OAUTH: a page says so",
        ),
    ],
)
def test_providers_that_guests_cannot_reach_yet_are_told(
    providers: tuple[str, ...], told: str | None
) -> None:
    assert advice(replace(SUSI, kind="b2x", providers=providers)) == told
