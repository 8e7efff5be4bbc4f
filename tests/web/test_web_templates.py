"""The templates in every state: what browser tests rely on, and what must never be there."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from vestibule.texts import Voice
from vestibule.web.render import Render
from web import gallery
from web.gallery import GALLERY

VOID = frozenset({"input", "img", "link", "meta", "br", "path", "rect"})


@pytest.fixture(scope="module")
def render() -> Render:
    return Render(gallery.settings())


class Document(HTMLParser):
    """Ids, labels, handlers and unbalanced elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.append((tag, values))
        if "id" in values:
            self.ids.append(values["id"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", GALLERY)
def test_every_page_names_the_language_that_it_speaks(render: Render, name: str) -> None:
    voice = GALLERY[name].model.get("voice", Voice())
    text = gallery.draw(render, GALLERY[name])
    assert f'<html lang="{voice.heard}" dir="{voice.direction}">' in text
    assert (voice.direction == "rtl") == ("Arabic" in name)


def test_what_is_told_in_english_on_another_page_says_so(render: Render) -> None:
    text = gallery.draw(render, GALLERY["fatal, Arabic"])
    assert '<p id="exceptionMessage" lang="en" dir="ltr">The redirect URI' in text


@pytest.fixture(params=list(GALLERY))
def page(request: pytest.FixtureRequest, render: Render) -> str:
    return gallery.draw(render, GALLERY[request.param])


def test_every_element_is_closed_and_no_id_comes_twice(page: str) -> None:
    document = Document(page)
    assert document.open == []
    assert len(document.ids) == len(set(document.ids))


def test_there_is_no_inline_handler_or_style_and_every_script_has_the_nonce(page: str) -> None:
    for tag, attributes in Document(page).tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert tag != "style"
        if tag == "script":
            assert attributes["nonce"] == gallery.NONCE


def test_every_page_begins_with_the_correlation_id(page: str) -> None:
    assert page.startswith(f"<!DOCTYPE html>\n<!-- CorrelationId: {gallery.CORRELATION} -->")


def test_every_page_of_a_development_server_says_so(page: str) -> None:
    assert '<aside class="banner"' in page


def test_nothing_is_fetched_from_another_host(page: str) -> None:
    for tag, attributes in Document(page).tags:
        if tag in {"script", "link", "img"}:
            address = attributes.get("src") or attributes.get("href", "")
            assert address.startswith("/static/") or not address


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        (
            "sign in, empty",
            "api email password next forgotPassword createAccount localAccountForm",
        ),
        (
            "sign up, empty",
            (
                "api email email_ver_but_send email_ver_input email_ver_but_verify"
                " email_ver_but_resend email_ver_but_edit newPassword reenterPassword continue"
                " cancel attributeList claimVerificationServerError"
            ),
        ),
        ("sign in, keep me signed in", "rememberMe"),
        (
            "reset, verified",
            (
                "api email email_ver_but_send email_ver_input email_ver_but_verify"
                " email_ver_but_resend email_ver_but_edit continue cancel attributeList"
            ),
        ),
        ("reset, choosing", "api newPassword reenterPassword continue cancel attributeList"),
        ("change password", "api newPassword reenterPassword continue cancel attributeList"),
        ("profile", "api displayName country continue cancel attributeList"),
        (
            "sign up, attributes",
            (
                "displayName extension_Size extension_Size_small extension_Size-1 country"
                " extension_Second extension_News_offers extension_News_events extension_Born"
                " extension_Born_day extension_Born_month extension_Born_year extension_Children"
            ),
        ),
    ],
    ids=[
        "sign in",
        "sign up",
        "keep me signed in",
        "reset",
        "new password",
        "changed password",
        "profile",
        "attributes",
    ],
)
def test_the_ids_that_browser_tests_for_b2c_use_are_there(
    render: Render, name: str, ids: str
) -> None:
    text = gallery.draw(render, GALLERY[name])
    assert set(ids.split()) <= set(Document(text).ids)
    assert 'class="error pageLevel' in text
    assert 'class="error itemLevel"' in text


def test_the_page_tells_scripts_what_b2cs_pages_tell(render: Render) -> None:
    text = gallery.draw(render, GALLERY["sign up, empty"])
    for name in ("var SETTINGS = ", "var CONTENT = ", "var SA_FIELDS = "):
        assert name in text
    assert '"tenant": "/contoso.onmicrosoft.com/b2c_1_susi"' in text
    assert re.search(r'"transId": "StateProperties=[\w-]+"', text)


def test_what_an_administrator_calls_things_is_escaped(render: Render) -> None:
    bad = '"><script>alert(1)</script>'
    questions = [
        {
            **question,
            "label": bad,
            "typed": bad if isinstance(question["typed"], str) else [bad] * 3,
        }
        | {"options": [{"name": bad, "value": bad, "default": True}] * bool(question["options"])}
        for question in gallery.QUESTIONS
    ]
    for wrong in ({}, gallery.WRONG):
        text = gallery.draw(render, gallery.signing_up(questions, **wrong))
        assert "<script>alert" not in text
        assert Document(text).open == []
        assert {attributes.get("value") for _, attributes in Document(text).tags} >= {bad}


def test_a_group_in_error_is_described_and_each_field_of_a_form_has_one_name(
    render: Render,
) -> None:
    text = gallery.draw(render, GALLERY["sign up, wrong attributes"])
    tags = [attributes for _, attributes in Document(text).tags]
    groups = [tag for tag in tags if tag.get("class") == "group"]
    assert [tag["aria-describedby"] for tag in groups] == [
        "extension_Size_error",
        "extension_News_error",
        "extension_Born_error",
    ]
    names = [tag["name"] for tag in tags if tag.get("id", "").startswith("extension_")
             and "name" in tag and tag.get("type") != "radio"]  # fmt: skip
    assert len(names) == len(set(names)) == 7


def test_a_field_in_error_points_at_its_message(render: Render) -> None:
    text = gallery.draw(render, GALLERY["sign in, wrong password"])
    fields = [tag for name, tag in Document(text).tags if name == "input"]
    password = next(field for field in fields if field.get("id") == "password")
    assert password["aria-invalid"] == "true"
    assert "password_error" in password["aria-describedby"]
    assert "Your password is incorrect." in text


def test_what_was_typed_stays_but_never_a_password(render: Render) -> None:
    for name, picture in GALLERY.items():
        for tag, attributes in Document(gallery.draw(render, picture)).tags:
            if tag == "input" and attributes.get("type") == "password":
                assert "value" not in attributes, name
    assert f'value="{gallery.ADA}"' in gallery.draw(render, GALLERY["sign in, wrong password"])


def test_values_from_outside_are_escaped(render: Render) -> None:
    text = gallery.draw(render, GALLERY["form post"])
    assert "<script>x</script>" not in text
    assert "&lt;script&gt;" in text


def test_the_style_sheet_is_small_and_static_files_may_be_kept_for_ever(render: Render) -> None:
    assert re.fullmatch(r"/static/site-[0-9a-f]{12}\.css", render.asset("site.css"))
    sheet = render.read(render.asset("site.css"))
    assert sheet is not None
    assert len(sheet.content) < 20_000
    assert b"http" not in sheet.content


@pytest.mark.parametrize(
    "name",
    [name for name, shown in GALLERY.items() if getattr(shown.model.get("wire"), "fields", None)],
)
def test_every_field_that_scripts_are_told_of_is_on_the_page(render: Render, name: str) -> None:
    fields = GALLERY[name].model["wire"].fields["AttributeFields"]
    assert {field["ID"] for field in fields} <= set(
        Document(gallery.draw(render, GALLERY[name])).ids
    )
