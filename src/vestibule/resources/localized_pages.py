"""The contents of language pages: our sentences under B2C's names, and what overrides them.

Stored is one list for each page and language: every overridden string, and every overridden name
of an attribute's option under the key `localized.choice`.
Source: runtime 7.2; graph-surface 11.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from vestibule.errors import Invalid
from vestibule.ports import Change, Delete, Insert, Query, Row, Update
from vestibule.resources.localized_document import Document, checked, parsed
from vestibule.rules import Context, Rules, Stream
from vestibule.tenancy import short_name
from vestibule.texts import Voice
from vestibule.texts.localized import (
    ASKS_ATTRIBUTES,
    CLAIM,
    PAGES,
    RESTRICTION,
    Key,
    choice,
    pages_of,
    text_of,
)


@dataclass(frozen=True, slots=True)
class _Page:
    """What a page says of itself: strings by key, and options as (attribute, value) → name."""

    id: str
    strings: dict[Key, str]
    options: dict[tuple[str, str], str] = field(default_factory=dict)


async def _pages(context: Context) -> list[Row]:
    """The pages that the flow shows; alike for defaults and overrides."""
    flow = context.parents[0]
    pages = pages_of(flow["user_flow_type"], flow["user_flow_type_version"], flow["kind"])
    return [{"id": page, "parent": flow["id"], "version": 1} for page in sorted(pages)]


async def _read(context: Context, row: Row) -> tuple[bytes, str]:
    """All sentences of the page; the overridden ones only where overrides are asked for."""
    page = await _ours(context, row["id"])
    overriding = context.navigation == "overridesPages"
    own = _values(await _stored(context, row["id"]) if overriding else None)
    strings = [
        {
            "ElementType": key.type,
            "ElementId": key.element,
            "StringId": key.string,
            "Override": key in own,
            "Value": own.get(key, ours),
        }
        for key, ours in page.strings.items()
    ]
    document: dict[str, Any] = {"LocalizedStrings": strings}
    if page.options:
        document["LocalizedCollections"] = _collections(page, own)
    return msgspec.json.encode(document), "application/json"


def _collections(page: _Page, own: Mapping[Key, str]) -> list[dict[str, Any]]:
    collections: dict[str, dict[str, Any]] = {}
    for (element, value), name in page.options.items():
        key = choice(element, value)
        collection = collections.setdefault(
            element,
            {
                "ElementType": CLAIM,
                "ElementId": element,
                "TargetCollection": RESTRICTION,
                "Override": False,
                "Items": [],
            },
        )
        collection["Override"] = collection["Override"] or key in own
        collection["Items"].append({"Name": own.get(key, name), "Value": value})
    return list(collections.values())


async def _write(context: Context, row: Row, contents: bytes) -> tuple[Change, ...]:
    """Merge a document: what it overrides is kept, what it does not, is ours again; what it
    does not name stays as it is."""
    document = parsed(contents)
    page, stored = await _ours(context, row["id"]), await _stored(context, row["id"])
    own = dict(_values(stored))
    for at, string in enumerate(document.localized_strings):
        key, target = string.key, f"LocalizedStrings/{at}"
        if not string.override:
            own.pop(key, None)
        elif key in page.strings:
            text = text_of(page.id, key) or ""
            own[key] = checked(string.value, f"{target}/Value", string.string_id, text)
        else:
            raise Invalid(
                f"The page '{page.id}' has no string '{string.string_id}' of the type "
                f"'{string.element_type}' and the element {string.element_id or 'null'}; "
                "defaultPages lists those that it has.",
                target=f"{target}/StringId",
            )
    _merge_collections(document, page, own)
    return _changes(context, page.id, own, stored)


def _merge_collections(document: Document, page: _Page, own: dict[Key, str]) -> None:
    """A collection that is overridden names its options anew; they stay what they are."""
    for at, collection in enumerate(document.localized_collections or ()):
        element, target = collection.element_id, f"LocalizedCollections/{at}"
        values = [value for of, value in page.options if of == element]
        known = (collection.element_type, collection.target_collection) == (CLAIM, RESTRICTION)
        if collection.override and not (known and values):
            raise Invalid(
                f"The page '{page.id}' has no options of '{element}'; defaultPages lists those "
                "that it has.",
                target=f"{target}/ElementId",
            )
        for value in values:
            own.pop(choice(element, value), None)
        for item in collection.items if collection.override else ():
            if item.value not in values:
                raise Invalid(
                    f"'{item.value}' is no option of '{element}'. The options themselves are the "
                    "userAttributeValues of its assignment.",
                    target=f"{target}/Items",
                )
            own[choice(element, item.value)] = checked(
                item.name, f"{target}/Items", f"option {item.value}"
            )


async def _remove(context: Context, row: Row, _: bytes) -> tuple[Change, ...]:
    return _changes(context, row["id"], {}, await _stored(context, row["id"]))


def _changes(
    context: Context, page: str, own: Mapping[Key, str], stored: Row | None
) -> tuple[Change, ...]:
    """Two who write at once do not undo each other: the row must be as it was read."""
    tenant, flow = context.tenant, context.parents[0]["id"]
    id = f"{_language(context)}/{page}"
    if not own:
        if stored is None:
            return ()
        return (Delete("user_flow_page", tenant, id, flow, stored["version"]),)
    columns = {"strings": [_dumped(key, value) for key, value in own.items()]}
    if stored is None:
        return (Insert("user_flow_page", tenant, id, columns, flow),)
    return (Update("user_flow_page", tenant, id, columns, flow, stored["version"]),)


async def _ours(context: Context, page: str) -> _Page:
    """What the page says without overrides, with what the flow asks for."""
    voice = Voice(_language(context))
    ours = _Page(page, {key: voice.sentence(text) for key, text in PAGES[page].items()})
    if page in ASKS_ATTRIBUTES:
        await _add_attributes(context, voice, ours)
    return ours


async def _add_attributes(context: Context, voice: Voice, page: _Page) -> None:
    flow, tenant = context.parents[0]["id"], context.tenant
    assigned = await context.entities.find(Query("user_flow_assignment", tenant, parent=flow))
    ids = tuple(row["attribute"] for row in assigned)
    attributes = await context.entities.find(Query("user_flow_attribute", tenant, ids=ids))
    named = {row["id"].casefold(): row for row in attributes}
    for row in sorted(assigned, key=lambda row: (row["position"], row["id"].casefold())):
        attribute = named.get(row["attribute"].casefold())
        if attribute is None:
            continue  # gone since its assignment was read
        element = short_name(attribute["id"])
        key = Key(CLAIM, "DisplayName", element)
        label = row["display_name"] or attribute["display_name"]
        page.strings[key] = voice.label(text_of(page.id, key) or "", label)
        for option in row["user_attribute_values"] or ():
            page.options[element, option["value"]] = option["name"]


def _language(context: Context) -> str:
    language: str = context.parents[1]["id"]
    return language


async def _stored(context: Context, page: str) -> Row | None:
    flow, id = context.parents[0]["id"], f"{_language(context)}/{page}"
    return await context.entities.get("user_flow_page", context.tenant, id, parent=flow)


def _values(stored: Row | None) -> dict[Key, str]:
    return {key_of(one): one["Value"] for one in (stored["strings"] if stored else ())}


def key_of(string: Mapping[str, Any]) -> Key:
    """The key of a stored override."""
    return Key(string["ElementType"], string["StringId"], string["ElementId"])


def _dumped(key: Key, value: str) -> dict[str, Any]:
    return {
        "ElementType": key.type,
        "ElementId": key.element,
        "StringId": key.string,
        "Value": value,
    }


PAGE_RULES = Rules(given=_pages, stream=Stream(_read, _write, _remove))
