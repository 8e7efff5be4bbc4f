from __future__ import annotations

import gzip
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odata.bicycles import ADA, Shop, road
from vestibule.rules import Principal

pytestmark = pytest.mark.anyio

UNREADABLE = (
    "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is "
    "of valid JSON format."
)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", UNREADABLE),
        (b"{", UNREADABLE),
        (b"[]", UNREADABLE),
        (b"null", UNREADABLE),
        (b'{"name": "\xff"}', UNREADABLE),
        (b'{"name": "\\ud800"}', UNREADABLE),
        (b'{"gears": 1e999}', UNREADABLE),
        (b"[" * 200_000, UNREADABLE),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "nested deeper than 32"),
        (b'{"name": "a\\u0000b"}', "NUL"),
        (b'{"a\\u0000b": 1}', "NUL"),
    ],
    ids=lambda value: repr(value)[:24] if isinstance(value, bytes) else "",
)
async def test_an_unreadable_body_is_refused(shop: Shop, raw: bytes, message: str) -> None:
    for method, url in (("POST", "/bikes"), ("PUT", "/bikes/a/makers/frameMaker/$ref")):
        fault = await shop.refused(method, url, raw)
        assert (fault.status, fault.code) == (400, "BadRequest")
        assert message in fault.message


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),
        ({"content_type": "application/json"}, 201),
        ({"content_type": "Application/JSON; charset=UTF-8; odata.metadata=full"}, 201),
        ({"content_type": "text/plain"}, 415),
        ({"content_type": "application/octet-stream"}, 415),
        ({"content_type": "application/json; charset=utf-16"}, 415),
        ({"content_encoding": "br"}, 415),
        ({"accept": "application/xml"}, 406),
        ({"accept": "application/json;q=0"}, 406),
        ({"accept": "text/html, */*;q=0.1"}, 201),
        ({"accept": "application/json;odata.metadata=loud"}, 406),
    ],
)
async def test_media_types_are_negotiated(shop: Shop, headers: dict[str, str], status: int) -> None:
    reply = await shop.ask("POST", "/bikes", road("a"), **headers)
    assert reply.status == status


async def test_a_compressed_body_is_read_up_to_the_limit(shop: Shop) -> None:
    packed = gzip.compress(msgspec.json.encode(road("a")))
    assert (await shop.ask("POST", "/bikes", packed, content_encoding="gzip")).status == 201
    bomb = gzip.compress(b" " * 10_000_000)
    assert (await shop.refused("POST", "/bikes", bomb, content_encoding="gzip")).status == 413
    for broken in (packed[:-9], b"not gzip"):
        fault = await shop.refused("POST", "/bikes", broken, content_encoding="gzip")
        assert fault.status == 400


@pytest.mark.parametrize(
    ("method", "url", "allow"),
    [
        ("PUT", "/bikes", "GET, POST"),
        ("DELETE", "/bikes", "GET, POST"),
        ("POST", "/bikes/a", "GET, PATCH, DELETE"),
        ("POST", "/$metadata", "GET"),
        ("POST", "/", "GET"),
        ("DELETE", "/depot", "GET"),
        ("PATCH", "/bikes/a/name", "GET"),
        ("POST", "/bikes/a/brands", "GET"),
        ("DELETE", "/bikes/a/brands/x", "GET"),
        ("POST", "/bikes/$count", "GET"),
    ],
)
async def test_a_verb_that_is_not_served_is_405(
    shop: Shop, method: str, url: str, allow: str
) -> None:
    reply = await shop.ask(method, url, {})
    assert (reply.status, reply.headers["Allow"]) == (405, allow)


