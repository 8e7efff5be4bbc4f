"""LI-01, LI-03: how much is answered, and how many things a tenant may have."""

from __future__ import annotations

from typing import Any

import httpx2

from parity.endpoints import METADATA
from parity.place import BACK, Place, told
from parity.proofs import shows

BUSY = "There are too many requests at this moment. Please wait for some time and try again."
FROM_AN_IP, FLOWS, CONNECTORS, REDIRECT_URIS = 250, 25, 20, 100


@shows("LI-01")
def more_than_is_answered(place: Place) -> None:
    """By the limit of an address; figures of the strict server, where others have been."""
    strict = place.strict()
    flow = strict.flow()
    document, own = strict.url(flow, METADATA), strict.url("", METADATA)
    with strict.browser() as browser, _administrator(strict) as graph:
        for _ in range(FROM_AN_IP + 1):
            late = browser.get(document)
            if late.status_code != 200:
                break
        page = browser.get(strict.asked(flow).url)
        for answer, code in (
            (late, "90244"),
            (strict.token(flow, {"grant_type": "refresh_token"}), "90244"),
            (browser.get(own), "AADSTS90033"),
        ):
            assert told(answer) == ("temporarily_unavailable", code)
        assert "AADB2C90244" in page.text
        assert BUSY in page.text
        for answer in (late, page, browser.get(own)):
            assert answer.status_code == 429
            assert 1 <= int(answer.headers["retry-after"]) <= 330
        wait_s = int(answer.headers["retry-after"])
        graph.post("/vestibule/v1/clock", json={"advanceSeconds": wait_s})
        assert browser.get(document).status_code == 200
        graph.post("/vestibule/v1/clock", json={"advanceSeconds": 360})  # nobody else is late


@shows("LI-03")
def more_than_a_tenant_may_have(place: Place) -> None:
    """In one that has some already."""
    strict = place.strict()
    susi = {"userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3}
    basic = {
        "@odata.type": "#microsoft.graph.basicAuthentication",
        "username": "contoso",
        "password": "secret",
    }
    called = {
        "displayName": "Approval",
        "targetUrl": "https://api.contoso.example",
        "authenticationConfiguration": basic,
    }
    with _administrator(strict) as graph, strict.browser() as browser:
        flows = _filled(graph, "/beta/identity/b2cUserFlows", susi, FLOWS)
        for flow, status in ((flows[-1], 200), (f"B2C_1_most{len(flows)}", 404)):
            assert browser.get(strict.url(flow, METADATA)).status_code == status
        _remove(graph, "/beta/identity/b2cUserFlows", flows)
        connectors = _filled(graph, "/beta/identity/apiConnectors", called, CONNECTORS)
        _remove(graph, "/beta/identity/apiConnectors", connectors)
        uris = [f"{BACK}/{number}" for number in range(REDIRECT_URIS)]
        for many, status in ((uris, 201), ([*uris, BACK], 400)):
            body = {"displayName": "Many", "web": {"redirectUris": many}}
            assert graph.post("/v1.0/applications", json=body).status_code == status


def _administrator(place: Place) -> httpx2.Client:
    """With a token that is fetched now, not for each request."""
    return place.browser(headers={"authorization": f"Bearer {place.live.token()}"})


def _filled(graph: httpx2.Client, address: str, body: dict[str, Any], most: int) -> list[str]:
    """The ids of as many as may be created; the next one is refused."""
    made: list[str] = []
    while (answer := _create(graph, address, body, len(made))).status_code == 201:
        made.append(answer.json()["id"])
    assert answer.status_code == 403, answer.text
    assert answer.json()["error"]["code"] == "Directory_QuotaExceeded"
    counted = {address, address.replace("b2c", "b2x")}  # both kinds of flow together
    assert sum(len(graph.get(one).json()["value"]) for one in counted) == most
    return made


def _create(
    graph: httpx2.Client, address: str, body: dict[str, Any], number: int
) -> httpx2.Response:
    named = {"id": f"most{number}"} if "userFlowType" in body else {}
    return graph.post(address, json={**body, **named})


def _remove(graph: httpx2.Client, address: str, ids: list[str]) -> None:
    for id in ids:
        assert graph.delete(f"{address}/{id}").status_code == 204
