"""The life of user flows, and their identity providers, through the Python SDKs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from kiota_abstractions.method import Method

from interop.python_sdk import BETA, V1, Sdk, deleted, fresh, ids, query, raw, refused, run
from live import Live, environment, start

FLOWS = pytest.mark.parametrize(
    ("sdk", "kind"), [(BETA, "b2c"), (V1, "b2x"), (BETA, "b2x")], ids=["b2c", "b2x v1.0", "b2x"]
)
MODELS = {"b2c": "B2cIdentityUserFlow", "b2x": "B2xIdentityUserFlow"}
FACEBOOK = "Facebook-OAUTH"


def builder(graph: Any, kind: str) -> tuple[Any, Any]:
    """The collection, and what picks one of it."""
    if kind == "b2c":
        flows = graph.identity.b2c_user_flows
        return flows, flows.by_b2c_identity_user_flow_id
    flows = graph.identity.b2x_user_flows
    return flows, flows.by_b2x_identity_user_flow_id


def body(sdk: Sdk, kind: str, **more: Any) -> Any:
    """A flow with a name of its own."""
    return getattr(sdk, MODELS[kind])(
        id=more.pop("id", None) or fresh("py"),
        user_flow_type=sdk.UserFlowType.SignUpOrSignIn,
        user_flow_type_version=1,
        **more,
    )


@FLOWS
def test_a_flow_is_made_listed_read_updated_and_deleted(live: Live, sdk: Sdk, kind: str) -> None:
    async def story(graph: Any) -> None:
        flows, one = builder(graph, kind)
        before = await flows.count.get()
        made = await flows.post(body(sdk, kind))
        assert made.id.startswith(f"{kind.upper()}_1_")
        assert await flows.count.get() == before + 1
        assert made.id in ids(await flows.get())
        found = await flows.get(query(flows, filter=f"id eq '{made.id}'", select=["id"]))
        assert ids(found) == [made.id]
        assert (await one(made.id).get()).user_flow_type == sdk.UserFlowType.SignUpOrSignIn
        again = await refused(sdk, flows.post(body(sdk, kind, id=made.id)), 409)
        assert again.code == "AADB2C"
        if kind == "b2c":
            change = sdk.B2cIdentityUserFlow(
                is_language_customization_enabled=True, default_language_tag="de"
            )
            await one(made.id).patch(change)
            read = await one(made.id).get()
            assert read.is_language_customization_enabled is True
            assert read.default_language_tag == "de"
        other = getattr(sdk, MODELS[kind])(user_flow_type=sdk.UserFlowType.SignIn)
        await refused(sdk, one(made.id).patch(other), 400)
        await deleted(sdk, one(made.id))

    run(live, sdk, story)


@FLOWS
def test_pages_are_followed(live: Live, sdk: Sdk, kind: str) -> None:
    async def story(graph: Any) -> None:
        flows, one = builder(graph, kind)
        made = [await flows.post(body(sdk, kind)) for _ in range(3)]
        page = await flows.get(query(flows, top=2))
        assert len(page.value) == 2
        seen = [flow.id for flow in page.value]
        while page.odata_next_link:
            page = await flows.with_url(page.odata_next_link).get()
            seen += [flow.id for flow in page.value]
        for flow in made:
            assert seen.count(flow.id) == 1
            await deleted(sdk, one(flow.id))

    run(live, sdk, story)


@FLOWS
@pytest.mark.parametrize(
    ("navigation", "segment"),
    [
        ("user_flow_identity_providers", "userFlowIdentityProviders"),
        ("identity_providers", "identityProviders"),
    ],
    ids=["new", "old"],
)
def test_providers_are_linked_and_unlinked(
    live: Live, sdk: Sdk, kind: str, navigation: str, segment: str
) -> None:
    """Where the SDK has no `$ref` builder for the documented request, it is sent by address."""

    async def story(graph: Any) -> None:
        flows, one = builder(graph, kind)
        made = await flows.post(body(sdk, kind))
        linked = getattr(one(made.id), navigation)
        before = sorted(ids(await linked.get()))
        link = sdk.ReferenceCreate(
            odata_id=f"{live.base}/{sdk.version}/identity/identityProviders/{FACEBOOK}"
        )
        path = f"/identity/{kind}UserFlows/{made.id}/{segment}"
        for unlink in (_unlink_one, _unlink_by_address):
            if hasattr(linked, "ref"):
                await linked.ref.post(link)
            else:
                await raw(graph, Method.POST, f"{path}/$ref", body=link)
            assert sorted(ids(await linked.get())) == sorted([*before, FACEBOOK])
            assert await linked.count.get() == len(before) + 1
            if hasattr(linked, "ref"):
                await unlink(linked, link)
            else:
                await raw(graph, Method.DELETE, f"{path}/{FACEBOOK}/$ref")
            assert sorted(ids(await linked.get())) == before
        await deleted(sdk, one(made.id))

    run(live, sdk, story)


async def _unlink_one(linked: Any, _link: Any) -> None:
    by = getattr(linked, "by_identity_provider_base_id", None)
    await (by or linked.by_identity_provider_id)(FACEBOOK).ref.delete()


async def _unlink_by_address(linked: Any, link: Any) -> None:
    await linked.ref.delete(query(linked.ref, "Delete", id=link.odata_id))


def test_the_sdk_reads_reference_objects_as_nothing(live: Live) -> None:
    """A limit of the SDK against any server: it takes references for strings."""

    async def story(graph: Any) -> None:
        flows, one = builder(graph, "b2x")
        made = await flows.post(body(V1, "b2x"))
        linked = one(made.id).user_flow_identity_providers
        references = await linked.ref.get()
        assert references.value == [None] * await linked.count.get()
        await deleted(V1, one(made.id))

    run(live, V1, story)


def test_the_sdk_reads_bare_references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the setting is for; a server of its own, with an authority of its own."""
    bare = start(tmp_path / "dev", env=environment(VESTIBULE_BARE_REFERENCES="true"))
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, bare.ca_file)

    async def story(graph: Any) -> None:
        flows, one = builder(graph, "b2x")
        made = await flows.post(body(V1, "b2x"))
        connector = (await graph.identity.api_connectors.get()).value[0].id
        linked = one(made.id).user_flow_identity_providers
        references = await linked.ref.get()
        found = ids(await linked.get())
        assert found
        for id, url in zip(found, references.value, strict=True):
            assert url.endswith(f"('{id}')")
        step = one(made.id).api_connector_configuration.post_federation_signup
        await step.ref.put(V1.ReferenceUpdate(odata_id=connector))
        assert connector in await step.ref.get()

    try:
        run(bare, V1, story)
    finally:
        bare.stop()


