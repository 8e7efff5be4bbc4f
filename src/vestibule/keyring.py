"""What `vestibule keys` does: the same as /vestibule/v1/keys, for whoever has the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from vestibule import app
from vestibule.demands import demand, missing, wrong
from vestibule.errors import NotFound, Problem
from vestibule.settings import Settings
from vestibule.system import KEYS, System
from vestibule.world import SystemWorld


async def show(settings: Settings, tenant: str) -> None:
    """Print every key of the tenant. Raises Problem."""
    async with _opened(settings, tenant) as (system, id):
        found = await _send(system, "GET", id, KEYS)
    for key in sorted(found["value"], key=lambda key: str(key["notBefore"]), reverse=True):
        _print(key)


async def rotate(settings: Settings, tenant: str) -> None:
    """Publish the tenant's next key. Raises Problem."""
    async with _opened(settings, tenant) as (system, id):
        key = await _send(system, "POST", id, f"{KEYS}/rotate")
    _print(key)


async def revoke(settings: Settings, tenant: str, kid: str) -> None:
    """Remove a key at once. Raises Problem."""
    async with _opened(settings, tenant) as (system, id):
        await _send(system, "POST", id, f"{KEYS}/{quote(kid, safe='')}/revoke")
    print(f"{kid} is revoked; every server stops believing it within seconds.")  # noqa: T201 - the command's answer


@asynccontextmanager
async def _opened(settings: Settings, tenant: str) -> AsyncIterator[tuple[System, str]]:
    demand([*missing(settings, "database", "sealing_key"), *wrong(settings)])
    async with app.opened(settings, SystemWorld()) as system:
        found = await system.tenants.find(tenant)
        if found is None:
            raise NotFound(f"There is no tenant {tenant}.")
        yield system, found.id


async def _send(system: System, verb: str, tenant: str, address: str) -> Mapping[str, Any]:
    status, answer = await system.send(verb, tenant, address)
    if status >= HTTPStatus.BAD_REQUEST:
        raise Problem(answer["error"]["message"])
    return answer


def _print(key: Mapping[str, Any]) -> None:
    print(f"{key['kid']}  {key['algorithm']}  {key['state']:7}  from {key['notBefore']}")  # noqa: T201 - the command's answer
