"""identity/identityProviders over HTTP: social ones come and go, built-in ones are there.

Source: graph-surface 10.4, 11.10 and 16 (C27, C28).
"""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from resources.bodies import B2C, B2X, PROVIDERS, STARS, b2c, b2x, created, everything, read, social
from resources.shape import refused
from resources.tokens import Mint

BETA = "/beta/identity/identityProviders"
BUILT_IN = {
    "AADSignup-OAUTH": ("AADSignup", "Azure Active Directory Sign up"),
    "MSASignup-OAUTH": ("MicrosoftAccount", "Microsoft Account"),
    "EmailOtpSignup-OAUTH": ("EmailOTP", "Email One Time Passcode"),
    "EmailPassword-OAUTH": ("EmailPassword", "Email with password"),
}


def test_every_tenant_has_the_built_in_providers(graph: httpx2.Client) -> None:
    listed = read(graph, PROVIDERS)
    assert listed["@odata.context"].endswith("/v1.0/$metadata#identity/identityProviders")
    assert listed["value"] == [
        {
            "@odata.type": "#microsoft.graph.builtInIdentityProvider",
            "id": id,
            "displayName": name,
            "identityProviderType": kind,
        }
        for id, (kind, name) in sorted(BUILT_IN.items())
    ]
    before = everything(graph)
    for id in BUILT_IN:
        for answer in (
            graph.patch(f"{PROVIDERS}/{id}", json={"displayName": "Mallory's"}),
            graph.delete(f"{PROVIDERS}/{id}"),
        ):
            refused(answer, 405, code="MethodNotAllowed", names=id)
            assert answer.headers["allow"] == "GET"
    body = {"@odata.type": "#microsoft.graph.builtInIdentityProvider", "displayName": "Mine"}
    refused(graph.post(PROVIDERS, json=body), 400, target="@odata.type")
    assert everything(graph) == before


@pytest.mark.parametrize(
    ("kind", "id"),
    [
        ("Microsoft", "MSA-OIDC"),
        *((kind, f"{kind}-OAUTH") for kind in (
            "Google", "Amazon", "LinkedIn", "Facebook", "GitHub", "Twitter", "Weibo", "QQ",
            "WeChat",
        )),
    ],
)  # fmt: skip
def test_a_social_provider_from_create_to_delete(graph: httpx2.Client, kind: str, id: str) -> None:
    root = str(graph.base_url).rstrip("/")
    answer = graph.post(PROVIDERS, json=social(kind.upper()))
    provider = {
        "@odata.type": "#microsoft.graph.socialIdentityProvider",
        "id": id,
        "displayName": f"Sign in with {kind.upper()}",
        "identityProviderType": kind,
        "clientId": "client-of-ours",
        "clientSecret": STARS,
    }
    context = f"{root}/v1.0/$metadata#identity/identityProviders/$entity"
    assert (answer.status_code, answer.json()) == (201, {"@odata.context": context, **provider})
    assert answer.headers["location"] == f"{root}{PROVIDERS}('{id}')"
    refused(graph.post(BETA, json=social(kind)), 409, code="AADB2C", target="id")
    beta = {"@odata.context": context.replace("v1.0", "beta"), **provider}
    for path in (f"{BETA}/{id}", f"{BETA}('{id.lower()}')", f"{BETA}/{id.swapcase()}/"):
        assert read(graph, path) == beta
    new = {"clientId": "another", "clientSecret": "another-secret", "displayName": "Other"}
    changed = graph.patch(f"{BETA}/{id}", json=new)
    assert (changed.status_code, changed.content) == (204, b"")
    assert read(graph, f"{BETA}/{id}") == {
        **beta, "clientId": "another", "displayName": "Other",
    }  # fmt: skip
    refused(
        graph.patch(f"{BETA}/{id}", json={"identityProviderType": "MySpace"}),
        400,
        target="identityProviderType",
    )
    assert graph.delete(f"{PROVIDERS}/{id}").status_code == 204
    refused(graph.get(f"{PROVIDERS}/{id}"), 404)
    assert graph.get(f"{PROVIDERS}/$count").text == str(len(BUILT_IN))


