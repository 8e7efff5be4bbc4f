"""The steps that ask API connectors: what they send, what an answer does, and whose turn it is.

Source: runtime 5.1, 6.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from stage import SUSI, FrozenWorld
from vestibule.journey.effects import (
    Blocked,
    CallConnector,
    ConnectorFailed,
    Continued,
    CreateGuest,
    CreateUser,
    GuestAdmitted,
    HashPassword,
    Invalidated,
    PasswordHashed,
    ReadUser,
    UserCreated,
    UserExists,
    UserRead,
)
from vestibule.journey.engine import Plan, Row, advance
from vestibule.journey.obstacles import advice
from vestibule.journey.plan import plan
from vestibule.journey.state import Ask, Do, Entered, Finish, Form, Given, Journey, Stop, dump, load
from vestibule.journey.steps import STEPS
from vestibule.tenancy import Assignment, Flow

WORLD = FrozenWorld()
ADA = "ada@contoso.example"
SHOES = "extension_app_Shoes"
AFTER, BEFORE, TOKENS = "postFederationSignup", "postAttributeCollection", "preTokenIssuance"
ASKED = (
    Assignment("city", "City", "string", "textBox", optional=True, verification=False),
    Assignment(SHOES, "Shoes", "int64", "textBox", optional=True, verification=False),
    Assignment("email", "Email", "string", "textBox", optional=False, verification=False),
)
CLAIMS = ("emails", "oid", "name", "city", "extension_Hat", "newUser")


def flow(*points: str, **how: Any) -> Flow:
    settings = {**SUSI.settings, "applicationClaims": CLAIMS, "emailVerification": False}
    settings |= how.pop("settings", {})
    connectors = {point: f"the one at {point}" for point in points}
    return replace(
        SUSI, type="signUp", attributes=ASKED, connectors=connectors, settings=settings, **how
    )


def begun(of: Plan, **facts: Any) -> Journey:
    known = {"client_id": "app", **facts}
    return advance(of, Journey("id", "tenant", SUSI.id, {}, known), Entered(), WORLD)


def after(of: Plan, journey: Journey, *given: Given) -> Journey:
    """Also by way of what is saved."""
    for each in given:
        saved = journey if journey.pending and journey.pending.secret else load(dump(journey))
        journey = advance(of, saved, each, WORLD)
    return journey


def form(**answers: str) -> Form:
    password = {"newPassword": "Correct-Horse-1", "reenterPassword": "Correct-Horse-1"}
    return Form("create", {"email": ADA, **password, **answers})


SIGN_UP = plan(flow(BEFORE))


def registered(of: Plan = SIGN_UP, **answers: str) -> Journey:
    return after(of, begun(of), form(**answers), PasswordHashed("phc"))


def question(journey: Journey) -> CallConnector:
    assert isinstance(journey.pending, CallConnector), journey
    return journey.pending


def shown(journey: Journey) -> Ask:
    assert isinstance(journey.shown, Ask), journey.shown
    return journey.shown


# --------------------------------------------------------------------------- before creating


def test_a_connector_is_asked_before_an_account_is_created() -> None:
    asked = question(registered(city="Wien", extension_Shoes="42"))
    assert asked == CallConnector(
        "the one at postAttributeCollection",
        BEFORE,
        {
            "email": ADA,
            "identities": [{"signInType": "emailAddress", "issuerAssignedId": ADA}],
            "city": "Wien",
            SHOES: 42,
            "ui_locales": "en",
            "client_id": "app",
            "step": "PostAttributeCollection",
        },
        {"city": "city", "extension_Shoes": SHOES},
    )
    assert "password" not in str(asked)


def test_what_has_no_value_is_not_sent() -> None:
    assert not question(registered()).claims.keys() & {"city", SHOES, "objectId"}


def test_what_the_connector_returns_overrides_what_was_typed() -> None:
    journey = after(SIGN_UP, registered(city="Graz"), Continued({"city": "Wien", SHOES: 42}))
    creating = journey.pending
    assert isinstance(creating, CreateUser)
    assert creating.attributes == {"city": "Wien", SHOES: 42}
    assert creating.password_hash == "phc"


def test_a_block_page_ends_the_journey() -> None:
    stop = after(SIGN_UP, registered(), Blocked("You are not on the list.")).shown
    assert stop == Stop("", "connector.message", {"refusal": "You are not on the list."})
    assert after(SIGN_UP, registered(), Blocked("")).shown == Stop(
        "", "connector.blocked", {"refusal": ""}
    )


def test_a_failure_ends_the_journey() -> None:
    failed = ConnectorFailed("90075", "connector.timeout", {"name": "A", "step": "B"})
    assert after(SIGN_UP, registered(), failed).shown == Stop(
        "90075", "connector.timeout", {"name": "A", "step": "B"}
    )


def test_a_refusal_is_shown_once_with_what_was_typed() -> None:
    journey = after(SIGN_UP, registered(city="Nowhere"), Invalidated("No such town."))
    page = shown(journey)
    assert (page.page, page.errors) == ("localaccountsignup", {"": "connector.message"})
    assert page.arguments["refusal"] == "No such town."
    assert page.model["email"] == ADA
    assert [one["typed"] for one in page.model["attributes"]] == ["Nowhere", ""]
    assert "phc" not in str(page)
    again = after(SIGN_UP, journey, form(email=""))
    assert shown(again).errors == {"email": "email.required"}
    journey = after(SIGN_UP, again, form(city="Wien"), PasswordHashed("another"))
    assert question(journey).claims["city"] == "Wien"


def test_a_refusal_is_forgotten_once_it_is_answered() -> None:
    refused = after(SIGN_UP, registered(), Invalidated("No such town."))
    again = after(SIGN_UP, refused, form(), PasswordHashed("phc"), Continued({}), UserExists())
    assert shown(again).errors == {"email": "account.exists"}


def test_a_refusal_without_a_message_says_so() -> None:
    assert shown(after(SIGN_UP, registered(), Invalidated(""))).errors == {"": "connector.invalid"}


def test_the_fourth_refusal_returns_to_the_application() -> None:
    journey = registered()
    for _ in range(3):
        journey = after(SIGN_UP, journey, Invalidated("No."))
        journey = after(SIGN_UP, journey, form(), PasswordHashed("phc"))
    stop = after(SIGN_UP, journey, Invalidated("No.")).shown
    assert isinstance(stop, Stop)
    assert (stop.code, stop.to_app) == ("90157", True)


def test_another_name_is_judged_again() -> None:
    """The account was there already: whoever types another address is not let past."""
    taken = after(SIGN_UP, registered(), Continued({}), UserExists())
    assert shown(taken).errors == {"email": "account.exists"}
    again = after(SIGN_UP, taken, form(email="eve@contoso.example"), PasswordHashed("phc"))
    assert question(again).claims["email"] == "eve@contoso.example"


@pytest.mark.parametrize(
    ("registration", "email", "identities"),
    [
        (
            {"phone_number": "+436641234567"},
            None,
            [{"signInType": "phoneNumber", "issuerAssignedId": "+436641234567"}],
        ),
        (
            {"user_name": "ada", "email": ADA, "password_hash": "phc"},
            ADA,
            [{"signInType": "userName", "issuerAssignedId": "ada"}],
        ),
        (
            {"email": ADA},
            ADA,
            [{"signInType": "federated", "issuer": "google.com", "issuerAssignedId": "7"}],
        ),
        (
            {"email": ""},
            "ada@gmail.example",
            [{"signInType": "federated", "issuer": "google.com", "issuerAssignedId": "7"}],
        ),
    ],
    ids=["phone number", "user name", "federated", "federated, the provider's address"],
)
def test_every_kind_of_account_is_asked_about(
    registration: dict[str, Any], email: str | None, identities: list[dict[str, str]]
) -> None:
    facts = {
        "registration": {"attributes": {}, **registration},
        "identity": IDENTITY,
        "connector": "c",
        "accepts": {},
        "at_tenant": False,
    }
    journey = Journey("id", "tenant", SUSI.id, {}, facts)
    outcome = STEPS["ask_before_creating"](journey, Entered(), WORLD)
    assert isinstance(outcome, Do)
    assert isinstance(outcome.effect, CallConnector)
    assert outcome.effect.claims.get("email") == email
    assert outcome.effect.claims["identities"] == identities


# --------------------------------------------------------------------------- guests

GUESTS = flow(AFTER, BEFORE, TOKENS, kind="b2x", version=1.0, local_account=False)
OF_GUESTS = plan(GUESTS)
NEW: dict[str, Any] = {
    "account": {"name": ADA, "realm": "mail", "user": ""},
    "proven": ADA,
    "sign_up_offered": True,
    "auth_time": 0.0,
}


def test_a_guest_is_asked_about_twice_and_a_b2x_question_holds_less() -> None:
    mail = [{"signInType": "federated", "issuer": "mail", "issuerAssignedId": ADA}]
    journey = begun(OF_GUESTS, **NEW)
    known = {"email": ADA, "identities": mail, "ui_locales": "en"}
    assert (question(journey).step, question(journey).claims) == (AFTER, known)
    journey = after(OF_GUESTS, journey, Continued({"city": "Wien", SHOES: 42}))
    assert [one["typed"] for one in shown(journey).model["attributes"]] == ["Wien", "42"]
    journey = after(OF_GUESTS, journey, Form("create", {"city": "Graz"}))
    assert (question(journey).step, question(journey).claims) == (
        BEFORE,
        {**known, "city": "Graz"},
    )
    refused = after(OF_GUESTS, journey, Invalidated("No such town."))
    assert shown(refused).errors == {"": "connector.message"}
    assert [one["typed"] for one in shown(refused).model["attributes"]] == ["Graz", ""]
    journey = after(OF_GUESTS, refused, Form("create", {"city": "Linz"}), Continued({SHOES: 1}))
    assert journey.pending == CreateGuest(ADA, {"city": "Linz", SHOES: 1})
    journey = after(OF_GUESTS, journey, UserCreated("u"), UserRead({"emails": [ADA]}))
    assert isinstance(journey.shown, Finish)
    assert not journey.facts.keys() & {"registration", "answers", "prefilled"}


def test_a_guest_who_is_asked_nothing_sees_a_refusal_all_the_same() -> None:
    of = plan(replace(GUESTS, attributes=(), connectors={BEFORE: "c"}))
    journey = after(of, begun(of, **NEW), Invalidated("Not today."))
    assert shown(journey).errors == {"": "connector.message"}
    assert question(after(of, journey, Form("create"))).step == BEFORE


def test_a_guest_of_another_address_is_asked_about_anew() -> None:
    journey = after(OF_GUESTS, begun(OF_GUESTS, **NEW), Continued({}))
    other = structs.replace(journey, facts={**journey.facts, "proven": "eve@x.example"})
    assert question(advance(OF_GUESTS, other, Entered(), WORLD)).claims["email"] == "eve@x.example"


def test_a_guest_who_is_there_already_is_not_asked_about() -> None:
    account = {**NEW["account"], "user": "u"}
    journey = begun(OF_GUESTS, **{**NEW, "account": account})
    journey = after(OF_GUESTS, journey, GuestAdmitted("u"))
    assert journey.pending == ReadUser("u", 0.0)


# --------------------------------------------------------------------------- after federation

IDENTITY: dict[str, Any] = {
    "provider": "Google-OAUTH",
    "issuer": "google.com",
    "subject": "7",
    "idp": "google.com",
    "email": "ada@gmail.example",
    "attributes": {"city": "Graz", "displayName": "Ada"},
}


def test_a_stranger_from_a_provider_is_asked_about_and_the_answer_stands_on_the_page() -> None:
    facts = {"identity": IDENTITY, "connector": "c", "accepts": {"city": "city"}}
    journey = Journey("id", "tenant", SUSI.id, {}, {**facts, "at_tenant": False})
    outcome = STEPS["ask_after_federation"](journey, Entered(), WORLD)
    assert isinstance(outcome, Do)
    assert isinstance(outcome.effect, CallConnector)
    assert outcome.effect.claims == {
        "email": "ada@gmail.example",
        "identities": [
            {"signInType": "federated", "issuer": "google.com", "issuerAssignedId": "7"}
        ],
        "city": "Graz",
        "ui_locales": "en",
        "step": "PostFederationSignup",
    }
    known = STEPS["ask_after_federation"](journey, Continued({"city": "Wien"}), WORLD).facts
    assert known["identity"]["attributes"] == {"city": "Wien", "displayName": "Ada"}
    assert known["prefilled"] == {"of": "google.com 7", "claims": {"city": "Wien"}}


@pytest.mark.parametrize("issuer", ["google.com", "facebook.com", "https://login.live.com"])
def test_a_b2x_question_names_some_identities_only(issuer: str) -> None:
    facts = {"identity": {**IDENTITY, "issuer": issuer}, "connector": "c", "accepts": {}}
    journey = Journey("id", "tenant", SUSI.id, {}, {**facts, "at_tenant": True})
    outcome = STEPS["ask_after_federation"](journey, Entered(), WORLD)
    assert isinstance(outcome, Do)
    assert isinstance(outcome.effect, CallConnector)
    assert ("identities" in outcome.effect.claims) == issuer.endswith(("google.com", "book.com"))


# --------------------------------------------------------------------------- before tokens

READ = {"emails": [ADA], "name": "Ada", "city": "Graz", "extension_Hat": "top", "jobTitle": "x"}


def signed_in(of: Plan, prompt: str = "") -> Journey:
    journey = begun(of, session={"user": "u", "auth_time": 1.0}, prompt=prompt)
    return after(of, journey, UserRead(READ))


def test_a_connector_enriches_the_tokens_of_whoever_signs_in() -> None:
    of = plan(replace(flow(TOKENS), type="signIn", attributes=()))
    journey = signed_in(of)
    asked = question(journey)
    assert asked.claims == {
        "email": ADA,
        "displayName": "Ada",
        "city": "Graz",
        "extension_Hat": "top",
        "ui_locales": "en",
        "objectId": "u",
        "client_id": "app",
        "step": "PreTokenIssuance",
    }
    assert asked.accepts == {
        "displayName": "name",
        "city": "city",
        "extension_Hat": "extension_Hat",
    }
    assert asked.user == "u"
    journey = after(of, journey, Continued({"name": "Ada L.", "extension_Hat": "none"}))
    assert isinstance(journey.shown, Finish)
    assert journey.facts["claims"] == {**READ, "name": "Ada L.", "extension_Hat": "none"}


@pytest.mark.parametrize(
    ("prompt", "to_app"), [("", False), ("none", True)], ids=["told by a page", "silently"]
)
def test_nobody_gets_tokens_past_a_connector_that_fails(prompt: str, *, to_app: bool) -> None:
    of = plan(replace(flow(TOKENS), type="signIn"))
    failed = ConnectorFailed("90261", "connector.unreadable", {"name": "A", "step": "B"})
    stop = after(of, signed_in(of, prompt), failed).shown
    assert isinstance(stop, Stop)
    assert (stop.code, stop.to_app) == ("90261", to_app)


def test_an_answer_to_another_question_counts_for_nothing() -> None:
    """The flow was changed while its connector was asked before tokens."""
    of = plan(replace(flow(TOKENS), type="signIn"))
    journey = signed_in(of)
    without = plan(replace(flow(), type="signIn"))
    finished = after(without, journey, Continued({"name": "Mallory"}))
    assert finished.facts["claims"]["name"] == "Ada"


# --------------------------------------------------------------------------- whose turn it is

ALL = (AFTER, BEFORE, TOKENS)


def steps(of: Flow) -> list[str]:
    return [row.step for row in plan(of) if row.step.startswith("ask_")]


@pytest.mark.parametrize(
    ("how", "asks"),
    [
        ({"type": "signUpOrSignIn"}, "ask_before_creating ask_before_tokens"),
        ({"type": "signUp"}, "ask_before_creating ask_before_tokens"),
        ({"type": "signIn"}, "ask_before_tokens"),
        ({"type": "passwordReset"}, ""),
        ({"type": "profileUpdate"}, ""),
        ({"type": "resourceOwner", "version": 1.0}, ""),
        ({"kind": "b2x", "version": 1.0}, "ask_after_federation ask_before_creating"),
    ],
    ids=lambda value: " ".join(map(str, value.values())) if isinstance(value, dict) else None,
)
@pytest.mark.parametrize("local", ["email", "userName"])
def test_which_flow_asks_which_connector(how: dict[str, Any], asks: str, local: str) -> None:
    of = replace(flow(*ALL, settings={"localAccount": local}), **{"type": "signUpOrSignIn", **how})
    assert steps(of) == asks.split()
    assert steps(replace(of, connectors={})) == []


@pytest.mark.parametrize("local", ["email", "phone"])
@pytest.mark.parametrize("type", ["signUp", "signUpOrSignIn"])
def test_whoever_comes_from_a_provider_is_asked_about_twice(type: str, local: str) -> None:
    settings = {"localAccount": local}
    of = replace(flow(*ALL, settings=settings, providers=("Google-OAUTH",)), type=type)
    rows = [row.step for row in plan(of)]
    wanted = ["federate", "ask_after_federation", "federated_details", "ask_before_creating"]
    assert rows[rows.index("federate") :][:5] == [*wanted, "create_federated"]
    assert rows.count("ask_before_creating") == 2
    assert steps(replace(of, type="signIn")) == ["ask_before_tokens"]


@pytest.mark.parametrize(
    ("type", "asks"),
    [
        ("signUpOrSignIn", ["ask_before_creating", "ask_before_tokens"]),
        ("signUp", ["ask_before_creating", "ask_before_tokens"]),
        ("signIn", ["ask_before_tokens"]),
        ("profileUpdate", []),
    ],
)
def test_flows_with_phone_numbers_ask_as_others_do(type: str, asks: list[str]) -> None:
    assert steps(replace(flow(*ALL, settings={"localAccount": "phone"}), type=type)) == asks


def test_whoever_links_a_connector_that_is_never_asked_is_told() -> None:
    told = advice(replace(flow(*ALL), type="signIn"))
    assert told == (
        "a flow of the type signIn never asks the API connector at postFederationSignup; "
        "a flow of the type signIn never asks the API connector at postAttributeCollection"
    )
    assert advice(GUESTS) == "a b2x flow never asks the API connector at preTokenIssuance"
    assert advice(flow(*ALL)) is None


def test_before_version_3_a_flow_with_a_connector_does_not_run() -> None:
    of = replace(flow(BEFORE), version=2.0)
    missing = "the API connector at postAttributeCollection before version 3"
    assert advice(of) == f"this version cannot run {of.id} yet: {missing}"
    assert plan(of) == (Row("cannot_run", "", told={"cannot_run": missing}),)


def test_the_password_is_hashed_once_for_each_try() -> None:
    journey = after(SIGN_UP, begun(SIGN_UP), form())
    assert isinstance(journey.pending, HashPassword)
