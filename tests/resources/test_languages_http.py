"""Languages of user flows and the sentences of their pages, over HTTP.

Source: graph-surface 11.6 and 16 (C20, C21, C24 to C26); runtime 7.2.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from live import Live
from resources.bodies import B2C, B2X, b2c, b2x, created, read
from resources.shape import refused
from resources.tokens import Mint
from vestibule.texts import sentences
from vestibule.texts.languages import BUILT_IN

BETA_B2X = B2X.replace("v1.0", "beta")
SHOP = f"{B2C}/B2C_1_shop"
PARTNER = {
    version: f"/{version}/identity/b2xUserFlows/B2X_1_partner" for version in ("v1.0", "beta")
}
PAGES = [
    "error", "idpselections", "localaccountpasswordchange", "localaccountpasswordreset",
    "localaccountsignin", "localaccountsignup", "signuporsignin", "socialccountsignup",
]  # fmt: skip
GUESTS_PAGES = [
    "accountname", "accountpassword", "emailpasscode", "error", "guestdetails", "notfromhere",
]  # fmt: skip
FIRST = {SHOP: "signuporsignin", **dict.fromkeys(PARTNER.values(), "accountname")}
"""Flow → the first page that it shows."""


def stocked(graph: httpx2.Client) -> httpx2.Client:
    created(graph, B2C, b2c("shop", isLanguageCustomizationEnabled=True))
    created(graph, B2X, b2x("partner"))
    return graph


@pytest.fixture
def shop(graph: httpx2.Client) -> httpx2.Client:
    """A tenant with a b2c flow whose languages are customized, and a b2x flow."""
    return stocked(graph)


@pytest.fixture(scope="module")
def still(live: Live, mint: Mint) -> Iterator[httpx2.Client]:
    """The same, for tests that leave everything as it was."""
    _, token = mint.fresh_tenant()
    with live.http(headers={"authorization": f"Bearer {token}"}) as client:
        yield stocked(client)


def rows(graph: httpx2.Client, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(graph, path)["value"]
    return found


def tags(graph: httpx2.Client, flow: str, query: str = "") -> dict[str, bool]:
    return {one["id"]: one["isEnabled"] for one in rows(graph, f"{flow}/languages{query}")}


def override(type: str, string: str, value: str, element: str | None = None) -> dict[str, Any]:
    return {
        "ElementType": type,
        "ElementId": element,
        "StringId": string,
        "Override": True,
        "Value": value,
    }


def collection(element: str, **items: str) -> dict[str, Any]:
    return {
        "ElementType": "ClaimType",
        "ElementId": element,
        "TargetCollection": "Restriction",
        "Override": True,
        "Items": [{"Name": name, "Value": value} for value, name in items.items()],
    }


def put(
    graph: httpx2.Client, page: str, *strings: dict[str, Any], language: str = "de"
) -> httpx2.Response:
    path = f"{SHOP}/languages/{language}/overridesPages/{page}/$value"
    return graph.put(path, json={"LocalizedStrings": list(strings)})


def strings(graph: httpx2.Client, path: str) -> dict[tuple[str, str | None, str], tuple[str, bool]]:
    answer = graph.get(f"{path}/$value")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    body = answer.json()
    assert list(body) == ["LocalizedStrings"]
    for one in body["LocalizedStrings"]:
        assert list(one) == ["ElementType", "ElementId", "StringId", "Override", "Value"]
    return {
        (one["ElementType"], one["ElementId"], one["StringId"]): (one["Value"], one["Override"])
        for one in body["LocalizedStrings"]
    }


# --------------------------------------------------------------------------- languages


def test_a_b2c_flow_offers_english_until_more_is_enabled(shop: httpx2.Client) -> None:
    root = str(shop.base_url).rstrip("/")
    listed = read(shop, f"{SHOP}/languages")
    context = f"{root}/beta/$metadata#identity/b2cUserFlows('B2C_1_shop')/languages"
    assert listed["@odata.context"] == context
    assert [one["id"] for one in listed["value"]] == sorted(BUILT_IN)
    assert listed["value"][4] == {"id": "de", "displayName": "Deutsch", "isEnabled": False}
    assert shop.get(f"{SHOP}/languages/$count").text == str(len(BUILT_IN))
    assert tags(shop, SHOP, "?$filter=isEnabled eq true") == {"en": True}

    changed = shop.put(f"{SHOP}/languages/de", json={"id": "DE", "isEnabled": True})
    assert (changed.status_code, changed.content) == (204, b"")
    assert shop.put(f"{SHOP}/languages/ar", json={}).status_code == 204  # enabled unless it says
    assert shop.patch(f"{SHOP}/languages('EN')", json={"isEnabled": False}).status_code == 204
    assert tags(shop, SHOP, "?$filter=isEnabled eq true") == {"ar": True, "de": True}
    assert shop.get(f"{SHOP}/languages/$count?$filter=isEnabled eq true").text == "2"
    assert shop.patch(f"{SHOP}/languages/ar", json={"isEnabled": False}).status_code == 204
    shown = shop.patch(
        f"{SHOP}/languages/pt-BR",
        json={"isEnabled": True},
        headers={"prefer": "return=representation"},
    )
    brazilian = {"id": "pt-br", "displayName": "Português (Brasil)", "isEnabled": True}
    assert shown.json() == {"@odata.context": f"{context}/$entity", **brazilian}
    assert read(shop, f"{SHOP}/languages('PT-BR')") == shown.json()


def test_a_language_is_added_and_deleted(shop: httpx2.Client) -> None:
    root = str(shop.base_url).rstrip("/")
    spanish = f"{SHOP}/languages/es-es"
    refused(shop.get(spanish), 404)
    added = shop.put(spanish, json={"id": "es-ES", "isEnabled": True})
    assert added.status_code == 201
    assert added.headers["location"] == (
        f"{root}/beta/identity/b2cUserFlows('B2C_1_shop')/languages('es-ES')"
    )
    body = {"id": "es-ES", "displayName": "Spanish (Spain)", "isEnabled": True}
    context = f"{root}/beta/$metadata#identity/b2cUserFlows('B2C_1_shop')/languages/$entity"
    assert added.json() == {"@odata.context": context, **body}
    assert read(shop, spanish) == added.json()
    assert list(tags(shop, SHOP))[7:9] == ["es", "es-ES"]

    posted = shop.post(f"{SHOP}/languages", json={"id": "fr-CA", "isEnabled": False})
    assert (posted.status_code, posted.json()["displayName"]) == (201, "French (Canada)")
    refused(shop.post(f"{SHOP}/languages", json={"id": "FR-ca"}), 409, target="id")
    refused(shop.post(f"{SHOP}/languages", json={"id": "de"}), 409, target="id")

    written = override("UxElement", "heading", "Hola")
    assert put(shop, "signuporsignin", written, language="es-ES").status_code == 204
    assert shop.delete(spanish).status_code == 204
    refused(shop.get(spanish), 404)
    assert shop.put(spanish, json={}).status_code == 201
    texts = strings(shop, f"{spanish}/overridesPages/signuporsignin")
    assert texts["UxElement", None, "heading"] == ("Iniciar sesión", False)  # gone with it


@pytest.mark.parametrize(
    ("verb", "tag", "body", "status", "target"),
    [
        ("PUT", "xx-ES", {}, 400, "id"),
        ("PUT", "es-XX", {}, 400, "id"),
        ("PUT", "spanish", {}, 400, "id"),
        ("PUT", "de", {"id": "fr"}, 400, "id"),
        ("PUT", "de", {"isEnabled": None}, 400, "isEnabled"),
        ("PUT", "de", {"isEnabled": "yes"}, 400, "isEnabled"),
        ("PUT", "de", {"enabled": True}, 400, "enabled"),
        ("PATCH", "de", {"isEnabled": 1}, 400, "isEnabled"),
        ("PATCH", "es-ES", {"isEnabled": True}, 404, None),
        ("POST", "", {}, 400, "id"),
        ("POST", "", {"id": "de_AT"}, 400, "id"),
        ("DELETE", "de", None, 400, "id"),
        ("DELETE", "es-ES", None, 404, None),
    ],
)
def test_what_is_no_language_is_refused(
    still: httpx2.Client,
    verb: str,
    tag: str,
    body: dict[str, Any] | None,
    status: int,
    target: str | None,
) -> None:
    before = rows(still, f"{SHOP}/languages")
    path = f"{SHOP}/languages/{tag}".rstrip("/")
    answer = still.request(verb, path, json=body)
    refused(answer, status, target=target)
    assert rows(still, f"{SHOP}/languages") == before


@pytest.mark.parametrize(
    ("verb", "tail"),
    [
        ("GET", ""),
        ("GET", "/$count"),
        ("GET", "/en"),
        ("PUT", "/de"),
        ("POST", ""),
        ("PATCH", "/de"),
        ("GET", "/en/defaultPages"),
        ("GET", "/en/defaultPages/error/$value"),
        ("PUT", "/en/overridesPages/error/$value"),
    ],
)
def test_a_b2c_flow_has_none_before_they_are_customized(
    graph: httpx2.Client, verb: str, tail: str
) -> None:
    created(graph, B2C, b2c("shop"))
    body = {"id": "de"} if verb != "GET" else None
    answer = graph.request(verb, f"{SHOP}/languages{tail}", json=body)
    refused(answer, 400, target="isLanguageCustomizationEnabled")
    assert graph.patch(SHOP, json={"isLanguageCustomizationEnabled": True}).status_code == 204
    assert tags(graph, SHOP)["en"] is True


@pytest.mark.parametrize("version", PARTNER)
def test_a_b2x_flow_has_the_built_in_languages_and_no_other(
    shop: httpx2.Client, version: str
) -> None:
    partner = PARTNER[version]
    assert tags(shop, partner) == dict.fromkeys(sorted(BUILT_IN), True)
    assert shop.get(f"{partner}/languages/$count").text == str(len(BUILT_IN))
    assert read(shop, f"{partner}/languages('JA')")["displayName"] == "日本語"
    refused(shop.post(f"{partner}/languages", json={"id": "es-ES"}), 405)
    refused(shop.put(f"{partner}/languages/de", json={}), 405)
    refused(shop.put(f"{partner}/languages/es-ES", json={}), 405)
    refused(shop.delete(f"{partner}/languages/de"), 405)
    assert shop.patch(f"{partner}/languages/de", json={"isEnabled": False}).status_code == 204
    for other in PARTNER.values():
        assert tags(shop, other, "?$filter=isEnabled eq false") == {"de": False}


def test_languages_come_expanded_with_their_flow(still: httpx2.Client) -> None:
    query = "?$expand=languages($filter=isEnabled eq true;$select=displayName)"
    for partner in PARTNER.values():
        expanded = read(still, partner + query)["languages"]
        assert len(expanded) == len(BUILT_IN)
        assert {"displayName": "English"} in [
            {name: one[name] for name in one if name == "displayName"} for one in expanded
        ]


def test_v1_knows_no_b2c_flow(still: httpx2.Client) -> None:
    """C26: the sample that asks v1.0 for a b2c flow's pages is mistaken."""
    path = f"{SHOP}/languages/en/defaultPages".replace("beta", "v1.0")
    refused(still.get(path), 400)


