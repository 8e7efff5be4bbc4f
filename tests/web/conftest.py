"""A browser for each module, and the templates."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from chromium import chromium
from vestibule.web.render import Render
from web import gallery


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def render() -> Render:
    return Render(gallery.settings())
