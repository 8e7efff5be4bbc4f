"""Where the code of a device is typed: nobody finds one by trying, nobody decides for another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from oidc.contoso import BASE, BOB, TID
from oidc.house import ADDRESS, DOMAIN, PASSWORD, PHONE, House, follow, house, migrated
from people import Page
from vestibule.oidc.device import GRANT
from vestibule.vault import digest
from vestibule.web.views import journey_of

pytestmark = pytest.mark.anyio
AT = f"/{DOMAIN}/oauth2/v2.0"
GUESSES = 20


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[House]:
    template = await migrated(tmp_path)
    async with house(tmp_path, template, (), settings={"throttling": True}) as opened:
        yield opened


async def begun(at: House) -> dict[str, Any]:
    """What a device with an API in mind is told."""
    scope = f"https://{DOMAIN}/api/read"
    async with at.browser() as http:
        answer = await http.post(f"{AT}/devicecode", data={"client_id": PHONE, "scope": scope})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def typed(browser: httpx2.AsyncClient, code: str) -> Page:
    """What somebody sees who types a code."""
    page = await browser.get("/devicelogin")
    form = Page(str(page.url), page.status_code, page.text).form
    sent = {**form.fields, "otc": code, "action": "next"}
    shown = await follow(browser, await browser.post("/devicelogin", data=sent))
    assert isinstance(shown, Page)
    return shown


async def test_codes_cannot_be_found_by_trying(at: House) -> None:
    code = (await begun(at))["user_code"]
    async with at.browser() as browser:
        for guess in range(GUESSES):
            assert "That code does not work" in (await typed(browser, f"GUESS{guess:04}")).text
        assert "Too many codes were tried" in (await typed(browser, code)).text
        at.later(minutes=14)
        assert "Too many codes were tried" in (await typed(browser, code)).text
        at.later(minutes=2)
        assert "That code does not work" in (await typed(browser, code)).text  # it has ended
        fresh = (await begun(at))["user_code"]
        assert "/api/" in (await typed(browser, fresh)).url


@pytest.mark.parametrize("forgery", [{}, {"csrf_token": "forged"}], ids=["none", "another"])
async def test_only_our_own_page_sends_a_code(at: House, forgery: dict[str, str]) -> None:
    code = (await begun(at))["user_code"]
    async with at.browser() as browser:
        await browser.get("/devicelogin")
        answer = await browser.post("/devicelogin", data={"otc": code, **forgery})
    assert answer.status_code == 403
    assert "location" not in answer.headers


async def test_a_journey_for_a_device_is_one_browsers(at: House) -> None:
    told = await begun(at)
    async with at.browser() as browser, at.browser() as mallory:
        page = await typed(browser, told["user_code"])
        looked = await follow(mallory, await mallory.get(page.url))
        assert isinstance(looked, Page)
        assert looked.status == 400
        confirm = page.url.replace("/api/CombinedSigninAndSignup/unified", "/oauth2/deviceauth")
        too_early = await browser.post(
            confirm, data={"csrf_token": page.form.fields["csrf_token"], "action": "continue"}
        )
        assert too_early.status_code == 400
        poll = {"grant_type": GRANT, "client_id": PHONE, "device_code": told["device_code"]}
        answer = await browser.post(f"{AT}/token", data=poll)
    assert answer.json()["error"] == "authorization_pending"
    assert told["verification_uri"] == f"{BASE}/devicelogin"


async def test_a_sign_in_that_was_stopped_lets_no_device_in(at: House) -> None:
    """Nobody has consented any more; and the browser goes on as if it had been asked."""
    told = await begun(at)
    phone = replace(at.tenant.applications[PHONE], delegations={})
    changed = replace(at.tenant, applications={**at.tenant.applications, PHONE: phone})
    at.system.tenants.tenants = (changed,)  # type: ignore[attr-defined]  # a Directory
    async with at.browser() as browser:
        page = await typed(browser, told["user_code"])
        for fields in (
            {"loginfmt": ADDRESS[BOB], "action": "next"},
            {"passwd": PASSWORD, "action": "signin"},
        ):
            sent = {**page.form.fields, **fields}
            answer = await browser.post(page.form.action, data=sent)
            assert answer.status_code == 303
            if "passwd" not in fields:
                shown = await follow(browser, answer)
                assert isinstance(shown, Page)
                page = shown
        yes = {"csrf_token": page.form.fields["csrf_token"], "action": "continue"}
        confirm = page.url.replace("/api/CombinedSigninAndSignup/unified", "/oauth2/deviceauth")
        assert (await browser.post(confirm, data=yes)).status_code == 400
        poll = {"grant_type": GRANT, "client_id": PHONE, "device_code": told["device_code"]}
        body = (await browser.post(f"{AT}/token", data=poll)).json()
        assert body["error"] == "authorization_pending"
        ended = await follow(browser, answer)
        assert isinstance(ended, Page)
        assert "You are not signed in" in ended.text
        body = (await browser.post(f"{AT}/token", data=poll)).json()
    assert body["error"] == "authorization_declined"


async def test_who_signs_in_for_a_device_may_prove_it_elsewhere(at: House) -> None:
    """The journey knows where identity providers send its browser back."""
    async with at.browser() as browser:
        page = await typed(browser, (await begun(at))["user_code"])
    id = journey_of(parse_qs(urlsplit(page.url).query)["tx"][0])
    journey = await at.system.tickets.get("journey", TID, digest(id), at.now)
    assert journey is not None
    assert journey.body["facts"]["return_to"] == f"{BASE}/{DOMAIN}/oauth2/authresp"
