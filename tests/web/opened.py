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


def opened(
    browser: Browser,
    render: Render,
    name: str,
    *,
    scheme: str = "light",
    size: str = "desktop",
    scripts: bool = True,
    stays: bool = False,
    heard: list[str] | None = None,
) -> Page:
    """The picture as a page of a site whose every other address is a static file.

    `stays`: as seen without scripts, where a script would leave at once; `heard` collects what
    the page writes to the console, and its errors.
    """
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=scripts,
        bypass_csp=False,
        reduced_motion="reduce",
    )
    page = context.new_page()
    if heard is not None:
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
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

    page.route("**/*", serve)
    page.goto(ADDRESS)
    return page
