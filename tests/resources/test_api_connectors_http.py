"""identity/apiConnectors over HTTP, with a password and with a certificate.

Source: graph-surface 10.3, 11.9.
"""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1

from resources.bodies import (
    B2C,
    B2X,
    CONNECTORS,
    STARS,
    b2c,
    b2x,
    basic,
    certificate,
    created,
    everything,
    pfx,
    read,
)
from resources.shape import refused
from resources.tokens import Mint

BASIC = "#microsoft.graph.basicAuthentication"
CERTIFICATES = "#microsoft.graph.clientCertificateAuthentication"


def shown(made: x509.Certificate, *, active: bool = True) -> dict[str, Any]:
    """What is shown of a certificate: nothing that was secret."""
    return {
        "isActive": active,
        "notAfter": int(made.not_valid_after_utc.timestamp()),
        "notBefore": int(made.not_valid_before_utc.timestamp()),
        "thumbprint": made.fingerprint(SHA1()).hex().upper(),  # noqa: S303  # how it is shown
    }


def test_a_connector_from_create_to_delete(graph: httpx2.Client) -> None:
    root = str(graph.base_url).rstrip("/")
    answer = graph.post(CONNECTORS, json=basic())
    made = answer.json()
    assert (answer.status_code, made) == (
        201,
        {
            "@odata.context": f"{root}/v1.0/$metadata#identity/apiConnectors/$entity",
            "id": made["id"],
            "displayName": "Approve sign-up",
            "targetUrl": "https://api.example/approve",
            "authenticationConfiguration": {
                "@odata.type": BASIC,
                "username": "vestibule",
                "password": STARS,
            },
        },
    )
    assert answer.headers["location"] == f"{root}{CONNECTORS}('{made['id']}')"
    path = f"/beta/identity/apiconnectors/{made['id'].upper()}"
    assert read(graph, path)["id"] == made["id"]
    listed = read(graph, CONNECTORS)
    assert listed["@odata.context"] == f"{root}/v1.0/$metadata#identity/apiConnectors"
    assert [one["id"] for one in listed["value"]] == [made["id"]]
    changed = graph.patch(path, json={"displayName": "New", "targetUrl": "https://b.example/"})
    assert (changed.status_code, changed.content) == (204, b"")
    now = read(graph, path)
    assert (now["displayName"], now["targetUrl"]) == ("New", "https://b.example/")
    assert now["authenticationConfiguration"] == made["authenticationConfiguration"]
    assert graph.delete(path).status_code == 204
    refused(graph.get(path), 404, code="Request_ResourceNotFound")


@pytest.mark.parametrize("password", ["letmein", "", "pässwörd"])
def test_a_certificate_is_shown_by_its_thumbprint(graph: httpx2.Client, password: str) -> None:
    value, inside = pfx(password)
    made = created(graph, CONNECTORS, certificate(value, password))
    assert made["authenticationConfiguration"] == {
        "@odata.type": CERTIFICATES,
        "certificateList": [shown(inside)],
    }
    assert value not in graph.get(CONNECTORS).text


def test_a_certificate_that_is_not_valid_yet_is_not_active(graph: httpx2.Client) -> None:
    value, inside = pfx("x", starts_in=timedelta(days=3))
    made = created(graph, CONNECTORS, certificate(value, "x"))
    assert made["authenticationConfiguration"]["certificateList"] == [shown(inside, active=False)]


def test_a_connector_changes_from_password_to_certificate_and_back(
    graph: httpx2.Client, mint: Mint
) -> None:
    path = f"{CONNECTORS}/{created(graph, CONNECTORS, basic())['id']}"
    value, inside = pfx("x")
    listed = {"@odata.type": CERTIFICATES, "certificateList": [shown(inside)]}
    for body, expected in (
        (certificate(value, "x"), listed),
        (basic(), {"@odata.type": BASIC, "username": "vestibule", "password": STARS}),
    ):  # fmt: skip
        chosen = {"authenticationConfiguration": body["authenticationConfiguration"]}
        assert graph.patch(path, json=chosen).status_code == 204
        assert read(graph, path)["authenticationConfiguration"] == expected
    stored = mint.stored(graph, "api_connector", path.rpartition("/")[2])
    assert (stored["password"], stored["pkcs12"]) == ("secret-of-ours", None)


@pytest.mark.parametrize("kind", ["basic", "certificate"])
def test_what_was_read_may_be_sent_back_and_the_secret_stays(
    graph: httpx2.Client, mint: Mint, kind: str
) -> None:
    body = basic() if kind == "basic" else certificate(pfx("x")[0], "x")
    id = created(graph, CONNECTORS, body)["id"]
    before, kept = everything(graph), mint.stored(graph, "api_connector", id)
    answer = graph.patch(f"{CONNECTORS}/{id}", json=read(graph, f"{CONNECTORS}/{id}"))
    assert answer.status_code == 204, answer.text
    assert everything(graph) == before
    now = mint.stored(graph, "api_connector", id)
    assert {**now, "version": 0} == {**kept, "version": 0}


