"""A trail tells names and codes alone, in order, and stays within its bounds."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import msgspec
import pytest

import vestibule.journey
from stage import ADA, PASSWORD, SUSI, FrozenWorld
from vestibule.journey.effects import (
    AccountFound,
    AccountUnknown,
    Blocked,
    CodeNotSent,
    CodeRight,
    CodeSent,
    CodeWrong,
    ConnectorFailed,
    Continued,
    Departing,
    Effect,
    Federated,
    GuestAdmitted,
    IdentityTaken,
    Invalidated,
    PasswordExpired,
    PasswordHashed,
    PasswordRefused,
    PasswordRight,
    PasswordSet,
    PasswordWrong,
    ProofSpent,
    ProviderFailed,
    Result,
    SignUpClosed,
    UserCreated,
    UserExists,
    UserGone,
    UserRead,
    UserUpdated,
)
from vestibule.journey.engine import advance, ended
from vestibule.journey.plan import plan
from vestibule.journey.state import Entered, Form, Given, Journey, Leave, Returned, dump, load
from vestibule.journey.trail import (
    ACTIONS,
    FIELDS,
    MOST_BYTES,
    MOST_ENTRIES,
    PARAMETERS,
    Entry,
    Trail,
    bounded,
)
from vestibule.tenancy import Assignment, Flow
from vestibule.web.views import KINDS

WORLD = FrozenWorld()
PLAN = plan(SUSI)
POINTS = ("postFederationSignup", "postAttributeCollection", "preTokenIssuance")
CANARY = "Hunter2Canary"
ADDRESS = f"{CANARY}@contoso.example"


def travelled(*inputs: Given, trail: tuple[Entry, ...] | None = ()) -> Journey:
    """Ada's journey through the combined flow."""
    journey = Journey("id", "tenant", SUSI.id, {}, trail=trail)
    for each in (Entered(), *inputs):
        journey = advance(PLAN, journey, each, WORLD)
    return journey


def told(journey: Journey) -> tuple[Entry, ...]:
    assert journey.trail is not None
    return journey.trail


NOT_SIGNED_IN = ["reuse_session", "stay_silent"]
ENTERED = {
    "at": 1772366400000,
    "turn": 0,
    "ordinal": 0,
    "step": "sign_in_or_up",
    "given": "Entered",
    "gives": "choice",
    "when": "nobody",
    "unmet": NOT_SIGNED_IN,
    "outcome": "Ask",
    "page": "signuporsignin",
    "added": ["sign_in_name", "remember", "proof_spent"],
}
TYPED = Form("signin", {"signInName": ADA, "password": PASSWORD})
STEP = {"at": 1772366400000, "turn": 1, "ordinal": 1, "step": "sign_in_or_up"}
CHECKED = {
    **STEP,
    "given": "Form",
    "action": "signin",
    "inputs": ["signInName", "password"],
    "outcome": "Do",
    "effect": "CheckPassword",
    "changed": ["sign_in_name"],
}


def test_a_wrong_password_is_told_step_by_step() -> None:
    assert told(travelled(TYPED, PasswordWrong("wrong"))) == (
        ENTERED,
        CHECKED,
        {
            **STEP,
            "given": "PasswordWrong",
            "why": "wrong",
            "outcome": "Ask",
            "page": "signuporsignin",
            "errors": {"password": "password.wrong"},
            "code": "90054",
        },
    )


def test_a_sign_in_ends_with_the_names_of_its_claims() -> None:
    journey = travelled(TYPED, PasswordRight("ada"), UserRead({"oid": "ada", "emails": [ADA]}))
    entries = told(journey)
    assert entries[:2] == (ENTERED, CHECKED)
    assert [(one["step"], one["given"], one["outcome"]) for one in entries[2:]] == [
        ("sign_in_or_up", "PasswordRight", "Next"),
        ("read_user", "Entered", "Do"),
        ("read_user", "UserRead", "Next"),
        ("finish", "Entered", "Finish"),
    ]
    assert entries[2]["added"] == ["choice", "user", "auth_time"]
    assert entries[-1]["claims"] == ["oid", "emails"]
    assert load(msgspec.json.decode(msgspec.json.encode(dump(journey)))) == journey


