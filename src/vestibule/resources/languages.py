"""The languages of user flows and the sentences of their pages.

A flow has the built-in languages and, if it is a b2c flow, those that were added. Stored is
only what differs from the built-in: whether one is enabled, and sentences that were overridden.
Source: graph-surface 10.2, 11.6, 16 (C20, C21, C24 to C26); runtime 7.2.
"""

from __future__ import annotations

from typing import Any

from vestibule.edm.declare import Declaration, Entity, Navigation, Property, Record
from vestibule.errors import Conflict, Invalid
from vestibule.ports import Change, Delete, Insert, Query, Row, Update
from vestibule.resources.localized_pages import PAGE_RULES
from vestibule.rules import Context, Decision, Rules
from vestibule.texts.languages import BUILT_IN, canonical, display_name, offered

RECORDS: tuple[Record, ...] = ()  # of the flow: user_flow_language, user_flow_page

_PAGE = Entity(
    "microsoft.graph.userFlowLanguagePage",
    base="microsoft.graph.entity",
    given=True,
    stream=True,
)
_LANGUAGE = Entity(
    "microsoft.graph.userFlowLanguageConfiguration",
    base="microsoft.graph.entity",
    given=True,
    properties=(
        Property("id", write="create", max_length=35, advice='Use a tag such as "de" or "es-ES".'),
        Property("displayName", write="never", ignored=True),
        Property("isEnabled", "Edm.Boolean", nullable=False, default=True),
    ),
    navigations=(
        Navigation("defaultPages", _PAGE.name, contained=True, verbs=frozenset({"list", "get"})),
        Navigation(
            "overridesPages",
            _PAGE.name,
            contained=True,
            verbs=frozenset({"list", "get", "put_value", "delete_value"}),
        ),
    ),
)
TYPES: dict[str, tuple[Declaration, ...]] = dict.fromkeys(("v1.0", "beta"), (_PAGE, _LANGUAGE))
IDENTITY: dict[str, tuple[Navigation, ...]] = {"v1.0": (), "beta": ()}


async def _languages(context: Context) -> list[Row]:
    """Every language of the flow. Raises Invalid while the flow's are not customized."""
    flow = _flow(context)
    if flow["kind"] == "b2c" and not flow["is_language_customization_enabled"]:
        raise Invalid(
            f"Language customization is not enabled on the user flow '{flow['id']}'. Update the "
            "user flow with isLanguageCustomizationEnabled true first.",
            target="isLanguageCustomizationEnabled",
        )
    stored = await context.entities.find(
        Query("user_flow_language", context.tenant, parent=flow["id"])
    )
    configured = {row["id"]: bool(row["is_enabled"]) for row in stored}
    return [
        {
            "id": tag,
            "parent": flow["id"],
            "version": 1,
            "display_name": display_name(tag),
            "is_enabled": is_enabled,
            "configured": tag in configured,
        }
        for tag, is_enabled in offered(flow["kind"], configured).items()
    ]


async def _create(context: Context, values: dict[str, Any]) -> Decision:
    """POST, as SDKs create one: a language that is there already is a conflict."""
    tag = _tag(values.get("id") or "")
    if any(row["id"] == tag for row in await _languages(context)):
        raise Conflict(f"The user flow has the language '{tag}' already: update it.", target="id")
    return _stored(context, tag, values, configured=False)


async def _put(context: Context, id: str, row: Row | None, values: dict[str, Any]) -> Decision:
    tag = _tag(id) if row is None else row["id"]
    named = values.get("id")
    if named is not None and named.casefold() != tag.casefold():
        raise Invalid(
            f"The id '{named}' is not that of the address, '{tag}'; leave it out.", target="id"
        )
    if row is None:
        await _languages(context)  # refuses where none can be added
    return _stored(context, tag, values, configured=row is not None and row["configured"])


async def _update(context: Context, row: Row, values: dict[str, Any]) -> Decision:
    if "isEnabled" not in values:
        return Decision()
    return _stored(context, row["id"], values, configured=row["configured"])


async def _delete(context: Context, row: Row, _: dict[str, Any]) -> Decision:
    """A language that was added goes, with the sentences that were written in it."""
    tag, flow = row["id"], _flow(context)["id"]
    if tag in BUILT_IN:
        raise Invalid(
            f"'{tag}' is a built-in language and cannot be deleted. To withdraw it, update it "
            "with isEnabled false.",
            target="id",
        )
    pages = await context.entities.find(Query("user_flow_page", context.tenant, parent=flow))
    written = tuple(
        Delete("user_flow_page", context.tenant, page["id"], flow)
        for page in pages
        if page["id"].startswith(f"{tag}/")
    )
    return Decision(also=(Delete("user_flow_language", context.tenant, tag, flow), *written))


def _flow(context: Context) -> Row:
    return context.parents[0]


def _tag(given: str) -> str:
    """The canonical form of a language's tag. Raises Invalid."""
    tag = canonical(given)
    if tag is None:
        raise Invalid(
            f"'{given[:64]}' is no language that a user flow can have. Use a built-in one such "
            'as "de", or a language and a country by their ISO codes, such as "es-ES".',
            target="id",
        )
    return tag


def _stored(context: Context, tag: str, values: dict[str, Any], *, configured: bool) -> Decision:
    flow, columns = _flow(context)["id"], {"is_enabled": values["isEnabled"]}
    change: Change
    if configured:
        change = Update("user_flow_language", context.tenant, tag, columns, flow)
    else:
        change = Insert("user_flow_language", context.tenant, tag, columns, flow)
    return Decision(id=tag, also=(change,))


RULES: dict[str, Rules] = {
    _LANGUAGE.name: Rules(
        given=_languages, create=_create, put=_put, update=_update, delete=_delete
    ),
    _PAGE.name: PAGE_RULES,
}
