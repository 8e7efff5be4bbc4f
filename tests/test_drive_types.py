"""What the settings of a flow do to a run of it: whole journeys over a real store.

Source: runtime.md 5.2 to 5.8; own-api.md.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from stage import ADA, PASSWORD, SUSI, Stage, contoso
from vestibule.drive import Driver
from vestibule.journey.effects import CreateUser, HashPassword, PasswordHashed, UserCreated
from vestibule.journey.state import Ask, Finish, Form, Journey, Stop
from vestibule.perform.performer import Performer
from vestibule.ports import Update
from vestibule.tenancy import Assignment, Flow, Tenant
from vestibule.texts import say

pytestmark = pytest.mark.anyio

NEW = "Battery-Staple-2"
MALLORY = "Mallory@contoso.example"
CITY = Assignment("city", "City", "string", "textBox", optional=True, verification=False)


def flow(type: str = "signUpOrSignIn", version: float = 3.0, **settings: Any) -> Flow:
    return replace(
        SUSI,
        id=f"B2C_1_{type}",
        type=type,
        version=version,
        attributes=(CITY,),
        settings={**SUSI.settings, **settings},
    )


@dataclass(slots=True)
class Walk:
    """Somebody's way through flows of the tenant."""

    stage: Stage
    driver: Driver
    tenant: Tenant
    id: str = ""

    async def begin(self, flow: Flow, **facts: object) -> Journey:
        self.tenant = replace(self.stage.tenant, flows={flow.id: flow, flow.id.casefold(): flow})
        journey = await self.driver.begin(
            self.tenant,
            flow,
            browser="browser",
            request={},
            facts=facts,
            language="en",
            now=self.stage.world.now(),
        )
        self.id = journey.id
        return journey

    async def give(self, action: str, **fields: str) -> Journey:
        now = self.stage.world.now()
        form = Form(action, fields)
        return await self.driver.give(self.tenant, self.id, form, browser="browser", now=now)

    async def prove(self, address: str = ADA) -> Journey:
        """Send a code, type it, continue."""
        await self.give("send_code", email=address)
        await self.give("verify_code", email=address, code=await self.stage.code())
        return await self.give("continue", email=address)

    async def choose(self, password: str = NEW) -> Journey:
        return await self.give("continue", newPassword=password, reenterPassword=password)

    async def sign_in(self, password: str, address: str = ADA, **more: str) -> Journey:
        return await self.give("signin", signInName=address, password=password, **more)

    async def account(self, address: str = ADA, **columns: object) -> str:
        hashed = await self.stage.perform(HashPassword(PASSWORD))
        assert isinstance(hashed, PasswordHashed)
        made = await self.stage.perform(CreateUser(address, hashed.hash, {"displayName": "Ada"}))
        assert isinstance(made, UserCreated)
        if columns:
            change = Update("user", self.stage.tenant.id, made.user, columns)
            await self.stage.store.entities.apply([change])
        return made.user


@pytest.fixture
async def walk(tmp_path: Path) -> AsyncIterator[Walk]:
    async with contoso(tmp_path) as stage:
        performer = Performer(stage.tools)
        yield Walk(stage, Driver(stage.store.tickets, performer, stage.world), stage.tenant)


def page(journey: Journey) -> Ask:
    assert isinstance(journey.shown, Ask), journey.shown
    return journey.shown


def finished(journey: Journey) -> dict[str, Any]:
    assert isinstance(journey.shown, Finish), journey.shown
    return dict(journey.facts)


def stopped(journey: Journey) -> str:
    assert isinstance(journey.shown, Stop)
    assert journey.shown.to_app
    return journey.shown.code


FIRST_PAGES = {
    "signUpOrSignIn": "signuporsignin",
    "signUp": "localaccountsignup",
    "signIn": "signuporsignin",
    "passwordReset": "localaccountpasswordreset",
    "profileUpdate": "signuporsignin",
}


async def test_every_version_that_exists_runs_and_says_no_where_no_page_may_be_shown(
    walk: Walk,
) -> None:
    """Also those that cannot be created any more but may be stored (UF-31)."""
    for type, first in FIRST_PAGES.items():
        for version in (1.0, 2.0, 3.0, *((1.1,) if type == "passwordReset" else ())):
            shown = page(await walk.begin(flow(type, version), login_hint=ADA))
            assert shown.page == first, (type, version)
            assert shown.model.get("email", shown.model.get("sign_in_name")) == ADA
            assert stopped(await walk.begin(flow(type, version), prompt="none")) == "90077"


