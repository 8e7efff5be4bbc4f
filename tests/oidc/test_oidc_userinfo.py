"""UserInfo over HTTP: whose token tells what, and which tokens tell nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from oidc.contoso import API_READ, BOB, SECRET, SIGNER, SPA, WEB, key, unpacked
from oidc.house import (
    ADDRESS,
    DOMAIN,
    House,
    answered,
    asking,
    flow,
    house,
    migrated,
    redemption,
    sign_in,
)

pytestmark = pytest.mark.anyio
STANDARD, OTHER, B2CS = "B2C_1_standard", "B2C_1_other", "B2C_1_b2c"
FLOWS = (
    flow("standard", protocol="openid", version=1.0),
    flow("other", protocol="openid"),
    flow("b2c", applicationClaims=("emails", "oid", "city")),
    flow("nameless", subjectForm="notSupported", applicationClaims=("name",)),
)


@pytest.fixture(scope="module")
async def at(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("userinfo")
    template = await migrated(folder)
    async with house(folder, template, FLOWS, settings={"userinfo": True}) as made:
        await made.change(BOB, city="Bonn")
        yield made


@pytest.fixture(scope="module")
async def token(at: House) -> str:
    """Bob's, of the flow of protocol openid."""
    return str((await tokens(at, STANDARD, "openid"))["access_token"])


async def tokens(at: House, at_flow: str, scope: str) -> dict[str, Any]:
    async with at.browser() as browser:
        code = answered(await sign_in(browser, asking(at_flow, scope=scope)))["code"]
    body: dict[str, Any] = (await at.post(at_flow, "token", redemption(code))).json()
    return body


async def asked(at: House, token: str, at_flow: str = STANDARD, **more: Any) -> httpx2.Response:
    headers = {"authorization": f"Bearer {token}", **more.pop("headers", {})}
    async with at.browser() as browser:
        path = f"/{DOMAIN}/{at_flow}/openid/v2.0/userinfo"
        return await browser.request(more.pop("method", "GET"), path, headers=headers, **more)


async def test_openid_alone_is_enough_for_a_token(at: House) -> None:
    body = await tokens(at, STANDARD, "openid email")
    issuer = f"https://localhost:8443/{DOMAIN}/b2c_1_standard/v2.0"
    _, access = unpacked(body["access_token"])
    assert (access["aud"], access["iss"], access["azp"]) == (issuer, issuer, WEB)
    assert access["scope"] == body["scope"] == "openid email"
    assert type(body["expires_in"]) is int  # although the flow is of version 1
    assert (await asked(at, body["access_token"])).json() == {
        "sub": BOB, "oid": BOB, "email": ADDRESS[BOB], "email_verified": True,
    }  # fmt: skip


async def test_a_token_for_an_api_tells_too(at: House) -> None:
    body = await tokens(at, STANDARD, f"openid address {API_READ}")
    _, access = unpacked(body["access_token"])
    assert (access["scp"], access["scope"]) == ("read", f"openid address {API_READ}")
    assert (await asked(at, body["access_token"])).json()["address"] == {"locality": "Bonn"}


async def test_a_refreshed_token_tells_less_when_less_is_asked(at: House) -> None:
    first = await tokens(at, STANDARD, "openid offline_access profile email")
    form = {
        "grant_type": "refresh_token",
        "client_id": WEB,
        "client_secret": SECRET,
        "refresh_token": first["refresh_token"],
        "scope": "openid email",
    }
    body = (await at.post(STANDARD, "token", form)).json()
    person = (await asked(at, body["access_token"])).json()
    assert "email" in person
    assert "name" not in person


async def test_b2cs_protocol_tells_the_application_claims(at: House) -> None:
    body = await tokens(at, B2CS, f"openid {WEB}")
    assert (await asked(at, body["access_token"], B2CS)).json() == {
        "sub": BOB, "oid": BOB, "emails": [ADDRESS[BOB]], "city": "Bonn",
    }  # fmt: skip


