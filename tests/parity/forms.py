"""What people do on pages without scripts, and what they read there."""

from __future__ import annotations

import json
import re
from html import unescape
from http.cookiejar import Cookie
from typing import Any
from urllib.parse import urlencode, urljoin

import httpx2

from parity.place import PASSWORD, Place, opened
from people import Page, follow, press


def shown(landed: Page | str) -> Page:
    """The page that somebody still is on."""
    assert isinstance(landed, Page), landed
    return landed


def link(page: Page, id: str) -> str:
    """Where a link of the page leads."""
    found = re.search(rf'id="{id}"[^>]* href="([^"]+)"', page.text)
    assert found, page.text
    return urljoin(page.url, unescape(found[1]))


def click(browser: httpx2.Client, page: Page, id: str) -> Page | str:
    return follow(browser, browser.get(link(page, id)))


def error(page: Page, field: str) -> str:
    """The message beside a field, "" if there is none."""
    found = re.search(rf'id="{field}_error"( hidden)?>([^<]*)<', page.text)
    assert found, page.text
    return unescape(found[2])


def page_error(page: Page) -> str:
    """The message above the form."""
    found = re.search(r'class="error pageLevel[^>]*>\s*<p>([^<]*)<', page.text)
    assert found, page.text
    return unescape(found[1])


def has(page: Page, id: str) -> bool:
    """Whether an element can be used: neither absent nor hidden."""
    found = re.search(rf'<[a-z]+ [^>]*id="{id}"[^>]*>', page.text)
    return found is not None and " hidden" not in found[0]


def proven(place: Place, browser: httpx2.Client, page: Page, address: str, **more: str) -> Page:
    """With a code from the mail, past the proof of an address."""
    page = shown(press(browser, page, "send_code", email=address, **more))
    code = place.code_for(address)
    return shown(press(browser, page, "verify_code", email=address, code=code, **more))


def sign_up_page(place: Place, browser: httpx2.Client, flow: str, **parameters: str) -> Page:
    """The sign-up page of a flow of this type or the combined one."""
    page = opened(browser, place.asked(flow, None, **parameters).url)
    return shown(click(browser, page, "createAccount")) if has(page, "createAccount") else page


def create(browser: httpx2.Client, page: Page, address: str, **answers: str) -> Page | str:
    """Choose a password, answer, and press Create."""
    account = {"newPassword": PASSWORD, "reenterPassword": PASSWORD, "email": address}
    return press(browser, page, "create", **{**account, **answers})


def settings(page: Page) -> dict[str, Any]:
    """What the page tells its scripts."""
    found = re.search(r"var SETTINGS = (\{.*\});", page.text)
    assert found, page.text
    told: dict[str, Any] = json.loads(found[1])
    return told


def wire(page: Page, tail: str = "SelfAsserted", **parameters: str) -> str:
    """An address at which the page's scripts talk to the server."""
    known = settings(page)
    query = {"tx": known["transId"], "p": known["hosts"]["policy"], **parameters}
    return f"{known['hosts']['tenant']}/{tail}?{urlencode(query)}"


def scripted(
    browser: httpx2.Client, page: Page, tail: str = "SelfAsserted", **form: str
) -> dict[str, str]:
    """What B2C's scripts are told about a form, inside HTTP 200."""
    headers = {
        "x-csrf-token": settings(page)["csrf"],
        "x-requested-with": "XMLHttpRequest",
    }
    reply = browser.post(
        wire(page, tail), data={"request_type": "RESPONSE", **form}, headers=headers
    )
    assert reply.status_code == 200, reply.text
    told: dict[str, str] = reply.json()
    return told


def cookie(browser: httpx2.Client, name: str) -> Cookie:
    """The only cookie whose name begins so."""
    (found,) = [one for one in browser.cookies.jar if one.name.startswith(name)]
    return found
