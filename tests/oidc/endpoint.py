"""A token endpoint on a real store, and short words for what people and programs do with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from oidc.contoso import BASE, BOB, DEV, SECRET, SIGNER, SUSI, WEB, WEB_URI, FrozenWorld, contoso
from vestibule.oidc.answer import Answer
from vestibule.oidc.authorize import check
from vestibule.oidc.claims import Subject
from vestibule.oidc.faults import Fault
from vestibule.oidc.front_channel import FrontChannel
from vestibule.oidc.pkce import s256
from vestibule.oidc.place import Place
from vestibule.oidc.service import Service, TokenRequest
from vestibule.oidc.token import respond
from vestibule.ports import Ticket, Tickets
from vestibule.resources import RECORDS
from vestibule.roles import USER_FLOW_ADMINISTRATOR
from vestibule.settings import Settings
from vestibule.store.sqlite import open_sqlite
from vestibule.tenancy import Flow, Tenant
from vestibule.vault import Vault

VERIFIER = "v" * 43
CLAIMS = {"emails": ["bob@contoso.example"], "name": "Bob", "given_name": "", "city": "Bonn"}


@dataclass(frozen=True)
class State:
    enabled: bool = True
    sessions_valid_from: datetime | None = None


@dataclass(frozen=True)
class Person:
    """Who Bob is in the directory."""

    principal_name: str = "bob@contoso.onmicrosoft.com"
    sign_in_name: str = "bob@contoso.onmicrosoft.com"
    name: str = "Bob"
    email: str = "bob@contoso.example"
    roles: tuple[str, ...] = (USER_FLOW_ADMINISTRATOR,)


async def nobody_signs_in(_request: TokenRequest, _name: str, _password: str) -> Subject:
    """No passwords here: that takes accounts (oidc.house has them)."""
    raise Fault("90225")


def opened(tenant: str, sealed: str) -> str:
    """A provider's token, as if it were sealed; one that no key of ours opens any more."""
    return "" if sealed == "sealed by another key" else f"{sealed}, opened in {tenant}"


@dataclass
class Endpoint:
    tickets: Tickets
    world: FrozenWorld = field(default_factory=FrozenWorld)
    users: dict[str, State] = field(default_factory=lambda: {BOB: State()})
    people: dict[str, Person] = field(default_factory=lambda: {BOB: Person()})
    settings: Settings = DEV
    tenant: Tenant = field(default_factory=contoso)

    @property
    def service(self) -> Service:
        return Service(
            self.settings,
            self.world,
            self.tickets,
            SIGNER,
            user_state=self._state,
            grant=self._grant,
            sign_in=nobody_signs_in,
            profile=self._profile,
            reveal=opened,
        )

    async def _state(self, _tenant: str, user: str) -> State | None:
        return self.users.get(user)

    async def _grant(
        self, kind: str, tenant: str, key: str, now: datetime
    ) -> tuple[Ticket, State | None] | None:
        ticket = await self.tickets.get(kind, tenant, key, now)
        return None if ticket is None else (ticket, self.users.get(ticket.subject))

    async def _profile(self, _tenant: str, user: str) -> Person | None:
        return self.people.get(user)

    async def code(
        self,
        scope: str = "openid offline_access",
        /,
        *,
        flow: Flow = SUSI,
        new_user: bool = False,
        entered_s: int = 0,
        **more: str | None,
    ) -> str:
        """Bob signs in and the web application gets a code."""
        asked = {"scope": scope, **more}
        answer = await self.answer(asked, flow=flow, new_user=new_user, entered_s=entered_s)
        return answer.parameters["code"]

    async def answer(
        self,
        more: Mapping[str, str | None],
        *,
        flow: Flow = SUSI,
        new_user: bool = False,
        forgot_password: bool = False,
        entered_s: int = 0,
    ) -> Answer:
        """What the web application gets through the browser when Bob has signed in, with
        credentials that he typed so many seconds ago."""
        parameters = {
            "client_id": WEB,
            "redirect_uri": WEB_URI,
            "response_type": "code",
            "scope": "openid",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
            **more,
        }
        asked = check(
            {name: value for name, value in parameters.items() if value is not None},
            tenant=self.tenant,
            flow=flow,
            base=BASE,
            settings=self.settings,
            signer=SIGNER,
            correlation="",
            now=self.world.now(),
        )
        now = self.world.now()
        subject = Subject(
            BOB,
            CLAIMS,
            int(now.timestamp()) - entered_s,
            new_user=new_user,
            forgot_password=forgot_password,
        )
        channel = FrontChannel(self.settings, self.world, SIGNER, opened)
        granting = channel.grant(asked, subject, tenant=self.tenant, flow=flow, now=now)
        await self.tickets.put(*granting.tickets)
        return granting.answer

    async def post(
        self,
        parameters: dict[str, str | None],
        *,
        flow: Flow | None = SUSI,
        tenant: Tenant | None = None,
        authorization: str = "",
    ) -> dict[str, Any]:
        tenant = tenant or self.tenant
        place = Place("", tenant.domain, flow.id if flow else "", by_query=False)
        return await respond(
            TokenRequest(
                parameters={name: value for name, value in parameters.items() if value is not None},
                authorization=authorization,
                place=place,
                tenant=tenant,
                flow=flow,
                base=BASE,
                now=self.world.now(),
            ),
            self.service,
        )

    async def redeem(
        self,
        code: str,
        flow: Flow = SUSI,
        tenant: Tenant | None = None,
        /,
        **more: str | None,
    ) -> dict[str, Any]:
        parameters = {
            "grant_type": "authorization_code",
            "client_id": WEB,
            "client_secret": SECRET,
            "code": code,
            "redirect_uri": WEB_URI,
            "code_verifier": VERIFIER,
            **more,
        }
        return await self.post(parameters, flow=flow, tenant=tenant)

    async def refresh(
        self,
        token: str,
        flow: Flow = SUSI,
        tenant: Tenant | None = None,
        /,
        **more: str | None,
    ) -> dict[str, Any]:
        parameters = {
            "grant_type": "refresh_token",
            "client_id": WEB,
            "client_secret": SECRET,
            "refresh_token": token,
            **more,
        }
        return await self.post(parameters, flow=flow, tenant=tenant)


@asynccontextmanager
async def endpoint(folder: Path, **differences: Any) -> AsyncIterator[Endpoint]:
    """The endpoint while its store is open."""
    store = await open_sqlite(folder / "oidc.db", RECORDS, Vault({"k": b"k" * 32}))
    try:
        yield Endpoint(store.tickets, **differences)
    finally:
        await store.close()
