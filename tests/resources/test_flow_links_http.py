"""What a flow refers to, over HTTP: identity providers in two navigations, connectors by step.

Source: graph-surface 11.4, 11.7 and 16 (C5 to C9, C16, C17).
"""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from resources.bodies import (
    B2C,
    B2X,
    CONNECTORS,
    PROVIDERS,
    STARS,
    b2c,
    b2x,
    basic,
    created,
    everything,
    read,
    social,
)
from resources.shape import refused

NAVIGATIONS = ("identityProviders", "userFlowIdentityProviders")
LOCAL = "EmailPassword-OAUTH"
ENTRA = "AADSignup-OAUTH"
FLOWS = {B2C: "B2C_1_links", B2X: "B2X_1_links", B2X.replace("v1.0", "beta"): "B2X_1_links"}
IN_EVERY_FORM = pytest.mark.parametrize(
    "form",
    [
        "https://graph.microsoft.com/v1.0/identity/{set}/{id}",
        "https://graph.microsoft.com/v1/identity/{set}/{id}",
        "https://graph.microsoft.com/beta/identity/{set}('{id}')",
        "https://graph.microsoft.com/beta/{set}/{id}",
        "http://127.0.0.1:1/beta/identity/{set}/{id}/",
        "/v1.0/identity/{set}/{id}",
        "identity/{set}('{id}')",
        "{set}('{id}')",
        "{set}/{id}",
        "{id}",
    ],
)
KEYS = ("@odata.id", "@odata_id", "odata.id", "@id", "id")


@pytest.fixture
def flows(graph: httpx2.Client) -> httpx2.Client:
    """A tenant with Google, and a flow of each kind."""
    created(graph, PROVIDERS, social("Google"))
    created(graph, B2C, b2c("links"))
    created(graph, B2X, b2x("links"))
    return graph


def linked(graph: httpx2.Client, flow: str, navigation: str = NAVIGATIONS[1]) -> list[str]:
    return [one["id"] for one in read(graph, f"{flow}/{navigation}")["value"]]


@pytest.mark.parametrize("path", FLOWS)
@pytest.mark.parametrize("navigation", NAVIGATIONS)
def test_a_provider_is_added_shown_and_removed(
    flows: httpx2.Client, path: str, navigation: str
) -> None:
    flow = f"{path}/{FLOWS[path]}"
    before = linked(flows, flow)
    for _ in range(2):  # adding what is there already changes nothing
        added = flows.post(f"{flow}/{navigation}/$ref", json={"@odata.id": "google-oauth"})
        assert (added.status_code, added.content) == (204, b"")
    assert "warning" not in added.headers  # both kinds of flow lead people there
    for other in NAVIGATIONS:
        assert linked(flows, flow, other) == sorted([*before, "Google-OAUTH"])
        assert flows.get(f"{flow}/{other}/$count").text == str(len(before) + 1)
    root = str(flows.base_url).rstrip("/") + "/" + path.split("/")[1]
    references = read(flows, f"{flow}/{navigation}/$ref")
    assert references["@odata.context"] == f"{root}/$metadata#Collection($ref)"
    home = {"userFlowIdentityProviders": "identity/"}.get(navigation, "") + "identityProviders"
    assert references["value"][-1] == {"@odata.id": f"{root}/{home}('Google-OAUTH')"}
    one = read(flows, f"{flow}/{navigation}/Google-OAUTH/$ref")
    assert one == {"@odata.context": f"{root}/$metadata#$ref", **references["value"][-1]}
    removed = flows.delete(f"{flow}/{navigation}/GOOGLE-oauth/$ref")
    assert (removed.status_code, removed.content) == (204, b"")
    assert linked(flows, flow) == before
    refused(flows.delete(f"{flow}/{navigation}/Google-OAUTH/$ref"), 404)
    assert read(flows, f"{PROVIDERS}/Google-OAUTH")["id"] == "Google-OAUTH"


def test_the_two_navigations_show_the_same_provider_in_two_shapes(flows: httpx2.Client) -> None:
    flow = f"{B2C}/B2C_1_links"
    flows.post(f"{flow}/identityProviders/$ref", json={"@odata.id": "Google-OAUTH"})
    old, new = (read(flows, f"{flow}/{navigation}") for navigation in NAVIGATIONS)
    assert new["@odata.context"].endswith("#Collection(microsoft.graph.identityProviderBase)")
    assert new["value"][-1] == {
        "@odata.type": "#microsoft.graph.socialIdentityProvider",
        "id": "Google-OAUTH",
        "displayName": "Sign in with Google",
        "identityProviderType": "Google",
        "clientId": "client-of-ours",
        "clientSecret": STARS,
    }
    assert old["@odata.context"].endswith("#Collection(microsoft.graph.identityProvider)")
    assert old["value"][-1] == {
        "id": "Google-OAUTH",
        "type": "Google",
        "name": "Sign in with Google",
        "clientId": "client-of-ours",
        "clientSecret": STARS,
    }
    page = read(flows, f"{B2C}?$expand={','.join(NAVIGATIONS)}")
    context = "#identity/b2cUserFlows(identityProviders(),userFlowIdentityProviders())"
    assert page["@odata.context"].endswith(context)
    assert page["value"][0]["identityProviders"] == old["value"]
    assert page["value"][0]["userFlowIdentityProviders"] == new["value"]


