"""MSAL for the browser, unmodified, in a real single-page application that stands on another site
than the server: sign-up, silent renewal, a forgotten password, the profile, logout.

Another site is what cookies are about: in the iframe in which MSAL renews, the server's cookies are
those of a third party.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from chromium import profile, trusting
from live import Live, running
from people import code_for
from vestibule.vault import issue, make_authority

HERE = Path(__file__).parent
PACKAGE = HERE / "node_modules" / "@azure" / "msal-browser" / "lib"
HOST = "app.fabrikam.test"
PASSWORD, NEW_PASSWORD = "Correct-Horse-1", "Battery-Staple-2"
FLOWS = (
    {"id": "edit", "userFlowType": "profileUpdate", "userFlowTypeVersion": 3},
    {"id": "reset", "userFlowType": "passwordReset", "userFlowTypeVersion": 3},
)


class Site(SimpleHTTPRequestHandler):
    """The application's files, MSAL's own, and the options of this run."""

    options = ""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/options.js":
            return self._send(f"window.options = {self.options};")
        if path.endswith(".min.js"):
            name = path[1:]
            folder = PACKAGE / "redirect-bridge" if "bridge" in name else PACKAGE
            return self._send((folder / name).read_text("utf-8"))
        return super().do_GET()

    def _send(self, text: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("content-type", "text/javascript; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, type[Site], Path]]:
    """The application over HTTPS: its origin, its handler, its certificate."""
    now = datetime.now(UTC)
    chain, key = folder / "app.pem", folder / "app.key"
    pem, secret = issue(*make_authority(now), (HOST,), now)
    chain.write_bytes(pem)
    key.write_bytes(secret)
    site = type("OurSite", (Site,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(site, directory=str(HERE / "spa")))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://{HOST}:{server.server_port}", site, chain
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass(frozen=True, slots=True)
class Stand:
    """The application's origin, the server, and a browser that finds and trusts both."""

    origin: str
    live: Live
    browser: BrowserContext


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("spa")
    with served(folder) as (origin, site, certificate):
        uris = ("--redirect-uri", f"{origin}/", "--redirect-uri", f"{origin}/redirect.html")
        with running(folder / "dev", *uris) as live:
            facts = live.facts
            site.options = json.dumps(
                {
                    "server": live.base,
                    "tenant": facts["tenant"],
                    "clientId": facts["public_client_id"],
                    "apiScope": facts["api_scope"],
                }
            )
            with live.graph() as graph:
                for flow in FLOWS:
                    made = graph.post("/beta/identity/b2cUserFlows", json=flow)
                    assert made.status_code == 201, made.text
                _ask_for_the_city(graph)
            pins = trusting(certificate, live.data_dir / "tls.pem")
            rule = f"--host-resolver-rules=MAP {HOST} 127.0.0.1"
            with profile(folder / "profile", pins, rule) as browser:
                yield Stand(origin, live, browser)


def _ask_for_the_city(graph: httpx2.Client) -> None:
    for flow in ("B2C_1_susi", "B2C_1_edit"):
        made = graph.post(
            f"/beta/identity/b2cUserFlows/{flow}/userAttributeAssignments",
            json={
                "isOptional": True,
                "requiresVerification": False,
                "userInputType": "TextBox",
                "displayName": "City",
                "userAttributeValues": [],
                "userAttribute": {"id": "city"},
            },
        )
        assert made.status_code == 201, made.text


@pytest.fixture
def page(stand: Stand) -> Iterator[Page]:
    """The application in a browser that knows nothing; afterwards no script has failed."""
    faults: list[str] = []
    stand.browser.clear_cookies()
    page = stand.browser.new_page()
    page.set_default_timeout(10_000)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{stand.origin}/")
    yield page
    page.close()  # and with it the session storage
    assert not faults


def status(page: Page, word: str) -> dict[str, Any]:
    """Wait until the application says so; what it shows then."""
    expect(page.locator("#status")).to_have_text(word)
    shown = page.locator("#account").inner_text()
    found: dict[str, Any] = json.loads(shown) if shown else {}
    return found


