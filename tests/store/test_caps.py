"""A tenant has no more rows of a record than a cap lets it, whoever adds them at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.shop import bicycle, maker, open_shop
from vestibule.ports import Cap, Delete, Query, Refusal
from vestibule.store import Store

pytestmark = pytest.mark.anyio
MOST = 4


@pytest.fixture(params=[Cap("bicycle", MOST), Cap("bicycle", MOST, {"colour": "red"})])
async def stores(
    request: pytest.FixtureRequest, anyio_backend: str, place: str | Path
) -> AsyncIterator[list[Store]]:
    """Two processes' views of one database."""
    assert anyio_backend
    both = [await open_shop(place, [request.param]) for _ in range(2)]
    yield both
    for store in both:
        await store.close()


async def test_of_a_crowd_as_many_get_in_as_there_is_room(stores: list[Store], tenant: str) -> None:
    async def add(number: int) -> None:
        new = bicycle(tenant, f"B{number}", colour="red", maker=f"M{number}")
        await stores[number % 2].entities.apply([maker(tenant, f"M{number}"), new])

    told = await asyncio.gather(*map(add, range(16)), return_exceptions=True)
    assert [one.reason for one in told if isinstance(one, Refusal)] == ["full"] * (16 - MOST)
    for record in ("bicycle", "maker"):
        assert await stores[0].entities.count(Query(record, tenant)) == MOST
    assert await stores[0].entities.configuration(tenant) == MOST


async def test_room_is_a_tenants_own_and_comes_back(stores: list[Store], tenant: str) -> None:
    apply = stores[0].entities.apply
    await apply([bicycle(tenant, f"B{number}", colour="red") for number in range(MOST)])
    with pytest.raises(Refusal) as caught:
        await apply([bicycle(tenant, "late", colour="red")])
    refusal = caught.value
    assert (refusal.reason, refusal.record, refusal.id) == ("full", "bicycle", "late")
    await apply([bicycle(f"{tenant}-2", "B0", colour="red")])
    await apply([Delete("bicycle", tenant, "B0")])
    await apply([bicycle(tenant, "late", colour="red")])


@pytest.mark.parametrize("stores", [Cap("bicycle", 1, {"colour": "red"})], indirect=True)
async def test_only_rows_of_its_kind_count(stores: list[Store], tenant: str) -> None:
    apply = stores[0].entities.apply
    await apply([bicycle(tenant, "B1", colour="red"), bicycle(tenant, "B2", colour="blue")])
    await apply([bicycle(tenant, "B3", colour="blue"), bicycle(tenant, "B4")])
    with pytest.raises(Refusal):
        await apply([bicycle(tenant, "B5", colour="blue"), bicycle(tenant, "B6", colour="red")])
    assert await stores[0].entities.count(Query("bicycle", tenant)) == MOST
