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


@FLOWS
def test_attributes_are_assigned_and_ordered(live: Live, sdk: Sdk, kind: str) -> None:
    async def story(graph: Any) -> None:
        flows, one = builder(graph, kind)
        attribute = await custom(graph, sdk)
        flow = await flows.post(body(sdk, kind))
        assigned = one(flow.id).user_attribute_assignments
        item = assigned.by_identity_user_flow_attribute_assignment_id(attribute.id)
        before = ids(await assigned.get())
        choices = [
            sdk.UserAttributeValuesItem(name="Large", value="L", is_default=False),
            sdk.UserAttributeValuesItem(name="Small", value="S", is_default=True),
        ]
        for id, kind_of_input, values in (
            (attribute.id, "RadioSingleSelect", choices),
            ("city", "TextBox", []),
        ):
            await assigned.post(
                sdk.IdentityUserFlowAttributeAssignment(
                    is_optional=False,
                    requires_verification=False,
                    user_input_type=getattr(sdk.IdentityUserFlowAttributeInputType, kind_of_input),
                    display_name="Asked here",
                    user_attribute_values=values,
                    user_attribute=sdk.IdentityUserFlowAttribute(id=id),
                )
            )
        everything = ids(await assigned.get())
        assert len(everything) == len(before) + 2
        assert await assigned.count.get() == len(everything)
        read = await item.get(query(item, expand=["userAttribute"]))
        assert [(one.name, one.value) for one in read.user_attribute_values] == [
            ("Large", "L"),
            ("Small", "S"),
        ]
        assert read.user_attribute.id == attribute.id
        assert (await item.user_attribute.get()).id == attribute.id
        await item.patch(sdk.IdentityUserFlowAttributeAssignment(is_optional=True))
        assert (await item.get()).is_optional is True

        order = (await assigned.get_order.get()).order
        assert sorted(order) == sorted(everything)
        turned = order[::-1]
        module = f"identity.{kind}_user_flows.item.user_attribute_assignments.set_order"
        request = sdk.find(f"{module}.set_order_post_request_body", "SetOrderPostRequestBody")
        new = sdk.AssignmentOrder(order=turned)
        await assigned.set_order.post(request(new_assignment_order=new))
        assert (await assigned.get_order.get()).order == turned

        used = graph.identity.user_flow_attributes.by_identity_user_flow_attribute_id(attribute.id)
        error = await refused(sdk, used.delete(), 400, 409)
        assert flow.id in error.message
        await deleted(sdk, item)
        await deleted(sdk, one(flow.id))
        await deleted(sdk, used)

    run(live, sdk, story)


@FLOWS
def test_languages_have_pages_with_texts(live: Live, sdk: Sdk, kind: str) -> None:
    async def story(graph: Any) -> None:
        flows, one = builder(graph, kind)
        flow = await flows.post(body(sdk, kind))
        languages = one(flow.id).languages
        spanish = languages.by_user_flow_language_configuration_id("es")
        if kind == "b2c":
            customized = sdk.B2cIdentityUserFlow(is_language_customization_enabled=True)
            await one(flow.id).patch(customized)
            configuration = sdk.UserFlowLanguageConfiguration
            await raw(  # the SDK has no PUT here, which is how the pages say languages are added
                graph,
                Method.PUT,
                f"/identity/b2cUserFlows/{flow.id}/languages/es",
                configuration,
                configuration(is_enabled=True),
            )
        tags = ids(await languages.get())
        assert "es" in tags
        assert await languages.count.get() == len(tags)
        assert (await spanish.get()).is_enabled is True

        pages = ids(await spanish.default_pages.get())
        assert pages
        assert ids(await spanish.overrides_pages.get()) == pages
        page = pages[0]
        standard = spanish.default_pages.by_user_flow_language_page_id(page)
        override = spanish.overrides_pages.by_user_flow_language_page_id(page)
        assert (await standard.get()).id == page

        first = json.loads(await standard.value.get())["LocalizedStrings"][0]
        texts = {"LocalizedStrings": [{**first, "Override": True, "Value": "Hola"}]}

        async def text() -> tuple[str, bool]:
            strings = json.loads(await override.value.get())["LocalizedStrings"]
            keys = ("ElementType", "ElementId", "StringId")
            found = next(one for one in strings if all(one[key] == first[key] for key in keys))
            return found["Value"], found["Override"]

        await override.value.put(json.dumps(texts).encode())
        assert await text() == ("Hola", True)
        await override.value.delete()
        assert await text() == (first["Value"], False)
        await refused(sdk, standard.value.put(json.dumps(texts).encode()), 400, 405)
        await deleted(sdk, one(flow.id))

    run(live, sdk, story)
