"""What `vestibule dev --apply` reads: one JSON document of Graph bodies.

They go through the same validation as over HTTP; what is wrong is said with its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vestibule.errors import Conflict, Problem
from vestibule.journey.plan import cannot_run
from vestibule.ports import Binary, Constant, Member, Query
from vestibule.system import System

PLACES = {
    "applications": "applications",
    "identityProviders": "identity/identityProviders",
    "apiConnectors": "identity/apiConnectors",
    "userFlowAttributes": "userFlowAttributes",
    "b2cUserFlows": "identity/b2cUserFlows",
    "b2xUserFlows": "identity/b2xUserFlows",
    "users": "users",
}
"""Members of an `--apply` document, in the order in which one may refer to another."""


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
        bodies = document.get(member, [])
        if not isinstance(bodies, list):
            raise ValueError(f"{member}: must be a list")
        for index, body in enumerate(bodies):
            say(await _applied(system, tenant.id, member, f"{member}[{index}]", body))


async def _applied(system: System, tenant: str, member: str, place: str, body: Any) -> str:
    if not isinstance(body, dict):
        raise ValueError(f"{place}: must be a JSON object")
    try:
        if await _is_there(system, tenant, member, body):
            raise Conflict("There is one of that name.")
        created = await system.create(tenant, PLACES[member], body)
    except Problem as problem:
        if isinstance(problem, Conflict):
            return f"{place}: exists already, left as it is"
        where = f"{place}/{problem.target}" if problem.target else place
        raise ValueError(f"{where}: {problem.message}") from problem
    return f"{place}: created {created['id']}{await _inert(system, tenant, created['id'])}"


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
