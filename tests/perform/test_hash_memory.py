"""What hashes took is the system's again once nobody hashes."""

from __future__ import annotations

import asyncio

import psutil
import pytest

from vestibule.perform.passwords import Hasher

pytestmark = pytest.mark.anyio

_MEGABYTES = 10  # half of what one hash takes
_LOOKS = 200  # of 0.05 s


async def test_the_memory_of_hashes_is_returned_in_a_pause() -> None:
    """Once every thread that had hashed kept its 19 MiB for good. While there is work it keeps
    them: fetching them for each hash would cost a third of it."""
    hasher, process = Hasher(threads=2), psutil.Process()
    before = process.memory_info().rss
    await asyncio.gather(*(hasher.hash("Correct-Horse-1") for _ in range(4)))

    def grown() -> float:
        return (process.memory_info().rss - before) / 1e6

    assert grown() > _MEGABYTES
    for _ in range(_LOOKS):
        if grown() < _MEGABYTES:
            break
        await asyncio.sleep(0.05)
    hasher.close()
    assert grown() < _MEGABYTES
