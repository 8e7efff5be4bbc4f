"""What hashes took is the system's again once nobody hashes."""

from __future__ import annotations

import subprocess
import sys

_MEGABYTES = 10  # half of what one hash takes; the process below says it again
_WAIT_S = 120  # for the process to do its four hashes and to rest, on a busy machine

# A process of its own, because one in which other tests ran may have memory to spare already.
_PROCESS = """
import asyncio, psutil
from vestibule.perform.passwords import Hasher

def resident():
    return psutil.Process().memory_info().rss / 1e6

async def main():
    hasher = Hasher(threads=2)
    before = resident()
    await asyncio.gather(*(hasher.hash("Correct-Horse-1") for _ in range(4)))
    print(resident() - before)
    for _ in range(200):
        await asyncio.sleep(0.05)
        if resident() - before < 10:
            break
    print(resident() - before)
    hasher.close()

asyncio.run(main())
"""


def test_the_memory_of_hashes_is_returned_in_a_pause() -> None:
    """Once every thread that had hashed kept its 19 MiB for good. While there is work it keeps
    them: fetching them for each hash would cost a third of it."""
    ran = subprocess.run(
        [sys.executable, "-c", _PROCESS],
        check=False,
        capture_output=True,
        text=True,
        timeout=_WAIT_S,
    )
    assert ran.returncode == 0, ran.stderr
    after_hashing, in_the_pause = (float(line) for line in ran.stdout.split())
    assert after_hashing > _MEGABYTES
    assert in_the_pause < _MEGABYTES
