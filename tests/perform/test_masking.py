"""What connectors are sent and send, without the secrets in it."""

from __future__ import annotations

import json
import time

import pytest

from vestibule.resources.masking import STARS, masked_headers, masked_text, masked_url

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
KEY = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", "Basic YWRhOnNlY3JldA==", f"Basic {STARS}"),
        ("authorization", "opaque", STARS),
        ("set-cookie", "session=1; Secure", STARS),
        ("X-Api-Key", "k", STARS),
        ("x-functions-key", "k", STARS),
        ("x-trace", JWT, STARS),
        ("content-type", "application/json", "application/json"),
        ("client-request-id", "0d5f5c8e", "0d5f5c8e"),
    ],
)
def test_a_header(name: str, value: str, shown: str) -> None:
    assert masked_headers({name: value}) == {name: shown}


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ""),
        ("?code=abc", f"?code={STARS}"),
        ("?Code=abc&tenant=contoso", f"?Code={STARS}&tenant=contoso"),
        ("?api-version=1&sig=a%2Bb&sv=2", f"?api-version=1&sig={STARS}&sv=2"),
        ("?subscription-key=a", f"?subscription-key={STARS}"),
        ("?apikey=a&key=b", f"?apikey={STARS}&key={STARS}"),
        ("?access%5Ftoken=a", f"?access%5Ftoken={STARS}"),
        (f"?x={JWT}", f"?x={STARS}"),
        ("?keyboard=qwerty&flag", "?keyboard=qwerty&flag"),
    ],
)
def test_a_query(query: str, shown: str) -> None:
    assert (
        masked_url(f"https://api.example/approve{query}") == f"https://api.example/approve{shown}"
    )


@pytest.mark.parametrize(
    ("claim", "value", "shown"),
    [
        ("extension_Password", "hunter2", STARS),
        ("idp_access_token", "opaque", STARS),
        ("extension_ApiKey", "k", STARS),
        ("clientSecret", {"value": "k"}, STARS),
        ("extension_Note", JWT, STARS),
        ("extension_Note", f"take {JWT} now", f"take {STARS} now"),
        ("extension_Note", f"x{KEY}", f"x{STARS}"),
        ("extension_Notes", ["a", JWT], ["a", STARS]),
        ("password", "", ""),
        ("token", None, None),
        ("postalCode", "1010", "1010"),
        ("email", "ada@contoso.example", "ada@contoso.example"),
        ("userMessage", "Your passport is not valid.", "Your passport is not valid."),
    ],
)
def test_a_claim(claim: str, value: object, shown: object) -> None:
    assert json.loads(masked_text(json.dumps({claim: value}))) == {claim: shown}


@pytest.mark.parametrize(
    "text",
    [
        '{"password": "canary-secret", "cut',
        '{"password":"canary-secret',
        "password=canary-secret&a=b",
        "api-key: 'canary-secret'",
        "<token>x</token> Authorization: Bearer canary-secret",
        "[" * 5000 + '{"secret":"canary-secret"',
    ],
)  # fmt: skip
def test_what_is_no_json(text: str) -> None:
    assert "canary-secret" not in masked_text(text)


@pytest.mark.parametrize(
    "text", ["eyJ" * 80_000, 'a:"' * 80_000, "-----BEGIN PRIVATE KEY-----" * 9_000, "a" * 250_000]
)
def test_nobody_makes_it_slow(text: str) -> None:
    began = time.process_time()
    masked_text(text)
    assert time.process_time() - began < 1
