"""What every test may ask for: the event loop's kind, a private PostgreSQL, and three options."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster import Cluster
from preloaded import Preloaded, Starts

pytest.register_assert_rewrite("parity")  # proofs are functions that the tests there call

# Tests start the program some two hundred times: it is not to be compiled anew each time, and
# neither are the tests, even where the environment asks for that.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

_MEMORY = Path("/dev/shm")  # noqa: S108 - only as the parent of folders with names of their own
_ROOM = 4 * 2**30  # bytes; a run needs about a quarter of that


def _in_memory() -> bool:
    """Whether temporary files may be there: with room, and where programs can be started."""
    try:
        place = os.statvfs(_MEMORY)
    except OSError:  # not on Linux
        return False
    return not place.f_flag & os.ST_NOEXEC and place.f_bavail * place.f_frsize >= _ROOM


# Hundreds of small databases wait for a disk otherwise, longer than they are worked on. What is
# killed here are programs, never the machine, so no test depends on what is on the disk.
if "TMPDIR" not in os.environ and _in_memory():
    os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Tests that hold files against the program may be told to write them instead."""
    parser.addoption("--golden", action="store_true", help="write the golden files anew")
    parser.addoption("--witness", action="store_true", help="write COVERAGE.md and PARITY.md anew")
    parser.addoption("--screens", metavar="DIR", help="write a picture of every page into DIR")


def pytest_configure() -> None:
    """Programs are forked in tests, instead of imported anew by each process."""
    Starts.preloaded = Preloaded()


def pytest_unconfigure() -> None:
    """After every fixture, so that none is left that wants another program."""
    if Starts.preloaded is not None:
        Starts.preloaded.stop()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One for each worker of a parallel run, started on first use."""
    cluster = Cluster()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def postgres(cluster: Cluster) -> str:
    """The URL of a database that was empty when the tests began."""
    return cluster.database()
