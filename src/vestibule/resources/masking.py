"""Secrets in what connectors are sent and send: stars stand in their place.

A secret is known by the name it goes by, or by its look (a JWT, a private key). What merely looks
odd is left, because people come to read it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

import msgspec

STARS = "******"

_NAMED = re.compile(
    r"passw|passphrase|passcode|pwd|secret|token|credential|authorization|assertion|signature|cookie"
    r"|api[-_ ]?key|private[-_ ]?key|(?:^|[-_])(?:key|sig|pin|otp)$|jwt|bearer",
    re.IGNORECASE,
)
_IN_QUERY = re.compile(r"^(?:x-)?(?:code|auth|pass|pw|sas|hmac)$|key$", re.IGNORECASE)
_LOOKS = re.compile(
    r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*){0,3}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)"
    r"|(?<=Bearer )\S+|(?<=Basic )[A-Za-z0-9+/=]{6,}",
    re.DOTALL,
)
_PAIR = re.compile(
    r"""(["']?)(?<![\w-])([\w-]{2,200})\1(\s*[:=]\s*)"""
    r"""("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,;&"'{}\[\]]+)""",
    re.DOTALL,
)


def names_a_secret(name: str) -> bool:
    """Whether what goes by this name is a secret: a claim, a header, a member of JSON."""
    return _NAMED.search(name) is not None


def masked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers without credentials; of Authorization its scheme stays."""
    return {name: _header(name, value) for name, value in headers.items()}


def masked_url(url: str) -> str:
    """A URL whose query holds no key."""
    where, mark, query = url.partition("?")
    return where + mark + "&".join(map(_parameter, query.split("&"))) if query else url


def masked_text(text: str) -> str:
    """A body: JSON as JSON, with the same spacing everywhere; anything else as it is written."""
    try:
        value = msgspec.json.decode(text)
        return msgspec.json.encode(_masked(value)).decode()
    except (ValueError, RecursionError):
        return _PAIR.sub(_pair, _LOOKS.sub(STARS, text))


def _masked(value: Any) -> Any:
    match value:
        case dict():
            return {
                name: STARS if names_a_secret(name) and inner not in (None, "") else _masked(inner)
                for name, inner in value.items()
            }
        case list():
            return [_masked(inner) for inner in value]
        case str():
            return _LOOKS.sub(STARS, value)
    return value


def _header(name: str, value: str) -> str:
    if name.casefold() in {"authorization", "proxy-authorization"}:
        scheme, space, _credentials = value.partition(" ")
        return f"{scheme} {STARS}" if space else STARS
    return STARS if names_a_secret(name) else _LOOKS.sub(STARS, value)


def _parameter(pair: str) -> str:
    name, equals, value = pair.partition("=")
    plain = unquote_plus(name)
    secret = names_a_secret(plain) or _IN_QUERY.search(plain) is not None
    return f"{name}={STARS}" if equals and secret else name + equals + _LOOKS.sub(STARS, value)


def _pair(found: re.Match[str]) -> str:
    quote, name, sign, _value = found.groups()
    if not names_a_secret(name):
        return found[0]
    return f"{quote}{name}{quote}{sign}{STARS}"