# --------------------------------------------------------------------------- pages


@pytest.mark.parametrize("pages", ["defaultPages", "overridesPages"])
@pytest.mark.parametrize("flow", [SHOP, *PARTNER.values()])
def test_pages_are_listed_and_nothing_but_their_contents_changes(
    still: httpx2.Client, flow: str, pages: str
) -> None:
    path = f"{flow}/languages/en/{pages}"
    shown = PAGES if flow == SHOP else GUESTS_PAGES
    assert [one["id"] for one in rows(still, path)] == shown
    assert still.get(f"{path}/$count").text == str(len(shown))
    assert read(still, f"{path}('{FIRST[flow].upper()}')")["id"] == FIRST[flow]
    refused(still.get(f"{path}/phonefactor"), 404)
    refused(still.post(path, json={"id": "mine"}), 405)
    refused(still.patch(f"{path}/error", json={}), 405)
    refused(still.delete(f"{path}/error"), 405)


@pytest.mark.parametrize(
    ("type", "version", "pages"),
    [
        ("signUpOrSignIn", 3, PAGES),
        (
            "signUp",
            3,
            [
                "error",
                "idpselections",
                "localaccountsignin",
                "localaccountsignup",
                "socialccountsignup",
            ],
        ),
        ("signUp", 1, ["error", "idpselections", "localaccountsignup", "socialccountsignup"]),
        (
            "signIn",
            3,
            [
                "error",
                "idpselections",
                "localaccountpasswordchange",
                "localaccountpasswordreset",
                "localaccountsignin",
                "signuporsignin",
            ],
        ),
        ("signIn", 1, ["error"]),
        ("passwordReset", 3, ["error", "localaccountpasswordreset"]),
        (
            "profileUpdate",
            3,
            [
                "error",
                "idpselections",
                "localaccountsignin",
                "selfasserted.profileupdate",
                "signuporsignin",
            ],
        ),
        ("resourceOwner", 1, []),
    ],
)
def test_a_flow_has_the_pages_that_it_shows(
    still: httpx2.Client, type: str, version: int, pages: list[str]
) -> None:
    flow = b2c(
        f"{type}_{version}",
        userFlowType=type,
        userFlowTypeVersion=version,
        isLanguageCustomizationEnabled=True,
    )
    created(still, B2C, flow)
    path = f"{B2C}/B2C_1_{type}_{version}/languages/en/defaultPages"
    assert [one["id"] for one in rows(still, path)] == pages