@pytest.mark.parametrize("type", ["signUpOrSignIn", "signIn"])
async def test_a_forgotten_password_is_set_in_the_same_run(walk: Walk, type: str) -> None:
    ada = await walk.account()
    await walk.begin(flow(type, selfServicePasswordReset=True))
    assert page(await walk.give("forgot")).page == "localaccountpasswordreset"
    assert page(await walk.prove()).model["choosing"]
    facts = finished(await walk.choose())
    assert (facts["user"], facts["is_forgot_password"]) == (ada, True)
    assert not facts.get("session_reused")
    assert not {"password_proof", "proven", "verified"} & facts.keys()
    await walk.begin(flow(type))
    assert page(await walk.sign_in(PASSWORD)).errors == {"password": "password.wrong"}
    assert "is_forgot_password" not in finished(await walk.sign_in(NEW))


@pytest.mark.parametrize("asked", [flow(), flow("profileUpdate")], ids=["off", "profile"])
async def test_otherwise_the_application_is_told_of_the_forgotten_password(
    walk: Walk, asked: Flow
) -> None:
    await walk.begin(asked)
    assert stopped(await walk.give("forgot")) == "90118"


async def test_a_password_that_has_to_be_changed_is_changed_before_anything_else(
    walk: Walk,
) -> None:
    ada = await walk.account(force_change_password=True)
    await walk.begin(flow())
    refused = page(await walk.sign_in(PASSWORD))
    assert refused.errors == {"password": "password.expired"}
    assert say("password.expired") == "Your password has expired."

    forced = flow(forcedPasswordReset=True, keepMeSignedInDays=30)
    await walk.begin(forced)
    assert page(await walk.sign_in("Wrong-1")).errors == {"password": "password.wrong"}
    changing = await walk.sign_in(PASSWORD, rememberMe="true")
    assert page(changing).page == "localaccountpasswordchange"
    assert "user" not in changing.facts
    assert page(await walk.choose(PASSWORD)).errors == {"newPassword": "password.old"}
    assert page(await walk.choose("weak")).errors == {"newPassword": "password.rules"}
    facts = finished(await walk.choose())
    assert (facts["user"], facts["keep_signed_in"]) == (ada, True)
    assert "is_forgot_password" not in facts
    await walk.begin(forced)
    finished(await walk.sign_in(NEW))  # once is enough


async def test_a_change_that_takes_too_long_begins_again(walk: Walk) -> None:
    await walk.account(force_change_password=True)
    await walk.begin(flow(forcedPasswordReset=True))
    await walk.sign_in(PASSWORD)
    walk.stage.world.move(minutes=16)
    again = page(await walk.choose())
    assert (again.page, again.errors) == ("signuporsignin", {"": "proof.spent"})
    assert page(await walk.sign_in("Wrong-1")).errors == {"password": "password.wrong"}
    assert page(await walk.sign_in(PASSWORD)).page == "localaccountpasswordchange"

    await walk.begin(flow("passwordReset"))
    await walk.prove()
    walk.stage.world.move(minutes=16)
    again = page(await walk.choose())
    assert (again.page, again.errors) == ("localaccountpasswordreset", {"": "proof.spent"})
    assert (again.model["choosing"], again.model["verified"]) == (False, False)
    await walk.prove()
    finished(await walk.choose())


async def test_a_code_for_one_address_resets_no_other_account(walk: Walk) -> None:
    ada, mallory = await walk.account(), await walk.account(MALLORY)
    reset = flow("passwordReset")
    await walk.begin(reset)
    await walk.give("send_code", email=MALLORY)
    await walk.give("verify_code", email=MALLORY, code=await walk.stage.code())
    assert page(await walk.give("continue", email=ADA)).errors == {"email": "email.unverified"}
    await walk.give("change_email")
    await walk.give("send_code", email=ADA)
    for fields in ({"email": ADA}, {"email": MALLORY}, {}):
        assert page(await walk.give("continue", **fields)).errors == {"email": "email.unverified"}
    assert page(await walk.choose()).errors == {"email": "email.unverified"}
    await walk.prove(MALLORY)
    facts = finished(await walk.choose())
    assert facts["user"] == mallory != ada
    await walk.begin(flow())
    finished(await walk.sign_in(PASSWORD))


