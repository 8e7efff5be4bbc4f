"""Logout over HTTP: OpenID's eleven checks, confirmation, and telling the other applications."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from oidc.contoso import BASE, BOB, SIGNER, WEB_URI, key, unpacked
from oidc.house import (
    ADDRESS,
    SHOP,
    SHOP_URI,
    House,
    address,
    answered,
    asking,
    flow,
    house,
    migrated,
    redemption,
    shopping,
    sign_in,
    visit,
)
from people import Page

pytestmark = pytest.mark.anyio
OPENID, SUSI, OWN, DEMANDS = "B2C_1_openid", "B2C_1_susi", "B2C_1_app", "B2C_1_demands"
FLOWS = (
    flow("openid", protocol="openid"),
    flow("susi"),
    flow("app", ssoScope="application"),
    flow("demands", requireIdTokenForLogout=True),
)
SIGNED_OUT = "You are signed out"


@pytest.fixture(scope="module")
async def at(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("logout")
    async with house(folder, await migrated(folder), FLOWS) as made:
        yield made


@pytest.fixture(scope="module")
async def careful(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """As `serve` is: what anybody could have sent is confirmed, and targets are registered."""
    folder = tmp_path_factory.mktemp("careful")
    settings = {"logout_confirmation": True, "logout_anywhere": False}
    async with house(folder, await migrated(folder), FLOWS, settings=settings) as made:
        yield made


@pytest.fixture
async def browser(at: House) -> AsyncIterator[httpx2.AsyncClient]:
    async with at.browser() as browser:
        yield browser


async def id_token(at: House, browser: httpx2.AsyncClient, name: str, who: str = BOB) -> str:
    """Signs in to the web application; its id token."""
    landed = await sign_in(browser, asking(name), name=ADDRESS[who])
    answer = await at.post(name, "token", redemption(answered(landed)["code"]))
    return str(answer.json()["id_token"])


def leaving(name: str, **parameters: str) -> str:
    return f"{address(name, 'logout')}?{urlencode(parameters)}"


async def signed_in(browser: httpx2.AsyncClient, url: str) -> bool:
    return "code" in answered(await visit(browser, f"{url}&prompt=none"))


def unsigned(token: str) -> str:
    _, claims, _ = token.split(".")
    header = urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    return f"{header}.{claims}."


def forged(token: str) -> str:
    return SIGNER.sign(key("mallory"), unpacked(token)[1])


def altered(token: str) -> str:
    """Of another user, under the old signature."""
    head, claims, signature = token.split(".")
    raw = urlsafe_b64decode(claims + "=" * (-len(claims) % 4)).replace(BOB.encode(), b"a" * 36)
    return ".".join((head, urlsafe_b64encode(raw).decode().rstrip("="), signature))


async def test_where_to_log_out_is_described(at: House) -> None:
    async with at.browser() as http:
        path = f"/contoso.onmicrosoft.com/{OPENID}/v2.0/.well-known/openid-configuration"
        body = (await http.get(path)).json()
    assert body["end_session_endpoint"] == BASE + address(OPENID.lower(), "logout")
    assert body["frontchannel_logout_supported"] is True
    assert body["frontchannel_logout_session_supported"] is False


TO_APP = {"post_logout_redirect_uri": WEB_URI}


@pytest.mark.parametrize(
    ("parameters", "hint", "ends"),
    [
        (TO_APP | {"state": "s ä"}, str, f"{WEB_URI}?state=s+%c3%a4"),
        (TO_APP, str, WEB_URI),
        ({"post_logout_redirect_uri": "https://mallory.example/"}, str, "90067"),
        ({"post_logout_redirect_uri": f"{WEB_URI}?x=1"}, str, "90067"),
        (TO_APP | {"state": "s"}, None, "90272"),
        (TO_APP | {"state": "s"}, unsigned, "90240"),
        (TO_APP | {"state": "s"}, forged, "90239"),
        (TO_APP | {"state": "s"}, altered, "90239"),
        ({}, None, SIGNED_OUT),
        ({}, str, SIGNED_OUT),
        ({"state": "s"}, None, SIGNED_OUT),
        (TO_APP | {"client_id": SHOP}, str, "90237"),
    ],
    ids=["normal", "no state", "bad URI", "URI with a query added", "no hint",
         "hint changed to alg none", "hint of another key", "hint altered", "no parameters",
         "no URI", "only state", "another client"],
)  # fmt: skip
async def test_openid_logs_out_and_never_redirects_on_doubt(
    at: House, browser: httpx2.AsyncClient, parameters: dict[str, str], hint: Any, ends: str
) -> None:
    token = await id_token(at, browser, OPENID)
    sent = {**parameters, **({"id_token_hint": hint(token)} if hint else {})}
    landed = await visit(browser, leaving(OPENID, **sent))
    if isinstance(landed, str):
        assert landed == ends
    else:
        assert landed.status == (200 if ends == SIGNED_OUT else 400)
        assert ends in landed.text
    assert not await signed_in(browser, asking(OPENID))


async def test_openid_takes_a_hint_that_is_out_of_date_and_b2c_does_not(
    at: House, browser: httpx2.AsyncClient
) -> None:
    for name, ends in ((OPENID, WEB_URI), (DEMANDS, "AADB2C90235")):
        token = await id_token(at, browser, name)
        at.later(hours=2)
        landed = await visit(browser, leaving(name, **TO_APP, id_token_hint=token))
        assert landed == ends or (isinstance(landed, Page) and ends in landed.text)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_b2c_sends_the_browser_anywhere_with_the_state(
    at: House, browser: httpx2.AsyncClient, method: str
) -> None:
    await id_token(at, browser, SUSI)
    form = {"post_logout_redirect_uri": "https://any.example/out", "state": "s"}
    if method == "GET":
        answer = await browser.get(leaving(SUSI, **form))
    else:
        answer = await browser.post(address(SUSI, "logout"), data=form)
    assert answer.headers["location"] == "https://any.example/out?state=s"
    assert not await signed_in(browser, asking(SUSI))


async def test_an_applications_session_ends_for_that_application(
    at: House, browser: httpx2.AsyncClient
) -> None:
    token = await id_token(at, browser, OWN)
    await sign_in(browser, shopping(OWN))
    lost = await visit(browser, leaving(OWN))
    assert isinstance(lost, Page)
    assert "AADB2C90008" in lost.text
    assert await signed_in(browser, asking(OWN))
    await visit(browser, leaving(OWN, id_token_hint=token))
    assert not await signed_in(browser, asking(OWN))
    assert await signed_in(browser, shopping(OWN))
    await visit(browser, leaving(OWN, client_id=SHOP))
    assert not await signed_in(browser, shopping(OWN))


# ------------------------------------------------------------------ the other applications


async def shop_too(at: House, browser: httpx2.AsyncClient, name: str = SUSI) -> str:
    """Signs in to the web application and then, by the session, to the shop; the id token."""
    token = await id_token(at, browser, name)
    assert await signed_in(browser, shopping(name))
    return token


@pytest.mark.parametrize("others", ["session", "renewed"])
async def test_every_other_application_is_told_in_a_frame(
    at: House, browser: httpx2.AsyncClient, others: str
) -> None:
    token = await shop_too(at, browser)
    if others == "renewed":  # signing in again does not forget who took part
        await sign_in(browser, asking(SUSI, prompt="login"))
    sent = {**TO_APP, "state": "s", "id_token_hint": token}
    answer = await browser.get(leaving(SUSI, **sent))
    assert answer.status_code == 200
    assert answer.text.count("<iframe") == 1
    assert 'src="https://shop.example/out"' in answer.text
    policy = answer.headers["content-security-policy"]
    assert "frame-src https://shop.example;" in f"{policy};"
    assert answer.headers["refresh"] == f"4; url={WEB_URI}?state=s"
    assert f'href="{WEB_URI}?state=s"' in answer.text
    assert not await signed_in(browser, shopping(SUSI))


async def test_nobody_is_told_who_took_no_part_or_asks_itself(
    at: House, browser: httpx2.AsyncClient
) -> None:
    await id_token(at, browser, SUSI)
    alone = await browser.get(leaving(SUSI, **TO_APP))
    assert alone.headers["location"] == WEB_URI
    await shop_too(at, browser)
    to_shop = {"post_logout_redirect_uri": SHOP_URI, "client_id": SHOP}
    by_shop = await browser.get(leaving(SUSI, **to_shop))
    assert by_shop.headers["location"] == SHOP_URI
    await shop_too(at, browser)
    await sign_in(browser, asking(SUSI, prompt="login"), name=ADDRESS["ada"])
    another = await browser.get(leaving(SUSI, **TO_APP))
    assert another.headers["location"] == WEB_URI


async def test_without_a_way_on_the_page_says_that_it_is_done(
    at: House, browser: httpx2.AsyncClient
) -> None:
    await shop_too(at, browser)
    answer = await browser.get(leaving(SUSI))
    assert SIGNED_OUT in answer.text
    assert "<iframe" in answer.text
    assert "refresh" not in answer.headers


# ------------------------------------------------------------------ forced logout


async def asked(browser: httpx2.AsyncClient, parameters: Mapping[str, str]) -> Page:
    page = await visit(browser, leaving(SUSI, **parameters))
    assert isinstance(page, Page)
    assert "Sign out?" in page.text
    return page


async def test_a_logout_that_anybody_could_have_sent_is_confirmed(careful: House) -> None:
    async with careful.browser() as browser:
        await id_token(careful, browser, SUSI)
        page = await asked(browser, {**TO_APP, "state": "s"})
        assert await signed_in(browser, asking(SUSI))
        form = page.form.fields
        for token in ("", "x" * 43):
            again = await browser.post(page.form.action, data={**form, "csrf_token": token})
            assert "Sign out?" in again.text
        done = await browser.post(page.form.action, data=form)
        assert done.headers["location"] == f"{WEB_URI}?state=s"
        assert not await signed_in(browser, asking(SUSI))
        nobody = await browser.get(leaving(SUSI, **TO_APP))
        assert nobody.headers["location"] == WEB_URI  # there is nothing to ask about


async def test_an_id_token_of_that_person_is_confirmation_enough(careful: House) -> None:
    async with careful.browser() as browser, careful.browser() as mallory:
        theirs = await id_token(careful, mallory, SUSI, "ada")
        token = await id_token(careful, browser, SUSI)
        for useless in (theirs, forged(token), unsigned(token), "x"):
            await asked(browser, {**TO_APP, "id_token_hint": useless})
        careful.later(hours=2)
        done = await browser.get(leaving(SUSI, **TO_APP, id_token_hint=token))
        assert done.headers["location"] == WEB_URI
        assert not await signed_in(browser, asking(SUSI))