def test_a_user_name_changes_without_its_masked_password(graph: httpx2.Client, mint: Mint) -> None:
    id = created(graph, CONNECTORS, basic())["id"]
    masked = {"@odata.type": BASIC, "username": "other", "password": STARS}
    answer = graph.patch(f"{CONNECTORS}/{id}", json={"authenticationConfiguration": masked})
    assert answer.status_code == 204
    stored = mint.stored(graph, "api_connector", id)
    assert (stored["username"], stored["password"]) == ("other", "secret-of-ours")


def test_a_certificate_connector_has_no_password_to_keep(graph: httpx2.Client) -> None:
    id = created(graph, CONNECTORS, certificate(pfx("x")[0], "x"))["id"]
    masked = {"@odata.type": BASIC, "username": "other", "password": STARS}
    before = everything(graph)
    answer = graph.patch(f"{CONNECTORS}/{id}", json={"authenticationConfiguration": masked})
    refused(answer, 400, target="authenticationConfiguration/password")
    assert everything(graph) == before


JUNK = base64.b64encode(b"not a certificate").decode()


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ({}, "displayName"),
        (basic(displayName=None), "displayName"),
        (basic(targetUrl="http://api.example/"), "targetUrl"),
        (basic(targetUrl="https://user:word@api.example/"), "targetUrl"),
        (basic(targetUrl="https://api.example/#x"), "targetUrl"),
        (basic(targetUrl="ftp://api.example/"), "targetUrl"),
        (basic(targetUrl="https://"), "targetUrl"),
        (basic(targetUrl="https://[::1"), "targetUrl"),
        (basic(targetUrl="https://api.example:99999/"), "targetUrl"),
        (basic(targetUrl="javascript:alert(1)"), "targetUrl"),
        (basic(authenticationConfiguration=None), "authenticationConfiguration"),
        (basic(authenticationConfiguration={}), "authenticationConfiguration/@odata.type"),
        (basic(authenticationConfiguration="basic"), "authenticationConfiguration"),
        (
            basic(authenticationConfiguration={"@odata.type": BASIC, "username": "u"}),
            "authenticationConfiguration/password",
        ),
        (
            basic(authenticationConfiguration={"@odata.type": CERTIFICATES}),
            "authenticationConfiguration",
        ),
        (certificate("%%%", ""), "authenticationConfiguration/pkcs12Value"),
        (certificate(JUNK, ""), "authenticationConfiguration/pkcs12Value"),
        (certificate(pfx("right")[0], "wrong"), "authenticationConfiguration/pkcs12Value"),
        (certificate(pfx("right")[0], STARS), "authenticationConfiguration/password"),
        (
            basic(
                authenticationConfiguration={
                    "@odata.type": BASIC,
                    "username": "u",
                    "password": STARS,
                }
            ),
            "authenticationConfiguration/password",
        ),
        (certificate(JUNK * 10_000, ""), "authenticationConfiguration/pkcs12Value"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_connector_that_could_not_be_called_is_refused(
    shared: httpx2.Client, body: dict[str, Any], target: str
) -> None:
    before = read(shared, CONNECTORS)
    refused(shared.post(CONNECTORS, json=body), 400, target=target)
    assert read(shared, CONNECTORS) == before


def test_deleting_a_connector_unlinks_it(graph: httpx2.Client) -> None:
    id = created(graph, CONNECTORS, basic())["id"]
    linked = {"apiConnectorConfiguration": {"postAttributeCollection": {"@odata.id": id}}}
    created(graph, B2C, b2c("calling", **linked))
    path = f"{B2C}/B2C_1_calling/apiConnectorConfiguration"
    assert read(graph, f"{path}/postAttributeCollection")["id"] == id
    assert graph.delete(f"{CONNECTORS}/{id}").status_code == 204
    expanded = read(graph, f"{path}?$expand=postAttributeCollection")
    assert expanded["postAttributeCollection"] is None
    refused(graph.get(f"{path}/postAttributeCollection"), 404)


# --------------------------------------------------------------------------- certificates


UPLOAD = "uploadClientCertificate"


def listed(graph: httpx2.Client, path: str) -> list[tuple[str, bool]]:
    """Thumbprint and activity of a connector's certificates, in order."""
    certificates = read(graph, path)["authenticationConfiguration"]["certificateList"]
    return [(one["thumbprint"], one["isActive"]) for one in certificates]


def thumbprint(made: x509.Certificate) -> str:
    return made.fingerprint(SHA1()).hex().upper()  # noqa: S303  # how it is shown


def test_of_the_valid_certificates_the_newest_is_active(graph: httpx2.Client, mint: Mint) -> None:
    (first, one), (second, two) = pfx("a"), pfx("")
    future, three = pfx("c", starts_in=timedelta(days=3))
    path = f"{CONNECTORS}/{created(graph, CONNECTORS, certificate(first, 'a'))['id']}"
    answer = graph.post(f"{path}/{UPLOAD}", json={"pkcs12Value": second, "password": ""})
    assert answer.status_code == 200, answer.text
    assert answer.json()["authenticationConfiguration"]["@odata.type"] == CERTIFICATES
    assert answer.json()["id"] in path
    assert listed(graph, path) == [(thumbprint(one), False), (thumbprint(two), True)]
    beta = path.replace("v1.0", "beta")
    body = {"pkcs12Value": future, "password": "c"}
    assert graph.post(f"{beta}/microsoft.graph.{UPLOAD}", json=body).status_code == 200
    assert listed(graph, path)[1:] == [(thumbprint(two), True), (thumbprint(three), False)]
    refused(graph.post(f"{path}/{UPLOAD}", json=body), 409, target="pkcs12Value")
    stored = mint.stored(graph, "api_connector", path.rpartition("/")[2])
    assert stored["pkcs12"].count("pkcs12Value") == 3


def test_a_certificate_that_has_ended_is_not_active(graph: httpx2.Client) -> None:
    (first, one), (second, two) = pfx("a"), pfx("b", starts_in=timedelta(days=-9), days=3)
    path = f"{CONNECTORS}/{created(graph, CONNECTORS, certificate(first, 'a'))['id']}"
    graph.post(f"{path}/{UPLOAD}", json={"pkcs12Value": second, "password": "b"})
    assert listed(graph, path) == [(thumbprint(one), True), (thumbprint(two), False)]


def test_a_connector_with_a_password_changes_over(graph: httpx2.Client) -> None:
    value, made = pfx("x")
    path = f"{CONNECTORS}/{created(graph, CONNECTORS, basic())['id']}"
    answer = graph.post(f"{path}/{UPLOAD}", json={"pkcs12Value": value, "password": "x"})
    assert answer.status_code == 200
    assert listed(graph, path) == [(thumbprint(made), True)]


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ({"password": "x"}, "pkcs12Value"),
        ({"pkcs12Value": "AAAA", "password": "x"}, "pkcs12Value"),
        ({"pkcs12Value": "not base64", "password": "x"}, "pkcs12Value"),
        ({"pkcs12Value": 5}, "pkcs12Value"),
        ({"pkcs12Value": "AAAA", "colour": "red"}, "colour"),
    ],
    ids=["none", "no PKCS #12", "no base64", "a number", "an unknown parameter"],
)
def test_what_is_no_certificate_is_refused(
    graph: httpx2.Client, body: dict[str, Any], target: str
) -> None:
    path = f"{CONNECTORS}/{created(graph, CONNECTORS, basic())['id']}"
    before = read(graph, path)
    refused(graph.post(f"{path}/{UPLOAD}", json=body), 400, target=target)
    assert read(graph, path) == before


