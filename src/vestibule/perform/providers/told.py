"""What a provider tells about somebody, as we may keep it.

The subject is taken exactly or not at all. All else fills in a form at most: it is cleaned and
cut, and what cannot be read is left out. An address that the provider has not verified is not
taken over.
Source: runtime 5.8, 8.2, 8.3; OpenID Connect Core 5.1, 5.7; security.md 2.1.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vestibule.addresses import is_address
from vestibule.perform.providers.built_in import Claims
from vestibule.perform.providers.faults import Failed
from vestibule.resources.directory.users import USER

_SUBJECT_LIMIT = 255  # characters (OpenID Connect Core 2)
_DOMAIN_VERIFIED = "xms_edov"  # "email domain owner verified"
_LOOKED_AT = 2048  # characters of a value; what follows is cut before it is cleaned
_LIMITS: Mapping[str, int] = {
    property_.name: property_.max_length for property_ in USER.properties if property_.max_length
}
_OUT = frozenset("<>")  # Graph refuses them in a name
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NOT_TEXT = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_APART = frozenset({"subject", "email", "emailVerified"})


@dataclass(frozen=True, slots=True)
class Told:
    subject: str
    email: str
    attributes: Mapping[str, str]  # by Graph property


def read(said: Mapping[str, Any], claims: Claims, *, shared: bool) -> Told:
    """`shared`: many tenants issue tokens there, and the administrator of each writes any address
    into them. Whether it is of a domain of theirs says Entra ID's optional claim alone.

    Raises Failed where there is no subject that can be used.
    """
    found = {name: _at(said, path) for name, path in claims.items()}
    attributes = {
        name: text
        for name, value in found.items()
        if name not in _APART and (text := cleaned(value, _LIMITS.get(name, _LOOKED_AT)))
    }
    verified = said.get(_DOMAIN_VERIFIED) if shared else found.get("emailVerified")
    silent = verified is None and not shared  # most do not say it at all
    email = found.get("email") if silent or _is_true(verified) else ""
    fit = isinstance(email, str) and is_address(email)
    return Told(_subject(found["subject"]), str(email) if fit else "", attributes)


def lacks(said: Mapping[str, Any], claims: Claims) -> bool:
    """Whether something is mapped that is not said, so that user info may help."""
    return any(_at(said, path) is None for name, path in claims.items() if name != "emailVerified")


def cleaned(value: Any, limit: int) -> str:
    """A text without control characters, marks that turn its direction, and < or >, in one line
    of at most so many characters; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    kept = "".join(
        " " if unicodedata.category(one) in _NOT_TEXT else one
        for one in unicodedata.normalize("NFC", value[:_LOOKED_AT])
        if one not in _OUT and one not in _DIRECTIONS
    )
    return " ".join(kept.split())[:limit].strip()


def _subject(value: Any) -> str:
    """GitHub and others number their people."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text:
        raise Failed(
            "The identity provider does not say who it is: the claim for the user id is missing."
        )
    if len(text) > _SUBJECT_LIMIT or not text.isprintable() or text != text.strip():
        raise Failed("The identity provider says who it is in a form that cannot be used.")
    return text


def _is_true(value: Any) -> bool:
    """Apple says it as a text, Entra ID as a number."""
    return value is True or (isinstance(value, str | int) and str(value) in ("true", "1"))


def _at(said: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = said
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
