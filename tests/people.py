"""People and what they do in a browser without JavaScript: forms, buttons, redirects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx2

from live import Live

REDIRECTS = frozenset({301, 302, 303})
AT_ONCE = "0; url="
"""How a page goes on by itself, in its header `refresh`."""


@dataclass(slots=True)
class Page:
    """An answer that a person looks at."""

    url: str
    status: int
    text: str

    @property
    def form(self) -> Form:
        """The page's only form, or the first one."""
        parser = Forms()
        parser.feed(self.text)
        return parser.forms[0]


@dataclass(slots=True)
class Form:
    """`fields` holds every input's value, hidden ones included; `buttons` name=value pairs."""

    action: str
    fields: dict[str, str]
    buttons: list[tuple[str, str]]


class Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(values.get("action", ""), {}, []))
        elif self.forms and tag == "input" and "name" in values:
            if values.get("type") not in {"checkbox", "radio"} or "checked" in values:
                self.forms[-1].fields[values["name"]] = values.get("value", "")
        elif self.forms and tag == "button" and "name" in values:
            self.forms[-1].buttons.append((values["name"], values.get("value", "")))


def follow(browser: httpx2.Client, response: httpx2.Response, stop: str = "") -> Page | str:
    """Follow redirects on our own host; the address of the first one that leads elsewhere."""
    for _ in range(20):
        onward = response.headers.get("refresh", "")
        if response.status_code in REDIRECTS:
            target = urljoin(str(response.url), response.headers["location"])
        elif onward.startswith(AT_ONCE):
            target = onward.removeprefix(AT_ONCE)
        else:
            return Page(str(response.url), response.status_code, response.text)
        ours = urlsplit(target)[:2] == urlsplit(str(browser.base_url))[:2]
        if not ours or "code=" in target or "error=" in target or (stop and stop in target):
            return target
        response = browser.get(target)
    raise AssertionError("Too many redirects.")


def look(browser: httpx2.Client, url: str) -> Page:
    """Open an address and follow it to a page."""
    page = follow(browser, browser.get(url))
    assert isinstance(page, Page), page
    return page


def press(browser: httpx2.Client, page: Page, action: str, **fields: str) -> Page | str:
    """Fill in the page's form and press the button whose value is `action`."""
    form = page.form
    data = {**form.fields, **fields, "action": action}
    return follow(browser, browser.post(urljoin(page.url, form.action), data=data))


def sign_in(browser: httpx2.Client, url: str, name: str, password: str) -> str:
    """Sign in and return the address that the application gets."""
    page = look(browser, url)
    landed = press(browser, page, "signin", email=name, signInName=name, password=password)
    assert isinstance(landed, str), landed.text
    return landed


def code_for(live: Live, address: str, token: str) -> str:
    """The newest code in the inbox for an address."""
    with live.http(headers={"authorization": f"Bearer {token}"}) as inbox:
        listed = inbox.get(
            live.facts["inbox_url"],
            params={
                "$filter": f"to eq '{address}'",
                "$orderby": "createdDateTime desc",
                "wait": "10",
            },
        )
    assert listed.status_code == 200, listed.text
    return str(listed.json()["value"][0]["code"])


def transaction(page: Page) -> str:
    """The `tx` of a page, from its settings."""
    found = re.search(r"StateProperties=[A-Za-z0-9_-]+", page.text)
    assert found
    return found[0]
