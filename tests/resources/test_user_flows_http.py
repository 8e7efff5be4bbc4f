"""b2cUserFlows and b2xUserFlows over HTTP, told from create to delete.

Source: graph-surface 11.1, 11.2 and the choices of section 16.
"""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from resources.bodies import B2C, B2X, b2c, b2x, created, everything, read, social
from resources.shape import refused


def test_a_b2c_flow_from_create_to_delete(graph: httpx2.Client) -> None:
    root = str(graph.base_url).rstrip("/")
    answer = graph.post(B2C, json=b2c("Customer"))
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{root}{B2C}('B2C_1_Customer')"
    assert answer.headers["content-type"].startswith("application/json;odata.metadata=minimal")
    assert answer.headers["odata-version"] == "4.0"
    assert "warning" not in answer.headers
    flow = {
        "id": "B2C_1_Customer",
        "userFlowType": "signUpOrSignIn",
        "userFlowTypeVersion": 3,
        "isLanguageCustomizationEnabled": False,
        "defaultLanguageTag": "en",
        "authenticationMethods": "emailWithPassword",
        "tokenClaimsConfiguration": {"isIssuerEntityUserFlow": False},
        "apiConnectorConfiguration": {},
    }
    context = f"{root}/beta/$metadata#identity/b2cUserFlows"
    assert answer.json() == {"@odata.context": f"{context}/$entity", **flow}
    assert read(graph, B2C) == {"@odata.context": context, "value": [flow]}
    assert graph.get(f"{B2C}/$count").text == "1"
    assert graph.get(f"{B2C}/$count").headers["content-type"].startswith("text/plain")

    changed = graph.patch(f"{B2C}/B2C_1_Customer", json={"defaultLanguageTag": "pt-br"})
    assert (changed.status_code, changed.content) == (204, b"")
    shown = graph.patch(
        f"{B2C}/B2C_1_Customer",
        json={"isLanguageCustomizationEnabled": True},
        headers={"prefer": "return=representation"},
    )
    now = {**flow, "defaultLanguageTag": "pt-br", "isLanguageCustomizationEnabled": True}
    assert (shown.status_code, shown.headers["preference-applied"]) == (
        200,
        "return=representation",
    )
    assert shown.json() == {"@odata.context": f"{context}/$entity", **now}
    assert graph.patch(f"{B2C}/B2C_1_Customer", json={"defaultLanguageTag": None}).is_success
    assert read(graph, f"{B2C}/B2C_1_Customer")["defaultLanguageTag"] is None

    gone = graph.delete(f"{B2C}/B2C_1_Customer")
    assert (gone.status_code, gone.content) == (204, b"")
    refused(graph.get(f"{B2C}/B2C_1_Customer"), 404, code="Request_ResourceNotFound")
    refused(graph.delete(f"{B2C}/B2C_1_Customer"), 404)
    assert read(graph, B2C)["value"] == []


def test_a_b2x_flow_is_the_same_thing_in_both_versions(graph: httpx2.Client) -> None:
    root = str(graph.base_url).rstrip("/")
    answer = graph.post(B2X, json=b2x("Partner", userFlowTypeVersion=1.0))
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{root}{B2X}('B2X_1_Partner')"
    flow = {
        "id": "B2X_1_Partner",
        "userFlowType": "signUpOrSignIn",
        "userFlowTypeVersion": 1,
        "apiConnectorConfiguration": {},
    }
    for version in ("v1.0", "beta"):
        path = f"/{version}/identity/b2xUserFlows"
        context = f"{root}/{version}/$metadata#identity/b2xUserFlows"
        assert read(graph, path) == {"@odata.context": context, "value": [flow]}
        assert read(graph, f"{path}/B2X_1_Partner")["@odata.context"] == f"{context}/$entity"
    assert read(graph, B2C)["value"] == []  # nor is it a b2c flow
    refused(graph.get(f"{B2C}/B2X_1_Partner"), 404)
    assert graph.patch(f"{B2X}/B2X_1_Partner", json=flow).status_code == 204
    refused(graph.patch(f"{B2X}/B2X_1_Partner", json={"userFlowTypeVersion": 2}), 400)
    assert graph.delete("/beta/identity/b2xUserFlows/B2X_1_Partner").status_code == 204
    assert read(graph, B2X)["value"] == []


