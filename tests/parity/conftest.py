"""A server with a recorder in front; what a whole run shows becomes PARITY.md."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from live import Live, running
from parity.checklist import Row, load
from parity.place import Place
from parity.recorder import Recorder
from parity.report import FILE, written

STATES = pytest.StashKey[dict[Row, str]]()


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(tmp_path_factory.mktemp("dev")) as server:
        yield server


@pytest.fixture(scope="session")
def place(live: Live) -> Iterator[Place]:
    recorder = Recorder(httpx2.HTTPTransport(verify=live.trust()))
    with live.administrator() as graph:
        yield Place(live, recorder, graph)
    recorder.end()


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
