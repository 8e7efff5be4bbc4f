"""What `vestibule dev --apply` reads: one JSON document of Graph bodies.

They go through the same validation as over HTTP; what is wrong is said with its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from vestibule.errors import Conflict, Problem
from vestibule.journey.obstacles import cannot_run
from vestibule.ports import Binary, Constant, Member, Query
from vestibule.resources.user_flow_rules import prefixed
from vestibule.system import System
from vestibule.tenancy import short_name

PLACES = {
    "applications": "applications",
    "identityProviders": "identity/identityProviders",
    "apiConnectors": "identity/apiConnectors",
    "userFlowAttributes": "identity/userFlowAttributes",
    "b2cUserFlows": "identity/b2cUserFlows",
    "b2xUserFlows": "identity/b2xUserFlows",
    "users": "users",
}
"""Members of an `--apply` document, in the order in which one may refer to another."""

ASSIGNMENTS = "userAttributeAssignments"
SETTINGS = "settings"
PREFIXES: Mapping[str, str] = {"b2cUserFlows": "B2C_1_", "b2xUserFlows": "B2X_1_"}
"""Members whose bodies may hold ASSIGNMENTS and SETTINGS, and what their ids begin with."""

NAMED: Mapping[str, tuple[str, str, str]] = {
    "applications": ("application", "appId", "displayName"),
    "apiConnectors": ("api_connector", "id", "displayName"),
}
"""Members whose ids the server draws: record, the id that a body may bring, and the name by which
a body without one is found again, so that applying twice makes nothing twice."""

Say = Callable[[str], None]


async def apply(system: System, document: Any, *, default: str, say: Say) -> None:
    """Create everything in the document; what exists already is left alone.

    The document is {"tenant": domain or id (otherwise `default`), "b2cUserFlows": [Graph bodies],
    …} with the members of PLACES. `say` is told a line for each body, as soon as it is stored.
    Raises ValueError naming the place in the document; what was said before it stays.
    """
    if not isinstance(document, dict):
        raise ValueError("the document must be a JSON object")
    for member in document:
        if member not in {*PLACES, "tenant"}:
            raise ValueError(f"{member}: unknown; use {', '.join(PLACES)}")
    name = document.get("tenant", default)
    tenant = await system.tenants.find(name) if isinstance(name, str) else None
    if tenant is None:
        raise ValueError(f"tenant: there is no tenant {name!r}")
    for member in PLACES:
        for index, body in enumerate(_list(document.get(member, []), member)):
            place = f"{member}[{index}]"
            if member in PREFIXES and _is_object(body):
                await _flow(system, tenant.id, member, place, body, say)
            else:
                say(await _applied(system, tenant.id, member, place, body))


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{place}: must be a list")
    return value


def _is_object(body: Any) -> bool:
    return isinstance(body, dict)


async def _flow(
    system: System, tenant: str, member: str, place: str, body: Mapping[str, Any], say: Say
) -> None:
    """A flow, and then what its body says that it asks for and how it is set."""
    asked = _list(body.get(ASSIGNMENTS, []), f"{place}/{ASSIGNMENTS}")
    own = {name: value for name, value in body.items() if name not in {ASSIGNMENTS, SETTINGS}}
    say(await _applied(system, tenant, member, place, own))
    id = prefixed(PREFIXES[member], own["id"])
    for index, one in enumerate(asked):
        path = f"{PLACES[member]}/{id}/{ASSIGNMENTS}"
        say(await _made(system, tenant, path, f"{place}/{ASSIGNMENTS}[{index}]", one))
    if SETTINGS in body:
        say(await _set(system, tenant, id, f"{place}/{SETTINGS}", body[SETTINGS]))


async def _set(system: System, tenant: str, id: str, place: str, settings: Any) -> str:
    """Settings count once: what was set since is left alone, as all that exists is."""
    if not _is_object(settings):
        raise ValueError(f"{place}: must be a JSON object")
    flow = await system.entities.get("user_flow", tenant, id)
    if flow is not None and flow["settings"] is not None:
        return f"{place}: set already, left as they are"
    address = f"/vestibule/v1/userFlows/{id}/settings"
    status, answer = await system.send("PATCH", tenant, address, settings)
    if status != HTTPStatus.NO_CONTENT:
        error = answer["error"]
        where = f"{place}/{error['target']}" if error.get("target") else place
        raise ValueError(f"{where}: {error['message']}")
    return f"{place}: set"


async def _applied(system: System, tenant: str, member: str, place: str, body: Any) -> str:
    if _is_object(body) and await _is_there(system, tenant, member, body):
        told = f"{place}: exists already, left as it is"
    else:
        told = await _made(system, tenant, PLACES[member], place, body)
    if member == "applications":
        await _stands(system, tenant, body)
    return told


async def _made(system: System, tenant: str, path: str, place: str, body: Any) -> str:
    if not _is_object(body):
        raise ValueError(f"{place}: must be a JSON object")
    try:
        whole = await _with_attribute(system, tenant, body)
        created = await system.create(tenant, path, whole)
    except Problem as problem:
        if isinstance(problem, Conflict):
            return f"{place}: exists already, left as it is"
        where = f"{place}/{problem.target}" if problem.target else place
        raise ValueError(f"{where}: {problem.message}") from problem
    return f"{place}: created {created['id']}{await _inert(system, tenant, created['id'])}"


async def _stands(system: System, tenant: str, body: Mapping[str, Any]) -> None:
    """See that an application has a service principal: without one it is given no token."""
    name, column = ("appId", "app_id") if "appId" in body else ("displayName", "display_name")
    where = Binary("eq", Member(column), Constant(body[name]))
    for row in await system.entities.find(Query("application", tenant, where=where)):
        with suppress(Conflict):  # it has
            await system.create(tenant, "servicePrincipals", {"appId": row["app_id"]})


async def _with_attribute(system: System, tenant: str, body: dict[str, Any]) -> dict[str, Any]:
    """An assignment may name a custom attribute as pages do: extension_{Name}. Nobody who
    writes a document knows the id of the extensions application."""
    named = body.get("userAttribute")
    wanted = named.get("id") if isinstance(named, dict) else None
    if not isinstance(wanted, str) or not wanted.startswith("extension_"):
        return body
    custom = Binary("eq", Member("attribute_type"), Constant("custom"))
    for row in await system.entities.find(Query("user_flow_attribute", tenant, where=custom)):
        if short_name(row["id"]).casefold() == wanted.casefold():
            return {**body, "userAttribute": {"id": row["id"]}}
    return body


async def _is_there(system: System, tenant: str, member: str, body: Mapping[str, Any]) -> bool:
    record, id, name = NAMED.get(member, ("", "", ""))
    if not record or id in body or not isinstance(body.get(name), str):
        return False
    where = Binary("eq", Member("display_name"), Constant(body[name]))
    return bool(await system.entities.count(Query(record, tenant, where=where)))


async def _inert(system: System, tenant: str, id: str) -> str:
    """What a `Warning` header says over HTTP."""
    found = await system.tenants.fresh(tenant)
    flow = found.flow(id) if found else None
    reason = cannot_run(flow) if flow else None
    return f" (this version cannot run it yet: it uses {reason})" if reason else ""
