"""Tenants as the runtime sees them: immutable snapshots, renewed when their number changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from vestibule.errors import Conflict, Unavailable
from vestibule.perform.keys import takes_over
from vestibule.perform.snapshot import after, load_tenant
from vestibule.ports import (
    Binary,
    Change,
    Constant,
    Entities,
    Insert,
    Member,
    Query,
    Refusal,
    Row,
)
from vestibule.resources.attributes import built_in
from vestibule.resources.directory import directory_roles
from vestibule.resources.directory.service_principals import of_graph
from vestibule.resources.keys import new_key
from vestibule.resources.user_flow_rules import ENTRA, LOCAL
from vestibule.tenancy import Kind, Tenant
from vestibule.world import World

MakeKey = Callable[[], tuple[str, str, str]]
"""A new signing key: (kid, algorithm, private PEM)."""

Written = Sequence[tuple[Change, Row]]
"""What one transaction changed, each with its row."""

BUILT_IN_PROVIDERS = (
    # id, type, display name (graph-surface 11.10)
    (ENTRA, "AADSignup", "Azure Active Directory Sign up"),
    ("MSASignup-OAUTH", "MicrosoftAccount", "Microsoft Account"),
    ("EmailOtpSignup-OAUTH", "EmailOTP", "Email One Time Passcode"),
    (LOCAL, "EmailPassword", "Email with password"),
)


class Tenants:
    """All methods that take a name accept the id or the domain, in any casing."""

    __slots__ = ("_entities", "_ids", "_loading", "_meanwhile", "_snapshots", "_world")

    def __init__(self, entities: Entities, world: World) -> None:
        self._entities = entities
        self._world = world
        self._ids: dict[str, str] = {}  # name → id, both without case
        self._snapshots: dict[str, Tenant] = {}
        self._loading = asyncio.Lock()
        self._meanwhile: list[tuple[str, Written | None]] = []  # committed during a load

    async def find(self, name: str) -> Tenant | None:
        """The snapshot at hand, or a first one."""
        return self._at_hand(name) or await self._load(name)

    async def fresh(self, name: str) -> Tenant | None:
        """The snapshot, after asking the store whether it is still the latest.

        For an unknown flow, client or key: another process may just have created it.
        """
        snapshot = self._at_hand(name)
        if snapshot is not None and await self._is_latest(snapshot):
            return snapshot
        if snapshot is not None:
            self.forget(snapshot.id)
        return await self._load(name)

    def forget(self, tenant_id: str) -> None:
        """Load anew on the next use."""
        self._snapshots.pop(tenant_id.casefold(), None)

    def changed(self, tenant_id: str, written: Written | None) -> None:
        """This process has just committed `written`; None: something in the tenant.

        What `snapshot.after` can work in need not be loaded: a tenant may have many flows.
        """
        key = tenant_id.casefold()
        if self._loading.locked():
            self._meanwhile.append((key, written))
        snapshot = self._snapshots.pop(key, None)
        if snapshot is not None and written is not None:
            renewed = after(snapshot, written)
            if renewed is not None:
                self._snapshots[key] = renewed

    async def watch(self, interval_s: float = 1.0) -> None:
        """Notice what other processes change, and a key's hour; runs until cancelled."""
        while True:
            await asyncio.sleep(interval_s)
            with suppress(Unavailable):  # the store comes back; until then the snapshots serve
                for snapshot in tuple(self._snapshots.values()):
                    over = takes_over(snapshot.keys, self._world.now())
                    if over or not await self._is_latest(snapshot):
                        self.forget(snapshot.id)

    async def create(
        self,
        domain: str,
        display_name: str,
        *,
        id: str = "",
        kind: Kind = "mixed",
        now: datetime,
        make_key: MakeKey,
    ) -> Tenant:
        """A new tenant with a signing key and what is built in: identity providers, attributes,
        roles and Microsoft Graph's service principal.

        Raises Conflict when the id or the domain is taken.
        """
        tenant = id or self._world.guid()
        key = new_key(tenant, make_key(), not_before=int(now.timestamp()), created=now)
        of_tenant = {
            "domain": domain,
            "display_name": display_name,
            "created": now,
            "kind": kind,
        }
        try:
            await self._entities.apply(
                [
                    Insert("tenant", "", tenant, of_tenant),
                    key,
                    *(_provider(tenant, *provider) for provider in BUILT_IN_PROVIDERS),
                    *built_in(tenant),
                    of_graph(tenant, self._world.guid(), now),
                    *directory_roles.rows(tenant),
                ]
            )
        except Refusal as refusal:
            if refusal.reason != "duplicate":
                raise
            raise Conflict(f"A tenant with the domain {domain} exists already.") from None
        created = await self._load(tenant)
        if created is None:
            raise Unavailable(f"The tenant {domain} was removed while it was created.")
        return created

    def _at_hand(self, name: str) -> Tenant | None:
        return self._snapshots.get(self._ids.get(name.casefold(), ""))

    async def _is_latest(self, snapshot: Tenant) -> bool:
        return await self._entities.configuration(snapshot.id) == snapshot.configuration

    async def _load(self, name: str) -> Tenant | None:
        async with self._loading:  # of many first requests one reads
            if (loaded := self._at_hand(name)) is not None:
                return loaded
            row = await self._row(name)
            if row is None:
                return None
            snapshot = await self._loaded(row)
            key = snapshot.id.casefold()
            self._ids |= {key: key, snapshot.domain.casefold(): key}
            self._snapshots[key] = snapshot
            return snapshot

    async def _loaded(self, row: Row) -> Tenant:
        """The stored tenant, and what this process committed to it while it was read."""
        while True:
            self._meanwhile.clear()
            snapshot: Tenant | None = await load_tenant(self._entities, row, self._world.now())
            for key, written in self._meanwhile:
                if snapshot is not None and key == snapshot.id.casefold():
                    snapshot = after(snapshot, written) if written is not None else None
            if snapshot is not None:
                return snapshot

    async def _row(self, name: str) -> Row | None:
        row = await self._entities.get("tenant", "", name)
        if row is not None:
            return row
        where = Binary("eq", Member("domain"), Constant(name))
        found = await self._entities.find(Query("tenant", "", where=where, top=1))
        return found[0] if found else None


def _provider(tenant: str, id: str, kind: str, display_name: str) -> Insert:
    values = {
        "kind": "builtIn",
        "identity_provider_type": kind,
        "display_name": display_name,
    }
    return Insert("identity_provider", tenant, id, values)
