"""EP: where a flow's addresses are, and what is published there."""

from __future__ import annotations

from typing import Any

from parity.place import Place, claims
from parity.proofs import shows

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
