"""Directory roles and who holds them: they decide what a person may do through an application.

Source: graph-surface 9.2; Microsoft Graph directoryRole resource. A role's id is that of its
template here, so that one found in the documentation can be addressed at once.
"""

from __future__ import annotations

from typing import Any

from vestibule.edm.declare import (
    Access,
    Column,
    Declaration,
    Entity,
    EntitySet,
    Link,
    Navigation,
    Property,
    Record,
    Reference,
)
from vestibule.errors import Forbidden, Invalid
from vestibule.ports import Change, Insert, Row
from vestibule.resources.directory.organization import READERS
from vestibule.resources.directory.users import USER
from vestibule.roles import GLOBAL_ADMINISTRATOR, NAMES, PRIVILEGED_ROLE_ADMINISTRATOR
from vestibule.rules import Context, Decision, Rules

RECORDS = (
    Record("directory_role", (Column("display_name", nullable=False),)),  # id: template id
    Record(
        "directory_role_member",  # id: the user's
        (Column("member", nullable=False),),
        parent="directory_role",
        indexes=(("member",),),
        references=(Reference("member", "user", on_delete="cascade"),),
    ),
)

_WRITERS = (PRIVILEGED_ROLE_ADMINISTRATOR, GLOBAL_ADMINISTRATOR)
_ACCESS = Access(
    read=(
        "RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory",
        "Directory.Read.All", "Directory.ReadWrite.All",
    ),
    write=("RoleManagement.ReadWrite.Directory",),
    read_roles=(*READERS, PRIVILEGED_ROLE_ADMINISTRATOR),
    write_roles=_WRITERS,
)  # fmt: skip
_ROLE = Entity(
    "microsoft.graph.directoryRole",
    record="directory_role",
    base="microsoft.graph.entity",
    alternate_keys=("roleTemplateId",),
    properties=(
        Property("displayName", write="never"),
        Property("description", write="never", value=lambda row: row["display_name"]),
        Property("roleTemplateId", column="id", required=True, write="create", max_length=64),
    ),
    navigations=(
        Navigation(
            "members",
            USER.name,
            link=Link("directory_role_member", "member"),
            names=("users", "directoryObjects"),
            verbs=frozenset({"list", "get"}),
        ),
    ),
)

TYPES: tuple[Declaration, ...] = (_ROLE,)
SETS: tuple[EntitySet, ...] = (
    EntitySet("directoryRoles", _ROLE.name, _ACCESS, verbs=frozenset({"list", "get", "create"})),
)


def rows(tenant: str) -> list[Change]:
    """The roles of a new tenant."""
    return [
        Insert("directory_role", tenant, id, {"display_name": name}) for name, id in NAMES.items()
    ]


async def _create(_context: Context, values: dict[str, Any]) -> Decision:
    """Activate a role that the tenant does not have yet."""
    id = values["roleTemplateId"].lower()
    name = next((name for name, known in NAMES.items() if known == id), None)
    if name is None:
        raise Invalid(
            f"There is no role template '{id}'. Use one of {', '.join(sorted(NAMES.values()))}.",
            target="roleTemplateId",
        )
    return Decision(id=id, columns={"display_name": name})


async def _relate(context: Context, row: Row, _navigation: str, _target: Row) -> tuple[Change, ...]:
    """Only a Global Administrator makes another one."""
    principal = context.principal
    own = principal.kind == "application" or GLOBAL_ADMINISTRATOR in principal.roles
    if row["id"] == GLOBAL_ADMINISTRATOR and not own:
        raise Forbidden(
            "Insufficient privileges to complete the operation: only a Global Administrator adds "
            "or removes one."
        )
    return ()


RULES: dict[str, Rules] = {_ROLE.name: Rules(create=_create, relate=_relate, unrelate=_relate)}