@IN_EVERY_FORM
def test_a_provider_is_found_by_every_form_of_reference(flows: httpx2.Client, form: str) -> None:
    flow = f"{B2C}/B2C_1_links"
    text = form.format(set="identityProviders", id="Google-OAuth")
    for key in KEYS:
        body = {key: text, "@odata.type": "#microsoft.graph.identityProvider"}
        answer = flows.post(f"{flow}/userFlowIdentityProviders/$ref", json=body)
        assert answer.status_code == 204, answer.text
        assert "Google-OAUTH" in linked(flows, flow)
        params = {"@id": text} if key != "id" else {"$id": text}
        gone = flows.delete(f"{flow}/userFlowIdentityProviders/$ref", params=params)
        assert gone.status_code == 204, gone.text
        assert "Google-OAUTH" not in linked(flows, flow)


@pytest.mark.parametrize(
    ("body", "status", "target"),
    [
        ({"@odata.id": "Nobody-OAUTH"}, 404, "@odata.id"),
        ({"@odata.id": "https://x.example/beta/apiConnectors/Google-OAUTH"}, 400, "@odata.id"),
        ({"@odata.id": "users/Google-OAUTH"}, 400, "@odata.id"),
        ({"@odata.id": ""}, 400, "@odata.id"),
        ({"@odata.id": 7}, 400, "@odata.id"),
        ({"@odata.id": None}, 400, "@odata.id"),
        ({"@odata.id": ["Google-OAUTH"]}, 400, "@odata.id"),
        ({}, 400, "@odata.id"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("navigation", NAVIGATIONS)
def test_a_reference_to_nothing_is_refused(
    flows: httpx2.Client, navigation: str, body: dict[str, Any], status: int, target: str
) -> None:
    before = everything(flows)
    answer = flows.post(f"{B2C}/B2C_1_links/{navigation}/$ref", json=body)
    refused(answer, status, target=target)
    refused(flows.post(f"{B2C}/B2C_1_nope/{navigation}/$ref", json=body), None)
    refused(flows.delete(f"{B2C}/B2C_1_links/{navigation}/$ref"), 400, target="@id")
    for verb in ("PATCH", "PUT"):
        refused(flows.request(verb, f"{B2C}/B2C_1_links/{navigation}/$ref", json=body), 405)
    assert everything(flows) == before


def test_a_b2x_flow_always_offers_entra(flows: httpx2.Client) -> None:
    assert linked(flows, f"{B2X}/B2X_1_links") == [ENTRA]
    given = {"identityProviders": [{"id": "aadsignup-oauth"}, {"id": "Google-OAuth", "type": "x"}]}
    created(graph := flows, B2X, b2x("given", **given))
    assert linked(graph, f"{B2X}/B2X_1_given") == [ENTRA, "Google-OAUTH"]


# --------------------------------------------------------------------------- e-mail with password


def methods(graph: httpx2.Client, flow: str) -> str:
    return str(read(graph, flow)["authenticationMethods"])


@pytest.mark.parametrize("navigation", NAVIGATIONS)
def test_the_local_provider_and_authentication_methods_say_the_same(
    flows: httpx2.Client, navigation: str
) -> None:
    given = {"identityProviders": [{"id": "Google-OAuth"}]}
    made = created(flows, B2C, b2c("providers_alone", **given))
    assert made["authenticationMethods"] == "0"
    flow = f"{B2C}/B2C_1_providers_alone"
    assert linked(flows, flow) == ["Google-OAUTH"]
    added = flows.post(f"{flow}/{navigation}/$ref", json={"@odata.id": LOCAL})
    assert added.status_code == 204
    assert methods(flows, flow) == "emailWithPassword"
    assert linked(flows, flow) == [LOCAL, "Google-OAUTH"]
    assert flows.delete(f"{flow}/{navigation}/{LOCAL}/$ref").status_code == 204
    assert methods(flows, flow) == "0"
    assert linked(flows, flow) == ["Google-OAUTH"]


def test_a_flow_created_with_the_local_provider_offers_both(flows: httpx2.Client) -> None:
    given = {"identityProviders": [{"id": "Google-OAuth"}, {"id": LOCAL.lower()}]}
    made = created(flows, B2C, b2c("both", **given))
    assert made["authenticationMethods"] == "emailWithPassword"
    assert linked(flows, f"{B2C}/B2C_1_both") == [LOCAL, "Google-OAUTH"]


# --------------------------------------------------------------------------- connectors

STEPS = {
    B2C: ("postFederationSignup", "postAttributeCollection", "preTokenIssuance"),
    B2X: ("postFederationSignup", "postAttributeCollection"),
}


@pytest.mark.parametrize(
    ("path", "step"), [(path, step) for path, steps in STEPS.items() for step in steps]
)
def test_a_connector_is_set_replaced_and_unset(flows: httpx2.Client, path: str, step: str) -> None:
    root = str(flows.base_url).rstrip("/") + "/" + path.split("/")[1]
    first = created(flows, CONNECTORS, basic())["id"]
    second = created(flows, CONNECTORS, basic(displayName="Second"))["id"]
    flow = f"{path}/{FLOWS[path]}"
    place = f"{flow}/apiConnectorConfiguration"
    context = f"{root}/$metadata#{flow.partition('/identity/')[0] and 'identity/'}"
    context += f"{path.rpartition('/')[2]}('{FLOWS[path]}')/apiConnectorConfiguration"
    assert read(flows, place) == {"@odata.context": context}
    expanded = {"@odata.context": f"{context}({step}())"}
    assert read(flows, f"{place}?$expand={step}") == {**expanded, step: None}
    refused(flows.get(f"{place}/{step}/$ref"), 404)
    refused(flows.delete(f"{place}/{step}/$ref"), 404)
    for connector in (first, second, second):
        answer = flows.put(f"{place}/{step}/$ref", json={"@odata.id": connector})
        assert (answer.status_code, answer.content) == (204, b"")
        assert "warning" not in answer.headers
        shown = read(flows, f"{place}?$expand={step}")[step]
        assert shown["id"] == connector
        assert shown["authenticationConfiguration"]["password"] == STARS
        one = read(flows, f"{place}/{step}")
        assert one.pop("@odata.context") == f"{root}/$metadata#identity/apiConnectors/$entity"
        assert one == shown
        assert read(flows, f"{place}/{step}/$ref") == {
            "@odata.context": f"{root}/$metadata#$ref",
            "@odata.id": f"{root}/identity/apiConnectors('{connector}')",
        }
    assert read(flows, flow)["apiConnectorConfiguration"] == {}
    through = read(flows, f"{flow}?$expand=apiConnectorConfiguration/{step}")
    assert through["apiConnectorConfiguration"] == {step: shown}
    assert flows.put(f"{place}/{step}/$ref", json={}).status_code == 204
    assert flows.put(f"{place}/{step}/$ref", json={}).status_code == 204
    assert read(flows, f"{place}?$expand={step}")[step] is None
    flows.put(f"{place}/{step}/$ref", json={"@odata.id": first})
    assert flows.delete(f"{place}/{step}/$ref").status_code == 204
    assert read(flows, f"{place}?$expand={step}")[step] is None
    assert read(flows, f"{CONNECTORS}/{first}")["id"] == first


@IN_EVERY_FORM
def test_a_connector_is_found_by_every_form_of_reference(flows: httpx2.Client, form: str) -> None:
    connector = created(flows, CONNECTORS, basic())["id"]
    text = form.format(set="apiConnectors", id=connector)
    place = f"{B2X}/B2X_1_links/apiConnectorConfiguration/postAttributeCollection"
    for key in KEYS:
        assert flows.put(f"{place}/$ref", json={key: text}).status_code == 204
        assert read(flows, place)["id"] == connector
        assert flows.put(f"{place}/$ref", json={}).status_code == 204
    for number, key in enumerate(KEYS):
        step = {"postFederationSignup": {key: text}}
        body = b2x(f"form{number}", apiConnectorConfiguration=step)
        made = flows.post(B2X, json=body)
        assert made.status_code == 201, made.text
        assert "warning" not in made.headers
        assert made.json()["apiConnectorConfiguration"] == {}
        path = f"{B2X}/B2X_1_form{number}/apiConnectorConfiguration/postFederationSignup"
        assert read(flows, path)["id"] == connector


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("postFederationSignup/$ref", 404),
        ("postAttributeCollection/$ref", 404),
        ("preTokenIssuance/$ref", 400),
        ("nowhere/$ref", 400),
        ("$ref", 400),
    ],
)
def test_a_reference_to_no_connector_is_refused(
    flows: httpx2.Client, path: str, status: int
) -> None:
    before = everything(flows)
    place = f"{B2X}/B2X_1_links/apiConnectorConfiguration"
    refused(flows.put(f"{place}/{path}", json={"@odata.id": "nobody"}), status)
    assert everything(flows) == before


def test_the_configuration_is_changed_through_its_own_path_only(flows: httpx2.Client) -> None:
    connector = created(flows, CONNECTORS, basic())["id"]
    before = everything(flows)
    for path, id in ((B2C, "B2C_1_links"), (B2X, "B2X_1_links")):
        chosen: dict[str, Any]
        chosen = {"apiConnectorConfiguration": {"postFederationSignup": {"id": connector}}}
        refused(flows.patch(f"{path}/{id}", json=chosen), 400, names="apiConnectorConfiguration")
        chosen = {"identityProviders": [{"id": "Google-OAUTH"}]}
        refused(flows.patch(f"{path}/{id}", json=chosen), 400, target="identityProviders")
        place = f"{path}/{id}/apiConnectorConfiguration"
        refused(flows.patch(place, json={}), 405)
        refused(flows.post(f"{path}/{id}/userFlowIdentityProviders", json=social("QQ")), 405)
    assert everything(flows) == before
