from __future__ import annotations

from typing import Any

import pytest

from odata.bicycles import ROOT, Shop, body, open_service, road

pytestmark = pytest.mark.anyio


@pytest.fixture
async def brands(shop: Shop) -> Shop:
    """A shop with bike `a` and four brands, of which two are small."""
    for id, kind in (("Acme", "big"), ("Bolt", "small"), ("odd", "big"), ("banned", "small")):
        await shop.make("/brands", _brand(id, kind))
    await shop.make("/bikes", road("a"))
    return shop


def _brand(id: str, kind: str) -> dict[str, Any]:
    small = {"@odata.type": "#shop.smallBrand"} if kind == "small" else {}
    return {**small, "id": id, "name": id, "kind": kind}


async def linked(shop: Shop, navigation: str = "brands") -> list[str]:
    return [item["id"] for item in (await shop.read(f"/bikes/a/{navigation}"))["value"]]


@pytest.mark.parametrize(
    "reference",
    [
        {"@odata.id": f"{ROOT}/brands('acme')"},
        {"@odata_id": "https://elsewhere.example/v9.9/depot/Brands/ACME"},
        {"odata.id": "brands/acme"},
        {"@id": "/v1/makes('Acme')"},
        {"id": "acme"},
        {"@odata.id": "Acme", "@odata.type": "#shop.brand"},
    ],
    ids=["absolute", "any host and version", "relative", "other name", "bare id", "with a type"],
)
async def test_a_reference_is_accepted_in_every_spelling(
    brands: Shop, reference: dict[str, Any]
) -> None:
    assert (await brands.ask("POST", "/bikes/a/brands/$ref", reference)).status == 204
    assert (await brands.ask("POST", "/bikes/a/brands/$ref", reference)).status == 204  # again
    assert await linked(brands) == ["Acme"]


async def test_rules_change_the_source_along_with_a_link(brands: Shop) -> None:
    async def colour() -> Any:
        return (await brands.read("/bikes/a"))["colour"]

    await brands.ask("POST", "/bikes/a/brands/$ref", {"@odata.id": "odd"})
    assert await colour() == "red"
    await brands.ask("DELETE", "/bikes/a/brands/odd/$ref")
    assert await colour() == "darkBlue"


async def test_linked_targets_are_read_and_unlinked(brands: Shop) -> None:
    for id in ("Acme", "Bolt"):
        await brands.ask("POST", "/bikes/a/brands/$ref", {"@odata.id": f"/brands/{id}"})
    answer = await brands.read("/bikes/a/brands?$filter=name eq 'bolt'&$count=true")
    assert answer == {
        "@odata.context": f"{ROOT}/$metadata#Collection(shop.brand)",
        "@odata.count": 1,
        "value": [
            {"@odata.type": "#shop.smallBrand", "id": "Bolt", "name": "Bolt", "kind": "small"}
        ],
    }
    assert await linked(brands, "smallBrands") == ["Bolt"]
    assert (await brands.ask("GET", "/bikes/a/brands/$count")).body == b"2"
    assert (await brands.read("/bikes/a/brands/ACME"))["id"] == "Acme"
    assert (await brands.refused("GET", "/bikes/a/brands/odd")).status == 404
    assert (await brands.refused("GET", "/bikes/a/smallBrands/acme")).status == 404
    references = await brands.read("/bikes/a/brands/$ref")
    assert references == {
        "@odata.context": f"{ROOT}/$metadata#Collection($ref)",
        "value": [{"@odata.id": f"{ROOT}/brands('{id}')"} for id in ("Acme", "Bolt")],
    }
    assert (await brands.ask("DELETE", "/bikes/a/brands/ACME/$ref")).status == 204
    assert (await brands.refused("DELETE", "/bikes/a/brands/acme/$ref")).status == 404
    url = f"/bikes/a/brands/$ref?@id={ROOT}/brands('bolt')"
    assert (await brands.ask("DELETE", url)).status == 204
    assert (await brands.refused("DELETE", url)).status == 404
    assert (await brands.refused("DELETE", "/bikes/a/brands/$ref")).status == 400
    assert await linked(brands) == []


