"""People who come from identity providers: the steps as a table, and whole journeys without I/O."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stage import ADA, NOON, SUSI, FrozenWorld
from vestibule.journey.effects import (
    Arrive,
    CheckCode,
    CheckPassword,
    CodeRight,
    CodeSent,
    CreateFederated,
    Depart,
    Departing,
    Federated,
    IdentityTaken,
    ProviderFailed,
    ReadUser,
    SendCode,
    UserCreated,
    UserExists,
    UserGone,
    UserRead,
)
from vestibule.journey.engine import advance
from vestibule.journey.obstacles import advice, cannot_run
from vestibule.journey.plan import plan
from vestibule.journey.providers import AWAY, BACK, exchange_of
from vestibule.journey.state import (
    Ask,
    Back,
    Do,
    Entered,
    Finish,
    Form,
    Given,
    Journey,
    Leave,
    Next,
    Outcome,
    Returned,
    Stop,
    dump,
    load,
)
from vestibule.journey.steps import STEPS
from vestibule.tenancy import Assignment, Flow

GOOGLE, FABRIKAM, X = "Google-OAUTH", "OIDC-V1-Fabrikam-" + "0" * 36, "Twitter-OAUTH"
AT = NOON.timestamp()
RETURN_TO = "https://login.example/contoso.example/oauth2/authresp"
THERE = "https://accounts.example/authorize?state=s"
HER = Federated(
    issuer="google.com",
    subject="ada-at-google",
    idp="google.com",
    attributes={"displayName": "Ada", "surname": "Lovelace"},
    email=ADA,
    access_token="sealed",
)
IDENTITY = {
    "provider": GOOGLE,
    "issuer": "google.com",
    "subject": "ada-at-google",
    "idp": "google.com",
    "attributes": {"displayName": "Ada", "surname": "Lovelace"},
    "email": ADA,
}
NO_MAIL = {**IDENTITY, "email": ""}
NAME = {
    "id": "displayName", "field": "displayName", "claim": "name", "label": "Display Name",
    "type": "string", "input": "textBox", "optional": False, "options": [],
}  # fmt: skip
ASKED = {
    "questions": [NAME],
    "email_asked": False,
    "email_optional": False,
    "verify_email": True,
    "email_label": "",
}
ADDRESS = {**ASKED, "questions": [], "email_asked": True}
CANCELLED = Stop("90091", "app.cancelled", to_app=True)
SERVED = ("registration", "answers", "questions", "email", "code_sent_to", "verified")
GOING = {"provider": GOOGLE, "return_to": RETURN_TO, "signs_up": True}
ARRIVED = {"identity": IDENTITY, "auth_time": AT, "idp": "google.com", "idp_access_token": "sealed"}
REGISTERED = {"identity": IDENTITY, "registration": {"email": ADA, "attributes": {"city": "Paris"}}}
CHOICE = {"providers": [GOOGLE, FABRIKAM], "show_local": False, "signing_up": False}
CHOSEN = {"choice": "federated", "provider": FABRIKAM}
HINT = ("domain_hint",)


def answer(step: str, facts: dict[str, Any], given: Given) -> Outcome:
    journey = Journey("id", "tenant", "B2C_1_susi", {}, facts, step=step)
    return STEPS[step](journey, given, FrozenWorld())


def registered(email: str, kept: dict[str, Any] | None = None, **attributes: str) -> Next:
    """`kept` is what stood on the page."""
    return Next({"registration": {"email": email, "attributes": attributes}, **(kept or {})})


ANSWERS: dict[str, tuple[str, dict[str, Any], Given, Outcome]] = {
    "a button leads to its provider": (
        "choose_provider", CHOICE, Form("provider", {"provider": FABRIKAM}), Next(CHOSEN, HINT),
    ),
    "by the id that B2C's button has": (
        "choose_provider", CHOICE, Form("provider", {"provider": "fabrikamexchange"}),
        Next(CHOSEN, HINT),
    ),
    "a hint leads there at once": (
        "choose_provider", {**CHOICE, "domain_hint": FABRIKAM}, Entered(), Next(CHOSEN, HINT),
    ),
    "a hint on the page with local accounts": (
        "sign_in_or_up", {**CHOICE, "domain_hint": FABRIKAM}, Entered(), Next(CHOSEN, HINT),
    ),
    "the only way is taken": (
        "choose_provider", {**CHOICE, "providers": [FABRIKAM]}, Entered(), Next(CHOSEN, HINT),
    ),
    "a local account is another way": (
        "choose_provider", {**CHOICE, "show_local": True}, Form("signup"),
        Next({"choice": "signUp"}),
    ),
    "cancel before anything is chosen": ("choose_provider", CHOICE, Form("cancel"), CANCELLED),
    "off": (
        "federate", {**GOING, "login_hint": ADA}, Entered(),
        Do(Depart(GOOGLE, RETURN_TO, login_hint=ADA)),
    ),
    "off, by a name that was typed": (
        "federate", {**GOING, "account": {"name": ADA}, "login_hint": ""}, Entered(),
        Do(Depart(GOOGLE, RETURN_TO, login_hint=ADA)),
    ),
    "off, to prove it again": (
        "federate", {**GOING, "prompt": "login"}, Entered(),
        Do(Depart(GOOGLE, RETURN_TO, anew=True)),
    ),
    "there": ("federate", GOING, Departing(THERE), Leave(THERE, undone=AWAY)),
    "back": (
        "federate", GOING, Returned({"code": "c"}), Do(Arrive(GOOGLE, {"code": "c"})),
    ),
    "somebody new": ("federate", GOING, HER, Next(ARRIVED)),
    "somebody known": (
        "federate", GOING, replace(HER, user="ada"), Next({**ARRIVED, "user": "ada"}),
    ),
    "somebody new where nobody signs up": (
        "federate", {**GOING, "signs_up": False}, HER, Stop("99002", "account.not_federated"),
    ),
    "somebody known where nobody signs up": (
        "federate", {**GOING, "signs_up": False}, replace(HER, user="ada"),
        Next({**ARRIVED, "user": "ada"}),
    ),
    "declined": (
        "federate", GOING, ProviderFailed("90273", "Declined.", denied=True),
        Stop("90273", "app.provider.denied", {"reason": "Declined."}, to_app=True),
    ),
    "unreachable": (
        "federate", GOING, ProviderFailed("90289", "No answer."),
        Stop("90289", "app.provider.failed", {"reason": "No answer."}, to_app=True),
    ),
    "beyond this version": (
        "federate", {**GOING, "provider": X}, Entered(),
        Stop("90037", "flow.cannot_run", {"thing": "the identity provider X"}),
    ),
    "nothing is asked": (
        "federated_details", {**ASKED, "identity": IDENTITY, "questions": []}, Entered(),
        registered(ADA),
    ),
    "answers": (
        "federated_details", {**ASKED, "identity": IDENTITY},
        Form("create", {"displayName": "Ada L.", "email": "mallory@contoso.example"}),
        registered(ADA, {"answers": {"displayName": "Ada L."}}, displayName="Ada L."),
    ),
    "a question alone leads to a page, an address that is known does not": (
        "federated_details", {**ADDRESS, "identity": IDENTITY}, Entered(), registered(ADA),
    ),
    "a code for an address": (
        "federated_details", {**ADDRESS, "identity": NO_MAIL}, Form("send_code", {"email": ADA}),
        Do(
            SendCode(ADA, "federatedSignUp"),
            {"email": ADA, "code_sent_to": "", "verified": ""},
        ),
    ),
    "the code is checked": (
        "federated_details",
        {**ADDRESS, "identity": NO_MAIL, "email": ADA, "code_sent_to": ADA},
        Form("verify_code", {"code": "123456"}), Do(CheckCode(ADA, "federatedSignUp", "123456")),
    ),
    "a verified address": (
        "federated_details", {**ADDRESS, "identity": NO_MAIL, "verified": ADA},
        Form("create", {"email": ADA}), registered(ADA, {"answers": {}}),
    ),
    "no address where none is needed": (
        "federated_details", {**ADDRESS, "identity": NO_MAIL, "email_optional": True},
        Form("create", {"email": ""}), registered("", {"answers": {}}),
    ),
    "an address that is not verified by the flow's wish": (
        "federated_details", {**ADDRESS, "identity": NO_MAIL, "verify_email": False},
        Form("create", {"email": ADA}), registered(ADA, {"answers": {}, "email": ADA}),
    ),
    "cancel among the details": (
        "federated_details", {**ASKED, "identity": IDENTITY}, Form("cancel"), CANCELLED,
    ),
    "an account is made": (
        "create_federated", REGISTERED, Entered(),
        Do(CreateFederated("google.com", "ada-at-google", ADA, {"city": "Paris"})),
    ),
    "the account is there": (
        "create_federated", REGISTERED, UserCreated("ada"),
        Next({"user": "ada", "new_user": True}, SERVED),
    ),
    "another tab was first": (
        "create_federated", REGISTERED, IdentityTaken("ada"), Next({"user": "ada"}, SERVED),
    ),
    "somebody else has nearly this identity": (
        "create_federated", REGISTERED, UserExists(),
        Stop(
            "90273", "app.provider.failed",
            {"reason": "Another account has nearly the same identity."}, to_app=True,
        ),
    ),
    "a session remembers the provider": (
        "reuse_session",
        {"session": {"user": "ada", "auth_time": 7, "provider": GOOGLE, "idp": "google.com"}},
        Entered(),
        Next(
            {
                "user": "ada", "auth_time": 7, "provider": GOOGLE, "idp": "google.com",
                "session_reused": True,
            }
        ),
    ),
    "tokens tell the provider": (
        "read_user", {"user": "ada", "idp": "google.com"}, UserRead({"oid": "ada"}),
        Next({"claims": {"oid": "ada", "idp": "google.com"}}),
    ),
    "a session that counts no more is forgotten with its provider": (
        "read_user", {"user": "ada", "session_reused": True, "idp": "google.com"},
        UserGone("revoked"),
        Back(
            (
                "session", "session_reused", "user", "auth_time", "provider", "idp",
                "idp_access_token",
            )
        ),
    ),
    "what came back counts no more": (
        "read_user", {"user": "ada", "choice": "federated"}, UserGone("revoked"),
        Back(("session", "session_reused", "user", "auth_time", *BACK)),
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("step", "facts", "given", "outcome"), ANSWERS.values(), ids=ANSWERS.keys()
)
def test_a_step_answers(step: str, facts: dict[str, Any], given: Given, outcome: Outcome) -> None:
    assert answer(step, facts, given) == outcome


PAGES: dict[str, tuple[dict[str, Any], Given, dict[str, str]]] = {
    "what the provider says stands there": ({"identity": IDENTITY}, Entered(), {}),
    "a question without an answer": (
        {"identity": IDENTITY}, Form("create", {"displayName": ""}),
        {"displayName": "attribute.required"},
    ),
    "no address": (
        {**ADDRESS, "identity": NO_MAIL, "verify_email": False}, Form("create", {"email": " "}),
        {"email": "email.required"},
    ),
    "no real address": (
        {**ADDRESS, "identity": NO_MAIL, "verify_email": False}, Form("create", {"email": "ada"}),
        {"email": "email.invalid"},
    ),
    "an address that nobody has verified": (
        {**ADDRESS, "identity": NO_MAIL}, Form("create", {"email": ADA}),
        {"email": "email.unverified"},
    ),
    "another address than the verified one": (
        {**ADDRESS, "identity": NO_MAIL, "verified": ADA},
        Form("create", {"email": "mallory@contoso.example"}), {"email": "email.unverified"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("facts", "given", "errors"), PAGES.values(), ids=PAGES.keys())
def test_the_details_are_asked_for(
    facts: dict[str, Any], given: Given, errors: dict[str, str]
) -> None:
    asked = answer("federated_details", {**ASKED, **facts}, given)
    assert isinstance(asked, Ask)
    assert (asked.page, asked.errors) == ("socialccountsignup", errors)


def test_the_providers_values_stand_on_the_page() -> None:
    hostile = {**IDENTITY, "attributes": {"displayName": "x" * 10_000, "country": "Atlantis"}}
    country = {**NAME, "id": "country", "field": "country", "input": "dropdownSingleSelect"}
    asked = answer(
        "federated_details",
        {**ASKED, "questions": [NAME, country], "identity": hostile},
        Entered(),
    )
    assert isinstance(asked, Ask)
    assert [one["typed"] for one in asked.model["attributes"]] == ["x" * 1024, ""]
    assert (asked.model["email"], asked.model["email_given"]) == (ADA, True)


# --------------------------------------------------------------------------- whole journeys

DISPLAY_NAME = Assignment(
    "displayName", "Display Name", "string", "textBox", optional=False, verification=False
)
BOTH = replace(SUSI, providers=(GOOGLE, FABRIKAM), attributes=(DISPLAY_NAME,))
SOCIAL = replace(BOTH, local_account=False)
START = {"prompt": "", "login_hint": "", "return_to": RETURN_TO, "domain_hint": ""}


def walk(flow: Flow, *givens: Given, **facts: Any) -> Journey:
    """A journey through these; whatever is saved is read again on the way."""
    journey = Journey("id", "tenant", flow.id, {}, {**START, **facts})
    for given in (Entered(), *givens):
        journey = load(dump(advance(plan(flow), journey, given, FrozenWorld())))
    return journey


def provider(id: str, turn: int | None = None) -> Form:
    return Form("provider", {"provider": id}, turn)


def page(journey: Journey) -> str:
    assert isinstance(journey.shown, Ask), journey.shown
    return journey.shown.page


OUT = (provider(GOOGLE), Departing(THERE))


def arrived(flow: Flow, *before: Given, who: Federated = HER, **facts: Any) -> Journey:
    """Somebody is back, and has been judged."""
    journey = walk(flow, *before, **facts)
    journey = advance(plan(flow), journey, Returned({"code": "c"}), FrozenWorld())
    assert journey.pending == Arrive(GOOGLE, {"code": "c"})
    return advance(plan(flow), journey, who, FrozenWorld())


def test_somebody_new_comes_from_a_provider() -> None:
    journey = arrived(BOTH, *OUT)
    assert page(journey) == "socialccountsignup"
    journey = advance(plan(BOTH), journey, Form("create", {"displayName": "Ada"}), FrozenWorld())
    assert journey.pending == CreateFederated(
        "google.com", "ada-at-google", ADA, {"displayName": "Ada"}
    )
    for given in (UserCreated("ada"), UserRead({"oid": "ada"})):
        journey = advance(plan(BOTH), journey, given, FrozenWorld())
    assert isinstance(journey.shown, Finish)
    assert journey.facts["claims"] == {"oid": "ada", "idp": "google.com", "newUser": True}
    assert journey.facts["idp_access_token"] == "sealed"


@pytest.mark.parametrize("type", ["signUpOrSignIn", "signUp", "signIn", "profileUpdate"])
def test_somebody_known_is_asked_nothing(type: str) -> None:
    journey = arrived(replace(BOTH, type=type), *OUT, who=replace(HER, user="ada"))
    assert journey.pending == ReadUser("ada", AT)


@pytest.mark.parametrize(
    ("flow", "first"),
    [
        (BOTH, "signuporsignin"),
        (SOCIAL, "idpselections"),
        (replace(BOTH, type="signIn"), "signuporsignin"),
        (replace(SOCIAL, type="signIn"), "idpselections"),
        (replace(BOTH, type="signUp"), "idpselections"),
        (replace(SOCIAL, type="signUp"), "idpselections"),
        (replace(BOTH, type="profileUpdate"), "signuporsignin"),
        (replace(SOCIAL, type="profileUpdate"), "idpselections"),
        (replace(SUSI, type="signUp"), "localaccountsignup"),
        (
            replace(BOTH, settings={**SUSI.settings, "localAccount": "phone"}),
            "localaccountsignin",
        ),
    ],
    ids=[
        "both", "providers alone", "sign-in, both", "sign-in, providers alone", "sign-up, both",
        "sign-up, providers alone", "profile, both", "profile, providers alone",
        "sign-up, local alone", "phone numbers and providers",
    ],
)  # fmt: skip
def test_the_first_page_offers_the_ways(flow: Flow, first: str) -> None:
    assert page(walk(flow)) == first


@pytest.mark.parametrize("type", ["signUpOrSignIn", "signUp", "signIn", "profileUpdate"])
def test_the_only_provider_is_gone_to_at_once(type: str) -> None:
    flow = replace(SOCIAL, type=type, providers=(GOOGLE,))
    assert walk(flow).pending == Depart(GOOGLE, RETURN_TO)


def test_a_phone_number_is_not_needed_by_who_comes_from_a_provider() -> None:
    flow = replace(BOTH, settings={**SUSI.settings, "localAccount": "phone"})
    assert page(arrived(flow, *OUT)) == "socialccountsignup"


def test_who_sends_the_page_before_instead_never_went() -> None:
    """Back from the provider by the browser's button: the old page still works."""
    password = Form("signin", {"email": ADA, "password": "p"}, 0)
    journey = advance(plan(BOTH), walk(BOTH, *OUT), password, FrozenWorld())
    assert journey.pending == CheckPassword(ADA, "p")
    assert not {"choice", "provider"} & journey.facts.keys()
    other = advance(plan(BOTH), walk(BOTH, *OUT), provider(FABRIKAM, 0), FrozenWorld())
    assert other.pending == Depart(FABRIKAM, RETURN_TO)


