"""The life of signing keys over months, on both databases: published, signing, retired, gone.

Source: runtime.md 1.3; design own-api; EP-15.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from cluster import Cluster
from vestibule import app, development
from vestibule.oidc import metadata
from vestibule.oidc.place import Place
from vestibule.oidc.signing import peek
from vestibule.ports import Query
from vestibule.resources import RECORDS
from vestibule.settings import Settings
from vestibule.store.migrations import upgrade
from vestibule.system import KEYS, System
from vestibule.world import SystemWorld

pytestmark = pytest.mark.anyio
AHEAD, KEPT = timedelta(hours=24), timedelta(minutes=1440, hours=1)
ROUNDS = 3
_RACERS = 8


@dataclass(slots=True)
class Land:
    """Two processes' systems on one database, and the clock that both go by."""

    systems: tuple[System, System]
    world: SystemWorld
    tenant: str

    def pass_by(self, time: timedelta) -> None:
        self.world.move(self.world.offset + time)

    async def send(self, verb: str, path: str = "", *, at: int = 0) -> tuple[int, dict[str, Any]]:
        status, answer = await self.systems[at].send(verb, self.tenant, KEYS + path)
        return status, dict(answer)

    async def states(self) -> dict[str, str]:
        """What each key is, by kid, as both processes see it."""
        seen = []
        for at in range(2):
            status, answer = await self.send("GET", at=at)
            assert status == 200
            seen.append({key["kid"]: key["state"] for key in answer["value"]})
        assert seen[0] == seen[1]
        return seen[0]

    async def one(self, state: str) -> str:
        """The key in that state, of which there is one."""
        [kid] = [kid for kid, known in (await self.states()).items() if known == state]
        return kid

    async def signs(self) -> str:
        """The key that a token is signed with at the moment; discovery and JWKS know it."""
        system = self.systems[0]
        fresh = await system.tenants.fresh(self.tenant)
        assert fresh is not None
        kid = await self.signed(system)
        published = {key["kid"] for key in system.signer.jwks(fresh.keys)["keys"]}
        assert kid in published
        assert published == (await self.states()).keys()
        return kid

    async def signed(self, system: System) -> str:
        """The key that this process signs with."""
        header, _ = peek(await system.mint(self.tenant, (), "", ()))
        return str(header["kid"])


