"""Addresses and query options that Mallory makes up: refused in Graph's shape, nothing stored.

Source: issue part 11; security T05 and section 2.1.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from resources.bodies import B2C, B2X, CONNECTORS, PROVIDERS, everything
from resources.shape import refused

SEED = 20_480


@pytest.fixture(scope="module")
def untouched(shared: httpx2.Client) -> Iterator[httpx2.Client]:
    """A tenant that must look afterwards as it did before."""
    before = everything(shared)
    yield shared
    assert everything(shared) == before


IDS = (
    "..%2f..%2fetc%2fpasswd", "%2e%2e", "...", "%00", "a%00b", "%ff", "%c0%af", "%",
    "%zz", "a" * 5000, "'", "''", "('", "(')", "'; DROP TABLE user_flow; --", "1 or 1=1",
    "{id}", "%7BapiConnectorId%7D", "*", "%25", "_%25", "B2C_1_bad%0d%0aX-Injected:1", "\u200b",
    "$count$", "$value", "$ref", "$batch", "$all", "@odata.id", "null", "-1", "NaN", "☃",
    "microsoft.graph.user", "graph.nothing", "identityProviders", "a(b)c", "(id='x')", "('x',1)",
)  # fmt: skip


@pytest.mark.parametrize("path", [B2C, PROVIDERS, CONNECTORS, f"{B2X}/B2X_1_bad/identityProviders"])
def test_an_odd_id_is_nobodys(untouched: httpx2.Client, path: str) -> None:
    for id in IDS:
        raw = id if id.isascii() else quote(id)
        for address in (f"{path}/{raw}", f"{path}('{raw}')", f"{path}/{quote(id, safe='')}"):
            answer = untouched.get(address)
            refused(answer)
            assert "x-injected" not in answer.headers
        refused(untouched.delete(f"{path}/{quote(id, safe='')}"))
        reference = untouched.post(f"{path}/$ref", json={"@odata.id": id})
        refused(reference)


FILTERS = (
    "nope eq 1", "id", "id eq", "eq 1", "id eq 1", "id eq 'x", "id eq 'x''", "'x' eq 'y'",
    "id eq null eq null", "userFlowTypeVersion eq 'three'", "userFlowType eq 'nope'",
    "isLanguageCustomizationEnabled eq 7", "not", "not not", "()", "(" * 500 + ")" * 500,
    "(" * 500, " and ".join(["id eq 'x'"] * 500), "not " * 500 + "true", "id eq '" + "x" * 20_000,
    "startswith(id)", "startswith(id,1)", "startswith('x')", "contains(id,'x','y')",
    "substringof('x',id)", "nope(id)", "id/x eq 1", "id/any(x:x eq 1)", "languages/any()",
    "identityProviders/any(p:p/clientSecret eq 'x')", "apiConnectorConfiguration eq {}",
    "id in ()", "id in 'x'", "id in (" + ",".join(["'x'"] * 2000) + ")", "id eq 'x' or",
    "id eq 'x';DROP TABLE user_flow", 'id eq "x"', "1 eq 1 --", "id eq 'x\0'", "\u2028x",
    "id add 1 eq 2", "$it eq 'x'", "@p eq 1", "id eq @p", "a" * 10_000, "id has 'x'",
    "authenticationMethods eq 'x'", "userFlowTypeVersion eq 1e999", "tokenClaimsConfiguration eq 1",
)  # fmt: skip
OPTIONS = (
    "$top=-1", "$top=1.5", "$top=x", "$top=99999999999999999999", "$skip=-1", "$skip=%00",
    "$select=nope", "$select=,", "$select=id/x/y/z,nope", "$orderby=nope", "$orderby=id up",
    "$orderby=id,id", "$orderby=apiConnectorConfiguration", "$orderby=clientSecret",
    "$expand=nope", "$expand=identityProviders($expand=nope)", "$expand=identityProviders(",
    "$expand=identityProviders($filter=clientSecret eq 'x')",
    "$expand=" + "identityProviders," * 50,
    "$expand=identityProviders(" * 50, "$count=maybe", "$search=x", "$apply=aggregate(id)",
    "$compute=1", "$skiptoken=x", "$skiptoken=W10", "$skiptoken=" + "A" * 5000, "$format=xml",
    "$format=../../etc/passwd", "$top=1&top=2", "$filter=id eq 'x'&$FILTER=id eq 'y'", "$nope=1",
    "%24top=x", "$filter=%ff", "$filter=%00", "$deltatoken=x",
)  # fmt: skip


@pytest.mark.parametrize("text", FILTERS, ids=lambda text: str(text)[:30])
def test_a_filter_that_means_nothing_is_refused(untouched: httpx2.Client, text: str) -> None:
    for address in (B2C, f"{B2C}/$count"):
        refused(untouched.get(address, params={"$filter": text}), 400)


@pytest.mark.parametrize("text", OPTIONS, ids=lambda text: str(text)[:30])
def test_an_option_that_means_nothing_is_refused(untouched: httpx2.Client, text: str) -> None:
    answer = untouched.get(f"{B2C}?{text}")
    refused(answer, 406 if text.startswith("$format") else 400)


@pytest.mark.parametrize("secret", ["clientSecret eq 'x'", "startswith(clientSecret,'s')"])
def test_a_secret_cannot_be_guessed_by_a_filter(untouched: httpx2.Client, secret: str) -> None:
    cast = f"{PROVIDERS}/graph.socialIdentityProvider"
    refused(untouched.get(cast, params={"$filter": secret}), 400, names="clientSecret")
    refused(untouched.get(cast, params={"$orderby": "clientSecret"}), 400)


def test_no_address_breaks_the_server(shared: httpx2.Client) -> None:
    chance = random.Random(SEED)  # noqa: S311  # the same every time
    parts = [
        "identity", "b2cUserFlows", "b2xUserFlows", "apiConnectors", "identityProviders", "$count",
        "$ref", "$value", "$metadata", "apiConnectorConfiguration", "postFederationSignup", "id",
        "('x')", "B2C_1_x", "graph.socialIdentityProvider", "%2e%2e", "", "%2F", "messages",
        "audit",
        "userFlowIdentityProviders", "('", "$batch", "clock", "displayName", "Facebook-OAUTH",
    ]  # fmt: skip
    queries = ["", *(f"?{option}" for option in OPTIONS), "?$expand=*", "?$select=*", "?$top=5"]
    for _ in range(400):
        root = chance.choice(("v1.0", "beta", "vestibule/v1"))
        path = "/".join(chance.choice(parts) for _ in range(chance.randrange(1, 6)))
        method = chance.choice(("GET", "GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"))
        body: dict[str, Any] | None = {} if method in {"POST", "PATCH", "PUT"} else None
        answer = shared.request(method, f"/{root}/{path}{chance.choice(queries)}", json=body)
        if answer.status_code not in {200, 204}:
            refused(answer)
