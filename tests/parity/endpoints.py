"""EP: where a flow's addresses are, and what is published there."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
import msal

from parity.place import Place, claims, sign_in
from parity.proofs import shows
from vestibule.oidc.signing import peek

METADATA = "v2.0/.well-known/openid-configuration"


def document(place: Place, address: str) -> dict[str, Any]:
    """The openid-configuration at an address below the server."""
    with place.browser() as client:
        answer = client.get(f"{place.base}/{address}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@shows("EP-01", "EP-06", "EP-07", "EP-08")
def the_document_of_a_flow(place: Place) -> None:
    flow = place.flow()
    found = document(place, f"{place.tenant}/{flow}/{METADATA}")
    here = f"{place.base}/{place.tenant}/{flow.lower()}"
    assert found["issuer"] == f"{place.base}/{place.tenant_id}/v2.0/"
    assert found["authorization_endpoint"] == f"{here}/oauth2/v2.0/authorize"
    assert found["token_endpoint"] == f"{here}/oauth2/v2.0/token"
    assert found["end_session_endpoint"] == f"{here}/oauth2/v2.0/logout"
    assert found["jwks_uri"] == f"{here}/discovery/v2.0/keys"


@shows("EP-02")
def the_document_by_query(place: Place) -> None:
    flow = place.flow()
    found = document(place, f"{place.tenant}/{METADATA}?p={flow}")
    here = f"{place.base}/{place.tenant}"
    assert found["token_endpoint"] == f"{here}/oauth2/v2.0/token?p={flow.lower()}"
    assert found["jwks_uri"] == f"{here}/discovery/v2.0/keys?p={flow.lower()}"


@shows("EP-03", "EP-04", "EP-05")
def every_form_of_the_address(place: Place) -> None:
    flow = place.flow()
    plain = document(place, f"{place.tenant}/{flow}/{METADATA}")
    for form in (
        f"{place.tenant_id}/{flow}",
        f"tfp/{place.tenant}/{flow}",
        f"{place.tenant.upper()}/{flow.lower()}",
    ):
        found = document(place, f"{form}/{METADATA}")
        assert found["issuer"] == plain["issuer"]
        assert f"/{form.rpartition('/')[0]}/" in found["token_endpoint"]


@shows("EP-09")
def the_issuer_of_a_flow(place: Place) -> None:
    flow = place.flow(issuerForm="userFlow")
    issuer = f"{place.base}/tfp/{place.tenant_id}/{flow.lower()}/v2.0/"
    assert document(place, f"{place.tenant}/{flow}/{METADATA}")["issuer"] == issuer
    body, _ = place.signed_in(flow)
    assert claims(body["id_token"])["iss"] == issuer


@shows("EP-10", "EP-11")
def what_a_flow_supports(place: Place) -> None:
    flow = place.flow()
    found = document(place, f"{place.tenant}/{flow}/{METADATA}")
    tail = ["sub", "tfp", "iss", "iat", "exp", "aud", "acr", "nonce", "auth_time"]
    names = ["emails", "oid", "name", "given_name", "family_name", "newUser", "idp"]
    assert found["claims_supported"] == [*names, *tail]
    assert found["response_modes_supported"] == ["query", "fragment", "form_post"]
    assert sorted(found["response_types_supported"]) == sorted(
        (
            "code", "code id_token", "code token", "code id_token token",
            "id_token", "id_token token", "token", "token id_token",
        )
    )  # fmt: skip
    assert found["id_token_signing_alg_values_supported"] == ["RS256"]
    methods = found["token_endpoint_auth_methods_supported"]
    assert methods[:2] == ["client_secret_post", "client_secret_basic"]


@shows("EP-12")
def pkce_is_published(place: Place) -> None:
    found = document(place, f"{place.tenant}/{place.flow()}/{METADATA}")
    assert found["code_challenge_methods_supported"] == ["S256", "plain"]


@shows("EP-13")
def an_unknown_flow(place: Place) -> None:
    with place.browser() as client:
        answer = client.get(place.url("B2C_1_nowhere", METADATA))
        page = client.get(place.url("B2C_1_nowhere", "oauth2/v2.0/authorize"))
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")


@shows("EP-14")
def the_keys(place: Place) -> None:
    flow = place.flow()
    with place.browser() as client:
        found = client.get(place.url(flow, "discovery/v2.0/keys")).json()
        same = client.get(f"{place.base}/{place.tenant}/discovery/v2.0/keys?p={flow}").json()
    assert found == same
    assert all(key.keys() == {"kid", "nbf", "use", "kty", "e", "n"} for key in found["keys"])
    assert {key["use"] for key in found["keys"]} == {"sig"}


@shows("EP-15")
def a_rotated_key_is_found(place: Place) -> None:
    flow = place.flow()
    before, _ = place.signed_in(flow)
    place.send("POST", "/vestibule/v1/keys/rotate", {})
    after, _ = place.signed_in(flow)
    with place.browser() as client:
        keys = client.get(place.url(flow, "discovery/v2.0/keys")).json()["keys"]
    published = {key["kid"] for key in keys}
    for body in (before, after):
        assert peek(body["id_token"])[0]["kid"] in published


@shows("EP-16")
def pages_of_other_origins_may_read(place: Place) -> None:
    flow = place.flow()
    with place.browser(headers={"origin": "https://anywhere.example"}) as client:
        for tail in (METADATA, "discovery/v2.0/keys"):
            answer = client.get(place.url(flow, tail))
            assert answer.headers["access-control-allow-origin"] == "*"


@shows("EP-17")
def our_own_authority(place: Place) -> None:
    context = ssl.create_default_context(cafile=place.live.ca_file)
    parts = urlsplit(place.base)
    with (
        socket.create_connection((parts.hostname, parts.port)) as plain,
        context.wrap_socket(plain, server_hostname=parts.hostname) as sealed,
    ):
        assert sealed.version() in {"TLSv1.2", "TLSv1.3"}
    document(place, f"{place.tenant}/{place.flow()}/{METADATA}")


@shows("EP-20")
def msal_for_python(place: Place) -> None:
    flow = place.flow()
    person = place.person()
    with place.browser() as http:
        client = msal.PublicClientApplication(
            place.live.facts["public_client_id"],
            authority=f"{place.base}/{place.tenant}/{flow}",
            http_client=Http(http),
        )
        started = client.initiate_auth_code_flow([place.api], "http://localhost:8400")
        with place.browser() as browser:
            landed = sign_in(browser, started["auth_uri"], person)
        result = client.acquire_token_by_auth_code_flow(started, landed)
    assert result["id_token_claims"]["tfp"] == flow
    asked = {seen.path.rpartition("/")[2] for seen in place.recorder.seen}
    assert "instance" not in asked


@dataclass(frozen=True, slots=True)
class Http:
    """What MSAL asks of an HTTP client."""

    client: httpx2.Client

    def get(self, url: str, **options: Any) -> httpx2.Response:
        return self.client.get(url, params=options.get("params"), headers=options.get("headers"))

    def post(self, url: str, **options: Any) -> httpx2.Response:
        return self.client.post(url, data=options.get("data"), headers=options.get("headers"))

    def close(self) -> None:
        """The client is closed by its owner."""
