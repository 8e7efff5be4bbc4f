"""Computed sets, streams, other keys, rows as values and open types, through the protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from odata.bicycles import ADA, ROOT, VAULT, FrozenWorld, Shop, body
from odata.workshop import CATALOGUE, RECORDS, RULES, frame, open_workshop
from vestibule.odata.execute import Service
from vestibule.rules import Rules
from vestibule.store import open_store
from vestibule.store.migrations import upgrade

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    url = f"sqlite:///{tmp_path / 'workshop.db'}"
    upgrade(url, RECORDS)
    store = await open_store(url, RECORDS, VAULT)
    workshop = open_workshop(store.entities)
    for id in ("acme", "bmc"):
        await workshop.make("/brands", {"id": id, "name": id.upper()})
    await workshop.make("/frames", frame("f1", nickname="Red One"))
    yield workshop
    await store.close()


# ----------------------------------------------------------------------- other keys


@pytest.mark.parametrize(
    "address",
    [
        "/frames(number='N-f1')",
        "/frames(number='n-F1')",
        "/frames('number'='N-f1')",
        "/frames(id='f1')",
        "/frames/Red%20One",
        "/frames('red one')",
    ],
)
async def test_an_entity_is_found_by_its_other_keys(shop: Shop, address: str) -> None:
    assert (await shop.read(address))["id"] == "f1"
    assert (await shop.ask("PATCH", address, {"nickname": "Blue"})).status == 204
    assert (await shop.read("/frames/f1"))["nickname"] == "Blue"


@pytest.mark.parametrize(
    ("address", "status"),
    [("/frames(number='N-f2')", 404), ("/frames(colour='red')", 400), ("/frames/nobody", 404)],
    ids=["no such number", "no such key", "no such nickname"],
)
async def test_what_is_no_key_finds_nothing(shop: Shop, address: str, status: int) -> None:
    fault = await shop.refused("GET", address)
    assert fault.status == status
    if status == 400:
        assert "frames(id='…') or frames(number='…')" in fault.message


# ----------------------------------------------------------------------- a column as a link


async def test_a_column_may_be_a_navigation(shop: Shop) -> None:
    read = await shop.read("/frames?$expand=brand($select=name)")
    assert read["value"][0]["brand"] == {"name": "ACME"}
    assert (await shop.read("/frames/f1/brand"))["id"] == "acme"
    reference = await shop.read("/frames/f1/brand/$ref")
    assert reference["@odata.id"] == f"{ROOT}/brands('acme')"
    assert (await shop.refused("PUT", "/frames/f1/brand/$ref", {"id": "bmc"})).status == 405
    assert (await shop.refused("DELETE", "/brands/acme")).status == 409


async def test_a_required_navigation_is_asked_for(shop: Shop) -> None:
    fault = await shop.refused("POST", "/frames", {"number": "N-2"})
    assert (fault.status, fault.target) == (400, "brand")
    fault = await shop.refused("POST", "/frames", frame("f2", brand={"id": "none"}))
    assert (fault.status, fault.target) == (400, "brand")


# ----------------------------------------------------------------------- through a link


async def test_the_target_of_a_link_is_changed_and_unlinked_through_it(shop: Shop) -> None:
    assert (await shop.refused("GET", "/frames/f1/sponsor")).status == 404
    await shop.ask("PUT", "/frames/f1/sponsor/$ref", {"@odata.id": "brands/bmc"})
    assert (await shop.ask("PATCH", "/frames/f1/sponsor", {"name": "New"})).status == 204
    assert (await shop.read("/brands/bmc"))["name"] == "New"
    rated = await shop.ask("POST", "/frames/f1/sponsor/rate", {"stars": 5})
    assert (rated.status, body(rated)["stars"]) == (200, 5)
    assert (await shop.ask("DELETE", "/frames/f1/sponsor")).status == 204
    assert (await shop.refused("GET", "/frames/f1/sponsor")).status == 404
    assert (await shop.read("/brands/bmc"))["stars"] == 5


async def test_whoever_may_not_change_brands_may_not_through_a_link(shop: Shop) -> None:
    await shop.ask("PUT", "/frames/f1/sponsor/$ref", {"id": "bmc"})
    bob = shop.as_(replace(ADA, permissions=frozenset({"Bike.Read", "Bike.ReadWrite"})))
    assert (await bob.refused("PATCH", "/frames/f1/sponsor", {"name": "x"})).status == 403
    assert (await bob.refused("POST", "/frames/f1/sponsor/rate", {"stars": 1})).status == 403
    assert (await bob.ask("DELETE", "/frames/f1/sponsor")).status == 204


# ----------------------------------------------------------------------- rows as values


async def test_values_may_be_rows_of_their_own(shop: Shop) -> None:
    services = [{"doneBy": "Ada", "cost": 3}, {"doneBy": "Bob", "cost": 4}]
    created = await shop.make("/frames", frame("f2", services=services))
    assert "services" not in created
    read = await shop.read("/frames?$select=id,services&$orderby=id")
    assert read["value"] == [{"id": "f1", "services": []}, {"id": "f2", "services": services}]
    assert (await shop.read("/frames/f2/services"))["value"] == services
    assert "services" not in await shop.read("/frames/f2")


async def test_an_operation_may_write_and_answer_with_a_value(shop: Shop) -> None:
    answer = await shop.ask("POST", "/frames/f1/bill")
    assert answer.status == 200
    assert body(answer) == {
        "@odata.context": f"{ROOT}/$metadata#shop.service", "doneBy": "bill", "cost": 5,
    }  # fmt: skip
    assert (await shop.read("/frames/f1/services"))["value"] == [{"doneBy": "bill", "cost": 5}]
    assert (await shop.refused("POST", "/frames/f1/bill")).status == 409


# ----------------------------------------------------------------------- open types


async def test_an_open_type_keeps_what_is_not_declared(shop: Shop) -> None:
    await shop.make("/frames", frame("f2", shoeSize=42, colour="red"))
    assert "shoeSize" not in await shop.read("/frames/f2")
    read = await shop.read("/frames/f2?$select=id,shoeSize,colour,nothing")
    del read["@odata.context"]
    assert read == {"id": "f2", "shoeSize": 42, "colour": "red", "nothing": None}
    await shop.ask("PATCH", "/frames/f2", {"colour": None, "bell": True})
    read = await shop.read("/frames/f2?$select=shoeSize,colour,bell")
    del read["@odata.context"]
    assert read == {"shoeSize": 42, "colour": None, "bell": True}


# ----------------------------------------------------------------------- computed sets


async def test_a_computed_set_is_queried_like_any_other(shop: Shop) -> None:
    read = await shop.read("/frames/f1/manuals?$filter=language ge 'e'&$orderby=language desc")
    assert [one["id"] for one in read["value"]] == ["fr", "en"]
    assert "@odata.nextLink" not in read
    assert (await shop.ask("GET", "/frames/f1/manuals/$count")).body == b"3"
    page = await shop.read("/frames/f1/manuals?$count=true", Prefer="odata.maxpagesize=2")
    assert (page["@odata.count"], [one["id"] for one in page["value"]]) == (3, ["de", "en"])
    path, _, query = page["@odata.nextLink"].removeprefix(ROOT).partition("?")
    rest = await shop.read(f"{path}?{query}", Prefer="odata.maxpagesize=2")
    assert [one["id"] for one in rest["value"]] == ["fr"]
    read = await shop.read("/frames?$expand=manuals($filter=id eq 'de';$select=language)")
    assert read["value"][0]["manuals"] == [{"language": "Deutsch"}]


async def test_members_of_a_computed_set_lead_further(shop: Shop) -> None:
    assert (await shop.read("/frames/F1/manuals('DE')"))["language"] == "Deutsch"
    assert (await shop.refused("GET", "/frames/f1/manuals/xx")).status == 404
    page = await shop.read("/frames/f1/manuals/de/pages/2")
    assert page["owner"] == "f1/de by pages"
    assert page["@odata.context"].endswith("#frames('f1')/manuals('de')/pages/$entity")
    assert (await shop.refused("POST", "/frames/f1/manuals/de/pages", {})).status == 405


async def test_what_is_not_available_expands_to_nothing(shop: Shop) -> None:
    assert (await shop.refused("GET", "/frames/f1/manuals/fr/pages")).status == 400
    read = await shop.read("/frames/f1/manuals?$expand=pages")
    assert [len(one["pages"]) for one in read["value"]] == [2, 2, 0]


async def test_writes_to_a_computed_set_store_what_its_rules_say(shop: Shop) -> None:
    made = await shop.ask("POST", "/frames/f1/manuals", {"id": "de"})
    assert (made.status, body(made)["noted"]) == (201, True)
    assert made.headers["Location"] == f"{ROOT}/frames('f1')/manuals('de')"
    assert (await shop.refused("POST", "/frames/f1/manuals", {"id": "de"})).status == 409
    assert (await shop.ask("PATCH", "/frames/f1/manuals/de", {"language": "x"})).status == 204
    assert (await shop.ask("DELETE", "/frames/f1/manuals/de")).status == 204
    assert not (await shop.read("/frames/f1/manuals/de"))["noted"]
    assert (await shop.ask("PUT", "/frames/f1/manuals/fr", {})).status == 204
    assert (await shop.read("/frames/f1/manuals/fr"))["noted"]
    fault = await shop.refused("PUT", "/frames/f1/manuals/xx", {})
    assert (fault.status, fault.target) == (400, "id")
    answer = await shop.ask("PUT", "/frames/f1/manuals/fr", {}, Prefer="return=representation")
    assert (answer.status, body(answer)["language"]) == (200, "Français")


async def test_a_set_that_nobody_may_list_is_asked_by_key(shop: Shop) -> None:
    assert await shop.read("/stamps/N-f1") == {
        "@odata.context": f"{ROOT}/$metadata#stamps/$entity",
        "number": "N-f1",
        "frame": "f1",
    }
    assert (await shop.read("/stamps('N-f1')/frame"))["value"] == "f1"
    assert (await shop.refused("GET", "/stamps/N-f2")).status == 404
    assert (await shop.refused("GET", "/stamps")).status == 405
    assert (await shop.refused("DELETE", "/stamps/N-f1")).status == 405


# ----------------------------------------------------------------------- streams


async def test_a_stream_is_read_written_and_cleared(shop: Shop) -> None:
    address = "/frames/f1/manuals/en/$value"
    answer = await shop.ask("GET", address, Accept="application/octet-stream, application/json")
    assert (answer.status, answer.body) == (200, b"English")
    assert answer.headers["Content-Type"] == "text/plain"
    put = await shop.ask("PUT", address, b"Read me", Content_Type="application/octet-stream")
    assert (put.status, put.body) == (204, b"")
    assert (await shop.ask("GET", address)).body == b"Read me"
    fault = await shop.refused("PUT", address, b"<p>")
    assert (fault.status, fault.target) == (400, "$value")
    assert (await shop.ask("DELETE", address)).status == 204
    assert (await shop.ask("GET", address)).body == b"English"
    assert (await shop.refused("POST", address, b"x")).status == 405
    assert (await shop.refused("GET", "/frames/f1/$value")).status == 400
    assert (await shop.refused("GET", "/frames/f1/manuals/$value")).status == 400


@pytest.mark.parametrize(
    ("rules", "wanted"),
    [
        ({"shop.manual": Rules()}, "given"),
        ({"shop.stamp": Rules()}, "sought"),
        ({"shop.page": RULES["shop.stamp"]}, "given"),
        ({"shop.manual": replace(RULES["shop.manual"], stream=None)}, "stream"),
        ({"shop.manual": replace(RULES["shop.manual"], put=None)}, "put"),
    ],
    ids=["rows", "row", "rows to list", "stream", "put"],
)
async def test_a_service_does_not_start_without_the_rules_it_needs(
    shop: Shop, rules: dict[str, Rules], wanted: str
) -> None:
    with pytest.raises(ValueError, match=wanted):
        Service(CATALOGUE, {**RULES, **rules}, entities=shop.entities, world=FrozenWorld())
