"""What `vestibule dev --apply` reads: one JSON document of Graph bodies.

They go through the same validation as over HTTP; what is wrong is said with its place.
"""

from __future__ import annotations

from typing import Any

from vestibule.errors import Conflict, Problem
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


async def apply(system: System, document: Any, *, default: str) -> list[str]:
    """Create everything in the document; what exists already is left alone.

    The document is {"tenant": domain or id (otherwise `default`), "b2cUserFlows": [Graph bodies],
    …} with the members of PLACES. Returns a line for each body. Raises ValueError naming the
    place in the document.
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
    lines = []
    for member, path in PLACES.items():
        bodies = document.get(member, [])
        if not isinstance(bodies, list):
            raise ValueError(f"{member}: must be a list")
        for index, body in enumerate(bodies):
            lines.append(await _applied(system, tenant.id, path, f"{member}[{index}]", body))
    return lines


async def _applied(system: System, tenant: str, path: str, place: str, body: Any) -> str:
    if not isinstance(body, dict):
        raise ValueError(f"{place}: must be a JSON object")
    try:
        created = await system.create(tenant, path, body)
    except Problem as problem:
        if isinstance(problem, Conflict):
            return f"{place}: exists already, left as it is"
        where = f"{place}/{problem.target}" if problem.target else place
        raise ValueError(f"{where}: {problem.message}") from problem
    return f"{place}: created {created['id']}"
