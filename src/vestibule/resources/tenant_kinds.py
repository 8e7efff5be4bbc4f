"""Which sets a tenant has, by what kind of directory it is.

Source: graph-surface 5.7, 11.2 and 13.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from vestibule.errors import Forbidden
from vestibule.tenancy import Kind, Tenant

_CALLED: Mapping[Kind, str] = {
    "b2c": "an Azure AD B2C directory",
    "workforce": "an Azure AD directory (non b2c)",
    "external": "a Microsoft Entra External ID directory",
}
SETS: Mapping[str, tuple[Kind, ...]] = {
    "identity/b2cUserFlows": ("b2c",),
    "identity/userFlows": ("b2c",),
    "trustFramework": ("b2c",),
    "identity/b2xUserFlows": ("workforce", "external"),
    "identity/authenticationEventsFlows": ("workforce", "external"),
}
"""The kinds that have a set; a mixed tenant has all. What is not named here, every kind has."""


def admission(
    find: Callable[[str], Awaitable[Tenant | None]],
) -> Callable[[str, Sequence[str]], Awaitable[None]]:
    """What refuses a set that a tenant does not have; `find` knows tenants by id."""
    table = {name.casefold(): kinds for name, kinds in SETS.items()}

    async def admit(tenant_id: str, names: Sequence[str]) -> None:
        """`names` are those along the path. Raises Forbidden in the service's words."""
        folded = [name.casefold() for name in names[:2]]
        kinds = table.get("/".join(folded)) or table.get(folded[0])
        tenant = await find(tenant_id) if kinds else None
        if kinds and tenant is not None and tenant.kind not in {"mixed", *kinds}:
            raise Forbidden(
                f"'{tenant.domain}' is {_CALLED[tenant.kind]}. Access to this Api can only be "
                f"made for {_CALLED[kinds[0]]}.",
                code="AADB2C",
            )

    return admit
