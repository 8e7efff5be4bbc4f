"""The root of the service, the tenant and its policies, and listeners that link applications."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from resources.bodies import basic
from witness.case import Case, Proof
from witness.reading import bare, collection
from witness.things import CONNECTORS

POLICY = "/policies/authenticationFlowsPolicy"
LISTENERS = "/identity/events/onSignupStart"


def documented(case: Case) -> None:
    answer = case.act().json()
    urls = {one["name"]: (one["kind"], one["url"]) for one in answer["value"]}
    assert urls["identity"] == ("Singleton", "identity")
    assert urls["users"] == ("EntitySet", "users")
    assert answer["@odata.context"].endswith(f"/{case.version}/$metadata")
    for name in ("identity", "users"):
        case.get(f"/{urls[name][1]}", version=case.version)


def described(case: Case) -> None:
    answer = case.act()
    assert answer.headers["content-type"].startswith("application/xml")
    assert ('Name="b2cUserFlows"' in answer.text) is (case.version == "beta")
    assert 'Name="b2xUserFlows"' in answer.text
    case.get("/identity/b2xUserFlows", version=case.version)


def batched(case: Case) -> None:
    json_type = {"Content-Type": "application/json"}
    requests: list[dict[str, Any]] = [
        {"id": "1", "method": "POST", "url": CONNECTORS, "headers": json_type, "body": basic()},
        {"id": "2", "method": "GET", "url": f"{case.place.base}/{case.version}{CONNECTORS}"},
        {"id": "3", "method": "GET", "url": f"{CONNECTORS}/{uuid4()}", "dependsOn": ["1"]},
        {"id": "4", "method": "GET", "url": CONNECTORS, "dependsOn": ["3"]},
    ]
    answers = {one["id"]: one for one in case.act(json={"requests": requests}).json()["responses"]}
    assert {id: one["status"] for id, one in answers.items()} == {
        "1": 201,
        "2": 200,
        "3": 404,
        "4": 424,
    }
    made = answers["1"]["body"]
    case.undo(f"/{case.version}{CONNECTORS}/{made['id']}")
    assert bare(case.get(f"{CONNECTORS}/{made['id']}")) == bare(made)


def container(case: Case) -> None:
    answer = case.act().json()
    assert answer["@odata.context"].endswith("$metadata#identity")
    assert ("id" in answer) is (case.version == "v1.0")  # 10.1
    case.get("/identity/userFlowAttributes", version=case.version)


def container_kept(case: Case) -> None:
    before = case.get("/identity", version=case.version)
    case.act(json={"apiConnectors": []})
    assert case.get("/identity", version=case.version) == before


def organization(case: Case) -> None:
    [found] = case.act().json()["value"]
    assert found["id"] == case.place.tenant
    domains = {one["name"] for one in found["verifiedDomains"]}
    assert domains == {one["id"] for one in case.members("/domains")}


def domains(case: Case) -> None:
    [found] = case.act().json()["value"]
    assert (found["id"], found["isVerified"]) == (case.place.domain, True)
    [tenant] = case.members("/organization")
    assert case.place.domain in [one["name"] for one in tenant["verifiedDomains"]]


def policy_read(case: Case) -> None:
    answer = case.act().json()
    assert answer["id"] == "authenticationFlowsPolicy"
    assert isinstance(answer["selfServiceSignUp"]["isEnabled"], bool)
    assert case.get(POLICY)["selfServiceSignUp"] == answer["selfServiceSignUp"]
    other = not answer["selfServiceSignUp"]["isEnabled"]
    case.send("PATCH", POLICY, {"selfServiceSignUp": {"isEnabled": other}})
    assert case.act().json()["selfServiceSignUp"]["isEnabled"] is other


def policy_changed(case: Case) -> None:
    before = case.get(POLICY)["selfServiceSignUp"]["isEnabled"]
    case.act(json={"selfServiceSignUp": {"isEnabled": not before}})
    assert case.get(POLICY)["selfServiceSignUp"]["isEnabled"] is not before


# --------------------------------------------------------------------------- onSignupStart


def _listener(case: Case, priority: int = 101) -> dict[str, Any]:
    body = {"userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1, "id": case.unique()}
    flow = case.make("/identity/b2xUserFlows", body)["id"]
    application = case.make("/applications", {"displayName": case.unique("App ")})
    return {
        "@odata.type": "#microsoft.graph.invokeUserFlowListener",
        "priority": priority,
        "sourceFilter": {"includeApplications": [application["appId"]]},
        "userFlow": {"id": flow},
    }


def _listening(case: Case) -> tuple[str, ...]:
    return (str(case.make(LISTENERS, _listener(case))["id"]),)


def _is(case: Case, id: str, body: dict[str, Any]) -> bool:
    read = case.get(f"{LISTENERS}/{id}", version="beta")
    flow = case.get(f"{LISTENERS}/{id}/graph.invokeUserFlowListener/userFlow", version="beta")
    plain = ("@odata.type", "priority", "sourceFilter")
    same = {name: read[name] for name in plain} == {name: body[name] for name in plain}
    return same and flow["id"] == body["userFlow"]["id"]


def listener_created(case: Case) -> None:
    body = _listener(case)
    made = case.act(json=body).json()
    case.undo(f"/beta{LISTENERS}/{made['id']}")
    assert _is(case, made["id"], body)


def listener_put(case: Case) -> None:
    (id,) = _listening(case)
    body = _listener(case, 7)
    case.act(id, json=body)
    assert _is(case, id, body)


def listener_deleted(case: Case) -> None:
    (id,) = _listening(case)
    case.act(id)
    case.missing(f"{LISTENERS}/{id}")


PROOFS: dict[str, Proof] = {
    "GET /": documented,
    "GET /$metadata": described,
    "POST /$batch": batched,
    "GET /identity": container,
    "PATCH /identity": container_kept,
    "GET /organization": organization,
    "GET /domains": domains,
    f"GET {POLICY}": policy_read,
    f"PATCH {POLICY}": policy_changed,
    **collection(LISTENERS, _listening),
    f"POST {LISTENERS}": listener_created,
    f"PUT {LISTENERS}/{{id}}": listener_put,
    f"DELETE {LISTENERS}/{{id}}": listener_deleted,
}
