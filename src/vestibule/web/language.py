"""Which language a person is addressed in. Source: runtime 7.1."""

from __future__ import annotations

from functools import lru_cache

from vestibule.tenancy import Flow
from vestibule.texts import DEFAULT_LANGUAGE
from vestibule.texts.languages import BUILT_IN, lookup, offered, preferences

_USUAL = 128  # characters of a header that is remembered


def chosen(flow: Flow, accept: str, ui_locales: str = "") -> str:
    """The language of a journey through `flow`, for an Accept-Language header and `ui_locales`.

    The application may ask for any language of the flow, the browser for those that are
    enabled. While a flow's languages are not customized only the browser is asked.
    """
    if not flow.customized:
        return understood(accept)
    languages = offered(flow.kind, flow.languages)
    enabled = [tag for tag, is_enabled in languages.items() if is_enabled]
    return (
        lookup(ui_locales.split(), languages)
        or lookup(preferences(accept), enabled)
        or lookup([flow.default_language or ""], languages)
        or DEFAULT_LANGUAGE
    )


def understood(accept: str) -> str:
    """The built-in language that an Accept-Language header asks for."""
    return _remembered(accept) if len(accept) <= _USUAL else _understood(accept)


def _understood(accept: str) -> str:
    return lookup(preferences(accept), BUILT_IN) or DEFAULT_LANGUAGE


# Browsers send the same header every time.
_remembered = lru_cache(maxsize=256)(_understood)