@pytest.mark.parametrize(
    ("path", "given", "stored"),
    [
        (B2C, "bare", "B2C_1_bare"),
        (B2C, "B2C_1_prefixed", "B2C_1_prefixed"),
        (B2C, "b2c_1_Cased", "B2C_1_Cased"),
        (B2C, "B2X_1_foreign", "B2C_1_B2X_1_foreign"),
        (B2C, "B2C_1_B2C_1_twice", "B2C_1_B2C_1_twice"),
        (B2C, "B2C1", "B2C_1_B2C1"),
        (B2X, "bare", "B2X_1_bare"),
        (B2X, "B2X_1_prefixed", "B2X_1_prefixed"),
        (B2X, "b2X_1_Cased", "B2X_1_Cased"),
        (B2C, "B2C_1_", None),
        (B2C, "b2c_1_", None),
        (B2X, "B2X_1_", None),
        (B2C, "", None),
        (B2C, " ", None),
        (B2C, "with space", None),
        (B2C, "sla/sh", None),
        (B2C, "_under", None),
        (B2C, "x" * 71, None),
    ],
)
def test_the_prefix_is_added_once(
    shared: httpx2.Client, path: str, given: str, stored: str | None
) -> None:
    body = b2c(given) if path == B2C else b2x(given)
    if stored is None:
        refused(shared.post(path, json=body), 400, target="id")
        return
    assert created(shared, path, body)["id"] == stored
    again = stored.upper() if path == B2C else stored  # only policies are unique without case
    refused(shared.post(path, json={**body, "id": again}), 409, code="AADB2C")
    assert shared.delete(f"{path}/{stored}").status_code == 204


@pytest.mark.parametrize(
    "path",
    [
        f"{B2C}/B2C_1_keys",
        f"{B2C}('B2C_1_keys')",
        f"{B2C}(id='B2C_1_keys')",
        f"{B2C}/b2c_1_KEYS",
        f"{B2C}%28%27B2C_1_keys%27%29",
        f"{B2C}/B2C_1_keys/",
        "/BETA/Identity/B2CUSERFLOWS/B2C_1_keys",
        "/beta/identity/b2cuserflows('b2c_1_keys')",
        f"{B2C}/%42%32C_1_keys",
    ],
)
def test_a_key_may_be_written_in_every_form(shared: httpx2.Client, path: str) -> None:
    shared.post(B2C, json=b2c("keys"))
    assert read(shared, path)["id"] == "B2C_1_keys"


ALL_TYPES = ("signUp", "signIn", "signUpOrSignIn", "passwordReset", "profileUpdate")
PAIRS = [
    *((kind, version, True) for kind in ALL_TYPES for version in (1, 3, 1.0, 3.0)),
    *((kind, version, False) for kind in ALL_TYPES for version in (0, 1.1, 2, 4, -1, 1e20)),
    ("resourceOwner", 1, True),
    ("resourceOwner", 3, False),
]


@pytest.mark.parametrize(("kind", "version", "creatable"), PAIRS)
def test_a_type_and_version_that_do_not_go_together_are_refused(
    shared: httpx2.Client, kind: str, version: float, *, creatable: bool
) -> None:
    body = b2c("pairs", userFlowType=kind, userFlowTypeVersion=version)
    answer = shared.post(B2C, json=body)
    if not creatable:
        error = refused(answer, 400, code="AADB2C90063", target="userFlowTypeVersion")
        assert error["message"].startswith("There is a problem with the service.")
        return
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["userFlowType"], made["userFlowTypeVersion"]) == (kind, version)
    assert "warning" not in answer.headers  # it runs
    assert shared.delete(f"{B2C}/B2C_1_pairs").status_code == 204


@pytest.mark.parametrize(
    ("more", "target"),
    [
        ({"userFlowType": "signIn"}, "userFlowType"),
        ({"userFlowTypeVersion": 3}, "userFlowTypeVersion"),
    ],
)
def test_a_b2x_flow_is_always_sign_up_or_sign_in_version_1(
    shared: httpx2.Client, more: dict[str, Any], target: str
) -> None:
    code = "AADB2C90063" if target == "userFlowTypeVersion" else "BadRequest"
    refused(shared.post(B2X, json=b2x("never", **more)), 400, code=code, target=target)


