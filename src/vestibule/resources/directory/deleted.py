"""The bin: deleted users stay for thirty days, and may come back or go for good.

Source: graph-surface 11.17; Microsoft Graph directory deletedItems.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from vestibule.errors import NotFound
from vestibule.ports import Binary, Change, Constant, Delete, Insert, Member, Query, Row
from vestibule.resources.directory.identities import identity, shown
from vestibule.resources.directory.protected import protect
from vestibule.resources.directory.users import RECORDS
from vestibule.rules import Context, Decision, Done

KEPT = timedelta(days=30)
_BIN = "deletedItems"
_COPIED = tuple(column.name for column in RECORDS[0].columns)


async def delete(context: Context, row: Row, _values: dict[str, Any]) -> Decision:
    """A user goes to the bin; what is in the bin goes for good."""
    if context.navigation == _BIN:
        return Decision(also=(Delete("deleted_user", context.tenant, row["id"]),))
    await protect(context, row)
    stored = await context.entities.find(Query("user_identity", context.tenant, parent=row["id"]))
    kept = {
        **{name: row[name] for name in _COPIED},
        "identities": shown(stored),
        "deleted": context.now,
    }
    return Decision(also=(Insert("deleted_user", context.tenant, row["id"], kept),))


async def restore(context: Context, row: Row | None, _values: dict[str, Any]) -> Done:
    """Back as it was, with its sign-in names; directory roles stay lost."""
    if row is None or context.navigation != _BIN:
        raise NotFound("Only what was deleted can be restored: use /directory/deletedItems.")
    tenant, id = context.tenant, row["id"]
    values = {name: row[name] for name in _COPIED}
    also: list[Change] = [
        Delete("deleted_user", tenant, id),
        Insert("user", tenant, id, values),
        *(
            identity(tenant, id, one["signInType"], one["issuer"], one["issuerAssignedId"])
            for one in row["identities"] or ()
        ),
    ]
    return Done({**values, "id": id, "parent": "", "version": 1}, tuple(also))


async def given(context: Context) -> list[Row]:
    """Everything that can still be restored, as rows of users."""
    where = Binary("gt", Member("deleted"), Constant(context.now - KEPT))
    return await context.entities.find(Query("deleted_user", context.tenant, where=where))


def expired(tenant: str, now: datetime) -> Query:
    """Which deleted users nobody can restore any more."""
    where = Binary("le", Member("deleted"), Constant(now - KEPT))
    return Query("deleted_user", tenant, where=where, top=100)
