"""Listeners that link applications to b2x flows, the policy of sign-up, and legacy userFlows.

Source: graph-surface 11.2, 11.3, 11.16; runtime 8.5.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from resources.bodies import B2C, B2X, b2x, created, read
from resources.shape import refused
from resources.tokens import Mint
from vestibule.oidc.signing import peek
from vestibule.ports import Query
from vestibule.system import System

LISTENERS = "/beta/identity/events/onSignupStart"
USER_FLOWS = "/beta/identity/userFlows"
POLICY = "/v1.0/policies/authenticationFlowsPolicy"


def tenant_of(graph: httpx2.Client) -> str:
    _, claims = peek(graph.headers["authorization"].removeprefix("Bearer "))
    return str(claims["tid"])


@pytest.fixture
def apps(graph: httpx2.Client, mint: Mint) -> list[str]:
    """The client ids of the tenant's applications."""

    async def found(system: System) -> list[str]:
        rows = await system.entities.find(Query("application", tenant_of(graph)))
        return sorted(row["app_id"] for row in rows)

    return mint.ask(found)


def listener(flow: str, *apps: str, **more: Any) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.invokeUserFlowListener",
        "priority": 101,
        "sourceFilter": {"includeApplications": list(apps)},
        "userFlow": {"id": flow},
        **more,
    }


def test_a_listener_from_create_to_delete(graph: httpx2.Client, apps: list[str]) -> None:
    for name in ("one", "two"):
        created(graph, B2X, b2x(name))
    made = created(graph, LISTENERS, listener("B2X_1_one", apps[0]))
    path = f"{LISTENERS}/{made['id']}"
    shown = read(graph, path)
    assert shown["sourceFilter"] == {"includeApplications": [apps[0]]}
    assert shown["priority"] == 101
    assert shown["@odata.type"] == "#microsoft.graph.invokeUserFlowListener"
    flow = read(graph, f"{path}/microsoft.graph.invokeUserFlowListener/userFlow")
    assert flow["id"] == "B2X_1_one"
    changed = graph.put(path, json=listener("B2X_1_two", apps[0], apps[1], priority=7))
    assert (changed.status_code, changed.json()["priority"]) == (200, 7)
    assert sorted(changed.json()["sourceFilter"]["includeApplications"]) == apps[:2]
    flow = read(graph, f"{path}/graph.invokeUserFlowListener/userFlow")
    assert flow["id"] == "B2X_1_two"
    assert [one["id"] for one in read(graph, LISTENERS)["value"]] == [made["id"]]
    assert graph.get(f"{LISTENERS}/$count").text == "1"
    assert graph.delete(path).status_code == 204
    refused(graph.get(path), 404)


def test_a_listener_goes_with_its_flow(graph: httpx2.Client, apps: list[str]) -> None:
    created(graph, B2X, b2x("gone"))
    created(graph, LISTENERS, listener("B2X_1_gone", apps[0]))
    assert graph.delete(f"{B2X}/B2X_1_gone").status_code == 204
    assert read(graph, LISTENERS)["value"] == []
    created(graph, B2X, b2x("again"))
    created(graph, LISTENERS, listener("B2X_1_again", apps[0]))  # the application is free again


def test_an_application_has_one_flow(graph: httpx2.Client, apps: list[str]) -> None:
    for name in ("one", "two"):
        created(graph, B2X, b2x(name))
    first = created(graph, LISTENERS, listener("B2X_1_one", apps[0]))
    target = "sourceFilter/includeApplications"
    again = graph.post(LISTENERS, json=listener("B2X_1_two", apps[0].upper()))
    refused(again, 409, code="AADB2C", target=target)
    other = created(graph, LISTENERS, listener("B2X_1_two", apps[1]))
    moved = graph.put(f"{LISTENERS}/{other['id']}", json=listener("B2X_1_two", *apps[:2]))
    refused(moved, 409, target=target)
    same = graph.put(f"{LISTENERS}/{first['id']}", json=listener("B2X_1_one", apps[0]))
    assert same.status_code == 200
    assert read(graph, f"{LISTENERS}/{other['id']}")["sourceFilter"] == {
        "includeApplications": [apps[1]]
    }


@pytest.mark.parametrize(
    ("more", "target"),
    [
        ({"userFlow": None}, "userFlow"),
        ({"userFlow": {"id": "B2X_1_none"}}, "userFlow"),
        ({"sourceFilter": None}, "sourceFilter"),
        ({"sourceFilter": {"includeApplications": []}}, "sourceFilter/includeApplications"),
        (
            {"sourceFilter": {"includeApplications": [str(uuid4())]}},
            "sourceFilter/includeApplications",
        ),
        ({"priority": -1}, "priority"),
        ({"priority": "high"}, "priority"),
        ({"@odata.type": "#microsoft.graph.authenticationListener"}, "@odata.type"),
    ],
    ids=[
        "no flow", "unknown flow", "no filter", "no application", "unknown application",
        "low priority", "no number", "abstract type",
    ],
)  # fmt: skip
def test_a_listener_that_could_not_listen_is_refused(
    graph: httpx2.Client, apps: list[str], more: dict[str, Any], target: str
) -> None:
    created(graph, B2X, b2x("one"))
    refused(graph.post(LISTENERS, json=listener("B2X_1_one", apps[0], **more)), 400, target=target)
    assert read(graph, LISTENERS)["value"] == []


