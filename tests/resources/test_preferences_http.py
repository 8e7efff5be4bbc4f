"""Prefer, entity tags, compressed bodies and odd verbs over HTTP.

Source: graph-surface 2.10, 2.12, 2.14; OData protocol 4.01, sections 8.2.8 and 8.3.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from uuid import uuid4

import httpx2
import pytest

from live import Live
from resources.bodies import B2C, b2c, basic, read
from resources.shape import refused
from resources.tokens import Mint

CONNECTORS = "/v1.0/identity/apiConnectors"
SUSI = f"{B2C}/B2C_1_susi"
JSON = {"content-type": "application/json"}
NEWER = "include-unknown-enum-members"


@pytest.fixture(scope="module")
def place(live: Live, mint: Mint) -> Iterator[httpx2.Client]:
    """A client that may do everything in a tenant of this module's."""
    _, token = mint.fresh_tenant()
    with live.http(headers={"authorization": f"Bearer {token}"}) as client:
        yield client


@pytest.fixture
def flow(place: httpx2.Client) -> str:
    """The address of a flow of the test's own."""
    made = place.post(B2C, json=b2c(uuid4().hex))
    assert made.status_code == 201, made.text
    return made.headers["location"]


@pytest.fixture(scope="module")
def five(live: Live, mint: Mint) -> Iterator[httpx2.Client]:
    """In a tenant with five flows."""
    _, token = mint.fresh_tenant()
    items = [
        {"id": str(at), "method": "POST", "url": "/identity/b2cUserFlows", "body": b2c(f"f{at}")}
        for at in range(5)
    ]
    with live.http(headers={"authorization": f"Bearer {token}"}) as client:
        assert client.post("/beta/$batch", json={"requests": items}).is_success
        yield client


# --------------------------------------------------------------------------- Prefer


@pytest.mark.parametrize(
    ("prefer", "status", "applied"),
    [
        (None, 201, None),
        ("return=representation", 201, "return=representation"),
        ("return=minimal", 204, "return=minimal"),
        ('Return="minimal"; wait', 201, None),
        ("respond-async, return=minimal", 204, "return=minimal"),
        ("return=minimal, return=representation", 204, "return=minimal"),
        ("return=nothing", 201, None),
        (f"{NEWER}, return=representation", 201, f"return=representation, {NEWER}"),
        (",,=", 201, None),
    ],
)
def test_a_create_answers_as_preferred(
    place: httpx2.Client, prefer: str | None, status: int, applied: str | None
) -> None:
    headers = {"prefer": prefer} if prefer else {}
    name = uuid4().hex
    answer = place.post(B2C, json=b2c(name), headers=headers)
    assert (answer.status_code, answer.headers.get("preference-applied")) == (status, applied)
    location = answer.headers["location"]
    assert location.endswith(f"/b2cUserFlows('B2C_1_{name}')")
    assert bool(answer.content) is (status == 201)
    if status == 204:
        assert answer.headers["odata-entityid"] == location
    assert read(place, location)["id"] == f"B2C_1_{name}"


@pytest.mark.parametrize(
    ("prefer", "status", "applied"),
    [
        (None, 204, None),
        ("return=minimal", 204, "return=minimal"),
        ("return=representation", 200, "return=representation"),
        (NEWER, 204, None),
    ],
)
def test_an_update_answers_as_preferred(
    place: httpx2.Client, flow: str, prefer: str | None, status: int, applied: str | None
) -> None:
    headers = {"prefer": prefer} if prefer else {}
    answer = place.patch(flow, json={"defaultLanguageTag": "fr"}, headers=headers)
    assert (answer.status_code, answer.headers.get("preference-applied")) == (status, applied)
    assert read(place, flow)["defaultLanguageTag"] == "fr"
    if status == 200:
        assert answer.json()["defaultLanguageTag"] == "fr"
        assert answer.headers["etag"] == place.get(flow).headers["etag"]


def test_a_delete_has_no_preference(place: httpx2.Client, flow: str) -> None:
    answer = place.delete(flow, headers={"prefer": "return=minimal"})
    assert (answer.status_code, answer.headers.get("preference-applied")) == (204, None)


@pytest.mark.parametrize(
    ("prefer", "query", "sizes", "applied"),
    [
        ("odata.maxpagesize=2", "", [2, 2, 1], "odata.maxpagesize=2"),
        ("maxpagesize=2", "?$count=true", [2, 2, 1], "odata.maxpagesize=2"),
        ('odata.maxpagesize="3"', "", [3, 2], "odata.maxpagesize=3"),
        (f"odata.maxpagesize=2, {NEWER}", "", [2, 2, 1], f"odata.maxpagesize=2, {NEWER}"),
        (NEWER, "", [5], NEWER),
        ("odata.maxpagesize=2", "?$top=4", [2, 2], "odata.maxpagesize=2"),
        ("odata.maxpagesize=100000", "", [5], "odata.maxpagesize=100000"),
        ("odata.maxpagesize=0", "", [5], None),
        ("odata.maxpagesize=-1", "", [5], None),
        ("odata.maxpagesize=two", "", [5], None),
        ("odata.maxpagesize", "", [5], None),
    ],
)
def test_pages_are_as_large_as_preferred(
    five: httpx2.Client, prefer: str, query: str, sizes: list[int], applied: str | None
) -> None:
    found, url = [], f"{B2C}{query}"
    while url:
        answer = five.get(url, headers={"prefer": prefer})
        assert answer.headers.get("preference-applied") == applied
        found.append(len(answer.json()["value"]))
        url = answer.json().get("@odata.nextLink", "")
    assert found == sizes
    assert five.get(f"{B2C}/$count", headers={"prefer": prefer}).text == "5"


