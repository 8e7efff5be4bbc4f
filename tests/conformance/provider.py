"""The server that is checked, in this process: set up by the document that comes with the plan for
the OpenID Foundation's own suite, so that both check the same thing."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from vestibule import documents
from vestibule.app import migrate, opened
from vestibule.faces import server
from vestibule.settings import DevelopmentSettings
from vestibule.system import System
from vestibule.world import SystemWorld

FOLDER = Path(__file__).parents[2] / "conformance"
SETUP: dict[str, Any] = json.loads((FOLDER / "setup.json").read_text("utf-8"))
PLAN: dict[str, Any] = json.loads((FOLDER / "plan.json").read_text("utf-8"))
DISCOVERY = PLAN["server"]["discoveryUrl"]
ISSUER = DISCOVERY.removesuffix("/.well-known/openid-configuration")
BASE = ISSUER.partition(f"/{SETUP['tenant']}/")[0]
SECRETS = {
    client["client_id"]: client["client_secret"]
    for client in (PLAN["client"], PLAN["client2"], PLAN["client_secret_post"])
}
FIRST, SECOND, BY_POST = SECRETS
CALLBACK = SETUP["applications"][0]["web"]["redirectUris"][0]
(PERSON,) = SETUP["users"]
ADDRESS = PERSON["identities"][0]["issuerAssignedId"]
PASSWORD = PERSON["passwordProfile"]["password"]


@dataclass(frozen=True)
class Provider:
    """`app` is the ASGI application; its clock moves when told to."""

    system: System
    app: Any

    def browser(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.app), base_url=BASE)

    def later(self, **distance: float) -> None:
        self.system.world.move(self.system.world.offset + timedelta(**distance))

    @property
    def now(self) -> datetime:
        return self.system.world.now()


@asynccontextmanager
async def provider(folder: Path) -> AsyncIterator[Provider]:
    """The server while it is open."""
    settings = DevelopmentSettings(
        database=f"sqlite:///{folder / 'provider.db'}",
        sealing_key=b64encode(bytes(32)).decode(),
        public_url=BASE,
    )
    await migrate(settings)
    async with opened(settings, SystemWorld()) as system:
        await system.make_tenant(SETUP["tenant"], "Contoso")
        await documents.apply(system, SETUP, default="", say=lambda _line: None)

        async def ready() -> None:
            """Nobody waits for it."""

        yield Provider(system, server(system, ready=ready))
