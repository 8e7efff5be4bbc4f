"""What holds whatever anybody sends in whatever order, turn after turn.

The world's side is a model: which addresses were proven, which passwords were right, which
proofs exist, and for whom. Source: security.md T20.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from stage import ADA, PASSWORD, SUSI, FrozenWorld
from vestibule.journey.effects import (
    CheckCode,
    CheckPassword,
    CodeRight,
    CodeSent,
    CodeWrong,
    CreateUser,
    Effect,
    HashPassword,
    PasswordExpired,
    PasswordHashed,
    PasswordRight,
    PasswordSet,
    PasswordWrong,
    ProofSpent,
    ReadUser,
    Result,
    SendCode,
    SetPassword,
    UpdateUser,
    UserCreated,
    UserExists,
    UserGone,
    UserRead,
    UserUpdated,
)
from vestibule.journey.engine import advance
from vestibule.journey.plan import plan
from vestibule.journey.state import Entered, Finish, Form, Journey, dump, load
from vestibule.journey.typed import same_address
from vestibule.tenancy import Flow

WORLD = FrozenWorld()
BOB = "bob@contoso.example"
ADDRESSES = (ADA, ADA.lower(), BOB)
NUMBERS = ("0664 1234567", "+43 664 7654321")
CODE = "123456"
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "email": st.sampled_from(ADDRESSES),
        "code": st.sampled_from((CODE, "000000", "")),
        "newPassword": st.sampled_from((PASSWORD, "weak")),
        "reenterPassword": st.just(PASSWORD),
        "signInName": st.sampled_from(ADDRESSES),
        "password": st.just(PASSWORD),
        "countryCode": st.just("AT"),
        "number": st.sampled_from(NUMBERS),
        "verificationCode": st.sampled_from((CODE, "000000")),
    },
)
ACTIONS = (
    "signin", "signup", "send_code", "verify_code", "change_email", "create", "forgot", "continue",
    "change_number", "jump",
)  # fmt: skip
BOTH = {"newPassword": PASSWORD, "reenterPassword": PASSWORD}


def _proving(address: str) -> list[Form]:
    return [
        Form("send_code", {"email": address}),
        Form("verify_code", {"email": address, "code": CODE}),
    ]


def _texting(number: str) -> list[Form]:
    return [
        Form("send_code", {"countryCode": "AT", "number": number}),
        Form("continue", {"verificationCode": CODE}),
    ]


WAYS: tuple[list[Form], ...] = (
    _proving(ADA),
    _proving(BOB),
    [Form("signup")],
    [Form("forgot")],
    [Form("change_email")],
    [Form("continue")],
    [Form("continue", BOTH)],
    [Form("create", {"email": ADA, **BOTH})],
    [Form("signin", {"signInName": ADA, "password": PASSWORD})],
    [*_proving(ADA), Form("continue"), Form("continue", BOTH)],
    *map(_texting, NUMBERS),
    [Form("create")],
)
"""What people usually do next."""
FORMS = st.builds(Form, st.sampled_from(ACTIONS), FIELDS, st.none() | st.integers(0, 9))
MOVES = st.lists(
    st.sampled_from(WAYS) | st.lists(FORMS, min_size=1, max_size=2), min_size=1, max_size=8
).map(lambda moves: [form for move in moves for form in move])

_ALL = {**SUSI.settings, "selfServicePasswordReset": True, "forcedPasswordReset": True}
_BY_NUMBER = {**SUSI.settings, "localAccount": "phone"}
FLOWS = {
    "sign-up or sign-in": replace(SUSI, settings=_ALL),
    "sign-in": replace(SUSI, type="signIn", settings=_ALL),
    "sign-up": replace(SUSI, type="signUp"),
    "reset": replace(SUSI, type="passwordReset"),
    "profile": replace(SUSI, type="profileUpdate"),
    "number, sign-up or sign-in": replace(SUSI, settings=_BY_NUMBER),
    "number, sign-up": replace(SUSI, type="signUp", settings=_BY_NUMBER),
    "number, profile": replace(SUSI, type="profileUpdate", settings=_BY_NUMBER),
}


@dataclass(slots=True)
class Model:
    """Everything that was proven in this journey, and what an effect then may do."""

    chance: st.DataObject
    mailed: set[str] = field(default_factory=set)  # addresses, numbers whose owner typed the code
    proofs: dict[str, str] = field(default_factory=dict)  # unspent proof → user
    made: int = 0
    allowed: set[str] = field(default_factory=set)  # users whose tokens may be issued

    def answer(self, effect: Effect) -> Result:
        match effect:
            case SendCode():
                return CodeSent()
            case CheckCode():
                return self._read_mail(effect)
            case CheckPassword(sign_in_name=name):
                return self._signing_in(_user(name))
            case HashPassword():
                return PasswordHashed("phc")
            case SetPassword(user=user, proof=proof):
                assert self.proofs.pop(proof, None) == user
                return self._let_in(user, PasswordSet(), ProofSpent())
            case CreateUser(phone_number=number) if number:
                assert number in self.mailed
                return self._let_in(_user(number), UserCreated(_user(number)), UserExists())
            case CreateUser(email=email):
                assert email.casefold() in self.mailed
                assert any(same_address(email, typed) for typed in ADDRESSES)
                return self._let_in(_user(email), UserCreated(_user(email)), UserExists())
        assert isinstance(effect, ReadUser | UpdateUser)  # the rest is of the tenant's authority
        assert effect.user in self.allowed
        if isinstance(effect, UpdateUser):
            return self._either(UserUpdated(), UserGone("revoked"))
        return self._either(UserRead({"oid": effect.user}), UserGone("deleted"))

    def _read_mail(self, effect: CheckCode) -> Result:
        if effect.code != CODE:
            return CodeWrong("wrong")
        self.mailed.add(effect.address.casefold())
        if effect.purpose == "signUp":
            return CodeRight(effect.address)
        user = _user(effect.address)
        if effect.purpose == "phoneNumber":
            known = CodeRight(effect.address, user)
            return self._let_in(
                user, known, self._either(CodeRight(effect.address), UserGone("disabled"))
            )
        right = CodeRight(effect.address, user, self._prove(user))
        return self._either(right, UserGone("deleted"))

    def _signing_in(self, user: str) -> Result:
        verdict = self.chance.draw(st.sampled_from(("right", "expired", "wrong")))
        if verdict == "right":
            self.allowed.add(user)
            return PasswordRight(user)
        proof = self._prove(user) if verdict == "expired" else ""
        return PasswordExpired(user, proof) if proof else PasswordWrong("wrong")

    def _prove(self, user: str) -> str:
        self.made += 1
        proof = f"proof {self.made}"
        self.proofs[proof] = user
        return proof

    def _let_in(self, user: str, well: Result, ill: Result) -> Result:
        result = self._either(well, ill)
        if result is well:
            self.allowed.add(user)
        return result

    def _either(self, well: Result, ill: Result) -> Result:
        return ill if self.chance.draw(st.integers(0, 4)) == 0 else well


def _user(address: str) -> str:
    return f"user of {address.casefold()}"


def walked(flow: Flow, forms: list[Form], model: Model) -> Iterator[Journey]:
    """Every rest of a journey that is saved and loaded between any two requests."""
    rows = plan(flow)
    journey = advance(rows, Journey("id", "tenant", flow.id, {}), Entered(), WORLD)
    for form in forms:
        journey = advance(rows, journey, form, WORLD)
        while (effect := journey.pending) is not None:
            journey = advance(rows, journey, model.answer(effect), WORLD)
        journey = load(dump(journey))
        yield journey


@pytest.mark.parametrize("name", FLOWS)
@settings(max_examples=50, deadline=None)
@drawn(MOVES, st.data())
def test_nothing_happens_without_its_proof(
    name: str, forms: list[Form], data: st.DataObject
) -> None:
    """A password is set only with a proof for that user; an account has a verified address; a
    profile and tokens belong to somebody who was let in; nothing saved is a secret."""
    model = Model(data)
    for journey in walked(FLOWS[name], forms, model):
        assert PASSWORD not in str(dump(journey))
        if isinstance(journey.shown, Finish):
            assert journey.facts["user"] in model.allowed
            assert journey.facts["claims"]["oid"] == journey.facts["user"]
            assert not {"password_proof", "registration"} & journey.facts.keys()
