"""URLs that an administrator stores and that the server itself will call.

Every property that holds one is checked here when it is saved; the call judges it again.
Source: security 5 (SSRF).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from vestibule.errors import Invalid

Objection = Callable[[str], Awaitable[str | None]]
"""A URL → why the server may not call it, as the end of a sentence ("must be …"); None: it may."""


async def check(objection: Objection, values: Mapping[str, Any], *names: str) -> None:
    """Raises Invalid naming the first of these properties, of those given, that may not be
    called."""
    for name in names:
        if values.get(name) is not None and (why := await objection(values[name])):
            raise Invalid(f"{name} {why}.", target=name)