@pytest.mark.parametrize("partner", PARTNER.values())
def test_pages_of_guests_have_our_sentences_too(still: httpx2.Client, partner: str) -> None:
    path = f"{partner}/languages/de/defaultPages"
    texts = strings(still, f"{path}/accountname")
    assert texts["UxElement", None, "button_next"] == ("Weiter", False)
    refused(still.put(f"{path}/accountname/$value", json={"LocalizedStrings": []}), 405)
    refused(still.delete(f"{path}/accountname/$value"), 405)


def test_defaults_are_our_sentences_and_cannot_be_written(still: httpx2.Client) -> None:
    flow = SHOP
    path = f"{flow}/languages/de/defaultPages"
    german = sentences("de")
    texts = strings(still, f"{path}/signuporsignin")
    assert texts["UxElement", None, "button_signin"] == (german["page.signin.button"], False)
    wrong = ("ErrorMessage", None, "UserMessageIfInvalidPassword")
    assert texts[wrong] == (german["password.wrong"], False)
    texts = strings(still, f"{path}/localaccountsignup")
    assert texts["ClaimType", "email", "DisplayName"] == ("E-Mail-Adresse", False)
    untranslated = strings(still, f"{flow}/languages/it/defaultPages/signuporsignin")
    assert untranslated["UxElement", None, "button_signin"] == ("Sign in", False)
    refused(still.put(f"{path}/signuporsignin/$value", json={"LocalizedStrings": []}), 405)
    refused(still.delete(f"{path}/signuporsignin/$value"), 405)


