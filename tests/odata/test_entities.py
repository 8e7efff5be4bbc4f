from __future__ import annotations

import asyncio

import msgspec
import pytest

from odata.bicycles import ROOT, Shop, body, call, road
from vestibule.errors import Problem
from vestibule.ports import Query

pytestmark = pytest.mark.anyio


async def test_a_bike_is_created_read_changed_and_deleted(shop: Shop) -> None:
    reply = await shop.ask("POST", "/bikes", road("it's", frameNumber="AB1", gears=3.0, weight=9))
    assert reply.status == 201
    assert reply.headers["Location"] == f"{ROOT}/bikes('it%27%27s')"
    created = body(reply)
    assert created == {
        "@odata.context": f"{ROOT}/$metadata#bikes/$entity",
        "@odata.type": "#shop.roadBike",
        "id": "it's",
        "name": "it's",
        "frameNumber": "AB1",
        "colour": "red",
        "gears": 3,
        "weight": 9,
        "sold": False,
        "built": None,
        "tags": None,
        "seat": None,
        "lockCode": None,
        "makers": {},
        "label": "#it's",
        "createdBy": "shop",
    }
    for url in ("/bikes/it's", "/BIKES('it''s')/", "/bikes(id='it%27%27s')", "/bikes/IT%27S"):
        assert await shop.read(url) == created
    reply = await shop.ask("PATCH", "/bikes/it's", {"gears": 8, "id": "IT'S", "name": "Zoë"})
    assert (reply.status, reply.body) == (204, b"")
    assert (await shop.read("/bikes/it's"))["gears"] == 8
    assert (await shop.ask("DELETE", "/bikes/it's")).status == 204
    gone = await shop.refused("GET", "/bikes/it's")
    assert (gone.status, gone.code) == (404, "Request_ResourceNotFound")
    assert shop.changed == ["contoso"] * 3


async def test_every_write_adds_one_audit_row(shop: Shop) -> None:
    await shop.make("/bikes", road("a"))
    await shop.ask("PATCH", "/bikes/a", {"gears": 3})
    await shop.ask("DELETE", "/bikes/a")
    await shop.refused("POST", "/bikes", road("a", gears="many"))
    rows = await shop.entities.find(Query("entry", "contoso"))
    assert [(row["action"], row["target"]) for row in rows] == [
        ("create shop.roadBike", "a"),
        ("update shop.roadBike", "a"),
        ("delete shop.roadBike", "a"),
    ]


async def test_secrets_print_as_stars_and_stars_keep_them(shop: Shop) -> None:
    made = await shop.make("/bikes", road("a", lockCode="1234"))
    assert made["lockCode"] == "******"
    await shop.ask("PATCH", "/bikes/a", {"lockCode": "***", "gears": 2})
    row = await shop.entities.get("bike", "contoso", "a")
    assert row is not None
    assert (row["lock_code"], row["gears"]) == ("1234", 2)
    seat = {"@odata.type": "sprungSeat", "material": "leather", "key": "k"}
    await shop.ask("PATCH", "/bikes/a", {"seat": seat})
    assert (await shop.read("/bikes/a/seat"))["key"] == "******"


async def test_a_polymorphic_value_keeps_its_type(shop: Shop) -> None:
    seat = {"@odata.type": "S.SPRUNGSEAT", "Material": "leather", "springs": 2.0}
    made = await shop.make("/bikes", road("a", seat=seat))
    assert made["seat"] == {"@odata.type": "#shop.sprungSeat", "material": "leather", "springs": 2}


async def test_a_server_makes_the_id_when_none_is_given(shop: Shop) -> None:
    made = await shop.make("/bikes", {"@odata.type": "roadBike", "Name": "x"})
    assert made["id"] == "00000000-0000-4000-8000-000000000001"


async def test_what_is_revealed_shows_once(shop: Shop) -> None:
    assert (await shop.make("/bikes", road("sold", sold=True)))["receipt"] == "r1"
    assert "receipt" not in await shop.read("/bikes/sold")
    assert (await shop.refused("DELETE", "/bikes/sold")).status == 409


async def test_of_concurrent_creates_exactly_one_wins(shop: Shop) -> None:
    replies = await asyncio.gather(*(shop.ask("POST", "/bikes", road("a")) for _ in range(8)))
    assert sorted(reply.status for reply in replies) == [201] + [409] * 7
    fault = await shop.refused("POST", "/bikes", road("A"))
    assert (fault.status, fault.code, fault.target) == (409, "AADB2C", "id")


async def test_if_match_guards_a_change(shop: Shop) -> None:
    await shop.make("/bikes", road("a"))
    etag = (await shop.ask("GET", "/bikes/a")).headers["ETag"]
    assert (await shop.ask("PATCH", "/bikes/a", {"gears": 2}, if_match=etag)).status == 204
    stale = await shop.refused("PATCH", "/bikes/a", {"gears": 3}, if_match=etag)
    assert (stale.status, stale.code) == (412, "resourceModified")
    assert (await shop.refused("DELETE", "/bikes/a", if_match=etag)).status == 412
    assert (await shop.refused("DELETE", "/bikes/a", if_match="nonsense")).status == 400
    assert (await shop.ask("DELETE", "/bikes/a", if_match="*")).status == 204


