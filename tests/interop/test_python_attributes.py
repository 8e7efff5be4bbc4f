"""Attributes, what flows make of them, and the languages of flows, through the Python SDKs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from kiota_abstractions.method import Method

from interop.python_sdk import BOTH, Sdk, deleted, fresh, ids, query, raw, refused, run
from interop.test_python_flows import FLOWS, body, builder
from live import Live


async def custom(graph: Any, sdk: Sdk, data_type: str = "String") -> Any:
    """A new attribute."""
    return await graph.identity.user_flow_attributes.post(
        sdk.IdentityUserFlowAttribute(
            display_name=fresh("Shoe Size "),
            description="Your shoe size",
            data_type=getattr(sdk.IdentityUserFlowAttributeDataType, data_type),
        )
    )


@BOTH
@pytest.mark.parametrize("data_type", ["String", "Boolean", "Int64"])
def test_a_custom_attribute_lives(live: Live, sdk: Sdk, data_type: str) -> None:
    async def story(graph: Any) -> None:
        attributes = graph.identity.user_flow_attributes
        made = await custom(graph, sdk, data_type)
        assert made.id.startswith("extension_")
        assert "_ShoeSize" in made.id
        assert made.data_type == getattr(sdk.IdentityUserFlowAttributeDataType, data_type)
        assert made.user_flow_attribute_type == sdk.IdentityUserFlowAttributeType.Custom
        assert made.id in ids(await attributes.get())
        one = attributes.by_identity_user_flow_attribute_id(made.id)
        await one.patch(sdk.IdentityUserFlowAttribute(description="In European sizes"))
        assert (await one.get()).description == "In European sizes"
        await deleted(sdk, one)

    run(live, sdk, story)


@BOTH
def test_built_in_attributes_are_there_and_stay(live: Live, sdk: Sdk) -> None:
    async def story(graph: Any) -> None:
        attributes = graph.identity.user_flow_attributes
        built_in = "userFlowAttributeType eq 'builtIn'"
        page = await attributes.get(query(attributes, filter=built_in))
        assert len(page.value) > 3
        assert await attributes.count.get() >= len(page.value)
        one = attributes.by_identity_user_flow_attribute_id(page.value[0].id)
        await refused(sdk, one.delete(), 400, 403, 405, 409)

    run(live, sdk, story)


async def assign(
    sdk: Sdk, assigned: Any, attribute: str, kind_of_input: str = "TextBox", values: Any = ()
) -> None:
    """Let a flow ask for an attribute."""
    await assigned.post(
        sdk.IdentityUserFlowAttributeAssignment(
            is_optional=False,
            requires_verification=False,
            user_input_type=getattr(sdk.IdentityUserFlowAttributeInputType, kind_of_input),
            display_name="Asked here",
            user_attribute_values=list(values),
            user_attribute=sdk.IdentityUserFlowAttribute(id=attribute),
        )
    )


@FLOWS
def test_an_attribute_is_assigned_and_taken_away(live: Live, sdk: Sdk, kind: str) -> None:
    async def story(graph: Any) -> None:
        flows, one = builder(graph, kind)
        attribute = await custom(graph, sdk)
        flow = await flows.post(body(sdk, kind))
        assigned = one(flow.id).user_attribute_assignments
        item = assigned.by_identity_user_flow_attribute_assignment_id(attribute.id)
        before = ids(await assigned.get())
        sizes = [
            sdk.UserAttributeValuesItem(name="Large", value="L", is_default=False),
            sdk.UserAttributeValuesItem(name="Small", value="S", is_default=True),
        ]
        await assign(sdk, assigned, attribute.id, "RadioSingleSelect", sizes)
        assert sorted(ids(await assigned.get())) == sorted([*before, attribute.id])
        assert await assigned.count.get() == len(before) + 1
        read = await item.get(query(item, expand=["userAttribute"]))
        assert [(one.name, one.is_default) for one in read.user_attribute_values] == [
            ("Large", False),
            ("Small", True),
        ]
        assert read.user_attribute.id == attribute.id
        assert (await item.user_attribute.get()).id == attribute.id
        await item.patch(sdk.IdentityUserFlowAttributeAssignment(is_optional=True))
        assert (await item.get()).is_optional is True

        used = graph.identity.user_flow_attributes.by_identity_user_flow_attribute_id(attribute.id)
        error = await refused(sdk, used.delete(), 400, 409)
        assert flow.id in error.message
        for gone in (item, one(flow.id), used):
            await deleted(sdk, gone)

    run(live, sdk, story)


@FLOWS
def test_the_order_of_attributes_is_set(live: Live, sdk: Sdk, kind: str) -> None:
    module = f"identity.{kind}_user_flows.item.user_attribute_assignments.set_order"

    async def story(graph: Any) -> None:
        flows, one = builder(graph, kind)
        flow = await flows.post(body(sdk, kind))
        assigned = one(flow.id).user_attribute_assignments
        for attribute in ("city", "country"):
            await assign(sdk, assigned, attribute)
        order = (await assigned.get_order.get()).order
        assert sorted(order) == sorted(ids(await assigned.get()))
        turned = order[::-1]
        request = sdk.find(f"{module}.set_order_post_request_body", "SetOrderPostRequestBody")
        new = sdk.AssignmentOrder(order=turned)
        await assigned.set_order.post(request(new_assignment_order=new))
        assert (await assigned.get_order.get()).order == turned
        await deleted(sdk, one(flow.id))

    run(live, sdk, story)


async def spoken(graph: Any, sdk: Sdk, kind: str, flow: str) -> Any:
    """The builder of a flow's Spanish, which a b2c flow has to be given first."""
    _, one = builder(graph, kind)
    if kind == "b2c":
        customized = sdk.B2cIdentityUserFlow(is_language_customization_enabled=True)
        await one(flow).patch(customized)
        configuration = sdk.UserFlowLanguageConfiguration
        await raw(  # the SDK has no PUT here, which is how the pages say languages are added
            graph,
            Method.PUT,
            f"/identity/b2cUserFlows/{flow}/languages/es",
            configuration,
            configuration(is_enabled=True),
        )
    return one(flow).languages.by_user_flow_language_configuration_id("es")


