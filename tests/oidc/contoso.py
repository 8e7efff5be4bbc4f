"""Contoso and fabrikam as the protocol's tests see them: built by hand, nothing stored."""

from __future__ import annotations

import json
import secrets
import uuid
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from vestibule.oidc.signing import Signer, make_key
from vestibule.settings import DevelopmentSettings, Settings
from vestibule.tenancy import (
    SETTINGS_OF_A_FLOW,
    Application,
    Credential,
    Flow,
    RedirectUri,
    Scope,
    SigningKey,
    Tenant,
)
from vestibule.vault import digest

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BASE = "https://localhost:8443"
TID = "6a7f1a4e-1a52-4f3e-9a53-0c8c3f8a1c01"
FABRIKAM_TID = "0d3c6f7a-55c1-4f80-8a8a-8d7f5f0e9b02"
WEB, SPA, API, OTHER_API, PROGRAM, BARE = (
    f"0000000{n}-0000-4000-8000-000000000000" for n in range(1, 7)
)
SECRET = "correct horse battery staple"
BOB = "b0b00000-0000-4000-8000-000000000000"
WEB_URI = "https://app.example/cb"
SPA_URI = "https://spa.example/"
API_READ = "https://contoso.onmicrosoft.com/api/read"
API_WRITE = "https://contoso.onmicrosoft.com/api/write"
OTHER_READ = "https://contoso.onmicrosoft.com/other/read"
DEV = DevelopmentSettings()
SERVE = Settings()


@dataclass
class FrozenWorld:
    """A clock that moves when a test says so; dice as usual."""

    at: datetime = field(default=NOW)

    def now(self) -> datetime:
        return self.at

    def later(self, **distance: float) -> datetime:
        self.at += timedelta(**distance)
        return self.at

    def secret(self, n_bytes: int = 32) -> str:
        return secrets.token_urlsafe(n_bytes)

    def digits(self, length: int) -> str:
        return "1" * length

    def guid(self) -> str:
        return str(uuid.uuid4())


@cache
def key(name: str) -> SigningKey:
    """One key for each name in a test process: making them is slow."""
    kid, algorithm, pem = make_key()
    assert name
    return SigningKey(kid, algorithm, pem, 1_700_000_000)


SIGNER = Signer()

SUSI = Flow(
    id="B2C_1_susi",
    kind="b2c",
    type="signUpOrSignIn",
    version=3.0,
    default_language="en",
    language_customization=False,
    local_account=True,
    providers=(),
    connectors={},
)
OTHER_FLOW = replace(SUSI, id="B2C_1_other", issuer_is_flow=True)
OLD_FLOW = replace(SUSI, id="B2C_1_old", version=1.0)
NO_CLAIMS = replace(
    SUSI, id="B2C_1_none", settings={**SETTINGS_OF_A_FLOW, "applicationClaims": ("name",)}
)
OPENID_FLOW = replace(SUSI, settings={**SETTINGS_OF_A_FLOW, "protocol": "openid"})
"""B2C_1_susi, if it spoke as OpenID Connect says."""


def application(app_id: str, **differences: Any) -> Application:
    plain = Application(
        app_id=app_id,
        object_id=f"5{app_id[1:]}",
        display_name="App",
        enabled=True,
        redirect_uris=(),
        secrets=(),
        certificates=(),
        identifier_uris=(),
        scopes=(),
        permissions=frozenset(),
        delegations={},
        public=False,
    )
    return replace(plain, **differences)


CONSENTED = {API: frozenset({"read"}), OTHER_API: frozenset({"read"})}
APPLICATIONS = (
    application(
        WEB,
        display_name="Web",
        redirect_uris=(
            RedirectUri(WEB_URI, "web"),
            RedirectUri("https://app.example/q?x=1", "web"),
            RedirectUri("myapp:/cb", "native"),
            RedirectUri("http://localhost", "native"),
            RedirectUri("http://127.0.0.1/cb", "native"),
        ),
        secrets=(
            Credential(digest("older")),
            Credential(digest(SECRET)),
            Credential(digest("ended"), ends=datetime(2026, 1, 1, tzinfo=UTC)),
            Credential(digest("early"), starts=datetime(2027, 1, 1, tzinfo=UTC)),
        ),
        permissions=frozenset({"IdentityUserFlow.ReadWrite.All", "User.Read.All"}),
        delegations=CONSENTED,
    ),
    application(
        SPA, redirect_uris=(RedirectUri(SPA_URI, "spa"),), public=True, delegations=CONSENTED
    ),
    application(
        API,
        identifier_uris=("https://contoso.onmicrosoft.com/api",),
        scopes=(Scope("1", "read"), Scope("2", "write"), Scope("3", "gone", enabled=False)),
    ),
    application(
        OTHER_API,
        identifier_uris=("https://contoso.onmicrosoft.com/other",),
        scopes=(Scope("1", "read"),),
    ),
    application(PROGRAM, enabled=False, redirect_uris=(RedirectUri(WEB_URI, "web"),)),
    application(BARE),
)


def contoso(*differences: Application) -> Tenant:
    """The tenant, with some applications put in the place of those with the same id."""
    flows = (SUSI, OTHER_FLOW, OLD_FLOW, NO_CLAIMS)
    return Tenant(
        id=TID,
        domain="contoso.onmicrosoft.com",
        display_name="Contoso",
        configuration=1,
        flows={flow.id.casefold(): flow for flow in flows},
        applications={one.app_id: one for one in (*APPLICATIONS, *differences)},
        keys=(key("contoso"), key("older")),
    )


def fabrikam() -> Tenant:
    return replace(
        contoso(), id=FABRIKAM_TID, domain="fabrikam.onmicrosoft.com", keys=(key("fabrikam"),)
    )


class Directory:
    """Both tenants, by id or domain."""

    def __init__(self, *tenants: Tenant) -> None:
        self.tenants = tenants or (contoso(), fabrikam())

    async def find(self, name: str) -> Tenant | None:
        wanted = name.casefold()
        return next((one for one in self.tenants if wanted in (one.id, one.domain)), None)

    async def fresh(self, name: str) -> Tenant | None:
        return await self.find(name)


def unpacked(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token."""
    header, claims, _ = token.split(".")
    return _json(header), _json(claims)


def unpacked_info(text: str) -> dict[str, Any]:
    return _json(text)


def _json(text: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return value
