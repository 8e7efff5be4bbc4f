"""Which applications a b2x user flow serves, as own resource: what Graph stores as listeners.

An application has one flow at most, which the store sees to (`listeners`).
Source: design own-api; runtime.md 8.5.
"""

from __future__ import annotations

from vestibule.edm.declare import Declaration, Entity, Property
from vestibule.errors import Conflict, Invalid, NotFound
from vestibule.ports import Binary, Change, Constant, Delete, Insert, Member, Query, Row, Update
from vestibule.resources.listeners import LISTENER, SERVED
from vestibule.resources.own_user_flows import APPLICATION
from vestibule.rules import Context, Rules

_USUAL_PRIORITY = 500
_APPLICATION = Entity(
    APPLICATION,
    given=True,
    key="appId",
    properties=(Property("appId", nullable=False, write="never"),),
)
TYPES: tuple[Declaration, ...] = (_APPLICATION,)


async def _given(context: Context) -> list[Row]:
    """The applications of the flow at hand; a b2c flow is named in addresses and serves all."""
    flow = context.parents[0]
    served = [
        row
        for listener in await _listeners(context, flow)
        for row in await context.entities.find(Query(SERVED, context.tenant, parent=listener["id"]))
    ]
    return sorted(served, key=lambda row: row["id"].casefold())


async def _listeners(context: Context, flow: Row) -> list[Row]:
    of_flow = Binary("eq", Member("user_flow"), Constant(flow["id"]))
    return await context.entities.find(Query(LISTENER, context.tenant, where=of_flow))


async def relate(context: Context, flow: Row, _navigation: str, target: Row) -> tuple[Change, ...]:
    """Let the flow serve an application, named by its client id or object id.

    Raises NotFound for an unknown one, Conflict for one with another flow.
    """
    if flow["kind"] != "b2x":
        raise Invalid(
            f"'{flow['id']}' is named by applications in their requests and serves any of them; "
            "only a B2X flow is given applications."
        )
    application = await _application(context, target["id"])
    here = await _listeners(context, flow)
    taken = Binary("eq", Member("application"), Constant(application["id"]))
    for link in await context.entities.find(Query(SERVED, context.tenant, where=taken)):
        if any(link["parent"] == listener["id"] for listener in here):
            return ()
        raise Conflict(
            f"The application '{application['app_id']}' has a user flow already; an application "
            "has one at most.",
            target="@odata.id",
        )
    tenant, first = context.tenant, here[0] if here else None
    id = first["id"] if first else context.world.guid()
    priority = first["priority"] if first else _USUAL_PRIORITY
    columns = {"priority": priority, "user_flow": flow["id"]}
    # The listener's version rises, so that nobody takes it for empty meanwhile.
    listener: Change = (
        Update(LISTENER, tenant, id, columns) if first else Insert(LISTENER, tenant, id, columns)
    )
    served = {"application": application["id"]}
    return (listener, Insert(SERVED, tenant, application["app_id"], served, id))


async def _application(context: Context, name: str) -> Row:
    where = Binary("eq", Member("app_id"), Constant(name))
    found = await context.entities.find(Query("application", context.tenant, where=where))
    row = found[0] if found else await context.entities.get("application", context.tenant, name)
    if row is None:
        raise NotFound(
            f"There is no application with the client id or object id '{name}'.",
            target="@odata.id",
        )
    return row


async def unrelate(
    context: Context, _flow: Row, _navigation: str, target: Row
) -> tuple[Change, ...]:
    """Take an application from the flow, and the listener that was there for it alone."""
    tenant, parent = context.tenant, target["parent"]
    gone = Delete(SERVED, tenant, target["id"], parent)
    listener = await context.entities.get(LISTENER, tenant, parent)
    others = await context.entities.count(Query(SERVED, tenant, parent=parent))
    if listener is None or others > 1:
        return (gone,)
    return (gone, Delete(LISTENER, tenant, parent, expect=listener["version"]))


RULES: dict[str, Rules] = {APPLICATION: Rules(given=_given)}