async def test_what_cannot_be_linked_is_refused(brands: Shop) -> None:
    async def fault(url: str, value: Any) -> tuple[int, str | None]:
        found = await brands.refused("POST", url, value)
        return found.status, found.target

    assert await fault("/bikes/a/brands/$ref", {"id": "none"}) == (404, "@odata.id")
    assert await fault("/bikes/a/smallBrands/$ref", {"id": "acme"}) == (404, "@odata.id")
    assert await fault("/bikes/a/brands/$ref", {"id": "/bikes/a"}) == (400, "@odata.id")
    assert await fault("/bikes/a/brands/$ref", {}) == (400, "@odata.id")
    assert await fault("/bikes/a/brands/$ref", {"id": "banned"}) == (400, "brands")
    assert await fault("/bikes/none/brands/$ref", {"id": "acme"}) == (404, None)
    brands.tenant = "fabrikam"
    assert await fault("/bikes/a/brands/$ref", {"id": f"{ROOT}/brands/acme"}) == (404, None)


async def test_patch_on_references_is_refused_unless_told_otherwise(brands: Shop) -> None:
    reply = await brands.ask("PATCH", "/bikes/a/brands/$ref", {"id": "acme"})
    assert (reply.status, reply.headers["Allow"]) == (405, "GET, POST, DELETE")
    assert body(reply)["error"]["code"] == "MethodNotAllowed"
    assert body(reply)["error"]["message"] == (
        "Only GET, POST, PUT, DELETE are allowed for $ref requests, but received: PATCH"
    )
    brands.service = open_service(brands.entities, [], patch_references=True)
    assert (await brands.ask("PATCH", "/bikes/a/brands/$ref", {"id": "acme"})).status == 204


async def test_references_are_bare_texts_where_that_is_asked_for(brands: Shop) -> None:
    await brands.ask("POST", "/bikes/a/brands/$ref", {"id": "acme"})
    brands.service = open_service(brands.entities, [], bare_references=True)
    url = f"{ROOT}/brands('Acme')"
    assert url in (await brands.read("/bikes/a/brands/$ref"))["value"]
    assert await brands.read("/bikes/a/brands/acme/$ref") == url


async def test_single_navigations_of_a_complex_property(brands: Shop) -> None:
    url = "/bikes/a/makers"
    assert await brands.read(url) == {"@odata.context": f"{ROOT}/$metadata#bikes('a')/makers"}
    assert (await brands.refused("GET", f"{url}/frameMaker")).status == 404
    assert (await brands.refused("GET", f"{url}/frameMaker/$ref")).status == 404
    for id in ("Acme", "bolt"):
        put = {"@odata.id": f"{ROOT}/brands/{id}"}
        assert (await brands.ask("PUT", f"{url}/frameMaker/$ref", put)).status == 204
    answer = await brands.read(f"{url}?$expand=frameMaker,gearMaker($select=id)")
    assert answer == {
        "@odata.context": f"{ROOT}/$metadata#bikes('a')/makers(frameMaker(),gearMaker())",
        "frameMaker": {
            "@odata.type": "#shop.smallBrand",
            "id": "Bolt",
            "name": "Bolt",
            "kind": "small",
        },
        "gearMaker": None,
    }
    through = await brands.read("/bikes?$expand=makers/frameMaker($select=id),makers/gearMaker")
    assert through["value"][0]["makers"] == {
        "frameMaker": {"@odata.type": "#shop.smallBrand", "id": "Bolt"},
        "gearMaker": None,
    }
    assert through["@odata.context"].endswith("bikes(makers/frameMaker(),makers/gearMaker())")
    assert (await brands.read(f"{url}/frameMaker"))["id"] == "Bolt"
    assert await brands.read(f"{url}/frameMaker/$ref") == {
        "@odata.context": f"{ROOT}/$metadata#$ref",
        "@odata.id": f"{ROOT}/brands('Bolt')",
    }
    for _ in range(2):
        assert (await brands.ask("PUT", f"{url}/frameMaker/$ref", {})).status == 204
    assert (await brands.refused("DELETE", f"{url}/frameMaker/$ref")).status == 404
    assert (await brands.refused("POST", f"{url}/frameMaker/$ref", {"id": "acme"})).status == 405


