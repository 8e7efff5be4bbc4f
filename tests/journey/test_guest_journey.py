"""The sign-in at the tenant's own authority: ways through the plan, and what none leads to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from stage import ADA, PASSWORD, SUSI, FrozenWorld
from vestibule.journey.effects import (
    AccountFound,
    AccountUnknown,
    AdmitGuest,
    Arrive,
    CheckCode,
    CheckPassword,
    CodeNotSent,
    CodeRight,
    CodeSent,
    CodeWrong,
    CreateGuest,
    Depart,
    Departing,
    Federated,
    FindAccount,
    GuestAdmitted,
    PasswordRight,
    PasswordWrong,
    ProviderFailed,
    ReadUser,
    Result,
    SendCode,
    SignUpClosed,
    UserCreated,
    UserGone,
    UserRead,
)
from vestibule.journey.engine import advance
from vestibule.journey.plan import plan
from vestibule.journey.state import (
    Ask,
    Entered,
    Finish,
    Form,
    Given,
    Journey,
    Leave,
    Returned,
    Stop,
    dump,
    load,
)
from vestibule.journey.tenant_plan import Abroad
from vestibule.tenancy import SIGN_IN, Assignment, Flow

BOB = "bob@fabrikam.example"
WORLD = FrozenWorld()
CITY = Assignment("city", "Town", "string", "textBox", optional=False, verification=False)
PARTNERS = replace(
    SUSI,
    id="B2X_1_partners",
    kind="b2x",
    version=1.0,
    local_account=False,
    providers=("AADSignup-OAUTH", "EmailOtpSignup-OAUTH"),
    attributes=(CITY,),
)
OPEN = {"sign_up_offered": True}
OURS, OTHERS = AccountUnknown(ours=True), AccountUnknown(ours=False)
OURS_HIDDEN = AccountUnknown(ours=True, hidden=True)
OTHERS_HIDDEN = AccountUnknown(ours=False, hidden=True)
NAMED = Form("next", {"loginfmt": f" {BOB} "})
SENT = (NAMED, OTHERS, Form("send_code"), CodeSent())
PROVEN = (*SENT, Form("verify", {"otc": "1234 5678"}), CodeRight(BOB))
ANSWERED = (*PROVEN, Form("create", {"city": "Wien"}))


def journey(flow: Flow, *inputs: Given, **facts: Any) -> Journey:
    """The journey after its beginning and these inputs; saved and loaded in between."""
    steps = plan(flow)
    now = advance(steps, Journey("id", "tenant", flow.id, {}, facts), Entered(), WORLD)
    for each in inputs:
        if now.pending is None or not now.pending.secret:
            now = load(dump(now))
        now = advance(steps, now, each, WORLD)
    return now


def page(now: Journey) -> Ask:
    assert isinstance(now.shown, Ask)
    assert now.pending is None
    return now.shown


# --------------------------------------------------------------------------- naming an account


def test_the_first_page_asks_for_the_account() -> None:
    first = page(journey(SIGN_IN))
    assert (first.page, first.model) == (
        "accountname",
        {"name": "", "show_sign_up": False, "creating": False, "providers": []},
    )
    assert page(journey(PARTNERS, **OPEN)).model["show_sign_up"]


def test_a_login_hint_skips_the_page() -> None:
    assert journey(SIGN_IN, login_hint=ADA).pending == FindAccount(ADA)
    asked = page(journey(SIGN_IN, AccountFound("password", "ada"), login_hint=ADA))
    assert (asked.page, asked.model) == ("accountpassword", {"name": ADA, "show_code": False})
    back = page(journey(SIGN_IN, AccountFound("password", "ada"), Form("back"), login_hint=ADA))
    assert (back.page, back.model["name"]) == ("accountname", ADA)


def test_creating_is_the_same_page_in_other_words_and_leads_back() -> None:
    creating = journey(PARTNERS, Form("signup"), **OPEN)
    shown = {"name": "", "show_sign_up": False, "creating": True, "providers": []}
    assert page(creating).model == shown
    back = journey(PARTNERS, Form("signup"), Form("back"), **OPEN)
    assert page(back).model["creating"] is False
    assert page(journey(PARTNERS, Form("signup"))).model["creating"] is False


@pytest.mark.parametrize(
    ("name", "error"),
    [("", "name.required"), ("a" * 255, "name.invalid"), ("a\x07b", "name.invalid")],
)
def test_what_is_no_name_is_said_beside_the_field(name: str, error: str) -> None:
    asked = page(journey(SIGN_IN, Form("next", {"loginfmt": name})))
    assert asked.errors == {"loginfmt": error}


@pytest.mark.parametrize(
    ("flow", "facts", "name", "unknown", "shown"),
    [
        (SIGN_IN, {}, "bob@contoso.example", OURS, ("accountname", "AADSTS50034")),
        (PARTNERS, OPEN, "+43123", OURS, ("accountname", "AADSTS50034")),
        (SIGN_IN, {}, BOB, OTHERS, ("notfromhere", "AADSTS50020")),
        (PARTNERS, {}, BOB, OTHERS, ("notfromhere", "AADSTS50020")),
        (PARTNERS, {}, "b@live.com", OTHERS, ("notfromhere", "AADSTS500200")),
        (PARTNERS, OPEN, BOB, OTHERS, ("emailpasscode", "")),
        (
            replace(PARTNERS, providers=("AADSignup-OAUTH",)),
            OPEN,
            BOB,
            OTHERS,
            ("notfromhere", "Microsoft Entra ID"),
        ),
        (PARTNERS, OPEN, "b@gmail.com", OTHERS, ("emailpasscode", "")),
        (PARTNERS, {}, BOB, OTHERS_HIDDEN, ("emailpasscode", "")),
        (SIGN_IN, {}, "x@contoso.example", OURS_HIDDEN, ("accountpassword", "")),
    ],
    ids=[
        "of the tenant", "a phone number", "no flow", "sign-up is off", "personal account",
        "signs up", "without passcodes", "Gmail by passcode", "hidden, outside",
        "hidden, of the tenant",
    ],
)  # fmt: skip
def test_where_a_stranger_goes(
    flow: Flow, facts: dict[str, Any], name: str, unknown: Result, shown: tuple[str, str]
) -> None:
    asked = page(journey(flow, Form("next", {"loginfmt": name}), unknown, **facts))
    code = asked.code or asked.model.get("code", "")
    if asked.model.get("text") == "guest.provider":
        code = asked.model["arguments"]["provider"]
    assert (asked.page, code) == shown


@pytest.mark.parametrize(
    ("realm", "provider"),
    [
        ("google.com", "Google"),
        ("facebook.com", "Facebook"),
        ("ExternalAzureAD", "Microsoft Entra ID"),
        ("MicrosoftAccount", "Microsoft"),
        ("fabrikam.example", "fabrikam.example"),
    ],
)
def test_a_guest_of_a_provider_sees_its_name_and_goes_back(realm: str, provider: str) -> None:
    inputs = (NAMED, AccountFound(realm, "bob"))
    asked = page(journey(PARTNERS, *inputs, **OPEN))
    assert (asked.page, asked.model["arguments"]["provider"]) == ("notfromhere", provider)
    back = journey(PARTNERS, *inputs, Form("back"), **OPEN)
    assert page(back).page == "accountname"
    assert "account" not in back.facts


MASKED = (
    AccountFound("password", "ada", masked=True),
    AccountFound("mail", "bob", masked=True),
    AccountUnknown(ours=False, hidden=True, masked=True),
)


@pytest.mark.parametrize("found", MASKED, ids=["a member", "a guest", "a stranger"])
def test_masked_accounts_meet_the_same_pages(found: Result) -> None:
    first = page(journey(PARTNERS, NAMED, found, **OPEN))
    assert (first.page, first.model) == ("accountpassword", {"name": BOB, "show_code": True})
    second = page(journey(PARTNERS, NAMED, found, Form("code"), **OPEN))
    assert (second.page, second.model) == ("emailpasscode", {"address": BOB, "code_sent": False})
    creating = page(journey(PARTNERS, Form("signup"), NAMED, found, **OPEN))
    assert creating == second


def test_a_code_is_no_way_around_a_password() -> None:
    named = (NAMED, MASKED[0], Form("code"), *PROVEN[2:])
    assert journey(PARTNERS, *named, **OPEN).pending == AdmitGuest("ada", BOB)
    now = journey(PARTNERS, *named, UserGone("member"), **OPEN)
    assert (page(now).page, page(now).model["show_code"]) == ("accountpassword", False)
    assert "proven" not in now.facts
    assert page(journey(PARTNERS, *named, UserGone("member"), Form("code"), **OPEN)) == page(now)
    typed = (*named, UserGone("member"), Form("signin", {"passwd": PASSWORD}))
    assert journey(PARTNERS, *typed, **OPEN).pending == CheckPassword(BOB, PASSWORD, "ada")


# --------------------------------------------------------------------------- members


def test_a_member_signs_in_with_the_password() -> None:
    named = (Form("next", {"loginfmt": ADA}), AccountFound("password", "ada"))
    typed = journey(SIGN_IN, *named, Form("signin", {"passwd": PASSWORD}))
    assert typed.pending == CheckPassword(ADA, PASSWORD, "ada")
    done = journey(
        SIGN_IN,
        *named,
        Form("signin", {"passwd": PASSWORD}),
        PasswordRight("ada"),
        UserRead({"oid": "ada"}),
    )
    assert isinstance(done.shown, Finish)
    assert (done.facts["user"], done.facts["claims"]) == ("ada", {"oid": "ada"})


@pytest.mark.parametrize(
    ("why", "errors", "code"),
    [
        ("wrong", {"passwd": "account.refused"}, "AADSTS50126"),
        ("unknown", {"passwd": "account.refused"}, "AADSTS50126"),
        ("refused", {"passwd": "account.refused"}, "AADSTS50126"),
        ("locked", {"": "account.locked"}, "AADSTS50053"),
        ("disabled", {"": "account.disabled"}, "AADSTS50057"),
        ("busy", {"": "server.busy"}, "AADSTS90033"),
    ],
)
def test_a_wrong_password_is_told_in_entras_numbers(
    why: str, errors: dict[str, str], code: str
) -> None:
    tried = (
        Form("next", {"loginfmt": ADA}),
        AccountFound("password", "ada"),
        Form("signin", {"passwd": "guess"}),
        PasswordWrong(why),
    )
    asked = page(journey(SIGN_IN, *tried))
    assert (asked.errors, asked.code) == (errors, code)


# --------------------------------------------------------------------------- guests


def test_a_guest_proves_the_address_and_is_let_in() -> None:
    named = (NAMED, AccountFound("mail", "bob"))
    asked = page(journey(SIGN_IN, *named))
    assert asked.model == {"address": BOB, "code_sent": False}
    sending = journey(SIGN_IN, *named, Form("send_code"))
    assert sending.pending == SendCode(BOB, "emailOtp")
    checking = (*named, Form("send_code"), CodeSent(), Form("verify", {"otc": "1234 5678"}))
    assert journey(SIGN_IN, *checking).pending == CheckCode(BOB, "emailOtp", "12345678")
    proven = (*checking, CodeRight(BOB))
    assert journey(SIGN_IN, *proven).pending == AdmitGuest("bob", BOB)
    read = journey(SIGN_IN, *proven, GuestAdmitted("bob"))
    assert read.pending == ReadUser("bob", read.signed_in_at)
    done = journey(SIGN_IN, *proven, GuestAdmitted("bob"), UserRead({}))
    assert isinstance(done.shown, Finish)
    assert "new_user" not in done.facts


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ((Form("send_code"), CodeNotSent("throttled")), {"": "code.throttled"}),
        ((Form("verify", {"otc": "12345678"}),), {}),
        (
            (Form("send_code"), CodeSent(), Form("verify", {"otc": "123456"})),
            {"otc": "code.malformed"},
        ),
        (
            (Form("send_code"), CodeSent(), *PROVEN[4:5], CodeWrong("spent")),
            {"otc": "code.spent"},
        ),
    ],
    ids=["too many codes", "none was sent", "too short", "wrong"],
)  # fmt: skip
def test_without_the_code_nothing_is_proven(
    given: tuple[Given, ...], errors: dict[str, str]
) -> None:
    now = journey(SIGN_IN, NAMED, AccountFound("mail", "bob"), *given)
    assert page(now).errors == errors
    assert "proven" not in now.facts


def test_who_names_another_account_proves_anew() -> None:
    back = journey(PARTNERS, *SENT, Form("back"), **OPEN)
    assert page(back).page == "accountname"
    assert not {"account", "proven", "code_sent"} & back.facts.keys()
    again = journey(
        PARTNERS,
        *SENT,
        Form("back"),
        Form("next", {"loginfmt": "eve@x.example"}),
        AccountFound("mail", "eve"),
        **OPEN,
    )
    assert page(again).model == {"address": "eve@x.example", "code_sent": False}


def test_a_stranger_answers_once_and_becomes_a_guest() -> None:
    asked = page(journey(PARTNERS, *PROVEN, **OPEN))
    assert (asked.page, asked.model["address"]) == ("guestdetails", BOB)
    assert [one["label"] for one in asked.model["attributes"]] == ["Town"]
    missing = page(journey(PARTNERS, *PROVEN, Form("create", {"city": " "}), **OPEN))
    assert missing.errors == {"city": "attribute.required"}
    creating = journey(PARTNERS, *ANSWERED, **OPEN)
    assert creating.pending == CreateGuest(BOB, {"city": "Wien"})
    done = journey(PARTNERS, *ANSWERED, UserCreated("bob"), UserRead({}), **OPEN)
    assert isinstance(done.shown, Finish)
    assert (done.facts["user"], done.facts["new_user"]) == ("bob", True)


def test_a_flow_that_asks_nothing_shows_no_page_for_it() -> None:
    silent = replace(PARTNERS, attributes=())
    assert journey(silent, *PROVEN, **OPEN).pending == CreateGuest(BOB, {})


def test_who_declines_to_answer_returns_to_the_application() -> None:
    stopped = journey(PARTNERS, *PROVEN, Form("cancel"), **OPEN)
    assert stopped.shown == Stop("AADSTS65004", "app.cancelled", to_app=True)


@pytest.mark.parametrize(
    ("result", "shown"),
    [
        (GuestAdmitted("bob"), None),
        (UserGone("disabled"), Stop("AADSTS50057", "account.disabled")),
        (SignUpClosed(), "notfromhere"),
    ],
    ids=["another browser was first", "that one is disabled", "sign-up was switched off"],
)
def test_what_else_may_come_of_creating(result: Result, shown: Stop | str | None) -> None:
    now = journey(PARTNERS, *ANSWERED, result, **OPEN)
    if shown is None:
        assert now.pending == ReadUser("bob", now.signed_in_at)
        assert "new_user" not in now.facts
    elif isinstance(shown, Stop):
        assert now.shown == shown
    else:
        assert page(now).page == shown


@pytest.mark.parametrize(
    ("why", "stop"),
    [
        ("disabled", Stop("AADSTS50057", "account.disabled")),
        ("deleted", Stop("AADSTS50034", "account.gone")),
    ],
)
def test_a_guest_who_may_not_come_in(why: str, stop: Stop) -> None:
    inputs = (NAMED, AccountFound("mail", "bob"), *PROVEN[2:], UserGone(why))
    assert journey(SIGN_IN, *inputs).shown == stop


def test_where_accounts_are_hidden_a_stranger_is_told_after_the_proof() -> None:
    unknown = (NAMED, OTHERS_HIDDEN, *PROVEN[2:])
    asked = page(journey(SIGN_IN, *unknown))
    assert (asked.page, asked.model["code"]) == ("notfromhere", "AADSTS50020")
    back = journey(SIGN_IN, *unknown, Form("back"))
    assert "proven" not in back.facts


def test_no_page_is_shown_where_the_application_wants_none() -> None:
    silent = journey(SIGN_IN, prompt="none", login_hint=ADA)
    assert silent.shown == Stop("90077", "app.no_session", to_app=True)


# --------------------------------------------------------------------------- by a provider

GOOGLE = replace(PARTNERS, providers=("Google-OAUTH", "Facebook-OAUTH", "EmailOtpSignup-OAUTH"))
RETURN = {"return_to": "https://contoso.example/oauth2/authresp"}
GINA = Federated("google.com", "1079", "google.com", {"givenName": "Gina"}, "gina@gmail.com")
AWAY = (Departing("https://google.example/authorize"), Returned({"state": "s"}))
TO_GOOGLE = (Form("next", {"loginfmt": "gina@gmail.com"}), OTHERS)


@pytest.mark.parametrize(
    ("inputs", "facts", "provider"),
    [
        ((Form("next", {"loginfmt": "b@GMAIL.com"}), OTHERS), OPEN, "Google-OAUTH"),
        ((Form("next", {"loginfmt": "b@gmail.com"}), OTHERS_HIDDEN), {}, "Google-OAUTH"),
        ((NAMED, AccountFound("google.com", "g")), {}, "Google-OAUTH"),
        ((NAMED, AccountFound("facebook.com", "g")), {}, "Facebook-OAUTH"),
        ((Form("provider", {"provider": "Facebook-OAUTH"}),), {}, "Facebook-OAUTH"),
    ],
    ids=["a stranger at Gmail", "hidden", "a guest of Google", "of Facebook", "by the button"],
)
def test_who_proves_it_at_a_provider_is_sent_there(
    inputs: tuple[Given, ...], facts: dict[str, Any], provider: str
) -> None:
    left = journey(GOOGLE, *inputs, **facts, **RETURN)
    assert isinstance(left.pending, Depart)
    assert left.pending.provider == provider
    assert left.pending.login_hint == left.facts["account"]["name"]


def test_a_button_of_a_provider_that_is_not_offered_leads_nowhere() -> None:
    for name in ("AADSignup-OAUTH", "X-OAUTH", ""):
        again = journey(GOOGLE, Form("provider", {"provider": name}), **RETURN)
        assert page(again).page == "accountname"


def test_a_guest_of_a_provider_is_let_in_as_the_holder_of_the_identity() -> None:
    """Whatever name was typed, and whoever has it."""
    inputs = (NAMED, AccountFound("google.com", "bob"), *AWAY, replace(GINA, user="gina"))
    read = journey(GOOGLE, *inputs, **RETURN)
    assert read.pending == ReadUser("gina", read.facts["auth_time"])


@pytest.mark.parametrize(
    ("inputs", "given"),
    [
        ((*TO_GOOGLE, AWAY[0]), AWAY[1]),
        ((*TO_GOOGLE, *AWAY, GINA), Form("create", {"city": "Wien"})),
    ],
    ids=["away", "asked for details"],
)
def test_nobody_becomes_a_guest_by_a_provider_that_was_taken_from_the_flow(
    inputs: tuple[Given, ...], given: Given
) -> None:
    before = journey(GOOGLE, *inputs, **OPEN, **RETURN)
    again = advance(plan(PARTNERS), before, given, WORLD)
    assert page(again).page == "accountname"
    assert {"provider", "identity", "registration"}.isdisjoint(again.facts)


def test_a_stranger_of_a_provider_becomes_a_guest_once_asked() -> None:
    asked = page(journey(GOOGLE, *TO_GOOGLE, *AWAY, GINA, **OPEN, **RETURN))
    assert (asked.page, asked.model["address"]) == ("guestdetails", "gina@gmail.com")
    inputs = (*TO_GOOGLE, *AWAY, GINA, Form("create", {"city": "Wien"}))
    made = journey(GOOGLE, *inputs, **OPEN, **RETURN)
    creating = CreateGuest("gina@gmail.com", {"city": "Wien"}, "google.com", "1079")
    assert made.pending == creating


def test_a_guest_is_called_as_the_provider_says_unless_asked() -> None:
    named = replace(GINA, attributes={"displayName": "Gina", "givenName": "Regina"})
    name = Assignment("displayName", "", "string", "textBox", optional=False, verification=False)
    for flow, form, called in (
        (GOOGLE, Form("create", {"city": "Wien"}), "Gina"),
        (replace(GOOGLE, attributes=(name,)), Form("create", {"displayName": "G"}), "G"),
    ):
        made = journey(flow, *TO_GOOGLE, *AWAY, named, form, **OPEN, **RETURN)
        assert isinstance(made.pending, CreateGuest)
        assert made.pending.attributes["displayName"] == called
        assert "givenName" not in made.pending.attributes


@pytest.mark.parametrize(
    ("facts", "came", "text"),
    [
        ({}, GINA, "guest.unknown"),
        (OPEN, replace(GINA, email=""), "guest.no_address"),
    ],
    ids=["nobody may sign up", "without an address"],
)
def test_who_comes_back_and_cannot_be_a_guest_names_another_account(
    facts: dict[str, Any], came: Federated, text: str
) -> None:
    inputs = (Form("provider", {"provider": "Google-OAUTH"}), *AWAY, came)
    refused = page(journey(GOOGLE, *inputs, **facts, **RETURN))
    assert (refused.page, refused.model["text"]) == ("notfromhere", text)
    back = journey(GOOGLE, *inputs, Form("back"), **facts, **RETURN)
    assert page(back).page == "accountname"
    assert not {"identity", "idp", "auth_time"} & back.facts.keys()


def test_a_domain_of_entra_id_leads_there_where_the_server_has_a_client() -> None:
    abroad = Abroad(frozenset({"AADSignup-OAUTH"}), frozenset({"fabrikam.example"}))
    steps = plan(PARTNERS, abroad=abroad)
    now = advance(steps, Journey("id", "t", PARTNERS.id, {}, {**OPEN, **RETURN}), Entered(), WORLD)
    for given in (NAMED, OTHERS):
        now = advance(steps, now, given, WORLD)
    assert now.pending == Depart("AADSignup-OAUTH", RETURN["return_to"], login_hint=BOB)


def test_thinking_better_of_it_on_the_way_leads_back_to_the_name() -> None:
    left = journey(GOOGLE, *TO_GOOGLE, AWAY[0], **OPEN, **RETURN)
    assert isinstance(left.shown, Leave)
    assert "account" in left.shown.undone


# --------------------------------------------------------------------------- any order

FORMS = st.builds(
    Form,
    st.sampled_from(
        ("next", "signup", "back", "send_code", "verify", "create", "signin", "code", "cancel",
         "provider")
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "loginfmt": st.sampled_from((ADA, BOB, "eve@x.example", "")),
            "passwd": st.sampled_from((PASSWORD, "guess")),
            "otc": st.sampled_from(("12345678", "00000000", "")),
            "city": st.sampled_from(("Wien", "")),
            "provider": st.sampled_from(("Google-OAUTH", "Facebook-OAUTH")),
        },
    ),
) | st.just(Returned({"state": "s"}))  # fmt: skip
_RESULTS: dict[type, tuple[Result, ...]] = {
    FindAccount: (
        AccountFound("password", "ada"), AccountFound("mail", "bob"),
        AccountFound("google.com", "g"), OURS, OTHERS, OTHERS_HIDDEN, OURS_HIDDEN, *MASKED,
    ),
    CheckPassword: (PasswordRight("ada"), PasswordWrong("wrong")),
    SendCode: (CodeSent(), CodeNotSent("failed")),
    AdmitGuest: (GuestAdmitted("bob"), UserGone("deleted"), UserGone("member")),
    CreateGuest: (UserCreated("new"), GuestAdmitted("bob"), UserGone("disabled"), SignUpClosed()),
    ReadUser: (UserRead({}), UserGone("disabled")),
    Depart: (Departing("https://google.example/"), ProviderFailed("90289", "")),
    Arrive: (GINA, replace(GINA, user="gina"), ProviderFailed("90273", "", denied=True)),
}  # fmt: skip


@settings(max_examples=150, deadline=None)
@drawn(
    forms=st.lists(st.tuples(FORMS, st.tuples(*[st.integers(0, 9)] * 4)), max_size=12),
    offered=st.booleans(),
)
def test_whatever_is_sent_nobody_gets_in_without_the_proof(
    forms: list[tuple[Form | Returned, tuple[int, ...]]], *, offered: bool
) -> None:
    """Effects are answered by chance; a code is right only for the address it was sent to."""
    steps = plan(GOOGLE)
    start = Journey("id", "tenant", GOOGLE.id, {}, {"sign_up_offered": offered, **RETURN})
    now = advance(steps, start, Entered(), WORLD)
    proven: set[str] = set()
    for form, choices in forms:
        now = advance(steps, now, form, WORLD)
        for choice in choices:
            if now.pending is None:
                break
            now = advance(steps, now, _result(now, choice, proven, offered=offered), WORLD)
        if now.pending is not None:
            return
    if isinstance(now.shown, Finish):
        assert now.facts["user"]
        here = now.facts.get("proven") or now.facts["account"]["realm"] == "password"
        assert here or now.facts["identity"]["subject"] == GINA.subject


def _result(now: Journey, choice: int, proven: set[str], *, offered: bool) -> Result:
    effect = now.pending
    match effect:
        case CheckCode(address=address, code="12345678"):
            proven.add(address)
            return CodeRight(address)
        case CheckCode():
            return CodeWrong("wrong")
        case CreateGuest(issuer="google.com"):
            assert offered
            assert now.facts["identity"]["issuer"] == "google.com"
        case AdmitGuest(address=address) | CreateGuest(address=address):
            assert address in proven
            assert address == now.facts["account"]["name"]
            assert offered or isinstance(effect, AdmitGuest)
        case CheckPassword(sign_in_name=name):
            assert name == now.facts["account"]["name"]
    results = _RESULTS[type(effect)]
    return results[choice % len(results)]
