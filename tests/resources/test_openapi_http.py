"""The OpenAPI documents: golden, served to everybody, and true to what is served.

The golden files are rewritten under --golden.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import jsonschema_rs
import msgspec
import pytest

from resources.shape import refused
from vestibule import resources
from vestibule.edm.model import Model
from vestibule.odata.openapi import openapi
from vestibule.odata.routes import routes
from vestibule.web.clock import CLOCK
from vestibule.web.graph import OWN

GOLDEN = Path(__file__).parent
FILES = {"v1.0": "v1.0.json", "beta": "beta.json", OWN: "vestibule.json"}
VERBS = {"get", "post", "put", "patch", "delete"}


def model(root: str) -> Model:
    catalogue = resources.CATALOGUE[root]
    return Model(resources.development(catalogue) if root == OWN else catalogue)


def document(root: str) -> dict[str, Any]:
    more = CLOCK if root == OWN else None
    described = openapi(model(root), patch_references=False, more=more)
    decoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(described))
    return decoded


def operations(described: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(method, path, operation) of everything described."""
    for path, item in described["paths"].items():
        for verb in VERBS & item.keys():
            yield verb.upper(), path, item[verb]


@pytest.mark.parametrize("root", FILES)
def test_the_description_is_golden(
    request: pytest.FixtureRequest, anybody: httpx2.Client, root: str
) -> None:
    file = GOLDEN / FILES[root]
    if request.config.getoption("--golden", default=False):
        printed = json.dumps(document(root), indent=1, ensure_ascii=False)
        file.write_text(f"{printed}\n", "utf-8")
    answer = anybody.get(f"/{root}/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json;charset=utf-8"
    assert answer.json() == json.loads(file.read_text("utf-8"))


@pytest.mark.parametrize("root", FILES)
def test_every_route_is_described_once(root: str) -> None:
    described = {
        (method, re.sub(r"-id\d+}", "-id}", path)) for method, path, _ in operations(document(root))
    }
    own = {("GET", "/clock"), ("POST", "/clock")} if root == OWN else set()
    served = {
        (route.method, route.template) for route in routes(model(root), patch_references=False)
    }
    assert described == served | own | {("GET", "/openapi.json"), ("POST", "/$batch")}


@pytest.mark.parametrize("root", FILES)
def test_names_are_unique_and_lead_somewhere(root: str) -> None:
    described = document(root)
    ids = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(ids) == len(set(ids))
    for reference in references(described):
        at: Any = described
        for part in reference.removeprefix("#/").split("/"):
            at = at[part]
    for name, schema in described["components"]["schemas"].items():
        whole = {**schema, "components": described["components"]}
        assert jsonschema_rs.validator_for(whole) is not None, name
    for method, path, operation in operations(described):
        assert min(map(int, operation["responses"])) < 300, (method, path)


def references(value: Any) -> Iterator[str]:
    """Every $ref, and every target of a discriminator."""
    match value:
        case {"$ref": str() as reference}:
            yield reference
        case {"mapping": {} as mapping}:
            yield from mapping.values()
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from references(inner)


def test_types_say_what_is_sent_and_what_is_kept() -> None:
    described = document("beta")
    schemas = described["components"]["schemas"]
    provider = schemas["microsoft.graph.socialIdentityProvider"]
    assert provider["allOf"] == [
        {"$ref": "#/components/schemas/microsoft.graph.identityProviderBase"}
    ]
    assert provider["properties"]["clientSecret"]["enum"] == ["******", None]
    sent = schemas["microsoft.graph.socialIdentityProvider.create"]
    assert sent["properties"]["clientSecret"]["writeOnly"] is True
    assert sent["properties"]["@odata.type"] == {"const": "#microsoft.graph.socialIdentityProvider"}
    base = schemas["microsoft.graph.identityProviderBase.create"]
    assert "#microsoft.graph.socialIdentityProvider" in base["discriminator"]["mapping"]
    assert all("@odata.type" in one["required"] for one in base["anyOf"])
    flow = schemas["microsoft.graph.b2cIdentityUserFlow.create"]
    assert flow["required"] == ["id", "userFlowType", "userFlowTypeVersion"]
    changed = schemas["microsoft.graph.b2cIdentityUserFlow.update"]
    assert "required" not in changed
    assert "userFlowType" not in changed["properties"]
    kinds = schemas["microsoft.graph.userFlowType"]["enum"]
    assert kinds[-1] == "unknownFutureValue"
    assert schemas["microsoft.graph.userFlowType.create"]["enum"] == kinds[:-1]
    create = described["paths"]["/identity/b2cUserFlows"]["post"]
    assert create["security"] == [{"bearer": ["IdentityUserFlow.ReadWrite.All"]}]
    assert {"201", "204", "400", "401", "403", "409", "429"} <= create["responses"].keys()
    assert create["requestBody"]["required"] is True


def test_the_description_is_only_read(anybody: httpx2.Client, shared: httpx2.Client) -> None:
    assert anybody.get("/V1.0/OpenAPI.json/").status_code == 200
    refused(anybody.get("/beta/openapi.json", headers={"accept": "image/png"}), 406)
    answer = shared.post("/beta/openapi.json", json={})
    refused(answer, 405, code="MethodNotAllowed")
    assert answer.headers["allow"] == "GET"
    refused(shared.get("/beta/openapi.json/more"), 400, names="openapi.json")
