"""Whom an identity provider says that somebody is: a real one over HTTPS, on a real store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from foreign import ADA, Foreign, foreign
from stage import NOON, Stage, contoso
from vestibule.journey.effects import Arrive, Depart, Departing, Federated, Result
from vestibule.perform.egress import Egress
from vestibule.perform.http import Outgoing
from vestibule.perform.providers.departures import departed
from vestibule.perform.providers.relying import Relying
from vestibule.ports import Insert

pytestmark = pytest.mark.anyio

FABRIKAM = "OIDC-V1-Fabrikam-1"
RETURN_TO = "https://login.contoso.example/contoso.example/oauth2/authresp"
MAPPING = {
    "userId": "sub",
    "displayName": "name",
    "givenName": "given_name",
    "surname": "family_name",
    "email": "email",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Foreign]:
    with foreign() as provider:
        yield provider


@dataclass(slots=True)
class Visit:
    """Contoso, and Fabrikam as it is at the moment."""

    stage: Stage
    provider: Foreign
    id: str = FABRIKAM
    left: dict[str, str] = field(default_factory=dict)

    async def configure(self, kind: str = "openIdConnect", **details: Any) -> None:
        """Store the provider as it is configured now."""
        values = {
            "kind": kind,
            "identity_provider_type": "OpenIdConnect",
            "display_name": "Fabrikam",
            "client_id": self.provider.client[0],
            "client_secret": self.provider.client[1],
            "details": details,
        }
        tenant = self.stage.tenant
        await self.stage.store.entities.apply(
            [Insert("identity_provider", tenant.id, self.id, values)]
        )
        fresh = await self.stage.tenants.fresh(tenant.id)
        assert fresh is not None
        self.stage.tenant = fresh

    async def depart(self, **hints: Any) -> str:
        """The address that the browser is sent to."""
        departing = await self.stage.perform(Depart(self.id, RETURN_TO, **hints), browser="ada's")
        assert isinstance(departing, Departing), departing
        return departing.url

    async def arrive(self, answer: Mapping[str, str]) -> Result:
        return await self.stage.perform(Arrive(self.id, answer), browser="ada's")

    async def there_and_back(self, **hints: Any) -> Result:
        return await self.arrive(self.provider.answer(await self.depart(**hints)))


@pytest.fixture
async def visit(tmp_path: Path, server: Foreign) -> AsyncIterator[Visit]:
    server.reform()
    server.now = NOON.timestamp
    async with contoso(tmp_path) as stage:
        outgoing = Outgoing(Egress(loopback=True), server.trust())
        stage.tools = replace(stage.tools, outgoing=outgoing, relying=Relying())
        yield Visit(stage, server)
        await outgoing.close()


def generic(provider: Foreign, **more: Any) -> dict[str, Any]:
    return {
        "metadataUrl": f"{provider.base}/.well-known/openid-configuration",
        "scope": "openid profile email",
        "responseType": "code",
        "responseMode": "form_post",
        "claimsMapping": MAPPING,
        **more,
    }


async def test_somebody_comes_back_from_an_openid_provider(visit: Visit) -> None:
    await visit.configure(**generic(visit.provider))
    came = await visit.there_and_back()
    assert isinstance(came, Federated), came
    assert (came.issuer, came.subject, came.idp) == (
        visit.provider.base,
        ADA["sub"],
        visit.provider.base,
    )
    assert came.attributes == {
        "displayName": "Ada Lovelace",
        "givenName": "Ada",
        "surname": "Lovelace",
    }
    assert (came.email, came.user) == ("ada@fabrikam.example", "")
    place = ("idp_access_token", visit.stage.tenant.id)
    assert visit.stage.tools.vault.open(came.access_token, *place).startswith("access-code-1")
    assert visit.provider.count("/userinfo") == 0, "the id token says everything"


async def test_state_leads_to_its_journey_until_it_is_used(visit: Visit) -> None:
    await visit.configure(**generic(visit.provider))
    answer = visit.provider.answer(await visit.depart())
    stage = visit.stage
    now = stage.world.now()
    there = await departed(stage.tools, stage.tenant, answer["state"], now)
    assert there is not None
    assert (there.journey, there.provider) == ("the journey", FABRIKAM)
    assert await departed(stage.tools, stage.tenant, "another", now) is None
    assert isinstance(await visit.arrive(answer), Federated)
    assert await departed(stage.tools, stage.tenant, answer["state"], now) is None


async def test_request_has_everything_that_the_answer_is_checked_by(visit: Visit) -> None:
    await visit.configure(**generic(visit.provider))
    address = urlsplit(await visit.depart(login_hint="ada@fabrikam.example", anew=True))
    asked = dict(parse_qsl(address.query))
    chance = {name: asked.pop(name) for name in ("state", "nonce", "code_challenge")}
    assert len(set(chance.values())) == 3
    assert asked == {
        "client_id": "vestibule",
        "response_type": "code",
        "response_mode": "form_post",
        "redirect_uri": RETURN_TO,
        "scope": "openid profile email",
        "code_challenge_method": "S256",
        "login_hint": "ada@fabrikam.example",
        "prompt": "login",
        "max_age": "0",
    }
