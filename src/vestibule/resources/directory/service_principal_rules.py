"""Rules of service principals and of the app roles that they are given.

Source: Microsoft Graph servicePrincipal and appRoleAssignment resources.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vestibule.errors import Conflict, Invalid, NotAllowed
from vestibule.ports import Binary, Constant, Member, Query, Row, Update
from vestibule.resources.directory.service_principals import (
    ASSIGNMENT,
    NO_ROLE,
    PRINCIPAL,
    assignment,
    roles_of,
    shared,
)
from vestibule.resources.permissions import GRAPH, ROLES
from vestibule.rules import Context, Decision, Rules


async def by_app_id(context: Context, record: str, app_id: str) -> Row | None:
    """A row of the tenant by its application id."""
    where = Binary("eq", Member("app_id"), Constant(app_id))
    found = await context.entities.find(Query(record, context.tenant, where=where, top=1))
    return found[0] if found else None


async def _create(context: Context, values: dict[str, Any]) -> Decision:
    application = await by_app_id(context, "application", values["appId"])
    if application is None:
        raise Invalid(
            f"The appId '{values['appId']}' is no application of this tenant.", target="appId"
        )
    if await by_app_id(context, "service_principal", application["app_id"]):
        raise Conflict(
            "The service principal cannot be created because the appId is already in use.",
            code="Request_MultipleObjectsWithSameKeyValue",
            target="appId",
        )
    # Whoever changes the application meanwhile changes this version, and we are refused.
    same = Update(
        "application",
        context.tenant,
        application["id"],
        {"display_name": application["display_name"]},
        expect=application["version"],
    )
    columns = {
        **shared(application),
        "app_id": application["app_id"],
        "application": application["id"],
        "created": context.now,
    }
    return Decision(columns=columns, also=(same,))


async def _delete(_context: Context, row: Row, _values: dict[str, Any]) -> Decision:
    if row["app_id"] == GRAPH:
        raise NotAllowed("Microsoft Graph's own service principal cannot be deleted.")
    return Decision()


async def _update(_context: Context, row: Row, values: dict[str, Any]) -> Decision:
    if row["app_id"] == GRAPH and values.get("accountEnabled") is False:
        raise NotAllowed("Microsoft Graph's own service principal cannot be disabled.")
    return Decision()


async def _assign(context: Context, values: dict[str, Any]) -> Decision:
    principal = context.parent
    assert principal is not None  # noqa: S101  # the set stands under a service principal
    if values["principalId"] != principal["id"].lower():
        raise Invalid(
            "principalId must be the id of the service principal in the path.",
            target="principalId",
        )
    resource = await context.entities.get("service_principal", context.tenant, values["resourceId"])
    if resource is None:
        raise Invalid(
            f"resourceId '{values['resourceId']}' is no service principal.", target="resourceId"
        )
    _check_role(resource, values["appRoleId"])
    columns = assignment(principal, resource, values["appRoleId"], context.now)
    return Decision(columns=columns)


def _check_role(resource: Row, role: str) -> None:
    defined: Iterable[Mapping[str, Any]] = roles_of(resource)
    usable = {one["id"] for one in defined if "Application" in one["allowedMemberTypes"]}
    if resource["app_id"] == GRAPH:
        usable = set(ROLES)
    if role not in usable and not (role == NO_ROLE and not usable):
        raise Invalid(
            f"Permission being assigned was not found on application: '{role}'.",
            target="appRoleId",
        )


RULES: dict[str, Rules] = {
    PRINCIPAL.name: Rules(create=_create, update=_update, delete=_delete),
    ASSIGNMENT.name: Rules(create=_assign),
}
