"""Tenants and tokens made with the server's own keys: good ones, and what Mallory makes of them."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import uuid4

import httpx2

from live import Live
from vestibule import app, development
from vestibule.oidc.signing import Signer, peek
from vestibule.ports import Row
from vestibule.settings import DevelopmentSettings
from vestibule.system import System
from vestibule.tenancy import Kind, Tenant
from vestibule.world import SystemWorld

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Mint:
    """What holds the store of a running server open beside it, as `vestibule token` does."""

    live: Live
    _system: System
    _runner: asyncio.Runner

    def ask(self, question: Callable[[System], Awaitable[T]]) -> T:
        """What a question to the opened system gives; a clock that it moves is set right again.

        Of a tenant it may have an old snapshot: questions about one ask for a fresh one.
        """

        async def asked() -> T:
            return await question(self._system)

        try:
            return self._runner.run(asked())
        finally:
            self._system.world.move(timedelta())

    def tenant(self, name: str) -> Tenant:
        """A tenant by its domain or id."""

        async def found(system: System) -> Tenant:
            tenant = await system.tenants.fresh(name)
            assert tenant is not None
            return tenant

        return self.ask(found)

    def fresh_tenant(self, kind: Kind = "mixed") -> tuple[str, str]:
        """A tenant with nothing but what every tenant has: its id, and a token that may all."""

        async def made(system: System) -> tuple[str, str]:
            domain = f"{uuid4().hex[:12]}.onmicrosoft.com"
            tenant = await system.make_tenant(domain, "Fresh", kind=kind)
            await development.administrator(system, tenant.id, system.world.secret(), ())
            return tenant.id, await system.mint(tenant.id, (), "", ())

        return self.ask(made)

    def stored(self, graph: httpx2.Client, record: str, id: str) -> Row:
        """What the store holds, secrets opened, in the tenant of a client's token."""
        _, claims = peek(graph.headers["authorization"].removeprefix("Bearer "))

        async def found(system: System) -> Row:
            row = await system.entities.get(record, claims["tid"], id)
            assert row is not None
            return row

        return self.ask(found)

    def tokens(self, wanted: Sequence[Wanted]) -> list[str]:
        """One token of contoso for each wish."""

        async def minted(system: System) -> list[str]:
            name = self.live.facts["tenant"]
            await system.tenants.fresh(name)
            return [await system.mint(name, one.permissions, one.user, one.roles) for one in wanted]

        return self.ask(minted)


@contextmanager
def minting(live: Live) -> Iterator[Mint]:
    """Open for the length of a `with` block: to open a store costs more than most tests."""
    data = live.data_dir
    settings = DevelopmentSettings.model_validate(
        {
            "public_url": live.base,
            "database": f"sqlite:///{(data / 'vestibule.db').resolve()}",
            "sealing_key": (data / "sealing.key").read_text("ascii"),
            "signing_algorithm": "ES256",  # for fresh tenants: its keys are made in no time
        }
    )
    with asyncio.Runner() as runner:
        opened = app.opened(settings, SystemWorld())
        system = runner.run(_begun(opened))
        try:
            yield Mint(live, system, runner)
        finally:
            runner.run(_ended(opened))


async def _begun(opened: AbstractAsyncContextManager[T]) -> T:
    return await opened.__aenter__()


async def _ended(opened: AbstractAsyncContextManager[Any]) -> None:
    await opened.__aexit__(None, None, None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A token of an application, or with `user` on that person's behalf."""

    permissions: tuple[str, ...]
    user: str = ""
    roles: tuple[str, ...] = ()


def altered(token: str, signed_by: Tenant, **claims: Any) -> str:
    """The token with other claims (None: without), signed again."""
    _, old = peek(token)
    new = {name: value for name, value in {**old, **claims}.items() if value is not None}
    return Signer().sign(signed_by.keys[0], new)


def unsigned(token: str) -> str:
    """The token as `alg: none` with an empty signature."""
    header = urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=")
    return f"{header.decode()}.{token.split('.')[1]}."


def forged(token: str) -> str:
    """The token with one bit of its signature turned."""
    head, _, signature = token.rpartition(".")
    turned = "B" if signature[0] == "A" else "A"
    return f"{head}.{turned}{signature[1:]}"
