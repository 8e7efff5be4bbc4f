"""Time and chance, handed to whoever needs them. Nothing else in the package asks for either."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


class World(Protocol):
    """What the outside decides: the hour and the dice."""

    def now(self) -> datetime:
        """The present, UTC and aware. Ask once for each request and pass the answer on."""

    def secret(self, n_bytes: int = 32) -> str:
        """An unguessable text, URL-safe; 256 bits unless told otherwise."""

    def digits(self, length: int) -> str:
        """An unguessable decimal code of `length` digits, zeros included."""

    def guid(self) -> str:
        """A random identifier, lower case with hyphens."""


class SystemWorld:
    """The real world, with a clock that may be moved (development only).

    `moved` is told every new distance from the machine's clock.
    """

    __slots__ = ("_moved", "_offset")

    def __init__(self, moved: Callable[[timedelta], None] | None = None) -> None:
        self._offset = timedelta()
        self._moved = moved

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def secret(self, n_bytes: int = 32) -> str:
        return secrets.token_urlsafe(n_bytes)

    def digits(self, length: int) -> str:
        return f"{secrets.randbelow(10**length):0{length}d}"

    def guid(self) -> str:
        """As `uuid.uuid4` draws it (RFC 9562 section 5.4), in a third of its time."""
        drawn = secrets.token_hex(16)
        variant = _VARIANT[drawn[16]]
        return f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-{variant}{drawn[17:20]}-{drawn[20:]}"

    @property
    def offset(self) -> timedelta:
        """How far the virtual clock is ahead of the machine's."""
        return self._offset

    def move(self, offset: timedelta) -> None:
        """Set the distance between this clock and the machine's."""
        self._offset = offset
        if self._moved is not None:
            self._moved(offset)
