"""Who holds a directory role, and who may touch them: nobody rises by way of another's account.

Source: Microsoft Graph, "Who can perform sensitive actions".
"""

from __future__ import annotations

from vestibule.errors import Forbidden
from vestibule.ports import Binary, Constant, Entities, Member, Query, Row
from vestibule.roles import GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR
from vestibule.rules import Context

_ABOVE = frozenset({GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR})
_PERMISSION = "RoleManagement.ReadWrite.Directory"


async def roles_of(entities: Entities, tenant: str, user: str) -> tuple[str, ...]:
    """The role template ids that a user holds."""
    where = Binary("eq", Member("member"), Constant(user))
    rows = await entities.find(Query("directory_role_member", tenant, where=where))
    return tuple(sorted(row["parent"] for row in rows))


async def protect(context: Context, user: Row) -> None:
    """Raises Forbidden unless the caller may do sensitive things to this user."""
    principal = context.principal
    above = principal.kind == "delegated" and not _ABOVE.isdisjoint(principal.roles)
    if above or (principal.kind == "application" and _PERMISSION in principal.permissions):
        return
    if await roles_of(context.entities, context.tenant, user["id"]):
        raise Forbidden(
            "Insufficient privileges to complete the operation: the user holds a directory role. "
            f"An application needs {_PERMISSION}, a person the role Global Administrator."
        )
