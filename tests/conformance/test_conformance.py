"""The OpenID Foundation's plans Basic (38), Form Post (38) and Config (1), on a flow with
protocol openid: a real store and real pages, over ASGI."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from joserfc.jwk import KeySet

from conformance.basic import CHECKS
from conformance.provider import (
    ADDRESS,
    DISCOVERY,
    FIRST,
    ISSUER,
    PLAN,
    SETUP,
    Provider,
    provider,
)
from conformance.relying_party import RelyingParty, good_tokens
from vestibule.oidc.claims import half_hash
from vestibule.oidc.response_types import SUPPORTED

pytestmark = pytest.mark.anyio

MEMBERS = frozenset(
    # OpenID Connect Discovery 3, RP-Initiated and Front-Channel Logout, RFC 8414, RFC 9207
    {"issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"}
    | {"scopes_supported", "response_types_supported", "response_modes_supported"}
    | {"grant_types_supported", "subject_types_supported", "claims_supported"}
    | {"id_token_signing_alg_values_supported", "token_endpoint_auth_methods_supported"}
    | {"token_endpoint_auth_signing_alg_values_supported", "claims_parameter_supported"}
    | {"request_parameter_supported", "request_uri_parameter_supported"}
    | {"prompt_values_supported", "code_challenge_methods_supported", "end_session_endpoint"}
    | {"revocation_endpoint", "introspection_endpoint", "frontchannel_logout_supported"}
    | {"frontchannel_logout_session_supported"}
    | {"authorization_response_iss_parameter_supported"}
)


@pytest.fixture(scope="module")
async def op(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Provider]:
    async with provider(tmp_path_factory.mktemp("conformance")) as made:
        yield made


@pytest.fixture(scope="module", params=["", "form_post"], ids=["basic", "form post"])
async def rp(op: Provider, request: pytest.FixtureRequest) -> AsyncIterator[RelyingParty]:
    async with op.browser() as browser:
        document = (await browser.get(DISCOVERY)).json()
        published = (await browser.get(document["jwks_uri"])).json()
        yield RelyingParty(op, request.param, document, KeySet.import_key_set(published), browser)


@pytest.mark.parametrize("name", CHECKS)
async def test_a_check_passes(rp: RelyingParty, name: str) -> None:
    await CHECKS[name](rp)


def test_no_check_is_missing() -> None:
    assert len(CHECKS) == 38


async def test_the_discovery_document_is_what_the_plan_config_demands(op: Provider) -> None:
    """oidcc-discovery-endpoint-verification."""
    async with op.browser() as browser:
        response = await browser.get(DISCOVERY)
        document = response.json()
        published = await browser.get(document["jwks_uri"])
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert document["issuer"] == ISSUER
    assert urlsplit(ISSUER).scheme == "https"
    assert not urlsplit(ISSUER).query + urlsplit(ISSUER).fragment
    assert {*document} <= MEMBERS
    assert {"code", "id_token", "id_token token"} <= {*document["response_types_supported"]}
    assert {*document["subject_types_supported"]} <= {"public", "pairwise"}
    assert document["id_token_signing_alg_values_supported"] == ["RS256"]
    for name, value in document.items():
        if name.endswith(("_endpoint", "_uri")):
            assert urlsplit(value).scheme == "https"
        if name.endswith("_supported"):
            assert isinstance(value, bool | list)
            assert not isinstance(value, list) or len(set(value)) == len(value) > 0
    assert {"authorization_code", "refresh_token"} <= {*document["grant_types_supported"]}
    assert {"sub", "iss", "name", "email"} <= {*document["claims_supported"]}
    assert "openid" in document["scopes_supported"]
    assert all(re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]+", x) for x in document["scopes_supported"])
    keys = published.json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys) > 0
    assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & {name for key in keys for name in key}


def test_the_plan_for_the_real_suite_fits_its_setup() -> None:
    """The same clients and secrets, and the addresses that the suite has under its alias."""
    registered = {one["appId"]: one for one in SETUP["applications"]}
    for role in ("client", "client2", "client_secret_post"):
        application = registered[PLAN[role]["client_id"]]
        (credential,) = application["passwordCredentials"]
        assert credential["secretText"] == PLAN[role]["client_secret"]
        uris = application["web"]["redirectUris"]
        assert all(f"/test/a/{PLAN['alias']}/" in uri for uri in uris)


async def test_the_suites_browser_finds_what_it_looks_for(op: Provider) -> None:
    """Every page that the plan names has the elements that its commands use."""
    async with op.browser() as browser:
        rp = RelyingParty(op, "", {}, KeySet([]), browser)
        rp.document = (await browser.get(DISCOVERY)).json()
        page = (await rp.send(rp.request())).text
    (sign_in, *_), _ = (one["tasks"] for one in PLAN["browser"])
    wanted = [command[2] for command in sign_in["commands"] if command[1] == "id"]
    assert wanted == ["email", "password", "next"]
    assert all(f'id="{id}"' in page for id in wanted)
    assert "Sign in" in page


@pytest.mark.parametrize("response_type", [one for one in SUPPORTED if one != "code"])
async def test_tokens_come_by_the_browser_as_well(rp: RelyingParty, response_type: str) -> None:
    """What the plans Implicit and Hybrid check of each response type, by both ways."""
    told, _ = await rp.ask(response_type=response_type, scope="openid email")
    kinds = {"code": "code", "id_token": "id_token", "token": "access_token"}
    assert {*kinds.values()} & {*told} == {kinds[word] for word in response_type.split()}
    if "id_token" in told:
        claims = rp.id_token(told, FIRST, f"nonce-{rp.nonces}")
        assert claims.get("c_hash") == (half_hash(told["code"]) if "code" in told else None)
        assert ("email" in claims) is (response_type == "id_token")
    if "access_token" in told:
        assert (told["token_type"], int(told["expires_in"])) == ("Bearer", 3600)
        assert (await rp.userinfo(told["access_token"])).json()["email"] == ADDRESS
    if "code" in told:
        assert good_tokens(await rp.redeem(told["code"]))["id_token"]


async def test_an_implicit_answer_without_nonce_is_refused(rp: RelyingParty) -> None:
    told, _ = await rp.ask(response_type="id_token", nonce="")
    assert told["error"] == "invalid_request"