async def test_links_given_in_a_create_are_stored_with_it(brands: Shop) -> None:
    reply = await brands.ask(
        "POST",
        "/bikes",
        road(
            "b",
            brands=[{"id": "ACME", "type": "Acme", "name": "Acme"}, {"Id": "acme"}, "odd"],
            smallBrands=[{"@odata.id": "brands('bolt')"}],
            makers={"frameMaker": {"@odata.id": "bolt"}, "gearMaker": None},
        ),
    )
    assert reply.status == 201
    assert body(reply)["makers"] == {}
    assert reply.headers["Warning"] == '199 - "An odd brand."'
    assert {item["id"] for item in (await brands.read("/bikes/b/brands"))["value"]} == {
        "Acme",
        "Bolt",
        "odd",
    }
    assert (await brands.read("/bikes/b/makers/frameMaker"))["id"] == "Bolt"


@pytest.mark.parametrize(
    ("given", "target"),
    [
        ({"brands": [{"id": "{brandId}"}]}, "brands"),
        ({"makers": {"frameMaker": {"@odata.id": "/brands/none"}}}, "makers/frameMaker"),
        ({"smallBrands": ["acme"]}, "smallBrands"),
        ({"brands": [{"name": "acme"}]}, "brands/0"),
        ({"brands": "acme"}, "brands"),
        ({"parts": [{"id": "x"}]}, "parts"),
        ({"brands": ["banned"]}, "brands"),
    ],
    ids=["placeholder", "unknown", "wrong type", "no reference", "no list", "not inline", "rule"],
)
async def test_a_wrong_link_in_a_create_leaves_nothing_behind(
    brands: Shop, given: dict[str, Any], target: str
) -> None:
    fault = await brands.refused("POST", "/bikes", road("b", **given))
    assert (fault.status, fault.target) == (400, target)
    assert (await brands.refused("GET", "/bikes/b")).status == 404


async def test_what_is_linked_cannot_be_deleted_or_takes_the_link_along(brands: Shop) -> None:
    await brands.ask("POST", "/bikes/a/brands/$ref", {"id": "acme"})
    held = await brands.refused("DELETE", "/brands/acme")
    assert held.status == 409
    assert "'Acme' is still used by 'a';" in held.message
    await brands.ask("PUT", "/bikes/a/makers/gearMaker/$ref", {"id": "odd"})
    assert (await brands.ask("DELETE", "/brands/odd")).status == 204
    assert (await brands.refused("GET", "/bikes/a/makers/gearMaker")).status == 404


async def test_expanding_shows_targets_with_their_own_options(brands: Shop) -> None:
    for id in ("Acme", "Bolt", "odd"):
        await brands.ask("POST", "/bikes/a/brands/$ref", {"id": id})
    await brands.make("/bikes/a/parts", {"id": "bell"})
    answer = await brands.read(
        "/bikes?$select=id&$expand=brands($select=id;$orderby=name desc;$top=2;$count=true),"
        "parts,smallBrands/$ref"
    )
    context = f"{ROOT}/$metadata#bikes(id,brands(),parts(),smallBrands())"
    assert answer["@odata.context"] == context
    assert answer["value"] == [
        {
            "@odata.type": "#shop.roadBike",
            "id": "a",
            "brands@odata.count": 3,
            "brands": [{"id": "odd"}, {"@odata.type": "#shop.smallBrand", "id": "Bolt"}],
            "parts": [{"id": "bell", "name": None, "price": None}],
            "smallBrands": [{"@odata.id": f"{ROOT}/brands('Bolt')"}],
        }
    ]
