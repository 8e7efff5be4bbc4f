"""Every page that people get, whatever became of their journey, speaks their language."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from live import Live, running
from vestibule.texts import sentences
from web.test_web_pages import FLOW, SCRIPT, authorize, send, settings_of, signed_in, tail

GERMAN = sentences("de")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(tmp_path_factory.mktemp("speech")) as live:
        yield live


@pytest.fixture
def browser(live: Live) -> Iterator[httpx2.Client]:
    with live.http(headers={"accept-language": "de-CH, fr;q=0.5"}) as browser:
        yield browser


def test_a_script_is_told_in_the_language_of_the_journey(
    browser: httpx2.Client, live: Live
) -> None:
    settings = settings_of(authorize(browser, live))
    assert settings["locale"] == {"lang": "de"}
    browser.headers["accept-language"] = "ja"  # no longer asked for
    told = send(browser, settings, signInName=live.facts["user"], password="Mallorys-guess-1")
    assert told.json()["message"] == GERMAN["password.wrong"]
    told = send(browser, settings, signInName="", password="x")
    assert told.json()["message"] == GERMAN["email.required"]


def test_what_has_no_journey_speaks_the_browsers_language(
    browser: httpx2.Client, live: Live
) -> None:
    lost = f"{FLOW}/api/SelfAsserted/unified?tx=nonsense&p=b2c_1_susi"
    pages = {
        browser.get(lost): ("page.error.title.lost", "page.error.lost"),
        browser.get("/contoso.onmicrosoft.com/nothing/oauth2/v2.0/authorize"): (
            "page.error.title",
            "page.error.remedy",
        ),
        authorize(browser, live, redirect_uri="https://mallory.example"): (
            "page.error.title.request",
            "page.error.remedy",
        ),
        browser.get(f"{FLOW}/oauth2/v2.0/logout"): ("page.signedout.title", "page.signedout.text"),
        browser.post(f"{FLOW}/SelfAsserted?tx=x&p=y", data={"action": "signin"}): (
            "page.error.title",
            "page.error.forgery",
        ),
    }
    for page, said in pages.items():
        assert '<html lang="de" dir="ltr">' in page.text, page.text
        for id in said:
            assert GERMAN[id] in page.text


def test_a_script_without_a_journey_is_told_in_its_language_too(
    browser: httpx2.Client, live: Live
) -> None:
    settings = settings_of(authorize(browser, live))
    forged = browser.post(
        f"{FLOW}/SelfAsserted?{tail(settings)}", data={"action": "x"}, headers=SCRIPT
    )
    assert forged.json()["message"] == GERMAN["page.error.forgery"]
    gone = {**settings, "transId": "StateProperties=e30"}
    assert send(browser, gone, signInName="x").json()["message"] == GERMAN["page.error.lost"]


def test_the_way_back_by_a_form_speaks_the_language_of_the_journey(
    browser: httpx2.Client, live: Live
) -> None:
    page = signed_in(browser, live, response_mode="form_post")
    assert GERMAN["page.formpost.text"] in page.text


@pytest.mark.parametrize(
    "header",
    ["", "*", ";", "de;q=", "x" * 8000, "zz-ZZ"],
    ids=["empty", "any", "punctuation", "half", "long", "unknown"],
)
def test_a_header_that_says_nothing_means_english(
    browser: httpx2.Client, live: Live, header: str
) -> None:
    browser.headers["accept-language"] = header
    page = authorize(browser, live)
    assert page.status_code == 200
    assert '<html lang="en" dir="ltr">' in page.text


@pytest.mark.parametrize("ui_locales", ["de", "de " * 80, "%00", "-", "de;q=1"])
def test_ui_locales_is_accepted_whatever_it_says(live: Live, ui_locales: str) -> None:
    """It counts once the flow's languages are customized."""
    with live.http() as browser:
        page = authorize(browser, live, ui_locales=ui_locales)
    assert page.status_code == 200
    assert '<html lang="en" dir="ltr">' in page.text
