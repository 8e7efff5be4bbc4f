"""Discovery, keys and tokens as HTTP answers: status, headers, CORS, and what MSAL needs."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256
from starlette.requests import Request
from starlette.responses import Response

from oidc.contoso import (
    BASE,
    DEV,
    NOW,
    OPENID_FLOW,
    SECRET,
    SERVE,
    SIGNER,
    SPA,
    SUSI,
    TID,
    WEB,
    Directory,
    FrozenWorld,
    contoso,
)
from oidc.endpoint import endpoint
from vestibule.errors import Invalid, NotFound, Problem, TooMany
from vestibule.oidc.place import find
from vestibule.settings import Settings
from vestibule.tenancy import Flow
from vestibule.web.connect import Connect
from vestibule.web.exchange import Exchange

pytestmark = pytest.mark.anyio
T = "contoso.onmicrosoft.com"
METADATA = "v2.0/.well-known/openid-configuration"
PROGRAM = {
    "grant_type": "client_credentials",
    "client_id": WEB,
    "client_secret": SECRET,
    "scope": "https://graph.microsoft.com/.default",
}


@asynccontextmanager
async def connected(
    folder: Path, settings: Settings = DEV, tenants: Directory | None = None
) -> AsyncIterator[Connect]:
    async with endpoint(folder) as at:
        yield Connect(
            settings,
            FrozenWorld(),
            tenants or Directory(),
            tickets=at.tickets,
            signer=SIGNER,
            user_state=at.service.user_state,
            grant=at.service.grant,
            sign_in=at.service.sign_in,
            profile=at.service.profile,
            reveal=at.service.reveal,
        )


async def call(
    connect: Connect,
    path: str,
    *,
    method: str = "GET",
    form: dict[str, str] | str = "",
    **headers: str,
) -> Response:
    """As the server does: find the operation, hand over, print a problem that comes out."""
    path, _, query = path.partition("?")
    if form:
        headers.setdefault("content_type", "application/x-www-form-urlencoded")
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    segments = tuple(path.split("/"))
    exchange = Exchange(
        request=Request({"type": "http", "method": method, "headers": raw}),
        method=method,
        base=BASE,
        path=segments,
        query_text=query,
        body=(form if isinstance(form, str) else urlencode(form)).encode(),
        correlation="c0",
        now=NOW,
        ip="127.0.0.1",
    )
    found = find(segments, query.removeprefix("p=") if query.startswith("p=") else "")
    assert found is not None
    try:
        handler = getattr(connect, found.operation)
        response = await handler(exchange, found.place, found.rest)
    except Problem as problem:
        return connect.problem(exchange, problem)
    assert isinstance(response, Response)
    return response


def body(response: Response) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(bytes(response.body))
    return value


async def test_a_flow_is_described_in_the_form_that_was_asked_for(tmp_path: Path) -> None:
    async with connected(tmp_path) as connect:
        response = await call(connect, f"{T}/B2C_1_SUSI/v2.0/.well-known/openid-configuration")
    found = body(response)
    at = f"{BASE}/{T}/b2c_1_susi"
    assert response.headers["access-control-allow-origin"] == "*"
    assert found["issuer"] == f"{BASE}/{TID}/v2.0/"
    assert found["authorization_endpoint"] == f"{at}/oauth2/v2.0/authorize"
    assert found["token_endpoint"] == f"{at}/oauth2/v2.0/token"
    assert found["end_session_endpoint"] == f"{at}/oauth2/v2.0/logout"
    assert found["jwks_uri"] == f"{at}/discovery/v2.0/keys"
    assert found["response_types_supported"] == [
        "code", "code id_token", "code token", "code id_token token",
        "id_token", "id_token token", "token", "token id_token",
    ]  # fmt: skip
    assert found["response_modes_supported"] == ["query", "fragment", "form_post"]
    assert found["subject_types_supported"] == ["pairwise"]
    assert found["token_endpoint_auth_methods_supported"][:2] == [
        "client_secret_post",
        "client_secret_basic",
    ]
    assert "userinfo_endpoint" not in found
    assert found["code_challenge_methods_supported"] == ["S256", "plain"]
    assert "private_key_jwt" in found["token_endpoint_auth_methods_supported"]
    assert found["authorization_response_iss_parameter_supported"] is True
    assert found["claims_supported"] == [
        "emails", "oid", "name", "given_name", "family_name", "newUser", "idp",
        "sub", "tfp", "iss", "iat", "exp", "aud", "acr", "nonce", "auth_time",
    ]  # fmt: skip


def of_flow(flow: Flow) -> Directory:
    """The tenants, with another flow in the place of B2C_1_susi."""
    return Directory(replace(contoso(), flows={flow.id.casefold(): flow}))


async def test_a_flow_by_password_has_no_pages(tmp_path: Path) -> None:
    flow = replace(SUSI, type="resourceOwner", version=1.0)
    async with connected(tmp_path, tenants=of_flow(flow)) as connect:
        found = body(await call(connect, f"{T}/B2C_1_susi/{METADATA}"))
    assert "end_session_endpoint" not in found
    assert found["response_types_supported"] == []
    assert found["grant_types_supported"] == ["password", "refresh_token", "client_credentials"]
    assert found["authorization_endpoint"]  # MSAL demands it


async def test_a_flow_of_protocol_openid_is_described_as_one(tmp_path: Path) -> None:
    async with connected(tmp_path, tenants=of_flow(OPENID_FLOW)) as connect:
        found = body(await call(connect, f"{T}/b2c_1_susi/{METADATA}"))
    assert found["issuer"] + "/.well-known/openid-configuration" == (
        f"{BASE}/{T}/b2c_1_susi/{METADATA}"
    )
    assert found["userinfo_endpoint"] == f"{BASE}/{T}/b2c_1_susi/openid/v2.0/userinfo"
    assert found["subject_types_supported"] == ["public"]
    assert found["scopes_supported"] == [
        "openid", "offline_access", "profile", "email", "address", "phone",
    ]  # fmt: skip
    assert found["claims_supported"] == [
        "oid", "newUser", "idp", "name", "given_name", "family_name", "preferred_username",
        "email", "email_verified", "address", "phone_number", "phone_number_verified",
        "sub", "tfp", "iss", "iat", "exp", "aud", "acr", "nonce", "auth_time",
    ]  # fmt: skip


async def test_userinfo_of_b2cs_protocol_is_a_setting(tmp_path: Path) -> None:
    async with connected(tmp_path, DEV.model_copy(update={"userinfo": True})) as connect:
        found = body(await call(connect, f"{T}/v2.0/.well-known/openid-configuration?p={SUSI.id}"))
    assert found["userinfo_endpoint"] == f"{BASE}/{T}/openid/v2.0/userinfo?p=b2c_1_susi"


@pytest.mark.parametrize(
    ("path", "token_endpoint", "issuer"),
    [
        (f"{T}/v2.0/.well-known/openid-configuration?p=B2C_1_susi",
         f"{BASE}/{T}/oauth2/v2.0/token?p=b2c_1_susi", f"{BASE}/{TID}/v2.0/"),
        (f"tfp/{TID}/b2c_1_other/v2.0/.well-known/openid-configuration",
         f"{BASE}/tfp/{TID}/b2c_1_other/oauth2/v2.0/token", f"{BASE}/tfp/{TID}/b2c_1_other/v2.0/"),
        (f"{T}/v2.0/.well-known/openid-configuration",
         f"{BASE}/{T}/oauth2/v2.0/token", f"{BASE}/{TID}/v2.0"),
        (f"{TID}/v2.0/.well-known/openid-configuration",
         f"{BASE}/{TID}/oauth2/v2.0/token", f"{BASE}/{TID}/v2.0"),
    ],
    ids=["by query", "flow as issuer", "tenant by domain", "tenant by id"],
)  # fmt: skip
async def test_every_authority_is_described(
    tmp_path: Path, path: str, token_endpoint: str, issuer: str
) -> None:
    async with connected(tmp_path) as connect:
        found = body(await call(connect, path))
    assert (found["token_endpoint"], found["issuer"]) == (token_endpoint, issuer)


async def test_settings_pin_the_issuer_and_hide_pkce(tmp_path: Path) -> None:
    settings = SERVE.model_copy(update={"issuer_host": "id.example", "publish_pkce_methods": False})
    async with connected(tmp_path, settings) as connect:
        path = f"{T}/B2C_1_susi/v2.0/.well-known/openid-configuration"
        found = body(await call(connect, path))
    assert found["issuer"] == f"https://id.example/{TID}/v2.0/"
    assert found["token_endpoint"].startswith(BASE)
    assert "code_challenge_methods_supported" not in found


async def test_the_published_key_verifies_a_token(tmp_path: Path) -> None:
    async with connected(tmp_path) as connect:
        keys = body(await call(connect, f"{T}/B2C_1_susi/discovery/v2.0/keys"))["keys"]
        response = await call(connect, f"{T}/oauth2/v2.0/token", method="POST", form=PROGRAM)
    assert all(set(key) == {"kid", "nbf", "use", "kty", "e", "n"} for key in keys)
    header, claims, signature = body(response)["access_token"].split(".")
    kid = msgspec.json.decode(_bytes(header))["kid"]
    (key,) = [key for key in keys if key["kid"] == kid]
    numbers = RSAPublicNumbers(int.from_bytes(_bytes(key["e"])), int.from_bytes(_bytes(key["n"])))
    numbers.public_key().verify(
        _bytes(signature), f"{header}.{claims}".encode(), PKCS1v15(), SHA256()
    )
    assert len(kid) == 43


async def test_a_token_is_not_stored_anywhere(tmp_path: Path) -> None:
    async with connected(tmp_path) as connect:
        response = await call(
            connect,
            f"{T}/oauth2/v2.0/token",
            method="POST",
            form=PROGRAM,
            origin="https://m.example",
        )
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"] == "application/json"
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    ("changes", "headers", "status", "code"),
    [
        ({"client_secret": "wrong"}, {}, 401, "AADSTS7000215"),
        ({"grant_type": "password"}, {}, 400, "AADSTS70003"),
        ({}, {"content_type": "application/json"}, 400, ""),
    ],
    ids=["wrong secret", "unknown grant", "not a form"],
)
async def test_a_refusal_is_json_that_msal_can_show(
    tmp_path: Path, changes: dict[str, str], headers: dict[str, str], status: int, code: str
) -> None:
    async with connected(tmp_path) as connect:
        response = await call(
            connect,
            f"{T}/oauth2/v2.0/token",
            method="POST",
            form={**PROGRAM, **changes},
            origin="https://SPA.example",
            **headers,
        )
    told = body(response)
    assert response.status_code == status
    assert told["error_description"].startswith(code)
    assert told["correlation_id"] == told["trace_id"] == "c0"
    assert response.headers["access-control-allow-origin"] == "https://spa.example"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("form", "says"),
    [("grant_type=a&grant_type=b", "repeated"), ("a=%ff", "read"), ("&".join("a=1" * 200), "read")],
    ids=["repeated", "bad UTF-8", "too many"],
)
@pytest.mark.parametrize(
    ("of", "number"), [("", 9002313), ("/b2c_1_susi", 90276)], ids=["tenant", "flow"]
)
async def test_a_form_that_means_two_things_is_refused(
    tmp_path: Path, form: str, says: str, of: str, number: int
) -> None:
    async with connected(tmp_path) as connect:
        response = await call(connect, f"{T}{of}/oauth2/v2.0/token", method="POST", form=form)
    assert response.status_code == 400
    assert body(response)["error"] == "invalid_request"
    assert body(response)["error_codes"] == [number]
    assert says in body(response)["error_description"]


async def test_wrong_basic_is_challenged_at_a_flow_too(tmp_path: Path) -> None:
    form = {name: value for name, value in PROGRAM.items() if "client" not in name}
    form["grant_type"] = "client_credentials"
    async with connected(tmp_path) as connect:
        response = await call(
            connect,
            f"{T}/B2C_1_susi/oauth2/v2.0/token",
            method="POST",
            form=form,
            authorization="Basic bm9ib2R5Ong=",
        )
        wrong = await call(
            connect,
            f"{T}/B2C_1_susi/oauth2/v2.0/token",
            method="POST",
            form=form,
            authorization="Basic eA==",
        )
    assert body(response)["error"] == "unauthorized_client"
    assert wrong.status_code == 401
    assert wrong.headers["www-authenticate"].startswith("Basic")


async def test_tokens_are_given_by_post_only(tmp_path: Path) -> None:
    async with connected(tmp_path) as connect:
        response = await call(connect, f"{T}/B2C_1_susi/oauth2/v2.0/token")
    assert (response.status_code, response.headers["allow"]) == (405, "POST, OPTIONS")
    assert body(response)["error_codes"] == [90226]


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("https://spa.example", True), ("https://app.example", False), ("https://m.example", False),
     ("null", False)],
    ids=["a single-page application", "a web application", "nobody", "null"],
)  # fmt: skip
async def test_a_preflight_is_answered_for_single_page_applications(
    tmp_path: Path, origin: str, *, allowed: bool
) -> None:
    async with connected(tmp_path) as connect:
        response = await call(connect, f"{T}/oauth2/v2.0/token", method="OPTIONS", origin=origin)
    assert response.status_code == 204
    assert ("access-control-allow-origin" in response.headers) is allowed
    assert ("access-control-allow-methods" in response.headers) is allowed


@pytest.mark.parametrize(
    "path",
    ["{T}/v2.0/.well-known/openid-configuration", "{T}/discovery/v2.0/keys",
     "common/userrealm/bob", "common/discovery/instance"],
)  # fmt: skip
async def test_public_documents_are_open_to_every_origin(tmp_path: Path, path: str) -> None:
    async with connected(tmp_path) as connect:
        response = await call(connect, path.format(T=T), method="OPTIONS", origin="null")
    assert response.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("nobody.example/v2.0/.well-known/openid-configuration", "invalid_tenant"),
        (f"{T}/B2C_1_nothing/v2.0/.well-known/openid-configuration", "not_found"),
        ("nobody.example/discovery/v2.0/keys", "invalid_tenant"),
        ("nobody.example/oauth2/v2.0/token", "invalid_tenant"),
        (f"{T}/B2C_1_nothing/oauth2/v2.0/token", "not_found"),
    ],
)
async def test_an_unknown_authority_is_not_found(tmp_path: Path, path: str, error: str) -> None:
    async with connected(tmp_path) as connect:
        response = await call(connect, path)
    assert (response.status_code, body(response)["error"]) == (404, error)
    assert response.headers["access-control-allow-origin"] == "*"


class Behind(Directory):
    """A replica that has not heard yet of what was just configured elsewhere."""

    async def find(self, name: str) -> Any:
        found = await super().find(name)
        return found and replace(found, applications={}, flows={}, configuration=0)

    async def fresh(self, name: str) -> Any:
        return await super().find(name)


async def test_what_is_unknown_here_is_looked_up_afresh(tmp_path: Path) -> None:
    async with connected(tmp_path, tenants=Behind()) as connect:
        path = f"{T}/B2C_1_susi/v2.0/.well-known/openid-configuration"
        assert (await call(connect, path)).status_code == 200
        response = await call(connect, f"{T}/oauth2/v2.0/token", method="POST", form=PROGRAM)
        assert response.status_code == 200
        form = {**PROGRAM, "client_id": SPA.replace("2", "9")}
        response = await call(connect, f"{T}/oauth2/v2.0/token", method="POST", form=form)
        assert body(response)["error_codes"] == [700016]


async def test_instance_discovery_names_the_authority(tmp_path: Path) -> None:
    asked = urlencode({"authorization_endpoint": f"https://localhost/{T}/oauth2/v2.0/authorize"})
    async with connected(tmp_path) as connect:
        found = body(await call(connect, f"common/discovery/instance?api-version=1.0&{asked}"))
    assert found["tenant_discovery_endpoint"] == (
        f"{BASE}/{T}/v2.0/.well-known/openid-configuration"
    )
    assert found["metadata"][0]["aliases"] == ["localhost:8443", "localhost"]


@pytest.mark.parametrize(
    "query",
    ["", "authorization_endpoint=https://m.example/t/oauth2/v2.0/authorize",
     "authorization_endpoint=http://localhost/t/oauth2/v2.0/authorize",
     "authorization_endpoint=https://[/t", "authorization_endpoint=https://localhost/t"],
)  # fmt: skip
async def test_another_instance_is_unknown(tmp_path: Path, query: str) -> None:
    async with connected(tmp_path) as connect:
        response = await call(connect, f"common/discovery/instance?{query}")
    assert (response.status_code, body(response)["error"]) == (400, "invalid_instance")


async def test_the_user_realm_tells_nothing(tmp_path: Path) -> None:
    async with connected(tmp_path) as connect:
        one = await call(connect, "common/userrealm/bob@contoso.example")
        other = await call(connect, "common/userrealm/nobody@contoso.example")
    assert one.body == other.body
    assert body(one)["account_type"] != "Federated"


@pytest.mark.parametrize(
    ("problem", "status", "error"),
    [
        (Invalid("no"), 400, "invalid_request"),
        (NotFound("no"), 404, "not_found"),
        (TooMany("slow", retry_after_s=3), 429, "temporarily_unavailable"),
    ],
)
async def test_other_problems_are_told_in_oauths_words(
    tmp_path: Path, problem: Problem, status: int, error: str
) -> None:
    class Broken(Directory):
        async def find(self, _name: str) -> Any:
            raise problem

    async with connected(tmp_path, tenants=Broken(contoso())) as connect:
        response = await call(connect, f"{T}/oauth2/v2.0/token", method="POST", form=PROGRAM)
    assert (response.status_code, body(response)["error"]) == (status, error)
    assert response.headers.get("retry-after") == ("3" if status == 429 else None)


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