@pytest.mark.parametrize(
    ("principal", "method", "status"),
    [
        (None, "GET", 401),
        (replace(ADA, permissions=frozenset()), "GET", 403),
        (replace(ADA, permissions=frozenset({"Brand.Read"})), "GET", 403),
        (replace(ADA, permissions=frozenset({"Bike.Read"})), "GET", 200),
        (replace(ADA, permissions=frozenset({"Bike.Read"})), "POST", 403),
        (replace(ADA, kind="delegated"), "GET", 403),
        (replace(ADA, kind="delegated", roles=frozenset({"cook"})), "POST", 403),
        (replace(ADA, kind="delegated", roles=frozenset({"mechanic"})), "POST", 201),
    ],
    ids=["nobody", "no permission", "another's", "reader reads", "reader writes", "no role",
         "wrong role", "mechanic"],
)  # fmt: skip
async def test_permission_is_asked_before_the_body(
    shop: Shop, principal: Principal | None, method: str, status: int
) -> None:
    reply = await shop.as_(principal).ask(method, "/bikes", road("a"))
    assert reply.status == status
    if status == 401:
        assert reply.headers["WWW-Authenticate"].startswith("Bearer")
    if status == 403:
        assert b"Authorization_RequestDenied" in reply.body
        assert (await shop.as_(principal).ask(method, "/bikes", b"{")).status == 403


async def test_every_route_needs_permission_but_the_description(shop: Shop) -> None:
    nobody = shop.as_(replace(ADA, permissions=frozenset()))
    for route in shop.service.routes():
        url = route.template.replace("{", "").replace("}", "")
        assert (await nobody.ask(route.method, url, {})).status == (403 if route.access else 200)
        assert bool(route.permissions) == bool(route.access)
        if route.access:
            assert (await shop.as_(None).ask(route.method, url, {})).status == 401


def test_routes_are_all_there_is(shop: Shop) -> None:
    templates = {f"{route.method} {route.template}" for route in shop.service.routes()}
    assert {
        "GET /bikes",
        "POST /bikes/{bike-id}/repaint",
        "GET /bikes/colours",
        "DELETE /bikes/{bike-id}/parts/{part-id}",
        "POST /bikes/{bike-id}/brands/$ref",
        "DELETE /bikes/{bike-id}/brands/{brand-id}/$ref",
        "PUT /bikes/{bike-id}/makers/gearMaker/$ref",
        "PATCH /depot/bikes/{bike-id}",
        "GET /brands/$count",
    } <= templates


TEXT = st.text(max_size=12)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["id", "name", "frameNumber", "colour", "gears", "weight", "sold", "built", "tags", "seat",
     "lockCode", "makers", "label", "brands", "smallBrands", "@odata.type", "brands@odata.bind"]
)  # fmt: skip
VALUES = JSON | st.sampled_from(
    ["roadBike", "#shop.cityBike", 10**30, -(2**63), 1e308, {"material": "x"},
     "x" * 5000, "2024-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00",
     {"frameMaker": {"id": "x"}}, [{"@odata.id": "http://[/x"}]]
)  # fmt: skip
SEGMENTS = st.sampled_from(
    ["bikes", "brands", "depot", "a", "parts", "makers", "frameMaker", "$ref", "$count", "$value",
     "name", "seat", "shop.roadBike", "colours()", "repaint", "bikes('a')", "%27", "$metadata"]
)  # fmt: skip


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "PUT", "DELETE"]),
    segments=st.lists(SEGMENTS | TEXT, max_size=5),
    query=st.sampled_from(["", "$top=1", "$expand=*", "$select=id", "$filter=id in ('a')"]) | TEXT,
    document=st.dictionaries(NAMES, VALUES, max_size=5) | JSON,
)
async def test_no_input_gives_a_server_error(
    shop: Shop, method: str, segments: list[str], query: str, document: Any
) -> None:
    try:
        raw = msgspec.json.encode(document)
    except UnicodeEncodeError:
        raw = b"{"
    reply = await shop.ask(method, f"/{'/'.join(segments)}?{query}", raw)
    assert reply.status < 500
    assert reply.status < 400 or msgspec.json.decode(reply.body)["error"]["message"]
