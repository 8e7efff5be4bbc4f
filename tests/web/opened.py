"""A picture of the gallery in Chromium, as a page of a site that has nothing else."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Route

from vestibule.web import security
from vestibule.web.render import Render
from web import gallery
from web.gallery import GALLERY

ADDRESS = f"{gallery.BASE}/page"
SIZES = {"phone": (375, 812), "desktop": (1280, 800), "narrow": (320, 640)}
_LEAVING = re.compile(r"</?noscript>|<script nonce=.*</script>")


def blank(
    browser: Browser, *, scheme: str = "light", size: str = "desktop", scripts: bool = True
) -> Page:
    """A page with nothing in it yet. It may show one picture after the other: a new one of these
    takes ten times as long."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=scripts,
        bypass_csp=False,
        reduced_motion="reduce",
    )
    return context.new_page()


def show(page: Page, render: Render, name: str, *, stays: bool = False) -> None:
    """The picture as a page of a site whose every other address is a static file.

    `stays`: as seen without scripts, where a script would leave at once.
    """
    picture = GALLERY[name]
    html = gallery.draw(render, picture)
    html = _LEAVING.sub("", html) if stays else html
    policy = security.policy(gallery.NONCE, frames=picture.model.get("others", ()))

    def serve(route: Route) -> None:
        asset = render.read(urlsplit(route.request.url).path)
        if asset is not None:
            route.fulfill(body=asset.content, content_type=asset.media_type)
        elif route.request.url == ADDRESS:
            headers = {"content-security-policy": policy}
            route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers)
        else:
            route.fulfill(status=204, body="")

    page.unroute_all()
    page.route("**/*", serve)
    page.goto(ADDRESS)


def opened(browser: Browser, render: Render, name: str, *, scripts: bool = True) -> Page:
    """The picture in a page of its own."""
    page = blank(browser, scripts=scripts)
    show(page, render, name)
    return page
