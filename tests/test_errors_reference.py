"""docs/reference/errors.md says what the catalogue says, and the catalogue what can happen."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from vestibule.oidc.catalogue import FAULTS, IN_ENTRA, Entry

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference" / "errors.md"
SOURCES = [
    file for file in (ROOT / "src" / "vestibule").rglob("*.py") if file.parent.name != "catalogue"
]
HEAD = """# Errors of the protocol endpoints

What the authorization endpoint, the token endpoint and the pages say when something is wrong. The
numbers are those of Azure AD B2C, and of Entra (`AADSTS…`) at the tenant's own authority; the
sentences are ours. Words in braces stand for what the request held. Where an application can be
told, it gets `error` and `error_description`; a person sees a page with the number. A user flow of
protocol `openid` says the second word of the column `error`, where there are two.

An `error_description` has three lines: number and sentence, correlation id, time; the correlation
id stands in the server's log too. In a flow of protocol `openid` it is one line.

| number | `error` | HTTP | cause | remedy |
| --- | --- | --- | --- | --- |
"""
WORDS = frozenset(
    # RFC 6749 sections 4.1.2.1 and 5.2; OpenID Connect Core 3.1.2.6
    {"invalid_request", "unauthorized_client", "access_denied", "unsupported_response_type"}
    | {"invalid_scope", "server_error", "temporarily_unavailable", "invalid_client"}
    | {"invalid_grant", "unsupported_grant_type", "login_required", "interaction_required"}
)
ENTRAS = frozenset(
    {"invalid_instance", "invalid_tenant", "invalid_resource", "consent_required"}
    # RFC 8628 section 3.5, and how Entra says two of them
    | {"authorization_pending", "slow_down", "expired_token"}
    | {"authorization_declined", "bad_verification_code"}
)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--golden"))


def test_every_error_stands_in_the_reference(*, golden: bool) -> None:
    ordered = sorted(FAULTS.items(), key=lambda one: (not one[0].isdecimal(), len(one[0]), one[0]))
    text = HEAD + "".join(_line(number, entry) for number, entry in ordered)
    if golden:
        REFERENCE.write_text(text, "utf-8")
    assert REFERENCE.read_text("utf-8") == text


def test_every_error_can_happen() -> None:
    used = {
        number
        for file in SOURCES
        for number in re.findall(r"\b(?:AADSTS|AADB2C)?(\d{5,7})\b", file.read_text("utf-8"))
    }
    used |= {told[0].removeprefix("AADSTS") for number, told in IN_ENTRA.items() if number in used}
    assert {number for number in FAULTS if number.removeprefix("AADSTS") not in used} == set()


def test_every_sentence_is_filled_in() -> None:
    raised = [
        (file.name, call)
        for file in SOURCES
        for call in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Fault"
    ]
    assert len(raised) > len(FAULTS) / 2
    for file, call in raised:
        given = {keyword.arg for keyword in call.keywords}
        for number in (
            one.value for one in ast.walk(call.args[0]) if isinstance(one, ast.Constant)
        ):
            if (
                isinstance(number, str) and number in FAULTS and None not in given
            ):  # None: `**values`
                fields = {name for _, name, _, _ in Formatter().parse(FAULTS[number].sentence)}
                assert fields - {None} <= given, (file, number)


@pytest.mark.parametrize("number", FAULTS)
def test_an_error_says_what_happened_and_what_to_do(number: str) -> None:
    entry = FAULTS[number]
    for sentence in (entry.cause, entry.remedy):
        assert re.fullmatch(r"[\x20\x21\x23-\x5b\x5d-\x7e]+[.}]", sentence), sentence
    word = entry.standard or entry.error
    assert word in (WORDS | ENTRAS if number.startswith("AADSTS") else WORDS)


def _line(number: str, entry: Entry) -> str:
    code = number if number.startswith("AADSTS") else f"AADB2C{number}"
    words = " / ".join(f"`{one}`" for one in (entry.error, entry.standard) if one)
    cause, remedy = (
        one.replace("|", "\\|").replace("{{", "{").replace("}}", "}")
        for one in (entry.cause, entry.remedy)
    )
    return f"| {code} | {words} | {entry.status} | {cause} | {remedy} |\n"