def test_who_is_here_again_may_choose_another_way() -> None:
    away = walk(BOTH, *OUT, domain_hint="")
    assert page(advance(plan(BOTH), away, Form("back", {}, away.turn), FrozenWorld())) == (
        "signuporsignin"
    )
    hinted = walk(BOTH, Departing(THERE), domain_hint=GOOGLE)
    assert isinstance(hinted.shown, Leave)
    back = advance(plan(BOTH), hinted, Form("back", {}, hinted.turn), FrozenWorld())
    assert page(back) == "signuporsignin"


@pytest.mark.parametrize(
    "given",
    [Form("signin", {"email": ADA, "password": "p"}, 7), Returned({"code": "c"})],
    ids=["a page of another time", "back without having gone"],
)
def test_what_fits_nothing_changes_nothing(given: Form | Returned) -> None:
    here = walk(BOTH)
    assert advance(plan(BOTH), here, given, FrozenWorld()) is here


def test_a_code_proves_the_address_that_the_provider_does_not_tell() -> None:
    email = Assignment("email", "Email", "string", "emailBox", optional=False, verification=True)
    flow = replace(BOTH, attributes=(email,))
    journey = arrived(flow, *OUT, who=replace(HER, email=""))
    steps: list[Given] = [
        Form("send_code", {"email": ADA}),
        CodeSent(),
        Form("verify_code", {"email": ADA, "code": "123456"}),
        CodeRight(ADA),
        Form("create", {"email": ADA}),
    ]
    for given in steps:
        journey = advance(plan(flow), journey, given, FrozenWorld())
    assert journey.pending == CreateFederated("google.com", "ada-at-google", ADA, {})


