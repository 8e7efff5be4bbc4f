"""Every page in every state, loaded once: axe finds nothing in light and dark, nothing sticks out
of the narrowest screen, scripts keep to the policy, one button is the way on, and the focus is at
what is wrong. `--screens DIR` takes pictures for a person to look at.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from vestibule.web.render import Render
from web.gallery import GALLERY
from web.opened import SIZES, opened

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LEAVE = frozenset({"form post", "others signed out"})  # by a script, at once


@pytest.mark.parametrize("name", GALLERY)
def test_a_drawn_page_is_finished(
    browser: Browser, render: Render, request: pytest.FixtureRequest, name: str
) -> None:
    heard: list[str] = []
    page = opened(browser, render, name, size="phone", stays=name in LEAVE, heard=heard)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    _is_in_order(page)
    folder = request.config.getoption("--screens")
    if folder:
        _take(page, Path(folder) / "drawn", name.replace(", ", "_").replace(" ", "_"))
    _resize(page, "narrow")
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES["narrow"][0]
    page.context.close()
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


def _take(page: Page, folder: Path, name: str) -> None:
    for size in SIZES:
        _resize(page, size)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=folder / f"{name}-{scheme}-{size}.png", full_page=True)


def _resize(page: Page, size: str) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