@pytest.mark.parametrize("flow", [SHOP, *PARTNER.values()])
def test_overrides_are_merged_shown_and_reset(shop: httpx2.Client, flow: str) -> None:
    """Both content types that SDKs send, and the one that they ask for."""
    page = FIRST[flow]
    path = f"{flow}/languages/DE/overridesPages/{page}"
    unknown = "UserMessageIfClaimsPrincipalDoesNotExist"
    heading, error = ("UxElement", None, "heading"), ("ErrorMessage", None, unknown)
    ours = strings(shop, path)
    assert not any(overridden for _, overridden in ours.values())
    document = {"LocalizedStrings": [override("UxElement", "heading", "Willkommen")]}
    written = shop.put(f"{path}/$value", json=document)
    assert (written.status_code, written.content) == (204, b"")
    assert strings(shop, path) == {**ours, heading: ("Willkommen", True)}
    document = {"LocalizedStrings": [override("ErrorMessage", unknown, "Nein")]}
    written = shop.put(
        f"{path}/$value",
        content=b"\xef\xbb\xbf" + json.dumps(document).encode(),
        headers={"content-type": "application/octet-stream"},
    )
    assert written.status_code == 204
    both = {**ours, heading: ("Willkommen", True), error: ("Nein", True)}
    assert strings(shop, path) == both
    for other in ("en", "fr"):  # one language is not another
        texts = strings(shop, f"{flow}/languages/{other}/overridesPages/{page}")
        assert not any(overridden for _, overridden in texts.values())
    defaults = strings(shop, path.replace("overridesPages", "defaultPages"))
    assert defaults == ours
    accept = {"accept": "application/octet-stream, application/json"}
    assert shop.get(f"{path}/$value", headers=accept).status_code == 200

    # what GET gave may be sent back, with one override withdrawn
    document = shop.get(f"{path}/$value").json()
    for one in document["LocalizedStrings"]:
        one["Override"] = one["Override"] and one["StringId"] != "heading"
    assert shop.put(f"{path}/$value", json=document).status_code == 204
    assert strings(shop, path) == {**ours, error: ("Nein", True)}

    for _ in range(2):
        assert shop.delete(f"{path}/$value").status_code == 204
        assert strings(shop, path) == ours


