"""What a flow of protocol openid says otherwise than B2C, over HTTP: words, hints, silence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import pytest

from oidc.contoso import APPLICATIONS, BOB, SIGNER, WEB, Directory, contoso, key, unpacked
from oidc.house import (
    ADA,
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
    visit,
)
from people import Page
from vestibule.faces import server

pytestmark = pytest.mark.anyio
STANDARD, OTHER, B2CS = "B2C_1_standard", "B2C_1_other", "B2C_1_b2c"
FLOWS = (
    flow("standard", protocol="openid", subjectForm="notSupported", policyClaim="acr"),
    flow("other", protocol="openid"),
    flow("b2c"),
)
IMPLICIT = tuple(
    replace(one, implicit_id_token=True, implicit_access_token=True)
    for one in APPLICATIONS
    if one.app_id == WEB
)


@pytest.fixture(scope="module")
async def at(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("protocol")
    async with house(folder, await migrated(folder), FLOWS, applications=IMPLICIT) as made:
        yield made


@pytest.fixture(scope="module")
async def hint(at: House) -> str:
    """Ada's id token, of the flow of protocol openid."""
    return await id_token(at, STANDARD, ADDRESS["ada"])


class Behind(Directory):
    """A replica that has not heard yet of applications and keys that were just made elsewhere."""

    async def find(self, name: str) -> Any:
        found = await super().find(name)
        return found and replace(found, applications={}, keys=(key("older"),), configuration=0)

    async def fresh(self, name: str) -> Any:
        return await super().find(name)


