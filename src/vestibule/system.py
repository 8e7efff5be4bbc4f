"""A running system without its network: what commands do to it, and what faces are made of."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from vestibule import resources
from vestibule.drive import Driver
from vestibule.errors import NotFound, Unavailable
from vestibule.odata.call import Call
from vestibule.odata.execute import Service
from vestibule.oidc import bearer, metadata
from vestibule.oidc.provider_token import Reveal
from vestibule.oidc.signing import Signer, make_key
from vestibule.perform.providers.departures import Departed
from vestibule.perform.recorder import Recorder
from vestibule.perform.tenants import Tenants
from vestibule.ports import (
    Binary,
    Change,
    Constant,
    Delete,
    Entities,
    Insert,
    Member,
    Query,
    Refusal,
    Row,
    Tickets,
)
from vestibule.resources import keys
from vestibule.resources.directory.deleted import expired
from vestibule.resources.directory.protected import roles_of
from vestibule.rules import Principal
from vestibule.settings import Settings
from vestibule.tenancy import Kind, Tenant
from vestibule.world import SystemWorld

KEYS = "/vestibule/v1/keys"
APPLIED = "apply"  # the service of `--apply` documents; never served
_SWEEP_S = 60
_MINUTES_BETWEEN_BINS = 60


@dataclass(frozen=True, slots=True)
class System:
    """`services` by version root, and APPLIED; `check` raises Problem while there is no store."""

    settings: Settings
    world: SystemWorld
    entities: Entities
    tickets: Tickets
    check: Callable[[datetime], Awaitable[None]]
    tenants: Tenants
    services: Mapping[str, Service]
    driver: Driver
    signer: Signer
    hash_password: Callable[[str], Awaitable[str]]
    reveal: Reveal
    departed: Callable[[Tenant, str, datetime], Awaitable[Departed | None]]
    end_session: Callable[[Tenant, str, datetime], Awaitable[str]]
    log: Any
    calls: Recorder | None = None  # of connectors

    @property
    def permissions(self) -> frozenset[str]:
        """Every permission that is known."""
        return resources.permissions(*resources.CATALOGUE.values())

    async def make_tenant(
        self, domain: str, display_name: str, *, id: str = "", kind: Kind = "mixed"
    ) -> Tenant:
        """A tenant with a signing key and what is built in. Raises Conflict."""
        return await self.tenants.create(
            domain,
            display_name,
            id=id,
            kind=kind,
            now=self.world.now(),
            make_key=lambda: make_key(self.settings.signing_algorithm),
        )

    async def apply(self, tenant: str, changes: Sequence[Change]) -> list[Row]:
        """Change the store and let this process know. Raises Refusal."""
        rows = await self.entities.apply(changes)
        self.tenants.changed(tenant, list(zip(changes, rows, strict=True)))
        return rows

    async def create(self, tenant: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """POST a Graph body as the operator of this machine. Raises Problem."""
        call = self.call("POST", tenant, APPLIED, f"/{path}")
        return await self.services[APPLIED].create(call, path, dict(body))

    async def ask(self, verb: str, tenant: str, address: str) -> Mapping[str, Any]:
        """A request as the operator of this machine would send it; the JSON of the reply.

        `address` starts with the version root: "/beta/identity/b2cUserFlows?$top=5".
        """
        _, answer = await self.send(verb, tenant, address)
        return answer

    async def send(
        self, verb: str, tenant: str, address: str, body: Mapping[str, Any] | None = None
    ) -> tuple[int, Mapping[str, Any]]:
        """As `ask`, with a body: the status and the JSON of the reply."""
        path, _, query = address.partition("?")
        root = next(root for root in self.services if path.startswith(f"/{root}/"))
        call = self.call(verb, tenant, root, path.removeprefix(f"/{root}"), query)
        if body is not None:
            whole = msgspec.json.encode(body)
            call = replace(call, headers={"content-type": "application/json"}, body=whole)
        reply = await self.services[root].execute(call)
        answer: dict[str, Any] = msgspec.json.decode(reply.body) if reply.body else {}
        return reply.status, answer

    def call(self, verb: str, tenant: str, root: str, path: str, query: str = "") -> Call:
        """A call by the operator, who may do everything."""
        operator = Principal("application", "", "", tenant, self.permissions)
        request_id = self.world.guid()
        return Call(
            method=verb,
            path=path,
            query=query,
            headers={},
            body=b"",
            root=f"{self.settings.public_url}/{root}",
            principal=operator,
            tenant=tenant,
            request_id=request_id,
            client_request_id=request_id,
            now=self.world.now(),
            ip="",
        )

    async def mint(
        self, tenant: str, permissions: Sequence[str], user: str, roles: Sequence[str]
    ) -> str:
        """A Graph access token of the application that holds most permissions.

        With `user`, on that person's behalf. Raises NotFound for an unknown tenant or user.
        """
        found = await self.tenants.find(tenant)
        if found is None:
            raise NotFound(f"There is no tenant {tenant}.")
        base = self.settings.public_url
        common: dict[str, Any] = {
            "tenant": found,
            "issuer": metadata.issuer(found, None, base=base, settings=self.settings),
            "signer": self.signer,
            "world": self.world,
            "now": self.world.now(),
        }
        application = max(found.applications.values(), key=lambda one: len(one.permissions))
        wanted = frozenset(permissions) or self.permissions
        if not user:
            return bearer.application_token(application, permissions=wanted, **common)
        row = await self.user(found.id, user)
        held = roles or await roles_of(self.entities, found.id, row["id"])
        return bearer.delegated_token(
            application,
            user=row["id"],
            upn=row["user_principal_name"],
            scopes=wanted,
            roles=held,
            **common,
        )

    async def user(self, tenant: str, name: str) -> Row:
        """The account with this sign-in name. Raises NotFound."""
        where = Binary("eq", Member("issuer_assigned_id"), Constant(name))
        identities = await self.entities.find(Query("user_identity", tenant, where=where))
        if identities:
            row = await self.entities.get("user", tenant, identities[0]["parent"])
            if row is not None:
                return row
        raise NotFound(f"There is no user {name} in this tenant.")

    async def tend(self) -> None:
        """Sweep what has expired, now and then; runs until cancelled."""
        for minute in itertools.count():
            await asyncio.sleep(_SWEEP_S)
            with suppress(Unavailable):  # tried again in a minute
                await self.tickets.sweep(self.world.now())
                if minute % _MINUTES_BETWEEN_BINS == 0:
                    await self.empty_bins()
                    await self.forget_calls()
                    await self.turn_keys()

    async def empty_bins(self) -> None:
        """Deleted users whom nobody can restore any more go for good."""
        for tenant in await self.entities.find(Query("tenant", "")):
            old = await self.entities.find(expired(tenant["id"], self.world.now()))
            for row in old:
                with suppress(Refusal):  # another process was faster
                    await self.entities.apply([Delete("deleted_user", tenant["id"], row["id"])])

    async def forget_calls(self) -> None:
        """Calls of connectors that are older than they may be go."""
        if self.calls is None:
            return
        for tenant in await self.entities.find(Query("tenant", "")):
            await self.calls.forget(tenant["id"], self.world.now())

    async def turn_keys(self) -> None:
        """Publish the next signing keys where it is time, and forget those that have outlived
        what they signed. Of several processes one does it."""
        algorithm, days = self.settings.signing_algorithm, self.settings.key_rotation_days
        for tenant in await self.entities.find(Query("tenant", "")):
            now, id = self.world.now(), tenant["id"]
            ring = keys.ring(await self.entities.find(Query(keys.RECORD, id)), now)
            if keys.due(ring, now, rotation_days=days, algorithm=algorithm):
                await self.send("POST", id, f"{KEYS}/rotate")
            if old := keys.outlived(ring, id, now):
                with suppress(Refusal):  # another process was faster
                    await self.apply(id, old)


def audit_row(call: Call, action: str, target: str) -> Insert:
    """What an administrative write adds to the audit trail, in its own transaction."""
    principal = call.principal
    return Insert(
        "audit",
        call.tenant,
        call.request_id,
        {
            "at": call.now,
            "actor": principal.id if principal else "",
            "action": action,
            "target": target,
            "result": "success",
            "ip": call.ip,
            "correlation": call.request_id,
        },
    )