HEADING = override("UxElement", "heading", "x")


@pytest.mark.parametrize(
    ("document", "target"),
    [
        ({"LocalizedStrings": [{**HEADING, "StringId": "alert"}]}, "LocalizedStrings/0/StringId"),
        ({"LocalizedStrings": [{**HEADING, "ElementId": "x"}]}, "LocalizedStrings/0/StringId"),
        ({"LocalizedStrings": [{**HEADING, "ElementType": "x"}]}, "LocalizedStrings/0/StringId"),
        (
            {"LocalizedStrings": [HEADING, {**HEADING, "Value": None}]},
            "LocalizedStrings/1/Value",
        ),
        ({"LocalizedStrings": [{**HEADING, "Value": " \n"}]}, "LocalizedStrings/0/Value"),
        ({"LocalizedStrings": [{**HEADING, "Value": "x" * 4001}]}, "LocalizedStrings/0/Value"),
        ({"LocalizedStrings": [{**HEADING, "Value": "\x00"}]}, "LocalizedStrings/0/Value"),
        ({"LocalizedStrings": [{**HEADING, "Value": "a\x1bb"}]}, "LocalizedStrings/0/Value"),
        ({"LocalizedStrings": [{**HEADING, "Value": 5}]}, "LocalizedStrings"),
        ({"LocalizedStrings": [{**HEADING, "Override": "yes"}]}, "LocalizedStrings"),
        ({"LocalizedStrings": [{"Value": "x"}]}, "LocalizedStrings"),
        ({"LocalizedStrings": [{**HEADING, "Colour": "x"}]}, "LocalizedStrings"),
        ({"LocalizedStrings": HEADING}, "LocalizedStrings"),
        ({"localizedStrings": [HEADING]}, "LocalizedStrings"),
        ({}, "LocalizedStrings"),
        ([], "LocalizedStrings"),
        (
            {"LocalizedStrings": [], "LocalizedCollections": [{"ElementType": "ClaimType"}]},
            "LocalizedStrings",
        ),
        (
            {"LocalizedStrings": [], "LocalizedCollections": [collection("city", Wien="Wien")]},
            "LocalizedCollections/0/ElementId",
        ),
        (b"", "$value"),
        (b"\xff\xfe", "$value"),
        (b'{"LocalizedStrings":[', "$value"),
        (b"[" * 100_000, "LocalizedStrings"),
        (json.dumps({"LocalizedStrings": [{**HEADING, "Value": "\ud800"}]}).encode(), "$value"),
    ],
)
def test_a_document_that_is_none_is_refused_and_nothing_is_stored(
    still: httpx2.Client, document: Any, target: str
) -> None:
    assert put(still, "signuporsignin", override("UxElement", "password", "Pass")).is_success
    path = f"{SHOP}/languages/de/overridesPages/signuporsignin"
    before = strings(still, path)
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    answer = still.put(
        f"{path}/$value", content=content, headers={"content-type": "application/json"}
    )
    refused(answer, 400, target=target)
    assert strings(still, path) == before


