"""What a user flow links to: identity providers and API connectors.

Source: graph-surface 11.4, 11.7.
"""

from __future__ import annotations

from typing import Any

from resources.bodies import STARS, basic, certificate, pfx
from witness.case import Case, Proof
from witness.reading import bare, collection, names, references
from witness.things import CONNECTORS, PROVIDERS, certified, connector, flow, flows, provider

LEGACY_PROVIDERS = "/identityProviders"


def _with_provider(case: Case) -> tuple[str, ...]:
    id = provider(case)
    return flow(case, identityProviders=[{"id": id}]), id


def providers(flows: str) -> dict[str, Proof]:
    """The new navigation and the deprecated one, which shows another face of the same."""
    new, old = f"{flows}/{{id}}/userFlowIdentityProviders", f"{flows}/{{id}}/identityProviders"
    return {
        **collection(new, _with_provider),
        **references(new, PROVIDERS, _with_provider),
        **collection(old, _with_provider),
        f"GET {old}": _listed_as_legacy,
        **references(old, LEGACY_PROVIDERS, _with_provider),
    }


def _listed_as_legacy(case: Case) -> None:
    above, id = _with_provider(case)
    shown = case.act(above).json()["value"]
    [found] = [one for one in shown if one["id"] == id]
    assert (found["type"], found["clientSecret"]) == ("Google", STARS)
    expanded = case.get(f"{flows(case)}/{above}?$expand=identityProviders", version=case.version)
    assert expanded["identityProviders"] == shown
    new = case.get(f"{PROVIDERS}/{id}")
    assert (new["displayName"], new["clientId"]) == (found["name"], found["clientId"])


# --------------------------------------------------------------------------- API connectors


def _linked(case: Case, id: str, step: str) -> str:
    """A flow that calls the connector at a step."""
    made = flow(case)
    case.send("PUT", f"{_steps(case, made)}/{step}/$ref", {"@odata.id": f"{CONNECTORS}/{id}"})
    return made


def _steps(case: Case, id: str) -> str:
    return f"{flows(case)}/{id}/apiConnectorConfiguration"


def _step(case: Case) -> str:
    return case.operation.path.split("/")[5]


def _at(case: Case, id: str, step: str) -> str | None:
    """The id of the connector of a step, read by $expand."""
    found = case.get(f"{_steps(case, id)}?$expand={step}", version=_where(case, step))[step]
    return None if found is None else str(found["id"])


def _where(case: Case, step: str) -> str:
    return "beta" if step == "preTokenIssuance" else case.elsewhere(flows(case))


def configuration(case: Case) -> None:
    step = "preTokenIssuance" if case.version == "beta" else "postFederationSignup"
    id = connector(case)
    made = _linked(case, id, step)
    assert set(case.act(made).json()) == {"@odata.context"}
    names = ["postFederationSignup", "postAttributeCollection"]
    names += [step] if case.version == "beta" else []
    shown = case.act(made, query=f"?$expand={','.join(names)}").json()
    read = case.get(f"{CONNECTORS}/{id}")
    assert bare(shown[step]) == bare(read)
    assert shown["postAttributeCollection"] is None


def step_read(case: Case) -> None:
    id = connector(case)
    made = _linked(case, id, _step(case))
    answer = case.act(made).json()
    assert bare(answer) == bare(case.get(f"{CONNECTORS}/{id}"))
    assert answer["authenticationConfiguration"]["password"] == STARS


def step_changed(case: Case) -> None:
    id = connector(case)
    case.act(_linked(case, id, _step(case)), json={"displayName": "Through a flow"})
    assert case.get(f"{CONNECTORS}/{id}")["displayName"] == "Through a flow"


def step_unlinked(case: Case) -> None:
    id, step = connector(case), _step(case)
    made = _linked(case, id, step)
    case.act(made)
    assert _at(case, made, step) is None
    assert case.get(f"{CONNECTORS}/{id}")["id"] == id