@pytest.fixture(scope="module", params=["SQLite", "PostgreSQL"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An address with this version's schema; every test has a tenant of its own in it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('keys') / 'keys.db'}"
    if request.param == "PostgreSQL":
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.database()
    upgrade(url, RECORDS)
    return url


@pytest.fixture
async def land(database: str) -> AsyncIterator[Land]:
    world = SystemWorld()
    settings = Settings(
        public_url="https://login.example",
        database=database,
        sealing_key=SecretStr(base64.b64encode(bytes(32)).decode()),
        signing_algorithm="ES256",  # quick to draw
        key_rotation_days=30,
    )
    async with app.opened(settings, world) as first, app.opened(settings, world) as second:
        tenant = await first.make_tenant(f"{world.guid()}.example", "Contoso")
        await development.administrator(first, tenant.id, "a-secret", ())
        yield Land((first, second), world, tenant.id)


async def test_a_key_is_published_signs_retires_and_goes(land: Land) -> None:
    first = await land.one("active")
    status, made = await land.send("POST", "/rotate")
    assert (status, made["state"], made["algorithm"]) == (200, "next", "ES256")
    begins = datetime.fromisoformat(made["notBefore"])
    assert begins - land.world.now() > AHEAD - timedelta(minutes=1)
    assert await land.states() == {first: "active", made["kid"]: "next"}
    assert await land.signs() == first
    assert (await land.send("POST", "/rotate", at=1))[1]["kid"] == made["kid"]

    land.pass_by(AHEAD)
    assert await land.states() == {first: "retired", made["kid"]: "active"}
    for system in land.systems:  # who has a snapshot notices the hour
        watching = asyncio.create_task(system.tenants.watch(0.01))
        async with asyncio.timeout(10):
            while await land.signed(system) != made["kid"]:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        watching.cancel()
    assert await land.signs() == made["kid"]
    land.pass_by(KEPT - timedelta(minutes=1))
    for system in land.systems:
        await system.turn_keys()
    assert first in await land.states()
    land.pass_by(timedelta(minutes=2))
    await land.systems[1].turn_keys()
    assert await land.states() == {made["kid"]: "active"}


async def test_the_schedule_turns_keys_once_in_time(land: Land) -> None:
    first = await land.one("active")
    land.pass_by(timedelta(days=29) - timedelta(minutes=1))
    await land.systems[0].turn_keys()
    assert await land.states() == {first: "active"}
    land.pass_by(timedelta(minutes=2))
    await asyncio.gather(*(system.turn_keys() for system in land.systems * 3))
    second = await land.one("next")
    assert len(await land.states()) == 2
    land.pass_by(timedelta(days=1))
    assert await land.one("active") == second
    for _ in range(3):  # a year on, a key at a time
        land.pass_by(timedelta(days=30))
        await land.systems[0].turn_keys()
        land.pass_by(timedelta(days=1))
        await land.systems[1].turn_keys()
    assert len(await land.states()) == 2
    trail = await land.systems[0].entities.find(Query("audit", land.tenant))
    turned = [row for row in trail if row["action"] == "rotate vestibule.signingKey"]
    assert len(turned) == 4


async def test_another_algorithm_brings_on_another_key(land: Land) -> None:
    system = land.systems[0]
    changed = system.settings.model_copy(update={"signing_algorithm": "RS256"})
    async with app.opened(changed, land.world) as server:
        await server.turn_keys()
        await server.turn_keys()
    assert len(await land.states()) == 2
    land.pass_by(AHEAD)
    fresh = await system.tenants.fresh(land.tenant)
    assert fresh is not None
    place = Place("", fresh.id, "", by_query=False)
    told = metadata.tenant_document(place, fresh, base="", settings=changed)
    assert told["id_token_signing_alg_values_supported"] == ["RS256", "ES256"]
    header, _ = peek(await system.mint(land.tenant, (), "", ()))
    assert header["alg"] == "RS256"


async def test_of_many_rotations_at_once_one_makes_a_key(land: Land) -> None:
    for _ in range(ROUNDS):
        before = len(await land.states())
        answers = await asyncio.gather(
            *(land.send("POST", "/rotate", at=number % 2) for number in range(_RACERS))
        )
        assert {status for status, _ in answers} == {200}
        assert {answer["kid"] for _, answer in answers} == {await land.one("next")}
        assert len(await land.states()) == before + 1
        land.pass_by(AHEAD)


async def test_of_many_revocations_at_once_one_removes_the_key(land: Land) -> None:
    for _ in range(ROUNDS):
        active = await land.one("active")
        answers = await asyncio.gather(
            *(land.send("POST", f"/{active}/revoke", at=number % 2) for number in range(_RACERS)),
            *(land.send("POST", "/rotate", at=number % 2) for number in range(_RACERS)),
        )
        revoked = [status for status, _ in answers[:_RACERS]]
        assert sorted(revoked) == [204, *([404] * (_RACERS - 1))]
        assert {status for status, _ in answers[_RACERS:]} <= {200, 404, 409}
        states = await land.states()
        assert active not in states
        assert sorted(states.values())[:1] == ["active"]
        assert list(states.values()).count("active") == 1
        assert list(states.values()).count("next") <= 1
        assert await land.signs() == await land.one("active")


async def test_a_revoked_key_makes_room_for_the_next(land: Land) -> None:
    first = await land.one("active")
    _, coming = await land.send("POST", "/rotate")
    assert (await land.send("POST", f"/{first}/revoke"))[0] == 204
    assert await land.states() == {coming["kid"]: "active"}
    assert await land.signs() == coming["kid"]
    _, later = await land.send("POST", "/rotate")
    assert (await land.send("POST", f"/{later['kid']}/revoke"))[0] == 204
    assert await land.states() == {coming["kid"]: "active"}
    assert (await land.send("POST", f"/{first}/revoke"))[0] == 404
    assert (await land.send("POST", f"/{coming['kid']}/revoke"))[0] == 204
    assert await land.signs() == await land.one("active")  # a new one
