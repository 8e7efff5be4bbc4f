"""/vestibule/v1/userFlows/{id}/applications: the same links as Graph's onSignupStart listeners.

Source: design own-api; runtime.md 8.5.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from resources.bodies import APPLICATIONS, B2C, B2X, application, b2c, b2x, created, read

LISTENERS = "/beta/identity/events/onSignupStart"


def of(flow: str) -> str:
    return f"/vestibule/v1/userFlows/{flow}/applications"


def served(graph: httpx2.Client, flow: str) -> list[str]:
    return [one["appId"] for one in read(graph, of(flow))["value"]]


def link(graph: httpx2.Client, flow: str, application: str) -> httpx2.Response:
    return graph.post(f"{of(flow)}/$ref", json={"@odata.id": f"applications/{application}"})


def listeners(graph: httpx2.Client) -> list[list[str]]:
    found = read(graph, LISTENERS)["value"]
    return [one["sourceFilter"]["includeApplications"] for one in found]


@pytest.fixture
def shop(graph: httpx2.Client) -> dict[str, Any]:
    """An application, beside two b2x flows."""
    for id in ("partner", "press"):
        created(graph, B2X, b2x(id))
    return created(graph, APPLICATIONS, application())


def test_links_are_those_of_graphs_listeners(graph: httpx2.Client, shop: dict[str, Any]) -> None:
    other = created(graph, APPLICATIONS, application())["appId"]
    assert link(graph, "B2X_1_partner", shop["appId"]).status_code == 204
    assert link(graph, "b2x_1_PARTNER", shop["id"]).status_code == 204  # there already
    assert served(graph, "B2X_1_partner") == [shop["appId"]]
    assert listeners(graph) == [[shop["appId"]]]
    assert link(graph, "B2X_1_partner", other).status_code == 204
    assert sorted(*listeners(graph)) == sorted([shop["appId"], other])
    address = f"{of('B2X_1_partner')}/{other}"
    assert read(graph, address)["appId"] == other
    assert graph.delete(f"{address}/$ref").status_code == 204
    assert graph.delete(f"{address}/$ref").status_code == 404
    by_url = {"@id": f"applications/{shop['appId']}"}
    assert graph.delete(f"{of('B2X_1_partner')}/$ref", params=by_url).status_code == 204
    assert (served(graph, "B2X_1_partner"), listeners(graph)) == ([], [])


def test_an_application_has_one_flow_at_most(graph: httpx2.Client, shop: dict[str, Any]) -> None:
    created(
        graph,
        LISTENERS,
        {
            "@odata.type": "#microsoft.graph.invokeUserFlowListener",
            "userFlow": {"id": "B2X_1_press"},
            "sourceFilter": {"includeApplications": [shop["appId"]]},
        },
    )
    assert served(graph, "B2X_1_press") == [shop["appId"]]
    refused = link(graph, "B2X_1_partner", shop["appId"])
    assert refused.status_code == 409
    assert shop["appId"] in refused.json()["error"]["message"]
    assert served(graph, "B2X_1_partner") == []


def test_of_many_at_once_one_flow_gets_the_application(
    graph: httpx2.Client, shop: dict[str, Any]
) -> None:
    flows = ["B2X_1_partner", "B2X_1_press"] * 4
    with ThreadPoolExecutor(len(flows)) as pool:
        answers = list(pool.map(lambda flow: link(graph, flow, shop["appId"]), flows))
    assert {answer.status_code for answer in answers} == {204, 409}
    assert listeners(graph) == [[shop["appId"]]]


def test_what_cannot_be_linked_is_refused(graph: httpx2.Client, shop: dict[str, Any]) -> None:
    created(graph, B2C, b2c("susi"))
    assert served(graph, "B2C_1_susi") == []
    assert link(graph, "B2C_1_susi", shop["appId"]).status_code == 400
    assert link(graph, "B2X_1_nobody", shop["appId"]).status_code == 404
    assert link(graph, "B2X_1_partner", "nobody").status_code == 404
    wrong_set = {"@odata.id": f"users/{shop['id']}"}
    assert graph.post(f"{of('B2X_1_partner')}/$ref", json=wrong_set).status_code == 400
    assert graph.post(of("B2X_1_partner"), json={"appId": shop["appId"]}).status_code == 405
