"""Pages as a server shows them, in light and dark, on a phone and on a desktop: axe finds nothing,
nothing sticks out, and `--screens DIR` takes a picture for a person to look at. All other states
are drawn by tests/web/test_web_screens.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx2
import pytest
from playwright.sync_api import Page, Route, expect

from chromium import faults
from live import Live
from stories.application import Application, endpoint
from stories.conftest import Inbox, Visits
from stories.visitor import (
    choose_password,
    enter_code,
    error,
    other,
    press,
    sign_in,
    start_sign_up,
    try_code,
)

SIZES = {"phone": (390, 844), "desktop": (1280, 800)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Scene:
    """What it takes to bring a page to a state."""

    page: Page
    live: Live
    application: Application
    admin: httpx2.Client
    inbox: Inbox
    ada: str

    def ask(self) -> None:
        self.page.goto(self.application.request(self.live).url)

    def code(self) -> str:
        return self.inbox.code(self.ada)

    def run(self) -> None:
        self.page.goto(f"{self.live.base}/run?tenant={self.live.facts['tenant']}&flow=B2C_1_susi")


def home(scene: Scene) -> None:
    scene.page.goto(f"{scene.live.base}/")


def inbox(scene: Scene) -> None:
    code_sent(scene)
    scene.page.goto(f"{scene.live.base}/inbox")
    scene.page.locator("summary").first.click()


def inbox_empty(scene: Scene) -> None:
    for message in scene.admin.get(scene.inbox.url).json()["value"]:
        assert scene.admin.delete(f"{scene.inbox.url}/{message['id']}").status_code == 204
    scene.page.goto(f"{scene.live.base}/inbox")
    expect(scene.page.get_by_text("No messages yet")).to_be_visible()


def viewer(scene: Scene) -> None:
    scene.run()
    sign_in(scene.page, scene.live.facts["user"], scene.live.facts["password"])
    scene.page.locator("#id_token").wait_for()


def viewer_empty(scene: Scene) -> None:
    scene.page.goto(f"{scene.live.base}/jwt")


def viewer_failed(scene: Scene) -> None:
    scene.run()
    scene.page.click("#forgotPassword")
    scene.page.locator("#error").wait_for()


def sign_in_empty(scene: Scene) -> None:
    scene.ask()


def sign_in_nothing_typed(scene: Scene) -> None:
    scene.ask()
    press(scene.page, "#next")


def sign_in_wrong_password(scene: Scene) -> None:
    scene.ask()
    sign_in(scene.page, scene.live.facts["user"], "Wrong-1")


def sign_in_busy(scene: Scene) -> None:
    def hold(_route: Route) -> None:
        """Never answered."""

    scene.ask()
    scene.page.route("**/SelfAsserted?**", hold)
    scene.page.fill("#email", scene.ada)
    scene.page.fill("#password", "Whatever-1")
    scene.page.click("#next")


def sign_up_empty(scene: Scene) -> None:
    scene.ask()
    scene.page.click("#createAccount")
    scene.page.locator("#email_ver_but_send").wait_for()


def sign_up_no_address(scene: Scene) -> None:
    sign_up_empty(scene)
    press(scene.page, "#email_ver_but_send")


def code_sent(scene: Scene) -> None:
    scene.ask()
    start_sign_up(scene.page, scene.ada)


def code_wrong(scene: Scene) -> None:
    code_sent(scene)
    try_code(scene.page, other(scene.code()))


def verified(scene: Scene) -> None:
    code_sent(scene)
    enter_code(scene.page, scene.code())


def password_half_right(scene: Scene) -> None:
    verified(scene)
    scene.page.fill("#newPassword", "abcdefgh")
    scene.page.locator("#account .reveal button").first.click()


def password_weak(scene: Scene) -> None:
    verified(scene)
    choose_password(scene.page, "password")


def account_exists(scene: Scene) -> None:
    bob = scene.live.facts["user"]
    scene.ask()
    start_sign_up(scene.page, bob)
    enter_code(scene.page, scene.inbox.code(bob))
    choose_password(scene.page)
    error(scene.page, "email").wait_for()


def fatal(scene: Scene) -> None:
    uri = "https://mallory.example/back"
    scene.page.goto(scene.application.request(scene.live, redirect_uri=uri).url)


def lost(scene: Scene) -> None:
    code_sent(scene)
    scene.page.context.clear_cookies()
    scene.page.reload()


def not_found(scene: Scene) -> None:
    scene.page.goto(f"{scene.live.base}/nowhere")


def signed_out(scene: Scene) -> None:
    scene.page.goto(endpoint(scene.live, "logout"))


SCENES: Mapping[str, Callable[[Scene], None]] = {
    scene.__name__: scene
    for scene in (
        home,
        inbox,
        inbox_empty,
        viewer,
        viewer_empty,
        viewer_failed,
        sign_in_empty,
        sign_in_nothing_typed,
        sign_in_wrong_password,
        sign_in_busy,
        sign_up_empty,
        sign_up_no_address,
        code_sent,
        code_wrong,
        verified,
        password_half_right,
        password_weak,
        account_exists,
        fatal,
        lost,
        not_found,
        signed_out,
    )
}


@pytest.fixture
def scene(
    visits: Visits,
    live: Live,
    application: Application,
    admin: httpx2.Client,
    inbox: Inbox,
    ada: str,
) -> Scene:
    visitor = visits(reduced_motion="reduce")
    return Scene(visitor.page, live, application, admin, inbox, ada)


@pytest.mark.parametrize("name", SCENES)
def test_a_page_is_finished_in_every_light_and_size(
    scene: Scene, request: pytest.FixtureRequest, name: str
) -> None:
    SCENES[name](scene)
    inspect(scene.page, name, request.config.getoption("--screens"))


def inspect(page: Page, name: str, folder: str | None) -> None:
    """In every light and size."""
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            if folder:
                path = Path(folder) / f"{name}-{scheme}-{size}.png"
                page.screenshot(path=path, full_page=True)
            assert faults(page) == ""
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.title()
