"""A server with a recorder in front; what a whole run shows becomes PARITY.md."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache

import httpx2
import pytest

from live import environment, start
from parity.checklist import Row, load
from parity.place import Place
from parity.recorder import Recorder, Seen
from parity.report import FILE, written

STRICT = {
    "VESTIBULE_HIDE_ACCOUNT_EXISTENCE": "true",
    "VESTIBULE_PKCE_CONFIDENTIAL": "required",
    "VESTIBULE_PKCE_PLAIN": "false",
    "VESTIBULE_AUTHORIZATION_CODE_LIFETIME_S": "300",
    "VESTIBULE_LOGOUT_ANYWHERE": "false",
    "VESTIBULE_EGRESS_LOOPBACK": "false",
    "VESTIBULE_USERINFO": "true",
    "VESTIBULE_THROTTLING": "true",
    "VESTIBULE_REQUESTS_FROM_AN_IP_IN_FIVE_MINUTES": "250",  # not 6,000, to be there sooner
    "VESTIBULE_MOST_USER_FLOWS": "25",  # not 200
    "VESTIBULE_MOST_API_CONNECTORS": "20",
    "VESTIBULE_MOST_REDIRECT_URIS": "100",
}
"""What `vestibule serve` does where `vestibule dev` does as B2C, or has no limits."""
STATES = pytest.StashKey[dict[Row, str]]()


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    seen: list[Seen] = []
    with ExitStack() as stack:

        def made(name: str, **variables: str) -> Place:
            server = start(tmp_path_factory.mktemp(name), env=environment(**variables))
            stack.callback(server.stop)
            recorder = Recorder(httpx2.HTTPTransport(verify=server.trust()), seen)
            stack.callback(recorder.end)
            graph = stack.enter_context(server.administrator())
            return Place(server, recorder, graph, strict)

        @cache
        def strict() -> Place:
            return made("strict", **STRICT)

        yield made("dev")


@pytest.fixture
def states(pytestconfig: pytest.Config) -> dict[Row, str] | None:
    """Where states are gathered to be written; None when they are compared."""
    if not pytestconfig.getoption("--witness"):
        return None
    return pytestconfig.stash.setdefault(STATES, {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the file."""
    found = terminalreporter.config.stash.get(STATES, None)
    if found is not None and len(found) == len(load()):
        FILE.write_text(written({row: found[row] for row in load()}), encoding="utf-8")
        terminalreporter.write_line(f"{FILE.name} is written.")
