"""Step 0005: what applications and users held as JSON becomes rows of its own.

As it was when that step was written: it knows nothing of the program as it is now.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid4, uuid5

import sqlalchemy as sa
from alembic import op

_BUILT_IN = {
    "jobTitle": "job_title",
    "streetAddress": "street_address",
    "postalCode": "postal_code",
    "city": "city",
    "state": "state",
    "country": "country",
}

# As they were when this was written: the ids by which grants are known from now on.
_GRAPH = "00000003-0000-0000-c000-000000000000"
_NAMES = UUID("b6a0e1f4-3c55-4d0c-8a57-5f7f0d6c2e11")
_ROLES = {
    "APIConnectors.Read.All": "b86848a7-d5b1-41eb-a9b4-54a4e6306e97",
    "APIConnectors.ReadWrite.All": "1dfe531a-24a6-4f1b-80f4-7a0dc5a0a171",
    "IdentityProvider.Read.All": "e321f0bb-e7f7-481e-bb28-e3b0b32d4bd0",
    "IdentityProvider.ReadWrite.All": "90db2b9a-d928-4d33-a4dd-8442ae3d41e4",
    "IdentityUserFlow.Read.All": "1b0c317f-dd31-4305-9932-259a8b6e8099",
    "IdentityUserFlow.ReadWrite.All": "65319a09-a2be-469d-8782-f6b07debf789",
}
_DIRECTORY_ROLES = {
    "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451": "Global Reader",
    "88d8e3e3-8f55-4a1e-953a-9b9898b8876b": "Directory Readers",
    "e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
    "6e591065-9bad-43ed-90f3-e9424366d2f0": "External ID User Flow Administrator",
    "0f971eea-41eb-4569-a71e-57bb8a3eff1e": "External ID User Flow Attribute Administrator",
    "be2f45a1-457d-42af-a067-6ec1fa63bc45": "External Identity Provider Administrator",
    "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
    "95e79109-95c0-4d8e-aee3-d01accf2d47b": "Guest Inviter",
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
    "158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
}


def move(moment: int) -> None:
    """Fill the new tables from the old columns. `moment`: epoch microseconds."""
    for name in ("app_roles", "identifier_uris", "required_resource_access", "tags"):
        column: sa.ColumnClause[Any] = sa.column(name)
        empty = sa.update(sa.table("application", column)).where(column.is_(None))
        op.get_bind().execute(empty.values({name: "[]"}))
    for tenant in _rows("tenant"):
        _fill(tenant["id"], moment)


def _rows(name: str, **where: Any) -> Iterator[Mapping[str, Any]]:
    """The rows of a table as it is in the database now."""
    table = sa.Table(name, sa.MetaData(), autoload_with=op.get_bind(), resolve_fks=False)
    query = sa.select(table).where(*(table.c[column] == value for column, value in where.items()))
    for row in op.get_bind().execute(query).mappings().all():
        yield dict(row)


def _insert(name: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        table = sa.Table(name, sa.MetaData(), autoload_with=op.get_bind(), resolve_fks=False)
        op.get_bind().execute(sa.insert(table), rows)


def _row(tenant: str, id: str, **values: Any) -> dict[str, Any]:
    return {"tenant": tenant, "key": id.casefold(), "id": id, "version": 1, **values}


def _fill(tenant: str, moment: int) -> None:
    roles = [_row(tenant, id, display_name=name) for id, name in _DIRECTORY_ROLES.items()]
    _insert("directory_role", roles)
    for user in _rows("user", tenant=tenant):
        _person(tenant, user)
    applications = list(_rows("application", tenant=tenant))
    graph = str(uuid4())
    principals = {_GRAPH: graph, "graph": graph}
    principals |= {row["app_id"]: row["service_principal"] for row in applications}
    made = [_graph(tenant, graph, moment)]
    _insert("service_principal", made + [_principal(tenant, row, moment) for row in applications])
    for row in applications:
        _granted(tenant, row, principals, moment)


def _person(tenant: str, user: Mapping[str, Any]) -> None:
    attributes = json.loads(user["attributes"] or "{}")
    moved = {column: attributes.pop(name, None) for name, column in _BUILT_IN.items()}
    names = ("tenant", "key", "other_mails", "business_phones", "attributes", *moved)
    table = sa.table("user", *(sa.column(name) for name in names))
    values = {
        **{column: value if value is None else str(value) for column, value in moved.items()},
        "attributes": json.dumps(attributes, separators=(",", ":")),
        "other_mails": user["other_mails"] or "[]",
        "business_phones": "[]",
    }
    change = sa.update(table).where(table.c.tenant == tenant, table.c.key == user["key"])
    op.get_bind().execute(change.values(values))
    held = [role for role in json.loads(user["roles"] or "[]") if role in _DIRECTORY_ROLES]
    of_user = {"member": user["id"], "member_key": user["key"], "member_folded": user["id"].lower()}
    _insert(
        "directory_role_member", [_row(tenant, user["id"], parent=role, **of_user) for role in held]
    )


def _graph(tenant: str, id: str, moment: int) -> dict[str, Any]:
    return _row(
        tenant,
        id,
        app_id=_GRAPH,
        app_id_folded=_GRAPH,
        application=None,
        application_key=None,
        display_name="Microsoft Graph",
        account_enabled=True,
        app_role_assignment_required=False,
        identifier_uris='["https://graph.microsoft.com"]',
        api=None,
        app_roles=None,
        tags="[]",
        created=moment,
    )


def _principal(tenant: str, application: Mapping[str, Any], moment: int) -> dict[str, Any]:
    return _row(
        tenant,
        application["service_principal"],
        app_id=application["app_id"],
        app_id_folded=application["app_id"].lower(),
        application=application["id"],
        application_key=application["key"],
        display_name=application["display_name"],
        account_enabled=application["account_enabled"],
        app_role_assignment_required=False,
        identifier_uris=application["identifier_uris"] or "[]",
        api=application["api"],
        app_roles=application["app_roles"] or "[]",
        tags="[]",
        created=moment,
    )


def _granted(
    tenant: str, application: Mapping[str, Any], principals: Mapping[str, str], moment: int
) -> None:
    principal, graph = application["service_principal"], principals[_GRAPH]
    assigned = [
        _row(
            tenant,
            str(uuid4()),
            parent=principal.casefold(),
            principal=principal,
            principal_folded=principal.lower(),
            principal_name=application["display_name"],
            resource=graph,
            resource_key=graph,
            resource_folded=graph,
            resource_name="Microsoft Graph",
            app_role=role,
            app_role_folded=role,
            created=moment,
        )
        for role in map(_role, json.loads(application["permissions"] or "[]"))
    ]
    _insert("app_role_assignment", assigned)
    for app_id, scopes in json.loads(application["delegations"] or "{}").items():
        if scopes and app_id in principals:
            _consented(tenant, principal, principals[app_id], scopes)


def _role(permission: str) -> str:
    return _ROLES.get(permission) or str(uuid5(_NAMES, f"role {permission}"))


def _consented(tenant: str, client: str, resource: str, scopes: list[str]) -> None:
    pair = hashlib.sha256(f"{client} {resource}".casefold().encode()).digest()
    id = urlsafe_b64encode(pair).decode().rstrip("=")
    row = _row(
        tenant,
        id,
        client=client,
        client_key=client.casefold(),
        resource=resource,
        resource_key=resource.casefold(),
        scope=" ".join(sorted(scopes)),
    )
    _insert("permission_grant", [row])
