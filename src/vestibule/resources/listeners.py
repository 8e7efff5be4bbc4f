"""Which applications a b2x user flow serves: the listeners of identity/events/onSignupStart.

Source: graph-surface 11.16; runtime 8.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vestibule.edm.declare import (
    Access,
    Column,
    Complex,
    Declaration,
    Entity,
    Link,
    Navigation,
    Property,
    Record,
    Reference,
)
from vestibule.errors import Conflict, Invalid
from vestibule.ports import Binary, Change, Constant, Delete, Insert, Member, Query, Row, Update
from vestibule.roles import GLOBAL_ADMINISTRATOR, USER_FLOW_ADMINISTRATOR
from vestibule.rules import Context, Decision, Rules

LISTENER, SERVED = "sign_up_listener", "sign_up_listener_application"
RECORDS = (
    Record(
        LISTENER,
        (Column("priority", "integer", nullable=False), Column("user_flow", nullable=False)),
        references=(Reference("user_flow", "user_flow", on_delete="cascade"),),
        configuration=True,
    ),
    Record(
        SERVED,  # id: the application's client id
        (Column("application", nullable=False),),  # its object id
        parent=LISTENER,
        unique=(("application",),),  # an application has one flow at most (runtime 8.5)
        references=(Reference("application", "application", on_delete="cascade"),),
        configuration=True,
    ),
)

_ROLES = (USER_FLOW_ADMINISTRATOR, GLOBAL_ADMINISTRATOR)
_ACCESS = Access(
    read=("IdentityUserFlow.Read.All", "IdentityUserFlow.ReadWrite.All"),
    write=("IdentityUserFlow.ReadWrite.All",),
    read_roles=_ROLES,
    write_roles=_ROLES,
)

_FILTER = Complex(
    "microsoft.graph.authenticationSourceFilter",
    properties=(Property("includeApplications", "Collection(Edm.String)", required=True),),
)
_BASE = Entity(
    "microsoft.graph.authenticationListener",
    base="microsoft.graph.entity",
    abstract=True,
    given=True,
    properties=(
        Property("priority", "Edm.Int32", minimum=0, maximum=1000, default=500),
        Property("sourceFilter", _FILTER.name, required=True),
    ),
)
_INVOKE = Entity(
    "microsoft.graph.invokeUserFlowListener",
    base=_BASE.name,
    navigations=(
        Navigation(
            "userFlow",
            "microsoft.graph.b2xIdentityUserFlow",
            collection=False,
            link=Link("", "user_flow"),
            names=("b2xUserFlows",),
            given_in_create=True,
            required=True,
            verbs=frozenset({"get"}),
        ),
    ),
)
_POLICY = Entity(
    "microsoft.graph.authenticationEventsPolicy",
    base="microsoft.graph.entity",
    given=True,
    navigations=(
        Navigation(
            "onSignupStart",
            _BASE.name,
            contained=True,
            verbs=frozenset({"list", "get", "create", "put", "delete"}),
        ),
    ),
)
TYPES: dict[str, tuple[Declaration, ...]] = {
    "v1.0": (),
    "beta": (_FILTER, _BASE, _INVOKE, _POLICY),
}
_EVENTS = Navigation(
    "events",
    _POLICY.name,
    collection=False,
    contained=True,
    verbs=frozenset({"get"}),
    access=_ACCESS,
)
IDENTITY: dict[str, tuple[Navigation, ...]] = {"v1.0": (), "beta": (_EVENTS,)}

# --------------------------------------------------------------------------- rules


async def _policy(_context: Context) -> list[Row]:
    return [{"id": "events", "parent": "", "version": 1}]


async def _listeners(context: Context) -> list[Row]:
    served: dict[str, list[str]] = {}
    for row in await context.entities.find(Query(SERVED, context.tenant)):
        served.setdefault(row["parent"], []).append(row["id"])
    return [
        {**row, "source_filter": {"includeApplications": served.get(row["id"], [])}}
        for row in await context.entities.find(Query(LISTENER, context.tenant))
    ]


async def _create(context: Context, values: dict[str, Any]) -> Decision:
    id = context.world.guid()
    columns = {"priority": values["priority"], "user_flow": values["userFlow"]}
    also: list[Change] = [Insert(LISTENER, context.tenant, id, columns)]
    return Decision(id=id, also=(*also, *await _serving(context, id, values)))


async def _put(context: Context, id: str, row: Row | None, values: dict[str, Any]) -> Decision:
    columns = {"priority": values["priority"], "user_flow": values["userFlow"]}
    if row is None:
        raise Invalid(f"There is no listener '{id}'; POST creates one.", target="id")
    old: Sequence[str] = row["source_filter"]["includeApplications"]
    also: list[Change] = [Update(LISTENER, context.tenant, id, columns)]
    also += [Delete(SERVED, context.tenant, app, id) for app in old]
    return Decision(also=(*also, *await _serving(context, id, values)), shown=True)


async def _delete(context: Context, row: Row, _values: dict[str, Any]) -> Decision:
    return Decision(also=(Delete(LISTENER, context.tenant, row["id"]),))


async def _serving(context: Context, id: str, values: dict[str, Any]) -> list[Change]:
    """The rows that name the applications. Raises Invalid for one that does not exist, Conflict
    for one that has a flow already."""
    target = "sourceFilter/includeApplications"
    changes: list[Change] = []
    wanted = values["sourceFilter"]["includeApplications"]
    for app in dict.fromkeys(one.casefold() for one in wanted):
        found = await _application(context, app)
        if found is None:
            raise Invalid(f"There is no application with the client id '{app}'.", target=target)
        where = Binary("eq", Member("application"), Constant(found["id"]))
        others = await context.entities.find(Query(SERVED, context.tenant, where=where))
        if any(other["parent"] != id for other in others):
            raise Conflict(
                f"The application '{app}' has a user flow already; an application has one at most.",
                target=target,
            )
        columns = {"application": found["id"]}
        changes.append(Insert(SERVED, context.tenant, found["app_id"], columns, id))
    return changes


async def _application(context: Context, app_id: str) -> Row | None:
    where = Binary("eq", Member("app_id"), Constant(app_id))
    found = await context.entities.find(Query("application", context.tenant, where=where))
    return found[0] if found else None


RULES: dict[str, Rules] = {
    _POLICY.name: Rules(given=_policy),
    _BASE.name: Rules(given=_listeners, create=_create, put=_put, delete=_delete),
}