def test_an_old_user_flow_lives(live: Live) -> None:
    async def story(graph: Any) -> None:
        flows = graph.identity.user_flows
        one = flows.by_identity_user_flow_id
        before = await flows.count.get()
        name = fresh("Old")
        made = await flows.post(
            BETA.IdentityUserFlow(
                id=name, user_flow_type=BETA.UserFlowType.SignUpOrSignIn, user_flow_type_version=1
            )
        )
        assert made.id == f"B2C_1_{name}"
        assert made.id in ids(await flows.get())
        assert await flows.count.get() == before + 1
        assert (await one(made.id).get()).user_flow_type == BETA.UserFlowType.SignUpOrSignIn
        await one(made.id).patch(BETA.IdentityUserFlow(user_flow_type_version=1))
        b2c = graph.identity.b2c_user_flows.by_b2c_identity_user_flow_id(made.id)
        assert (await b2c.get()).user_flow_type_version == 1
        await deleted(BETA, one(made.id))

    run(live, BETA, story)


def test_an_application_is_linked_to_a_b2x_flow(live: Live) -> None:
    """events/onSignupStart: the SDK has models for it, but no builder."""
    path = "/identity/events/onSignupStart"

    async def story(graph: Any) -> None:
        flows, one = builder(graph, "b2x")
        flow = await flows.post(body(BETA, "b2x"))
        listener = BETA.InvokeUserFlowListener
        made = await raw(
            graph,
            Method.POST,
            path,
            BETA.AuthenticationListener,
            listener(
                priority=101,
                source_filter=BETA.AuthenticationSourceFilter(
                    include_applications=[live.facts["client_id"]]
                ),
                user_flow=BETA.B2xIdentityUserFlow(id=flow.id),
            ),
        )
        assert isinstance(made, listener)
        read = await raw(graph, Method.GET, f"{path}/{made.id}", BETA.AuthenticationListener)
        assert read.source_filter.include_applications == [live.facts["client_id"]]
        await raw(graph, Method.DELETE, f"{path}/{made.id}")
        await deleted(BETA, one(flow.id))

    run(live, BETA, story)
