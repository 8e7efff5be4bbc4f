"""Sentences: filled in safely, complete in every language that has a file, and all within reach
of those who want to word them otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files

import pytest

from vestibule.texts import Voice, placeholders, say, sentences, spoken, translated
from vestibule.texts.keys import Key
from vestibule.texts.languages import BUILT_IN
from vestibule.texts.localized import PAGES, content, pages_of, text_of

TRANSLATED = sorted(translated() - {"en"})
PORTAL = "portal."  # the development pages speak English
NOT_WORDED = {"page.development", "page.development.label"}  # a warning that nobody may hide
NEVER_SEEN = {
    "app.no_consent",
    "app.no_session",
    "app.provider.denied",
    "app.provider.failed",
    "app.retries",
}  # applications are told, in English


@pytest.mark.parametrize(
    ("arguments", "language", "sentence"),
    [
        ({"length": 6}, "en", "Enter the code of 6 digits from the email."),
        ({}, "en", "Enter the code of {length} digits from the email."),
        ({"length": 6}, "xx", "Enter the code of 6 digits from the email."),
        ({"length": 6}, "it", "Enter the code of 6 digits from the email."),
        ({"length": 6}, "de", "Geben Sie den 6-stelligen Code aus der E-Mail ein."),
        ({"length": 6}, "de-AT", "Geben Sie den 6-stelligen Code aus der E-Mail ein."),
        (
            {"length": "{0.__class__}"},
            "en",
            "Enter the code of {0.__class__} digits from the email.",
        ),
    ],
    ids=[
        "filled", "argument missing", "unknown language", "untranslated language", "German",
        "German of a country", "not a format string",
    ],
)  # fmt: skip
def test_sentence_is_filled(arguments: dict[str, object], language: str, sentence: str) -> None:
    assert say("code.malformed", arguments, language=language) == sentence


def test_every_sentence_says_something() -> None:
    assert all(sentence.strip() for sentence in sentences().values())


def test_the_product_speaks_six_languages() -> None:
    assert translated() == {"ar", "de", "en", "es", "fr", "ja"}
    assert {spoken(tag) for tag in BUILT_IN.keys() - translated()} == {"en"}


# --------------------------------------------------------------------------- translations


def own(language: str) -> dict[str, str]:
    """What the language's file holds itself."""
    english = sentences()
    return {
        id: text
        for id, text in sentences(language).items()
        if not id.startswith(PORTAL) and (id in english)
    }


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_every_sentence_with_the_same_placeholders(language: str) -> None:
    raw = files("vestibule.texts").joinpath(f"{language}.json").read_text("utf-8")
    ids = re.findall(r'^  "([^"]+)":', raw, re.MULTILINE)
    english = sentences()
    assert ids == [id for id in english if not id.startswith(PORTAL)]
    for id in ids:
        ours, theirs = english[id], sentences(language)[id]
        assert theirs.strip(), id
        assert sorted(placeholders(theirs)) == sorted(placeholders(ours)), id
        assert theirs.count("\n") == ours.count("\n"), id
        assert theirs == theirs.strip(" "), id


SAME_IN_BOTH = {
    "de": {"page.optional"},
    "es": {"page.title.error", "page.error.code"},
    "fr": set[str](),
    "ja": set[str](),
    "ar": set[str](),
}
ANOTHERS_WORDS = {"connector.message"}
SCRIPTS = {"ar": r"[\u0600-\u06ff]", "ja": r"[\u3040-\u30ff\u4e00-\u9fff]"}


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_left_in_english(language: str) -> None:
    english = sentences()
    left = {id for id, text in own(language).items() if text == english[id]}
    assert left == SAME_IN_BOTH[language] | ANOTHERS_WORDS
    script = SCRIPTS.get(language)
    if script is not None:
        for id, text in own(language).items():
            assert re.search(script, text) or id in ANOTHERS_WORDS, id


INFORMAL = {
    "de": r"\b(du|dein\w*|dich|dir)\b",
    "fr": r"\b(tu|ton|ta|tes|toi)\b",
    "es": r"\b(tú|tu|tus|te|ti|contigo)\b",
}


@pytest.mark.parametrize("language", INFORMAL)
def test_people_are_addressed_formally(language: str) -> None:
    for id, text in own(language).items():
        assert not re.search(INFORMAL[language], text, re.IGNORECASE), (id, text)


def test_french_has_its_spaces() -> None:
    """Before ? ! ; and : stands a space at which no line breaks."""
    for id, text in own("fr").items():
        assert not re.search(r"[^\u202f\u00a0][?!;]|[^\u00a0]:", text), (id, text)


# --------------------------------------------------------------------------- who speaks how


@pytest.mark.parametrize(
    ("voice", "heard", "direction"),
    [
        (Voice(), "en", "ltr"),
        (Voice("de"), "de", "ltr"),
        (Voice("es-MX"), "es-MX", "ltr"),
        (Voice("ar"), "ar", "rtl"),
        (Voice("ar-EG"), "ar-EG", "rtl"),
        (Voice("he"), "en", "ltr"),
        (Voice("he", {"page.email": "דואר אלקטרוני"}), "he", "rtl"),
        (Voice("it"), "en", "ltr"),
    ],
    ids=lambda value: str(value.language) if isinstance(value, Voice) else value,
)
def test_a_page_names_the_language_that_it_speaks(voice: Voice, heard: str, direction: str) -> None:
    assert (voice.heard, voice.direction) == (heard, direction)


