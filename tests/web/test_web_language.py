"""Which language a person is addressed in: runtime 7.1, RFC 4647 lookup, RFC 9110 weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from vestibule.tenancy import Flow
from vestibule.texts.languages import BUILT_IN, canonical, display_name, lookup, preferences
from vestibule.texts.names import COUNTRIES, LANGUAGES
from vestibule.web.language import chosen, understood


def flow(
    kind: str = "b2c",
    *,
    customized: bool = True,
    default: str | None = "en",
    languages: Mapping[str, bool] | None = None,
) -> Flow:
    return Flow(
        "B2C_1_susi",
        "b2x" if kind == "b2x" else "b2c",
        "signUpOrSignIn",
        3.0,
        default,
        customized,
        local_account=True,
        providers=(),
        connectors={},
        languages=languages or {},
    )


GERMAN = {"de": True}


@pytest.mark.parametrize(
    ("flow", "ui_locales", "accept", "language"),
    [
        (flow(languages=GERMAN), "", "", "en"),
        (flow(languages=GERMAN), "", "de", "de"),
        (flow(languages=GERMAN), "", "de-AT,en;q=0.8", "de"),
        (flow(languages=GERMAN), "", "fr,de;q=0.8", "de"),
        (flow(languages=GERMAN), "", "fr;q=0.9,de;q=0.8,en;q=0.95", "en"),
        (flow(languages=GERMAN), "", "fr", "en"),
        (flow(languages=GERMAN), "", "de;q=0", "en"),
        (flow(languages={"de": True, "en": False}), "", "en,de;q=0.1", "de"),
        (flow(), "", "de", "en"),
        (flow(), "de", "", "de"),
        (flow(), "xx de-CH fr", "ja", "de"),
        (flow(), "xx", "de", "en"),
        (flow(languages={"es-ES": True}), "es-ES", "", "es-ES"),
        (flow(languages={"es-ES": True}), "", "es-es", "es-ES"),
        (flow(languages={"es-ES": True}), "", "es", "en"),
        (flow(default="ja"), "", "de", "ja"),
        (flow(default="ja"), "", "", "ja"),
        (flow(default="xx"), "", "", "en"),
        (flow(default=None), "", "", "en"),
        (flow(customized=False), "de", "", "en"),
        (flow(customized=False), "de", "fr-CA", "fr"),
        (flow(customized=False, default="ja"), "", "", "en"),
        (flow(customized=False, languages={"fr": False}), "", "fr", "fr"),
        (flow("b2x", customized=False, default=None), "", "ja", "ja"),
        (flow("b2x", customized=False, default=None), "ar", "ja", "ar"),
        (flow("b2x", customized=False, languages={"ja": False}), "", "ja", "en"),
    ],
)
def test_the_language_of_a_journey(flow: Flow, ui_locales: str, accept: str, language: str) -> None:
    assert chosen(flow, accept, ui_locales) == language


def test_what_was_written_counts_while_languages_are_customized() -> None:
    written = {("en", "error"): {"page.error.title": "Oh"}}
    for speaks in (flow(), flow("b2x", customized=False)):
        assert replace(speaks, overrides=written).written("en", "error")
        assert replace(speaks, overrides=written).written("de", "error") == {}
    plain = replace(flow(customized=False), overrides=written)
    assert plain.written("en", "error") == {}


@pytest.mark.parametrize(
    ("accept", "languages"),
    [
        ("", []),
        ("de", ["de"]),
        ("de, fr;q=0.9, ja;q=0.95", ["de", "ja", "fr"]),
        ("fr;q=0.5, de;q=0.5", ["fr", "de"]),
        ("de;q=0, fr;q=0.000", []),
        ("*, de;q=0.1", ["de"]),
        ("de;Q=0.5,fr ; q=0.6", ["fr", "de"]),
        ("de;q=2, fr;q=x, ja;q=0.1;x=y, ar;q=1.001, he;q=1.000", ["he"]),
        ("de_DE, -, a-b-, d€, en", ["en"]),
        (",,de,,", ["de"]),
        ("x," * 40 + "de", ["x"] * 32),
    ],
)
def test_what_a_browser_says_is_read_and_the_rest_is_nothing(
    accept: str, languages: list[str]
) -> None:
    assert preferences(accept) == languages


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("zh", "zh-hans"),
        ("zh-CN", "zh-hans"),
        ("zh-TW", "zh-hant"),
        ("zh-HK", "zh-hant"),
        ("zh-Hant-HK", "zh-hant"),
        ("zh-Hans-x-foo", "zh-hans"),
        ("pt", "pt-br"),
        ("pt-BR", "pt-br"),
        ("pt-PT", "pt-pt"),
        ("pt-AO", "pt-pt"),
        ("no", "nb"),
        ("nn-NO", "nb"),
        ("iw", "he"),
        ("DE-de-1996", "de"),
        ("de-a-xx-b", "de"),
        ("xx", "en"),
        ("e", "en"),
    ],
)
def test_a_tag_leads_to_the_built_in_language_that_is_meant(tag: str, language: str) -> None:
    assert understood(tag) == language


def test_the_first_choice_counts_even_if_only_its_kin_is_there() -> None:
    assert lookup(["de-CH", "fr"], ["fr", "de"]) == "de"
    assert lookup(["ja", "ko"], ["fr", "de"]) is None


@pytest.mark.parametrize(
    ("tag", "spelled", "name"),
    [
        ("DE", "de", "Deutsch"),
        ("zh-Hans", "zh-hans", "中文(简体)"),
        ("PT-br", "pt-br", "Português (Brasil)"),
        ("es-es", "es-ES", "Spanish (Spain)"),
        ("EN-GB", "en-GB", "English (United Kingdom)"),
    ],
)
def test_a_tag_has_one_spelling_and_a_name(tag: str, spelled: str, name: str) -> None:
    assert canonical(tag) == spelled
    assert display_name(spelled) == name


@pytest.mark.parametrize(
    "tag", ["", "et", "xx-ES", "es-XX", "es_ES", "es-ESP", "spa-ES", "es-ES-x"]
)
def test_other_tags_name_no_language(tag: str) -> None:
    assert canonical(tag) is None


def test_codes_are_those_of_the_standards() -> None:
    assert (len(BUILT_IN), len(LANGUAGES), len(COUNTRIES)) == (38, 183, 249)
    assert all(len(code) == 2 and code.islower() for code in LANGUAGES)
    assert all(len(code) == 2 and code.isupper() for code in COUNTRIES)
