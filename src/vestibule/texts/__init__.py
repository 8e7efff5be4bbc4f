"""Every sentence a person can see: permanent ids, one JSON file a language. No HTML here.

Most English sentences are B2C's defaults (runtime 7.3). Placeholders are written {name}.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

DEFAULT_LANGUAGE = "en"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@cache
def _languages() -> frozenset[str]:
    names = (entry.name for entry in files(__name__).iterdir())
    return frozenset(name.removesuffix(".json") for name in names if name.endswith(".json"))


@cache
def _sentences(language: str) -> Mapping[str, str]:
    text = files(__name__).joinpath(f"{language}.json").read_text("utf-8")
    return MappingProxyType(json.loads(text))


def sentences(language: str = DEFAULT_LANGUAGE) -> Mapping[str, str]:
    """All sentences by id; those that the language lacks, or all of an unknown one, in English."""
    english = _sentences(DEFAULT_LANGUAGE)
    tag = language.lower()
    if tag == DEFAULT_LANGUAGE or tag not in _languages():
        return english
    return {**english, **_sentences(tag)}


def say(
    id: str, arguments: Mapping[str, Any] | None = None, *, language: str = DEFAULT_LANGUAGE
) -> str:
    """The sentence with its placeholders filled; an unknown placeholder stays as it is.

    Only whole names are replaced: `str.format` would let a sentence that an administrator
    wrote reach into the attributes of the arguments.
    """
    known = arguments or {}
    return _PLACEHOLDER.sub(
        lambda found: str(known.get(found[1], found[0])), sentences(language)[id]
    )