def test_a_list_of_certificates_ends(graph: httpx2.Client) -> None:
    path = f"{CONNECTORS}/{created(graph, CONNECTORS, basic())['id']}"
    for _ in range(10):
        body = {"pkcs12Value": pfx("")[0], "password": ""}
        assert graph.post(f"{path}/{UPLOAD}", json=body).status_code == 200
    body = {"pkcs12Value": pfx("")[0], "password": ""}
    refused(graph.post(f"{path}/{UPLOAD}", json=body), 400, target="pkcs12Value")


def test_two_uploads_at_once_both_count(graph: httpx2.Client) -> None:
    path = f"{CONNECTORS}/{created(graph, CONNECTORS, basic())['id']}"

    def upload(value: str) -> int:
        return graph.post(f"{path}/{UPLOAD}", json={"pkcs12Value": value}).status_code

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(upload, [pfx("")[0] for _ in range(4)])) == [200] * 4
    assert len(listed(graph, path)) == 4


@pytest.mark.parametrize("step", ["postFederationSignup", "postAttributeCollection"])
def test_a_connector_is_changed_through_its_flow(graph: httpx2.Client, step: str) -> None:
    made = created(graph, CONNECTORS, basic())
    flow = created(graph, B2X, b2x("through"))["id"]
    path = f"{B2X}/{flow}/apiConnectorConfiguration/{step}"
    refused(graph.get(path), 404)
    refused(graph.patch(path, json={"displayName": "x"}), 404)
    assert graph.put(f"{path}/$ref", json={"@odata.id": made["id"]}).status_code == 204
    assert graph.patch(path, json={"displayName": "Through"}).status_code == 204
    assert read(graph, f"{CONNECTORS}/{made['id']}")["displayName"] == "Through"
    body = {"pkcs12Value": pfx("")[0], "password": ""}
    assert graph.post(f"{path}/{UPLOAD}", json=body).status_code == 200
    assert len(listed(graph, f"{CONNECTORS}/{made['id']}")) == 1
    assert graph.delete(path).status_code == 204
    refused(graph.get(path), 404)
    assert read(graph, f"{CONNECTORS}/{made['id']}")["displayName"] == "Through"
