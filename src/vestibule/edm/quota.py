"""The language in which limits are declared: areas of a service, what a request there costs, and
how much may be spent. `odata.throttle` counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Payers = tuple[Literal["tenant", "application"], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a price list sees it: names are folded, `options` bare."""

    method: str
    set: str  # the first segment of the path
    whole: bool  # the set itself, not something in it
    options: frozenset[str]
    top: int | None

    @property
    def write(self) -> bool:
        return self.method != "GET"


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `most` in any `window_s` seconds, for each of `per`.

    `name` and `reason` are what a refused caller is told; `writes`: only these count, and each
    counts one, whatever it costs.
    """

    name: str
    per: Payers
    most: int
    window_s: int
    writes: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """Entity sets and singletons whose requests are counted together. `price` None: each costs
    one, and nobody is told."""

    sets: frozenset[str]  # folded
    quotas: tuple[Quota, ...]
    price: Callable[[Asked], int] | None = None
