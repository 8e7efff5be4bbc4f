"""Smart lockout on a real store, with Azure's numbers (runtime 5.8; rows UF-20, UF-12)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from stage import ADA, PASSWORD, Stage, contoso
from vestibule.journey.effects import (
    CheckPassword,
    CreateUser,
    HashPassword,
    PasswordHashed,
    PasswordRight,
    PasswordWrong,
    Result,
    UserCreated,
)
from vestibule.perform.lockout import FAMILIAR_FOR, lock_s, unlock
from vestibule.perform.passwords import Hasher
from vestibule.perform.tools import Limits

pytestmark = pytest.mark.anyio

LOCKED, WRONG = PasswordWrong("locked"), PasswordWrong("wrong")
KNOWN, STRANGE = "ada's browser", "mallory's browser"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with contoso(tmp_path) as stage:
        yield stage


@pytest.fixture
async def ada(stage: Stage) -> str:
    hashed = await stage.perform(HashPassword(PASSWORD))
    assert isinstance(hashed, PasswordHashed)
    created = await stage.perform(CreateUser(ADA, hashed.hash, {}))
    assert isinstance(created, UserCreated)
    return created.user


async def tries(stage: Stage, password: str, name: str = ADA, browser: str = "") -> Result:
    return await stage.perform(CheckPassword(name, password), browser=browser)


async def guesses(
    stage: Stage, numbers: Iterable[int], name: str = ADA, browser: str = ""
) -> list[Result]:
    return [await tries(stage, f"guess-{number}", name, browser) for number in numbers]


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    ("name", "refused"),
    [(ADA, WRONG), ("mallory@contoso.example", PasswordWrong("unknown"))],
    ids=["account", "no account"],
)
async def test_ten_failures_lock_for_a_minute_and_then_each_one(
    stage: Stage, name: str, refused: PasswordWrong
) -> None:
    assert await guesses(stage, range(10), name) == [refused] * 10
    stage.world.move(seconds=59)
    assert await tries(stage, PASSWORD, name) == LOCKED, "also with the right password"
    stage.world.move(seconds=1)
    assert await guesses(stage, [10, 11], name) == [refused, LOCKED], "each further one locks"
    stage.world.move(seconds=60)
    assert await guesses(stage, [12, 13], name) == [refused, LOCKED]


async def test_guesses_for_an_id_do_not_lock_its_account(stage: Stage, ada: str) -> None:
    assert await guesses(stage, range(10), ada) == [PasswordWrong("unknown")] * 10
    assert await tries(stage, PASSWORD) == PasswordRight(ada)


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize("known", [True, False], ids=["account", "no account"])
@pytest.mark.parametrize(
    ("similar", "refused"),
    [("CONTOSO", LOCKED), ("conto\u017fo", PasswordWrong("refused"))],
    ids=["in capitals", "with a long s"],
)
async def test_a_lock_does_not_tell_whether_there_is_an_account(
    stage: Stage, similar: str, refused: PasswordWrong, *, known: bool
) -> None:
    """What locks a name with an account locks one without, and what does not does not."""
    stage.hiding()
    name = ADA if known else "nobody@contoso.example"
    await guesses(stage, range(10), name.replace("contoso", similar))
    assert await tries(stage, "guess-10", name) == refused


async def test_right_password_after_the_lock_starts_anew(stage: Stage, ada: str) -> None:
    await guesses(stage, range(10))
    stage.world.move(seconds=60)
    assert await tries(stage, PASSWORD) == PasswordRight(ada)
    assert await guesses(stage, range(9)) == [WRONG] * 9
    assert await tries(stage, PASSWORD) == PasswordRight(ada)


@pytest.mark.usefixtures("ada")
async def test_password_that_was_just_wrong_does_not_count_again(stage: Stage) -> None:
    """The last three are remembered."""
    await guesses(stage, range(9))
    assert await guesses(stage, [8, 7, 6] * 4) == [WRONG] * 12
    assert await guesses(stage, [5, 10]) == [WRONG, LOCKED], "it is the fourth last"


@pytest.mark.parametrize(
    ("number", "seconds"),
    [(1, 60), (10, 60), (11, 120), (20, 120), (21, 240), (81, 15360), (91, 18000), (5000, 18000)],
)
def test_locks_grow_with_every_ten(number: int, seconds: int) -> None:
    assert lock_s(number, 60) == seconds


@pytest.mark.usefixtures("ada")
async def test_eleventh_lock_lasts_longer(stage: Stage) -> None:
    await guesses(stage, range(9))
    for number in range(10):
        assert await guesses(stage, [100 + number]) == [WRONG]
        stage.world.move(seconds=60)
    assert await guesses(stage, [200]) == [WRONG]
    stage.world.move(seconds=119)
    assert await guesses(stage, [201]) == [LOCKED]
    stage.world.move(seconds=1)
    assert await guesses(stage, [202]) == [WRONG]


@pytest.mark.usefixtures("ada")
async def test_threshold_and_duration_are_settings(stage: Stage) -> None:
    stage.tools = replace(stage.tools, limits=Limits(lockout_threshold=2, lockout_duration_s=5))
    assert await guesses(stage, range(3)) == [WRONG, WRONG, LOCKED]
    stage.world.move(seconds=5)
    assert await guesses(stage, [3]) == [WRONG]


@pytest.mark.usefixtures("ada")
async def test_failures_are_forgotten_after_a_day(stage: Stage) -> None:
    await guesses(stage, range(9))
    stage.world.move(days=1)
    assert await guesses(stage, range(10, 19)) == [WRONG] * 9
    assert await guesses(stage, [20, 21]) == [WRONG, LOCKED]


async def test_strangers_do_not_lock_out_a_browser_that_is_known(stage: Stage, ada: str) -> None:
    right = PasswordRight(ada)
    assert await tries(stage, PASSWORD, browser=KNOWN) == right
    await guesses(stage, range(10), browser=STRANGE)
    assert await tries(stage, PASSWORD, browser=STRANGE) == LOCKED
    assert await tries(stage, PASSWORD) == LOCKED, "as is who comes without a browser"
    assert await tries(stage, PASSWORD, browser=KNOWN) == right
    assert await tries(stage, PASSWORD, browser=STRANGE) == LOCKED, "which unlocks nobody else"


@pytest.mark.usefixtures("ada")
async def test_known_browser_has_ten_tries_of_its_own(stage: Stage) -> None:
    await tries(stage, PASSWORD, browser=KNOWN)
    assert await guesses(stage, range(10), browser=KNOWN) == [WRONG] * 10
    assert await tries(stage, PASSWORD, browser=KNOWN) == LOCKED


async def test_browser_is_known_for_one_account_and_for_a_time(stage: Stage, ada: str) -> None:
    await tries(stage, PASSWORD, browser=KNOWN)
    stage.world.move(days=100)
    assert await tries(stage, PASSWORD, browser=KNOWN) == PasswordRight(ada), "which renews it"
    bob = await stage.perform(CreateUser("bob@contoso.example", "none", {}))
    assert isinstance(bob, UserCreated)
    await guesses(stage, range(10), "bob@contoso.example")
    assert await tries(stage, "x", "bob@contoso.example", KNOWN) == LOCKED
    stage.world.move(days=100)
    await guesses(stage, range(10))
    assert await tries(stage, PASSWORD, browser=KNOWN) == PasswordRight(ada)
    stage.world.move(seconds=FAMILIAR_FOR.total_seconds())
    await guesses(stage, range(10))
    assert await tries(stage, PASSWORD, browser=KNOWN) == LOCKED


async def test_reset_unlocks_and_forgets_which_browsers_are_known(stage: Stage, ada: str) -> None:
    await tries(stage, PASSWORD, browser=KNOWN)
    await guesses(stage, range(10))
    await unlock(stage.tools, stage.tenant.id, ada)
    assert await guesses(stage, range(20, 30)) == [WRONG] * 10
    assert await tries(stage, PASSWORD, browser=KNOWN) == LOCKED


@pytest.mark.usefixtures("ada")
async def test_crowd_of_guesses_gets_no_more_tries_than_one_guesser(stage: Stage) -> None:
    stage.tools = replace(stage.tools, hasher=Hasher(threads=1, waiting=40))
    answers = await asyncio.gather(*(tries(stage, f"guess-{number}") for number in range(20)))
    stage.tools.hasher.close()
    assert answers.count(WRONG) == 10
    assert answers.count(LOCKED) == 10


@pytest.mark.usefixtures("ada")
async def test_neither_a_guess_nor_a_browser_is_stored(stage: Stage) -> None:
    await tries(stage, PASSWORD, browser=KNOWN)
    await tries(stage, "my-secret-guess", browser=STRANGE)
    stored = b"".join(path.read_bytes() for path in stage.path.parent.iterdir())
    assert b"lockout" in stored
    assert b"my-secret-guess" not in stored
    assert KNOWN.encode() not in stored
