"""What proofs arrange: the smallest of each kind."""

from __future__ import annotations

import base64
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from resources.bodies import basic, certificate, pfx, social
from witness.case import Case

CONNECTORS = "/identity/apiConnectors"
PROVIDERS = "/identity/identityProviders"
ATTRIBUTES = "/identity/userFlowAttributes"


def kind(case: Case) -> str:
    """Which flows the operation is about: b2c or b2x."""
    return case.operation.path.split("/")[2].removesuffix("UserFlows")


def flows(case: Case) -> str:
    return f"/identity/{kind(case)}UserFlows"


def flow(case: Case, **more: Any) -> str:
    """A new user flow of the operation's kind; its id."""
    version = 3 if kind(case) == "b2c" else 1
    body = {"userFlowType": "signUpOrSignIn", "userFlowTypeVersion": version}
    made = case.make(flows(case), {"id": case.unique(), **body, **more})
    return str(made["id"])


def spoken(case: Case) -> str:
    """A user flow that has languages."""
    return flow(case, **{"isLanguageCustomizationEnabled": True} if kind(case) == "b2c" else {})


def connector(case: Case) -> str:
    return str(case.make(CONNECTORS, basic())["id"])


def certified(case: Case) -> str:
    """A connector that shows a certificate."""
    return str(case.make(CONNECTORS, certificate(pfx("one")[0], "one"))["id"])


def provider(case: Case, type: str = "Google") -> str:
    return str(case.make(PROVIDERS, social(type))["id"])


def attribute(case: Case, **more: Any) -> str:
    """A custom attribute; its id."""
    body = {"displayName": case.unique("Shoe"), "description": "EU size", "dataType": "string"}
    return str(case.make(ATTRIBUTES, {**body, **more})["id"])


def assignment(attribute: str, **more: Any) -> dict[str, Any]:
    return {
        "isOptional": False,
        "requiresVerification": False,
        "userInputType": "textBox",
        "displayName": "Size of your shoes",
        "userAttributeValues": [],
        "userAttribute": {"id": attribute},
        **more,
    }


def apple(case: Case) -> dict[str, Any]:
    """The body of Apple's provider, with a key as Apple hands it out."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {
        "@odata.type": "#microsoft.graph.appleManagedIdentityProvider",
        "displayName": "Sign in with Apple",
        "developerId": case.unique("dev"),
        "serviceId": "com.contoso.example.service",
        "keyId": "ABCDE12345",
        "certificateData": base64.b64encode(pem).decode(),
    }


def oidc(case: Case) -> dict[str, Any]:
    """The body of a provider of External ID's OpenID Connect kind."""
    return {
        "@odata.type": "#microsoft.graph.oidcIdentityProvider",
        "displayName": case.unique("Partner "),
        "clientId": "client-of-ours",
        "issuer": "https://login.partner.example",
        "wellKnownEndpoint": "https://login.partner.example/.well-known/openid-configuration",
        "responseType": "code",
        "scope": "openid profile email",
        "clientAuthentication": {
            "@odata.type": "#microsoft.graph.oidcClientSecretAuthentication",
            "clientSecret": "secret-of-ours",
        },
        "inboundClaimMapping": {"sub": "sub", "name": "name", "email": "email"},
    }


def open_id_connect(case: Case) -> dict[str, Any]:
    """The body of a provider of B2C's OpenID Connect kind."""
    return {
        "@odata.type": "#microsoft.graph.openIdConnectIdentityProvider",
        "displayName": case.unique("Partner "),
        "clientId": "client-of-ours",
        "clientSecret": "secret-of-ours",
        "claimsMapping": {"userId": "sub", "displayName": "name", "email": "email"},
        "metadataUrl": "https://login.partner.example/.well-known/openid-configuration",
        "responseMode": "form_post",
        "responseType": "code",
        "scope": "openid profile",
        "domainHint": "partner.example",
    }