@pytest.mark.parametrize(
    "name",
    [
        "microsoft.graph.socialIdentityProvider",
        "#Microsoft.Graph.SocialIdentityProvider",
        "#graph.socialIdentityProvider",
        "socialIdentityProvider",
    ],
)
def test_a_type_may_be_named_in_every_form(graph: httpx2.Client, name: str) -> None:
    made = created(graph, PROVIDERS, social("Google", **{"@odata.type": name}))
    assert made["@odata.type"] == "#microsoft.graph.socialIdentityProvider"


@pytest.mark.parametrize(
    ("more", "target"),
    [
        ({"@odata.type": None}, "@odata.type"),
        ({"@odata.type": "#microsoft.graph.identityProviderBase"}, "@odata.type"),
        ({"@odata.type": "#microsoft.graph.b2cIdentityUserFlow"}, "@odata.type"),
        ({"identityProviderType": "MySpace"}, "identityProviderType"),
        ({"identityProviderType": ""}, "identityProviderType"),
        ({"clientId": None}, "clientId"),
        ({"clientSecret": ""}, "clientSecret"),
        ({"clientSecret": STARS}, "clientSecret"),
        ({"displayName": "  "}, "displayName"),
        ({"state": "enabled"}, "state"),
        ({"id": "Mine"}, "id"),
    ],
)
def test_a_provider_that_is_not_whole_is_refused(
    shared: httpx2.Client, more: dict[str, Any], target: str
) -> None:
    before = read(shared, PROVIDERS)
    refused(shared.post(PROVIDERS, json=social("Weibo", **more)), 400, target=target)
    assert read(shared, PROVIDERS) == before


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("$filter=displayName eq 'Sign in with Google'", ["Google-OAUTH"]),
        (
            "$filter=startswith(id,'Email')&$select=id",
            ["EmailOtpSignup-OAUTH", "EmailPassword-OAUTH"],
        ),
        ("$orderby=displayName desc&$top=1", ["Google-OAUTH"]),
    ],
)  # fmt: skip
def test_providers_of_several_types_are_queried_together(
    graph: httpx2.Client, query: str, ids: list[str]
) -> None:
    created(graph, PROVIDERS, social("Google"))
    assert [one["id"] for one in read(graph, f"{PROVIDERS}?{query}")["value"]] == ids


def test_a_cast_shows_one_type_only(graph: httpx2.Client) -> None:
    created(graph, PROVIDERS, social("Google"))
    for cast in ("microsoft.graph.socialIdentityProvider", "graph.SocialIdentityProvider"):
        found = read(graph, f"{PROVIDERS}/{cast}")["value"]
        assert [one["id"] for one in found] == ["Google-OAUTH"]
    refused(graph.get(f"{PROVIDERS}/graph.builtInIdentityProvider/Google-OAUTH"), 404)


def test_what_was_read_may_be_sent_back_and_the_secret_stays(
    graph: httpx2.Client, mint: Mint
) -> None:
    created(graph, PROVIDERS, social("Google"))
    before = everything(graph)
    path = f"{PROVIDERS}/Google-OAUTH"
    assert graph.patch(path, json=read(graph, path)).status_code == 204
    assert everything(graph) == before
    assert mint.stored(graph, "identity_provider", "Google-OAUTH")["client_secret"] == (
        "secret-of-ours"
    )
    assert graph.patch(path, json={"clientSecret": "changed"}).status_code == 204
    assert mint.stored(graph, "identity_provider", "Google-OAUTH")["client_secret"] == "changed"
    assert "changed" not in graph.get(path).text


def test_a_provider_in_use_cannot_be_deleted(graph: httpx2.Client) -> None:
    created(graph, PROVIDERS, social("Google"))
    given = {"identityProviders": [{"id": "Google-OAUTH"}]}
    created(graph, B2C, b2c("first", **given))
    created(graph, B2X, b2x("second", **given))
    before = everything(graph)
    error = refused(graph.delete(f"{PROVIDERS}/google-oauth"), 409, code="AADB2C")
    assert "'B2C_1_first'" in error["message"]
    assert "'B2X_1_second'" in error["message"]
    assert everything(graph) == before
    assert graph.delete(f"{B2C}/B2C_1_first").is_success
    assert graph.delete(f"{B2X}/B2X_1_second/identityProviders/Google-OAUTH/$ref").is_success
    assert graph.delete(f"{PROVIDERS}/Google-OAUTH").status_code == 204
