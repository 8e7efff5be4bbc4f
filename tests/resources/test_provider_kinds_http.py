"""Apple, OpenID Connect in both forms, and the legacy family of identity providers, over HTTP.

Source: graph-surface 10.4, 11.10, 11.11 and 16 (C23, C27, C40).
"""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from resources.bodies import B2C, PROVIDERS, STARS, b2c, created, read, social
from resources.shape import refused
from resources.tokens import Mint

BETA = "/beta/identity/identityProviders"
LEGACY = "/beta/identityProviders"
LEGACY_V1 = "/v1.0/identityProviders"

APPLE = {
    "@odata.type": "#microsoft.graph.appleManagedIdentityProvider",
    "displayName": "Sign in with Apple",
    "developerId": "UBF8T346G9",
    "serviceId": "com.contoso.web",
    "keyId": "99P6D879C4",
    "certificateData": "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----",
}
CONNECT = {
    "@odata.type": "#microsoft.graph.openIdConnectIdentityProvider",
    "displayName": "Contoso 2!",
    "clientId": "56433757-cadd-4135-8431-2c9e3fd68ae8",
    "clientSecret": "secret-of-ours",
    "claimsMapping": {"userId": "sub", "displayName": "name", "roles": "groups"},
    "domainHint": "contoso.example",
    "metadataUrl": "https://idp.example/.well-known/openid-configuration",
    "responseMode": "query",
    "responseType": "code,id_token",
    "scope": "openid profile",
}
OIDC = {
    "@odata.type": "microsoft.graph.OidcIdentityProvider",
    "displayName": "Contoso",
    "clientId": "client-of-ours",
    "issuer": "https://idp.example/tenant",
    "wellKnownEndpoint": "https://idp.example/.well-known/openid-configuration",
    "responseType": "code",
    "scope": "openid email",
    "clientAuthentication": {
        "@odata.type": "#microsoft.graph.OIDCClientSecretAuthentication",
        "clientSecret": "secret-of-ours",
    },
    "inboundClaimMapping": {"sub": "sub", "address": {"country": "land"}},
}
LEGACY_CONNECT = {
    **{name: value for name, value in CONNECT.items() if name != "displayName"},
    "@odata.type": "microsoft.graph.openIdConnectProvider",
    "name": "Contoso",
    "type": "OpenIDConnect",
}


def without(body: dict[str, Any], *names: str, **more: Any) -> dict[str, Any]:
    return {**{name: value for name, value in body.items() if name not in names}, **more}


# --------------------------------------------------------------------------- Apple


def test_apple_from_create_to_delete(graph: httpx2.Client, mint: Mint) -> None:
    made = created(graph, PROVIDERS, APPLE)
    assert made["id"] == "Apple-Managed-OIDC"
    shown = {**APPLE, "id": made["id"], "certificateData": STARS}
    assert without(made, "@odata.context") == shown
    for path in (PROVIDERS, BETA):
        assert without(read(graph, f"{path}/apple-managed-oidc"), "@odata.context") == shown
    path = f"{PROVIDERS}/{made['id']}"
    assert graph.patch(path, json={"keyId": "NEW", "certificateData": STARS}).status_code == 204
    assert read(graph, path)["keyId"] == "NEW"
    assert read(graph, path)["developerId"] == APPLE["developerId"]
    stored = mint.stored(graph, "identity_provider", made["id"])
    assert stored["certificate_data"] == APPLE["certificateData"]
    refused(graph.post(BETA, json=APPLE), 409, code="AADB2C")
    assert graph.delete(path).status_code == 204
    refused(graph.get(path), 404)


# --------------------------------------------------------------------------- OpenID Connect


def test_open_id_connect_from_create_to_delete(graph: httpx2.Client, mint: Mint) -> None:
    made = created(graph, BETA, CONNECT)
    assert made["id"].startswith("OIDC-V1-Contoso2-")
    shown = {**CONNECT, "id": made["id"], "clientSecret": STARS}
    assert without(made, "@odata.context") == shown
    path = f"{BETA}/{made['id']}"
    assert without(read(graph, path), "@odata.context") == shown
    # v1.0 does not know the type (graph-surface 1.4): it shows none of them
    refused(graph.get(f"{PROVIDERS}/{made['id']}"), 404)
    assert made["id"] not in {one["id"] for one in read(graph, PROVIDERS)["value"]}
    assert graph.patch(path, json={"scope": "openid", "domainHint": None}).status_code == 204
    now = read(graph, path)
    assert (now["scope"], now["domainHint"], now["responseMode"]) == ("openid", None, "query")
    assert mint.stored(graph, "identity_provider", made["id"])["client_secret"] == "secret-of-ours"
    flow = created(graph, B2C, b2c("connect", userFlowIdentityProviders=[{"id": made["id"]}]))
    linked = read(graph, f"{B2C}/{flow['id']}/userFlowIdentityProviders")["value"]
    assert [one["@odata.type"] for one in linked] == [CONNECT["@odata.type"]]
    refused(graph.delete(path), 409, names=flow["id"])
    assert graph.delete(f"{B2C}/{flow['id']}").status_code == 204
    assert graph.delete(path).status_code == 204


