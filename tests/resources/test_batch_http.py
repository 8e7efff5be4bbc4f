"""$batch over HTTP: what an item is answered with, in which order, and what is refused whole.

Source: graph-surface 7; OData JSON 4.01, section 19.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from live import Live
from resources.bodies import B2C, b2c, read
from resources.shape import refused

BATCH = "/beta/$batch"
FLOWS = "/identity/b2cUserFlows"
JSON = {"content-type": "application/json"}


def item(id: str, method: str, url: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "method": method, "url": url, **more}


def create(id: str, name: str, **more: Any) -> dict[str, Any]:
    return item(id, "POST", FLOWS, headers=JSON, body=b2c(name), **more)


def answers(graph: httpx2.Client, *items: Mapping[str, Any], at: str = BATCH) -> dict[str, Any]:
    """The replies to a batch that must be answered, by id."""
    answer = graph.post(at, json={"requests": items})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    responses = answer.json()["responses"]
    assert len(responses) == len(items)
    return {one["id"]: one for one in responses}


def statuses(replies: Mapping[str, Any]) -> dict[str, int]:
    return {id: one["status"] for id, one in replies.items()}


def test_items_are_answered_as_if_alone(graph: httpx2.Client) -> None:
    root = str(graph.base_url).rstrip("/")
    replies = answers(
        graph,
        create("1", "one"),
        item("Absent", "GET", f"{FLOWS}/B2C_1_nope"),
        item("wrong", "post", FLOWS, headers=JSON, body={"id": "two"}),
        item("verb", "PUT", FLOWS, headers=JSON, body={}),
    )
    assert statuses(replies) == {"1": 201, "Absent": 404, "wrong": 400, "verb": 405}
    assert replies["1"]["headers"]["Location"] == f"{root}{B2C}('B2C_1_one')"
    alone = read(graph, f"{B2C}/B2C_1_one")
    assert replies["1"]["body"] == alone
    assert replies["Absent"]["body"]["error"]["code"] == "Request_ResourceNotFound"
    assert replies["verb"]["headers"]["Allow"] == "GET, POST"
    ids = {one["headers"]["request-id"] for one in replies.values()}
    assert len(ids) == 4
    error = replies["wrong"]["body"]["error"]
    assert error["innerError"]["request-id"] == replies["wrong"]["headers"]["request-id"]


URLS = (
    "identity/b2cUserFlows?$top=1",
    "/identity/b2cUserFlows?$top=1",
    "/beta/identity/b2cUserFlows?$top=1",
    "https://graph.microsoft.com/beta/identity/b2cUserFlows?$top=1",
    "http://localhost:1/BETA/identity/b2cUserFlows?$top=1#part",
    "/identity/b2cUserFlows?$filter=id eq 'B2C_1_only'",
    "/identity/b2cUserFlows?$filter=id%20eq%20'B2C_1_only'",
)


def test_a_url_may_be_relative_rooted_or_on_any_host(graph: httpx2.Client) -> None:
    assert graph.post(B2C, json=b2c("only")).is_success
    replies = answers(graph, *(item(url, "GET", url) for url in URLS))
    for url in URLS:
        assert [flow["id"] for flow in replies[url]["body"]["value"]] == ["B2C_1_only"], url


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://graph.microsoft.com/identity/b2cUserFlows", 400),
        ("//graph.microsoft.com/beta/identity/b2cUserFlows", 400),
        ("https://[half/beta/identity/b2cUserFlows", 400),
        ("/identity/nothing", 400),
        ("/$batch", 400),
        ("https://graph.microsoft.com/v1.0/$BATCH/", 400),
        ("/identity/b2cUserFlows/ü", 404),
    ],
)
def test_an_odd_url_fails_alone(shared: httpx2.Client, url: str, status: int) -> None:
    replies = answers(shared, item("odd", "GET", url), item("well", "GET", FLOWS))
    assert statuses(replies) == {"odd": status, "well": 200}
    error = replies["odd"]["body"]["error"]
    assert set(error) >= {"code", "message", "innerError"}
    if "$batch" in url.casefold():
        assert error["message"] == "A batch must not hold another one."


def test_a_batch_reaches_every_version(graph: httpx2.Client) -> None:
    both = (item("a", "GET", "/v1.0/identity/b2xUserFlows"), item("b", "GET", "/beta/identity"))
    for at in ("/v1.0/$batch", "/beta/$batch", "/vestibule/v1/$batch/", "/V1.0/$Batch"):
        assert statuses(answers(graph, *both, at=at)) == {"a": 200, "b": 200}
    own = (item("audit", "GET", "audit?$top=1"), item("clock", "GET", "/clock"))
    replies = answers(graph, *own, at="/vestibule/v1/$batch")
    assert statuses(replies) == {"audit": 200, "clock": 200}
    assert set(replies["clock"]["body"]) == {"now", "offsetSeconds"}
    replies = answers(graph, item("wait", "GET", "/messages?wait=nan"), at="/vestibule/v1/$batch")
    assert replies["wait"]["body"]["error"]["target"] == "wait"


def test_the_next_page_of_an_item_is_reached_by_its_link(graph: httpx2.Client) -> None:
    assert set(statuses(answers(graph, *(create(n, n) for n in "abc"))).values()) == {201}
    headers = {"Prefer": "odata.maxpagesize=2"}
    url = f"{FLOWS}?$filter=startswith(id,'B2C')"
    reply = answers(graph, item("1", "GET", url, headers=headers))["1"]
    assert len(reply["body"]["value"]) == 2
    link = reply["body"]["@odata.nextLink"]
    assert [flow["id"] for flow in read(graph, link)["value"]] == ["B2C_1_c"]
    again = answers(graph, item("2", "GET", link))["2"]["body"]
    assert [flow["id"] for flow in again["value"]] == ["B2C_1_c"]


def test_what_is_not_json_comes_as_base64(graph: httpx2.Client) -> None:
    reply = answers(graph, item("n", "GET", f"{FLOWS}/$count"))["n"]
    assert base64.b64decode(reply["body"]) == b"0"
    assert reply["headers"]["Content-Type"].startswith("text/plain")
    zipped = gzip.compress(b'{"id":"zip","userFlowType":"signIn","userFlowTypeVersion":3}')
    headers = {**JSON, "content-encoding": "gzip"}
    for at, text in enumerate((base64.b64encode, base64.urlsafe_b64encode)):
        body = text(zipped).decode().rstrip("=")
        replies = answers(graph, item("z", "POST", FLOWS, headers=headers, body=body))
        assert replies["z"]["status"] == (201, 409)[at]
    bad = answers(graph, item("bad", "POST", FLOWS, headers=JSON, body="no base64!"))["bad"]
    assert (bad["status"], bad["body"]["error"]["target"]) == (400, "body")


def test_headers_of_an_item_count_whatever_their_casing(graph: httpx2.Client) -> None:
    replies = answers(
        graph,
        create("lower", "lower"),
        item(
            "upper", "POST", FLOWS, body=b2c("upper"),
            headers={"Content-Type": "application/json", "PREFER": "return=minimal"},
        ),
        item("none", "POST", FLOWS, body=b2c("none")),
        item("text", "POST", FLOWS, headers={"Content-Type": "text/plain"}, body=b2c("text")),
        item("named", "GET", FLOWS, headers={"client-request-id": "mine"}),
        item("else", "GET", FLOWS, headers={"Authorization": "Bearer nobody"}),
    )  # fmt: skip
    assert statuses(replies) == {
        "lower": 201, "upper": 204, "none": 201, "text": 415, "named": 200, "else": 200,
    }  # fmt: skip
    assert "body" not in replies["upper"]
    assert replies["upper"]["headers"]["Preference-Applied"] == "return=minimal"
    assert replies["named"]["headers"]["client-request-id"] == "mine"


# --------------------------------------------------------------------------- dependencies


@pytest.mark.parametrize("spelling", ["dependsOn", "depends_on"])
def test_a_dependent_waits(graph: httpx2.Client, spelling: str) -> None:
    replies = answers(
        graph,
        item("read", "GET", f"{FLOWS}/B2C_1_chain", **{spelling: ["PATCH"]}),
        item(
            "patch", "PATCH", f"{FLOWS}/B2C_1_chain", headers=JSON,
            body={"defaultLanguageTag": "fr"}, **{spelling: ["make"]},
        ),
        create("make", "chain", **{spelling: []}),
    )  # fmt: skip
    assert statuses(replies) == {"read": 200, "patch": 204, "make": 201}
    assert replies["read"]["body"]["defaultLanguageTag"] == "fr"


def test_what_depends_on_a_failure_is_not_made(graph: httpx2.Client) -> None:
    replies = answers(
        graph,
        item("fails", "GET", f"{FLOWS}/B2C_1_nope"),
        create("second", "second", dependsOn=["fails"]),
        create("third", "third", dependsOn=["second"]),
        create("mixed", "mixed", dependsOn=["well", "fails"]),
        create("well", "well", dependsOn=None),
    )
    expected = {"fails": 404, "second": 424, "third": 424, "mixed": 424, "well": 201}
    assert statuses(replies) == expected
    assert replies["third"]["body"]["error"]["code"] == "FailedDependency"
    assert [flow["id"] for flow in read(graph, B2C)["value"]] == ["B2C_1_well"]


def test_of_two_alike_one_wins(graph: httpx2.Client) -> None:
    replies = answers(graph, *(create(str(at), "same") for at in range(20)))
    assert sorted(statuses(replies).values()) == [201, *[409] * 19]


# --------------------------------------------------------------------------- refused whole

LIST = item("1", "GET", FLOWS)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ([], "malformed"),
        ({}, "requests"),
        ({"requests": None}, "requests"),
        ({"requests": {}}, "requests"),
        ({"requests": [LIST, 1]}, "requests[1]"),
        ({"requests": [{"id": "1", "method": "GET"}]}, "url"),
        ({"requests": [{**LIST, "id": 1}]}, "requests[0].id"),
        ({"requests": [{**LIST, "id": " "}]}, "requests[0].id"),
        ({"requests": [{**LIST, "url": ""}]}, "requests[0].url"),
        ({"requests": [{**LIST, "method": "TRACE"}]}, "requests[0].method"),
        ({"requests": [{**LIST, "headers": {"a": 1}}]}, "requests[0].headers"),
        ({"requests": [{**LIST, "headers": {"a b": "c"}}]}, "requests[0].headers"),
        ({"requests": [{**LIST, "headers": {"a": "b\r\nc: d"}}]}, "requests[0].headers"),
        ({"requests": [{**LIST, "dependsOn": "1"}]}, "dependsOn"),
        ({"requests": [{**LIST, "atomicityGroup": "g"}]}, "atomicityGroup"),
        ({"requests": [{**LIST, "if": "$1 eq 2"}]}, "requests[0].if"),
        ({"requests": [item("a", "GET", FLOWS), item("A", "GET", FLOWS)]}, "unique"),
        ({"requests": [item(str(at), "GET", FLOWS) for at in range(21)]}, "at most 20"),
        ({"requests": [{**LIST, "dependsOn": ["2"]}]}, "'2', which is not in the batch"),
        ({"requests": [{**LIST, "dependsOn": ["1"]}]}, "depend on one another"),
        (
            {
                "requests": [
                    item("a", "GET", FLOWS, dependsOn=["B"]),
                    item("b", "GET", FLOWS, depends_on=["a"]),
                ]
            },
            "'a', 'b' depend on one another",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_malformed_batch_is_refused_whole(shared: httpx2.Client, body: Any, names: str) -> None:
    making = create("making", "made")
    if isinstance(body, dict) and isinstance(body.get("requests"), list):
        body = {"requests": [*body["requests"], making]}
    error = refused(shared.post(BATCH, json=body), 400, code="BadRequest")
    assert names in f"{error.get('target', '')} {error['message']}"
    refused(shared.get(f"{B2C}/B2C_1_made"), 404)


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"", {}, 400),
        (b"{", {}, 400),
        (b'{"requests":[' * 40_000, {}, 400),
        (b'{"requests":[{"id":"1","method":"GET","url":"/x","body":' + b"[" * 200_000, {}, 400),
        (b'{"requests":"\xff"}', {}, 400),
        (b"{}", {"content-type": "text/plain"}, 415),
        (b" " * (1024 * 1024 + 1), {}, 413),
        (gzip.compress(b" " * 9_000_000), {"content-encoding": "gzip"}, 413),
    ],
    ids=["empty", "broken", "deep", "deep inside", "no UTF-8", "text", "long", "bomb"],
)
def test_an_unreadable_batch_is_refused(
    shared: httpx2.Client, content: bytes, headers: dict[str, str], status: int
) -> None:
    refused(shared.post(BATCH, content=content, headers={**JSON, **headers}), status)


def test_an_empty_batch_has_no_replies(shared: httpx2.Client) -> None:
    assert shared.post(BATCH, json={"requests": []}).json() == {"responses": []}


def test_an_item_is_as_strict_as_a_request(shared: httpx2.Client) -> None:
    deep = {"a": 1}
    for _ in range(40):
        deep = {"a": deep}  # type: ignore[dict-item]
    replies = answers(
        shared,
        item("deep", "POST", FLOWS, headers=JSON, body=deep),
        item("nul", "POST", FLOWS, headers=JSON, body={"id": "a\0b"}),
        item("list", "POST", FLOWS, headers=JSON, body=[1]),
        item("null", "POST", FLOWS, headers=JSON, body=None),
    )
    assert set(statuses(replies).values()) == {400}
    assert "nested deeper than 32" in replies["deep"]["body"]["error"]["message"]


def test_a_batch_needs_a_token_and_grants_nothing(
    anybody: httpx2.Client, live: Live, shared: httpx2.Client
) -> None:
    body = {"requests": [LIST, item("2", "GET", "/v1.0/identity/identityProviders")]}
    refused(anybody.post(BATCH, json=body), 401, code="InvalidAuthenticationToken")
    with live.graph("--permission", "IdentityProvider.Read.All") as reader:
        assert statuses(answers(reader, *body["requests"])) == {"1": 403, "2": 200}
    for method in ("GET", "PUT", "DELETE"):
        answer = shared.request(method, BATCH)
        refused(answer, 405, code="MethodNotAllowed")
        assert answer.headers["allow"] == "POST"
