"""Finding the tenant and the flow that a place names.

Where tenants come from is not known here: `Tenants` is what the rest asks of that.
"""

from __future__ import annotations

from typing import Protocol

from vestibule.errors import NotFound
from vestibule.oidc.faults import Fault
from vestibule.oidc.place import AUTHORIZE, Place
from vestibule.tenancy import SIGN_IN, Flow, Tenant


class Tenants(Protocol):
    """Configured tenants by id or domain, whatever the casing."""

    async def find(self, name: str) -> Tenant | None:
        """The tenant as last seen."""

    async def fresh(self, name: str) -> Tenant | None:
        """The tenant as stored now, for when something named is not in the one last seen."""


async def locate(place: Place, tenants: Tenants) -> tuple[Tenant, Flow | None]:
    """The tenant and the flow; None for the flow at the tenant's own authority.

    Raises Fault AADSTS90002 (no such tenant) and NotFound (no such flow).
    """
    tenant = await tenants.find(place.tenant) or await tenants.fresh(place.tenant)
    if tenant is None:
        raise Fault("AADSTS90002", tenant=place.tenant)
    if not place.policy:
        return tenant, None
    flow = tenant.flow(place.policy)
    if flow is None:
        tenant = await tenants.fresh(place.tenant) or tenant
        flow = tenant.flow(place.policy)
    if flow is None:
        raise NotFound(
            f"There is no user flow '{place.policy}' in tenant '{tenant.domain}'. "
            "Create it through /beta/identity/b2cUserFlows or correct the address."
        )
    if flow.kind == "b2x":  # runtime.md 8.5: no address names it
        raise NotFound(
            f"The user flow '{flow.id}' has no address of its own: it runs at the tenant's own,"
            f" /{tenant.domain}/{AUTHORIZE}, for the applications that are linked to it."
        )
    return tenant, flow


def own_flow(tenant: Tenant, client: str) -> Flow:
    """What an application's sign-ins go through at the tenant's own authority."""
    return tenant.flow_for(client) or SIGN_IN
