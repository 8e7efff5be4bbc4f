"""The checklist of what running a user flow means: one behaviour a row."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("checklist.csv")


@dataclass(frozen=True, slots=True)
class Row:
    """`kind`: C, as the real service is; S, stricter than it; E, for development. `source`: D,
    documented; O, observed; ?, unsure."""

    id: str
    behaviour: str
    kind: str
    source: str


@cache
def load() -> tuple[Row, ...]:
    """Every row, in the order of the file."""
    with FILE.open(encoding="utf-8", newline="") as lines:
        return tuple(Row(**line) for line in csv.DictReader(lines))