def test_defaults_of_open_id_connect(graph: httpx2.Client) -> None:
    body = without(CONNECT, "responseMode", "responseType", "scope", "domainHint")
    made = created(graph, BETA, body)
    chosen = {name: made[name] for name in ("responseMode", "responseType", "scope", "domainHint")}
    assert chosen == {
        "responseMode": "form_post", "responseType": "code", "scope": "openid", "domainHint": None,
    }  # fmt: skip
    only_token = without(CONNECT, "clientSecret", responseType="id_token")
    assert created(graph, BETA, only_token)["clientSecret"] is None


def test_oidc_from_create_to_delete(graph: httpx2.Client, mint: Mint) -> None:
    made = created(graph, PROVIDERS, OIDC)
    secret = {
        "@odata.type": "#microsoft.graph.oidcClientSecretAuthentication", "clientSecret": STARS,
    }  # fmt: skip
    shown = {
        **OIDC,
        "@odata.type": "#microsoft.graph.oidcIdentityProvider",
        "id": made["id"],
        "clientAuthentication": secret,
    }
    assert without(made, "@odata.context") == shown
    path = f"{PROVIDERS}/{made['id']}"
    same = {"clientAuthentication": secret, "displayName": "Same"}
    assert graph.patch(path, json=same).status_code == 204
    assert mint.stored(graph, "identity_provider", made["id"])["client_secret"] == "secret-of-ours"
    key = {"@odata.type": "#microsoft.graph.oidcPrivateJwtKeyClientAuthentication"}
    assert graph.patch(path, json={"clientAuthentication": key}).status_code == 204
    assert read(graph, path)["clientAuthentication"] == key
    refused(
        graph.patch(path, json=same), 400, target="clientAuthentication/clientSecret"
    )  # nothing to keep
    assert graph.delete(path).status_code == 204


REFUSED = {
    "Apple without its key": (without(APPLE, "certificateData"), "certificateData"),
    "Apple with stars for a key": (without(APPLE, certificateData="***"), "certificateData"),
    "Apple without a developer": (without(APPLE, "developerId"), "developerId"),
    "metadata over http": (
        without(CONNECT, metadataUrl="http://idp.example/.well-known/openid-configuration"),
        "metadataUrl",
    ),
    "metadata elsewhere": (without(CONNECT, metadataUrl="https://idp.example/"), "metadataUrl"),
    "no metadata": (without(CONNECT, "metadataUrl"), "metadataUrl"),
    "scope without openid": (without(CONNECT, scope="profile"), "scope"),
    "code without a secret": (without(CONNECT, "clientSecret"), "clientSecret"),
    "mapping without a user id": (
        without(CONNECT, claimsMapping={"displayName": "name"}),
        "claimsMapping/userId",
    ),
    "unknown mode": (without(CONNECT, responseMode="fragment"), "responseMode"),
    "issuer of Microsoft": (
        without(OIDC, issuer="https://login.microsoftonline.com/x/v2.0"),
        "issuer",
    ),
    "issuer with a query": (without(OIDC, issuer="https://idp.example/?a=b"), "issuer"),
    "issuer with a fragment": (without(OIDC, issuer="https://idp.example/#a"), "issuer"),
    "issuer that is no URL": (without(OIDC, issuer="https://[idp"), "issuer"),
    "a token in the response": (without(OIDC, responseType="id_token"), "responseType"),
    "authentication of no kind": (without(OIDC, clientAuthentication={}), None),
    "no authentication": (without(OIDC, "clientAuthentication"), "clientAuthentication"),
    "an unknown claim": (
        without(OIDC, inboundClaimMapping={"colour": "red"}),
        "inboundClaimMapping/colour",
    ),
}


@pytest.mark.parametrize(("body", "target"), REFUSED.values(), ids=REFUSED.keys())
def test_a_provider_that_could_not_work_is_refused(
    graph: httpx2.Client, body: dict[str, Any], target: str | None
) -> None:
    before = read(graph, BETA)
    refused(graph.post(BETA, json=body), 400, target=target)
    assert read(graph, BETA) == before


