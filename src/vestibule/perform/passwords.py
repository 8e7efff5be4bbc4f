"""Password hashes: argon2id in a bounded pool of threads that stand back for all others, so that
hashing never starves the rest.

Source: security.md 5 (OWASP's minimum: 19 MiB, two passes, one lane).
"""

from __future__ import annotations

import asyncio
import ctypes
import ipaddress
import os
import sys
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from vestibule.errors import TooMany

_T = TypeVar("_T")

_NICENESS = 10  # of the threads that hash: a ninth of an ordinary thread's claim

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # mallopt(3)
_KEPT, _GIVEN_BACK = 64 * 1024 * 1024, 128 * 1024  # bytes at the end of a thread's memory
_LARGEST = 32 * 1024 * 1024  # bytes; glibc takes no more
_IDLE_S = 1.0

LONGEST = 256  # characters; nothing longer is ever hashed

# Of a random text that nobody knows: checking against it takes as long as a real check.
_NOBODYS = "$58iqf4COdhRnSimhV7ufFw$FmTq7H/VbXIB9aiwaJKDlOa8whuQqu68S43HQvyqxvI"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hash takes, by default OWASP's minimum; less only where nothing is to be guarded."""

    memory_kib: int = 19456
    passes: int = 2


class Hasher:
    """`threads` hashes run at once and eight times as many wait; more are turned away.

    `share`: how much of that one asker (an address in the network; "": ourselves) may take, so
    that who sends passwords in crowds turns away nobody but itself; 1.0: all of it.
    """

    __slots__ = (
        "_askers",
        "_busy",
        "_hasher",
        "_most",
        "_most_of_one",
        "_nobodys",
        "_pool",
        "_rest",
        "_threads",
    )

    def __init__(
        self,
        *,
        threads: int,
        waiting: int | None = None,
        share: float = 1.0,
        cost: Cost = Cost(),
    ) -> None:
        _keep()
        memory, passes = cost.memory_kib, cost.passes
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory, parallelism=1)
        self._nobodys = f"$argon2id$v=19$m={memory},t={passes},p=1{_NOBODYS}"
        self._pool = ThreadPoolExecutor(
            threads, thread_name_prefix="argon2", initializer=_stand_back
        )
        self._most = threads + (8 * threads if waiting is None else waiting)
        self._most_of_one = max(1, int(self._most * share))
        self._busy = 0
        self._askers: Counter[str] = Counter()
        self._threads = threads
        self._rest: asyncio.TimerHandle | None = None

    def full(self, asker: str) -> bool:
        """The next hash for this asker would be turned away."""
        if self._busy >= self._most:
            return True
        return bool(asker) and self._askers[_network(asker)] >= self._most_of_one

    async def hash(self, password: str, *, asker: str = "") -> str:
        """The PHC string of a new password. Raises TooMany."""
        return await self._run(lambda: self._hasher.hash(_normal(password)), asker)

    async def verify(self, password_hash: str | None, password: str, *, asker: str = "") -> bool:
        """Whether it is the password. Without a hash it takes as long and is False.

        Raises TooMany.
        """
        stored = password_hash or self._nobodys
        right = await self._run(lambda: self._matches(stored, password), asker)
        return right and password_hash is not None

    def close(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, _normal(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], _T], asker: str) -> _T:
        if self.full(asker):
            raise TooMany("Too many passwords are being checked; try again.", retry_after_s=1)
        network = _network(asker)
        self._busy += 1
        self._askers[network] += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._busy -= 1
            self._askers[network] -= 1
            if not self._askers[network]:
                del self._askers[network]
            if not self._busy:
                self._rest_later()

    def _rest_later(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
        self._rest = asyncio.get_running_loop().call_later(_IDLE_S, self._give_back)

    def _give_back(self) -> None:
        """Nobody has hashed for a while: each thread returns what its hashes took."""
        if self._busy:
            return
        together = threading.Barrier(self._threads)  # so that no thread does it for another
        for _ in range(self._threads):
            self._pool.submit(_return_memory, together)


def _keep() -> None:
    """Have a thread keep the memory of a hash for the next one: taking 19 MiB anew from the system
    costs a third of a hash, and others wait for it too."""
    library = _glibc()
    if library is not None:
        library.mallopt(_MMAP_THRESHOLD, _LARGEST)
        library.mallopt(_TRIM_THRESHOLD, _KEPT)


def _return_memory(together: threading.Barrier) -> None:
    """Return the unused end of this thread's memory, which glibc does where something is freed."""
    with suppress(threading.BrokenBarrierError):
        together.wait(_IDLE_S)
    library = _glibc()
    if library is not None:
        library.mallopt(_TRIM_THRESHOLD, _GIVEN_BACK)
        library.free(library.malloc(2 * _GIVEN_BACK))
        library.mallopt(_TRIM_THRESHOLD, _KEPT)


@lru_cache(maxsize=1)
def _glibc() -> ctypes.CDLL | None:
    """The C library, where it is one whose memory can be told what to keep."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallopt"):  # another one than glibc
        return None
    library.malloc.restype = ctypes.c_void_p
    library.malloc.argtypes = [ctypes.c_size_t]
    library.free.argtypes = [ctypes.c_void_p]
    return library


def _stand_back() -> None:
    """Have this thread take what processor time the others leave: a hash lasts long anyway, and
    a token or a page that waits behind it would too. Only Linux tells threads apart here."""
    if sys.platform == "linux":
        with suppress(OSError):  # a sandbox may forbid it; then all are alike
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _network(address: str) -> str:
    """Who sits behind an address: of IPv6 its /64, which is one customer's."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network(f"{address}/64", strict=False))
    except ValueError:
        return address


def _normal(password: str) -> bytes:
    """One sequence of bytes however a keyboard composes accents (NIST SP 800-63B 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password[:LONGEST]).encode()
