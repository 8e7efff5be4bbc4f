"""Microsoft's two Python SDKs, pointed at our server: host and credential, and nothing else."""

from __future__ import annotations

import asyncio
import functools
import importlib
import json
import re
import ssl
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.identity import ClientSecretCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from msgraph import GraphServiceClient
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph_beta import GraphServiceClient as BetaClient
from msgraph_beta.graph_request_adapter import GraphRequestAdapter as BetaAdapter
from msgraph_core import GraphClientFactory

from live import Live


@dataclass(frozen=True, slots=True)
class Sdk:
    """One of the two packages, which name the same things alike."""

    package: str
    version: str
    adapter: type[Any]
    client: type[Any]

    def __getattr__(self, name: str) -> Any:
        """The model or enumeration `name`, such as B2xIdentityUserFlow."""
        return self.find(f"models.{_snake(name)}", name)

    def find(self, module: str, name: str) -> Any:
        """What a generated module calls `name`."""
        return getattr(importlib.import_module(f"{self.package}.generated.{module}"), name)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


V1 = Sdk("msgraph", "v1.0", GraphRequestAdapter, GraphServiceClient)
BETA = Sdk("msgraph_beta", "beta", BetaAdapter, BetaClient)
BOTH = pytest.mark.parametrize("sdk", [V1, BETA], ids=["v1.0", "beta"])

Story = Callable[[Any], Awaitable[None]]


def run(live: Live, sdk: Sdk, story: Story) -> None:
    """Run `story(graph)` with an SDK client that got its token from azure-identity."""

    async def main() -> None:
        context = ssl.create_default_context(cafile=live.ca_file)
        provider = AzureIdentityAuthenticationProvider(
            _credential(live.base, live.data_dir),
            scopes=["https://graph.microsoft.com/.default"],
            allowed_hosts=["localhost"],
        )
        transport = httpx.AsyncHTTPTransport(verify=context)
        http = GraphClientFactory.create_with_default_middleware(
            client=httpx.AsyncClient(transport=transport)
        )
        requests = sdk.adapter(provider, client=http)
        requests.base_url = f"{live.base}/{sdk.version}"
        async with transport:  # the SDK's wrapper does not close what it wraps
            await story(sdk.client(request_adapter=requests))

    asyncio.run(main())


@functools.cache
def _credential(base: str, data_dir: Path) -> ClientSecretCredential:
    """One for all tests, as in an application: it keeps its token."""
    facts = json.loads((data_dir / "dev.json").read_text("utf-8"))
    return ClientSecretCredential(
        facts["tenant"],
        facts["client_id"],
        facts["client_secret"],
        authority=base,
        disable_instance_discovery=True,
        connection_verify=facts["ca_file"],
    )


def query(builder: Any, method: str = "Get", **options: Any) -> RequestConfiguration[Any]:
    """The configuration that carries OData options: `query(flows, filter="…")`."""
    kind = type(builder)
    return RequestConfiguration(
        query_parameters=getattr(kind, f"{kind.__name__}{method}QueryParameters")(**options)
    )


def fresh(prefix: str) -> str:
    """A name that nothing else on this server has."""
    return prefix + uuid.uuid4().hex[:12]


def ids(page: Any) -> list[str]:
    """Of a collection that fits on one page."""
    assert page.odata_next_link is None
    return [one.id for one in page.value]


async def refused(sdk: Sdk, request: Awaitable[Any], *statuses: int) -> Any:
    """The SDK raises Graph's error with one of these statuses; what it says."""
    error = sdk.find("models.o_data_errors.o_data_error", "ODataError")
    with pytest.raises(error) as caught:
        await request
    assert caught.value.response_status_code in statuses, caught.value.error
    assert caught.value.error.code
    assert caught.value.error.message
    return caught.value.error


async def deleted(sdk: Sdk, item: Any) -> None:
    """Delete it, and see that it is gone."""
    await item.delete()
    await refused(sdk, item.get(), 404)


async def raw(graph: Any, method: Method, path: str, model: Any = None, body: Any = None) -> Any:
    """A request for which the SDK has no builder, through its own adapter."""
    package = type(graph).__module__.split(".")[0]
    module = importlib.import_module(f"{package}.generated.models.o_data_errors.o_data_error")
    errors = {"XXX": module.ODataError}
    request = RequestInformation()
    request.http_method = method
    request.url = graph.request_adapter.base_url + path
    if body is not None:
        request.set_content_from_parsable(graph.request_adapter, "application/json", body)
    if model is None:
        return await graph.request_adapter.send_no_response_content_async(request, errors)
    return await graph.request_adapter.send_async(request, model, errors)