@pytest.mark.parametrize(
    ("body", "change", "target"),
    [
        (CONNECT, {"metadataUrl": "https://idp.example/"}, "metadataUrl"),
        (CONNECT, {"clientSecret": None}, "clientSecret"),
        (CONNECT, {"scope": None}, "scope"),
        (OIDC, {"issuer": None}, "issuer"),
        (OIDC, {"wellKnownEndpoint": "ftp://idp.example"}, "wellKnownEndpoint"),
        (APPLE, {"keyId": ""}, "keyId"),
    ],
    ids=["metadata", "secret of a code", "scope", "issuer", "endpoint", "key"],
)
def test_a_change_is_held_against_what_is_stored(
    graph: httpx2.Client, body: dict[str, Any], change: dict[str, Any], target: str
) -> None:
    path = f"{BETA}/{created(graph, BETA, body)['id']}"
    before = read(graph, path)
    refused(graph.patch(path, json=change), 400, target=target)
    assert read(graph, path) == before


# --------------------------------------------------------------------------- which types exist


@pytest.mark.parametrize("path", [PROVIDERS, BETA, LEGACY, LEGACY_V1])
@pytest.mark.parametrize("call", ["availableProviderTypes", "availableProviderTypes()"])
def test_the_types_that_may_be_created(graph: httpx2.Client, path: str, call: str) -> None:
    answer = read(graph, f"{path}/{call}")
    assert answer["@odata.context"].endswith("#Collection(Edm.String)")
    assert {"Google", "Facebook", "AppleManaged", "OpenIdConnect"} < set(answer["value"])


# --------------------------------------------------------------------------- the legacy family


@pytest.mark.parametrize("path", [LEGACY, LEGACY_V1])
def test_the_legacy_family_shows_the_same_providers(graph: httpx2.Client, path: str) -> None:
    answer = graph.post(
        path,
        json={"type": "Amazon", "name": "Amazon", "clientId": "c", "clientSecret": "secret"},
    )
    assert answer.status_code == 201, answer.text
    assert answer.headers["deprecation"] == "@1619827200"
    assert answer.headers["sunset"] == "Fri, 31 Mar 2023 00:00:00 GMT"
    made = without(answer.json(), "@odata.context")
    assert made == {
        "id": "Amazon-OAUTH", "type": "Amazon", "name": "Amazon", "clientId": "c",
        "clientSecret": STARS,
    }  # fmt: skip
    new = read(graph, f"{PROVIDERS}/Amazon-OAUTH")
    assert (new["displayName"], new["clientId"]) == ("Amazon", "c")
    assert graph.patch(f"{path}/Amazon-OAUTH", json={"name": "Shop"}).status_code == 204
    assert read(graph, f"{BETA}/Amazon-OAUTH")["displayName"] == "Shop"
    assert int(graph.get(f"{path}/$count").text) == len(read(graph, path)["value"])
    assert graph.delete(f"{path}/Amazon-OAUTH").status_code == 204
    refused(graph.get(f"{PROVIDERS}/Amazon-OAUTH"), 404)


def test_the_legacy_form_of_open_id_connect(graph: httpx2.Client) -> None:
    made = created(graph, LEGACY, LEGACY_CONNECT)
    assert made["type"] == "OpenIdConnect"
    new = read(graph, f"{BETA}/{made['id']}")
    assert (new["displayName"], new["metadataUrl"]) == ("Contoso", CONNECT["metadataUrl"])
    assert graph.patch(f"{LEGACY}/{made['id']}", json={"scope": "openid x"}).status_code == 204
    assert read(graph, f"{BETA}/{made['id']}")["scope"] == "openid x"
    # v1.0 shows it without what it has no words for
    assert "metadataUrl" not in read(graph, f"{LEGACY_V1}/{made['id']}")


def test_what_the_legacy_family_cannot_do(graph: httpx2.Client) -> None:
    body = without(LEGACY_CONNECT, "@odata.type")
    plain = {name: body[name] for name in ("type", "name", "clientId", "clientSecret")}
    refused(graph.post(LEGACY, json=plain), 400, target="@odata.type")
    refused(graph.post(LEGACY, json={**plain, "type": "MySpace"}), 400, target="type")
    google = without(plain, "clientSecret", type="Google")
    refused(graph.post(LEGACY, json=google), 400, target="clientSecret")
    apple = created(graph, PROVIDERS, APPLE)
    refused(graph.patch(f"{LEGACY}/{apple['id']}", json={"name": "x"}), 405)
    for id in ("EmailPassword-OAUTH", "AADSignup-OAUTH"):
        refused(graph.patch(f"{LEGACY}/{id}", json={"name": "x"}), 405)
        refused(graph.delete(f"{LEGACY}/{id}"), 405)
    created(graph, PROVIDERS, social("Google"))
    refused(graph.post(LEGACY, json={**google, "clientSecret": "x"}), 409, code="AADB2C")
