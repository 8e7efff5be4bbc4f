"""userFlowAttributes over HTTP, in both versions: what is built in, and what is made.

Source: graph-surface 10.2, 11.8 and 16 (C15, C22, C23, C29, C30).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from live import Live
from resources.bodies import (
    ATTRIBUTES,
    B2C,
    B2X,
    assignment,
    attribute,
    b2c,
    b2x,
    created,
    everything,
    read,
)
from resources.shape import refused
from resources.tokens import Mint

ROOTS = ("v1.0", "beta")
IN_BOTH = pytest.mark.parametrize("root", ROOTS)
BUILT_IN_TYPE = "#microsoft.graph.identityBuiltInUserFlowAttribute"
CUSTOM_TYPE = "#microsoft.graph.identityCustomUserFlowAttribute"
STRINGS = (
    "city country displayName email givenName identityProvider identityProviderAccessToken "
    "jobTitle legalAgeGroupClassification objectId postalCode state streetAddress surname"
)
BUILT_IN = {
    **dict.fromkeys(STRINGS.split(), "string"),
    "emails": "stringCollection",
    "newUser": "boolean",
}


@pytest.fixture(scope="module")
def made(live: Live, mint: Mint) -> Iterator[httpx2.Client]:
    """A tenant of this module, with the attribute "Shoe size" of the type int64."""
    _, token = mint.fresh_tenant()
    with live.http(headers={"authorization": f"Bearer {token}"}) as graph:
        created(graph, ATTRIBUTES, attribute("Shoe size", "Int64"))
        yield graph


@IN_BOTH
def test_every_tenant_has_what_is_built_in(graph: httpx2.Client, root: str) -> None:
    listed = read(graph, f"/{root}/identity/userFlowAttributes?$count=true")
    assert listed["@odata.context"].endswith(f"/{root}/$metadata#identity/userFlowAttributes")
    assert listed["@odata.count"] == len(BUILT_IN)
    assert {one["id"]: one["dataType"] for one in listed["value"]} == BUILT_IN
    for one in listed["value"]:
        assert (one["@odata.type"], one["userFlowAttributeType"]) == (BUILT_IN_TYPE, "builtIn")
        assert one["displayName"]
        assert one["description"]
    city = read(graph, f"/{root}/identity/userFlowAttributes/City")
    assert (city["id"], city["displayName"]) == ("city", "City")
    assert graph.get(f"/{root}/identity/userFlowAttributes/$count").text == str(len(BUILT_IN))


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ("userFlowAttributeType eq 'custom'", {"Shoesize"}),
        ("userFlowAttributeType ne 'builtIn'", {"Shoesize"}),
        ("dataType eq 'int64'", {"Shoesize"}),
        ("dataType eq 'boolean'", {"newUser"}),
        ("dataType ne 'string'", {"newUser", "emails", "Shoesize"}),
        ("displayName eq 'shoe size'", {"Shoesize"}),
        ("id eq 'CITY'", {"city"}),
    ],
)
def test_attributes_are_filtered(made: httpx2.Client, condition: str, ids: set[str]) -> None:
    found = made.get(ATTRIBUTES, params={"$filter": condition}).json()["value"]
    assert {one["id"].rpartition("_")[2] for one in found} == ids


@pytest.mark.parametrize(
    ("root", "data_type", "type_name"),
    [
        ("v1.0", "string", None),
        ("beta", "String", "#microsoft.graph.identityUserFlowAttribute"),
        ("v1.0", "BOOLEAN", CUSTOM_TYPE),
        ("beta", "int64", "#Microsoft.Graph.CustomUserFlowAttribute"),
        ("v1.0", "stringCollection", "microsoft.graph.customUserFlowAttribute"),
        ("beta", "dateTime", "graph.identityCustomUserFlowAttribute"),
    ],
)
def test_a_custom_attribute_is_named_after_the_extensions_application(
    made: httpx2.Client, root: str, data_type: str, type_name: str | None
) -> None:
    path = f"/{root}/identity/userFlowAttributes"
    body = attribute("Hat size", data_type, **({"@odata.type": type_name} if type_name else {}))
    answer = made.post(path, json=body)
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert re.fullmatch(r"extension_[0-9a-f]{32}_Hatsize", shown["id"])
    assert answer.headers["location"].endswith(f"{path}('{shown['id']}')")
    assert (shown["@odata.type"], shown["userFlowAttributeType"]) == (CUSTOM_TYPE, "custom")
    assert shown["dataType"].casefold() == data_type.casefold()
    other = f"/{ROOTS[root == 'v1.0']}/identity/userFlowAttributes/{shown['id']}"
    assert {**read(made, other), "@odata.context": ""} == {**shown, "@odata.context": ""}
    assert made.delete(other).status_code == 204


@pytest.mark.parametrize(
    ("body", "status", "target"),
    [
        (attribute("Schuhgröße"), 400, "displayName"),
        (attribute("shoe-size"), 400, "displayName"),
        (attribute("  "), 400, "displayName"),
        (attribute("x" * 101), 400, "displayName"),
        (attribute("Hat size", "float"), 400, "dataType"),
        (attribute("Hat size", "unknownFutureValue"), 400, "dataType"),
        (attribute(userFlowAttributeType="custom"), 400, "userFlowAttributeType"),
        ({**attribute(), "@odata.type": BUILT_IN_TYPE}, 400, "@odata.type"),
        (attribute("Shoesize"), 409, "id"),
        (attribute("SHOE SIZE", "boolean"), 409, "id"),
    ],
    ids=[
        "another script", "a hyphen", "only spaces", "too long", "unknown type", "the sentinel",
        "the server's", "built in", "taken", "taken without case",
    ],
)  # fmt: skip
def test_a_custom_attribute_is_refused(
    made: httpx2.Client, body: dict[str, Any], status: int, target: str
) -> None:
    before = everything(made)
    refused(made.post(ATTRIBUTES, json=body), status, target=target)
    assert everything(made) == before


@IN_BOTH
def test_only_the_description_of_a_custom_attribute_changes(
    graph: httpx2.Client, root: str
) -> None:
    id = created(graph, ATTRIBUTES, attribute())["id"]
    path = f"/{root}/identity/userFlowAttributes/{id}"
    same = {"displayName": "Shoe size", "dataType": "string", "description": "Now in inches."}
    changed = graph.patch(path, json={"@odata.type": CUSTOM_TYPE, **same})
    assert (changed.status_code, changed.content) == (204, b"")
    assert read(graph, path)["description"] == "Now in inches."
    for wrong in ({"displayName": "Hat size"}, {"dataType": "boolean"}):
        refused(graph.patch(path, json=wrong), 400, target=next(iter(wrong)))
    assert read(graph, path)["displayName"] == "Shoe size"
    assert graph.delete(path).status_code == 204
    refused(graph.get(path), 404)


@IN_BOTH
@pytest.mark.parametrize("id", ["city", "email", "newUser"])
def test_what_is_built_in_stays(made: httpx2.Client, root: str, id: str) -> None:
    path = f"/{root}/identity/userFlowAttributes/{id}"
    before = read(made, path)
    refused(made.patch(path, json={"description": "Mine"}), 405, names="built in")
    refused(made.delete(path), 405, names="built in")
    assert read(made, path) == before


def test_an_attribute_in_use_is_held_by_the_flows_that_the_refusal_names(
    graph: httpx2.Client,
) -> None:
    id = created(graph, ATTRIBUTES, attribute())["id"]
    for path, flow in ((B2C, b2c("one")), (B2X, b2x("two"))):
        new = created(graph, path, flow)
        created(graph, f"{path}/{new['id']}/userAttributeAssignments", assignment(id))
    before = everything(graph)
    error = refused(graph.delete(f"{ATTRIBUTES}/{id}"), 409, code="AADB2C", names=id)
    assert "'B2C_1_one'" in error["message"]
    assert "'B2X_1_two'" in error["message"]
    assert everything(graph) == before
    for home in (f"{B2C}/B2C_1_one", f"{B2X}/B2X_1_two"):
        assert graph.delete(f"{home}/userAttributeAssignments/{id}").status_code == 204
    assert graph.delete(f"{ATTRIBUTES}/{id}").status_code == 204


def test_a_flow_may_go_with_what_it_asks_for(graph: httpx2.Client) -> None:
    id = created(graph, ATTRIBUTES, attribute())["id"]
    created(graph, B2C, b2c("one"))
    created(graph, f"{B2C}/B2C_1_one/userAttributeAssignments", assignment(id))
    assert graph.delete(f"{B2C}/B2C_1_one").status_code == 204
    assert graph.delete(f"{ATTRIBUTES}/{id}").status_code == 204


def test_an_attribute_of_another_tenant_is_unknown(
    graph: httpx2.Client, made: httpx2.Client
) -> None:
    theirs = made.get(ATTRIBUTES, params={"$filter": "displayName eq 'Shoe size'"})
    id = theirs.json()["value"][0]["id"]
    created(graph, B2C, b2c("one"))
    before = everything(graph)
    asks = graph.post(f"{B2C}/B2C_1_one/userAttributeAssignments", json=assignment(id))
    refused(asks, 400, target="userAttribute", names=id)
    for verb in ("GET", "PATCH", "DELETE"):
        body = {"description": "Mine"} if verb == "PATCH" else None
        refused(graph.request(verb, f"{ATTRIBUTES}/{id}", json=body), 404)
    assert everything(graph) == before
    assert read(made, f"{ATTRIBUTES}/{id}")["description"] == "Asked for."
