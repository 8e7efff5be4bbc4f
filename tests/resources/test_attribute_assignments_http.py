"""userAttributeAssignments over HTTP: every verb, on both kinds of flow, and their order.

Source: graph-surface 11.5 and 16 (C14, C22); runtime 4.3.
"""

from __future__ import annotations

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
    options,
    read,
)
from resources.shape import refused
from resources.tokens import Mint

FLOWS = {
    "b2c": f"{B2C}/B2C_1_asks",
    "b2x in v1.0": f"{B2X}/B2X_1_asks",
    "b2x in beta": f"{B2X.replace('v1.0', 'beta')}/B2X_1_asks",
}
ON_EVERY_FLOW = pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
ASKS = "userAttributeAssignments"
HERE = f"{FLOWS['b2c']}/{ASKS}"
BOXES = "checkboxMultiSelect"
RADIO = "radioSingleSelect"
LIST = "dropdownSingleSelect"
DATE = "dateTimeDropdown"
SELECTS = {RADIO, LIST, BOXES}
FITTING = {
    "string": {"textBox", "emailBox", DATE, *SELECTS},
    "boolean": SELECTS,
    "int64": {"textBox", RADIO, LIST},
    "stringCollection": {BOXES},
    "dateTime": {DATE},
}


@pytest.fixture
def flows(graph: httpx2.Client) -> httpx2.Client:
    """A tenant with a flow of each kind and a custom attribute of each type."""
    created(graph, B2C, b2c("asks"))
    created(graph, B2X, b2x("asks"))
    return graph


@pytest.fixture(scope="module")
def asking(live: Live, mint: Mint) -> Iterator[httpx2.Client]:
    """A tenant of this module: the b2c flow asks for the state, then for the city by radio, and
    there is a custom attribute of each type, called after it."""
    _, token = mint.fresh_tenant()
    with live.http(headers={"authorization": f"Bearer {token}"}) as graph:
        created(graph, B2C, b2c("asks"))
        created(graph, HERE, assignment("state"))
        created(graph, HERE, assignment("city", RADIO, userAttributeValues=options("a", "b")))
        for data_type in FITTING:
            custom(graph, data_type, data_type)
        yield graph


@pytest.fixture
def untouched(asking: httpx2.Client) -> Iterator[httpx2.Client]:
    before = everything(asking)
    yield asking
    assert everything(asking) == before


def custom(graph: httpx2.Client, name: str, data_type: str) -> str:
    return str(created(graph, ATTRIBUTES, attribute(name, data_type))["id"])


def made_for(graph: httpx2.Client, data_type: str) -> str:
    """The custom attribute of this type."""
    query = {"$filter": f"displayName eq '{data_type}'", "$select": "id"}
    return str(graph.get(ATTRIBUTES, params=query).json()["value"][0]["id"])


def order(graph: httpx2.Client, flow: str) -> list[str]:
    found: list[str] = read(graph, f"{flow}/{ASKS}/getOrder")["order"]
    return found


