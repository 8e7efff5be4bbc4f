"""The signing keys of a snapshot, and when another one is to be the first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from vestibule.ports import Row
from vestibule.resources.keys import ring
from vestibule.tenancy import SigningKey


def signing_keys(rows: Sequence[Row], now: datetime) -> tuple[SigningKey, ...]:
    """First the one that signs, then the next; the others only verify."""
    keys = ring(rows, now)
    return tuple(
        SigningKey(row["id"], row["algorithm"], row["pem"], row["not_before"])
        for row in (keys.active, keys.next, *keys.retired)
        if row is not None
    )


def takes_over(keys: Sequence[SigningKey], now: datetime) -> bool:
    """Whether the time of a key has come that is not the first yet."""
    first, *others = keys or (None,)
    return first is not None and any(
        first.not_before < key.not_before <= now.timestamp() for key in others
    )