def test_names_of_properties_and_members_are_read_without_case(graph: httpx2.Client) -> None:
    made = created(
        graph, B2C, {"ID": "cased", "UserFlowType": "SIGNUPORSIGNIN", "userflowtypeversion": 3.0}
    )
    assert (made["id"], made["userFlowType"]) == ("B2C_1_cased", "signUpOrSignIn")


def test_what_was_read_may_be_sent_back(graph: httpx2.Client) -> None:
    created(graph, B2C, b2c("round", isLanguageCustomizationEnabled=True))
    created(graph, B2X, b2x("round"))
    before = everything(graph)
    for path in (f"{B2C}/B2C_1_round", f"{B2X}/B2X_1_round"):
        assert graph.patch(path, json=read(graph, path)).status_code == 204
    assert everything(graph) == before


@pytest.mark.parametrize("value", ["other", "B2C_1_other"])
def test_what_is_fixed_at_creation_stays(graph: httpx2.Client, value: str) -> None:
    created(graph, B2C, b2c("fixed"))
    path = f"{B2C}/B2C_1_fixed"
    before = everything(graph)
    refused(graph.patch(path, json={"id": value}), 400, target="id")
    refused(graph.patch(path, json={"userFlowType": "signUp"}), 400, target="userFlowType")
    refused(graph.patch(path, json={"userFlowTypeVersion": 1}), 400, target="userFlowTypeVersion")
    refused(graph.patch(path, json={"authenticationMethods": "0"}), 400)
    assert everything(graph) == before


def test_tokens_may_name_the_flow_as_their_issuer(graph: httpx2.Client) -> None:
    chosen = {"isIssuerEntityUserFlow": True}
    created(graph, B2C, b2c("issuer", tokenClaimsConfiguration=chosen))
    path = f"{B2C}/B2C_1_issuer"
    assert read(graph, path)["tokenClaimsConfiguration"] == chosen
    off = {"tokenClaimsConfiguration": {"isIssuerEntityUserFlow": False}}
    assert graph.patch(path, json=off).status_code == 204
    assert read(graph, path)["tokenClaimsConfiguration"] == off["tokenClaimsConfiguration"]


@pytest.fixture(scope="module")
def six(shared: httpx2.Client) -> httpx2.Client:
    """Six flows, the last three of version 1."""
    for number in range(1, 7):
        version = 3 if number <= 3 else 1
        body = b2c(f"six{number}", userFlowTypeVersion=version, defaultLanguageTag="de")
        assert shared.post(B2C, json=body).status_code in {201, 409}
    return shared


ONLY = "startswith(id,'B2C_1_six')"


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        (f"$filter={ONLY}", "123456"),
        (f"filter={ONLY}", "123456"),
        (f"%24filter={ONLY}", "123456"),
        (f"$FILTER={ONLY.upper().replace('STARTSWITH', 'startswith')}", "123456"),
        (f"$filter={ONLY} and userFlowTypeVersion eq 1", "456"),
        (f"$filter={ONLY} and userFlowTypeVersion lt 3", "456"),
        (f"$filter={ONLY} and not (userFlowTypeVersion eq 1)", "123"),
        (f"$filter={ONLY} and id in ('B2C_1_six2','b2c_1_SIX5')", "25"),
        ("$filter=id eq 'B2C_1_six3' or endswith(id,'six4')", "34"),
        (f"$filter={ONLY} and userFlowType ne 'signUpOrSignIn'", ""),
        (f"$filter={ONLY} and userFlowType eq 'signUpOrSignIn'&$top=2", "12"),
        (f"$filter={ONLY} and isLanguageCustomizationEnabled eq false&$skip=4", "56"),
        (f"$filter={ONLY}&$orderby=id desc", "654321"),
        (f"$filter={ONLY}&$orderby=userFlowTypeVersion,id desc", "654321"),
        (f"$filter={ONLY}&$orderby=userFlowTypeVersion desc,id desc&$top=3&$skip=1", "216"),
        (f"$filter={ONLY} and defaultLanguageTag eq 'de'&$top=0", ""),
        (f"$filter={ONLY}&custom=ignored", "123456"),
    ],
)
def test_a_list_is_filtered_ordered_and_cut(six: httpx2.Client, query: str, ids: str) -> None:
    found = read(six, f"{B2C}?{query}")["value"]
    assert "".join(flow["id"][-1] for flow in found) == ids