@ON_EVERY_FLOW
def test_an_assignment_is_made_read_changed_and_removed(flows: httpx2.Client, flow: str) -> None:
    size = custom(flows, "Shoe size", "string")
    values = options("small", "large", default=("large",))
    body = assignment(size, "RadioSingleSelect", userAttributeValues=values)
    answer = flows.post(f"{flow}/{ASKS}", json=body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    set, _, id = flow.rpartition("/")
    assert answer.headers["location"].endswith(f"{set}('{id}')/{ASKS}('{size}')")
    context = f"/$metadata#{set.split('/', 2)[2]}('{id}')/{ASKS}"
    assert made.pop("@odata.context").endswith(f"{context}/$entity")
    assert made == {
        "id": size,
        "displayName": "Tell us",
        "isOptional": False,
        "requiresVerification": False,
        "userInputType": RADIO,
        "userAttributeValues": values,
    }
    path = f"{flow}/{ASKS}/{size}"
    shown = read(flows, f"{path}?$expand=userAttribute")
    assert shown["userAttribute"]["id"] == size
    assert shown["userAttribute"]["@odata.type"] == (
        "#microsoft.graph.identityCustomUserFlowAttribute"
    )
    assert read(flows, f"{path}/userAttribute")["displayName"] == "Shoe size"
    listed = read(flows, f"{flow}/{ASKS}?$expand=userAttribute($select=id)&$select=id")
    assert listed["value"][0]["id"] == listed["value"][0]["userAttribute"]["id"] == size
    assert flows.get(f"{flow}/{ASKS}/$count").text == "1"

    changed = flows.patch(path, json={"displayName": "Your size", "isOptional": True})
    assert (changed.status_code, changed.content) == (204, b"")
    representation = flows.patch(
        path, json={"userInputType": "TextBox"}, headers={"prefer": "return=representation"}
    )
    assert (representation.status_code, representation.json()["userAttributeValues"]) == (200, [])
    again = read(flows, path)
    assert (again["displayName"], again["isOptional"], again["userInputType"]) == (
        "Your size", True, "textBox",
    )  # fmt: skip
    assert flows.delete(path).status_code == 204
    refused(flows.get(path), 404)
    assert flows.get(f"{flow}/{ASKS}/$count").text == "0"


@pytest.mark.parametrize(
    "reference",
    [
        {"id": "City"},
        {"@odata.id": "https://graph.microsoft.com/beta/identity/userFlowAttributes('city')"},
        {"@odata.id": "identity/userFlowAttributes/city"},
        {"@odata.type": "#Microsoft.Graph.BuiltInUserFlowAttribute", "id": "city"},
    ],
    ids=["an id", "an absolute URL", "a relative URL", "with a type"],
)
def test_the_attribute_is_named_in_every_form(
    flows: httpx2.Client, reference: dict[str, str]
) -> None:
    made = created(flows, HERE, assignment("", userAttribute=reference))
    assert made["id"] == "city"
    refused(flows.post(HERE, json=assignment("CITY")), 409, names="city")


def test_what_may_be_left_out_is_filled_in(flows: httpx2.Client) -> None:
    made = created(flows, HERE, {"userInputType": "textBox", "userAttribute": {"id": "city"}})
    assert made["displayName"] == "City"
    assert (made["isOptional"], made["requiresVerification"]) == (False, False)
    assert made["userAttributeValues"] == []


def test_a_b2c_flow_has_none_in_v1(flows: httpx2.Client) -> None:
    refused(flows.get(f"{B2C.replace('beta', 'v1.0')}/B2C_1_asks/{ASKS}"), 400)


@pytest.mark.parametrize(
    ("body", "target"),
    [
        (assignment("nothing"), "userAttribute"),
        (assignment("surname", userAttribute=None), "userAttribute"),
        (assignment("newUser", RADIO, userAttributeValues=options("true")), "userAttribute"),
        (assignment("emails", BOXES, userAttributeValues=options("a")), "userAttribute"),
        (assignment("surname", "slider"), "userInputType"),
        (assignment("surname", userInputType=None), "userInputType"),
        (assignment("email"), "userInputType"),
        (assignment("surname", requiresVerification=True), "requiresVerification"),
        (assignment("surname", isOptional=None), "isOptional"),
        (assignment("surname", displayName="x" * 257), "displayName"),
        (assignment("surname", userAttributeValues=options("a")), "userAttributeValues"),
        (assignment("surname", DATE, userAttributeValues=options("a")), "userAttributeValues"),
        (assignment("surname", RADIO), "userAttributeValues"),
        (assignment("surname", LIST), "userAttributeValues"),
        (assignment("surname", BOXES), "userAttributeValues"),
        (
            assignment("surname", RADIO, userAttributeValues=options("a", "A")),
            "userAttributeValues",
        ),
        (
            assignment("surname", LIST, userAttributeValues=options("a", "b", default=("a", "b"))),
            "userAttributeValues",
        ),
        (assignment("surname", BOXES, userAttributeValues=options("a,b")), "userAttributeValues"),
        (
            assignment("surname", LIST, userAttributeValues=options(*map(str, range(301)))),
            "userAttributeValues",
        ),
        (
            assignment("surname", RADIO, userAttributeValues=[{"name": "A"}]),
            "userAttributeValues/0/value",
        ),
    ],
    ids=[
        "unknown attribute", "no attribute", "told only", "told only, a collection",
        "unknown control", "no control", "an address in a text box", "verification of a name",
        "isOptional null", "long label", "options of a text box", "options of a date",
        "radio without options", "list without options", "boxes without options",
        "an option twice", "two defaults", "a comma in a box", "too many options",
        "an option without value",
    ],
)  # fmt: skip
def test_an_assignment_is_refused(flows: httpx2.Client, body: dict[str, Any], target: str) -> None:
    before = everything(flows)
    refused(flows.post(HERE, json=body), 400, target=target)
    assert everything(flows) == before


@pytest.mark.parametrize("data_type", FITTING)
def test_the_control_fits_the_type(untouched: httpx2.Client, data_type: str) -> None:
    id = made_for(untouched, data_type)
    right = {"boolean": "true", "int64": "42"}.get(data_type, "yes")
    for input_type in ("textBox", "emailBox", DATE, *sorted(SELECTS)):
        values = options(right) if input_type in SELECTS else []
        answer = untouched.post(HERE, json=assignment(id, input_type, userAttributeValues=values))
        if input_type in FITTING[data_type]:
            assert answer.status_code == 201, answer.text
            assert untouched.delete(f"{HERE}/{id}").status_code == 204
        else:
            refused(answer, 400, target="userInputType", names=data_type)


@pytest.mark.parametrize(
    ("data_type", "input_type", "values"),
    [
        ("boolean", RADIO, ("true", "no")),
        ("boolean", BOXES, ("true", "false")),
        ("boolean", BOXES, ("false",)),
        ("int64", LIST, ("1", "two")),
        ("int64", RADIO, ("1.5",)),
    ],
)
def test_options_fit_the_type(
    untouched: httpx2.Client, data_type: str, input_type: str, values: tuple[str, ...]
) -> None:
    id = made_for(untouched, data_type)
    body = assignment(id, input_type, userAttributeValues=options(*values))
    refused(untouched.post(HERE, json=body), 400, target="userAttributeValues", names=data_type)


def test_what_a_list_of_countries_and_boxes_may(flows: httpx2.Client) -> None:
    created(flows, HERE, assignment("country", LIST))
    both = options("a", "b", default=("a", "b"))
    created(flows, HERE, assignment("city", BOXES, userAttributeValues=both))
    created(flows, HERE, assignment("email", "emailBox", requiresVerification=True))


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ({"userInputType": "emailBox", "userAttributeValues": options("a")}, "userAttributeValues"),
        ({"userAttributeValues": []}, "userAttributeValues"),
        ({"userAttributeValues": options("a", "a")}, "userAttributeValues"),
        ({"requiresVerification": True}, "requiresVerification"),
        ({"userAttribute": {"id": "state"}}, "userAttribute"),
        ({"id": "state"}, "id"),
    ],
    ids=[
        "options of a text", "no options", "an option twice", "verification",
        "another attribute", "another id",
    ],
)  # fmt: skip
def test_a_change_is_checked_with_what_is_stored(
    untouched: httpx2.Client, body: dict[str, Any], target: str
) -> None:
    refused(untouched.patch(f"{HERE}/city", json=body), 400, target=target)


