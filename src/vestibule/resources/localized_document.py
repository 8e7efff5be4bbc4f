"""The JSON document in which sentences of a page are exchanged, and what may stand in it.

Source: runtime 7.2; graph-surface 11.6. Names are in PascalCase, unlike everything else in Graph.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from vestibule.errors import Invalid, TooLarge
from vestibule.texts import placeholders
from vestibule.texts.keys import Key

LONGEST = 4000  # characters of one sentence
_MOST_BYTES = 256 * 1024
_NEEDED: Mapping[str, frozenset[str]] = dict.fromkeys(
    ("mail.code.body", "mail.passcode.body", "sms.code"), frozenset({"code"})
)
_CONTROL = frozenset(map(chr, range(32))) - {"\n", "\r", "\t"}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class LocalizedString(msgspec.Struct, forbid_unknown_fields=True, rename="pascal"):
    """One sentence. Only where `override` is true does `value` count."""

    element_type: str
    string_id: str
    value: str | None = None
    element_id: str | None = None
    override: bool = False

    @property
    def key(self) -> Key:
        return Key(self.element_type, self.string_id, self.element_id or None)


class Item(msgspec.Struct, forbid_unknown_fields=True, rename="pascal"):
    """An option of an attribute: what is shown, and what is stored."""

    name: str
    value: str


class LocalizedCollection(msgspec.Struct, forbid_unknown_fields=True, rename="pascal"):
    """The options of an attribute."""

    element_type: str
    element_id: str
    target_collection: str
    items: list[Item]
    override: bool = False


class Document(msgspec.Struct, forbid_unknown_fields=True, rename="pascal"):
    """What is read and written as the contents of a page."""

    localized_strings: list[LocalizedString]
    localized_collections: list[LocalizedCollection] | None = None


def parsed(contents: bytes) -> Document:
    """The document. Raises Invalid, TooLarge."""
    if len(contents) > _MOST_BYTES:
        raise TooLarge(f"A page's document has at most {_MOST_BYTES // 1024} kB.")
    try:
        return msgspec.json.decode(contents.removeprefix(_BYTE_ORDER_MARK), type=Document)
    except msgspec.ValidationError as fault:
        raise Invalid(
            f"The document is not of the form of LocalizedStrings: {fault}.",
            target="LocalizedStrings",
        ) from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Invalid(
            "The contents of a page are a JSON document with LocalizedStrings, in UTF-8.",
            target="$value",
        ) from None


def checked(value: str | None, target: str, name: str, text: str = "") -> str:
    """What somebody wants to say in the place of our sentence `text`. Raises Invalid."""
    value, fault = value or "", ""
    missing = _NEEDED.get(text, frozenset()) - placeholders(value)
    if not value.strip():
        fault = "must not be empty"
    elif len(value) > LONGEST:
        fault = f"must have at most {LONGEST} characters"
    elif not _CONTROL.isdisjoint(value):
        fault = "must not hold control characters"
    elif missing:
        fault = f"must hold {', '.join(f'{{{name}}}' for name in sorted(missing))}"
    if fault:
        raise Invalid(f"The text of '{name}' {fault}.", target=target)
    return value