def test_a_select_shows_what_was_asked_for(six: httpx2.Client) -> None:
    page = read(six, f"{B2C}?$select=ID,userFlowTypeVersion&$filter=id eq 'B2C_1_six1'&$count=true")
    assert page["@odata.context"].endswith("#identity/b2cUserFlows(id,userFlowTypeVersion)")
    assert page["@odata.count"] == 1
    assert page["value"] == [{"id": "B2C_1_six1", "userFlowTypeVersion": 3}]
    one = read(six, f"{B2C}/B2C_1_six1?$select=id")
    assert one.keys() == {"@odata.context", "id"}
    assert six.get(f"{B2C}/$count", params={"$filter": ONLY}).text == "6"


@pytest.mark.parametrize("order", ["", "&$orderby=userFlowTypeVersion desc", "&$orderby=id desc"])
def test_next_links_lead_through_everything_once(six: httpx2.Client, order: str) -> None:
    root = str(six.base_url).rstrip("/")
    url = f"{B2C}?$filter={ONLY}&$count=true{order}"
    seen: list[str] = []
    counts = []
    while url:
        page = six.get(url, headers={"prefer": "odata.maxpagesize=4"})
        assert page.headers["preference-applied"] == "odata.maxpagesize=4"
        body = page.json()
        seen += [flow["id"] for flow in body["value"]]
        counts.append(body.get("@odata.count"))
        url = body.get("@odata.nextLink", "")
        assert not url or url.startswith(f"{root}{B2C}?")
    assert sorted(seen) == [f"B2C_1_six{number}" for number in range(1, 7)]
    assert counts == [6, None]


def test_metadata_levels(six: httpx2.Client) -> None:
    path = f"{B2C}/B2C_1_six1"
    none = six.get(path, headers={"accept": "application/json;odata.metadata=none"})
    assert not [name for name in none.json() if "@" in name]
    full = read(six, f"{path}?$format=application/json;odata.metadata=full")
    assert full["@odata.type"] == "#microsoft.graph.b2cIdentityUserFlow"
    assert full["@odata.id"].endswith(f"{B2C}('B2C_1_six1')")
    assert full["identityProviders@odata.navigationLink"].endswith("/identityProviders")


@pytest.mark.parametrize(
    "segment", ["b2cUserFlows", "userFlows", "b2cUserFlows/B2C_1_x", "signInIdentifiers"]
)
def test_what_only_beta_has_is_no_segment_of_v1(shared: httpx2.Client, segment: str) -> None:
    error = refused(shared.get(f"/v1.0/identity/{segment}"), 400, code="BadRequest")
    name = segment.split("/", maxsplit=1)[0]
    assert error["message"] == f"Resource not found for the segment '{name}'."


GOOGLE = {"id": "Google-OAUTH"}


@pytest.mark.parametrize(
    "more",
    [
        {"identityProviders": [{"id": "Nobody-OAUTH"}]},
        {"userFlowIdentityProviders": [{"@odata.id": "https://x.example/v1/identity/identityProviders/No"}]},
        {"apiConnectorConfiguration": {"postFederationSignup": {"@odata.id": "{apiConnectorId}"}}},
        {"apiConnectorConfiguration": {"nowhere": {"id": "x"}}},
        {"apiConnectorConfiguration": {"preTokenIssuance": {"id": "x"}}},
        {"identityProviders": [GOOGLE], "userFlowIdentityProviders": [GOOGLE]},
        {"languages": [{"id": "de"}]},
        {"surprise": 1},
    ],
    ids="+".join,
)  # fmt: skip
def test_a_refused_create_leaves_nothing_behind(graph: httpx2.Client, more: dict[str, Any]) -> None:
    created(graph, "/beta/identity/identityProviders", social("Google"))
    before = everything(graph)
    for path, body in ((B2C, b2c("half", **more)), (B2X, b2x("half", **more))):
        error = refused(graph.post(path, json=body), 400)
        assert error["target"].split("/")[0] in {*more, "userFlowIdentityProviders"}
    assert everything(graph) == before
