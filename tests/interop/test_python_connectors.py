"""API connectors, and the steps of flows that call them, through the Python SDKs."""

from __future__ import annotations

from typing import Any

import pytest
from kiota_abstractions.method import Method

from interop.outside import certificate
from interop.python_sdk import BETA, BOTH, V1, Sdk, deleted, fresh, ids, query, raw, run
from interop.test_python_flows import body, builder
from live import Live

UPLOAD = "upload_client_certificate"
STEPS = {
    "post_federation_signup": "postFederationSignup",
    "post_attribute_collection": "postAttributeCollection",
    "pre_token_issuance": "preTokenIssuance",
}


def basic(sdk: Sdk, password: str) -> Any:
    return sdk.BasicAuthentication(username="caller", password=password)


async def connector(graph: Any, sdk: Sdk) -> Any:
    """A new one."""
    return await graph.identity.api_connectors.post(
        sdk.IdentityApiConnector(
            display_name=fresh("Connector "),
            target_url="https://api.contoso.example/check",
            authentication_configuration=basic(sdk, "not-shown"),
        )
    )


def upload(sdk: Sdk, module: str, told: dict[str, str]) -> Any:
    """The body of uploadClientCertificate, of which every path has its own class."""
    name = f"{module}.{UPLOAD}.{UPLOAD}_post_request_body"
    request = sdk.find(name, "UploadClientCertificatePostRequestBody")
    return request(pkcs12_value=told["pkcs12"], password=told["pkcs12_password"])


@BOTH
def test_a_connector_lives(live: Live, sdk: Sdk) -> None:
    async def story(graph: Any) -> None:
        connectors = graph.identity.api_connectors
        made = await connector(graph, sdk)
        one = connectors.by_identity_api_connector_id(made.id)
        assert made.id in ids(await connectors.get())
        assert await connectors.count.get() > 0
        await one.patch(
            sdk.IdentityApiConnector(
                display_name="Renamed", authentication_configuration=basic(sdk, "other")
            )
        )
        read = await one.get()
        assert read.display_name == "Renamed"
        assert isinstance(read.authentication_configuration, sdk.BasicAuthentication)
        assert set(read.authentication_configuration.password) == {"*"}
        await deleted(sdk, one)

    run(live, sdk, story)


@BOTH
def test_a_connector_is_made_with_a_certificate(live: Live, sdk: Sdk) -> None:
    told = certificate()

    async def story(graph: Any) -> None:
        made = await graph.identity.api_connectors.post(
            sdk.IdentityApiConnector(
                display_name=fresh("Certified "),
                target_url="https://api.contoso.example/check",
                authentication_configuration=sdk.Pkcs12Certificate(
                    pkcs12_value=told["pkcs12"], password=told["pkcs12_password"]
                ),
            )
        )
        one = graph.identity.api_connectors.by_identity_api_connector_id(made.id)
        read = (await one.get()).authentication_configuration
        assert isinstance(read, sdk.ClientCertificateAuthentication)
        assert [one.thumbprint for one in read.certificate_list] == [told["pkcs12_thumbprint"]]
        await deleted(sdk, one)

    run(live, sdk, story)


@BOTH
def test_a_certificate_is_uploaded(live: Live, sdk: Sdk) -> None:
    told = certificate()

    async def story(graph: Any) -> None:
        made = await connector(graph, sdk)
        one = graph.identity.api_connectors.by_identity_api_connector_id(made.id)
        request = upload(sdk, "identity.api_connectors.item", told)
        assert (await one.upload_client_certificate.post(request)).id == made.id
        read = (await one.get()).authentication_configuration
        assert isinstance(read, sdk.ClientCertificateAuthentication)
        assert [(one.thumbprint, one.is_active) for one in read.certificate_list] == [
            (told["pkcs12_thumbprint"], True)
        ]
        await deleted(sdk, one)

    run(live, sdk, story)


B2X_STEPS = pytest.mark.parametrize(
    ("sdk", "step"),
    [(BETA, step) for step in STEPS] + [(V1, step) for step in [*STEPS][:2]],
    ids=lambda value: getattr(value, "version", value),
)