async def test_a_token_that_names_nobody_tells_nothing(at: House) -> None:
    body = await tokens(at, "B2C_1_nameless", f"openid {WEB}")
    answer = await asked(at, body["access_token"], "B2C_1_nameless")
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "kind",
    [
        "nothing",
        "nonsense",
        "id token",
        "other flow",
        "other issuer",
        "program",
        "foreign key",
        "code",
        "basic",
    ],
)
async def test_another_token_tells_nothing(at: House, token: str, kind: str) -> None:
    _, access = unpacked(token)
    identity = {name: value for name, value in access.items() if name not in ("azp", "scope")}
    other = f"{access['iss'].replace('standard', 'other')}"
    program = {
        "grant_type": "client_credentials",
        "client_id": WEB,
        "client_secret": SECRET,
        "scope": f"{API_READ.removesuffix('/read')}/.default",
    }
    sent = {
        "nothing": "",
        "nonsense": "x.y.z",
        "id token": SIGNER.sign(at.tenant.keys[0], {**identity, "aud": WEB}),
        "other flow": SIGNER.sign(at.tenant.keys[0], {**access, "tfp": OTHER}),
        "other issuer": SIGNER.sign(at.tenant.keys[0], {**access, "iss": other}),
        "program": (await at.post(STANDARD, "token", program)).json()["access_token"],
        "foreign key": SIGNER.sign(key("fabrikam"), access),
        "code": "c" * 43,
        "basic": token,
    }[kind]
    headers = {"authorization": f"Basic {token}"} if kind == "basic" else {}
    answer = await asked(at, sent, headers=headers)
    assert answer.status_code == (403 if kind == "program" else 401)
    assert answer.headers["www-authenticate"].startswith('Bearer realm="userinfo"')
    assert ("error=" in answer.headers["www-authenticate"]) is (kind not in ("nothing", "basic"))
    assert answer.headers["cache-control"] == "no-store"


async def test_a_token_ends_by_time_by_revocation_and_with_its_user(at: House) -> None:
    body = await tokens(at, STANDARD, "openid")
    token = body["access_token"]
    assert (await asked(at, token)).status_code == 200
    form = {"token": token, "client_id": WEB, "client_secret": SECRET}
    assert (await at.post(STANDARD, "revoke", form)).status_code == 200
    assert (await asked(at, token)).status_code == 401
    again = (await tokens(at, STANDARD, "openid"))["access_token"]
    await at.change(BOB, account_enabled=False)
    assert (await asked(at, again)).status_code == 401
    await at.change(BOB, account_enabled=True, sessions_valid_from=at.now + timedelta(seconds=2))
    assert (await asked(at, again)).status_code == 401
    await at.change(BOB, sessions_valid_from=None)
    assert (await asked(at, again)).status_code == 200
    at.later(minutes=60)
    assert (await asked(at, again)).status_code == 401
    at.later(minutes=-60)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"params": {"access_token": "{token}"}, "headers": {"authorization": ""}}, 401),
        ({"method": "POST", "data": {"access_token": "{token}"}}, 400),
        ({"method": "POST", "json": {"access_token": "x"}}, 400),
        ({"method": "PUT"}, 405),
    ],
    ids=["in the query", "twice", "not a form", "another verb"],
)
async def test_a_token_stands_in_one_place(
    at: House, token: str, more: dict[str, Any], status: int
) -> None:
    filled: dict[str, Any] = json.loads(json.dumps(more).replace("{token}", token))
    assert (await asked(at, token, **filled)).status_code == status


@pytest.mark.parametrize(
    ("origin", "allowed"), [("https://spa.example", True), ("https://mallory.example", False)]
)
async def test_only_single_page_applications_may_read_it(
    at: House, origin: str, *, allowed: bool
) -> None:
    assert SPA
    for method in ("OPTIONS", "GET"):
        answer = await asked(at, "x", method=method, headers={"origin": origin})
        assert ("access-control-allow-origin" in answer.headers) is allowed
        assert "*" not in answer.headers.get("access-control-allow-origin", "")


async def test_b2cs_protocol_has_no_userinfo_unless_it_is_set(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("exact")
    async with house(folder, await migrated(folder), FLOWS) as made:
        assert (await asked(made, "x", B2CS)).status_code == 404
        assert (await asked(made, "x")).status_code == 401
