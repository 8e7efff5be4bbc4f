"""The driver over a real store: reloads, replays, races, crashes, and who may see what."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stage import ADA, PASSWORD, SUSI, Stage, contoso
from vestibule.drive import Driver, Lost, Working
from vestibule.journey.effects import CheckCode, CreateUser, Effect, HashPassword, Result
from vestibule.journey.state import Ask, Finish, Form, Journey, Stop
from vestibule.perform.performer import Performer
from vestibule.perform.tools import Occasion
from vestibule.ports import Row, Ticket, Update

pytestmark = pytest.mark.anyio

BROWSER = "the browser's secret"


@dataclass(slots=True)
class Recorder:
    """Performs and remembers what; can crash once after performing, or be slow: until released,
    or for seconds of the world's time."""

    stage: Stage
    performed: list[type[Effect]] = field(default_factory=list)
    crash_after: type[Effect] | None = None
    held: type[Effect] | None = None
    slow: dict[type[Effect], int] = field(default_factory=dict)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def perform(self, effect: Effect, occasion: Occasion) -> Result:
        self.performed.append(type(effect))
        result = await Performer(self.stage.tools).perform(effect, occasion)
        self.stage.world.move(seconds=self.slow.get(type(effect), 0))
        if self.held is type(effect):
            self.started.set()
            await self.released.wait()
        if self.crash_after is type(effect):
            self.crash_after = None
            raise ConnectionResetError
        return result


@dataclass(slots=True)
class Visit:
    """A browser's way through the flow."""

    stage: Stage
    recorder: Recorder
    driver: Driver
    id: str = ""

    async def begin(self, **facts: object) -> Journey:
        flow = self.stage.tenant.flow(SUSI.id)
        assert flow is not None
        journey = await self.driver.begin(
            self.stage.tenant,
            flow,
            browser=BROWSER,
            request={"client_id": "app"},
            facts=facts,
            language="en",
            now=self.stage.world.now(),
        )
        self.id = journey.id
        return journey

    async def give(self, action: str, turn: int | None = None, **fields: str) -> Journey:
        return await self.driver.give(
            self.stage.tenant,
            self.id,
            Form(action, fields, turn),
            browser=BROWSER,
            now=self.stage.world.now(),
        )

    async def show(self) -> Journey:
        return await self.driver.show(
            self.stage.tenant, self.id, browser=BROWSER, now=self.stage.world.now()
        )

    async def end(self, then: tuple[Ticket, ...] = ()) -> Journey | None:
        now = self.stage.world.now()
        ending = await self.driver.ending(self.stage.tenant, self.id, browser=BROWSER, now=now)
        closed = ending is not None and await self.driver.end(ending, now, then=then)
        return ending.journey if ending and closed else None

    async def to_the_code(self) -> str:
        await self.begin()
        await self.give("signup")
        await self.give("send_code", email=ADA)
        return await self.stage.code()

    async def to_the_password(self) -> Journey:
        return await self.give("verify_code", email=ADA, code=await self.to_the_code())

    async def create(self, turn: int | None = None) -> Journey:
        passwords = {"newPassword": PASSWORD, "reenterPassword": PASSWORD}
        return await self.give("create", turn, email=ADA, **passwords)


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with contoso(tmp_path) as stage:
        recorder = Recorder(stage)
        yield Visit(stage, recorder, Driver(stage.store.tickets, recorder, stage.world))


def page(journey: Journey) -> Ask:
    assert isinstance(journey.shown, Ask)
    return journey.shown


async def test_ada_signs_up_and_then_in(visit: Visit) -> None:
    await visit.to_the_password()
    journey = await visit.create()
    assert isinstance(journey.shown, Finish)
    assert journey.facts["claims"] == {
        "oid": journey.facts["user"],
        "name": "unknown",
        "emails": [ADA],
        "newUser": True,
    }
    assert journey.request == {"client_id": "app"}
    await visit.begin()
    again = await visit.give("signin", signInName=ADA.lower(), password=PASSWORD)
    assert isinstance(again.shown, Finish)
    assert again.facts["user"] == journey.facts["user"]
    assert "newUser" not in again.facts["claims"]