async def put(graph: Any, flow: str, step: str, reference: Any) -> None:
    """Link; below preTokenIssuance the SDK has no builder for it, so there it goes by address."""
    _, one = builder(graph, "b2x")
    configured = getattr(one(flow).api_connector_configuration, step)
    if hasattr(configured, "ref"):
        await configured.ref.put(reference)
    else:
        path = f"/identity/b2xUserFlows/{flow}/apiConnectorConfiguration/{STEPS[step]}/$ref"
        await raw(graph, Method.PUT, path, body=reference)


async def linked(graph: Any, flow: str, step: str) -> Any:
    """The connector that a step of a b2x flow calls, or None."""
    _, one = builder(graph, "b2x")
    configuration = one(flow).api_connector_configuration
    read = await configuration.get(query(configuration, expand=[STEPS[step]]))
    return getattr(read, step)


@B2X_STEPS
def test_a_step_of_a_b2x_flow_calls_a_connector(live: Live, sdk: Sdk, step: str) -> None:
    async def story(graph: Any) -> None:
        flows, one = builder(graph, "b2x")
        flow = (await flows.post(body(sdk, "b2x"))).id
        made = await connector(graph, sdk)
        link = sdk.ReferenceUpdate(
            odata_id=f"{live.base}/{sdk.version}/identity/apiConnectors/{made.id}"
        )
        configured = getattr(one(flow).api_connector_configuration, step)
        assert await linked(graph, flow, step) is None
        await put(graph, flow, step, link)
        assert (await linked(graph, flow, step)).id == made.id
        assert (await configured.get()).display_name == made.display_name
        await put(graph, flow, step, sdk.ReferenceUpdate())
        assert await linked(graph, flow, step) is None
        await put(graph, flow, step, link)
        await configured.delete()
        assert await linked(graph, flow, step) is None
        await deleted(sdk, graph.identity.api_connectors.by_identity_api_connector_id(made.id))
        await deleted(sdk, one(flow))

    run(live, sdk, story)


@B2X_STEPS
def test_a_connector_is_changed_through_the_step_that_calls_it(
    live: Live, sdk: Sdk, step: str
) -> None:
    async def story(graph: Any) -> None:
        flows, one = builder(graph, "b2x")
        flow = (await flows.post(body(sdk, "b2x"))).id
        made = await connector(graph, sdk)
        await put(graph, flow, step, sdk.ReferenceUpdate(odata_id=made.id))
        configured = getattr(one(flow).api_connector_configuration, step)
        await configured.patch(sdk.IdentityApiConnector(display_name="Renamed"))
        module = f"identity.b2x_user_flows.item.api_connector_configuration.{step}"
        await configured.upload_client_certificate.post(upload(sdk, module, certificate()))
        item = graph.identity.api_connectors.by_identity_api_connector_id(made.id)
        read = await item.get()
        assert read.display_name == "Renamed"
        certified = sdk.ClientCertificateAuthentication
        assert isinstance(read.authentication_configuration, certified)
        await deleted(sdk, item)
        assert await linked(graph, flow, step) is None
        await deleted(sdk, one(flow))

    run(live, sdk, story)


@pytest.mark.parametrize("step", STEPS.values())
def test_a_step_of_a_b2c_flow_calls_a_connector(live: Live, step: str) -> None:
    """The beta SDK has no builders below a b2c flow's configuration: all goes by address."""
    root = "apiConnectorConfiguration"

    async def story(graph: Any) -> None:
        flows, one = builder(graph, "b2c")
        flow = await flows.post(body(BETA, "b2c"))
        made = await connector(graph, BETA)
        path = f"/identity/b2cUserFlows/{flow.id}/{root}"
        link = BETA.ReferenceUpdate(odata_id=made.id)
        await raw(graph, Method.PUT, f"{path}/{step}/$ref", body=link)
        read = await raw(graph, Method.GET, f"{path}/{step}", BETA.IdentityApiConnector)
        assert read.id == made.id
        whole = f"{path}?$expand={step}"
        all_ = await raw(graph, Method.GET, whole, BETA.UserFlowApiConnectorConfiguration)
        name = next(name for name, segment in STEPS.items() if segment == step)
        assert getattr(all_, name).id == made.id
        await raw(graph, Method.PUT, f"{path}/{step}/$ref", body=BETA.ReferenceUpdate())
        all_ = await raw(graph, Method.GET, whole, BETA.UserFlowApiConnectorConfiguration)
        assert getattr(all_, name) is None
        await deleted(BETA, graph.identity.api_connectors.by_identity_api_connector_id(made.id))
        await deleted(BETA, one(flow.id))

    run(live, BETA, story)