# --------------------------------------------------------------------------- what cannot run


@pytest.mark.parametrize(
    ("flow", "thing", "told"),
    [
        (replace(SUSI, providers=(GOOGLE, X)), None, f"account is with {X}"),
        (
            replace(SUSI, providers=(X,), local_account=False),
            f"the identity provider {X}",
            f"the identity provider {X}",
        ),
        (replace(SUSI, providers=(GOOGLE, X), local_account=False), None, X),
        (
            replace(SUSI, type="passwordReset", providers=(GOOGLE,), local_account=False),
            f"the identity provider {GOOGLE}",
            GOOGLE,
        ),
    ],
    ids=["beside others", "the only one", "beside a provider", "a reset without local accounts"],
)
def test_a_provider_beyond_this_version_is_named(flow: Flow, thing: str | None, told: str) -> None:
    assert cannot_run(flow) == thing
    assert told in (advice(flow) or "")


def test_a_journey_that_meets_one_stops_with_its_name() -> None:
    journey = walk(replace(SUSI, providers=(X,)), provider(X))
    assert isinstance(journey.shown, Stop)
    assert journey.shown.arguments == {"thing": "the identity provider X"}


@pytest.mark.parametrize(
    ("id", "exchange"),
    [
        (GOOGLE, "GoogleExchange"),
        ("MSA-OIDC", "MicrosoftAccountExchange"),
        (FABRIKAM, "FabrikamExchange"),
        ("3f1c7e0a-5b1d-4c39-9a57-0c0a7d5e0001", "3f1c7e0a-5b1d-4c39-9a57-0c0a7d5e0001Exchange"),
    ],
    ids=["a built-in one", "Microsoft", "OpenID Connect", "of the newer type"],
)
def test_buttons_are_called_as_in_b2c(id: str, exchange: str) -> None:
    assert exchange_of(id) == exchange


@pytest.mark.parametrize("action", ["signup", "forgot"])
@pytest.mark.parametrize("type", ["signUpOrSignIn", "signIn"])
def test_nobody_goes_on_with_an_account_here_once_the_flow_offers_none(
    action: str, type: str
) -> None:
    settings = {**SUSI.settings, "selfServicePasswordReset": True}
    flow = replace(SUSI, type=type, settings=settings, providers=("OIDC-V1-a", "OIDC-V1-b"))
    first = advance(plan(flow), Journey("id", "t", flow.id, {}), Entered(), FrozenWorld())
    asked = advance(plan(flow), first, Form(action), FrozenWorld())
    without = plan(replace(flow, local_account=False))
    again = advance(without, asked, Form("create", {"email": ADA}), FrozenWorld())
    assert isinstance(again.shown, Ask)
    assert again.shown.page == "idpselections"
    assert "choice" not in again.facts
