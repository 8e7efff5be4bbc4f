"""Attributes and their assignments to flows. Source: graph-surface 11.5, 11.8."""

from __future__ import annotations

import re
from typing import Any

from witness.case import Case, Proof
from witness.reading import bare, collection
from witness.things import ATTRIBUTES, assignment, attribute, flow, flows

TYPES = ("string", "boolean", "int64", "stringCollection", "dateTime")


def created(case: Case) -> None:
    for type in TYPES:  # C30
        name = case.unique("Shoe size ")
        body = {"displayName": name, "description": "EU", "dataType": type}
        answer = case.act(json=body)
        made = answer.json()
        case.undo(f"/{case.version}{ATTRIBUTES}/{made['id']}")
        assert re.fullmatch(rf"extension_[0-9a-f]{{32}}_{name.replace(' ', '')}", made["id"])
        wanted = f"{case.place.base}/{case.version}{ATTRIBUTES}('{made['id']}')"
        assert answer.headers["location"] == wanted
        assert (made["userFlowAttributeType"], made["dataType"]) == ("custom", type)
        assert bare(case.get(f"{ATTRIBUTES}/{made['id']}")) == bare(made)


def changed(case: Case) -> None:
    id = attribute(case)
    case.act(id, json={"description": "UK size"})
    assert case.get(f"{ATTRIBUTES}/{id}")["description"] == "UK size"


def deleted(case: Case) -> None:
    id = attribute(case)
    case.act(id)
    case.missing(f"{ATTRIBUTES}/{id}")
    assert id not in [one["id"] for one in case.members(ATTRIBUTES)]


# --------------------------------------------------------------------------- assignments


def _path(case: Case, above: str) -> str:
    return f"{flows(case)}/{above}/userAttributeAssignments"


def _order(case: Case, above: str) -> list[str]:
    found: list[str] = case.get(f"{_path(case, above)}/getOrder")["order"]
    return found


def _assigned(case: Case) -> tuple[str, ...]:
    """A flow that asks for one more attribute: the ids of both."""
    id = attribute(case)
    above = flow(case)
    case.send("POST", _path(case, above), assignment(id))
    return above, id


def assignment_created(case: Case) -> None:
    id = attribute(case)
    above = flow(case)
    values: list[dict[str, Any]] = [
        {"name": "Small", "value": "18", "isDefault": True},
        {"name": "Big", "value": "46", "isDefault": False},
    ]
    chosen = {"userInputType": "dropdownSingleSelect", "userAttributeValues": values}
    body = assignment(id, isOptional=True, **chosen)
    answer = case.act(above, json=body)
    made = answer.json()
    assert made["id"] == id
    wanted = f"{flows(case)}('{above}')/userAttributeAssignments('{id}')"
    assert answer.headers["location"].endswith(wanted)
    read = case.get(f"{_path(case, above)}/{id}?$expand=userAttribute")
    assert read["userAttribute"]["id"] == id
    sent = {name: value for name, value in body.items() if name != "userAttribute"}
    assert {name: read[name] for name in sent} == sent
    assert id in _order(case, above)


def assignment_changed(case: Case) -> None:
    above, id = _assigned(case)
    case.act(above, id, json={"isOptional": True, "displayName": "Feet"})
    read = case.get(f"{_path(case, above)}/{id}")
    assert (read["isOptional"], read["displayName"]) == (True, "Feet")


def assignment_deleted(case: Case) -> None:
    above, id = _assigned(case)
    case.act(above, id)
    case.missing(f"{_path(case, above)}/{id}")
    assert id not in _order(case, above)
    assert case.get(f"{ATTRIBUTES}/{id}")["id"] == id


def attribute_of_assignment(case: Case) -> None:
    above, id = _assigned(case)
    assert bare(case.act(above, id).json()) == bare(case.get(f"{ATTRIBUTES}/{id}"))


def order_read(case: Case) -> None:
    above, id = _assigned(case)
    other = attribute(case)
    case.send("POST", _path(case, above), assignment(other))
    answer = case.act(above).json()
    assert answer["@odata.context"].endswith("/$metadata#microsoft.graph.assignmentOrder")
    order = answer["order"]
    assert order.index(id) < order.index(other)
    assert set(order) == {one["id"] for one in case.members(_path(case, above))}
    case.send("DELETE", f"{_path(case, above)}/{other}")


def order_set(case: Case) -> None:
    above, _ = _assigned(case)
    other = attribute(case)
    case.send("POST", _path(case, above), assignment(other))
    wanted = _order(case, above)[::-1]
    case.act(above, json={"newAssignmentOrder": {"order": wanted}})
    assert _order(case, above) == wanted
    case.send("DELETE", f"{_path(case, above)}/{other}")


def assignments(flows: str) -> dict[str, Proof]:
    """What a flow's userAttributeAssignments answer."""
    path = f"{flows}/{{id}}/userAttributeAssignments"
    return {
        **collection(path, _assigned),
        f"POST {path}": assignment_created,
        f"PATCH {path}/{{id}}": assignment_changed,
        f"DELETE {path}/{{id}}": assignment_deleted,
        f"GET {path}/{{id}}/userAttribute": attribute_of_assignment,
        f"GET {path}/getOrder()": order_read,
        f"POST {path}/setOrder": order_set,
    }


PROOFS: dict[str, Proof] = {
    **assignments("/identity/b2cUserFlows"),
    **assignments("/identity/b2xUserFlows"),
    **collection(ATTRIBUTES, lambda case: (attribute(case),)),
    f"POST {ATTRIBUTES}": created,
    f"PATCH {ATTRIBUTES}/{{id}}": changed,
    f"DELETE {ATTRIBUTES}/{{id}}": deleted,
}