async def test_reload_shows_the_page_and_does_nothing(visit: Visit) -> None:
    await visit.to_the_code()
    before = list(visit.recorder.performed)
    assert page(await visit.show()) == page(await visit.show())
    assert visit.recorder.performed == before


async def test_wrong_password_keeps_the_name(visit: Visit) -> None:
    await visit.begin()
    shown = page(await visit.give("signin", signInName=ADA, password="wrong"))
    assert (shown.code, shown.model["sign_in_name"]) == ("90053", ADA)
    assert page(await visit.show()) == shown


async def test_replayed_form_changes_nothing(visit: Visit) -> None:
    ready = await visit.to_the_password()
    done = await visit.create(turn=ready.turn)
    assert await visit.create(turn=ready.turn) == done
    assert visit.recorder.performed.count(CreateUser) == 1


async def test_second_tab_with_an_older_page_sees_the_present_one(visit: Visit) -> None:
    begun = await visit.begin()
    await visit.give("signup", turn=begun.turn)
    shown = page(await visit.give("signin", begun.turn, signInName=ADA, password=PASSWORD))
    assert shown.page == "localaccountsignup"


@pytest.mark.parametrize("times", [2, 16])
async def test_right_code_at_once_from_several_tabs_is_checked_once(
    visit: Visit, times: int
) -> None:
    code = await visit.to_the_code()
    answers = await asyncio.gather(
        *(visit.give("verify_code", email=ADA, code=code) for _ in range(times)),
        return_exceptions=True,
    )
    won = [answer for answer in answers if isinstance(answer, Journey)]
    assert sum(page(journey).model["verified"] for journey in won) >= 1
    assert all(page(journey).errors == {} for journey in won)
    assert all(isinstance(answer, Journey | Working) for answer in answers)
    assert visit.recorder.performed.count(CheckCode) == 1
    assert page(await visit.show()).model["verified"]


async def test_double_click_on_create_makes_one_account(visit: Visit) -> None:
    await visit.to_the_password()
    await asyncio.gather(*(visit.create() for _ in range(5)), return_exceptions=True)
    assert isinstance((await visit.show()).shown, Finish)
    assert len(await visit.stage.rows("user")) == 1
    assert visit.recorder.performed.count(HashPassword) == 1


async def sign_ins(stage: Stage) -> list[Row]:
    return [row for row in await stage.rows("audit") if row["action"] == "signIn"]


async def test_guesses_at_once_on_one_page_are_each_counted_and_noted(visit: Visit) -> None:
    """They wait for nobody, so none of them may hide behind another."""
    await visit.to_the_password()
    await visit.create()
    await visit.begin()
    typed = [PASSWORD, *(f"Wrong-Horse-{number}" for number in range(4))]
    answers = await asyncio.gather(
        *(visit.give("signin", signInName=ADA, password=password) for password in typed)
    )
    noted = Counter(row["result"] for row in await sign_ins(visit.stage))
    assert noted == {"wrong": 4, "success": 1}
    shown = await visit.show()
    assert all(answer.shown == shown.shown for answer in answers), "one of the results is kept"


async def test_double_click_on_sign_in_lets_in_once(visit: Visit) -> None:
    await visit.to_the_password()
    await visit.create()
    await visit.begin()
    answers = await asyncio.gather(
        *(visit.give("signin", signInName=ADA, password=PASSWORD) for _ in range(3))
    )
    assert all(isinstance(answer.shown, Finish) for answer in answers)
    ends = await asyncio.gather(*(visit.end() for _ in range(3)))
    assert [journey is not None for journey in ends].count(True) == 1
    assert len(await sign_ins(visit.stage)) == 1