def test_a_page_says_which_rows_of_the_plan_came_before_it() -> None:
    entry = told(travelled(Form("signup")))[-1]
    assert (entry["step"], entry["gives"], entry["when"]) == ("sign_up", "registration", "chose")
    assert entry["done"] == ["sign_in_or_up"]
    assert entry["unmet"] == [*NOT_SIGNED_IN, "provider_gone", "prove_address", "set_password"]


def test_nothing_is_told_where_nobody_wants_to_know() -> None:
    assert travelled(TYPED, PasswordWrong("wrong"), trail=None).trail is None


def test_a_form_of_an_earlier_turn_leaves_no_trace() -> None:
    journey = travelled(TYPED, PasswordWrong("wrong"))
    assert advance(PLAN, journey, Form("signup", turn=0), WORLD) is journey


def test_a_journey_that_an_earlier_version_saved_has_no_trail() -> None:
    saved = dump(travelled())
    del saved["trail"], saved["correlation"]
    assert (load(saved).trail, load(saved).correlation) == (None, "")


def test_another_site_is_told_by_its_host_and_what_it_sent_by_name() -> None:
    journey = Journey("id", "tenant", "flow", {}, step="federate")
    trail = Trail((), WORLD)
    trail.add(journey, Entered(), Leave(f"https://accounts.example/auth?state={CANARY}"), {})
    sent = {"state": CANARY, "code": CANARY, CANARY: "x"}
    trail.add(journey, Returned(sent), Leave(f"https://{CANARY}@accounts.example/"), {})
    left, back = trail.whole()
    assert left["host"] == back["host"] == "accounts.example"
    assert (back["inputs"], back["others"]) == (["state", "code"], 1)
    assert CANARY not in str((left, back))


# --------------------------------------------------------------------------- bounds


def entries(number: int, size: int = 10) -> list[Entry]:
    return [{"turn": at, "pad": "x" * size} for at in range(number)]


@pytest.mark.parametrize(
    ("number", "size", "left"),
    [(100, 10, 100), (101, 10, 100), (500, 10, 100), (40, 1900, 18), (11, 1900, 11)],
    ids=["as many as fit", "one too many", "far too many", "large ones", "a few large ones"],
)
def test_the_middle_goes_and_that_is_said(number: int, size: int, left: int) -> None:
    whole = entries(number, size)
    kept = bounded(whole)
    assert len(kept) == left
    assert len(kept) <= MOST_ENTRIES
    assert len(msgspec.json.encode(kept)) <= MOST_BYTES
    assert kept[:10] == tuple(whole[:10])
    assert kept[-1] == whole[-1]
    if left < number:
        assert kept[10] == {"omitted": number - left + 1}
        assert kept[11:] == tuple(whole[-(left - 11) :])


def test_what_was_left_out_is_counted_on() -> None:
    trail: tuple[Entry, ...] = ()
    for one in entries(1000):
        trail = bounded((*trail, one))
    assert len(trail) == MOST_ENTRIES
    assert trail[10] == {"omitted": 1000 - (MOST_ENTRIES - 1)}
    assert [one["turn"] for one in trail[11:]] == list(range(911, 1000))


def test_an_endless_journey_stays_small() -> None:
    journey = travelled()
    for _ in range(60):
        for each in (TYPED, PasswordWrong("wrong")):
            journey = advance(PLAN, journey, each, WORLD)
    assert len(told(journey)) == MOST_ENTRIES
    assert len(msgspec.json.encode(told(journey))) <= MOST_BYTES


def test_one_step_with_a_great_many_names_stays_small() -> None:
    trail = Trail((), WORLD)
    facts = {f"{'extension_' * 12}{at}": at for at in range(500)}
    journey = Journey("id", "tenant", "flow", {}, {"questions": [{"field": n} for n in facts]})
    trail.add(journey, Form("create", dict.fromkeys(facts, "")), Leave("https://x", facts), {})
    [entry] = trail.whole()
    assert len(msgspec.json.encode(entry)) <= 4096
    assert entry["inputs"][-1] == entry["added"][-1] == "…"


