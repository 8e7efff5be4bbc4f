"""Nobody becomes more than they are by way of a stronger application's credentials.

DIFFERS: Microsoft Graph lets whoever may write applications add a secret to any of them.
"""

from __future__ import annotations

from vestibule.errors import Forbidden
from vestibule.ports import Binary, Constant, Member, Query, Row
from vestibule.resources.directory.service_principals import NO_ROLE
from vestibule.resources.permissions import ROLES
from vestibule.roles import GLOBAL_ADMINISTRATOR
from vestibule.rules import Context

_ASSIGN = "AppRoleAssignment.ReadWrite.All"
"""Who holds it may give any role of the tenant's own applications, and so may borrow one."""


async def check_credentials(context: Context, application: Row) -> None:
    """Raises Forbidden where the application may do what the caller may not."""
    principal = context.principal
    if GLOBAL_ADMINISTRATOR in principal.roles:
        return
    # A person's scopes are what the program may do for them, not what they may do themselves.
    own = principal.permissions if principal.kind == "application" else frozenset()
    where = Binary("eq", Member("app_id"), Constant(application["app_id"]))
    found = await context.entities.find(Query("service_principal", context.tenant, where=where))
    for one in found:
        assigned = await context.entities.find(
            Query("app_role_assignment", context.tenant, parent=one["id"])
        )
        held = {
            ROLES.get(row["app_role"], _ASSIGN) for row in assigned if row["app_role"] != NO_ROLE
        }
        beyond = sorted(held - own)
        if beyond:
            raise Forbidden(
                "Insufficient privileges to complete the operation: the application holds "
                f"permissions that you do not, such as {beyond[0]}."
            )
