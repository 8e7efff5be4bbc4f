"""Contoso with an identity provider of every kind, all of them one stand-in: what tests of the
relying party stand on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey

from foreign import Foreign
from stage import Stage, contoso
from vestibule.journey.effects import Arrive, Depart, Departing, Result
from vestibule.perform.egress import Egress
from vestibule.perform.http import Outgoing
from vestibule.perform.providers.documents import Documents
from vestibule.perform.providers.relying import Own, Relying, elsewhere
from vestibule.ports import Change, Insert
from vestibule.tenancy import SigningKey

WELL_KNOWN = "/.well-known/openid-configuration"
RETURN_TO = "https://login.contoso.example/contoso.example/oauth2/authresp"
BROWSER = "the browser of Ada"
FABRIKAM = "OIDC-V1-Fabrikam-1"
MAPPING = {
    "userId": "sub",
    "displayName": "name",
    "givenName": "given_name",
    "surname": "family_name",
    "email": "email",
}
APPLE_KEY = ECKey.generate_key("P-256")
TENANT_KEY = ECKey.generate_key("P-256")


@dataclass(slots=True)
class Abroad:
    """`provider` is the stand-in; visits go to the stored one of the id that is given."""

    stage: Stage
    provider: Foreign

    async def depart(self, id: str = FABRIKAM, **hints: Any) -> Result:
        return await self.stage.perform(Depart(id, RETURN_TO, **hints), browser=BROWSER)

    async def address(self, id: str = FABRIKAM, **hints: Any) -> str:
        """Where the browser is sent."""
        departing = await self.depart(id, **hints)
        assert isinstance(departing, Departing), departing
        return departing.url

    async def arrive(
        self, answer: Mapping[str, str], id: str = FABRIKAM, *, browser: str = BROWSER
    ) -> Result:
        return await self.stage.perform(Arrive(id, answer), browser=browser)

    async def store(self, *changes: Change) -> None:
        """And let the runtime know."""
        await self.stage.store.entities.apply(changes)
        fresh = await self.stage.tenants.fresh(self.stage.tenant.id)
        assert fresh is not None
        self.stage.tenant = replace(fresh, keys=self.stage.tenant.keys)

    async def visit(self, id: str = FABRIKAM, **hints: Any) -> Result:
        """There and back again; what came of it, wherever it ended."""
        departing = await self.depart(id, **hints)
        if not isinstance(departing, Departing):
            return departing
        return await self.arrive(self.provider.answer(departing.url), id)

    def forget(self) -> None:
        """Nothing is at hand any more, and the stand-in behaves."""
        self.provider.reform()
        self.provider.now = lambda: self.stage.world.now().timestamp()
        relying = replace(self.stage.tools.relying, documents=Documents(), timeout_s=10)
        self.stage.tools = replace(self.stage.tools, relying=relying)

    def hurry(self, timeout_s: float) -> None:
        """Wait for an answer no longer than that."""
        documents = Documents(timeout_s=timeout_s)
        relying = replace(self.stage.tools.relying, documents=documents, timeout_s=timeout_s)
        self.stage.tools = replace(self.stage.tools, relying=relying)


@asynccontextmanager
async def abroad(folder: Path, provider: Foreign, *, url: str = "") -> AsyncIterator[Abroad]:
    """In the empty database at `url`, or a file."""
    async with contoso(folder, url=url) as stage:
        outgoing = Outgoing(Egress(loopback=True), provider.trust())
        stage.tools = replace(
            stage.tools, outgoing=outgoing, relying=_relying(provider.base, provider.client)
        )
        tenant = stage.tenant.id
        key = TENANT_KEY.as_pem(private=True).decode()
        stage.tenant = replace(stage.tenant, keys=(SigningKey("contoso-1", "ES256", key, 0),))
        place = Abroad(stage, provider)
        rows = _rows(provider).items()
        await place.store(*(Insert("identity_provider", tenant, id, row) for id, row in rows))
        yield place
        await outgoing.close()


def _relying(base: str, client: tuple[str, str]) -> Relying:
    metadata = {"metadata": f"{base}{WELL_KNOWN}"}
    plain = {
        "authorization": f"{base}/authorize",
        "token": f"{base}/token",
        "userinfo": f"{base}/userinfo",
    }
    own = Own(*client)
    return Relying(
        rows=elsewhere(
            {
                **dict.fromkeys(("Google", "Microsoft", "AppleManaged"), metadata),
                **dict.fromkeys(("AADSignup", "MicrosoftAccount"), metadata),
                **dict.fromkeys(("Facebook", "LinkedIn", "Amazon"), plain),
                "github": {**plain, "addresses": f"{base}/emails"},
            }
        ),
        clients={"AADSignup": own, "MicrosoftAccount": own},
    )


def generic(provider: Foreign, **more: Any) -> dict[str, Any]:
    """The details of an openIdConnectIdentityProvider."""
    return {
        "metadataUrl": f"{provider.base}{WELL_KNOWN}",
        "scope": "openid profile email",
        "responseType": "code",
        "responseMode": "form_post",
        "claimsMapping": MAPPING,
        **more,
    }


def fabrikam(provider: Foreign) -> dict[str, Any]:
    """A stored openIdConnectIdentityProvider."""
    return _row(provider, "openIdConnect", **generic(provider))


def _rows(provider: Foreign) -> dict[str, dict[str, Any]]:
    """The stored providers by id; those that are built in are there already."""
    oidc = {"issuer": provider.base, "scope": "openid", "responseType": "code"}
    tokens = {"responseType": "id_token"}
    address = {"locality": "town"}
    inbound = {"sub": "employee", "name": "display", "address": address}
    apple = {"developerId": "TEAM", "keyId": "KEY", "serviceId": provider.client[0]}
    pem = APPLE_KEY.as_pem(private=True).decode()
    return {
        FABRIKAM: fabrikam(provider),
        "code by query": _row(provider, "openIdConnect", **generic(provider, responseMode="query")),
        "id token by form": _row(provider, "openIdConnect", **generic(provider, **tokens)),
        "id token by query": _row(
            provider, "openIdConnect", **generic(provider, **tokens, responseMode="query")
        ),
        "access token": _row(provider, "openIdConnect", **generic(provider, responseType="token")),
        "oidc by secret": _row(provider, "oidc", **oidc),
        "oidc by key": {**_row(provider, "oidc", **oidc), "client_secret": None},
        "oidc mapped": _row(provider, "oidc", **oidc, inboundClaimMapping=inbound),
        "oidc elsewhere": _row(
            provider,
            "oidc",
            **{**oidc, "issuer": "https://fabrikam.example"},
            wellKnownEndpoint=f"{provider.base}{WELL_KNOWN}",
        ),
        **{
            id: {**_row(provider, "apple", "AppleManaged", **apple), "certificate_data": key}
            for id, key in (
                ("Apple-Managed-OIDC", pem),
                ("Apple by the middle of its key", "".join(pem.splitlines()[1:-1])),
                ("Apple by no key", "nonsense"),
            )
        },
        **{
            f"{name}-OAUTH": _row(provider, "social", name)
            for name in ("Google", "Microsoft", "Facebook", "GitHub", "LinkedIn", "Amazon")
        },
        "Weibo-OAUTH": _row(provider, "social", "Weibo"),
    }


def _row(
    provider: Foreign, kind: str, type: str = "OpenIdConnect", **details: Any
) -> dict[str, Any]:
    return {
        "kind": kind,
        "identity_provider_type": type,
        "display_name": "Fabrikam" if kind != "social" else type,
        "client_id": provider.client[0],
        "client_secret": provider.client[1],
        "details": details,
    }
