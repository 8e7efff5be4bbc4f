"""Applications that the operator of a machine registers, with all that they are granted.

They are brought up to date, not made anew: what else was granted to one stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vestibule.ports import (
    Binary,
    Change,
    Constant,
    Entities,
    Insert,
    Member,
    Query,
    Row,
    Update,
)
from vestibule.resources.directory import grants, service_principals
from vestibule.resources.permissions import GRAPH, role_of
from vestibule.world import World

_LISTS = ("app_roles", "identifier_uris", "required_resource_access", "tags")
"""Columns of an application that are never null."""


@dataclass(frozen=True, slots=True)
class Registration:
    """`columns` of the application; `permissions` on Microsoft Graph; `delegations`: scopes that
    everybody has consented to, by the app id of what exposes them."""

    columns: Mapping[str, Any]
    permissions: Sequence[str] = ()
    delegations: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def app_id(self) -> str:
        return str(self.columns["app_id"])


async def missing(
    entities: Entities, world: World, tenant: str, wanted: Sequence[Registration]
) -> list[Change]:
    """What has to be written so that everything wanted is there."""
    principals = {
        row["app_id"]: row for row in await entities.find(Query("service_principal", tenant))
    }
    changes: list[Change] = []
    for one in wanted:
        changes += await _application(entities, world, tenant, one, principals)
        if one.app_id not in principals:
            made = service_principals.of_application(
                tenant, world.guid(), {**one.columns, "id": one.app_id}, world.now()
            )
            principals[one.app_id] = {**made.values, "id": made.id}
            changes.append(made)
    for one in wanted:
        changes += await _roles(entities, world, tenant, one, principals)
        changes += await _scopes(entities, tenant, one, principals)
    return changes


async def _application(
    entities: Entities,
    world: World,
    tenant: str,
    wanted: Registration,
    principals: Mapping[str, Row],
) -> list[Change]:
    """Its id is its application id, so that it is known beforehand."""
    found = await entities.get("application", tenant, wanted.app_id)
    if found is None:
        columns = {**{key: [] for key in _LISTS}, **wanted.columns, "created": world.now()}
        return [Insert("application", tenant, wanted.app_id, columns)]
    if all(found.get(name) == value for name, value in wanted.columns.items()):
        return []
    changes: list[Change] = [Update("application", tenant, wanted.app_id, wanted.columns)]
    if wanted.app_id in principals:
        shown = service_principals.shared({**found, **wanted.columns})
        id = principals[wanted.app_id]["id"]
        changes.append(Update("service_principal", tenant, id, shown))
    return changes


async def _roles(
    entities: Entities,
    world: World,
    tenant: str,
    wanted: Registration,
    principals: Mapping[str, Row],
) -> list[Change]:
    principal, graph = principals[wanted.app_id], principals[GRAPH]
    where = Binary("eq", Member("resource"), Constant(graph["id"]))
    query = Query("app_role_assignment", tenant, parent=principal["id"], where=where)
    held = {row["app_role"] for row in await entities.find(query)}
    return [
        Insert(
            "app_role_assignment",
            tenant,
            world.guid(),
            service_principals.assignment(principal, graph, role, world.now()),
            principal["id"],
        )
        for role in map(role_of, wanted.permissions)
        if role not in held
    ]


async def _scopes(
    entities: Entities, tenant: str, wanted: Registration, principals: Mapping[str, Row]
) -> list[Change]:
    changes: list[Change] = []
    for resource, scopes in wanted.delegations.items():
        pair = principals[wanted.app_id]["id"], principals[resource]["id"]
        found = await entities.get("permission_grant", tenant, grants.id_of(*pair))
        if found is None:
            changes.append(grants.grant(tenant, *pair, scopes))
        elif lacking := set(scopes) - set(found["scope"].split()):
            text = " ".join(sorted({*found["scope"].split(), *lacking}))
            changes.append(Update("permission_grant", tenant, found["id"], {"scope": text}))
    return changes
