"""What Mallory sends to Graph's face: always a 4xx in its shape that names what is wrong, never
a 5xx, and nothing stored.

Source: issue part 11; security T05 and section 2.1.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from resources.bodies import (
    ATTRIBUTES,
    B2C,
    B2X,
    CONNECTORS,
    PROVIDERS,
    attribute,
    b2c,
    b2x,
    basic,
    certificate,
    created,
    everything,
    pfx,
    social,
)
from resources.shape import refused
from vestibule import resources
from vestibule.edm.linked import Shape, Type
from vestibule.edm.model import Model

JSON = {"content-type": "application/json"}
BODIES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "b2c": (B2C, "microsoft.graph.b2cIdentityUserFlow", b2c("bad")),
    "b2x": (B2X, "microsoft.graph.b2xIdentityUserFlow", b2x("bad")),
    "social": (PROVIDERS, "microsoft.graph.socialIdentityProvider", social("Weibo")),
    "basic": (CONNECTORS, "microsoft.graph.identityApiConnector", basic()),
    "attribute": (
        ATTRIBUTES,
        "microsoft.graph.identityUserFlowAttribute",
        attribute("Bad one"),
    ),
    "pfx": (CONNECTORS, "microsoft.graph.identityApiConnector", certificate(pfx("x")[0], "x")),
}
"""Path, type and a body that would be accepted."""

NOT_OF_KIND: dict[str, tuple[Any, ...]] = {
    "string": (1, 1.5, True, [], {}, ["x"], {"x": "y"}, "x" * 300_000),
    "boolean": (1, 0, "true", "", [], {}),
    "number": (True, "", "three", [], {}, [3], {"x": 3}),
    "enum": (True, 99, 1.5, "", "nope", "unknownFutureValue", "signUp,signIn", [], {}),
    "complex": (1, True, "", "x", [], [{}]),
    "collection": (1, "x", {}, [1], [None]),
}


def kind_of(shape: Shape) -> str:
    if shape.collection:
        return "collection"
    if shape.complex is not None:
        return "complex"
    if shape.choice is not None:
        return "enum"
    return {"boolean": "boolean", "number": "number"}.get(shape.kind, "string")


def wrong_values() -> Iterator[tuple[str, str, Any]]:
    """(body, path of a property, a value that it cannot have) from the declarations."""
    model = Model(resources.CATALOGUE["beta"])
    for name, (_, type_name, body) in BODIES.items():
        for place, shape in properties(model, model.types[type_name], body, ""):
            for value in NOT_OF_KIND[kind_of(shape)]:
                yield name, place, value
            if shape.declared.required or not shape.declared.nullable:
                yield name, place, None
    for name, navigation in (("b2c", "identityProviders"), ("b2x", "userFlowIdentityProviders")):
        for value in (1, "x", {}, [1], [{}], [None], [[]], [{"id": 1}], [{"id": ""}]):
            yield name, navigation, value
    for name, step in (("b2c", "preTokenIssuance"), ("b2x", "postAttributeCollection")):
        for value in (1, [], {}, True, {"id": 1}, {"@odata.id": None}, ""):
            yield name, f"apiConnectorConfiguration/{step}", value


def properties(
    model: Model, type_: Type, body: dict[str, Any], prefix: str
) -> Iterator[tuple[str, Shape]]:
    for shape in type_.properties.values():
        place = f"{prefix}{shape.name}"
        if shape.declared.write == "never" or (place == "id" and "id" not in body):
            continue
        yield place, shape
        inner = body.get(shape.name)
        if shape.complex is not None and isinstance(inner, dict):
            chosen = model.type(inner.get("@odata.type", shape.complex.name))
            assert chosen is not None
            yield from properties(model, chosen, inner, f"{place}/")


def replaced(body: dict[str, Any], place: str, value: Any) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(body))
    *above, last = place.split("/")
    holder = copy
    for name in above:
        holder = holder.setdefault(name, {})
    holder[last] = value
    return copy


@pytest.fixture(scope="module")
def untouched(shared: httpx2.Client) -> Iterator[httpx2.Client]:
    """A tenant that must look afterwards as it did before."""
    before = everything(shared)
    yield shared
    assert everything(shared) == before


@pytest.mark.parametrize("name", BODIES)
def test_a_value_of_the_wrong_kind_is_refused_by_name(untouched: httpx2.Client, name: str) -> None:
    path, _, body = BODIES[name]
    cases = [(place, value) for of, place, value in wrong_values() if of == name]
    assert len(cases) > 20
    for place, value in cases:
        answer = untouched.post(path, json=replaced(body, place, value))
        refused(answer, 400, names=place.rpartition("/")[2])


@pytest.mark.parametrize("name", BODIES)
def test_what_is_missing_or_unknown_is_named(untouched: httpx2.Client, name: str) -> None:
    path, type_name, body = BODIES[name]
    model = Model(resources.CATALOGUE["beta"])
    shapes = model.types[type_name].properties.values()
    required = [shape.name for shape in shapes if shape.declared.required]
    assert required
    for missing in required:
        left = {member: value for member, value in body.items() if member != missing}
        refused(untouched.post(path, json=left), 400, target=missing)
    for unknown in ("surprise", "isAdmin", "tenant", "kind", "__proto__", "", " id", "id\n", "$id"):
        answer = untouched.post(path, json={**body, unknown: "x"})
        refused(answer, 400, names=unknown.strip() or "property")


@pytest.fixture
def stored(graph: httpx2.Client) -> dict[str, str]:
    """The address of one entity of each kind."""
    addresses = {}
    for name, (path, _, body) in BODIES.items():
        addresses[name] = f"{path}/{created(graph, path, body)['id']}"
    return addresses


def test_a_patch_is_checked_like_a_create(graph: httpx2.Client, stored: dict[str, str]) -> None:
    before = everything(graph)
    for name, place, value in wrong_values():
        _, _, body = BODIES[name]
        first = place.split("/")[0]
        body = {first: replaced(body, place, value)[first]}
        if body in ({"apiConnectorConfiguration": {}}, {"apiConnectorConfiguration": None}):
            continue
        answer = graph.patch(stored[name], json=body)
        refused(answer, 400, names=first)
    for name, address in stored.items():
        refused(graph.patch(address, json={"surprise": 1}), 400, target="surprise")
        assert graph.patch(address, json={}).status_code == 204, name
    assert everything(graph) == before


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
        path, _, body = BODIES[chance.choice(list(BODIES))]
        for _ in range(chance.randrange(1, 4)):
            body = mutated(chance, body)
        answer = graph.post(path, json=body)
        if answer.status_code == 201:
            assert graph.delete(f"{path}/{answer.json()['id']}").status_code == 204
        else:
            refused(answer, names="")
    assert [len(graph.get(path).json()["value"]) for path in (B2C, B2X, PROVIDERS)] == [0, 0, 4]