def test_a_large_document_is_refused(still: httpx2.Client) -> None:
    refused(put(still, "signuporsignin", *[HEADING] * 3000), 413)


def test_a_mail_keeps_its_code(shop: httpx2.Client) -> None:
    mail = "GetLocalizedStringsTransformationClaimType"
    without = put(shop, "localaccountsignup", override(mail, "email_message", "Ihr Code"))
    refused(without, 400, target="LocalizedStrings/0/Value")
    assert "{code}" in without.json()["error"]["message"]
    whole = override(mail, "email_message", "Ihr Code: {code}")
    assert put(shop, "localaccountsignup", whole).status_code == 204


def test_what_a_flow_asks_for_is_worded_too(shop: httpx2.Client) -> None:
    """Labels of attributes, ours translated and an administrator's as given; names of options."""
    color = created(
        shop, "/beta/identity/userFlowAttributes", {"displayName": "Color", "dataType": "string"}
    )["id"]
    options = [
        {"name": "Red", "value": "r", "isDefault": False},
        {"name": "Blue", "value": "b", "isDefault": False},
    ]
    assigned = f"{SHOP}/userAttributeAssignments"
    for id, more in (
        ("city", {"userInputType": "textBox"}),
        ("surname", {"userInputType": "textBox", "displayName": "House"}),
        (color, {"userInputType": "radioSingleSelect", "userAttributeValues": options}),
    ):
        created(shop, assigned, {"userAttribute": {"id": id}, **more})
    path = f"{SHOP}/languages/de/overridesPages/localaccountsignup/$value"
    field = "extension_Color"

    def labels() -> dict[str, str]:
        return {
            one["ElementId"]: one["Value"]
            for one in shop.get(path).json()["LocalizedStrings"]
            if one["ElementId"] in {"city", "surname", field}
        }

    def choices() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = shop.get(path).json()["LocalizedCollections"]
        return found

    assert labels() == {"city": "Ort", "surname": "House", field: "Color"}
    ours = {**collection(field, r="Red", b="Blue"), "Override": False}
    assert choices() == [ours]
    document = {
        "LocalizedStrings": [
            override("ClaimType", "DisplayName", "Wohnort", "city"),
            override("ClaimType", "DisplayName", "Farbe", field),
        ],
        "LocalizedCollections": [collection(field, r="Rot", b="Blau")],
    }
    assert shop.put(path, json=document).status_code == 204
    assert labels() == {"city": "Wohnort", "surname": "House", field: "Farbe"}
    assert choices() == [collection(field, r="Rot", b="Blau")]
    partly = {"LocalizedStrings": [], "LocalizedCollections": [collection(field, b="Himmelblau")]}
    assert shop.put(path, json=partly).status_code == 204
    assert choices() == [collection(field, r="Red", b="Himmelblau")]

    for wrong in (collection(field, g="Grün"), collection(field, r=" ")):
        refusal = shop.put(path, json={**partly, "LocalizedCollections": [wrong]})
        refused(refusal, 400, target="LocalizedCollections/0/Items")
    assert choices() == [collection(field, r="Red", b="Himmelblau")]
    withdrawn = {**partly, "LocalizedCollections": [ours]}
    assert shop.put(path, json=withdrawn).status_code == 204
    assert choices() == [ours]
    assert shop.delete(f"{assigned}/{color}").status_code == 204
    assert labels() == {"city": "Wohnort", "surname": "House"}
    assert "LocalizedCollections" not in shop.get(path).json()
