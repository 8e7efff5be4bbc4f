"""Journeys in other languages, right to left too, and in an administrator's own words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import httpx2
import pytest
from playwright.sync_api import Locator, Page, expect

from chromium import faults
from live import Live
from stories.application import Application
from stories.conftest import Inbox, Visits
from stories.test_stories_screens import (
    Scene,
    code_sent,
    fatal,
    inspect,
    lost,
    password_half_right,
    password_weak,
    sign_in_nothing_typed,
    signed_out,
)
from stories.visitor import (
    Visitor,
    choose_password,
    enter_code,
    error,
    other,
    press,
    sign_in,
    start_sign_up,
    try_code,
)
from vestibule.texts import say, sentences

FLOWS = "/beta/identity/b2cUserFlows"
_numbers = count(1)


@pytest.fixture
def words(admin: httpx2.Client) -> Iterator[str]:
    """A flow that speaks whatever is asked for."""
    made = admin.post(
        FLOWS,
        json={
            "id": f"words-{next(_numbers)}",
            "userFlowType": "signUpOrSignIn",
            "userFlowTypeVersion": 3,
            "isLanguageCustomizationEnabled": True,
        },
    )
    assert made.status_code == 201, made.text
    flow: str = made.json()["id"]
    yield flow
    assert admin.delete(f"{FLOWS}/{flow}").status_code == 204


def mail(inbox: Inbox, address: str) -> tuple[str, str]:
    """Subject and text of the last one."""
    inbox.codes(address)  # waits for it
    query = {"$filter": f"to eq '{address}'", "$orderby": "createdDateTime desc", "$top": "1"}
    message = inbox.admin.get(inbox.url, params=query).json()["value"][0]
    return message["subject"], message["body"]


def test_a_german_browser_is_addressed_in_german_to_the_end(
    visits: Visits,
    live: Live,
    application: Application,
    inbox: Inbox,
    ada: str,
) -> None:
    german = sentences("de")
    page = visits(locale="de-AT").page
    asked = application.request(live)
    page.goto(asked.url)
    expect(page).to_have_title("Anmelden – Contoso")
    assert page.get_attribute("html", "lang") == "de"
    sign_in(page, ada, "Whatever-1")
    expect(error(page, "email")).to_have_text(german["account.unknown"])
    assert page.evaluate("CONTENT.button_signin") == "Anmelden"
    assert page.evaluate("SETTINGS.locale.lang") == "de"
    start_sign_up(page, ada)
    subject, body = mail(inbox, ada)
    assert subject == "Contoso: Ihr Prüfcode"
    assert body.startswith("Bestätigen Sie mit diesem Code Ihre E-Mail-Adresse für Contoso:")
    try_code(page, other(inbox.code(ada)))
    expect(error(page, "email_ver_input")).to_have_text(german["code.wrong"])
    enter_code(page, inbox.code(ada))
    choose_password(page, "password")
    rules = {"min": 8, "max": 64, "classes": 3}
    expect(error(page, "newPassword")).to_have_text(say("password.rules", rules, language="de"))
    choose_password(page)
    assert application.claims(live, asked, application.arrival(asked).parameters["code"])


def test_an_arabic_journey_is_mirrored_and_keeps_its_language(
    visits: Visits,
    live: Live,
    application: Application,
    inbox: Inbox,
    ada: str,
    words: str,
) -> None:
    """The application asks for it; what the browser prefers, then and later, does not count."""
    arabic = sentences("ar")
    page = visits(locale="de-DE").page
    asked = application.request(live, words, ui_locales="xx ar-EG de")
    page.goto(asked.url)
    assert page.evaluate("[document.documentElement.lang, document.dir]") == ["ar", "rtl"]
    expect(page.get_by_role("heading", level=1)).to_have_text(arabic["page.signin.title"])
    label, link = page.locator("label[for=password]"), page.locator("#forgotPassword")
    assert left(label) > left(link)  # the label on the right, the link on the left
    shown = page.locator(".reveal .link")
    assert left(shown) < left(page.locator("#password")) + 20
    start_sign_up(page, ada)
    assert mail(inbox, ada)[0] == say("mail.code.subject", {"tenant": "Contoso"}, language="ar")
    enter_code(page, inbox.code(ada))
    page.reload()
    expect(page.locator("#continue")).to_have_text(arabic["page.signup.create"])
    choose_password(page)
    assert "code" in application.arrival(asked).parameters


def test_a_run_from_the_home_page_speaks_the_language_of_its_link(
    visitor: Visitor, live: Live, words: str
) -> None:
    page = visitor.page
    page.goto(f"{live.base}/")
    row = page.get_by_role("row").filter(has_text=words)
    row.get_by_text("In another language").click()
    row.get_by_role("link", name="Deutsch").click()
    expect(page).to_have_title("Anmelden – Contoso")


def left(element: Locator) -> float:
    box = element.bounding_box()
    assert box is not None
    x: float = box["x"]
    return x


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_an_override_shows_at_once(
    visits: Visits,
    live: Live,
    application: Application,
    admin: httpx2.Client,
    inbox: Inbox,
    ada: str,
    words: str,
    *,
    scripts: bool,
) -> None:
    page = visits(java_script_enabled=scripts).page
    page.goto(application.request(live, words).url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    path = f"{FLOWS}/{words}/languages/en/overridesPages"
    put(admin, f"{path}/signuporsignin", ("UxElement", None, "heading", "Come in"))
    put(
        admin,
        f"{path}/signuporsignin",
        ("ErrorMessage", None, "UserMessageIfClaimsPrincipalDoesNotExist", "Who are you?"),
        ("UxElement", None, "createaccount_one_link", "Join <b>us</b>"),
    )
    put(
        admin,
        f"{path}/localaccountsignup",
        ("ClaimType", "email", "DisplayName", "Where to write to you"),
        ("GetLocalizedStringsTransformationClaimType", None, "email_subject", "Hi from {tenant}"),
        ("GetLocalizedStringsTransformationClaimType", None, "email_message", "It is {code}."),
        ("UxElement", None, "ver_fail_retry", "No, that is not it."),
    )
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Come in")
    expect(page.locator("#createAccount")).to_have_text("Join <b>us</b>")
    sign_in(page, ada, "Whatever-1")
    expect(error(page, "email")).to_have_text("Who are you?")
    start_sign_up(page, ada)
    expect(page.locator("label[for=email]")).to_have_text("Where to write to you")
    code = inbox.code(ada)
    assert mail(inbox, ada) == ("Hi from Contoso", f"It is {code}.")
    try_code(page, other(code))
    expect(error(page, "email_ver_input")).to_have_text("No, that is not it.")

    assert admin.delete(f"{path}/localaccountsignup/$value").status_code == 204
    press(page, "#email_ver_but_edit")
    expect(page.locator("label[for=email]")).to_have_text("Email address")


def put(admin: httpx2.Client, page: str, *strings: tuple[str, str | None, str, str]) -> None:
    names = ("ElementType", "ElementId", "StringId", "Value")
    document = [{**dict(zip(names, one, strict=True)), "Override": True} for one in strings]
    written = admin.put(f"{page}/$value", json={"LocalizedStrings": document})
    assert written.status_code == 204, written.text


def test_what_is_asked_for_has_the_words_of_the_language(
    visits: Visits,
    live: Live,
    application: Application,
    admin: httpx2.Client,
    inbox: Inbox,
    ada: str,
    words: str,
) -> None:
    assigned = f"{FLOWS}/{words}/userAttributeAssignments"
    size = {
        "userAttribute": {"id": "jobTitle"},
        "userInputType": "radioSingleSelect",
        "userAttributeValues": [
            {"name": name, "value": name.lower(), "isDefault": False} for name in ("Lead", "Member")
        ],
    }
    city = {"userAttribute": {"id": "city"}, "userInputType": "textBox"}
    for one in (city, size):
        assert admin.post(assigned, json=one).status_code == 201
    document = {
        "LocalizedStrings": [],
        "LocalizedCollections": [
            {
                "ElementType": "ClaimType",
                "ElementId": "jobTitle",
                "TargetCollection": "Restriction",
                "Override": True,
                "Items": [{"Name": "Leitung", "Value": "lead"}],
            }
        ],
    }
    path = f"{FLOWS}/{words}/languages/de/overridesPages/localaccountsignup/$value"
    assert admin.put(path, json=document).status_code == 204
    page = visits().page
    asked = application.request(live, words, ui_locales="de")
    page.goto(asked.url)
    start_sign_up(page, ada)
    enter_code(page, inbox.code(ada))
    page.get_by_label("Ort", exact=True).fill("Wien")
    expect(page.get_by_role("radiogroup", name="Position")).to_be_visible()
    expect(page.get_by_label("Member")).to_be_visible()
    choose_password(page)
    expect(page.locator("#jobTitle_error")).to_have_text(sentences("de")["attribute.required"])
    page.get_by_label("Leitung").check()
    choose_password(page)
    assert "code" in application.arrival(asked).parameters


def test_only_enabled_languages_answer_a_browser(
    visits: Visits, live: Live, application: Application, admin: httpx2.Client, words: str
) -> None:
    page = visits(locale="fr-FR").page

    def heading(**parameters: str) -> str:
        page.goto(application.request(live, words, **parameters).url)
        return page.get_by_role("heading", level=1).inner_text()

    french, german, english = (sentences(tag)["page.signin.title"] for tag in ("fr", "de", "en"))
    assert heading() == english
    assert heading(ui_locales="fr") == french
    assert admin.patch(f"{FLOWS}/{words}/languages/fr", json={}).status_code == 204
    assert heading() == english
    enabled = admin.put(f"{FLOWS}/{words}/languages/fr", json={})
    assert enabled.status_code == 204
    assert heading() == french
    enabled = admin.patch(f"{FLOWS}/{words}/languages/fr", json={"isEnabled": False})
    assert enabled.status_code == 204
    assert heading() == english
    assert admin.patch(f"{FLOWS}/{words}", json={"defaultLanguageTag": "de"}).status_code == 204
    assert heading() == german


SCENES = {
    f"{language}_{scene.__name__}": (language, scene)
    for language, scene in (
        ("ar", sign_in_nothing_typed),
        ("ar", code_sent),
        ("ar", password_half_right),
        ("ar", lost),
        ("ar", fatal),
        ("de", code_sent),
        ("fr", signed_out),
        ("ja", password_weak),
    )
}


@pytest.mark.parametrize("name", SCENES)
def test_screens_are_finished_in_other_languages(  # what a scene is made of
    visits: Visits,
    live: Live,
    application: Application,
    admin: httpx2.Client,
    inbox: Inbox,
    ada: str,
    request: pytest.FixtureRequest,
    name: str,
) -> None:
    language, scene = SCENES[name]
    page: Page = visits(reduced_motion="reduce", locale=language).page
    scene(Scene(page, live, application, admin, inbox, ada))
    assert page.get_attribute("html", "lang") == language
    inspect(page, name, request.config.getoption("--screens"))
    assert faults(page) == ""
