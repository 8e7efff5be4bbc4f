"""One-time codes on a real store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from stage import ADA, Stage, contoso
from vestibule.journey.effects import (
    CheckCode,
    CodeNotSent,
    CodeRight,
    CodeSent,
    CodeWrong,
    CreateUser,
    Result,
    SendCode,
    UserCreated,
)
from vestibule.perform.codes import check_code
from vestibule.perform.tools import Limits

pytestmark = pytest.mark.anyio

SEND = SendCode(ADA, "signUp")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with contoso(tmp_path) as stage:
        yield stage


async def sent(stage: Stage) -> str:
    assert await stage.perform(SEND) == CodeSent()
    stage.world.move(seconds=1)
    return await stage.code()


async def checked(stage: Stage, code: str, address: str = ADA, purpose: str = "signUp") -> Result:
    return await stage.perform(CheckCode(address, purpose, code))


async def test_mail_names_the_tenant_and_holds_the_code(stage: Stage) -> None:
    code = await sent(stage)
    [mail] = await stage.rows("message")
    assert (mail["channel"], mail["to"]) == ("email", ADA)
    assert mail["subject"] == "Contoso: your verification code"  # kept unsealed, so no code here
    assert code in mail["body"]
    assert len(code) == 6


@pytest.mark.parametrize(
    ("after_s", "result"),
    [
        (598, CodeRight(ADA)),
        (599, CodeWrong("expired")),
        (2000, CodeWrong("expired")),
        (5000, CodeWrong("wrong")),
    ],
    ids=["in time", "right code, too late", "later", "long forgotten"],
)
async def test_code_lives_ten_minutes(stage: Stage, after_s: int, result: Result) -> None:
    code = await sent(stage)
    stage.world.move(seconds=after_s)
    assert await checked(stage, code) == result


@pytest.mark.parametrize(
    ("address", "purpose", "result"),
    [
        (ADA.upper(), "signUp", CodeRight(ADA.upper())),
        ("mallory@contoso.example", "signUp", CodeWrong("wrong")),
        (ADA, "passwordReset", CodeWrong("wrong")),
    ],
    ids=["case does not matter", "another address", "another purpose"],
)
async def test_code_serves_one_address_and_purpose(
    stage: Stage, address: str, purpose: str, result: Result
) -> None:
    code = await sent(stage)
    assert await checked(stage, code, address, purpose) == result


async def test_code_of_another_journey_is_wrong(stage: Stage) -> None:
    code = await sent(stage)
    elsewhere = stage.occasion(journey="another")
    answer = await check_code(stage.tools, elsewhere, CheckCode(ADA, "signUp", code))
    assert answer == CodeWrong("wrong")


async def test_right_code_is_right_once(stage: Stage) -> None:
    code = await sent(stage)
    answers = await asyncio.gather(*(checked(stage, code) for _ in range(16)))
    assert answers.count(CodeRight(ADA)) == 1


async def test_fifth_try_is_the_last(stage: Stage) -> None:
    code = await sent(stage)
    for _ in range(5):
        assert await checked(stage, "000000") == CodeWrong("wrong")
    assert await checked(stage, code) == CodeWrong("spent")
    assert await checked(stage, await sent(stage)) == CodeRight(ADA), "a new code, new tries"


async def test_new_code_ends_the_one_before(stage: Stage) -> None:
    first, second = await sent(stage), await sent(stage)
    assert await checked(stage, first) == CodeWrong("wrong")
    assert await checked(stage, second) == CodeRight(ADA)


async def test_eleventh_code_in_an_hour_is_not_sent(stage: Stage) -> None:
    for _ in range(10):
        assert await stage.perform(SEND) == CodeSent()
    assert await stage.perform(SEND) == CodeNotSent("throttled")
    stage.world.move(hours=1)
    assert await stage.perform(SEND) == CodeSent()


@pytest.mark.parametrize(
    ("limits", "pause_s", "sent"),
    [
        (Limits(codes_in_ten_minutes=3), 100, 3),
        (Limits(codes_in_ten_minutes=3), 250, 10),
        (Limits(codes_in_a_day=20), 600, 20),
        (Limits(codes_from_an_ip_in_an_hour=4), 60, 4),
    ],
    ids=["three in ten minutes", "ten an hour, as always", "twenty a day", "of one IP address"],
)
async def test_throttled_codes(stage: Stage, limits: Limits, pause_s: int, sent: int) -> None:
    stage.tools = replace(stage.tools, limits=limits)
    own_ip = limits.codes_from_an_ip_in_an_hour is None
    answers = []
    for number in range(sent + 1):
        address = ADA if own_ip else f"ada-{number}@contoso.example"
        answers.append(await stage.perform(SendCode(address, "signUp")))
        stage.world.move(seconds=pause_s)
    assert answers == [CodeSent()] * sent + [CodeNotSent("throttled")]
    if own_ip:
        assert await stage.perform(SendCode("bob@contoso.example", "signUp")) == CodeSent()


async def test_where_accounts_are_hidden_their_owner_is_told_by_mail(stage: Stage) -> None:
    created = await stage.perform(CreateUser(ADA, "phc", {}))
    assert isinstance(created, UserCreated)
    stage.hiding()
    assert await stage.perform(SEND) == CodeSent()
    [mail] = await stage.rows("message")
    assert mail["subject"] == "Contoso: you already have an account"
    assert mail["code"] is None
    for _ in range(5):
        assert await checked(stage, "000000") == CodeWrong("wrong"), "as if there were a code"
    assert await checked(stage, "000000") == CodeWrong("spent")
