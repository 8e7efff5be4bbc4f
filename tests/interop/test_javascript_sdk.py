"""Microsoft's Graph client for JavaScript: the seeds' examples and every resource's life."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from interop.outside import tell
from live import Live

HERE = Path(__file__).parent
SUITES = sorted((HERE / "javascript").glob("*.test.mjs"))
LIMIT_S = 120


@pytest.mark.parametrize("suite", SUITES, ids=lambda file: file.name.removesuffix(".test.mjs"))
def test_javascript(
    live: Live, node: str, suite: Path, tmp_path: Path, record_property: Callable[[str, int], None]
) -> None:
    done = subprocess.run(
        [node, "--test-reporter=tap", str(suite)],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
        env=tell(live, tmp_path, NODE_EXTRA_CA_CERTS=live.ca_file),
    )
    passed = re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)
    record_property("tests", int(passed[1]) if passed else 0)
    assert done.returncode == 0, done.stdout + done.stderr
