"""azure-identity, sync and aio, gets tokens for Graph; nothing but the authority is told to it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential
from azure.identity.aio import ClientSecretCredential as AsyncClientSecretCredential

from live import Live

GRAPH = "https://graph.microsoft.com/.default"


def arguments(live: Live, *, tenant: str = "tenant", secret: str = "") -> dict[str, Any]:
    """What an application passes; trust comes from the environment, as the README says."""
    return {
        "tenant_id": live.facts[tenant],
        "client_id": live.facts["client_id"],
        "client_secret": secret or live.facts["client_secret"],
        "authority": live.base,
        "disable_instance_discovery": True,
    }


def may_list_flows(live: Live, token: str) -> bool:
    with live.http(headers={"authorization": f"Bearer {token}"}) as graph:
        return graph.get("/beta/identity/b2cUserFlows").status_code == 200


@pytest.mark.parametrize("tenant", ["tenant", "tenant_id"], ids=["by domain", "by id"])
def test_the_sync_credential_gets_a_token(live: Live, tenant: str) -> None:
    with ClientSecretCredential(**arguments(live, tenant=tenant)) as credential:
        token = credential.get_token(GRAPH)
        assert may_list_flows(live, token.token)
        assert credential.get_token(GRAPH).token == token.token  # from its cache
        host = live.base.rpartition(":")[0]
        assert may_list_flows(live, credential.get_token(f"{host}/.default").token)


def test_the_async_credential_gets_a_token(live: Live) -> None:
    async def main() -> str:
        async with AsyncClientSecretCredential(**arguments(live)) as credential:
            token = await credential.get_token(GRAPH)
            again = await credential.get_token(GRAPH)
        await asyncio.sleep(0.1)  # aiohttp closes its TLS connections behind its own back
        assert again.token == token.token
        return token.token

    assert may_list_flows(live, asyncio.run(main()))


def test_a_wrong_secret_is_told_with_its_code(live: Live) -> None:
    async def main() -> None:
        async with AsyncClientSecretCredential(**arguments(live, secret="wrong")) as credential:
            with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
                await credential.get_token(GRAPH)
        await asyncio.sleep(0.1)

    with (
        ClientSecretCredential(**arguments(live, secret="wrong")) as credential,
        pytest.raises(ClientAuthenticationError, match="AADSTS7000215"),
    ):
        credential.get_token(GRAPH)
    asyncio.run(main())


def test_a_scope_of_nobody_is_refused(live: Live) -> None:
    with (
        ClientSecretCredential(**arguments(live)) as credential,
        pytest.raises(ClientAuthenticationError, match="AADSTS"),
    ):
        credential.get_token("https://nobody.example/.default")


def test_the_azure_cli_is_told_that_there_are_no_subscriptions(live: Live) -> None:
    """`az login` ends without this answer; its own suite is part of `make interop` alone."""
    with live.http() as client:
        answer = client.get("/subscriptions", params={"api-version": "2022-12-01"})
    assert (answer.status_code, answer.json()) == (200, {"value": []})
