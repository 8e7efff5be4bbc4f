"""The templates in Chromium: nothing for axe to find, nothing broken on a phone, keyboard first."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route

from chromium import chromium
from vestibule.web import security
from vestibule.web.render import Render
from web import gallery
from web.gallery import GALLERY

ADDRESS = f"{gallery.BASE}/page"
SIZES = {"phone": (390, 844), "desktop": (1280, 800), "narrow": (320, 640)}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def render() -> Render:
    return Render(gallery.settings())


def opened(
    browser: Browser,
    render: Render,
    name: str,
    *,
    scheme: str = "light",
    size: str = "desktop",
    scripts: bool = True,
) -> Page:
    """The picture as a page of a site whose every other address is a static file."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=scripts,
        bypass_csp=False,
    )
    page = context.new_page()
    html = gallery.draw(render, GALLERY[name])

    def serve(route: Route) -> None:
        asset = render.read(urlsplit(route.request.url).path)
        if asset is not None:
            route.fulfill(body=asset.content, content_type=asset.media_type)
        elif route.request.url == ADDRESS:
            headers = {"content-security-policy": security.policy(gallery.NONCE)}
            route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers)
        else:
            route.fulfill(status=404, body="")

    page.route("**/*", serve)
    page.goto(ADDRESS)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", [name for name in GALLERY if name != "form post"])
def test_axe_finds_nothing(browser: Browser, render: Render, name: str, scheme: str) -> None:
    page = opened(browser, render, name, scheme=scheme, size="phone")
    found = Axe().run(page)
    page.context.close()
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("name", [name for name in GALLERY if name != "form post"])
def test_nothing_sticks_out_of_the_narrowest_screen(
    browser: Browser, render: Render, name: str
) -> None:
    page = opened(browser, render, name, size="narrow")
    width = page.evaluate("document.documentElement.scrollWidth")
    page.context.close()
    assert width <= SIZES["narrow"][0]


@pytest.mark.parametrize("name", [name for name in GALLERY if name != "form post"])
def test_scripts_run_within_the_policy(browser: Browser, render: Render, name: str) -> None:
    page = opened(browser, render, name)
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.reload()
    page.context.close()
    assert faults == []


@pytest.mark.parametrize(
    ("name", "field", "action"),
    [
        ("sign in, name known", "password", "signin"),
        ("sign up, empty", "email", "send_code"),
        ("sign up, code sent", "email_ver_input", "verify_code"),
        ("sign up, verified", "reenterPassword", "create"),
        ("phone, code sent", "verificationCode", "continue"),
    ],
    ids=["sign in", "send the code", "verify the code", "create", "verify the texted code"],
)
def test_enter_presses_the_button_that_goes_on(
    browser: Browser, render: Render, name: str, field: str, action: str
) -> None:
    page = opened(browser, render, name, scripts=False)
    # A disabled button once came first in the form: a browser then does nothing at all.
    with page.expect_request("**/SelfAsserted?**") as sent:
        page.press(f"#{field}", "Enter")
    body = sent.value.post_data or ""
    page.context.close()
    assert f"action={action}" in body
    assert "turn=3" in body


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


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("sign in, empty", "email"),
        ("sign in, name known", "password"),
        ("sign in, wrong password", "password"),
        ("sign up, empty", "email"),
        ("sign up, code sent", "email_ver_input"),
        ("sign up, verified", "newPassword"),
        ("phone, empty", "countryCode"),
    ],
)
def test_the_focus_is_where_the_next_thing_is_typed(
    browser: Browser, render: Render, name: str, id: str
) -> None:
    page = opened(browser, render, name, scripts=False)
    page.wait_for_function("document.activeElement !== document.body")
    assert page.evaluate("document.activeElement.id") == id
    page.context.close()


def test_a_form_post_page_sends_itself_and_has_a_button_without_scripts(
    browser: Browser, render: Render
) -> None:
    page = opened(browser, render, "form post", scripts=False)
    assert page.get_by_role("button", name="Continue").is_visible()
    found = page.locator("form#auto input").count()
    page.context.close()
    assert found == 2