async def test_two_who_sign_in_at_once_on_one_page_are_both_noted(visit: Visit) -> None:
    """Who has two right passwords may not hide the use of one behind the other."""
    bea = "bea@contoso.example"
    for address in (ADA, bea):
        await visit.begin()
        await visit.give("signup")
        await visit.give("send_code", email=address)
        await visit.give("verify_code", email=address, code=await visit.stage.code())
        passwords = {"newPassword": PASSWORD, "reenterPassword": PASSWORD}
        await visit.give("create", None, email=address, **passwords)
    await visit.begin()
    await asyncio.gather(
        *(visit.give("signin", signInName=name, password=PASSWORD) for name in (ADA, bea))
    )
    noted = await sign_ins(visit.stage)
    assert [row["result"] for row in noted] == ["success", "success"]
    assert len({row["actor"] for row in noted}) == 2


async def test_reload_during_a_slow_step_says_so(visit: Visit) -> None:
    await visit.to_the_password()
    visit.recorder.held = CreateUser
    creating = asyncio.create_task(visit.create())
    await visit.recorder.started.wait()
    with pytest.raises(Working):
        await visit.show()
    visit.recorder.released.set()
    assert isinstance((await creating).shown, Finish)


async def test_crash_after_the_account_was_created_does_not_create_it_twice(visit: Visit) -> None:
    await visit.to_the_password()
    visit.recorder.crash_after = CreateUser
    with pytest.raises(ConnectionResetError):
        await visit.create()
    with pytest.raises(Working):
        await visit.show()
    visit.stage.world.move(seconds=31)
    journey = await visit.show()
    assert isinstance(journey.shown, Finish)
    assert journey.facts["claims"]["newUser"] is True
    assert visit.recorder.performed.count(CreateUser) == 2
    assert len(await visit.stage.rows("user")) == 1


async def test_an_effect_that_may_take_longer_is_waited_for_longer(visit: Visit) -> None:
    tickets, world = visit.stage.store.tickets, visit.stage.world
    visit.driver = Driver(tickets, visit.recorder, world, leases={CreateUser: 50})
    await visit.to_the_password()
    visit.recorder.crash_after = CreateUser
    with pytest.raises(ConnectionResetError):
        await visit.create()
    world.move(seconds=49)
    with pytest.raises(Working):
        await visit.show()
    world.move(seconds=2)
    assert isinstance((await visit.show()).shown, Finish)


async def test_an_effect_is_waited_for_since_it_began(visit: Visit) -> None:
    """The one before took longer than the request's first hold on the journey would have lasted:
    then somebody else once could perform the second one at the same time."""
    await visit.to_the_password()
    visit.recorder.slow, visit.recorder.crash_after = {HashPassword: 40}, CreateUser
    with pytest.raises(ConnectionResetError):
        await visit.create()
    with pytest.raises(Working):
        await visit.show()
    visit.stage.world.move(seconds=31)
    assert isinstance((await visit.show()).shown, Finish)


async def test_form_sent_after_a_crash_resumes_instead(visit: Visit) -> None:
    await visit.to_the_password()
    visit.recorder.crash_after = CreateUser
    with pytest.raises(ConnectionResetError):
        await visit.create()
    visit.stage.world.move(seconds=31)
    assert isinstance((await visit.create()).shown, Finish)
    assert len(await visit.stage.rows("user")) == 1


async def test_crash_while_a_password_is_hashed_leaves_the_page(visit: Visit) -> None:
    await visit.to_the_password()
    visit.recorder.crash_after = HashPassword
    with pytest.raises(ConnectionResetError):
        await visit.create()
    visit.stage.world.move(seconds=31)
    assert page(await visit.show()).model["verified"]
    assert isinstance((await visit.create()).shown, Finish)