def test_an_override_is_filled_and_reaches_no_further_than_names() -> None:
    voice = Voice("de", {"page.signin.lead": "Hallo {name} {name.__class__} {0} {other}"})
    assert voice.say("page.signin.lead", {"name": "Ada"}) == (
        "Hallo Ada {name.__class__} {0} {other}"
    )


@pytest.mark.parametrize(
    ("voice", "label", "shown"),
    [
        (Voice("de"), "City", "Ort"),
        (Voice("de"), "city", "Ort"),
        (Voice("de"), "Town", "Town"),
        (Voice("de", {"label.city": "Wohnort"}), "City", "Wohnort"),
        (Voice("de", {"label.city": "Wohnort"}), "Town", "Wohnort"),
        (Voice("it"), "City", "City"),
    ],
    ids=["ours", "in any casing", "theirs", "overridden", "theirs, overridden", "untranslated"],
)
def test_a_label_is_translated_unless_an_administrator_chose_it(
    voice: Voice, label: str, shown: str
) -> None:
    assert voice.label("label.city", label) == shown


# --------------------------------------------------------------------------- B2C's names


def test_every_sentence_that_people_see_can_be_overridden() -> None:
    named = {text for keys in PAGES.values() for text in keys.values()}
    english = {id for id in sentences() if not id.startswith((PORTAL, "label."))}
    assert named == english - NOT_WORDED - NEVER_SEEN


def test_a_page_names_each_of_its_sentences_once() -> None:
    for page, keys in PAGES.items():
        assert len(set(keys.values())) == len(keys), page
        assert len(content(page)) == len([key for key in keys if key.type == "UxElement"])


_SAID = re.compile(r"say\(\s*'([\w.]+)'\s*[,)]")
_USED = re.compile(r'{%-?\s*(?:extends|import|include)\s+"([\w./]+)"')


def said(template: str) -> Iterator[str]:
    """The texts that a template says, with those of the ones that it is made of."""
    source = files("vestibule.web").joinpath("templates", template).read_text("utf-8")
    yield from _SAID.findall(source)
    for other in _USED.findall(source):
        yield from said(other)


@pytest.mark.parametrize(
    ("template", "page"),
    [
        ("signuporsignin", "signuporsignin"),
        ("localaccountsignin", "localaccountsignin"),
        ("localaccountsignup", "localaccountsignup"),
        ("localaccountpasswordreset", "localaccountpasswordreset"),
        ("localaccountpasswordchange", "localaccountpasswordchange"),
        ("selfasserted.profileupdate", "selfasserted.profileupdate"),
        ("accountname", "accountname"),
        ("accountpassword", "accountpassword"),
        ("emailpasscode", "emailpasscode"),
        ("guestdetails", "guestdetails"),
        ("notfromhere", "notfromhere"),
        ("error", "error"),
        ("signedout", "error"),
        ("signout", "error"),
        ("devicelogin", "error"),
        ("deviceconfirm", "error"),
        ("working", "error"),
        ("formpost", "error"),
    ],
)
def test_what_a_template_says_is_among_the_sentences_of_its_page(template: str, page: str) -> None:
    texts = set(said(f"{template}.html")) - NOT_WORDED
    macros = {
        "page.error.correlation",
        "page.title.error",
        "page.copy",
        "page.copied",
        "page.password.show",
        "page.password.hide",
    }
    assert len(texts) > 2
    assert texts - macros <= set(PAGES[page].values())


@pytest.mark.parametrize(
    ("page", "key", "text"),
    [
        ("signuporsignin", Key("UxElement", "heading"), "page.signin.title"),
        ("signuporsignin", Key("UxElement", "heading", "x"), None),
        ("signuporsignin", Key("ClaimType", "DisplayName", "city"), None),
        ("localaccountsignup", Key("ClaimType", "DisplayName", "email"), "page.email"),
        ("localaccountsignup", Key("ClaimType", "DisplayName", "city"), "label.city"),
        (
            "localaccountsignup",
            Key("ClaimType", "DisplayName", "extension_Color"),
            "label.extension_Color",
        ),
        ("localaccountsignup", Key("ClaimType", "DisplayName"), None),
        ("phonefactor", Key("UxElement", "heading"), None),
    ],
)
def test_a_key_names_a_sentence_of_its_page(page: str, key: Key, text: str | None) -> None:
    assert text_of(page, key) == text


def test_no_page_is_promised_that_is_not_there() -> None:
    types = ("signUp", "signIn", "signUpOrSignIn", "passwordReset", "profileUpdate")
    for type_ in (*types, "resourceOwner", "unheard-of"):
        for version in (1.0, 2.0, 3.0):
            assert set(pages_of(type_, version)) <= set(PAGES)
    assert set(pages_of("signUpOrSignIn", 1.0, "b2x")) <= set(PAGES)