async def test_preferences_decide_what_comes_back(shop: Shop) -> None:
    reply = await shop.ask("POST", "/bikes", road("a"), prefer="return=minimal")
    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers["Preference-Applied"] == "return=minimal"
    assert reply.headers["Location"] == f"{ROOT}/bikes('a')"
    reply = await shop.ask("PATCH", "/bikes/a", {"gears": 2}, prefer="return=representation")
    assert reply.status == 200
    assert body(reply)["gears"] == 2


async def test_warnings_of_rules_become_headers(shop: Shop) -> None:
    reply = await shop.ask("POST", "/bikes", road("heavy"))
    assert reply.headers["Warning"] == '199 - "It is \\"heavy\\"."'


async def test_parts_live_and_die_with_their_bike(shop: Shop) -> None:
    await shop.make("/bikes", road("a"))
    await shop.make("/bikes", road("b"))
    made = await shop.make("/bikes/A/parts", {"id": "bell", "price": 3.5})
    assert made == {
        "@odata.context": f"{ROOT}/$metadata#bikes('a')/parts/$entity",
        "id": "bell",
        "name": None,
        "price": 3.5,
    }
    assert (await shop.read("/bikes/b/parts"))["value"] == []
    assert (await shop.refused("POST", "/bikes/none/parts", {"id": "bell"})).status == 404
    await shop.ask("DELETE", "/bikes/a")
    await shop.make("/bikes", road("a"))
    assert (await shop.read("/bikes/a/parts"))["value"] == []


async def test_a_set_under_a_singleton_shows_the_same_bikes(shop: Shop) -> None:
    made = await shop.make("/depot/bikes", road("a"))
    assert made["@odata.context"] == f"{ROOT}/$metadata#depot/bikes/$entity"
    assert (await shop.read("/bikes/a"))["id"] == "a"
    assert await shop.read("/depot") == {"@odata.context": f"{ROOT}/$metadata#depot"}


async def test_properties_are_read_by_path(shop: Shop) -> None:
    await shop.make("/bikes", road("a", weight=9.5))
    assert await shop.read("/bikes/a/WEIGHT") == {
        "@odata.context": f"{ROOT}/$metadata#bikes('a')/weight",
        "value": 9.5,
    }
    assert (await shop.ask("GET", "/bikes/a/weight/$value")).body == b"9.5"
    assert (await shop.ask("GET", "/bikes/a/built")).status == 204


async def test_operations_come_with_and_without_parentheses(shop: Shop) -> None:
    await shop.make("/bikes", road("a"))
    for name in ("colours", "colours()", "shop.Colours()", "s.colours"):
        assert await shop.read(f"/bikes/{name}") == {
            "@odata.context": f"{ROOT}/$metadata#Collection(Edm.String)",
            "value": ["red", "darkBlue"],
        }
    reply = await shop.ask("POST", "/bikes/a/repaint", {"colour": "NAVY"})
    assert (reply.status, body(reply)["colour"]) == (200, "darkBlue")
    assert (await shop.refused("POST", "/bikes/a/repaint", {})).target == "colour"
    assert (await shop.refused("GET", "/bikes/a/repaint")).status == 405


async def test_another_tenant_sees_nothing(shop: Shop) -> None:
    await shop.make("/bikes", road("a"))
    shop.tenant = "fabrikam"
    assert (await shop.refused("GET", "/bikes/a")).status == 404
    assert (await shop.read("/bikes"))["value"] == []


async def test_metadata_levels(shop: Shop) -> None:
    await shop.make("/bikes", road("a", weight=2))
    bare = await shop.read("/bikes/a?$select=id", accept="application/json;odata.metadata=none")
    assert bare == {"id": "a"}
    full = await shop.read("/bikes/a?$format=application/json;odata.metadata=full")
    assert full["@odata.id"] == f"{ROOT}/bikes('a')"
    assert full["weight@odata.type"] == "#Single"
    assert full["brands@odata.navigationLink"] == f"{ROOT}/bikes('a')/brands"


async def test_a_document_goes_through_the_same_validation(shop: Shop) -> None:
    made = await shop.service.create(call(), "/bikes", road("a"), place="bikes/0")
    assert made["id"] == "a"
    faults = []
    for document in (road("b", gears="x"), road("a"), {}):
        with pytest.raises(Problem, match="bikes/1") as caught:
            await shop.service.create(call(), "/bikes", document, place="bikes/1")
        faults.append(caught.value.target)
    assert faults == ["bikes/1/gears", "bikes/1/id", "bikes/1/@odata.type"]


async def test_replies_carry_the_headers_of_the_protocol(shop: Shop) -> None:
    for reply in (await shop.ask("GET", "/bikes"), await shop.ask("GET", "/nowhere")):
        assert reply.headers["OData-Version"] == "4.0"
        assert reply.headers["request-id"] == "request-1"
        assert reply.headers["client-request-id"] == "client-1"
        assert reply.headers["Content-Type"] == (
            "application/json;odata.metadata=minimal;odata.streaming=true;"
            "IEEE754Compatible=false;charset=utf-8"
        )
    assert msgspec.json.decode(reply.body)["error"] == {
        "code": "BadRequest",
        "message": "Resource not found for the segment 'nowhere'.",
        "innerError": {
            "date": "2026-11-20T12:00:00",
            "request-id": "request-1",
            "client-request-id": "client-1",
        },
    }
