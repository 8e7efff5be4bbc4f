"""How many calls of connectors are kept, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from cluster import Cluster
from stage import NOON, Stage, contoso
from vestibule.perform.recorder import Recorder
from vestibule.ports import Delete, Insert

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
async def stage(
    anyio_backend: str,  # noqa: ARG001
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Stage]:
    url = ""
    if request.param == "postgres":
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.database()
    async with contoso(tmp_path_factory.mktemp("recorder"), url=url) as stage:
        yield stage


@pytest.fixture
async def connector(stage: Stage) -> str:
    """A connector whose calls nobody else keeps; its id."""
    id = stage.world.guid()
    values = {
        "display_name": "Approve",
        "target_url": "https://a.example/",
        "authentication": "basic",
    }
    await stage.store.entities.apply([Insert("api_connector", stage.tenant.id, id, values)])
    return id


def recorder(stage: Stage, most: int) -> Recorder:
    return Recorder(stage.store.entities, most=most, days=7)


def a_call(stage: Stage, connector: str, number: int) -> Insert:
    """The one after so many seconds."""
    values = {
        "connector": connector,
        "step": "preTokenIssuance",
        "verdict": "continue",
        "milliseconds": 1.0,
        "request": "{}",
        "response": "{}",
        "created": NOON + timedelta(seconds=number),
    }
    return Insert("connector_call", stage.tenant.id, stage.world.guid(), values)


async def numbers(stage: Stage, connector: str) -> list[int]:
    """Which of the connector's calls are there."""
    rows = [row for row in await stage.rows("connector_call") if row["connector"] == connector]
    return sorted((row["created"] - NOON).seconds for row in rows)


@pytest.mark.parametrize(("most", "calls", "kept"), [(1, 5, 1), (7, 30, 7), (16, 40, 18)])
async def test_the_newest_stay(
    stage: Stage, connector: str, most: int, calls: int, kept: int
) -> None:
    keeping = recorder(stage, most)
    for number in range(calls):
        await keeping.keep(a_call(stage, connector, number))
    found = await numbers(stage, connector)
    assert found == list(range(calls - len(found), calls))
    assert most <= len(found) <= kept


async def test_none_is_kept_where_none_is_wanted(stage: Stage, connector: str) -> None:
    await recorder(stage, 0).keep(a_call(stage, connector, 0))
    assert await numbers(stage, connector) == []


async def test_processes_share_the_room(stage: Stage, connector: str) -> None:
    replicas = [recorder(stage, 4) for _ in range(5)]
    for second in range(20):
        calls = [a_call(stage, connector, second) for _ in replicas]
        await asyncio.gather(*map(Recorder.keep, replicas, calls))
    await replicas[0].keep(a_call(stage, connector, 20))
    assert len(await numbers(stage, connector)) <= 4 + 1


async def test_what_is_old_goes(stage: Stage, connector: str) -> None:
    keeping = recorder(stage, 50)
    for number in (0, 10):
        await keeping.keep(a_call(stage, connector, number))
    await keeping.forget(stage.tenant.id, NOON + timedelta(days=7, seconds=5))
    assert await numbers(stage, connector) == [10]
    await recorder(stage, 0).forget(stage.tenant.id, NOON + timedelta(seconds=11))
    assert await numbers(stage, connector) == []


async def test_a_connector_that_is_gone_leaves_nothing(stage: Stage, connector: str) -> None:
    keeping = recorder(stage, 50)
    await keeping.keep(a_call(stage, connector, 0))
    await stage.store.entities.apply([Delete("api_connector", stage.tenant.id, connector)])
    await keeping.keep(a_call(stage, connector, 1))
    assert await numbers(stage, connector) == []
