"""Microsoft's Graph SDK for Go: the seeds' examples and every resource's life.

Built once and run once. The first build compiles some thousand packages, for minutes; Go keeps
what it has built.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from interop.outside import finish, tell
from live import Live, environment

pytestmark = pytest.mark.interop
FOLDER = Path(__file__).parent / "go"
DECLARED = re.compile(r"^func (Test(?!Main)\w+)\(", re.MULTILINE)
TESTS = [
    name for file in sorted(FOLDER.glob("*_test.go")) for name in DECLARED.findall(file.read_text())
]
BUILD_S = 3000
RUN_S = 300


@pytest.fixture(scope="module")
def results(live: Live, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What was said of each test, its verdict at the end."""
    folder = tmp_path_factory.mktemp("go")
    program = folder / "suite"
    built = finish(
        ["go", "test", "-c", "-o", str(program), "."], FOLDER, environment(), within_s=BUILD_S
    )
    assert program.exists(), built
    # Not while it builds: the module proxy has another authority.
    env = tell(live, folder, SSL_CERT_FILE=live.ca_file)
    said = finish([str(program), "-test.v"], FOLDER, env, within_s=RUN_S)
    starts = re.split(r"^=== RUN +(Test\w+)$", said, flags=re.MULTILINE)
    return dict(zip(starts[1::2], starts[2::2], strict=True)) or {"": said}


@pytest.mark.parametrize("name", TESTS)
def test_go(results: dict[str, str], name: str) -> None:
    said = results.get(name, results.get("", "It did not run."))
    assert f"--- PASS: {name} " in said, said
