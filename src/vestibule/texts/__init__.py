"""Every sentence a person can see: permanent ids, one JSON file a language. No HTML here.

Most English sentences are B2C's defaults (runtime 7.3). Placeholders are written {name}. A
language that is built in but has no file is spoken in English.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from vestibule.texts.languages import BUILT_IN, DEFAULT_LANGUAGE, direction, lineage

__all__ = [
    "DEFAULT_LANGUAGE", "Voice", "fill", "placeholders", "say", "sentences", "spoken", "translated",
]  # fmt: skip

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@cache
def translated() -> frozenset[str]:
    """The built-in languages that have sentences of their own."""
    folder = files(__name__)
    return frozenset(tag for tag in BUILT_IN if folder.joinpath(f"{tag}.json").is_file())


@lru_cache(maxsize=512)
def spoken(tag: str) -> str:
    """The language in which somebody is addressed who chose `tag`: English unless there is a
    nearer one."""
    ours = translated()
    return next((shorter for shorter in lineage(tag) if shorter in ours), DEFAULT_LANGUAGE)


@cache
def _file(language: str) -> Mapping[str, str]:
    """The sentences of a translated language, over the English ones."""
    own = json.loads(files(__name__).joinpath(f"{language}.json").read_text("utf-8"))
    english = {} if language == DEFAULT_LANGUAGE else _file(DEFAULT_LANGUAGE)
    return MappingProxyType({**english, **own})


def sentences(language: str = DEFAULT_LANGUAGE) -> Mapping[str, str]:
    """All sentences by id; those that the language lacks, or all of an unknown one, in English."""
    return _file(spoken(language))


def placeholders(sentence: str) -> frozenset[str]:
    """The names that a sentence leaves open."""
    return frozenset(_PLACEHOLDER.findall(sentence))


def fill(sentence: str, arguments: Mapping[str, Any] | None = None) -> str:
    """The sentence with its placeholders filled; an unknown placeholder stays as it is.

    Only whole names are replaced: `str.format` would let a sentence that an administrator
    wrote reach into the attributes of the arguments.
    """
    known = arguments or {}
    return _PLACEHOLDER.sub(lambda found: str(known.get(found[1], found[0])), sentence)


def say(
    id: str, arguments: Mapping[str, Any] | None = None, *, language: str = DEFAULT_LANGUAGE
) -> str:
    """The sentence of this id, filled."""
    return fill(sentences(language)[id], arguments)


@dataclass(frozen=True, slots=True)
class Voice:
    """How one page speaks: a language, and what an administrator wrote instead of our sentences
    there, by id."""

    language: str = DEFAULT_LANGUAGE
    overrides: Mapping[str, str] = field(default_factory=dict)

    def say(self, id: str, arguments: Mapping[str, Any] | None = None) -> str:
        """The sentence of this id, filled."""
        return fill(self.sentence(id), arguments)

    def sentence(self, id: str) -> str:
        """The sentence of this id with its placeholders."""
        return self.overrides.get(id) or sentences(self.language)[id]

    def label(self, id: str, own: str) -> str:
        """The label that an administrator gave by `own`, unless overridden; none, or one that is
        as we call it in English, is ours and translated."""
        ours = sentences().get(id)
        if ours is not None and own.casefold() in ("", ours.casefold()):
            return self.sentence(id)
        return self.overrides.get(id, own)

    @property
    def heard(self) -> str:
        """The language of what is said, for HTML: not the chosen one where it is untranslated
        and nobody has overridden anything."""
        return self.language if self.overrides else self._spoken()

    @property
    def direction(self) -> str:
        """As HTML's attribute has it: "rtl" or "ltr"."""
        return direction(self.heard)

    def _spoken(self) -> str:
        ours = spoken(self.language)
        return self.language if ours in lineage(self.language) else ours
