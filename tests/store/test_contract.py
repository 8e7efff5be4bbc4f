"""What ports.Entities promises, on every engine."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from store.shop import EMPTY, NOW, bicycle, maker, repair, wheel
from vestibule.errors import Invalid
from vestibule.ports import (
    Binary,
    Change,
    Constant,
    Delete,
    Insert,
    Member,
    Query,
    Refusal,
    Update,
)
from vestibule.resources import RECORDS
from vestibule.store import Store
from vestibule.store.tables import build

pytestmark = pytest.mark.anyio


async def refused(store: Store, *changes: Change) -> tuple[str, str, str, str]:
    with pytest.raises(Refusal) as caught:
        await store.entities.apply(changes)
    refusal = caught.value
    return refusal.reason, refusal.record, refusal.id, refusal.reference


async def test_a_row_comes_back_with_every_column_id_parent_and_version(
    store: Store, tenant: str
) -> None:
    values = {
        "name": "Ada's",
        "frame": "F1",
        "colour": "Grün",
        "gears": 2**62,
        "price": 1.5,
        "sold": False,
        "built": NOW + timedelta(microseconds=1),
        "tags": ["ridden", {"deep": [None, 1.5]}],
        "lock_code": "1234",
    }
    (inserted,) = await store.entities.apply([bicycle(tenant, "B1", **values)])
    found = await store.entities.get("bicycle", tenant, "B1")
    assert inserted == found == {**EMPTY, **values, "id": "B1", "parent": "", "version": 1}
    assert found is not None
    assert found["sold"] is False
    assert found["built"].tzinfo is UTC


async def test_ids_that_differ_in_case_alone_are_two_rows_where_the_record_says_so(
    store: Store, tenant: str
) -> None:
    await store.entities.apply(
        [
            *(Insert("colour", tenant, id, {"shade": id}) for id in ("Red", "red")),
            *(Insert("tint", tenant, "hub", {"part": id}, id) for id in ("Red", "red")),
        ]
    )
    for asked, found in {"Red": "Red", "red": "red", "RED": "Red"}.items():
        row = await store.entities.get("colour", tenant, asked)
        assert row is not None
        assert row["id"] == found
    assert await refused(store, Insert("colour", tenant, "Red", {})) == (
        "duplicate",
        "colour",
        "Red",
        "",
    )
    await store.entities.apply([Delete("colour", tenant, "red")])
    left = [row["id"] for row in await store.entities.find(Query("colour", tenant))]
    tints = [row["parent"] for row in await store.entities.find(Query("tint", tenant))]
    assert (left, tints) == (["Red"], ["Red"])
    either = Binary("eq", Member("id"), Constant("rED"))
    assert await store.entities.count(Query("colour", tenant, where=either)) == 1
    assert (await store.entities.get("tint", tenant, "HUB", parent="Red")) is not None


async def test_times_of_any_zone_come_back_as_utc(store: Store, tenant: str) -> None:
    local = datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    (row,) = await store.entities.apply([bicycle(tenant, "B1", built=local)])
    assert row["built"] == local
    assert row["built"].tzinfo is UTC


@pytest.mark.parametrize("asked", ["Straße-1", "STRASSE-1", "straße-1"])
async def test_an_id_is_found_whatever_its_casing(store: Store, tenant: str, asked: str) -> None:
    await store.entities.apply([bicycle(tenant, "Straße-1", name="x")])
    row = await store.entities.get("bicycle", tenant, asked)
    assert row is not None
    assert row["id"] == "Straße-1"
    (row,) = await store.entities.apply([Update("bicycle", tenant, asked, {"name": "y"})])
    assert (row["id"], row["name"], row["version"]) == ("Straße-1", "y", 2)
    assert (await refused(store, bicycle(tenant, asked)))[0] == "duplicate"
    (row,) = await store.entities.apply([Delete("bicycle", tenant, asked)])
    assert (row["id"], row["name"], row["version"]) == ("Straße-1", "y", 2)


async def test_what_is_not_there_is_none(store: Store, tenant: str) -> None:
    assert await store.entities.get("bicycle", tenant, "B1") is None
    assert await store.entities.get("bicycle", tenant, "B\x00\ud800") is None
    assert await store.entities.find(Query("bicycle", tenant)) == []


async def test_a_tenant_sees_only_its_own_rows(store: Store, tenant: str) -> None:
    mallory = f"{tenant}-mallory"
    await store.entities.apply([bicycle(tenant, "B1", frame="F1")])
    await store.entities.apply([bicycle(mallory, "B2", frame="F1")])
    assert await store.entities.get("bicycle", mallory, "B1") is None
    assert await store.entities.count(Query("bicycle", mallory)) == 1
    assert (await refused(store, Update("bicycle", mallory, "B1", {})))[0] == "missing"
    assert (await refused(store, Delete("bicycle", mallory, "B1")))[0] == "missing"
    assert (await refused(store, repair(mallory, "R1", "B1")))[0] == "dangling"


async def test_contained_rows_belong_to_their_parent_and_vanish_with_it(
    store: Store, tenant: str
) -> None:
    rows = await store.entities.apply(
        [
            bicycle(tenant, "B1"),
            bicycle(tenant, "B2"),
            wheel(tenant, "Front", "b1", rim="alloy", valve="secret"),
            wheel(tenant, "Front", "B2", rim="steel"),
        ]
    )
    assert rows[2]["parent"] == "B1"
    front = await store.entities.get("wheel", tenant, "FRONT", parent="b1")
    assert front == rows[2]
    assert await store.entities.get("wheel", tenant, "Front") is None
    (row,) = await store.entities.apply([Update("wheel", tenant, "front", {"spokes": 32}, "b1")])
    assert (row["parent"], row["spokes"], row["valve"]) == ("B1", 32, "secret")
    await store.entities.apply([Delete("bicycle", tenant, "B1")])
    (left,) = await store.entities.find(Query("wheel", tenant))
    assert (left["parent"], left["rim"]) == ("B2", "steel")
    (gone,) = await store.entities.apply([Delete("wheel", tenant, "front", "b2")])
    assert gone["parent"] == "B2"


@pytest.mark.parametrize("frame", ["F1", "f1"], ids=["the same", "another casing"])
async def test_a_unique_combination_is_taken_whatever_its_casing(
    store: Store, tenant: str, frame: str
) -> None:
    await store.entities.apply([bicycle(tenant, "B1", frame="F1"), bicycle(tenant, "B2")])
    taken = ("duplicate", "bicycle", "B3", "")
    assert await refused(store, bicycle(tenant, "B3", frame=frame)) == taken
    update = Update("bicycle", tenant, "B2", {"frame": frame})
    assert await refused(store, update) == ("duplicate", "bicycle", "B2", "")
    await store.entities.apply([bicycle(tenant, "B4"), bicycle(tenant, "B5", frame="F5")])


async def test_a_reference_must_name_a_row(store: Store, tenant: str) -> None:
    dangling = ("dangling", "bicycle", "B1", "maker")
    assert await refused(store, bicycle(tenant, "B1", maker="M1")) == dangling
    await store.entities.apply([maker(tenant, "M1"), bicycle(tenant, "B1", maker="m1")])
    update = Update("bicycle", tenant, "B1", {"maker": "M2"})
    assert await refused(store, update) == dangling
    assert await refused(store, wheel(tenant, "W1", "B9")) == ("dangling", "wheel", "W1", "bicycle")
    row = await store.entities.get("bicycle", tenant, "B1")
    assert row is not None
    assert row["maker"] == "m1"


async def test_what_is_referred_to_is_held_or_takes_the_rest_along(
    store: Store, tenant: str
) -> None:
    await store.entities.apply(
        [maker(tenant, "M1"), bicycle(tenant, "B1", maker="M1"), repair(tenant, "R1", "b1")]
    )
    assert await refused(store, Delete("maker", tenant, "m1")) == ("held", "maker", "m1", "bicycle")
    await store.entities.apply([Delete("bicycle", tenant, "B1"), Delete("maker", tenant, "M1")])
    assert await store.entities.find(Query("repair", tenant)) == []


async def test_a_version_that_is_not_the_expected_one_is_stale(store: Store, tenant: str) -> None:
    await store.entities.apply([bicycle(tenant, "B1", name="one")])
    await store.entities.apply([Update("bicycle", tenant, "B1", {"name": "two"}, expect=1)])
    stale = ("stale", "bicycle", "B1", "")
    assert await refused(store, Update("bicycle", tenant, "B1", {"name": "x"}, expect=1)) == stale
    assert await refused(store, Delete("bicycle", tenant, "B1", expect=1)) == stale
    missing = ("missing", "bicycle", "B2", "")
    assert await refused(store, Update("bicycle", tenant, "B2", {}, expect=1)) == missing
    assert await refused(store, Delete("bicycle", tenant, "B2", expect=1)) == missing
    (row,) = await store.entities.apply([Delete("bicycle", tenant, "B1", expect=2)])
    assert row["name"] == "two"


async def test_one_refused_change_leaves_nothing_of_the_others(store: Store, tenant: str) -> None:
    await store.entities.apply([bicycle(tenant, "B1", name="kept")])
    before = await store.entities.configuration(tenant)
    refusal = await refused(
        store,
        bicycle(tenant, "B2"),
        Update("bicycle", tenant, "B1", {"name": "lost"}),
        Delete("bicycle", tenant, "B3"),
    )
    assert refusal == ("missing", "bicycle", "B3", "")
    (row,) = await store.entities.find(Query("bicycle", tenant))
    assert (row["id"], row["name"], row["version"]) == ("B1", "kept", 1)
    assert await store.entities.configuration(tenant) == before


async def test_a_refused_change_does_not_spoil_those_beside_it(store: Store, tenant: str) -> None:
    await store.entities.apply([bicycle(tenant, "B0")])

    async def insert(number: int) -> None:
        with suppress(Refusal):
            await store.entities.apply([bicycle(tenant, f"B{number // 2}")])

    await asyncio.gather(*(insert(number) for number in range(32)))
    assert await store.entities.count(Query("bicycle", tenant)) == 16


async def test_of_sixteen_creates_of_one_id_exactly_one_wins(store: Store, tenant: str) -> None:
    results = await asyncio.gather(
        *(store.entities.apply([bicycle(tenant, "B1", name=str(n))]) for n in range(16)),
        return_exceptions=True,
    )
    refusals = [r.reason for r in results if isinstance(r, Refusal)]
    assert refusals == ["duplicate"] * 15


async def test_a_create_that_loses_leaves_nothing_behind(store: Store, tenant: str) -> None:
    results = await asyncio.gather(
        *(
            store.entities.apply([maker(tenant, f"M{n}"), bicycle(tenant, "B1", maker=f"M{n}")])
            for n in range(16)
        ),
        return_exceptions=True,
    )
    assert [r.reason for r in results if isinstance(r, Refusal)] == ["duplicate"] * 15
    won = await store.entities.find(Query("maker", tenant))
    made = await store.entities.get("bicycle", tenant, "B1")
    assert made is not None
    assert [row["id"] for row in won] == [made["maker"]]
    assert await store.entities.configuration(tenant) == 1


async def test_of_sixteen_updates_of_one_version_exactly_one_wins(
    store: Store, tenant: str
) -> None:
    await store.entities.apply([bicycle(tenant, "B1")])
    results = await asyncio.gather(
        *(
            store.entities.apply([Update("bicycle", tenant, "B1", {"gears": n}, expect=1)])
            for n in range(16)
        ),
        return_exceptions=True,
    )
    assert [r.reason for r in results if isinstance(r, Refusal)] == ["stale"] * 15


async def test_the_configuration_number_rises_with_configuration_only(
    store: Store, tenant: str
) -> None:
    assert await store.entities.configuration(tenant) is None
    await store.entities.apply([bicycle(tenant, "B1"), bicycle(tenant, "B2")])
    assert await store.entities.configuration(tenant) == 1
    await store.entities.apply([maker(tenant, "M1")])
    assert await store.entities.configuration(tenant) == 1
    await store.entities.apply([Update("bicycle", tenant, "B1", {"gears": 3})])
    await store.entities.apply([Delete("bicycle", tenant, "B1")])
    assert await store.entities.configuration(tenant) == 3
    assert await store.entities.apply([]) == []
    assert await store.entities.configuration(tenant) == 3


BAD_VALUES: dict[str, Any] = {
    "name": "NUL \x00",
    "colour": "half \ud800",
    "tags": ["half \ud800"],
    "gears": 2**63,
}


@pytest.mark.parametrize("name", BAD_VALUES)
async def test_a_value_that_no_database_holds_is_invalid(
    store: Store, tenant: str, name: str
) -> None:
    with pytest.raises(Invalid) as caught:
        await store.entities.apply([bicycle(tenant, "B1", **{name: BAD_VALUES[name]})])
    assert caught.value.target == name


async def test_an_id_that_no_database_holds_is_invalid(store: Store, tenant: str) -> None:
    with pytest.raises(Invalid):
        await store.entities.apply([bicycle(tenant, "B\x00")])


@pytest.mark.parametrize("values", [{"wings": 2}, {"bicycle": None}], ids=["unknown", "null"])
async def test_our_own_mistakes_are_not_stored(
    store: Store, tenant: str, values: dict[str, Any]
) -> None:
    await store.entities.apply([bicycle(tenant, "B1"), repair(tenant, "R1", "B1")])
    with pytest.raises(ValueError, match=next(iter(values))):
        await store.entities.apply([Update("repair", tenant, "R1", values)])


async def test_a_store_is_ready_and_says_so(store: Store) -> None:
    await store.check(datetime.now(UTC))


def test_the_tables_of_the_product_can_be_built() -> None:
    assert set(build(RECORDS).tables) == {record.name for record in RECORDS}