async def test_what_was_made_elsewhere_just_now_is_known(at: House) -> None:
    behind = replace(at.system, tenants=cast("Any", Behind(at.tenant)))

    async def ready() -> None:
        """Nobody waits for it."""

    async with at.browser() as browser:
        code = answered(await sign_in(browser, asking(STANDARD)))["code"]
    token = (await at.post(STANDARD, "token", redemption(code))).json()["access_token"]
    there = replace(at, app=server(behind, ready=ready))
    async with there.browser() as browser:
        assert isinstance(await visit(browser, asking(STANDARD)), Page)
        told = answered(await visit(browser, asking(STANDARD, prompt="none")))
        assert told["error"] == "login_required"
        path = f"/{DOMAIN}/{STANDARD}/openid/v2.0/userinfo"
        answer = await browser.get(path, headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 200


async def id_token(at: House, at_flow: str = STANDARD, name: str = ADDRESS[BOB]) -> str:
    async with at.browser() as browser:
        code = answered(await sign_in(browser, asking(at_flow), name=name))["code"]
    token: str = (await at.post(at_flow, "token", redemption(code))).json()["id_token"]
    return token


async def test_silence_without_a_session_is_login_required_on_one_line(at: House) -> None:
    async with at.browser() as browser:
        told = answered(await visit(browser, asking(STANDARD, prompt="none", state="s")))
        b2cs = answered(await visit(browser, asking(B2CS, prompt="none", state="s")))
    assert (told["error"], b2cs["error"]) == ("login_required", "interaction_required")
    assert told["error_description"].startswith("AADB2C90077: ")
    assert "\r" not in told["error_description"]
    assert b2cs["error_description"].count("\r\n") == 3


@pytest.mark.parametrize(
    ("changes", "standard", "b2cs"),
    [
        ({"code": "nonsense"}, "invalid_grant", "invalid_grant"),
        ({"client_secret": ""}, "invalid_grant", "invalid_grant"),
        ({"client_id": "nobody"}, "invalid_client", "unauthorized_client"),
        ({"client_secret": "wrong"}, "invalid_client", "invalid_client"),
        ({"grant_type": "nonsense"}, "unsupported_grant_type", "unsupported_grant_type"),
        ({"code": ""}, "invalid_request", "invalid_request"),
    ],
    ids=["code", "no secret", "client", "secret", "grant type", "no code"],
)
async def test_the_token_endpoint_speaks_oauths_words(
    at: House, changes: dict[str, str], standard: str, b2cs: str
) -> None:
    form = {**redemption("unknown"), **changes}
    form = {name: value for name, value in form.items() if value}
    for at_flow, word, lines in ((STANDARD, standard, 1), (B2CS, b2cs, 4)):
        answer = await at.post(at_flow, "token", form)
        assert answer.status_code == 400
        assert answer.json()["error"] == word
        assert len(answer.json()["error_description"].split("\r\n")) == lines


async def test_a_subject_is_always_told(at: House) -> None:
    _, claims = unpacked(await id_token(at))
    assert (claims["sub"], claims["acr"]) == (BOB, "b2c_1_standard")
    assert "tfp" not in claims
    assert "name" not in claims


async def test_an_id_token_that_comes_alone_tells_what_userinfo_would(at: House) -> None:
    url = asking(STANDARD, response_type="id_token", nonce="n", scope="openid email")
    hybrid = asking(STANDARD, response_type="code id_token", nonce="n", scope="openid email")
    async with at.browser() as browser:
        alone = dict(parse_qsl(urlsplit(str(await sign_in(browser, url))).fragment))
        beside = dict(parse_qsl(urlsplit(str(await visit(browser, hybrid))).fragment))
    assert unpacked(alone["id_token"])[1]["email"] == ADDRESS[BOB]
    assert "email" not in unpacked(beside["id_token"])[1]


@pytest.mark.parametrize("at_flow", [STANDARD, B2CS], ids=["openid", "b2c ignores it"])
async def test_a_hint_for_another_user_is_no_silent_success(
    at: House, hint: str, at_flow: str
) -> None:
    async with at.browser() as browser:
        await sign_in(browser, asking(at_flow))
        told = answered(await visit(browser, asking(at_flow, prompt="none", id_token_hint=hint)))
    if at_flow == B2CS:
        assert told["code"]
    else:
        assert told["error"] == "login_required"


async def test_who_is_not_the_one_expected_gets_no_code(at: House, hint: str) -> None:
    async with at.browser() as browser:
        landed = await sign_in(browser, asking(STANDARD, id_token_hint=hint))
        assert answered(landed)["error"] == "login_required"
        landed = await sign_in(browser, asking(STANDARD, id_token_hint=hint), name=ADDRESS["ada"])
        assert answered(landed)["code"]
    assert unpacked(hint)[1]["sub"] == ADA


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("nonsense", "90210"),
        ("unsigned", "90210"),
        ("foreign key", "90233"),
        ("other flow", "90232"),
        ("access token", "90209"),
        ("other client", "90209"),
    ],
)
async def test_a_hint_must_be_ours(at: House, hint: str, kind: str, number: str) -> None:
    _, claims = unpacked(hint)
    issuer = f"{claims['iss'].replace('standard', 'other')}"
    sent = {
        "nonsense": "nonsense",
        "unsigned": f"eyJhbGciOiJub25lIn0.{hint.split('.')[1]}.AA",
        "foreign key": SIGNER.sign(replace(key("fabrikam"), kid="unknown"), claims),
        "other flow": SIGNER.sign(contoso().keys[0], {**claims, "iss": issuer}),
        "access token": SIGNER.sign(contoso().keys[0], {**claims, "azp": WEB}),
        "other client": SIGNER.sign(contoso().keys[0], {**claims, "aud": "nobody"}),
    }[kind]
    async with at.browser() as browser:
        told = answered(await visit(browser, asking(STANDARD, id_token_hint=sent)))
    assert told["error"] == "invalid_request"
    assert told["error_description"].startswith(f"AADB2C{number}: ")


async def test_an_old_hint_is_a_hint(at: House, hint: str) -> None:
    at.later(days=2)
    async with at.browser() as browser:
        await sign_in(browser, asking(STANDARD), name=ADDRESS["ada"])
        told = answered(await visit(browser, asking(STANDARD, prompt="none", id_token_hint=hint)))
    at.later(days=-2)
    assert told["code"]
