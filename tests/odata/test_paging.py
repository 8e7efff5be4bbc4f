"""Pages that stay right while bikes come and go, and how $top, $skip and $count go with them."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
import pytest

from cluster import Cluster
from odata.bicycles import ROOT, VAULT, FrozenWorld, Shop
from odata.showroom import CATALOGUE, NOON, RECORDS
from vestibule.odata.execute import Service
from vestibule.ports import Delete, Entities, Insert
from vestibule.store import open_sqlite
from vestibule.store.dialects import POSTGRES
from vestibule.store.postgres import open_postgres
from vestibule.store.tables import build, ddl

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def bikes_url(cluster: Cluster) -> str:
    url = cluster.database()
    with psycopg.connect(url) as connection:
        for statement in ddl(build(RECORDS), POSTGRES.dialect):
            connection.execute(statement.encode())
    return url


@pytest.fixture(params=["sqlite", "postgres"])
async def showroom(
    request: pytest.FixtureRequest,
    anyio_backend: str,  # noqa: ARG001
    tmp_path: Path,
) -> AsyncIterator[Shop]:
    """Pages of five, in a tenant of its own."""
    if request.param == "sqlite":
        store = await open_sqlite(tmp_path / "bikes.db", RECORDS, VAULT)
    else:
        url: str = request.getfixturevalue("bikes_url")
        store = await open_postgres(url, RECORDS, VAULT, pool_size=2)
    service = Service(CATALOGUE, {}, entities=store.entities, world=FrozenWorld(), page_size=5)
    yield Shop(service, store.entities, tenant=f"t-{uuid4()}")
    await store.close()


def values(number: int) -> dict[str, Any]:
    """Every order key occurs several times, and is missing for some."""
    return {
        "kind": "road",
        "name": None if number % 4 == 0 else f"{'Äa'[number % 2]}{number % 3}",
        "gears": None if number % 5 == 0 else number % 3,
        "built": None if number % 3 == 0 else NOON + timedelta(hours=number % 4),
        "seat": None if number % 7 == 0 else {"height": number % 3, "material": f"m{number % 2}"},
    }


async def add(entities: Entities, tenant: str, *numbers: int) -> None:
    await entities.apply([Insert("bike", tenant, f"b{n:03}", values(n)) for n in numbers])


def ids(answer: Any) -> list[str]:
    return [item["id"] for item in answer["value"]]


async def every(shop: Shop, url: str, **headers: str) -> list[list[str]]:
    pages = []
    while url:
        answer = await shop.read(url, **headers)
        pages.append(ids(answer))
        url = answer.get("@odata.nextLink", "").removeprefix(ROOT)
    return pages


ORDERS = (
    "",
    "name",
    "name desc",
    "gears desc,name",
    "gears,name desc,built desc",
    "built desc",
    "seat/height desc,gears",
    "seat/material,seat/height desc",
    "id desc",
)


@pytest.mark.parametrize("order", ORDERS)
async def test_pages_stay_right_while_bikes_come_and_go(showroom: Shop, order: str) -> None:
    chance = Random(order)  # noqa: S311  # the same comings and goings in each run
    tenant, entities = showroom.tenant, showroom.entities
    there = set(range(0, 60, 2))
    await add(entities, tenant, *there)
    stayed, seen = set(there), []
    url = f"/bikes?$orderby={order}" if order else "/bikes"
    while url:
        answer = await showroom.read(url)
        seen += ids(answer)
        come = {chance.choice(range(1, 60, 2)) for _ in range(3)} - there
        gone = {chance.choice(sorted(there)) for _ in range(2)}
        if seen:  # the row that the next page starts behind may go, too
            gone.add(int(seen[-1][1:]))
        gone &= there
        await add(entities, tenant, *come)
        await entities.apply([Delete("bike", tenant, f"b{n:03}") for n in gone])
        there = (there | come) - gone
        stayed -= gone
        url = answer.get("@odata.nextLink", "").removeprefix(ROOT)
    assert len(seen) == len(set(seen))
    assert {f"b{n:03}" for n in stayed} <= set(seen)


@pytest.mark.parametrize("order", ORDERS)
async def test_pages_together_are_the_whole_in_order(showroom: Shop, order: str) -> None:
    await add(showroom.entities, showroom.tenant, *range(23))
    query = f"$orderby={order}&" if order else ""
    [whole] = await every(showroom, f"/bikes?{query}$top=100")
    pages = await every(showroom, f"/bikes?{query}")
    assert [id for page in pages for id in page] == whole
    assert [len(page) for page in pages] == [5, 5, 5, 5, 3]


@pytest.mark.parametrize(
    ("query", "preference", "sizes"),
    [
        ("", "", [5, 5, 5, 5, 3]),
        ("$top=0", "", [0]),
        ("$top=0&$count=true", "", [0]),
        ("$top=8", "", [8, 8, 7]),  # the size of a page, as in Graph
        ("$top=23", "", [23]),
        ("$top=1000", "", [23]),
        ("$skip=20", "", [3]),
        ("$skip=23", "", [0]),
        ("$skip=4&$top=9", "", [9, 9, 1]),
        ("$skip=3", "", [5, 5, 5, 5]),
        ("", "odata.maxpagesize=10", [10, 10, 3]),
        ("$top=10", "odata.maxpagesize=4", [4, 4, 2]),  # more than a page: bounds the whole
        ("$top=8", "odata.maxpagesize=4", [4, 4]),
        ("$top=99", "odata.maxpagesize=20", [20, 3]),
        ("$skip=21&$top=10", "odata.maxpagesize=4", [2]),
        ("$skip=2&$top=10", "odata.maxpagesize=4", [4, 4, 2]),
        ("$top=4", "odata.maxpagesize=4", [4, 4, 4, 4, 4, 3]),
    ],
)
async def test_top_and_skip_over_pages(
    showroom: Shop, query: str, preference: str, sizes: list[int]
) -> None:
    await add(showroom.entities, showroom.tenant, *range(23))
    headers = {"prefer": preference} if preference else {}
    pages = await every(showroom, f"/bikes?{query}", **headers)
    assert [len(page) for page in pages] == sizes
    flat = [id for page in pages for id in page]
    skipped = int(query.partition("$skip=")[2].partition("&")[0] or 0)
    assert flat == [f"b{n:03}" for n in range(23)][skipped : skipped + len(flat)]


async def test_a_bound_holds_without_the_preference_on_later_pages(showroom: Shop) -> None:
    """Clients need not repeat headers when they follow a link."""
    await add(showroom.entities, showroom.tenant, *range(23))
    first = await showroom.read("/bikes?$top=11", prefer="odata.maxpagesize=4")
    rest = await every(showroom, first["@odata.nextLink"].removeprefix(ROOT))
    assert [len(page) for page in rest] == [7]


async def test_a_preference_is_echoed_where_it_decides(showroom: Shop) -> None:
    for query, applied in (("", True), ("$top=9", True), ("$top=2", False)):
        reply = await showroom.ask("GET", f"/bikes?{query}", prefer="odata.maxpagesize=4")
        assert ("Preference-Applied" in reply.headers) is applied, query


async def test_the_count_ignores_pages(showroom: Shop) -> None:
    await add(showroom.entities, showroom.tenant, *range(23))
    answer = await showroom.read("/bikes?$count=true&$top=2&$skip=3&$filter=gears eq 1")
    assert answer["@odata.count"] == 7
    assert ids(answer) == ["b013", "b016"]


@pytest.mark.parametrize(
    "left",
    [0, -1, True, "5", 1.5, 10**30],
    ids=["none", "negative", "truth", "text", "part", "huge"],
)
async def test_a_forged_bound_is_refused(showroom: Shop, left: Any) -> None:

    await add(showroom.entities, showroom.tenant, *range(6))
    link = (await showroom.read("/bikes?$top=2"))["@odata.nextLink"]
    url, _, token = link.removeprefix(ROOT).partition("skiptoken=")
    mark, _, *rest = msgspec.json.decode(base64.urlsafe_b64decode(token + "=="))
    forged = base64.urlsafe_b64encode(msgspec.json.encode([mark, left, *rest])).decode()
    fault = await showroom.refused("GET", f"{url}skiptoken={forged.rstrip('=')}")
    assert (fault.status, fault.target) == (400, "$skiptoken")
