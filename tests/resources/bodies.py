"""Bodies of everything that Graph's face creates, as small as they may be."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    NoEncryption,
    pkcs12,
)

B2C = "/beta/identity/b2cUserFlows"
B2X = "/v1.0/identity/b2xUserFlows"
PROVIDERS = "/v1.0/identity/identityProviders"
CONNECTORS = "/v1.0/identity/apiConnectors"
ATTRIBUTES = "/v1.0/identity/userFlowAttributes"
USERS = "/v1.0/users"
APPLICATIONS = "/v1.0/applications"
STARS = "******"


def b2c(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3, **more}


def b2x(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1, **more}


def social(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.socialIdentityProvider",
        "displayName": f"Sign in with {kind}",
        "identityProviderType": kind,
        "clientId": "client-of-ours",
        "clientSecret": "secret-of-ours",
        **more,
    }


def person(**more: Any) -> dict[str, Any]:
    return {"displayName": "Ada", "passwordProfile": {"password": "Adas-password-1"}, **more}


def application(**more: Any) -> dict[str, Any]:
    return {
        "displayName": "Shop",
        "web": {"redirectUris": ["https://shop.example/back"]},
        "api": {"requestedAccessTokenVersion": 2},
        **more,
    }


def basic(**more: Any) -> dict[str, Any]:
    return {
        "displayName": "Approve sign-up",
        "targetUrl": "https://api.example/approve",
        "authenticationConfiguration": {
            "@odata.type": "#microsoft.graph.basicAuthentication",
            "username": "vestibule",
            "password": "secret-of-ours",
        },
        **more,
    }


def attribute(name: str = "Shoe size", data_type: str = "string", **more: Any) -> dict[str, Any]:
    return {"displayName": name, "description": "Asked for.", "dataType": data_type, **more}


def assignment(attribute: str, input_type: str = "textBox", **more: Any) -> dict[str, Any]:
    return {
        "displayName": "Tell us",
        "isOptional": False,
        "requiresVerification": False,
        "userInputType": input_type,
        "userAttributeValues": [],
        "userAttribute": {"id": attribute},
        **more,
    }


def options(*values: str, default: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Options whose names are their values in capitals."""
    return [
        {"name": value.upper(), "value": value, "isDefault": value in default} for value in values
    ]


def certificate(value: str, password: str) -> dict[str, Any]:
    authentication = {
        "@odata.type": "#microsoft.graph.pkcs12Certificate",
        "pkcs12Value": value,
        "password": password,
    }
    return basic(authenticationConfiguration=authentication)


def pfx(
    password: str, *, starts_in: timedelta = timedelta(), days: int = 30
) -> tuple[str, x509.Certificate]:
    """A PKCS #12 file in base64, and the certificate in it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "connector.example")])
    begins = datetime.now(UTC).replace(microsecond=0) + starts_in
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .sign(key, SHA256())
    )
    locked = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    file = pkcs12.serialize_key_and_certificates(b"connector", key, made, None, locked)
    return base64.b64encode(file).decode(), made


def created(graph: httpx2.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What a create answers."""
    answer = graph.post(path, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def read(graph: httpx2.Client, path: str) -> Any:
    answer = graph.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def everything(graph: httpx2.Client) -> dict[str, Any]:
    """Every list of the tenant with all that it links to: to compare before and after."""
    shown = {}
    for flows in (B2C, B2X):
        navigations = "userFlowIdentityProviders,userAttributeAssignments"
        shown[flows] = read(graph, f"{flows}?$expand={navigations}")["value"]
        for flow in shown[flows]:
            path = f"{flows}/{flow['id']}/apiConnectorConfiguration"
            expanded = "postFederationSignup,postAttributeCollection"
            shown[path] = read(graph, f"{path}?$expand={expanded}")
    for path in (PROVIDERS, CONNECTORS, ATTRIBUTES, USERS, APPLICATIONS):
        shown[path] = read(graph, path)["value"]
    return shown
