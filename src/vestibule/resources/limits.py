"""How much the real service lets a tenant and an application ask of it.

Source: graph-surface 6.3 and 6.4 (Microsoft's pages on throttling).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from vestibule.edm.quota import Area, Asked, Payers, Quota

Size = Literal["small", "medium", "large"]
"""Of a tenant: under 50 users, under 500, and all others."""

_UNITS: Mapping[Size, int] = {"small": 3500, "medium": 5000, "large": 8000}
_FEW = 20  # entities on a page, below which it costs less
_DEAR = frozenset({"users", "applications"})
_NEW_USER = 4  # what a user of B2C costs beside the request


def areas(size: Size) -> tuple[Area, ...]:
    """Everything that is limited, for tenants of a size."""
    flows = (
        Quota("Tenant_Application/ReadWrite", ("application", "tenant"), 200, 60),
        Quota("Tenant/ReadWrite", ("tenant",), 300, 60),
    )
    units, writes = "ResourceUnitLimitExceeded", "WriteLimitExceeded"
    both: Payers = ("application", "tenant")
    directory = (
        Quota("Tenant_Application/ReadWrite", both, _UNITS[size], 10, reason=units),
        Quota("Tenant_Application/Write", both, 3000, 150, writes=True, reason=writes),
        Quota("Application/ReadWrite", ("application",), 150_000, 20, reason=units),
        Quota("Application/Write", ("application",), 70_000, 300, writes=True, reason=writes),
        Quota("Tenant/Write", ("tenant",), 18_000, 300, writes=True, reason=writes),
    )
    return (
        Area(frozenset({"identity", "identityproviders"}), flows),
        Area(frozenset({"users", "applications", "serviceprincipals"}), directory, _price),
    )


def _price(asked: Asked) -> int:
    """Resource units."""
    if asked.method == "GET":
        units = 2 if asked.whole and asked.set in _DEAR else 1
        units -= "select" in asked.options
        units += "expand" in asked.options
        units -= asked.top is not None and asked.top < _FEW
        return max(units, 1)
    return 1 + _NEW_USER if asked.method == "POST" and asked.whole and asked.set == "users" else 1
