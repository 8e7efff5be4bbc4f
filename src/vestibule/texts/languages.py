"""Languages by tag: those that are built in, those that anyone may add, and which one is meant.

Source: graph-surface 11.6; RFC 4647 section 3.4 (lookup), RFC 9110 section 12.5.4 (weights).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from vestibule.texts.names import COUNTRIES, LANGUAGES

DEFAULT_LANGUAGE = "en"

BUILT_IN: Mapping[str, str] = {
    "ar": "العربية",
    "bn": "বাংলা",
    "cs": "Čeština",
    "da": "Dansk",
    "de": "Deutsch",
    "el": "Ελληνικά",
    "en": "English",
    "es": "Español",
    "fi": "Suomi",
    "fr": "Français",
    "gu": "ગુજરાતી",
    "he": "עברית",
    "hi": "हिन्दी",
    "hr": "Hrvatski",
    "hu": "Magyar",
    "it": "Italiano",
    "ja": "日本語",
    "kn": "ಕನ್ನಡ",
    "ko": "한국어",
    "ml": "മലയാളം",
    "mr": "मराठी",
    "ms": "Bahasa Melayu",
    "nb": "Norsk bokmål",
    "nl": "Nederlands",
    "pa": "ਪੰਜਾਬੀ",
    "pl": "Polski",
    "pt-br": "Português (Brasil)",
    "pt-pt": "Português (Portugal)",
    "ro": "Română",
    "ru": "Русский",
    "sk": "Slovenčina",
    "sv": "Svenska",
    "ta": "தமிழ்",
    "te": "తెలుగు",
    "th": "ไทย",
    "tr": "Türkçe",
    "zh-hans": "中文(简体)",
    "zh-hant": "中文(繁體)",
}
"""Tag → the language's own name. Tags are lower case here, as the service prints them."""

_MEANT: Mapping[str, str] = {
    "iw": "he",
    "nn": "nb",
    "no": "nb",
    "pt": "pt-br",
    **{f"pt-{country}": "pt-pt" for country in ("ao", "ch", "cv", "gw", "lu", "mz", "st", "tl")},
    **{f"zh-{country}": "zh-hant" for country in ("hk", "mo", "tw")},
    "zh": "zh-hans",
}
"""Built-in languages for tags that truncation would not lead to them."""

_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})
_RANGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_WEIGHT = re.compile(r"q=(0(\.[0-9]{0,3})?|1(\.0{0,3})?)", re.IGNORECASE)
_MOST_RANGES = 32  # browsers send a few; more are not looked at
_CUSTOM = re.compile(r"([A-Za-z]{2})-([A-Za-z]{2})")


def canonical(tag: str) -> str | None:
    """The tag as the API prints it: a built-in language, or one of the form es-ES; else None."""
    if tag.lower() in BUILT_IN:
        return tag.lower()
    parts = _CUSTOM.fullmatch(tag)
    if parts is None:
        return None
    language, country = parts[1].lower(), parts[2].upper()
    known = language in LANGUAGES and country in COUNTRIES
    return f"{language}-{country}" if known else None


def display_name(tag: str) -> str:
    """What a canonical tag is called: by itself if it is built in, otherwise in English."""
    if tag in BUILT_IN:
        return BUILT_IN[tag]
    language, _, country = tag.partition("-")
    return f"{LANGUAGES[language]} ({COUNTRIES[country]})"


def lookup(wanted: Iterable[str], available: Collection[str]) -> str | None:
    """The first language of `wanted` that is `available`, or comes near to one that is.

    A tag loses its last part until it fits; what is available is spelled canonically.
    """
    spelled = {tag.lower(): tag for tag in available}
    for tag in wanted:
        for shorter in lineage(tag):
            if shorter in spelled:
                return spelled[shorter]
    return None


def lineage(tag: str) -> Iterator[str]:
    """The tag and the ever more general ones, in lower case: zh-tw, zh-hant, zh, zh-hans."""
    parts = tag.lower().split("-")
    while parts:
        shorter = "-".join(parts)
        yield shorter
        if shorter in _MEANT:
            yield _MEANT[shorter]
        parts.pop()
        while parts and len(parts[-1]) == 1:  # what announces an extension says nothing alone
            parts.pop()


def preferences(header: str) -> list[str]:
    """The languages of an Accept-Language header, the dearest first; none that are refused.

    What cannot be read counts as not sent; so does "*", for which any language would do.
    """
    weighed = []
    for part in header.split(",")[:_MOST_RANGES]:
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = _weight(parameters)
        if weight and _RANGE.fullmatch(name):
            weighed.append((weight, name))
    return [name for _, name in sorted(weighed, key=lambda one: -one[0])]


def _weight(parameters: list[str]) -> float:
    if not parameters:
        return 1.0
    found = _WEIGHT.fullmatch(parameters[0])
    return float(found[1]) if found and len(parameters) == 1 else 0.0


def direction(tag: str) -> str:
    """As HTML's attribute has it: "rtl" or "ltr"."""
    return "rtl" if tag.lower().partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


def offered(kind: str, configured: Mapping[str, bool]) -> dict[str, bool]:
    """The languages of a flow in the order of their tags, each with whether it is enabled.

    All are enabled on a b2x flow, and English alone on a b2c flow, until it is `configured`
    otherwise; what is configured and not built in was added.
    """
    built_in = {tag: kind == "b2x" or tag == DEFAULT_LANGUAGE for tag in BUILT_IN}
    tags = sorted({**built_in, **configured}, key=str.casefold)
    return {tag: configured.get(tag, built_in.get(tag, False)) for tag in tags}
