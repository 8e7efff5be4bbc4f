"""Sentences: filled in safely, complete, and English where a language has none."""

from __future__ import annotations

import pytest

from vestibule.texts import say, sentences


@pytest.mark.parametrize(
    ("arguments", "language", "sentence"),
    [
        ({"length": 6}, "en", "Enter the code of 6 digits from the email."),
        ({}, "en", "Enter the code of {length} digits from the email."),
        ({"length": 6}, "xx", "Enter the code of 6 digits from the email."),
        (
            {"length": "{0.__class__}"},
            "en",
            "Enter the code of {0.__class__} digits from the email.",
        ),
    ],
    ids=["filled", "argument missing", "unknown language", "not a format string"],
)
def test_sentence_is_filled(arguments: dict[str, object], language: str, sentence: str) -> None:
    assert say("code.malformed", arguments, language=language) == sentence


def test_every_sentence_says_something() -> None:
    assert all(sentence.strip() for sentence in sentences().values())
