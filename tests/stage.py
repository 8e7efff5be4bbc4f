"""A tenant on a real store with a frozen world: what tests below HTTP stand on."""

from __future__ import annotations

import asyncio
import ssl
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vestibule.journey.effects import Effect, Result
from vestibule.perform.egress import Egress
from vestibule.perform.http import Outgoing
from vestibule.perform.mail import InboxMailer, Mailer
from vestibule.perform.passwords import Cost, Hasher
from vestibule.perform.performer import Performer
from vestibule.perform.sms import InboxTexter
from vestibule.perform.tenants import Tenants
from vestibule.perform.tools import Limits, Occasion, Tools
from vestibule.ports import Insert, Query, Row
from vestibule.resources import RECORDS
from vestibule.store import Store, open_sqlite, open_store
from vestibule.store.migrations import upgrade
from vestibule.tenancy import Flow, Tenant
from vestibule.vault import Vault

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADA = "Ada@contoso.example"
PASSWORD = "Correct-Horse-1"
COMMON = "Password1"
CHEAP = Cost(memory_kib=8, passes=1)
"""Of a hash whose slowness nobody asks about."""

SUSI = Flow(
    id="B2C_1_susi",
    kind="b2c",
    type="signUpOrSignIn",
    version=3.0,
    default_language=None,
    language_customization=False,
    local_account=True,
    providers=(),
    connectors={},
)


@dataclass(slots=True)
class FrozenWorld:
    """Time moves when told to; chance counts."""

    at: datetime = NOON
    drawn: int = 0
    asked_digits: list[int] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)

    def secret(self, n_bytes: int = 32) -> str:
        return f"secret-{self._draw()}-of-{n_bytes}-bytes"

    def digits(self, length: int) -> str:
        self.asked_digits.append(length)
        return str(271_828 + self._draw())[:length].rjust(length, "0")

    def guid(self) -> str:
        return str(uuid.UUID(int=self._draw()))

    def _draw(self) -> int:
        self.drawn += 1
        return self.drawn


@dataclass(slots=True)
class Stage:
    world: FrozenWorld
    path: Path
    store: Store
    tools: Tools
    tenants: Tenants
    tenant: Tenant
    turns: int = field(default=0)
    ip: str = field(default="192.0.2.1")

    def occasion(
        self, *, journey: str = "journey", turn: int | None = None, browser: str = ""
    ) -> Occasion:
        """A new occasion each time, unless the turn is given."""
        self.turns += 1
        return Occasion(
            tenant=self.tenant,
            journey=journey,
            turn=self.turns if turn is None else turn,
            ordinal=1,
            now=self.world.now(),
            correlation="correlation",
            ip=self.ip,
            browser=browser,
            id=f"the {journey}",
        )

    async def perform(
        self, effect: Effect, *, turn: int | None = None, browser: str = ""
    ) -> Result:
        return await Performer(self.tools).perform(
            effect, self.occasion(turn=turn, browser=browser)
        )

    async def rows(self, record: str) -> list[Row]:
        return await self.store.entities.find(Query(record, self.tenant.id))

    async def code(self) -> str:
        """The code in the latest mail."""
        latest = max(await self.rows("message"), key=lambda row: (row["created"], row["id"]))
        return str(latest["code"])

    def hiding(self) -> None:
        """From now on nothing tells whether an account exists."""
        self.tools = replace(self.tools, hide_account_existence=True)


@asynccontextmanager
async def contoso(
    folder: Path, *, mailer: Mailer | None = None, url: str = ""
) -> AsyncIterator[Stage]:
    """The tenant with the flow B2C_1_susi, in the empty database at `url` or a file."""
    world = FrozenWorld()
    vault = Vault({"test": bytes(range(32))})
    path = folder / "vestibule.db"
    if url:
        await asyncio.to_thread(upgrade, url, RECORDS)
    store = await (open_store(url, RECORDS, vault) if url else open_sqlite(path, RECORDS, vault))
    hasher = Hasher(threads=1, cost=CHEAP)
    tools = Tools(
        entities=store.entities,
        tickets=store.tickets,
        vault=vault,
        world=world,
        mailer=mailer or InboxMailer(store.entities, world),
        texter=InboxTexter(store.entities, world),
        hasher=hasher,
        outgoing=Outgoing(Egress(loopback=True), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)),
        hide_account_existence=False,
        limits=Limits(),
        common=lambda password: password == COMMON,
    )
    tenants = Tenants(store.entities, world)
    try:
        created = await tenants.create(
            "contoso.example", "Contoso", now=NOON, make_key=lambda: ("kid", "RS256", "pem")
        )
        await store.entities.apply([flow_row(created.id, SUSI)])
        tenant = await tenants.fresh(created.domain)
        assert tenant is not None
        yield Stage(world, path, store, tools, tenants, tenant)
    finally:
        hasher.close()
        await store.close()


def flow_row(tenant: str, flow: Flow) -> Insert:
    values = {
        "kind": flow.kind,
        "user_flow_type": flow.type,
        "user_flow_type_version": flow.version,
        "local_account": flow.local_account,
    }
    return Insert("user_flow", tenant, flow.id, values)