async def test_where_accounts_are_hidden_a_reset_tells_only_who_reads_the_mail(
    walk: Walk,
) -> None:
    walk.stage.hiding()
    walk.driver = Driver(walk.stage.store.tickets, Performer(walk.stage.tools), walk.stage.world)
    await walk.begin(flow("passwordReset"))
    unknown = page(await walk.give("send_code", email=ADA))
    [mail] = await walk.stage.rows("message")
    assert "There is no account for it" in mail["body"]
    assert not mail["code"]
    wrong = page(await walk.give("verify_code", email=ADA, code="271828"))
    assert wrong.errors == {"verificationCode": "code.wrong"}
    await walk.account()
    await walk.begin(flow("passwordReset"))
    assert page(await walk.give("send_code", email=ADA)) == unknown
    assert page(await walk.prove()).model["choosing"]


@pytest.mark.parametrize(
    ("asked", "ticked", "kept"),
    [
        (flow(keepMeSignedInDays=30), "true", True),
        (flow("signIn", keepMeSignedInDays=30), "on", True),
        (flow(keepMeSignedInDays=30), "", False),
        (flow(), "true", False),
    ],
    ids=["ticked", "sign in", "not ticked", "off"],
)
async def test_somebody_who_ticks_the_box_stays_signed_in(
    walk: Walk, asked: Flow, *, ticked: str, kept: bool
) -> None:
    await walk.account()
    shown = page(await walk.begin(asked))
    assert shown.model["show_remember"] is (asked.settings["keepMeSignedInDays"] is not None)
    again = page(await walk.sign_in("Wrong-1", rememberMe=ticked))
    assert again.model["remember"] is kept
    facts = finished(await walk.sign_in(PASSWORD, rememberMe=ticked))
    assert facts.get("keep_signed_in", False) is kept


async def test_an_address_need_not_be_verified_where_the_flow_says_so(walk: Walk) -> None:
    shown = page(await walk.begin(flow("signUp", emailVerification=False)))
    assert not shown.model["verify_email"]
    account = {"email": ADA, "newPassword": PASSWORD, "reenterPassword": PASSWORD}
    assert finished(await walk.give("create", **account))["claims"]["emails"] == [ADA]
    assert await walk.stage.rows("message") == []


async def test_whom_the_directory_refuses_too_often_returns_to_the_application(
    walk: Walk,
) -> None:
    await walk.account()
    await walk.begin(flow("signUp", emailVerification=False))
    account = {"email": ADA, "newPassword": PASSWORD, "reenterPassword": PASSWORD}
    for _ in range(3):
        assert page(await walk.give("create", **account)).errors == {"email": "account.exists"}
        weak = await walk.give("create", **{**account, "newPassword": "weak"})
        assert page(weak).errors["newPassword"] == "password.rules"  # that is no refusal
    assert stopped(await walk.give("create", **account)) == "90157"

    await walk.begin(flow("passwordReset"))
    for _ in range(3):
        assert page(await walk.prove(MALLORY)).page == "localaccountpasswordreset"
    await walk.give("send_code", email=MALLORY)
    last = await walk.give("verify_code", email=MALLORY, code=await walk.stage.code())
    assert stopped(last) == "90157"


async def test_a_profile_that_waits_while_the_password_is_reset_saves_nothing(
    walk: Walk,
) -> None:
    ada = await walk.account()
    session = {"user": ada, "auth_time": int(walk.stage.world.now().timestamp())}
    await walk.begin(flow("profileUpdate"), session=session)
    waiting = walk.id
    walk.stage.world.move(seconds=5)
    await walk.begin(flow("passwordReset"))
    await walk.prove()
    finished(await walk.choose())
    walk.id = waiting
    walk.tenant = replace(walk.tenant, flows={"B2C_1_profileUpdate": flow("profileUpdate")})
    assert page(await walk.give("continue", city="London")).page == "signuporsignin"
    [user] = await walk.stage.rows("user")
    assert user["city"] is None