def verify_address(page: Page, live: Live, address: str) -> None:
    page.fill("#email", address)
    page.click("#email_ver_but_send")
    page.locator("#email_ver_input").wait_for()
    page.fill("#email_ver_input", code_for(live, address, live.token()))
    page.click("#email_ver_but_verify")
    page.locator("#email_success").wait_for()


def choose_password(page: Page, password: str) -> None:
    page.fill("#newPassword", password)
    page.fill("#reenterPassword", password)


def sign_in(page: Page, name: str, password: str) -> None:
    page.fill("#email", name)
    page.fill("#password", password)
    page.click("#next")


def test_somebody_signs_up_and_stays_signed_in_until_they_sign_out(
    page: Page, stand: Stand
) -> None:
    live = stand.live
    ada = "ada@people.example"
    status(page, "signed out")
    page.click("#signin")
    page.click("#createAccount")
    verify_address(page, live, ada)
    choose_password(page, PASSWORD)
    page.fill("#city", "Bergen")
    page.click("#continue")
    shown = status(page, "arrived")
    assert shown["claims"]["newUser"] is True
    assert shown["claims"]["emails"] == [ada]
    assert shown["claims"]["tfp"] == "B2C_1_susi"
    assert "-b2c_1_susi." in shown["account"]["homeAccountId"]

    page.click("#renew")  # in an iframe: the server's cookies are those of a third party there
    renewed = status(page, "renewed")
    assert renewed["fromCache"] is False
    assert renewed["claims"]["emails"] == [ada]
    assert "newUser" not in renewed["claims"]

    page.click("#call")
    called = status(page, "called")
    assert called["fromCache"] is True
    assert called["scopes"] == [live.facts["api_scope"]]
    page.click("#refresh")
    refreshed = status(page, "refreshed")
    assert refreshed["fromCache"] is False
    assert refreshed["accessToken"] != called["accessToken"]

    page.click("#signout")
    status(page, "signed out")
    page.click("#signin")
    expect(page.locator("#password")).to_be_visible()


def test_the_profile_is_edited_without_signing_in_again(page: Page, stand: Stand) -> None:
    facts = stand.live.facts
    page.click("#signin")
    sign_in(page, facts["user"], facts["password"])
    status(page, "arrived")
    page.click("#edit")
    page.fill("#city", "Oslo")
    page.click("#continue")
    shown = status(page, "arrived")
    assert shown["claims"]["city"] == "Oslo"
    assert shown["claims"]["tfp"] == "B2C_1_edit"

    page.click("#edit")
    page.fill("#city", "Nowhere")
    page.click("#cancel")
    status(page, "cancelled")
    page.click("#edit")
    expect(page.locator("#city")).to_have_value("Oslo")


def test_a_forgotten_password_leads_by_the_error_to_the_other_flow(
    page: Page, stand: Stand
) -> None:
    live = stand.live
    grace = "grace@people.example"
    page.click("#signin")
    page.click("#createAccount")
    verify_address(page, live, grace)
    choose_password(page, PASSWORD)
    page.click("#continue")
    status(page, "arrived")
    page.click("#signout")
    status(page, "signed out")

    page.click("#signin")
    page.click("#forgotPassword")
    verify_address(page, live, grace)  # the application has sent the browser to the other flow
    page.click("#continue")
    choose_password(page, NEW_PASSWORD)
    page.click("#continue")
    shown = status(page, "arrived")
    assert shown["claims"]["tfp"] == "B2C_1_reset"
    assert shown["claims"]["emails"] == [grace]

    page.context.clear_cookies()
    page.click("#signin")
    sign_in(page, grace, PASSWORD)
    expect(page.locator("#password_error")).to_be_visible()
    page.fill("#password", NEW_PASSWORD)
    page.click("#next")
    status(page, "arrived")


def test_somebody_who_is_signed_out_is_not_renewed_silently(page: Page, stand: Stand) -> None:
    facts = stand.live.facts
    page.click("#signin")
    sign_in(page, facts["user"], facts["password"])
    status(page, "arrived")
    page.context.clear_cookies()
    page.click("#renew")
    failed = status(page, "failed")
    assert "AADB2C90077" in failed["message"]
