"""Revocation and introspection (RFC 7009, RFC 7662), and which secret goes where."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx2
import pytest

from oidc.contoso import API, API_READ, BOB, SECRET, SIGNER, WEB, application, key
from oidc.house import (
    DOMAIN,
    PHONE,
    SHOP,
    House,
    address,
    answered,
    asking,
    basic,
    flow,
    house,
    migrated,
    redemption,
    sign_in,
    visit,
)
from vestibule.tenancy import Credential, Scope
from vestibule.vault import digest

pytestmark = pytest.mark.anyio
SUSI = "B2C_1_susi"
ME = {"client_id": WEB, "client_secret": SECRET}
SCOPE = f"openid offline_access {API_READ}"
GUARD = application(
    API,
    identifier_uris=("https://contoso.onmicrosoft.com/api",),
    scopes=(Scope("1", "read"),),
    secrets=(Credential(digest(SECRET)),),
)


@pytest.fixture(scope="module")
async def at(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("status")
    flows = (flow("susi"), flow("other"))
    async with house(folder, await migrated(folder), flows, applications=(GUARD,)) as made:
        yield made


@pytest.fixture(scope="module")
async def browser(at: House) -> AsyncIterator[httpx2.AsyncClient]:
    """Bob's, who is signed in."""
    async with at.browser() as browser:
        await sign_in(browser, asking(SUSI))
        yield browser


async def code(browser: httpx2.AsyncClient) -> str:
    return answered(await visit(browser, asking(SUSI, scope=SCOPE)))["code"]


async def tokens(at: House, browser: httpx2.AsyncClient) -> dict[str, Any]:
    return await ok(await at.post(SUSI, "token", redemption(await code(browser))))