@FLOWS
def test_languages_have_pages(live: Live, sdk: Sdk, kind: str) -> None:
    async def story(graph: Any) -> None:
        flows, one = builder(graph, kind)
        flow = await flows.post(body(sdk, kind))
        spanish = await spoken(graph, sdk, kind, flow.id)
        assert (await spanish.get()).is_enabled is True
        languages = one(flow.id).languages
        tags = ids(await languages.get())
        assert "es" in tags
        assert await languages.count.get() == len(tags)
        pages = ids(await spanish.default_pages.get())
        assert pages
        assert ids(await spanish.overrides_pages.get()) == pages
        for page in pages:
            standard = spanish.default_pages.by_user_flow_language_page_id(page)
            assert (await standard.get()).id == page
        await deleted(sdk, one(flow.id))

    run(live, sdk, story)


@FLOWS
def test_texts_of_pages_are_overridden(live: Live, sdk: Sdk, kind: str) -> None:
    async def story(graph: Any) -> None:
        flows, one = builder(graph, kind)
        flow = await flows.post(body(sdk, kind))
        spanish = await spoken(graph, sdk, kind, flow.id)
        page = ids(await spanish.default_pages.get())[0]
        standard = spanish.default_pages.by_user_flow_language_page_id(page).content
        override = spanish.overrides_pages.by_user_flow_language_page_id(page).content
        first = (await strings(standard))[0]
        texts = {"LocalizedStrings": [{**first, "Override": True, "Value": "Hola"}]}
        content = json.dumps(texts).encode()

        async def text() -> tuple[str, bool]:
            keys = ("ElementType", "ElementId", "StringId")
            named = [all(one[key] == first[key] for key in keys) for one in await strings(override)]
            found = (await strings(override))[named.index(True)]
            return found["Value"], found["Override"]

        await override.put(content)
        assert await text() == ("Hola", True)
        await override.delete()
        assert await text() == (first["Value"], False)
        await refused(sdk, standard.put(content), 400, 405)
        await deleted(sdk, one(flow.id))

    run(live, sdk, story)


async def strings(page: Any) -> list[dict[str, Any]]:
    """What the stream of a page holds."""
    found: list[dict[str, Any]] = json.loads(await page.get())["LocalizedStrings"]
    return found