def test_a_listener_that_is_not_there_is_not_made_by_put(
    graph: httpx2.Client, apps: list[str]
) -> None:
    created(graph, B2X, b2x("one"))
    path = f"{LISTENERS}/{uuid4()}"
    refused(graph.put(path, json=listener("B2X_1_one", apps[0])), 400, target="id")


# --------------------------------------------------------------------------- the policy


def test_the_policy_of_sign_up_is_off_until_it_is_changed(graph: httpx2.Client) -> None:
    before = read(graph, POLICY)
    assert before["id"] == "authenticationFlowsPolicy"
    assert before["selfServiceSignUp"] == {"isEnabled": False}
    body = {
        "@odata.type": "#microsoft.graph.authenticationFlowsPolicy",
        "selfServiceSignUp": {"isEnabled": True},
    }
    for wanted in (True, False, True):
        body["selfServiceSignUp"] = {"isEnabled": wanted}
        assert graph.patch(POLICY, json=body).status_code == 204
        for path in (POLICY, POLICY.replace("v1.0", "beta")):
            assert read(graph, path)["selfServiceSignUp"] == {"isEnabled": wanted}
    refused(
        graph.patch(POLICY, json={"selfServiceSignUp": {"isEnabled": "yes"}}),
        400,
        target="selfServiceSignUp/isEnabled",
    )
    refused(graph.patch(POLICY, json={"displayName": "x"}), 400, target="displayName")
    refused(graph.delete(POLICY), 405)


def test_sixteen_first_changes_of_the_policy_at_once(graph: httpx2.Client) -> None:
    def change(at: int) -> int:
        body = {"selfServiceSignUp": {"isEnabled": at % 2 == 0}}
        return graph.patch(POLICY, json=body).status_code

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(change, range(16))) == {204}


# --------------------------------------------------------------------------- legacy user flows


def test_legacy_user_flows_are_the_b2c_flows(graph: httpx2.Client) -> None:
    created(graph, B2X, b2x("guests"))
    body = {"id": "Pol1", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1}
    answer = graph.post(USER_FLOWS, json=body)
    made = answer.json()
    del made["@odata.context"]
    assert (answer.status_code, made) == (201, {**body, "id": "B2C_1_Pol1"})
    flow = read(graph, f"{B2C}/B2C_1_Pol1")
    assert (flow["defaultLanguageTag"], flow["authenticationMethods"]) == (
        "en", "emailWithPassword",
    )  # fmt: skip
    assert [one["id"] for one in read(graph, USER_FLOWS)["value"]] == ["B2C_1_Pol1"]
    assert graph.get(f"{USER_FLOWS}/$count").text == "1"
    refused(graph.get(f"{USER_FLOWS}/B2X_1_guests"), 404)
    refused(graph.get(f"{USER_FLOWS}/graph.b2xIdentityUserFlow"), 400)
    refused(graph.post(USER_FLOWS, json=body), 409, code="AADB2C")
    guest = {**b2x("other"), "@odata.type": "#microsoft.graph.b2xIdentityUserFlow"}
    refused(graph.post(USER_FLOWS, json=guest), 400, target="@odata.type")
    old = {**body, "id": "x", "userFlowType": "resourceOwnerPasswordCredentialSignIn"}
    refused(graph.post(USER_FLOWS, json=old), 400, target="userFlowType")
    path = f"{USER_FLOWS}/B2C_1_Pol1"
    shown = read(graph, path)
    del shown["@odata.context"]
    assert shown == made
    assert graph.patch(path, json={"userFlowTypeVersion": 1.0}).status_code == 204
    refused(graph.patch(path, json={"userFlowType": "signIn"}), 400, target="userFlowType")
    refused(graph.patch(path, json={"defaultLanguageTag": "de"}), 400)
    assert graph.delete(path).status_code == 204
    refused(graph.get(f"{B2C}/B2C_1_Pol1"), 404)


def test_the_container_expands_what_it_holds(graph: httpx2.Client) -> None:
    created(graph, B2X, b2x("guests"))
    created(graph, USER_FLOWS, {"id": "a", "userFlowType": "signIn", "userFlowTypeVersion": 3})
    sets = "b2cUserFlows($count=true),b2xUserFlows,userFlows,identityProviders,apiConnectors"
    shown = read(graph, f"/beta/identity?$expand={sets}")
    assert shown["b2cUserFlows@odata.count"] == 1
    found = [shown[name][0]["id"] for name in ("b2cUserFlows", "b2xUserFlows", "userFlows")]
    assert found == ["B2C_1_a", "B2X_1_guests", "B2C_1_a"]
    assert [set(one) for one in shown["userFlows"]] == [
        {"id", "userFlowType", "userFlowTypeVersion"}
    ]
    assert len(shown["identityProviders"]) == 4
    assert shown["apiConnectors"] == []
    assert graph.get("/beta/identity?$expand=*").status_code == 200
