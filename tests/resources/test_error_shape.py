"""Whatever goes wrong, Graph's face says so in Graph's shape: on every status, before and behind
the token. Source: graph-surface 2.8, 5; design/defaults.md, last paragraph."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from live import Live
from resources.shape import refused

FLOWS = "/beta/identity/b2cUserFlows"
SUSI = f"{FLOWS}/B2C_1_susi"
JSON = {"content-type": "application/json"}
CLIENT_REQUEST_ID = "4d8cb1d5-4a2b-4a3e-9a67-3c3e7d5e0901"


@dataclass(frozen=True, slots=True)
class Failing:
    """A request that cannot succeed, and how it fails."""

    name: str
    status: int
    code: str
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None
    token: bool = True
    target: str | None = None
    said: str = ""
    sent: dict[str, str] = field(default_factory=dict)  # headers that the reply must carry


def post(name: str, status: int, code: str, content: bytes, **more: Any) -> Failing:
    headers = {**JSON, **more.pop("headers", {})}
    return Failing(name, status, code, "POST", FLOWS, headers, content, **more)


FAILURES = (
    post("cut off", 400, "BadRequest", b'{"id":', said="Unable to read JSON request payload."),
    post("an array", 400, "BadRequest", b"[]", said="Unable to read JSON request payload."),
    post("nothing", 400, "BadRequest", b"", said="Unable to read JSON request payload."),
    post("a name twice", 400, "BadRequest", b'{"id":"a","id":"b"}', target="id"),
    post("id missing", 400, "AADB2C", b"{}", target="id", said="Parameter name: Id"),
    post(
        "unknown pair",
        400,
        "AADB2C90063",
        b'{"id":"a","userFlowType":"signIn","userFlowTypeVersion":2}',
        target="userFlowTypeVersion",
        said="There is a problem with the service.",
    ),
    Failing(
        "unknown segment",
        400,
        "BadRequest",
        "GET",
        "/v1.0/identity/b2cUserFlows",
        said="Resource not found for the segment 'b2cUserFlows'.",
    ),
    Failing(
        "unknown option", 400, "BadRequest", "GET", f"{FLOWS}?$apply=x", target="$apply"
    ),
    Failing(
        "unknown property in $select",
        400,
        "BadRequest",
        "GET",
        f"{FLOWS}?$select=nope",
        target="$select",
        said="Could not find a property named 'nope' on type",
    ),
    Failing(
        "another host", 400, "BadRequest", "GET", FLOWS, {"host": "login.example"}, said="host"
    ),
    Failing(
        "malformed tag",
        400,
        "malformedEntityTag",
        "PATCH",
        SUSI,
        {**JSON, "if-match": "1"},
        b"{}",
    ),
    Failing(
        "no token",
        401,
        "InvalidAuthenticationToken",
        "GET",
        FLOWS,
        token=False,
        sent={"www-authenticate": "Bearer"},
    ),
    Failing(
        "no token, unknown segment",
        401,
        "InvalidAuthenticationToken",
        "GET",
        "/beta/nope",
        token=False,
        sent={"www-authenticate": "Bearer"},
    ),
    Failing(
        "unknown id",
        404,
        "Request_ResourceNotFound",
        "GET",
        f"{FLOWS}/B2C_1_nope",
        said="'B2C_1_nope'",
    ),
    Failing(
        "wrong verb", 405, "MethodNotAllowed", "PUT", SUSI, JSON, b"{}",
        sent={"allow": "GET, PATCH, DELETE"},
    ),
    Failing(
        "wrong verb on $ref", 405, "MethodNotAllowed", "PATCH", f"{SUSI}/identityProviders/$ref",
        JSON, b"{}", said="Only GET, POST, PUT, DELETE are allowed for $ref requests",
        sent={"allow": "GET, POST, DELETE"},
    ),
    Failing(
        "wrong verb on the clock", 405, "MethodNotAllowed", "DELETE", "/vestibule/v1/clock",
        sent={"allow": "GET, POST"},
    ),
    Failing("no such format", 406, "NotAcceptable", "GET", f"{FLOWS}?$format=atom"),
    Failing("only pictures", 406, "NotAcceptable", "GET", FLOWS, {"accept": "image/png"}),
    post(
        "there already",
        409,
        "AADB2C",
        b'{"id":"SUSI","userFlowType":"signUpOrSignIn","userFlowTypeVersion":3}',
        target="id",
    ),
    Failing(
        "changed meanwhile",
        412,
        "resourceModified",
        "PATCH",
        SUSI,
        {**JSON, "if-match": 'W/"999"'},
        b"{}",
    ),
    post("too long", 413, "RequestEntityTooLarge", b" " * (1024 * 1024 + 1)),
    post(
        "too long once inflated",
        413,
        "RequestEntityTooLarge",
        gzip.compress(b" " * (64 * 1024 * 1024), 1),
        headers={"content-encoding": "gzip"},
    ),
    post(
        "plain text", 415, "UnsupportedMediaType", b"{}", headers={"content-type": "text/plain"}
    ),
    post("brotli", 415, "UnsupportedMediaType", b"{}", headers={"content-encoding": "br"}),
    post(
        "not UTF-8 by its own account",
        415,
        "UnsupportedMediaType",
        b"{}",
        headers={"content-type": "application/json;charset=utf-16"},
    ),
)  # fmt: skip


@pytest.mark.parametrize("failing", FAILURES, ids=lambda failing: str(failing.name))
@pytest.mark.parametrize("named", [True, False], ids=["with client-request-id", "without"])
def test_a_failure_has_graphs_shape(
    anybody: httpx2.Client, contoso_token: str, failing: Failing, *, named: bool
) -> None:
    headers = dict(failing.headers)
    if failing.token:
        headers["authorization"] = f"Bearer {contoso_token}"
    if named:
        headers["client-request-id"] = CLIENT_REQUEST_ID
    answer = anybody.request(failing.method, failing.path, headers=headers, content=failing.content)
    refused(answer, failing.status, code=failing.code, target=failing.target, names=failing.said)
    for name, value in failing.sent.items():
        assert answer.headers[name].startswith(value)


def test_a_success_names_its_request_too(anybody: httpx2.Client, contoso_token: str) -> None:
    headers = {"authorization": f"Bearer {contoso_token}", "client-request-id": CLIENT_REQUEST_ID}
    for path in (FLOWS, SUSI, f"{FLOWS}/$count", "/vestibule/v1/clock", "/v1.0/$metadata"):
        answer = anybody.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["client-request-id"] == CLIENT_REQUEST_ID
        assert answer.headers["request-id"] not in {"", CLIENT_REQUEST_ID}


def test_a_permission_is_refused_in_the_words_of_its_area(
    anybody: httpx2.Client, live: Live
) -> None:
    headers = {"authorization": f"Bearer {live.token('--permission', 'IdentityProvider.Read.All')}"}
    refused(anybody.get(FLOWS, headers=headers), 403, code="AADB2C")
    audit = anybody.get("/vestibule/v1/audit", headers=headers)
    refused(audit, 403, code="Authorization_RequestDenied")


def test_a_gzipped_body_is_read(shared: httpx2.Client) -> None:
    content = gzip.compress(b'{"id":"zipped","userFlowType":"nope"}')
    answer = shared.post(FLOWS, content=content, headers={**JSON, "content-encoding": "gzip"})
    refused(answer, 400, target="userFlowType")
