"""Every page in every state, loaded once: axe finds nothing in light and dark, nothing sticks out
of the narrowest screen, no table is wider than a wide one, scripts keep to the policy, one button
is the way on, and the focus is at what is wrong. `--screens DIR` takes pictures to look at.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, ViewportSize

from chromium import faults
from vestibule.web.render import Render
from web.gallery import GALLERY
from web.opened import SIZES, blank, show

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
UNFOLDED: ViewportSize = {"width": 1210, "height": 800}  # just wide enough for tables with columns
LEAVE = frozenset({"form post", "others signed out"})  # by a script, at once


@pytest.fixture(scope="module")
def blank_page(browser: Browser) -> Page:
    return blank(browser)


@pytest.fixture
def heard(blank_page: Page) -> Iterator[list[str]]:
    """What the page writes to the console, and its errors."""
    heard: list[str] = []

    def listen(said: ConsoleMessage | Error) -> None:
        heard.append(str(said) if isinstance(said, Error) else said.text)

    for event in ("console", "pageerror"):
        blank_page.on(event, listen)
    yield heard
    for event in ("console", "pageerror"):
        blank_page.remove_listener(event, listen)


@pytest.mark.parametrize("name", GALLERY)
def test_a_drawn_page_is_finished(
    blank_page: Page,
    render: Render,
    heard: list[str],
    request: pytest.FixtureRequest,
    name: str,
) -> None:
    page = blank_page
    _resize(page, "phone")
    show(page, render, name, stays=name in LEAVE)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert faults(page) == ""
    _is_in_order(page)
    folder = request.config.getoption("--screens")
    if folder:
        _take(page, Path(folder) / "drawn", name.replace(", ", "_").replace(" ", "_"))
    _resize(page, "narrow")
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES["narrow"][0]
    if page.locator(".scroll").count():
        page.set_viewport_size(UNFOLDED)
        assert page.evaluate(_CUT) == []
    assert heard == []


def _is_in_order(page: Page) -> None:
    """A title, one heading, at most one way on, and the focus at the first error."""
    assert page.title()
    assert page.locator("h1:visible").count() == 1
    if page.locator("body.hosted").count():
        assert page.locator("main .button:not(.plain):visible").count() <= 1
    if page.locator("main .error:visible:not(.unseen)").count():
        focused = page.locator("main :focus")
        assert focused.evaluate("(node, at) => node.closest(at) !== null", _AT_FAULT)


_AT_FAULT = "[aria-invalid=true], :has(> .error:not([hidden])), .error.pageLevel:not(.unseen)"


_CUT = """[...document.querySelectorAll(".scroll")]
    .filter(table => table.scrollWidth > table.clientWidth)
    .map(table => `${table.scrollWidth} in ${table.clientWidth}: ${table.innerText}`)"""


def _take(page: Page, folder: Path, name: str) -> None:
    for size in SIZES:
        _resize(page, size)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=folder / f"{name}-{scheme}-{size}.png", full_page=True)


def _resize(page: Page, size: str) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
