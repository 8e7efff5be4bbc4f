"""Somebody with a browser, and what nobody should ever meet in it."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Response, expect
from playwright.sync_api import Request as Sent

PASSWORD = "Correct-Horse-1"
_SERVER_ERROR = 500
_ERROR = 400


class Visitor:
    """A browser of its own: own cookies, own history. `faults` collects what went wrong in it,
    but for messages that hold a text the story `expects`."""

    def __init__(
        self, context: BrowserContext, hosts: Collection[str], expects: Collection[str] = ()
    ) -> None:
        self.context = context
        self.page = context.new_page()
        self._hosts = hosts
        self._expects = expects
        self._refused: set[str] = set()  # documents that are error pages, as the story wants
        self._logged: list[tuple[str, str]] = []
        self._faults: list[str] = []
        context.on("console", self._console)
        context.on("weberror", lambda error: self._faults.append(str(error.error)))
        context.on("request", self._request)
        context.on("response", self._response)

    @property
    def faults(self) -> list[str]:
        """Errors on the console (a violated content security policy is one), requests to other
        hosts, missing files and failures of the server."""
        told = [text for text, url in self._logged if url not in self._refused]
        return [*self._faults, *told]

    def tab(self) -> Page:
        """Another page of the same browser."""
        return self.context.new_page()

    def _console(self, message: ConsoleMessage) -> None:
        expected = any(text in message.text for text in self._expects)
        if message.type in {"error", "warning"} and not expected:
            self._logged.append((message.text, message.location["url"]))

    def _request(self, request: Sent) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "data" and f"{parts.scheme}://{parts.netloc}" not in self._hosts:
            self._faults.append(f"A request to another host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= _SERVER_ERROR:
            self._faults.append(f"{response.status}: {response.url}")
        elif response.status >= _ERROR and response.request.is_navigation_request():
            self._refused.add(response.url)


# What people do on the pages.


def press(page: Page, button: str) -> None:
    """Click, and wait until the page shows the answer."""
    page.click(button)
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def sign_in(page: Page, name: str, password: str) -> None:
    page.fill("#email", name)
    page.fill("#password", password)
    press(page, "#next")


def start_sign_up(page: Page, address: str) -> None:
    """From the sign-in page to the moment when a code is on its way."""
    page.click("#createAccount")
    send_code(page, address)


def send_code(page: Page, address: str) -> None:
    page.fill("#email", address)
    press(page, "#email_ver_but_send")
    page.locator("#email_ver_input").wait_for()


def enter_code(page: Page, code: str) -> None:
    """The right code."""
    try_code(page, code)
    page.locator("#newPassword").wait_for()


def try_code(page: Page, code: str) -> None:
    page.fill("#email_ver_input", code)
    press(page, "#email_ver_but_verify")


def choose_password(page: Page, password: str = PASSWORD, again: str | None = None) -> None:
    page.fill("#newPassword", password)
    page.fill("#reenterPassword", password if again is None else again)
    press(page, "#continue")


def error(page: Page, field: str) -> Locator:
    """The message beside a field."""
    return page.locator(f"#{field}_error")


def other(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06d}"
