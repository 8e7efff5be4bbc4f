"""What a hash takes while it runs is the system's again afterwards."""

from __future__ import annotations

import psutil
import pytest

from vestibule.perform.passwords import Hasher

pytestmark = pytest.mark.anyio

_MEGABYTES = 10  # half of what one hash takes


async def test_the_memory_of_a_hash_is_not_kept() -> None:
    """Once every thread that had hashed kept its 19 MiB for good."""
    hasher, process = Hasher(threads=1), psutil.Process()
    before = process.memory_info().rss
    for _ in range(3):
        await hasher.hash("Correct-Horse-1")
    grown = process.memory_info().rss - before
    hasher.close()
    assert grown < _MEGABYTES * 1e6
