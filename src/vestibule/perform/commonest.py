"""The commonest passwords, which nobody may choose because everybody who guesses begins with them.

They ship as `commonest_passwords.bin`: sorted beginnings of SHA-256, five bytes each, of passwords
without case. The file is mapped, not read, and a look is a binary search in it. With so few bytes
one in seven million other passwords is refused too. `scripts/common-passwords` makes the file;
NOTICE tells its origin. Source: security.md 5; ASVS 5.0 6.2.4 and 6.2.12.
"""

from __future__ import annotations

import hashlib
import mmap
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import overload

WIDTH = 5  # bytes
FILE = Path(__file__).with_name("commonest_passwords.bin")


def mark(password: str) -> bytes:
    """What stands for a password in the file."""
    plain = unicodedata.normalize("NFKC", password).casefold()
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).digest()[:WIDTH]


def packed(passwords: Iterable[str]) -> bytes:
    """The file for these passwords."""
    return b"".join(sorted({mark(password) for password in passwords}))


def listed(file: Path = FILE) -> Callable[[str], bool]:
    """Whether a password is among the commonest; the file stays open for as long as it is asked."""
    with file.open("rb") as opened:
        marks = _Marks(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))

    def common(password: str) -> bool:
        wanted = mark(password)
        at = bisect_left(marks, wanted)
        return at < len(marks) and marks[at] == wanted

    return common


class _Marks(Sequence[bytes]):
    """The mapped file as what it is a sequence of."""

    __slots__ = ("_map",)

    def __init__(self, mapped: mmap.mmap) -> None:
        self._map = mapped

    def __len__(self) -> int:
        return len(self._map) // WIDTH

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        return self._map[index * WIDTH : (index + 1) * WIDTH]
