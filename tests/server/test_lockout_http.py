"""What smart lockout is for the people at the pages of a server (rows UF-20, UF-21)."""

from __future__ import annotations

from collections.abc import Iterator
from http.cookies import SimpleCookie
from uuid import uuid4

import httpx2
import pytest

from live import Live
from people import Page, look, press
from server.sites import PASSWORD, Site, code_of, of_development, sign_up

BROWSER = "__Host-vestibule-browser"
HALF_A_YEAR_S = 180 * 24 * 3600


@pytest.fixture(scope="module")
def site(live: Live) -> Site:
    return of_development(live)


@pytest.fixture
def ada() -> str:
    return f"ada-{uuid4().hex[:12]}@contoso.example"


@pytest.fixture
def home(site: Site, ada: str) -> Iterator[httpx2.Client]:
    """The browser in which Ada signed up and then signed in."""
    with site.http() as browser:
        sign_up(site, browser, ada)
        assert code_of(tried(site, browser, ada, PASSWORD))
        yield browser


def tried(site: Site, browser: httpx2.Client, name: str, password: str) -> str:
    """Where the application gets a code; what the page says if there is none."""
    page = look(browser, site.authorize(prompt="login"))
    shown = press(browser, page, "signin", signInName=name, password=password)
    return shown.text if isinstance(shown, Page) else shown


LOCKED = "Your account is temporarily locked"


def test_strangers_lock_out_strangers_and_not_ada_at_home(
    site: Site, home: httpx2.Client, ada: str
) -> None:
    with site.http() as elsewhere:
        page = look(elsewhere, site.authorize())
        for number in range(10):
            shown = press(elsewhere, page, "signin", signInName=ada, password=f"Guess-{number}")
            assert isinstance(shown, Page)
            assert "Your password is incorrect." in shown.text
            page = shown
        assert LOCKED in tried(site, elsewhere, ada, PASSWORD)
    assert code_of(tried(site, home, ada, PASSWORD))


def test_browser_is_known_for_half_a_year(site: Site, ada: str) -> None:
    cookies: list[str] = []
    with site.http() as browser:
        browser.event_hooks["response"].append(
            lambda answer: cookies.extend(answer.headers.get_list("set-cookie"))
        )
        sign_up(site, browser, ada)
    held = [SimpleCookie(line)[BROWSER] for line in cookies if line.startswith(BROWSER)]
    assert [cookie["max-age"] for cookie in held] == ["", str(HALF_A_YEAR_S)]
    assert len({cookie.value for cookie in held}) == 1
    assert all(cookie["secure"] and cookie["httponly"] for cookie in held)


@pytest.mark.parametrize(
    ("password", "says"),
    [
        (PASSWORD, "Your account has been locked. Contact your support person to unlock it"),
        ("Wrong-1", "Your password is incorrect."),
    ],
    ids=["who knows the password", "who does not"],
)
def test_disabled_account_is_told_so(
    site: Site, home: httpx2.Client, ada: str, password: str, says: str
) -> None:
    with site.graph() as graph:
        found = graph.get(
            "/v1.0/users",
            params={
                "$filter": "identities/any(c:c/issuerAssignedId eq "
                f"'{ada}' and c/issuer eq '{site.tenant}')"
            },
        ).json()["value"]
        [user] = found
        disabled = graph.patch(f"/v1.0/users/{user['id']}", json={"accountEnabled": False})
        assert disabled.status_code == 204, disabled.text
    assert says in tried(site, home, ada, password)
