"""The seeds' Python snippets through Microsoft's own SDKs, over HTTPS, only host and CA changed."""

from __future__ import annotations

from typing import Any

import pytest
from kiota_abstractions.method import Method
from msgraph.generated.models.b2x_identity_user_flow import B2xIdentityUserFlow
from msgraph.generated.models.identity_api_connector import IdentityApiConnector
from msgraph.generated.models.identity_provider import IdentityProvider
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.user_flow_api_connector_configuration import (
    UserFlowApiConnectorConfiguration,
)
from msgraph.generated.models.user_flow_type import UserFlowType
from msgraph_beta.generated.models.b2c_identity_user_flow import B2cIdentityUserFlow
from msgraph_beta.generated.models.identity_api_connector import (
    IdentityApiConnector as BetaConnector,
)
from msgraph_beta.generated.models.identity_provider import IdentityProvider as BetaProvider
from msgraph_beta.generated.models.user_flow_api_connector_configuration import (
    UserFlowApiConnectorConfiguration as BetaConfiguration,
)
from msgraph_beta.generated.models.user_flow_type import UserFlowType as BetaType

from interop.python_sdk import BETA, V1, raw, run
from live import Live


async def first_connector(graph: Any) -> str:
    page = await graph.identity.api_connectors.get()
    return str(page.value[0].id)


def test_b2x_example_1_creates_a_flow_with_default_values(live: Live) -> None:
    async def story(graph_client: Any) -> None:
        request_body = B2xIdentityUserFlow(
            id="Partner",
            user_flow_type=UserFlowType.SignUpOrSignIn,
            user_flow_type_version=1,
        )
        await delete_if_there(graph_client.identity.b2x_user_flows, "B2X_1_Partner")
        result = await graph_client.identity.b2x_user_flows.post(request_body)
        assert result.id == "B2X_1_Partner"
        assert result.user_flow_type == UserFlowType.SignUpOrSignIn
        assert result.user_flow_type_version == 1
        again = await graph_client.identity.b2x_user_flows.by_b2x_identity_user_flow_id(
            "B2X_1_Partner"
        ).get()
        assert again.id == "B2X_1_Partner"

    run(live, V1, story)


def test_b2x_example_2_finds_the_provider_whatever_its_casing(live: Live) -> None:
    async def story(graph_client: Any) -> None:
        await delete_if_there(graph_client.identity.b2x_user_flows, "B2X_1_Partner")
        request_body = B2xIdentityUserFlow(
            id="Partner",
            user_flow_type=UserFlowType.SignUpOrSignIn,
            user_flow_type_version=1,
            identity_providers=[
                IdentityProvider(
                    id="Facebook-OAuth",
                    type="Facebook",
                    name="Facebook",
                ),
            ],
        )
        result = await graph_client.identity.b2x_user_flows.post(request_body)
        assert result.id == "B2X_1_Partner"
        flow = graph_client.identity.b2x_user_flows.by_b2x_identity_user_flow_id(result.id)
        providers = await flow.user_flow_identity_providers.get()
        assert "Facebook-OAUTH" in [provider.id for provider in providers.value]

    run(live, V1, story)


@pytest.mark.parametrize("key", ["@odata_id", "@odata.id"])
@pytest.mark.parametrize(
    "url",
    [
        "https://graph.microsoft.com/v1/identity/apiConnectors/{id}",
        "https://graph.microsoft.com/beta/identity/apiConnectors('{id}')",
        "{id}",
    ],
    ids=["as printed", "another version and key form", "a bare id"],
)
def test_b2x_example_3_links_connectors(live: Live, key: str, url: str) -> None:
    async def story(graph_client: Any) -> None:
        name = "B2X_1_UserFlowWithAPIConnector"
        await delete_if_there(graph_client.identity.b2x_user_flows, name)
        connector = await first_connector(graph_client)
        link = {key: url.replace("{id}", connector)}
        request_body = B2xIdentityUserFlow(
            id="UserFlowWithAPIConnector",
            user_flow_type=UserFlowType.SignUpOrSignIn,
            user_flow_type_version=1,
            api_connector_configuration=UserFlowApiConnectorConfiguration(
                post_federation_signup=IdentityApiConnector(additional_data=dict(link)),
                post_attribute_collection=IdentityApiConnector(additional_data=dict(link)),
            ),
        )
        result = await graph_client.identity.b2x_user_flows.post(request_body)
        assert result.id == name
        flow = graph_client.identity.b2x_user_flows.by_b2x_identity_user_flow_id(name)
        configuration = flow.api_connector_configuration
        assert (await configuration.post_federation_signup.get()).id == connector
        assert (await configuration.post_attribute_collection.get()).id == connector

    run(live, V1, story)


