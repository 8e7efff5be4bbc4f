"""User flows of both kinds and the older face of B2C's. Source: graph-surface 11.1 to 11.3."""

from __future__ import annotations

from typing import Any

from witness.case import Case, Proof
from witness.reading import bare, collection
from witness.things import CONNECTORS, connector, flow, flows, kind, provider

B2C = "/identity/b2cUserFlows"
B2X = "/identity/b2xUserFlows"
LEGACY = "/identity/userFlows"


def _new(case: Case) -> dict[str, Any]:
    version = 3 if kind(case) == "b2c" else 1
    return {
        "id": case.unique(),
        "userFlowType": "signUpOrSignIn",
        "userFlowTypeVersion": float(version),  # as the SDKs send it
    }


def created(case: Case) -> None:
    body = _new(case)
    answer = case.act(json=body)
    made = answer.json()
    case.undo(f"/{case.version}{flows(case)}/{made['id']}")
    assert made["id"] == f"{kind(case).upper()}_1_{body['id']}"
    assert made["userFlowTypeVersion"] == int(body["userFlowTypeVersion"])
    assert made["apiConnectorConfiguration"] == {}
    wanted = f"{case.place.base}/{case.version}{flows(case)}('{made['id']}')"
    assert answer.headers["location"] == wanted
    assert bare(case.get(f"{flows(case)}/{made['id']}", version=case.version)) == bare(made)
    _created_with_links(case)


def _created_with_links(case: Case) -> None:
    """As the documentation's second and third example: with a provider and with a connector."""
    google, called = provider(case), connector(case)
    step = {"postFederationSignup": {"@odata.id": case.reference(f"{CONNECTORS}/{called}")}}
    links = {"identityProviders": [{"id": google}], "apiConnectorConfiguration": step}
    made = case.act(json={**_new(case), **links}).json()
    case.undo(f"/{case.version}{flows(case)}/{made['id']}")
    assert made["apiConnectorConfiguration"] == {}
    path = f"{flows(case)}/{made['id']}"
    read = case.get(f"{path}?$expand=identityProviders")
    assert google in [one["id"] for one in read["identityProviders"]]
    steps = case.get(f"{path}/apiConnectorConfiguration?$expand=postFederationSignup")
    assert steps["postFederationSignup"]["id"] == called


def b2c_changed(case: Case) -> None:
    id = flow(case)
    case.act(id, json={"isLanguageCustomizationEnabled": True, "defaultLanguageTag": "fr"})
    read = case.get(f"{B2C}/{id}")
    assert (read["isLanguageCustomizationEnabled"], read["defaultLanguageTag"]) == (True, "fr")
    same = case.place.client.patch(
        case.operation.address(id),
        json={"defaultLanguageTag": None},
        headers={"prefer": "return=representation"},
    )
    assert same.status_code == 200
    assert same.json()["defaultLanguageTag"] is None
    assert case.get(f"{B2C}/{id}")["defaultLanguageTag"] is None


def unchanged(case: Case) -> None:
    """Nothing of these flows can be changed: what they are may be repeated (C43)."""
    id = _legacy(case)[0] if case.operation.path.startswith(LEGACY) else flow(case)
    collection = case.operation.path.rpartition("/")[0]
    before = case.get(f"{collection}/{id}")
    case.act(id, json={"id": id, "userFlowType": before["userFlowType"]})
    case.act(id, json={})
    assert case.get(f"{collection}/{id}") == before


def deleted(case: Case) -> None:
    id = flow(case)
    case.act(id)
    case.missing(f"{flows(case)}/{id}")
    assert id not in [one["id"] for one in case.members(flows(case))]


# --------------------------------------------------------------------------- /identity/userFlows


def _legacy(case: Case) -> tuple[str, ...]:
    body = {"userFlowType": "signIn", "userFlowTypeVersion": 1, "id": case.unique("Pol")}
    return (str(case.make(LEGACY, body)["id"]),)


def legacy_created(case: Case) -> None:
    body = {"userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1, "id": case.unique("Pol")}
    made = case.act(json=body).json()
    case.undo(f"/beta{LEGACY}/{made['id']}")
    assert made["id"] == f"B2C_1_{body['id']}"
    read = case.get(f"{B2C}/{made['id']}")
    assert (read["id"], read["userFlowType"]) == (made["id"], "signUpOrSignIn")
    again = bare(case.get(f"{LEGACY}/{made['id']}"))
    assert again == bare(made), (again, made)


def legacy_deleted(case: Case) -> None:
    (id,) = _legacy(case)
    case.act(id)
    case.missing(f"{LEGACY}/{id}")
    case.missing(f"{B2C}/{id}")


PROOFS: dict[str, Proof] = {
    **collection(B2C, lambda case: (flow(case),)),
    f"POST {B2C}": created,
    f"PATCH {B2C}/{{id}}": b2c_changed,
    f"DELETE {B2C}/{{id}}": deleted,
    **collection(B2X, lambda case: (flow(case),)),
    f"POST {B2X}": created,
    f"PATCH {B2X}/{{id}}": unchanged,
    f"DELETE {B2X}/{{id}}": deleted,
    **collection(LEGACY, _legacy),
    f"POST {LEGACY}": legacy_created,
    f"PATCH {LEGACY}/{{id}}": unchanged,
    f"DELETE {LEGACY}/{{id}}": legacy_deleted,
}
