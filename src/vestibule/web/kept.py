"""Documents that change only with a tenant's configuration, kept as they are sent.

A snapshot of a tenant is never changed, only replaced; so what was made of one holds for as long
as it is the very same object.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import msgspec

from vestibule.tenancy import Tenant

_MOST = 256  # documents; callers choose the casing of addresses, and so how many there are


class Kept:
    """Encoded documents by what they are of."""

    __slots__ = ("_documents",)

    def __init__(self) -> None:
        self._documents: dict[Hashable, tuple[Tenant, bytes]] = {}

    def of(self, tenant: Tenant, key: Hashable, make: Callable[[], Mapping[str, Any]]) -> bytes:
        """The JSON of `make()`, made anew for another snapshot of the tenant. `key` names
        everything that the document depends on beside the tenant."""
        kept = self._documents.get(key)
        if kept is not None and kept[0] is tenant:
            return kept[1]
        document = msgspec.json.encode(make())
        if len(self._documents) >= _MOST:
            self._documents.clear()
        self._documents[key] = tenant, document
        return document