async def test_of_many_callers_one_ends_the_journey(visit: Visit) -> None:
    await visit.begin()
    assert await visit.end() is None, "it has not ended"
    await visit.give("forgot")
    now = visit.stage.world.now()
    code = Ticket("code", visit.stage.tenant.id, "key", now.replace(hour=13))
    ends = await asyncio.gather(*(visit.end((code,)) for _ in range(8)))
    [ended] = [journey for journey in ends if journey is not None]
    assert isinstance(ended.shown, Stop)
    assert ended.shown.code == "90118"
    assert await visit.stage.store.tickets.get("code", visit.stage.tenant.id, "key", now)
    with pytest.raises(Lost):
        await visit.show()


@pytest.mark.parametrize(
    ("changed", "lets_in"),
    [
        ({"account_enabled": False}, False),
        ({"sessions_valid_from": 5}, False),
        ({"sessions_valid_from": -5}, True),
    ],
    ids=["disabled since", "another password since", "another password before"],
)
async def test_what_no_longer_counts_at_the_end_lets_nobody_in(
    visit: Visit, changed: dict[str, Any], *, lets_in: bool
) -> None:
    """Whoever knew the old password could sign in, wait until it was changed, and then go on to
    the application: that once let them in."""
    await visit.to_the_password()
    user, stage = (await visit.create()).facts["user"], visit.stage
    await visit.begin()
    await visit.give("signin", signInName=ADA, password=PASSWORD)
    if since := changed.get("sessions_valid_from"):
        changed = {"sessions_valid_from": stage.world.now() + timedelta(seconds=since)}
    await stage.store.entities.apply([Update("user", stage.tenant.id, user, changed)])
    stage.world.move(minutes=1)
    if lets_in:
        assert await visit.end() is not None
        return
    for _ in range(2):
        with pytest.raises(Lost):
            await visit.end()


@pytest.mark.parametrize("what", ["browser", "id", "flow", "tenant", "hour"])
async def test_journey_of_another_is_lost(visit: Visit, what: str) -> None:
    await visit.begin()
    stage = visit.stage
    fabrikam = replace(stage.tenant, id=stage.world.guid(), domain="fabrikam.example")
    if what == "hour":
        stage.world.move(hours=1)
    with pytest.raises(Lost) as raised:
        await visit.driver.show(
            fabrikam if what == "tenant" else stage.tenant,
            "another" if what == "id" else visit.id,
            browser="another" if what == "browser" else BROWSER,
            flow="B2C_1_another" if what == "flow" else SUSI.id.lower(),
            now=stage.world.now(),
        )
    assert raised.value.code == "AADB2C90046"


async def test_journey_is_found_under_its_own_flow(visit: Visit) -> None:
    await visit.begin()
    shown = await visit.driver.show(
        visit.stage.tenant,
        visit.id,
        browser=BROWSER,
        flow=SUSI.id.lower(),
        now=visit.stage.world.now(),
    )
    assert page(shown).page == "signuporsignin"


async def test_session_needs_no_page(visit: Visit) -> None:
    await visit.to_the_password()
    user = (await visit.create()).facts["user"]
    journey = await visit.begin(session={"user": user, "auth_time": 7})
    assert isinstance(journey.shown, Finish)
    assert journey.facts["session_reused"] is True


async def test_nothing_typed_in_secret_is_ever_saved(visit: Visit) -> None:
    wrong, mistyped = "Mallory-Guesses-1", "739517"
    code = await visit.to_the_code()
    await visit.give("verify_code", email=ADA, code=mistyped)
    await visit.give("verify_code", email=ADA, code=code)
    await visit.create()
    await visit.begin()
    await visit.give("signin", signInName=ADA, password=wrong)
    written = b"".join(file.read_bytes() for file in visit.stage.path.parent.iterdir())
    for secret in (PASSWORD, wrong, visit.id, BROWSER):
        assert secret.encode() not in written
    database = sqlite3.connect(visit.stage.path)
    journeys = [row[0] for row in database.execute("SELECT body FROM tickets WHERE kind='journey'")]
    database.close()
    assert len(journeys) == 2
    assert not any(secret in body for body in journeys for secret in (code, mistyped))
