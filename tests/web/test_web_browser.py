"""The templates in Chromium: keyboard first, and the focus where the next thing is typed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from playwright.sync_api import Browser, Page

from vestibule.web.render import Render
from web.opened import blank, opened, show

KEYS: Mapping[str, tuple[str, str, str]] = {
    "sign in, name known": ("password", "forgotPassword next createAccount", "signin"),
    "sign up, empty": ("email", "email_ver_but_send cancel", "send_code"),
    "sign up, code sent": (
        "email_ver_input", "email_ver_but_verify email_ver_but_resend cancel", "verify_code",
    ),
    "sign up, verified": ("newPassword", "reenterPassword continue cancel", "create"),
    "reset, empty": ("email", "email_ver_but_send cancel", "send_code"),
    "reset, verified": ("continue", "cancel", "continue"),
    "reset, choosing": ("newPassword", "reenterPassword continue cancel", "continue"),
    "change password": ("newPassword", "reenterPassword continue cancel", "continue"),
    "phone, country known": ("number", "sendCode", "send_code"),
    "phone, code sent": (
        "verificationCode", "rememberMe verifyCode sendCode", "continue",
    ),
    "account name": ("i0116", "idSIButton9 signup", "next"),
    "account password": ("i0118", "idSIButton9 idBtn_Back", "signin"),
    "passcode": ("idSIButton9", "idBtn_Back", "send_code"),
    "passcode, sent": ("idTxtBx_OTC_Password", "idSIButton9 resend idBtn_Back", "verify"),
    "no guest": ("idSIButton9", "", "back"),
    "device, empty": ("otc", "next", "next"),
}  # fmt: skip
"""Where the focus is, what Tab then leads to, and what Enter does where the focus was."""


@pytest.fixture(scope="module")
def without_scripts(browser: Browser) -> Page:
    return blank(browser, scripts=False)


@pytest.mark.parametrize("name", KEYS)
def test_a_page_is_used_by_keyboard(without_scripts: Page, render: Render, name: str) -> None:
    focused, tabs, action = KEYS[name]
    page = without_scripts
    show(page, render, name)
    page.wait_for_function("document.activeElement !== document.body")
    assert _focused(page) == focused
    assert [_tab(page) for _ in tabs.split()] == tabs.split()
    page.focus(f"#{focused}")
    # A disabled button once came first in the form: a browser then does nothing at all.
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.keyboard.press("Enter")
    body = sent.value.post_data or ""
    assert f"action={action}" in body.split("&")
    assert "turn=3" in body or name.startswith("device")


def _tab(page: Page) -> str:
    page.keyboard.press("Tab")
    return _focused(page)


def _focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


@pytest.mark.parametrize(
    ("name", "button"), [("device, question", "#continue"), ("sign out", "#signOut")]
)
def test_a_form_that_leads_elsewhere_is_sent_once(
    browser: Browser, render: Render, name: str, button: str
) -> None:
    page = opened(browser, render, name)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.keyboard.press("Tab")  # to the way past the brand
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches(':focus-visible')")
    assert _focused(page) == button.removeprefix("#")
    page.keyboard.press("Enter")
    page.locator(f"{button}.busy").wait_for(timeout=10_000)
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)  # there is no event for a form that is not sent
    page.context.close()
    assert sent.count("POST") == 1


def test_a_password_can_be_shown_and_hidden(browser: Browser, render: Render) -> None:
    page = opened(browser, render, "sign in, empty")
    page.fill("#password", "Correct-Horse-1")
    page.get_by_role("button", name="Show: Password").click()
    assert page.get_attribute("#password", "type") == "text"
    page.get_by_role("button", name="Hide: Password").click()
    assert page.get_attribute("#password", "type") == "password"
    page.context.close()


def test_the_rules_of_a_password_are_ticked_while_it_is_typed(
    browser: Browser, render: Render
) -> None:
    page = opened(browser, render, "sign up, verified")
    page.fill("#newPassword", "abcdefgh")
    assert page.locator(".rules .met").count() == 1
    page.fill("#newPassword", "Abcdefg1")
    assert page.locator(".rules .met").count() == 2
    page.context.close()


def test_a_form_post_page_sends_itself_and_has_a_button_without_scripts(
    browser: Browser, render: Render
) -> None:
    page = opened(browser, render, "form post", scripts=False)
    assert page.get_by_role("button", name="Continue").is_visible()
    found = page.locator("form#auto input").count()
    page.context.close()
    assert found == 2
