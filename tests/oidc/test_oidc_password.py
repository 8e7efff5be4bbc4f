"""The password grant: a resourceOwner flow without pages, for local accounts alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from oidc.contoso import API, API_READ, BARE, BOB, OTHER_READ, SECRET, SPA, TID, WEB, unpacked
from oidc.house import (
    ADA,
    ADDRESS,
    DOMAIN,
    PASSWORD,
    PHONE,
    House,
    address,
    asking,
    flow,
    house,
    migrated,
    visit,
)
from people import Page
from vestibule.oidc.claims import half_hash

pytestmark = pytest.mark.anyio
ROPC = "B2C_1_ropc"
FLOWS = (
    flow("ropc", "resourceOwner", 1.0, refreshTokenLifetimeDays=2),
    replace(flow("other", "resourceOwner", 1.0), issuer_is_flow=True),
    flow("later", "resourceOwner", 3.0),
    flow("susi"),
)
ALL = f"openid offline_access {API_READ}"
NUMBERS = {"not_before", "expires_in", "expires_on", "id_token_expires_in",
           "refresh_token_expires_in"}  # fmt: skip


@pytest.fixture(scope="module")
async def at(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("password")
    async with house(folder, await migrated(folder), FLOWS) as made:
        yield made


async def ask(at: House, *, at_flow: str = ROPC, **changes: str) -> httpx2.Response:
    """What the phone application gets; a parameter given as "" is left out."""
    form = {
        "grant_type": "password",
        "client_id": PHONE,
        "username": ADDRESS[BOB],
        "password": PASSWORD,
        "scope": ALL,
        "response_type": "token id_token",
        **changes,
    }
    return await at.post(at_flow, "token", {name: text for name, text in form.items() if text})


def told(answer: httpx2.Response) -> tuple[str, str]:
    """OAuth's word and B2C's number of a refusal."""
    body = answer.json()
    assert answer.status_code == 400, body
    assert "\r\nCorrelation ID: " in body["error_description"]
    return body["error"], body["error_description"].partition(":")[0]


async def test_a_right_password_gives_every_token_with_numbers_as_text(at: House) -> None:
    answer = await ask(at, client_info="1")
    body = answer.json()
    assert set(body) == {
        "access_token", "id_token", "refresh_token", "token_type", "scope", "resource",
        "client_info", *NUMBERS,
    }  # fmt: skip
    assert all(isinstance(body[name], str) for name in NUMBERS)
    assert (body["expires_in"], body["refresh_token_expires_in"]) == ("3600", str(2 * 86_400))
    _, access = unpacked(body["access_token"])
    _, identity = unpacked(body["id_token"])
    assert (access["aud"], access["azp"], access["scp"]) == (API, PHONE, "read")
    assert (identity["aud"], identity["sub"], identity["tfp"]) == (PHONE, BOB, ROPC)
    assert identity["emails"] == [ADDRESS[BOB]]
    assert identity["at_hash"] == half_hash(body["access_token"])
    assert not any(header == "set-cookie" for header in answer.headers)


@pytest.mark.parametrize(
    ("changes", "tokens"),
    [
        ({"response_type": ""}, {"access_token", "id_token", "refresh_token"}),
        ({"response_type": "id_token token"}, {"access_token", "id_token", "refresh_token"}),
        ({"response_type": "token"}, {"access_token", "refresh_token"}),
        ({"response_type": "id_token"}, {"id_token", "refresh_token"}),
        ({"scope": f"openid {PHONE}"}, {"access_token", "id_token"}),
        ({"scope": "openid"}, {"id_token"}),
        ({"scope": API_READ}, {"access_token"}),
        ({"username": " BOB@contoso.example "}, {"access_token", "id_token", "refresh_token"}),
    ],
    ids=["MSAL Python", "MSAL Node", "access token alone", "id token alone", "its own id",
         "openid alone", "API alone", "name in another case"],
)  # fmt: skip
async def test_what_is_asked_for_is_given(
    at: House, changes: dict[str, str], tokens: set[str]
) -> None:
    body = (await ask(at, **changes)).json()
    assert {name for name in body if name.endswith("_token")} == tokens, body


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"password": "Mallorys-guess-1"}, ("access_denied", "AADB2C90225")),
        ({"username": "nobody@contoso.example"}, ("access_denied", "AADB2C90225")),
        ({"username": "bob\0@contoso.example"}, ("access_denied", "AADB2C90225")),
        ({"password": "\0"}, ("access_denied", "AADB2C90225")),
        ({"password": "ä" * 9000}, ("access_denied", "AADB2C90225")),
        ({"username": "x" * 300}, ("access_denied", "AADB2C90225")),
        ({"username": f"{BOB}@{DOMAIN}"}, ("access_denied", "AADB2C90225")),
        ({"username": ""}, ("invalid_request", "AADB2C90083")),
        ({"password": ""}, ("invalid_request", "AADB2C90083")),
        ({"scope": ""}, ("invalid_request", "AADB2C90010")),
        ({"scope": OTHER_READ}, ("unauthorized_client", "AADB2C90205")),
        ({"response_type": "code"}, ("invalid_request", "AADB2C99013")),
        ({"response_type": "token", "scope": "openid"}, ("invalid_request", "AADB2C90055")),
        ({"client_id": WEB}, ("unauthorized_client", "AADB2C90224")),
        ({"client_id": WEB, "client_secret": SECRET}, ("unauthorized_client", "AADB2C90224")),
        ({"client_id": BARE}, ("unauthorized_client", "AADB2C90224")),
        ({"client_id": "unknown"}, ("unauthorized_client", "AADB2C90018")),
        ({"client_id": ""}, ("invalid_request", "AADB2C90008")),
        ({"at_flow": "B2C_1_later"}, ("server_error", "AADB2C90037")),
        ({"at_flow": "B2C_1_susi"}, ("unsupported_grant_type", "AADB2C90086")),
    ],
    ids=["wrong password", "nobody", "a NUL in the name", "a NUL for a password",
         "far too long a password", "far too long a name", "no sign-in name of a local account",
         "no name", "no password", "no scope", "no consent", "a code", "nothing to give",
         "not allowed", "not allowed, with a secret", "nothing said", "unknown client",
         "no client", "a flow that cannot run yet", "another type of flow"],
)  # fmt: skip
async def test_a_password_is_refused(
    at: House, changes: dict[str, Any], refusal: tuple[str, str]
) -> None:
    assert told(await ask(at, **changes)) == refusal


async def test_a_disabled_account_is_refused_like_a_wrong_password(at: House) -> None:
    await at.change(ADA, account_enabled=False)
    refused = await ask(at, username=ADDRESS["ada"])
    await at.change(ADA, account_enabled=True)
    assert told(refused) == ("access_denied", "AADB2C90225")
    assert (await ask(at, username=ADDRESS["ada"])).status_code == 200


async def test_ten_guesses_lock_the_account_for_a_minute(at: House) -> None:
    """As on pages: the right password does not open it meanwhile."""
    for guess in range(10):
        answer = await ask(at, username=ADDRESS["ada"], password=f"Mallorys-guess-{guess}")
        assert told(answer) == ("access_denied", "AADB2C90225")
    assert told(await ask(at, username=ADDRESS["ada"])) == ("access_denied", "AADB2C90225")
    at.later(seconds=61)
    assert (await ask(at, username=ADDRESS["ada"])).status_code == 200


async def test_its_refresh_tokens_follow_the_rules_of_all(at: House) -> None:
    async def refresh(token: str, at_flow: str = ROPC, **more: str) -> httpx2.Response:
        form = {"grant_type": "refresh_token", "client_id": PHONE, "refresh_token": token, **more}
        return await at.post(at_flow, "token", form)

    first = (await ask(at)).json()
    second = await refresh(first["refresh_token"])
    assert second.status_code == 200, second.text
    body = second.json()
    assert isinstance(body["expires_in"], str)
    before, after = (unpacked(one["id_token"])[1] for one in (first, body))
    assert before["auth_time"] == after["auth_time"]
    assert told(await refresh(body["refresh_token"], "B2C_1_other"))[1] == "AADB2C90088"
    assert told(await refresh(body["refresh_token"], client_id=SPA))[1] == "AADB2C90279"
    at.later(days=2)
    assert told(await refresh(body["refresh_token"]))[1] == "AADB2C90080"


async def test_only_post_is_answered(at: House) -> None:
    async with at.browser() as http:
        query = {"grant_type": "password", "username": "u", "password": "p"}
        answer = await http.get(address(ROPC, "token"), params=query)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")
    assert answer.json()["error_description"].startswith("AADB2C90226: ")


async def test_the_flow_has_no_page_and_says_so(at: House) -> None:
    async with at.browser() as browser:
        page = await visit(browser, asking(ROPC, state="s"))
    assert isinstance(page, Page)
    assert page.status == 400
    assert "AADB2C90276" in page.text


async def test_the_flow_is_described(at: House) -> None:
    async with at.browser() as http:
        found = await http.get(f"/{DOMAIN}/{ROPC}/v2.0/.well-known/openid-configuration")
    body = found.json()
    assert body["grant_types_supported"] == ["password", "refresh_token", "client_credentials"]
    assert body["token_endpoint"].endswith(f"/{DOMAIN}/b2c_1_ropc/oauth2/v2.0/token")
    assert TID in body["issuer"]
