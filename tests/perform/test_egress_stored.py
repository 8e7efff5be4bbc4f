"""What is stored is judged again when it is called: backups come from elsewhere, names move, and
a provider's metadata may name any endpoint.

Source: security.md section 5 and T13.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from abroad import RETURN_TO, Abroad
from peers import listening
from spellings import NAMES, URLS, resolve
from stage import SUSI, Stage, contoso
from vestibule.journey.effects import (
    CallConnector,
    ConnectorFailed,
    Depart,
    Effect,
    Federated,
    ProviderFailed,
)
from vestibule.perform.egress import Egress
from vestibule.perform.http import Outgoing
from vestibule.perform.performer import Performer
from vestibule.tenancy import Connector, Provider

pytestmark = pytest.mark.anyio

DISCOVERY = ".well-known/openid-configuration"
SPELLED = [*URLS.values(), *(f"https://{name}:{{port}}/{{path}}" for name in NAMES)]
DETAILS = {
    "metadataUrl": "",
    "scope": "openid",
    "responseType": "code",
    "responseMode": "query",
    "claimsMapping": {"userId": "sub", "displayName": "name"},
}
OIDC = {"issuer": "https://api.contoso.example", "scope": "openid", "responseType": "code"}


def connector(url: str) -> tuple[dict[str, Any], Effect]:
    stored = Connector("c", "Approve", url, "vestibule", "secret-of-ours")
    return {"connectors": {"c": stored}}, CallConnector("c", "postFederationSignup", {}, {})


def provider(kind: Any, **details: Any) -> tuple[dict[str, Any], Effect]:
    stored = Provider("p", kind, "OpenIdConnect", "Partner", "client", "secret", details=details)
    return {"providers": {"p": stored}}, Depart("p", RETURN_TO)


FIELDS: Mapping[str, Callable[[str], tuple[dict[str, Any], Effect]]] = {
    "targetUrl": connector,
    "metadataUrl": lambda url: provider("openIdConnect", **{**DETAILS, "metadataUrl": url}),
    "issuer": lambda url: provider("oidc", **{**OIDC, "issuer": url}),
    "wellKnownEndpoint": lambda url: provider("oidc", **OIDC, wellKnownEndpoint=url),
}


@pytest.fixture(scope="module")
async def stage(
    anyio_backend: str,  # noqa: ARG001 - whose loop lives as long
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Stage]:
    async with contoso(tmp_path_factory.mktemp("stored")) as stage:
        outgoing = Outgoing(Egress(), ssl.create_default_context(), resolve=resolve)
        stage.tools = replace(stage.tools, outgoing=outgoing)
        yield stage
        await outgoing.close()


@pytest.mark.parametrize("field", FIELDS)
async def test_nothing_that_is_stored_leads_a_call_astray(stage: Stage, field: str) -> None:
    async with listening(None) as canary:
        for spelled in SPELLED:
            path = "" if field == "issuer" else DISCOVERY
            stored, effect = FIELDS[field](spelled.format(port=canary.port, path=path))
            occasion = replace(stage.occasion(), tenant=replace(stage.tenant, **stored), flow=SUSI)
            result = await Performer(stage.tools).perform(effect, occasion)
            assert isinstance(result, ConnectorFailed | ProviderFailed), spelled
        assert canary.connections == 0


ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_a_providers_metadata_lead_no_call_astray(there: Abroad, endpoint: str) -> None:
    """The provider itself is listed by its name, and its user information is needed."""
    tools = there.stage.tools
    outgoing = Outgoing(Egress.of(["localhost"], loopback=False), there.provider.trust())

    def begin(**changes: str) -> None:
        there.forget()
        there.stage.tools = replace(there.stage.tools, outgoing=outgoing)
        there.provider.token_changes = {"name": None, "email": None}
        there.provider.metadata_changes = changes

    async with listening(None) as canary:
        for spelled in ("127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "app.localhost"):
            begin()
            assert isinstance(await there.visit(), Federated)
            begin(**{endpoint: f"https://{spelled}:{canary.port}/"})
            assert isinstance(await there.visit(), ProviderFailed), spelled
        assert canary.connections == 0
    there.stage.tools = tools
    await outgoing.close()