def test_another_control_keeps_the_options_that_fit(asking: httpx2.Client) -> None:
    for input_type in (BOXES, LIST, RADIO):
        changed = asking.patch(f"{HERE}/city", json={"userInputType": input_type})
        assert changed.status_code == 204, changed.text
        shown = read(asking, f"{HERE}/city")
        assert shown["userInputType"] == input_type
        assert shown["userAttributeValues"] == options("a", "b")


# --------------------------------------------------------------------------- the order


@ON_EVERY_FLOW
def test_the_order_is_that_of_adding_until_it_is_set(flows: httpx2.Client, flow: str) -> None:
    assert order(flows, flow) == []
    for id in ("surname", "city", "givenName"):
        created(flows, f"{flow}/{ASKS}", assignment(id))
    assert order(flows, flow) == ["surname", "city", "givenName"]
    shown = read(flows, f"{flow}/{ASKS}/getOrder()")
    assert shown["@odata.context"].endswith("/$metadata#microsoft.graph.assignmentOrder")
    wanted = {"newAssignmentOrder": {"order": ["GIVENNAME", "surname", "city"]}}
    put = flows.post(f"{flow}/{ASKS}/setOrder", json=wanted)
    assert (put.status_code, put.content) == (204, b"")
    assert order(flows, flow) == ["givenName", "surname", "city"]
    assert flows.delete(f"{flow}/{ASKS}/surname").status_code == 204
    created(flows, f"{flow}/{ASKS}", assignment("state"))
    created(flows, f"{flow}/{ASKS}", assignment("surname"))
    assert order(flows, flow) == ["givenName", "city", "state", "surname"]


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"newAssignmentOrder": None},
        {"newAssignmentOrder": {}},
        {"newAssignmentOrder": {"order": []}},
        {"newAssignmentOrder": {"order": None}},
        {"newAssignmentOrder": {"order": ["city"]}},
        {"newAssignmentOrder": {"order": ["city", "city"]}},
        {"newAssignmentOrder": {"order": ["city", "state", "surname"]}},
        {"newAssignmentOrder": {"order": ["city", "surname"]}},
        {"newAssignmentOrder": {"order": ["city", "state", "CITY"]}},
        {"newAssignmentOrder": {"order": "city,state"}},
    ],
    ids=[
        "nothing", "null", "empty", "none", "null inside", "too few", "one twice", "too many",
        "a stranger", "one twice in another casing", "a text",
    ],
)  # fmt: skip
def test_an_order_that_is_no_permutation_changes_nothing(
    untouched: httpx2.Client, wanted: dict[str, Any]
) -> None:
    refused(untouched.post(f"{HERE}/setOrder", json=wanted), 400, names="order")
    assert order(untouched, FLOWS["b2c"]) == ["state", "city"]
