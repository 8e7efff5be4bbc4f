"""One server and one application for a worker's stories, and a browser for each module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser

from chromium import chromium, trusting
from live import Live, running
from stories.application import Application, Request, listening
from stories.visitor import Visitor

_numbers = count(1)


@pytest.fixture(scope="session")
def application() -> Iterator[Application]:
    with listening() as application:
        yield application


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory, application: Application) -> Iterator[Live]:
    with running(tmp_path_factory.mktemp("dev"), "--redirect-uri", application.uri) as server:
        yield server


@pytest.fixture(scope="module")
def browser(live: Live) -> Iterator[Browser]:
    """For a module, not the session: while Playwright runs, its thread can run no other event
    loop, and the worker's next module may need one."""
    with chromium(trusting(live.data_dir / "tls.pem")) as browser:
        yield browser


@pytest.fixture(scope="session")
def admin(live: Live) -> Iterator[httpx2.Client]:
    """Holds every application permission."""
    with live.administrator() as client:
        yield client


Visits = Callable[..., Visitor]


@pytest.fixture
def visits(live: Live, application: Application, browser: Browser) -> Iterator[Visits]:
    """Makes visitors, each with a new browser profile; afterwards nothing went wrong in any."""
    made: list[Visitor] = []
    with ExitStack() as stack:

        def visit(*, expects: tuple[str, ...] = (), **options: Any) -> Visitor:
            context = browser.new_context(**options)
            context.set_default_timeout(10_000)
            stack.callback(context.close)
            made.append(Visitor(context, (live.base, application.origin), expects))
            return made[-1]

        yield visit
    assert [fault for visitor in made for fault in visitor.faults] == []


@pytest.fixture
def visitor(visits: Visits) -> Visitor:
    return visits()


@pytest.fixture
def asked(live: Live, application: Application) -> Request:
    """An ordinary request of the application."""
    return application.request(live)


@pytest.fixture
def ada() -> str:
    """An address of somebody who has no account yet."""
    return f"ada-{next(_numbers)}@contoso.example"


@dataclass(frozen=True, slots=True)
class Inbox:
    """The development inbox, as a program reads it."""

    admin: httpx2.Client
    url: str

    def codes(self, address: str) -> list[str]:
        """Every code sent to an address, oldest first; waits for the first one."""
        query = {"$filter": f"to eq '{address}'", "$orderby": "createdDateTime", "wait": "10"}
        listed = self.admin.get(self.url, params=query)
        assert listed.status_code == 200, listed.text
        return [message["code"] for message in listed.json()["value"]]

    def code(self, address: str) -> str:
        """The newest one."""
        return self.codes(address)[-1]


@pytest.fixture
def inbox(live: Live, admin: httpx2.Client) -> Inbox:
    return Inbox(admin, live.facts["inbox_url"])


@pytest.fixture
def advance(admin: httpx2.Client) -> Iterator[Callable[[int], None]]:
    """Moves the server's clock forward by seconds; it is set right afterwards."""

    def move(**body: Any) -> None:
        moved = admin.post("/vestibule/v1/clock", json=body)
        assert moved.status_code == 200, moved.text

    yield lambda seconds: move(advanceSeconds=seconds)
    move(reset=True)