# --------------------------------------------------------------------------- no values


def _words(path: Path) -> Iterator[tuple[str, str]]:
    """("action" or "field", name) for each that a module of the journey compares or reads."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.MatchClass(cls=ast.Name("Form"), kwd_attrs=names, kwd_patterns=patterns):
                for name, pattern in zip(names, patterns, strict=True):
                    if name == "action":
                        yield from (("action", word) for word in _texts(pattern))
            case ast.Subscript(value=ast.Name("fields"), slice=ast.Constant(str() as word)):
                yield "field", word
            case ast.Call(
                func=ast.Attribute(value=ast.Name("fields"), attr="get"),
                args=[ast.Constant(str() as word), *_],
            ):
                yield "field", word


def _texts(node: ast.AST) -> Iterator[str]:
    inner = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant))
    yield from (one for one in inner if isinstance(one, str))


def test_every_action_and_field_that_steps_know_is_told() -> None:
    """A field that a new step reads belongs in the list, or its traces do not name it."""
    folder = Path(vestibule.journey.__file__).parent
    found = {word for path in folder.rglob("*.py") for word in _words(path)}
    assert {word for kind, word in found if kind == "action"} <= ACTIONS
    assert {word for kind, word in found if kind == "field"} <= FIELDS
    assert {name for kind in KINDS.values() for name in kind.fields} <= FIELDS


RESULTS: dict[str, tuple[Callable[[], Result], ...]] = {
    "CheckPassword": (
        lambda: PasswordRight(CANARY),
        lambda: PasswordExpired(CANARY, CANARY),
        lambda: PasswordWrong("wrong"),
    ),
    "SendCode": (CodeSent, lambda: CodeNotSent("throttled")),
    "CheckCode": (
        lambda: CodeRight(ADDRESS, CANARY, CANARY),
        lambda: CodeRight(CANARY),
        lambda: CodeWrong("expired"),
    ),
    "HashPassword": (lambda: PasswordHashed(CANARY), lambda: PasswordRefused("common")),
    "SetPassword": (PasswordSet, ProofSpent),
    "CreateUser": (lambda: UserCreated(CANARY), UserExists),
    "UpdateUser": (UserUpdated, lambda: UserGone("deleted")),
    "FindAccount": (
        lambda: AccountFound("password", CANARY),
        lambda: AccountFound("mail", CANARY, masked=True),
        lambda: AccountUnknown(ours=False),
    ),
    "AdmitGuest": (lambda: GuestAdmitted(CANARY), lambda: UserGone("member")),
    "CreateGuest": (lambda: UserCreated(CANARY), SignUpClosed, lambda: GuestAdmitted(CANARY)),
    "ReadUser": (
        lambda: UserRead({"oid": CANARY, "name": CANARY, "emails": [CANARY], "city": CANARY}),
    ),
    "Depart": (
        lambda: Departing(f"https://accounts.example/{CANARY}?state={CANARY}"),
        lambda: ProviderFailed("90289", CANARY),
    ),
    "Arrive": (
        lambda: _somebody(""),
        lambda: _somebody(CANARY),
        lambda: ProviderFailed("90273", CANARY, denied=True),
    ),
    "CreateFederated": (lambda: UserCreated(CANARY), UserExists, lambda: IdentityTaken(CANARY)),
    "CallConnector": (
        lambda: Continued({"city": CANARY}),
        lambda: Blocked(CANARY),
        lambda: Invalidated(CANARY),
        lambda: ConnectorFailed("90075", "app.provider.failed", {"reason": CANARY}),
    ),
}


def _somebody(user: str) -> Federated:
    """Whose issuer, names and token are all to be kept out."""
    claims = {"displayName": CANARY, "city": CANARY}
    return Federated(CANARY, CANARY, CANARY, claims, ADDRESS, user, CANARY)


QUESTION = Assignment("city", CANARY, "string", "textBox", optional=False, verification=False)
_ALL = {**SUSI.settings, "selfServicePasswordReset": True, "forcedPasswordReset": True}
_NUMBER = {**SUSI.settings, "localAccount": "phone"}
_NAME = {**SUSI.settings, "localAccount": "userName"}
FLOWS: dict[str, Flow] = {
    "combined": replace(SUSI, settings=_ALL, attributes=(QUESTION,)),
    "user name": replace(SUSI, settings=_NAME, attributes=(QUESTION,)),
    "phone number": replace(SUSI, settings=_NUMBER, attributes=(QUESTION,)),
    "social": replace(SUSI, providers=("Google-OAUTH",), attributes=(QUESTION,)),
    "social, with connectors": replace(
        SUSI,
        providers=("Google-OAUTH", "Facebook-OAUTH"),
        connectors=dict.fromkeys(POINTS, "connector"),
        attributes=(QUESTION,),
    ),
    "reset": replace(SUSI, type="passwordReset"),
    "profile": replace(SUSI, type="profileUpdate", attributes=(QUESTION,)),
    "password grant": replace(SUSI, type="resourceOwner", version=1.0),
    "guests": replace(
        SUSI,
        kind="b2x",
        version=1.0,
        local_account=False,
        providers=("AADSignup-OAUTH", "EmailOtpSignup-OAUTH"),
        attributes=(QUESTION,),
    ),
}
PASSWORDS = {"newPassword": f"{CANARY}-1", "reenterPassword": f"{CANARY}-1"}
SENSIBLE = {
    **dict.fromkeys(sorted(FIELDS), CANARY),
    **PASSWORDS,
    **dict.fromkeys(("email", "signInName", "loginfmt", "username"), ADDRESS),
    **dict.fromkeys(("code", "verificationCode"), "271828"),
    "otc": "27182818",
    "city": CANARY,
    "provider": "GoogleExchange",
    "countryCode": "AT",
    "number": "0664 1234567",
}


def _forms(chance: random.Random) -> Form:
    """What people send, and what nobody would: a secret as the name of a button or a field."""
    usual = ("signin", "send_code", "verify_code", "continue", "create")
    action = chance.choice([*usual, *usual, *sorted(ACTIONS), CANARY])
    odd = {CANARY: CANARY, f"city.{CANARY}": CANARY, f"{CANARY}.city": CANARY}
    return Form(action, SENSIBLE | odd)


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_nothing_that_anybody_typed_is_ever_in_a_trail(flow: Flow) -> None:
    chance, rows, effects = random.Random(5), plan(flow), set()  # noqa: S311 - not a secret
    for _ in range(60):
        facts = {
            "login_hint": CANARY,
            "sign_up_offered": True,
            "missing_scopes": [],
            "return_to": "https://login.example/oauth2/authresp",
        }
        journey = Journey("id", "tenant", flow.id, {"state": CANARY}, facts, trail=())
        journey = advance(rows, journey, Entered(), WORLD)
        for _ in range(30):
            if isinstance(journey.shown, Leave) and journey.pending is None:
                given: Given = Returned({**dict.fromkeys(PARAMETERS, CANARY), CANARY: CANARY})
            elif journey.pending is None:
                given = _forms(chance)
            else:
                effects.add(type(journey.pending).__name__)
                usual, *others = RESULTS[type(journey.pending).__name__]
                given = chance.choice([usual, usual, *others])()
            journey = advance(rows, journey, given, WORLD)
            if ended(journey):
                break
        assert CANARY.casefold() not in str(journey.trail).casefold()
        assert "1234567" not in str(journey.trail)
        assert "271828" not in str(journey.trail)
    met = {"ReadUser"} | ({"Arrive"} if "Google-OAUTH" in flow.providers else set())
    met |= {"CallConnector"} if flow.connectors else set()
    assert met <= effects, "No journey came near its end."


def test_every_effect_has_results_here() -> None:
    """A new one belongs in the table, or nothing is known about its traces."""
    assert {kind.__name__ for kind in get_args(Effect)} == RESULTS.keys()
