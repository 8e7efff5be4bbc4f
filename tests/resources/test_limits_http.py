"""429 over HTTP: what is counted, what is told, and that nothing is done. The clock is virtual.

And 403: how many things a tenant may have.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from live import Live, environment, start
from resources.bodies import (
    APPLICATIONS,
    ATTRIBUTES,
    B2C,
    B2X,
    CONNECTORS,
    application,
    attribute,
    b2c,
    b2x,
    basic,
    created,
    read,
)
from resources.shape import refused
from resources.tokens import Mint, altered, minting
from vestibule.edm.quota import Asked
from vestibule.resources.limits import areas

APPLICATION, TENANT = 200, 300
MOST = {"USER_FLOWS": 6, "API_CONNECTORS": 3, "CUSTOM_ATTRIBUTES": 3, "REDIRECT_URIS": 4}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A development server with the limits of the real service."""
    figures = {f"VESTIBULE_MOST_{name}": str(most) for name, most in MOST.items()}
    env = environment(VESTIBULE_THROTTLING="true", **figures)
    live = start(tmp_path_factory.mktemp("strict"), env=env)
    yield live
    live.stop()


@pytest.fixture(scope="module")
def mint(strict: Live) -> Iterator[Mint]:
    with minting(strict) as mint:
        yield mint


@pytest.fixture
def two(strict: Live, mint: Mint) -> Iterator[tuple[httpx2.Client, httpx2.Client]]:
    """Two applications in a tenant where nobody else is."""
    tenant, token = mint.fresh_tenant()
    with strict.http(headers={"authorization": f"Bearer {token}"}) as first:
        app = created(first, "/v1.0/applications", {"displayName": "Another"})["appId"]
        created(first, "/v1.0/servicePrincipals", {"appId": app})
        other = altered(token, mint.tenant(tenant), appid=app)
        with strict.http(headers={"authorization": f"Bearer {other}"}) as second:
            yield first, second


@pytest.fixture(scope="module")
def few(strict: Live, mint: Mint) -> Iterator[httpx2.Client]:
    """A client that may do everything in a tenant that may have few of everything."""
    _, token = mint.fresh_tenant()
    with strict.http(headers={"authorization": f"Bearer {token}"}) as client:
        yield client


def batch(client: httpx2.Client, number: int, **item: Any) -> list[dict[str, Any]]:
    """So many alike requests, at most 20 in a batch; their replies."""
    replies: list[dict[str, Any]] = []
    item = {"method": "GET", "url": "/identity/b2cUserFlows", **item}
    for at in range(0, number, 20):
        requests = [{**item, "id": str(one)} for one in range(at, min(at + 20, number))]
        answer = client.post("/beta/$batch", json={"requests": requests})
        assert answer.status_code == 200, answer.text
        replies += answer.json()["responses"]
    return replies


def advance(client: httpx2.Client, seconds: int) -> None:
    assert client.post("/vestibule/v1/clock", json={"advanceSeconds": seconds}).is_success


def test_what_is_too_much_is_not_done(two: tuple[httpx2.Client, httpx2.Client]) -> None:
    first, second = two
    replies = batch(first, APPLICATION - 1)
    assert {reply["status"] for reply in replies} == {200}
    assert replies[-1]["headers"]["x-ms-throttle-limit-percentage"] == "1.0"
    assert "x-ms-throttle-limit-percentage" not in replies[0]["headers"]
    assert first.post(B2C, json=b2c("last")).status_code == 201
    answer = first.post(B2C, json=b2c("late"))
    error = refused(answer, 429, code="TooManyRequests")
    seconds = int(answer.headers["retry-after"])
    assert 1 <= seconds <= 66
    assert str(seconds) in error["message"]
    scope = answer.headers["x-ms-throttle-scope"].split("/")
    assert scope[:2] == ["Tenant_Application", "ReadWrite"]
    assert "x-ms-resource-unit" not in answer.headers
    refused(first.get("/v1.0/identity/b2xUserFlows"), 429)
    assert first.get("/beta/$metadata").status_code == 200
    assert first.get("/vestibule/v1/audit?$top=1").status_code == 200

    statuses = [reply["status"] for reply in batch(second, TENANT - APPLICATION + 20)]
    assert statuses == [200] * (TENANT - APPLICATION) + [429] * 20
    assert second.get(B2C).headers["x-ms-throttle-scope"].startswith("Tenant/ReadWrite/")

    advance(first, int(first.get(B2C).headers["retry-after"]))
    assert [flow["id"] for flow in read(first, B2C)["value"]] == ["B2C_1_last"]