def reference_read(case: Case) -> None:
    id, step = connector(case), _step(case)
    made = _linked(case, id, step)
    assert names(case.act(made).json()["@odata.id"], id)
    assert _at(case, made, step) == id


def reference_set(case: Case) -> None:
    first, second, step = connector(case), connector(case), _step(case)
    made = flow(case)
    for id in (first, second):
        case.act(made, json={"@odata.id": case.reference(f"{CONNECTORS}/{id}")})
        assert _at(case, made, step) == id
    case.act(made, json={})
    assert _at(case, made, step) is None


def certificate_added(case: Case) -> None:
    id = certified(case)
    uploaded(case, _linked(case, id, _step(case)), id)


def uploaded(case: Case, key: str, id: str) -> None:
    """Upload a second certificate through `key` and see it at the connector."""
    value, made = pfx("two")
    answer = case.act(key, json={"pkcs12Value": value, "password": "two"}).json()
    shown: list[dict[str, Any]] = answer["authenticationConfiguration"]["certificateList"]
    read = case.get(f"{CONNECTORS}/{id}")["authenticationConfiguration"]
    assert read["@odata.type"] == "#microsoft.graph.clientCertificateAuthentication"
    assert read["certificateList"] == shown
    [active] = [one for one in shown if one["isActive"]]
    assert len(shown) == 2
    assert active["notAfter"] == int(made.not_valid_after_utc.timestamp())


def steps(flows: str) -> dict[str, Proof]:
    """What the paths of every step answer."""
    found: dict[str, Proof] = {f"GET {flows}/{{id}}/apiConnectorConfiguration": configuration}
    for step in ("postFederationSignup", "postAttributeCollection", "preTokenIssuance"):
        path = f"{flows}/{{id}}/apiConnectorConfiguration/{step}"
        found |= {
            f"GET {path}": step_read,
            f"PATCH {path}": step_changed,
            f"DELETE {path}": step_unlinked,
            f"GET {path}/$ref": reference_read,
            f"PUT {path}/$ref": reference_set,
            f"DELETE {path}/$ref": step_unlinked,
            f"POST {path}/uploadClientCertificate": certificate_added,
        }
    return found


# --------------------------------------------------------------------------- the connectors


def connector_created(case: Case) -> None:
    made = case.act(json=basic()).json()
    case.undo(f"/{case.version}{CONNECTORS}/{made['id']}")
    assert made["authenticationConfiguration"]["password"] == STARS
    assert bare(case.get(f"{CONNECTORS}/{made['id']}")) == bare(made)
    value, facts = pfx("one")
    other = case.act(json=certificate(value, "one")).json()
    case.undo(f"/{case.version}{CONNECTORS}/{other['id']}")
    [shown] = case.get(f"{CONNECTORS}/{other['id']}")["authenticationConfiguration"][
        "certificateList"
    ]
    assert shown["notAfter"] == int(facts.not_valid_after_utc.timestamp())


def connector_changed(case: Case) -> None:
    id = connector(case)
    case.act(id, json={"targetUrl": "https://api.example/other"})
    assert case.get(f"{CONNECTORS}/{id}")["targetUrl"] == "https://api.example/other"


def connector_deleted(case: Case) -> None:
    id = connector(case)
    case.act(id)
    case.missing(f"{CONNECTORS}/{id}")


def connector_certified(case: Case) -> None:
    id = certified(case)
    uploaded(case, id, id)


PROOFS: dict[str, Proof] = {
    **providers("/identity/b2cUserFlows"),
    **providers("/identity/b2xUserFlows"),
    **steps("/identity/b2cUserFlows"),
    **steps("/identity/b2xUserFlows"),
    **collection(CONNECTORS, lambda case: (connector(case),)),
    f"POST {CONNECTORS}": connector_created,
    f"PATCH {CONNECTORS}/{{id}}": connector_changed,
    f"DELETE {CONNECTORS}/{{id}}": connector_deleted,
    f"POST {CONNECTORS}/{{id}}/uploadClientCertificate": connector_certified,
}