# --------------------------------------------------------------------------- entity tags


def test_a_tag_changes_with_its_entity(place: httpx2.Client, flow: str) -> None:
    first = place.get(flow).headers["etag"]
    assert first.startswith('W/"')
    assert place.get(flow).headers["etag"] == first
    assert "etag" not in place.get(B2C).headers
    answer = place.patch(flow, json={"defaultLanguageTag": "fr"}, headers={"if-match": first})
    assert answer.status_code == 204
    second = place.get(flow).headers["etag"]
    assert second != first
    late = place.patch(flow, json={"defaultLanguageTag": "de"}, headers={"if-match": first})
    refused(late, 412, code="resourceModified")
    assert read(place, flow)["defaultLanguageTag"] == "fr"
    refused(place.delete(flow, headers={"if-match": first}), 412, code="resourceModified")
    assert place.delete(flow, headers={"if-match": second}).status_code == 204
    refused(place.delete(flow, headers={"if-match": second}), 404)


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("tag", "status", "code"),
    [
        ("*", 204, ""),
        ("{}", 204, ""),
        ('W/"999", {}', 204, ""),
        ('"999"', 412, "resourceModified"),
        ('W/"999", W/"998"', 412, "resourceModified"),
        ("1", 400, "malformedEntityTag"),
        ('W/"', 400, "malformedEntityTag"),
        ("", 400, "malformedEntityTag"),
        ('"1', 400, "malformedEntityTag"),
        ("W/*", 400, "malformedEntityTag"),
    ],
)
def test_what_if_match_may_say(
    place: httpx2.Client, method: str, tag: str, status: int, code: str
) -> None:
    made = place.post(CONNECTORS, json=basic())
    path = f"{CONNECTORS}/{made.json()['id']}"
    headers = {**JSON, "if-match": tag.format(made.headers["etag"])}
    content = b'{"displayName":"Renamed"}' if method == "PATCH" else b""
    answer = place.request(method, path, headers=headers, content=content)
    assert answer.status_code == status, answer.text
    if code:
        refused(answer, code=code)
        assert read(place, path)["displayName"] == basic()["displayName"]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_if_match_of_what_is_not_there_is_404(shared: httpx2.Client, method: str) -> None:
    answer = shared.request(method, SUSI, headers={"if-match": "*", **JSON}, content=b"{}")
    refused(answer, 404, code="Request_ResourceNotFound")


# --------------------------------------------------------------------------- compression


@pytest.mark.parametrize("spelling", ["gzip", "GZIP"])
def test_a_compressed_body_is_read(place: httpx2.Client, spelling: str) -> None:
    headers = {**JSON, "content-encoding": spelling}
    name = uuid4().hex
    content = gzip.compress(json.dumps(b2c(name)).encode())
    assert place.post(B2C, content=content, headers=headers).status_code == 201
    body = gzip.compress(b'{"defaultLanguageTag":"fr"}')
    path = f"{B2C}/B2C_1_{name}"
    assert place.patch(path, content=body, headers=headers).status_code == 204
    assert read(place, path)["defaultLanguageTag"] == "fr"


GOOD = gzip.compress(json.dumps(b2c("zipped")).encode())


@pytest.mark.parametrize(
    ("encoding", "content", "status"),
    [
        ("gzip", b"", 400),
        ("gzip", b"{}", 400),
        ("gzip", GOOD[:-4], 400),
        ("gzip", GOOD[:12], 400),
        ("gzip", GOOD + b"more", 400),
        ("gzip", GOOD + GOOD, 400),
        ("gzip", zlib.compress(b"{}"), 400),
        ("gzip", gzip.compress(GOOD), 400),
        ("gzip", gzip.compress(b" " * 100_000_000, 1), 413),
        ("gzip, gzip", gzip.compress(GOOD), 415),
        ("deflate", zlib.compress(b"{}"), 415),
        ("br", GOOD, 415),
    ],
    ids=["nothing", "plain", "cut", "cut early", "more behind", "twice in a row", "zlib",
         "twice inside", "bomb", "twice by name", "deflate", "brotli"],
)  # fmt: skip
def test_a_body_that_cannot_be_inflated_is_refused(
    shared: httpx2.Client, encoding: str, content: bytes, status: int
) -> None:
    before = read(shared, B2C)["value"]  # other modules' flows are there too
    answer = shared.post(B2C, content=content, headers={**JSON, "content-encoding": encoding})
    refused(answer, status)
    assert read(shared, B2C)["value"] == before


# --------------------------------------------------------------------------- verbs


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "PURGE", "PROPFIND"])
@pytest.mark.parametrize(
    ("path", "allow"),
    [
        (B2C, "GET, POST"),
        (f"{B2C}/$count", "GET"),
        (f"{B2C}/B2C_1_susi", "GET, PATCH, DELETE"),
        ("/beta/$metadata", "GET"),
        ("/beta/openapi.json", "GET"),
        ("/beta/$batch", "POST"),
        ("/beta", "GET"),
        ("/vestibule/v1/clock", "GET, POST"),
    ],
)
def test_a_verb_that_means_nothing_here_is_405(
    shared: httpx2.Client, method: str, path: str, allow: str
) -> None:
    answer = shared.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)
    assert answer.headers["content-type"].startswith("application/json")
    if method == "HEAD":
        assert answer.content == b""
    else:
        refused(answer, 405, code="MethodNotAllowed")
    assert shared.get("/beta/$metadata").status_code == 200  # the connection is still good


def test_a_verb_asks_for_a_token_first(anybody: httpx2.Client) -> None:
    for method in ("HEAD", "OPTIONS", "PUT"):
        answer = anybody.request(method, B2C)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