def test_items_of_a_batch_are_counted_one_by_one(
    two: tuple[httpx2.Client, httpx2.Client],
) -> None:
    first, _ = two
    batch(first, APPLICATION - 1)
    making = {"id": "1", "method": "POST", "url": "/identity/b2cUserFlows", "body": b2c("made")}
    late = {**making, "id": "2", "body": b2c("late")}
    after = {**making, "id": "3", "body": b2c("after"), "dependsOn": ["2"]}
    answer = first.post("/beta/$batch", json={"requests": [making, late, after]})
    replies = {reply["id"]: reply for reply in answer.json()["responses"]}
    assert {id: reply["status"] for id, reply in replies.items()} == {"1": 201, "2": 429, "3": 424}
    seconds = int(replies["2"]["headers"]["Retry-After"])
    advance(first, seconds)
    assert [flow["id"] for flow in read(first, B2C)["value"]] == ["B2C_1_made"]


def test_a_stranger_counts_against_nobody(
    strict: Live, two: tuple[httpx2.Client, httpx2.Client]
) -> None:
    with strict.http() as stranger:
        for _ in range(5):
            refused(stranger.get(B2C), 401)
    assert {reply["status"] for reply in batch(two[0], APPLICATION)} == {200}


@pytest.mark.parametrize(
    ("set_", "body", "most"),
    [
        (B2C, b2c, MOST["USER_FLOWS"]),
        (CONNECTORS, lambda name: basic(displayName=name), MOST["API_CONNECTORS"]),
        (ATTRIBUTES, attribute, MOST["CUSTOM_ATTRIBUTES"]),
    ],
    ids=["user flows", "connectors", "custom attributes"],
)
def test_a_tenant_has_as_many_as_it_may(
    few: httpx2.Client, set_: str, body: Any, most: int
) -> None:
    made = [created(few, set_, body(f"n{number}"))["id"] for number in range(most)]
    error = refused(few.post(set_, json=body("late")), 403, code="Directory_QuotaExceeded")
    assert "as many of microsoft.graph." in error["message"]
    if set_ == B2C:  # both kinds are counted together
        refused(few.post(B2X, json=b2x("late")), 403, code="Directory_QuotaExceeded")
    assert few.delete(f"{set_}/{made[0]}").status_code == 204
    created(few, set_, body("later"))


def test_an_application_has_as_many_redirect_uris_as_it_may(
    few: httpx2.Client,
) -> None:
    many = [f"https://shop.example/{number}" for number in range(MOST["REDIRECT_URIS"])]
    web, spa = {"web": {"redirectUris": many}}, {"spa": {"redirectUris": ["https://spa.example"]}}
    error = refused(few.post(APPLICATIONS, json=application(**web, **spa)), 400)
    assert "at most 4 redirect URIs" in error["message"]
    made = f"{APPLICATIONS}/{created(few, APPLICATIONS, application(**web))['id']}"
    refused(few.patch(made, json=spa), 400, target="redirectUris")
    assert few.patch(made, json={"displayName": "Full", **web}).status_code == 204
    fewer = {"web": {"redirectUris": many[1:]}}
    assert few.patch(made, json={**fewer, **spa}).status_code == 204


@pytest.mark.parametrize(
    ("method", "set_", "whole", "options", "top", "units"),
    [
        ("GET", "users", True, (), None, 2),
        ("GET", "users", False, (), None, 1),
        ("GET", "users", True, ("select",), None, 1),
        ("GET", "users", True, ("select", "top"), 5, 1),
        ("GET", "users", True, ("expand",), None, 3),
        ("GET", "users", True, ("top",), 19, 1),
        ("GET", "users", True, ("top",), 20, 2),
        ("GET", "applications", True, (), None, 2),
        ("GET", "serviceprincipals", True, (), None, 1),
        ("GET", "serviceprincipals", False, ("expand",), None, 2),
        ("POST", "users", True, (), None, 5),
        ("POST", "users", False, (), None, 1),
        ("PATCH", "users", False, (), None, 1),
        ("POST", "applications", True, (), None, 1),
    ],
)
def test_the_directory_has_prices(
    method: str, set_: str, *, whole: bool, options: tuple[str, ...], top: int | None, units: int
) -> None:
    area = next(area for area in areas("large") if set_ in area.sets)
    assert area.price is not None
    assert area.price(Asked(method, set_, whole, frozenset(options), top)) == units


def test_a_larger_tenant_may_ask_for_more() -> None:
    most = [areas(size)[1].quotas[0].most for size in ("small", "medium", "large")]
    assert most == [3500, 5000, 8000]
