"""The tenant as Graph shows it: its organization and its domain.

Source: graph-surface 11.17; Microsoft Graph organization and domain resources.
"""

from __future__ import annotations

from vestibule.edm.declare import (
    Access,
    Column,
    Complex,
    Declaration,
    Entity,
    EntitySet,
    Property,
    Record,
)
from vestibule.ports import Row
from vestibule.roles import DIRECTORY_READERS, GLOBAL_ADMINISTRATOR, GLOBAL_READER
from vestibule.rules import Context, Rules

RECORDS = (
    Record(
        "tenant",  # kept under tenant "", so that a domain is unique everywhere
        (
            Column("domain", nullable=False),
            Column("display_name"),
            Column("created", "datetime"),
            Column("kind"),  # workforce | b2c | external | mixed; null: mixed
        ),
        unique=(("domain",),),
    ),
)

READERS = (DIRECTORY_READERS, GLOBAL_READER, GLOBAL_ADMINISTRATOR)
_TENANT_TYPES = {"workforce": "AAD", "external": "CIAM"}
_VERBS = frozenset({"list", "get"})

_DOMAIN_OF_TENANT = Complex(
    "microsoft.graph.verifiedDomain",
    properties=(
        Property("name"),
        Property("capabilities"),
        Property("isDefault", "Edm.Boolean"),
        Property("isInitial", "Edm.Boolean"),
        Property("type"),
    ),
)
_ORGANIZATION = Entity(
    "microsoft.graph.organization",
    given=True,
    base="microsoft.graph.entity",
    properties=(
        Property("displayName", write="never"),
        Property("tenantType", write="never"),
        Property("createdDateTime", "Edm.DateTimeOffset", column="created", write="never"),
        Property(
            "verifiedDomains",
            f"Collection({_DOMAIN_OF_TENANT.name})",
            nullable=False,
            write="never",
            value=lambda row: [
                {
                    "name": row["domain"],
                    "capabilities": "",
                    "isDefault": True,
                    "isInitial": True,
                    "type": "Managed",
                }
            ],
        ),
    ),
)
_DOMAIN = Entity(
    "microsoft.graph.domain",
    given=True,
    base="microsoft.graph.entity",
    properties=(
        Property("authenticationType", nullable=False, write="never"),
        Property("isAdminManaged", "Edm.Boolean", nullable=False, write="never"),
        Property("isDefault", "Edm.Boolean", nullable=False, write="never"),
        Property("isInitial", "Edm.Boolean", nullable=False, write="never"),
        Property("isRoot", "Edm.Boolean", nullable=False, write="never"),
        Property("isVerified", "Edm.Boolean", nullable=False, write="never"),
        Property("supportedServices", "Collection(Edm.String)", nullable=False, write="never"),
    ),
)

TYPES: tuple[Declaration, ...] = (_DOMAIN_OF_TENANT, _ORGANIZATION, _DOMAIN)
SETS: tuple[EntitySet, ...] = (
    EntitySet(
        "organization",
        _ORGANIZATION.name,
        Access(
            read=("Organization.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"),
            read_roles=READERS,
        ),
        verbs=_VERBS,
    ),
    EntitySet(
        "domains",
        _DOMAIN.name,
        Access(
            read=("Domain.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"),
            read_roles=READERS,
        ),
        verbs=_VERBS,
    ),
)

# --------------------------------------------------------------------------- rules


async def domain_of(context: Context) -> str:
    """The domain of the caller's tenant."""
    tenant = await context.entities.get("tenant", "", context.tenant)
    return str(tenant["domain"]) if tenant else context.tenant


async def _organizations(context: Context) -> list[Row]:
    tenant = await context.entities.get("tenant", "", context.tenant)
    if tenant is None:
        return []
    return [{**tenant, "tenant_type": _TENANT_TYPES.get(tenant["kind"], "AAD B2C")}]


async def _domains(context: Context) -> list[Row]:
    return [
        {
            "id": await domain_of(context),
            "parent": "",
            "version": 1,
            "authentication_type": "Managed",
            "is_admin_managed": True,
            "is_default": True,
            "is_initial": True,
            "is_root": True,
            "is_verified": True,
            "supported_services": [],
        }
    ]


RULES: dict[str, Rules] = {
    _ORGANIZATION.name: Rules(given=_organizations),
    _DOMAIN.name: Rules(given=_domains),
}
