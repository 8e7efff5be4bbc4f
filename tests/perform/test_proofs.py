"""No password without a proof: of this user, in this journey, through this flow, in time, once.

Source: security.md 3 and T20 (CVE-2026-18963).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from stage import ADA, PASSWORD, SUSI, Stage, contoso
from vestibule.journey.effects import (
    CheckCode,
    CheckPassword,
    CodeRight,
    CreateUser,
    HashPassword,
    PasswordExpired,
    PasswordHashed,
    PasswordRefused,
    PasswordRight,
    PasswordSet,
    PasswordWrong,
    ProofSpent,
    ReadUser,
    SendCode,
    SetPassword,
    UpdateUser,
    UserCreated,
    UserGone,
    UserRead,
    UserUpdated,
)
from vestibule.perform.performer import Performer
from vestibule.perform.tools import Occasion
from vestibule.ports import Delete, Update

pytestmark = pytest.mark.anyio

RESET = replace(SUSI, id="B2C_1_reset", type="passwordReset")
NEW = "Battery-Staple-2"
MALLORY = "Mallory@contoso.example"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with contoso(tmp_path) as stage:
        yield stage


async def account(stage: Stage, address: str = ADA) -> str:
    hashed = await stage.perform(HashPassword(PASSWORD))
    assert isinstance(hashed, PasswordHashed)
    created = await stage.perform(CreateUser(address, hashed.hash, {"displayName": "Ada"}))
    assert isinstance(created, UserCreated)
    return created.user


def occasion(stage: Stage, *, journey: str = "ours", flow: str = RESET.id) -> Occasion:
    return replace(stage.occasion(journey=journey), flow=replace(RESET, id=flow))


async def proof(stage: Stage, address: str = ADA) -> str:
    """What the right code leaves behind."""
    perform = Performer(stage.tools).perform
    await perform(SendCode(address, "passwordReset"), occasion(stage))
    check = CheckCode(address, "passwordReset", await stage.code())
    right = await perform(check, occasion(stage))
    assert isinstance(right, CodeRight)
    return right.proof


async def signs_in(stage: Stage, password: str) -> bool:
    result = await stage.perform(CheckPassword(ADA, password))
    assert isinstance(result, PasswordRight | PasswordWrong)
    return isinstance(result, PasswordRight)


async def test_the_proof_of_a_code_sets_one_password(stage: Stage) -> None:
    ada = await account(stage)
    effect = SetPassword(ada, await hashed(stage), await proof(stage))
    perform = Performer(stage.tools).perform
    at = occasion(stage)
    assert await perform(effect, at) == PasswordSet()
    assert await perform(effect, at) == PasswordSet()  # taken up again after a crash
    assert await perform(effect, occasion(stage)) == ProofSpent()
    assert [await signs_in(stage, PASSWORD), await signs_in(stage, NEW)] == [False, True]


async def hashed(stage: Stage) -> str:
    result = await stage.perform(HashPassword(NEW))
    assert isinstance(result, PasswordHashed)
    return result.hash


async def test_a_proof_is_good_for_nothing_else(stage: Stage) -> None:
    ada = await account(stage)
    await account(stage, MALLORY)
    new, hers, mallorys = await hashed(stage), await proof(stage), await proof(stage, MALLORY)
    perform = Performer(stage.tools).perform

    async def tried(effect: SetPassword, **at: str) -> bool:
        return await perform(effect, occasion(stage, **at)) == ProofSpent()

    right = SetPassword(ada, new, hers)
    assert await tried(replace(right, proof=mallorys)), "of another user"
    assert await tried(replace(right, proof="")), "made up"
    assert await tried(right, journey="another"), "in another journey"
    assert await tried(right, flow="B2C_1_susi"), "through another flow"
    stage.world.move(minutes=15)
    assert await tried(right), "too late"
    assert await signs_in(stage, PASSWORD)


async def test_of_many_at_once_one_sets_the_password(stage: Stage) -> None:
    effect = SetPassword(await account(stage), await hashed(stage), await proof(stage))
    perform = Performer(stage.tools).perform
    results = await asyncio.gather(*(perform(effect, occasion(stage)) for _ in range(16)))
    assert (results.count(PasswordSet()), results.count(ProofSpent())) == (1, 15)


async def test_a_new_password_makes_every_other_proof_worthless(stage: Stage) -> None:
    ada = await account(stage)
    first, second = await proof(stage), await proof(stage)
    new, perform = await hashed(stage), Performer(stage.tools).perform
    assert await perform(SetPassword(ada, new, second), occasion(stage)) == PasswordSet()
    assert await perform(SetPassword(ada, new, first), occasion(stage)) == ProofSpent()


@pytest.mark.parametrize(("change", "why"), [("disable", "disabled"), ("delete", "deleted")])
async def test_neither_a_proof_nor_a_code_serves_somebody_who_may_not_act(
    stage: Stage, change: str, why: str
) -> None:
    ada = await account(stage)
    perform = Performer(stage.tools).perform
    effect = SetPassword(ada, "phc", await proof(stage))
    await perform(SendCode(ADA, "passwordReset"), occasion(stage))
    check = CheckCode(ADA, "passwordReset", await stage.code())
    await changed(stage, ada, change)
    assert await perform(effect, occasion(stage)) == UserGone(why)
    assert await perform(check, occasion(stage)) == UserGone(why)


async def changed(stage: Stage, user: str, change: str) -> None:
    tenant = stage.tenant.id
    if change == "delete":
        for one in await stage.rows("user_identity"):
            await stage.store.entities.apply(
                [Delete("user_identity", tenant, one["id"], one["parent"])]
            )
        await stage.store.entities.apply([Delete("user", tenant, user)])
        return
    values = {"account_enabled": False} if change == "disable" else {"force_change_password": True}
    await stage.store.entities.apply([Update("user", tenant, user, values)])


async def test_the_old_password_is_a_proof_where_it_has_to_be_changed(stage: Stage) -> None:
    ada = await account(stage)
    await changed(stage, ada, "force")
    perform = Performer(stage.tools).perform
    expired = await perform(CheckPassword(ADA, PASSWORD), occasion(stage))
    assert isinstance(expired, PasswordExpired)
    assert await stage.perform(HashPassword(PASSWORD, ada)) == PasswordRefused("old")
    effect = SetPassword(ada, await hashed(stage), expired.proof)
    assert await perform(effect, occasion(stage)) == PasswordSet()
    assert await signs_in(stage, NEW)


async def test_answers_replace_those_that_were_there_and_nothing_else(stage: Stage) -> None:
    ada = await account(stage)
    size, color = (f"extension_{'0' * 32}_{name}" for name in ("Size", "Color"))
    first = {"city": "London", size: 36, color: "red"}
    assert await stage.perform(UpdateUser(ada, first)) == UserUpdated()
    second = {"city": None, size: None, "displayName": None}
    assert await stage.perform(UpdateUser(ada, second)) == UserUpdated()
    read = await stage.perform(ReadUser(ada))
    assert isinstance(read, UserRead)
    assert read.claims == {
        "oid": ada, "name": "Ada", "emails": [ADA], "extension_Color": "red"
    }  # fmt: skip


async def test_answers_given_at_once_all_arrive(stage: Stage) -> None:
    ada = await account(stage)
    names = [f"extension_{'0' * 32}_N{n}" for n in range(5)]
    await asyncio.gather(*(stage.perform(UpdateUser(ada, {name: "x"})) for name in names))
    [user] = await stage.rows("user")
    assert set(user["attributes"]) == set(names)


async def test_a_session_that_has_ended_saves_nothing(stage: Stage) -> None:
    ada = await account(stage)
    began = int(stage.world.now().timestamp())
    stage.world.move(seconds=5)
    effect = SetPassword(ada, await hashed(stage), await proof(stage))
    assert await Performer(stage.tools).perform(effect, occasion(stage)) == PasswordSet()
    result = await stage.perform(UpdateUser(ada, {"city": "London"}, began))
    assert result == UserGone("revoked")
    [user] = await stage.rows("user")
    assert user["city"] is None