def test_b2c_example_1_creates_a_flow_with_default_values(live: Live) -> None:
    async def story(graph_client: Any) -> None:
        await delete_if_there(graph_client.identity.b2c_user_flows, "B2C_1_Customer")
        request_body = B2cIdentityUserFlow(
            id="Customer",
            user_flow_type=BetaType.SignUpOrSignIn,
            user_flow_type_version=3,
        )
        result = await graph_client.identity.b2c_user_flows.post(request_body)
        assert result.id == "B2C_1_Customer"
        assert result.user_flow_type_version == 3
        assert result.is_language_customization_enabled is False
        assert result.default_language_tag == "en"
        assert result.additional_data["authenticationMethods"] == "emailWithPassword"
        assert result.additional_data["tokenClaimsConfiguration"] == {
            "isIssuerEntityUserFlow": False
        }

    run(live, BETA, story)


def test_b2c_example_2_has_only_the_provider_it_names(live: Live) -> None:
    async def story(graph_client: Any) -> None:
        await delete_if_there(graph_client.identity.b2c_user_flows, "B2C_1_Customer")
        request_body = B2cIdentityUserFlow(
            id="Customer",
            user_flow_type=BetaType.SignUpOrSignIn,
            user_flow_type_version=3,
            identity_providers=[BetaProvider(id="Facebook-OAuth")],
        )
        result = await graph_client.identity.b2c_user_flows.post(request_body)
        assert result.additional_data["authenticationMethods"] == "0"
        flow = graph_client.identity.b2c_user_flows.by_b2c_identity_user_flow_id(result.id)
        providers = await flow.identity_providers.get()
        assert [(one.id, one.type, one.name) for one in providers.value] == [
            ("Facebook-OAUTH", "Facebook", "Facebook")
        ]

    run(live, BETA, story)


@pytest.mark.parametrize("key", ["@odata_id", "@odata.id"])
def test_b2c_example_3_links_connectors_by_bare_id(live: Live, key: str) -> None:
    async def story(graph_client: Any) -> None:
        name = "B2C_1_UserFlowWithAPIConnector"
        await delete_if_there(graph_client.identity.b2c_user_flows, name)
        connector = await first_connector(graph_client)
        request_body = B2cIdentityUserFlow(
            id="UserFlowWithAPIConnector",
            user_flow_type=BetaType.SignUpOrSignIn,
            user_flow_type_version=1,
            api_connector_configuration=BetaConfiguration(
                post_federation_signup=BetaConnector(additional_data={key: connector}),
                post_attribute_collection=BetaConnector(additional_data={key: connector}),
            ),
        )
        result = await graph_client.identity.b2c_user_flows.post(request_body)
        assert result.id == name
        # The beta SDK has no builder below a b2c flow's configuration: ask by address.
        step = f"/identity/b2cUserFlows/{name}/apiConnectorConfiguration/postAttributeCollection"
        found = await raw(graph_client, Method.GET, step, BetaConnector)
        assert found.id == connector

    run(live, BETA, story)


def test_a_connector_id_left_as_a_placeholder_creates_nothing(live: Live) -> None:
    async def story(graph_client: Any) -> None:
        link = {"@odata_id": "https://graph.microsoft.com/v1/identity/apiConnectors/{id}"}
        request_body = B2xIdentityUserFlow(
            id="Placeholder",
            user_flow_type=UserFlowType.SignUpOrSignIn,
            user_flow_type_version=1,
            api_connector_configuration=UserFlowApiConnectorConfiguration(
                post_attribute_collection=IdentityApiConnector(additional_data=link),
            ),
        )
        with pytest.raises(ODataError) as refused:
            await graph_client.identity.b2x_user_flows.post(request_body)
        assert refused.value.response_status_code == 400
        assert "postAttributeCollection" in str(refused.value.error)
        flows = await graph_client.identity.b2x_user_flows.get()
        assert "B2X_1_Placeholder" not in [flow.id for flow in flows.value]

    run(live, V1, story)


async def delete_if_there(flows: Any, name: str) -> None:
    listed = await flows.get()
    if name in [flow.id for flow in listed.value]:  # not B2X_1_partner, which is there at first
        by = getattr(flows, "by_b2x_identity_user_flow_id", None)
        by = by or flows.by_b2c_identity_user_flow_id
        await by(name).delete()
