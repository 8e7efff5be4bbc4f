"""Codes by text message on a real store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from stage import PASSWORD, Stage, contoso
from vestibule.journey.effects import (
    CheckCode,
    CheckPassword,
    CodeNotSent,
    CodeRight,
    CodeSent,
    CodeWrong,
    CreateUser,
    PasswordWrong,
    ReadUser,
    Result,
    SendCode,
    UserCreated,
    UserExists,
    UserGone,
    UserRead,
)
from vestibule.perform.sms import Sms, SmsNotSent
from vestibule.perform.tools import Limits
from vestibule.ports import Update

pytestmark = pytest.mark.anyio

NUMBER = "+436641234567"
SEND = SendCode(NUMBER, "phoneNumber")
CREATE = CreateUser("", "", {"displayName": "Ada"}, phone_number=NUMBER)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with contoso(tmp_path) as stage:
        yield stage


async def sent(stage: Stage) -> str:
    assert await stage.perform(SEND) == CodeSent()
    stage.world.move(seconds=1)
    return await stage.code()


async def checked(
    stage: Stage, code: str, number: str = NUMBER, purpose: str = "phoneNumber"
) -> Result:
    return await stage.perform(CheckCode(number, purpose, code))


async def created(stage: Stage) -> str:
    made = await stage.perform(CREATE)
    assert isinstance(made, UserCreated)
    return made.user


@pytest.mark.parametrize("hiding", [False, True], ids=["open", "hiding who has an account"])
async def test_message_is_the_same_to_everybody(stage: Stage, *, hiding: bool) -> None:
    """Whether there is an account, the page tells whoever types the code."""
    if hiding:
        stage.hiding()
    first = await sent(stage)
    assert await checked(stage, first) == CodeRight(NUMBER)
    user = await created(stage)
    second = await sent(stage)
    assert await checked(stage, second) == CodeRight(NUMBER, user)
    bodies = {row["body"].replace(row["code"], "…") for row in await stage.rows("message")}
    assert bodies == {"… is your verification code for Contoso. It is valid for 10 minutes."}
    rows = {(row["channel"], row["to"], row["subject"]) for row in await stage.rows("message")}
    assert rows == {("sms", NUMBER, None)}


@pytest.mark.parametrize(
    ("number", "purpose", "after_s", "result"),
    [
        (NUMBER, "phoneNumber", 598, CodeRight(NUMBER)),
        (NUMBER, "phoneNumber", 600, CodeWrong("expired")),
        ("+436641234568", "phoneNumber", 0, CodeWrong("wrong")),
        (NUMBER, "signUp", 0, CodeWrong("wrong")),
    ],
    ids=["in time", "too late", "another number", "another purpose"],
)
async def test_code_serves_one_number_for_ten_minutes(
    stage: Stage, number: str, purpose: str, after_s: int, result: Result
) -> None:
    code = await sent(stage)
    stage.world.move(seconds=after_s)
    assert await checked(stage, code, number, purpose) == result


async def test_right_code_is_right_once_and_five_tries_are_all(stage: Stage) -> None:
    code = await sent(stage)
    answers = await asyncio.gather(*(checked(stage, code) for _ in range(4)))
    assert answers.count(CodeRight(NUMBER)) == 1
    code = await sent(stage)
    for _ in range(5):
        assert await checked(stage, "000000") == CodeWrong("wrong")
    assert await checked(stage, code) == CodeWrong("spent")


async def test_eleventh_code_in_an_hour_is_not_sent(stage: Stage) -> None:
    for _ in range(10):
        assert await stage.perform(SEND) == CodeSent()
    assert await stage.perform(SEND) == CodeNotSent("throttled")
    assert await stage.perform(SendCode("+436641234568", "phoneNumber")) == CodeSent()


async def test_throttled_numbers_get_fewer(stage: Stage) -> None:
    stage.tools = replace(stage.tools, limits=Limits(codes_in_ten_minutes=1))
    assert await stage.perform(SEND) == CodeSent()
    assert await stage.perform(SEND) == CodeNotSent("throttled")


class _Dead:
    async def send(self, sms: Sms) -> None:
        raise SmsNotSent(f"Nobody takes a message to {sms.to}.")


async def test_nothing_is_sent_without_a_gateway_that_takes_it(stage: Stage) -> None:
    for texter in (None, _Dead()):
        stage.tools = replace(stage.tools, texter=texter)
        assert await stage.perform(SEND) == CodeNotSent("failed")
    assert await stage.rows("message") == []


async def test_account_has_a_number_and_neither_address_nor_password(stage: Stage) -> None:
    user = await created(stage)
    [row] = await stage.rows("user")
    assert (row["password_hash"], row["other_mails"]) == (None, [])
    read = await stage.perform(ReadUser(user))
    assert isinstance(read, UserRead)
    assert read.claims["signInNames.phoneNumber"] == NUMBER
    assert "emails" not in read.claims
    assert await stage.perform(CREATE) == UserExists()
    for password in ("", PASSWORD):
        refused = await stage.perform(CheckPassword(NUMBER, password))
        assert refused == PasswordWrong("unknown")


async def test_disabled_account_stays_outside_and_every_outcome_is_noted(stage: Stage) -> None:
    user = await created(stage)
    assert await checked(stage, await sent(stage)) == CodeRight(NUMBER, user)
    await stage.store.entities.apply(
        [Update("user", stage.tenant.id, user, {"account_enabled": False})]
    )
    assert await checked(stage, await sent(stage)) == UserGone("disabled")
    noted = {(row["action"], row["result"], row["actor"]) for row in await stage.rows("audit")}
    assert {("signIn", "success", user), ("signIn", "disabled", "")} <= noted