async def ok(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def refreshed(at: House, token: str) -> httpx2.Response:
    form = {**ME, "grant_type": "refresh_token", "refresh_token": token}
    return await at.post(SUSI, "token", form)


async def seen(at: House, token: str, by: str = WEB, flow: str = SUSI) -> dict[str, Any]:
    return await ok(await at.post(flow, "introspect", {"token": token}, headers=basic(by)))


async def revoke(at: House, token: str, flow: str = SUSI, **more: str) -> httpx2.Response:
    return await at.post(flow, "revoke", {**ME, "token": token, **more})


def number(answer: httpx2.Response) -> str:
    body = answer.json()
    assert answer.status_code in {400, 401}, answer.text
    return str(body["error_description"]).partition(":")[0].removeprefix("AADB2C")


async def test_both_are_described(at: House) -> None:
    async with at.browser() as http:
        found = await http.get(f"/{DOMAIN}/{SUSI}/v2.0/.well-known/openid-configuration")
    for name, tail in (("revocation_endpoint", "revoke"), ("introspection_endpoint", "introspect")):
        assert found.json()[name].endswith(address("b2c_1_susi", tail))


async def test_a_living_token_tells_what_it_is_good_for(
    at: House, browser: httpx2.AsyncClient
) -> None:
    given = await tokens(at, browser)
    access = await seen(at, given["access_token"])
    assert {name: access[name] for name in ("active", "client_id", "scope", "sub", "aud")} == {
        "active": True, "client_id": WEB, "scope": "read", "sub": BOB, "aud": API,
    }  # fmt: skip
    assert access["token_type"] == "Bearer"
    assert access["exp"] == given["expires_on"]
    assert await seen(at, given["access_token"], by=API) == access
    refresh = await seen(at, given["refresh_token"])
    assert (refresh["active"], refresh["client_id"], refresh["sub"]) == (True, WEB, BOB)
    assert refresh["exp"] - given["not_before"] == given["refresh_token_expires_in"]


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_for_others_a_token_is_as_good_as_unknown(
    at: House, browser: httpx2.AsyncClient, kind: str
) -> None:
    given = await tokens(at, browser)
    inactive = {"active": False}
    assert await seen(at, given[kind], by=SHOP) == inactive
    assert await seen(at, given[kind], flow="B2C_1_other") == inactive
    assert await seen(at, given["id_token"]) == inactive
    assert await seen(at, "nonsense") == inactive


@pytest.mark.parametrize("hint", ["", "refresh_token", "access_token", "nonsense"])
async def test_a_refresh_token_that_is_given_up_takes_all_with_it(
    at: House, browser: httpx2.AsyncClient, hint: str
) -> None:
    given = await tokens(at, browser)
    answer = await revoke(at, given["refresh_token"], token_type_hint=hint)
    assert (answer.status_code, answer.json()) == (200, {})
    assert number(await refreshed(at, given["refresh_token"])) == "90085"
    assert await seen(at, given["refresh_token"]) == {"active": False}
    assert await seen(at, given["access_token"]) == {"active": False}
    again = await revoke(at, given["refresh_token"])
    assert again.status_code == 200  # what is unknown is worth nothing anyway


async def test_an_access_token_is_given_up_alone(at: House, browser: httpx2.AsyncClient) -> None:
    given = await tokens(at, browser)
    for _ in range(2):
        assert (await revoke(at, given["access_token"])).status_code == 200
    assert await seen(at, given["access_token"]) == {"active": False}
    assert (await seen(at, given["refresh_token"]))["active"]
    another = await ok(await refreshed(at, given["refresh_token"]))
    assert (await seen(at, another["access_token"]))["active"]


async def test_a_replayed_code_takes_the_access_token_with_it(
    at: House, browser: httpx2.AsyncClient
) -> None:
    secret = await code(browser)
    given = await ok(await at.post(SUSI, "token", redemption(secret)))
    at.later(seconds=30)
    assert number(await at.post(SUSI, "token", redemption(secret))) == "90129"
    assert await seen(at, given["access_token"]) == {"active": False}


async def test_who_loses_the_account_loses_the_tokens(
    at: House, browser: httpx2.AsyncClient
) -> None:
    given = await tokens(at, browser)
    at.later(seconds=2)
    for values in ({"account_enabled": False}, {"sessions_valid_from": at.now}):
        await at.change(BOB, **values)
        for kind in ("access_token", "refresh_token"):
            assert await seen(at, given[kind]) == {"active": False}
        await at.change(BOB, account_enabled=True, sessions_valid_from=None)
    assert (await seen(at, given["access_token"]))["active"]
    at.later(hours=1)
    assert await seen(at, given["access_token"]) == {"active": False}


@pytest.mark.parametrize(
    ("tail", "changes", "number_"),
    [
        ("revoke", {"token": ""}, "90083"),
        ("introspect", {"token": ""}, "90083"),
        ("revoke", {"client_secret": "wrong"}, "90081"),
        ("introspect", {"client_secret": "wrong"}, "90081"),
        ("revoke", {"client_secret": ""}, "90079"),
        ("introspect", {"client_secret": ""}, "90079"),
        ("introspect", {"client_id": PHONE, "client_secret": ""}, "90079"),
        ("revoke", {"client_id": SHOP}, "90279"),
        ("revoke", {"client_id": PHONE, "client_secret": ""}, "90279"),
        ("revoke", {"client_id": "", "client_secret": ""}, "90008"),
    ],
    ids=str,
)
async def test_who_may_not_is_told_so_and_nothing_happens(
    at: House, browser: httpx2.AsyncClient, tail: str, changes: dict[str, str], number_: str
) -> None:
    token = (await tokens(at, browser))["refresh_token"]
    form = {**ME, "token": token, **changes}
    answer = await at.post(SUSI, tail, {name: text for name, text in form.items() if text})
    assert number(answer) == number_
    assert (await refreshed(at, token)).status_code == 200


async def test_a_flow_takes_back_only_what_it_gave(at: House, browser: httpx2.AsyncClient) -> None:
    given = await tokens(at, browser)
    foreign = {
        "of another flow": await revoke(at, given["refresh_token"], flow="B2C_1_other"),
        "an id token": await revoke(at, given["id_token"]),
    }
    for answer in foreign.values():
        assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_token_type")
    forged = SIGNER.sign(key("mallory"), {"azp": WEB, "jti": "1"})
    assert (await revoke(at, forged)).status_code == 200
    assert (await refreshed(at, given["refresh_token"])).status_code == 200


@pytest.mark.parametrize("tail", ["revoke", "introspect"])
@pytest.mark.parametrize(
    "token",
    ["\0", "e30.e30.e30", "a.b.c", "x" * 20_000, "ä", "..", '{"alg":"none"}', "' or 1=1 --"],
)
async def test_what_is_no_token_is_unknown(at: House, tail: str, token: str) -> None:
    answer = await at.post(SUSI, tail, {**ME, "token": token})
    assert answer.status_code == 200
    assert answer.json() == ({} if tail == "revoke" else {"active": False})


@pytest.mark.parametrize("tail", ["revoke", "introspect"])
async def test_only_forms_are_read_and_only_at_a_flow(at: House, tail: str) -> None:
    async with at.browser() as http:
        get = await http.get(address(SUSI, tail))
        json = await http.post(address(SUSI, tail), json={"token": "x"})
        tenant = await http.post(f"/{DOMAIN}/oauth2/v2.0/{tail}", data={**ME, "token": "x"})
    assert (get.status_code, json.status_code, tenant.status_code) == (405, 400, 400)


# ------------------------------------------------------------------ a secret of another kind


async def test_a_secret_is_good_in_its_own_place_only(
    at: House, browser: httpx2.AsyncClient
) -> None:
    """Every kind of secret in every place for secrets (security.md T28): one table in code."""
    given = await tokens(at, browser)
    cookie = next(one for one in browser.cookies.jar if one.name.startswith("x-ms-cpim-sso"))
    secrets = {
        "code": await code(browser),
        "refresh token": given["refresh_token"],
        "access token": given["access_token"],
        "id token": given["id_token"],
        "session cookie": str(cookie.value),
        "client secret": SECRET,
    }
    places = {
        "code": redemption("{}"),
        "refresh token": {**ME, "grant_type": "refresh_token", "refresh_token": "{}"},
        "client secret": {
            "grant_type": "client_credentials", "client_id": WEB, "client_secret": "{}",
            "scope": "https://graph.microsoft.com/.default",
        },
    }  # fmt: skip
    for place, form in places.items():
        for kind, secret in secrets.items():
            answer = await at.post(SUSI, "token", _filled(form, secret))
            if kind != place:
                assert number(answer) in {"90085", "90081"}, (kind, place)
    for kind, secret in secrets.items():
        async with at.browser() as stranger:
            stranger.cookies.set(cookie.name, secret, domain="localhost.local")
            page = await stranger.get(asking(SUSI, prompt="none"), follow_redirects=False)
        signed_in = "code=" in page.headers["location"]
        assert signed_in is (kind == "session cookie"), kind


def _filled(form: Mapping[str, str], secret: str) -> dict[str, str]:
    return {name: secret if value == "{}" else value for name, value in form.items()}
