"""What Mallory sends to Graph's face: always a 4xx in its shape that names what is wrong, never
a 5xx, and nothing stored.

Source: issue part 11; security T05 and section 2.1.
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from resources.bodies import (
    APPLICATIONS,
    ATTRIBUTES,
    B2C,
    B2X,
    CONNECTORS,
    PROVIDERS,
    USERS,
    application,
    attribute,
    b2c,
    b2x,
    basic,
    certificate,
    everything,
    person,
    pfx,
    social,
)
from resources.shape import refused

JSON = {"content-type": "application/json"}
BODIES: dict[str, tuple[str, dict[str, Any]]] = {
    "b2c": (B2C, b2c("bad")),
    "b2x": (B2X, b2x("bad")),
    "social": (PROVIDERS, social("Weibo")),
    "basic": (CONNECTORS, basic()),
    "attribute": (ATTRIBUTES, attribute("Bad one")),
    "pfx": (CONNECTORS, certificate(pfx("x")[0], "x")),
    "user": (USERS, person()),
    "application": (APPLICATIONS, application()),
}
"""Path and a body that would be accepted. Wrong values: tests/witness/test_bad_operations.py."""


@pytest.fixture(scope="module")
def untouched(shared: httpx2.Client) -> Iterator[httpx2.Client]:
    """A tenant that must look afterwards as it did before."""
    before = everything(shared)
    yield shared
    assert everything(shared) == before


@pytest.mark.parametrize("name", BODIES)
def test_a_name_that_means_nothing_is_refused(untouched: httpx2.Client, name: str) -> None:
    path, body = BODIES[name]
    for unknown in ("isAdmin", "tenant", "kind", "__proto__", "", " id", "id\n", "$id"):
        answer = untouched.post(path, json={**body, unknown: "x"})
        refused(answer, 400, names=unknown.strip() or "property")


@pytest.mark.parametrize("name", BODIES)
def test_a_text_without_end_is_refused_by_name(untouched: httpx2.Client, name: str) -> None:
    path, body = BODIES[name]
    for place in [key for key, value in body.items() if isinstance(value, str)]:
        answer = untouched.post(path, json={**body, place: "x" * 300_000})
        refused(answer, 400, names=place)


# --------------------------------------------------------------------------- the body as bytes

UNREADABLE: dict[str, bytes] = {
    "half an object": b'{"id":"a"',
    "two objects": b'{"id":"a"}{"id":"b"}',
    "a string": b'"id"',
    "a number": b"7",
    "null": b"null",
    "an array": b'[{"id":"a"}]',
    "white space": b" \n",
    "XML": b"<flow id='a'/>",
    "a form": b"id=a&userFlowType=signIn",
    "single quotes": b"{'id':'a'}",
    "a comment": b'{"id":"a" /* */}',
    "a comma too many": b'{"id":"a",}',
    "a byte order mark": b'\xef\xbb\xbf{"id":"a"}',
    "UTF-16": '{"id":"a"}'.encode("utf-16"),
    "bad UTF-8": b'{"id":"\xff\xfe"}',
    "overlong UTF-8": b'{"id":"\xc0\xaf"}',
    "half a surrogate pair": b'{"id":"\\ud800","userFlowType":"signIn","userFlowTypeVersion":3}',
    "NUL": b'{"id":"a\\u0000b"}',
    "NUL in a name": b'{"i\\u0000d":"b"}',
    "raw control": b'{"id":"a\x01b"}',
    "NaN": b'{"id":"a","userFlowType":"signIn","userFlowTypeVersion":NaN}',
    "Infinity": b'{"id":"a","userFlowType":"signIn","userFlowTypeVersion":Infinity}',
    "1e999": b'{"id":"a","userFlowType":"signIn","userFlowTypeVersion":1e999}',
    "5000 digits": b'{"id":"a","userFlowType":"signIn","userFlowTypeVersion":' + b"9" * 5000 + b"}",
    "a name twice": b'{"id":"a","id":"b","userFlowType":"signIn","userFlowTypeVersion":3}',
    "a name twice, cased": b'{"id":"a","Id":"b","userFlowType":"signIn","userFlowTypeVersion":3}',
    "a name twice, inside": b'{"id":"a","x":{"y":1,"y":2}}',
    "100 arrays deep": b'{"id":' + b"[" * 100 + b"]" * 100 + b"}",
    "100 objects deep": b'{"a":' * 100 + b"1" + b"}" * 100,
    "100,000 deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "50,000 names": b"{" + b",".join(b'"n%d":1' % n for n in range(50_000)) + b"}",
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
def test_a_body_that_is_no_json_object_of_ours(
    untouched: httpx2.Client, content: bytes, *, zipped: bool
) -> None:
    headers = {**JSON, **({"content-encoding": "gzip"} if zipped else {})}
    sent = gzip.compress(content, 1) if zipped else content
    refused(untouched.post(B2C, content=sent, headers=headers), 400)


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b" " * (1024 * 1024 + 1), {}, 413),
        (b'{"id":"' + b"a" * (1024 * 1024) + b'"}', {}, 413),
        (gzip.compress(b"\0" * (256 * 1024 * 1024), 9), {"content-encoding": "gzip"}, 413),
        (gzip.compress(gzip.compress(b"{}")), {"content-encoding": "gzip, gzip"}, 415),
        (gzip.compress(b"{}")[:-4], {"content-encoding": "gzip"}, 400),
        (b"not gzip", {"content-encoding": "gzip"}, 400),
        (b"{}", {"content-encoding": "deflate"}, 415),
        (b"{}", {"content-type": "application/xml"}, 415),
        (b"{}", {"content-type": "text/json"}, 415),
        (b"{}", {"content-type": "application/x-www-form-urlencoded"}, 415),
        (b"{}", {"content-type": "multipart/form-data; boundary=x"}, 415),
        (b"{}", {"content-type": "application/json; charset=latin1"}, 415),
        (b"{}", {"content-type": ";;;"}, 400),
        (b"{}", {"accept": "text/html"}, 406),
        (b"{}", {"accept": "application/json;q=0"}, 406),
        (b"{}", {"accept": "application/json;odata.metadata=verbose"}, 406),
    ],
    ids=[
        "a byte too many", "a value too long", "a gzip bomb", "gzip twice", "half a gzip",
        "no gzip", "deflate", "XML", "text/json", "a form", "multipart", "latin1", "no type",
        "wants HTML", "wants no JSON", "wants another level",
    ],
)  # fmt: skip
def test_a_body_of_the_wrong_form(
    untouched: httpx2.Client, content: bytes, headers: dict[str, str], status: int
) -> None:
    refused(untouched.post(B2C, content=content, headers={**JSON, **headers}), status)


# --------------------------------------------------------------------------- at random

SEED = 20_480
ATOMS: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 3, 2**63, 10**30, 0.1, 1e300, "", " ", "id", "x" * 300, "\u202e",
    "signIn", "#microsoft.graph.socialIdentityProvider", "#microsoft.graph.pkcs12Certificate",
    "https://x.example", "'", "%00", "<script>alert(1)</script>", [], {}, [[]], {"id": {}},
    {"@odata.type": "#microsoft.graph.user"}, {"@odata.id": "x"}, {"@odata.type": 5},
)  # fmt: skip


def mutated(chance: random.Random, value: Any) -> Any:
    """The value with one part of it replaced, renamed, dropped or doubled."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        name = chance.choice(list(value))
        rest = {key: inner for key, inner in value.items() if key != name}
        match chance.randrange(5):
            case 0:
                return rest
            case 1:
                return {
                    **rest,
                    name.swapcase() + chance.choice(("", "x", "@odata.bind")): value[name],
                }
            case 2:
                return {
                    **value,
                    chance.choice(("@odata.type", "id", "languages")): chance.choice(ATOMS),
                }
            case _:
                return {**rest, name: mutated(chance, value[name])}
    return chance.choice(ATOMS) if chance.random() < 0.9 else [value, value]


def test_no_body_breaks_the_server(graph: httpx2.Client) -> None:
    chance = random.Random(SEED)  # noqa: S311  # the same every time
    for _ in range(400):
        path, body = BODIES[chance.choice(list(BODIES))]
        for _ in range(chance.randrange(1, 4)):
            body = mutated(chance, body)
        answer = graph.post(path, json=body)
        if answer.status_code == 201:
            assert graph.delete(f"{path}/{answer.json()['id']}").status_code == 204
        else:
            refused(answer, names="")
    assert [len(graph.get(path).json()["value"]) for path in (B2C, B2X, PROVIDERS)] == [0, 0, 4]
