"""docs/reference/languages.md says which languages and sentences there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from vestibule.texts import sentences, translated
from vestibule.texts.languages import BUILT_IN
from vestibule.texts.localized import PAGES

REFERENCE = Path(__file__).parents[1] / "docs" / "reference" / "languages.md"
MARK = "<!-- written by `make golden` from here on -->\n"


def test_the_reference_is_golden_and_lists_every_language_and_sentence(
    request: pytest.FixtureRequest,
) -> None:
    text = REFERENCE.read_text("utf-8")
    expected = text.partition(MARK)[0] + MARK + _languages() + _pages()
    if request.config.getoption("--golden"):
        REFERENCE.write_text(expected, "utf-8")
        text = expected
    assert text == expected


def _languages() -> str:
    lines = [
        f"| `{tag}` | {name} | {'yes' if tag in translated() else 'no: English is shown'} |\n"
        for tag, name in BUILT_IN.items()
    ]
    head = "\n## Built-in languages\n\n| tag | name | translated |\n| --- | --- | --- |\n"
    return head + "".join(lines)


def _pages() -> str:
    return "\n## Sentences by page\n" + "".join(_page(page) for page in PAGES)


def _page(page: str) -> str:
    lines = [
        f"| {key.type} | {key.element or ''} | `{key.string}` | {_shown(sentences()[text])} |\n"
        for key, text in PAGES[page].items()
    ]
    head = "| ElementType | ElementId | StringId | in English |\n| --- | --- | --- | --- |\n"
    return f"\n### {page}\n\n{head}{''.join(lines)}"


def _shown(sentence: str) -> str:
    return " ".join(sentence.split()).replace("|", "\\|")
