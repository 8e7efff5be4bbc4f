"""A server in this process whose clock moves when told to, whose chance counts and whose hashes
are cheap, with a tenant of its own for every sequence of steps."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import ssl
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import structlog

from anyorder.browser import Answer, Browser, Sent, answer
from oidc.contoso import APPLICATIONS, BASE, TID, WEB, Directory, contoso
from oidc.house import DOMAIN, OTHERS, flow
from vestibule.drive import Driver
from vestibule.faces import server
from vestibule.oidc.signing import Signer, make_key
from vestibule.perform.egress import Egress
from vestibule.perform.http import Outgoing
from vestibule.perform.mail import InboxMailer
from vestibule.perform.passwords import Cost, Hasher
from vestibule.perform.performer import Performer
from vestibule.perform.providers.departures import departed
from vestibule.perform.providers.sign_out import end_session
from vestibule.perform.sms import InboxTexter
from vestibule.perform.tools import Limits, Tools
from vestibule.ports import Change, Insert, Query, Row, Ticket
from vestibule.resources import RECORDS
from vestibule.resources.directory.identities import identity
from vestibule.settings import DevelopmentSettings
from vestibule.store import Store, open_sqlite
from vestibule.system import System
from vestibule.tenancy import Assignment, Flow, SigningKey, Tenant
from vestibule.vault import Vault, digest

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHEAP = Cost(memory_kib=8, passes=1)

_CITY = Assignment("city", "City", "string", "textBox", optional=False, verification=False)
_EMBEDDED: dict[str, Any] = {"selfServicePasswordReset": True, "forcedPasswordReset": True}
FLOWS = {
    one.id: one
    for one in (
        replace(flow("susi", **_EMBEDDED), attributes=(_CITY,)),
        flow("plain"),
        replace(flow("up", "signUp"), attributes=(_CITY,)),
        flow("in", "signIn", forcedPasswordReset=True),
        flow("reset", "passwordReset"),
        replace(flow("profile", "profileUpdate"), attributes=(_CITY,)),
        flow("names", **_EMBEDDED, localAccount="userName", ssoScope="policy"),
        flow("ropc", "resourceOwner", 1.0),
    )
}


@dataclass(slots=True)
class World:
    """A clock that moves when told to, and the same chance in every sequence."""

    at: datetime = NOON
    drawn: int = 0
    offset: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return self.at

    def secret(self, n_bytes: int = 32) -> str:
        return urlsafe_b64encode(self._draw()[:n_bytes]).rstrip(b"=").decode()

    def digits(self, length: int) -> str:
        return f"{int.from_bytes(self._draw()) % 10**length:0{length}d}"

    def guid(self) -> str:
        return str(uuid.UUID(bytes=self._draw()[:16]))

    def _draw(self) -> bytes:
        self.drawn += 1
        return hashlib.sha256(f"{self.drawn}".encode()).digest()


@dataclass
class Town:
    """`apps`: the server by whether it hides which accounts exist."""

    world: World
    store: Store
    directory: Directory
    apps: Mapping[bool, Any]
    key: SigningKey
    runner: asyncio.Runner
    hashed: Mapping[str, str]
    tenants: int = 0
    tenant: Tenant = field(default_factory=contoso)

    def begin(self) -> None:
        """A new tenant at the same hour as ever."""
        self.tenants += 1
        self.world.at, self.world.drawn = NOON, 0
        web, *others = APPLICATIONS
        assert web.app_id == WEB
        applications = (replace(web, implicit_id_token=True), *others, *OTHERS)
        self.tenant = replace(
            contoso(),
            id=f"{self.tenants:08x}{TID[8:]}",
            domain=DOMAIN,
            flows={one.id.casefold(): one for one in FLOWS.values()},
            applications={one.app_id: one for one in applications},
            keys=(self.key,),
        )
        self.directory.tenants = (self.tenant,)

    def settle(self, id: str, kind: str, name: str, mails: list[str], password: str) -> None:
        """Somebody has an account."""
        principal = f"{id}@{DOMAIN}"
        values = {
            "user_principal_name": principal,
            "display_name": name,
            "other_mails": mails,
            "business_phones": [],
            "account_enabled": True,
            "creation_type": "LocalAccount",
            "user_type": "Member",
            "password_hash": self.hashed[password],
            "force_change_password": False,
            "attributes": {},
            "created": self.world.now(),
        }
        tenant = self.tenant.id
        self.apply(
            Insert("user", tenant, id, values),
            identity(tenant, id, kind, DOMAIN, name),
        )

    def apply(self, *changes: Change) -> None:
        self._await(self.store.entities.apply(changes))

    def rows(self, record: str) -> list[Row]:
        found: list[Row] = self._await(self.store.entities.find(Query(record, self.tenant.id)))
        return found

    def ticket(self, kind: str, secret: str) -> Ticket | None:
        now = self.world.now()
        found = self.store.tickets.get(kind, self.tenant.id, digest(secret), now)
        return cast("Ticket | None", self._await(found))

    def send(self, sent: Sent, browser: Browser, *, hide: bool) -> Answer:
        """The browser takes the answer's cookies and follows nothing."""
        answered: Answer = self._await(answer(self.apps[hide], sent, browser.cookies))
        browser.keep(answered)
        return answered

    def _await(self, coroutine: Any) -> Any:
        return self.runner.get_loop().run_until_complete(coroutine)


@contextmanager
def town(folder: Path, passwords: tuple[str, ...]) -> Iterator[Town]:
    """The server while it is open; `passwords` are those that people may have from the start."""
    quiet = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=quiet)
    with asyncio.Runner() as runner:
        await_ = runner.get_loop().run_until_complete
        vault = Vault({"test": bytes(range(32))})
        store = await_(open_sqlite(folder / "town.db", RECORDS, vault))
        hasher = Hasher(threads=1, cost=CHEAP)
        try:
            world, directory = World(), Directory(contoso())
            tools = Tools(
                entities=store.entities,
                tickets=store.tickets,
                vault=vault,
                world=world,
                mailer=InboxMailer(store.entities, world),
                texter=InboxTexter(store.entities, world),
                hasher=hasher,
                outgoing=Outgoing(Egress(loopback=True), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)),
                hide_account_existence=False,
                limits=Limits(),
                common=lambda _password: False,
            )
            systems = {
                hide: _system(store, replace(tools, hide_account_existence=hide), directory)
                for hide in (False, True)
            }
            yield Town(
                world=world,
                store=store,
                directory=directory,
                apps={
                    hide: server(system, ready=partial(asyncio.sleep, 0))
                    for hide, system in systems.items()
                },
                key=SigningKey(*make_key("ES256"), 1_700_000_000),
                runner=runner,
                hashed={one: await_(hasher.hash(one)) for one in passwords},
            )
        finally:
            hasher.close()
            await_(store.close())


def _system(store: Store, tools: Tools, directory: Directory) -> System:
    settings = DevelopmentSettings(public_url=BASE)
    return System(
        settings=settings,
        world=cast("Any", tools.world),
        entities=store.entities,
        tickets=store.tickets,
        check=store.check,
        tenants=cast("Any", directory),
        services={},
        driver=Driver(store.tickets, Performer(tools), tools.world),
        signer=Signer(),
        hash_password=tools.hasher.hash,
        reveal=lambda _tenant, _sealed: "",
        departed=partial(departed, tools),
        end_session=partial(end_session, tools),
        log=None,
    )


def of(name: str) -> Flow:
    """The flow of this name, whatever the casing."""
    return next(one for one in FLOWS.values() if one.id.casefold() == name.casefold())
