"""What Microsoft documents of the types that are served, written down once more.

Source: graph-surface section 10.
"""

from __future__ import annotations

from collections.abc import Mapping

from resources.directory_facts import DIRECTORY, DIRECTORY_SETS

STRING = "Edm.String"
FLOW_NAVIGATIONS = {
    "identityProviders": "Collection(graph.identityProvider)",
    "userFlowIdentityProviders": "Collection(graph.identityProviderBase)",
    "userAttributeAssignments": "Collection(graph.identityUserFlowAttributeAssignment)+",
    "languages": "Collection(graph.userFlowLanguageConfiguration)+",
}
CONNECTOR = "graph.identityApiConnector"
CONNECT = {
    "claimsMapping": "graph.claimsMapping",
    "domainHint": STRING,
    "metadataUrl": STRING,
    "responseMode": "graph.openIdConnectResponseMode!",
    "responseType": "graph.openIdConnectResponseTypes!",
    "scope": STRING,
}
FACTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    **DIRECTORY,
    # type → (base, own members → type; "!" marks what is not nullable, "+" what is contained)
    "entity": ("", {"id": f"{STRING}!"}),
    "identityUserFlow": (
        "graph.entity",
        {"userFlowType": "graph.userFlowType!", "userFlowTypeVersion": "Edm.Single!"},
    ),
    "b2xIdentityUserFlow": (
        "graph.identityUserFlow",
        {
            "apiConnectorConfiguration": "graph.userFlowApiConnectorConfiguration",
            **FLOW_NAVIGATIONS,
        },
    ),
    "identityUserFlowAttribute": (
        "graph.entity",
        {
            "dataType": "graph.identityUserFlowAttributeDataType!",
            "description": STRING,
            "displayName": STRING,
            "userFlowAttributeType": "graph.identityUserFlowAttributeType!",
        },
    ),
    "identityBuiltInUserFlowAttribute": ("graph.identityUserFlowAttribute", {}),
    "identityCustomUserFlowAttribute": ("graph.identityUserFlowAttribute", {}),
    "identityUserFlowAttributeAssignment": (
        "graph.entity",
        {
            "displayName": STRING,
            "isOptional": "Edm.Boolean!",
            "requiresVerification": "Edm.Boolean!",
            "userAttributeValues": "Collection(graph.userAttributeValuesItem)",
            "userInputType": "graph.identityUserFlowAttributeInputType!",
            "userAttribute": "graph.identityUserFlowAttribute",
        },
    ),
    "userAttributeValuesItem": (
        "",
        {"isDefault": "Edm.Boolean!", "name": STRING, "value": STRING},
    ),
    "assignmentOrder": ("", {"order": f"Collection({STRING})"}),
    "userFlowLanguageConfiguration": (
        "graph.entity",
        {
            "displayName": STRING,
            "isEnabled": "Edm.Boolean!",
            "defaultPages": "Collection(graph.userFlowLanguagePage)+",
            "overridesPages": "Collection(graph.userFlowLanguagePage)+",
        },
    ),
    "userFlowLanguagePage": ("graph.entity", {}),
    "identityApiConnector": (
        "graph.entity",
        {
            "authenticationConfiguration": "graph.apiAuthenticationConfigurationBase",
            "displayName": STRING,
            "targetUrl": STRING,
        },
    ),
    "apiAuthenticationConfigurationBase": ("", {}),
    "basicAuthentication": (
        "graph.apiAuthenticationConfigurationBase",
        {"password": STRING, "username": STRING},
    ),
    "pkcs12Certificate": (
        "graph.apiAuthenticationConfigurationBase",
        {"password": STRING, "pkcs12Value": STRING},
    ),
    "clientCertificateAuthentication": (
        "graph.apiAuthenticationConfigurationBase",
        {"certificateList": "Collection(graph.pkcs12CertificateInformation)"},
    ),
    "pkcs12CertificateInformation": (
        "",
        {
            "isActive": "Edm.Boolean!",
            "notAfter": "Edm.Int64!",
            "notBefore": "Edm.Int64!",
            "thumbprint": STRING,
        },
    ),
    "identityProviderBase": ("graph.entity", {"displayName": STRING}),
    "socialIdentityProvider": (
        "graph.identityProviderBase",
        {"clientId": STRING, "clientSecret": STRING, "identityProviderType": STRING},
    ),
    "appleManagedIdentityProvider": (
        "graph.identityProviderBase",
        dict.fromkeys(("certificateData", "developerId", "keyId", "serviceId"), STRING),
    ),
    "oidcIdentityProvider": (
        "graph.identityProviderBase",
        {
            "clientAuthentication": "graph.oidcClientAuthentication!",
            "clientId": f"{STRING}!",
            "inboundClaimMapping": "graph.oidcInboundClaimMappingOverride",
            "issuer": f"{STRING}!",
            "responseType": "graph.oidcResponseType!",
            "scope": f"{STRING}!",
            "wellKnownEndpoint": STRING,
        },
    ),
    "oidcClientAuthentication": ("", {}),
    "oidcClientSecretAuthentication": (
        "graph.oidcClientAuthentication",
        {"clientSecret": f"{STRING}!"},
    ),
    "oidcPrivateJwtKeyClientAuthentication": ("graph.oidcClientAuthentication", {}),
    "oidcInboundClaimMappingOverride": (
        "",
        {
            "address": "graph.oidcAddressInboundClaims",
            **dict.fromkeys(
                (
                    "email",
                    "email_verified",
                    "family_name",
                    "given_name",
                    "name",
                    "phone_number",
                    "phone_number_verified",
                    "sub",
                ),
                STRING,
            ),
        },
    ),
    "oidcAddressInboundClaims": (
        "",
        dict.fromkeys(("country", "locality", "postal_code", "region", "street_address"), STRING),
    ),
    "policyRoot": (
        "graph.entity",
        {"authenticationFlowsPolicy": "graph.authenticationFlowsPolicy+"},
    ),
    "authenticationFlowsPolicy": (
        "graph.entity",
        {
            "description": STRING,
            "displayName": STRING,
            "selfServiceSignUp": "graph.selfServiceSignUpAuthenticationFlowConfiguration",
        },
    ),
    "selfServiceSignUpAuthenticationFlowConfiguration": ("", {"isEnabled": "Edm.Boolean!"}),
    "identityProvider": (
        "graph.entity",
        {"clientId": STRING, "clientSecret": STRING, "name": STRING, "type": STRING},
    ),
}
VERSIONED: Mapping[str, Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "v1.0": {
        "userFlowApiConnectorConfiguration": (
            "",
            {"postAttributeCollection": CONNECTOR, "postFederationSignup": CONNECTOR},
        ),
        "builtInIdentityProvider": (
            "graph.identityProviderBase",
            {"identityProviderType": STRING},
        ),
        "identityContainer": (
            "graph.entity",
            {
                "apiConnectors": f"Collection({CONNECTOR})+",
                "b2xUserFlows": "Collection(graph.b2xIdentityUserFlow)+",
                "identityProviders": "Collection(graph.identityProviderBase)+",
                "userFlowAttributes": "Collection(graph.identityUserFlowAttribute)+",
            },
        ),
    },
    "beta": {
        "b2cIdentityUserFlow": (
            "graph.identityUserFlow",
            {
                "apiConnectorConfiguration": "graph.userFlowApiConnectorConfiguration",
                "defaultLanguageTag": STRING,
                "isLanguageCustomizationEnabled": "Edm.Boolean!",
                **FLOW_NAVIGATIONS,
            },
        ),
        "userFlowApiConnectorConfiguration": (
            "",
            {
                "postAttributeCollection": CONNECTOR,
                "postFederationSignup": CONNECTOR,
                "preTokenIssuance": CONNECTOR,
            },
        ),
        "identityContainer": (
            "",
            {
                "apiConnectors": f"Collection({CONNECTOR})+",
                "b2cUserFlows": "Collection(graph.b2cIdentityUserFlow)+",
                "b2xUserFlows": "Collection(graph.b2xIdentityUserFlow)+",
                "events": "graph.authenticationEventsPolicy+",
                "identityProviders": "Collection(graph.identityProviderBase)+",
                "userFlowAttributes": "Collection(graph.identityUserFlowAttribute)+",
                "userFlows": "Collection(graph.identityUserFlow)+",
            },
        ),
        "builtInIdentityProvider": (
            "graph.identityProviderBase",
            {"identityProviderType": STRING, "state": "graph.identityProviderState"},
        ),
        "openIdConnectIdentityProvider": (
            "graph.identityProviderBase",
            {"clientId": STRING, "clientSecret": STRING, **CONNECT},
        ),
        "openIdConnectProvider": ("graph.identityProvider", CONNECT),
        "claimsMapping": (
            "",
            dict.fromkeys(("displayName", "email", "givenName", "surname", "userId"), STRING),
        ),
        "authenticationEventsPolicy": (
            "graph.entity",
            {"onSignupStart": "Collection(graph.authenticationListener)+"},
        ),
        "authenticationListener": (
            "graph.entity",
            {"priority": "Edm.Int32", "sourceFilter": "graph.authenticationSourceFilter"},
        ),
        "authenticationSourceFilter": ("", {"includeApplications": f"Collection({STRING})"}),
        "invokeUserFlowListener": (
            "graph.authenticationListener",
            {"userFlow": "graph.b2xIdentityUserFlow"},
        ),
    },
}
ABSTRACT = {
    "entity",
    "apiAuthenticationConfigurationBase",
    "authenticationListener",
    "identityProviderBase",
    "oidcClientAuthentication",
}

SETS: Mapping[str, str] = {
    "identity": "Singleton",
    "identityProviders": "EntitySet",
    "policies": "Singleton",
    **DIRECTORY_SETS,
}
"""The container of both versions."""


def members(*names: str, first: int = 1, sentinel: int = 0) -> list[tuple[str, int]]:
    """Members counted from `first`; with the sentinel of evolvable enumerations."""
    counted = [(name, number) for number, name in enumerate(names, first)]
    return [*counted, ("unknownFutureValue", sentinel)] if sentinel else counted


ENUMS: Mapping[str, list[tuple[str, int]]] = {
    "userFlowType": members(
        "signUp",
        "signIn",
        "signUpOrSignIn",
        "passwordReset",
        "profileUpdate",
        "resourceOwner",
        sentinel=7,
    ),
    "identityUserFlowAttributeDataType": members(
        "string", "boolean", "int64", "stringCollection", "dateTime", sentinel=6
    ),
    "identityUserFlowAttributeInputType": members(
        "textBox",
        "dateTimeDropdown",
        "radioSingleSelect",
        "dropdownSingleSelect",
        "emailBox",
        "checkboxMultiSelect",
    ),
    "identityUserFlowAttributeType": members("builtIn", "custom", "required", sentinel=4),
    "oidcResponseType": [("code", 1), ("id_token", 2), ("token", 4), ("unknownFutureValue", 8)],
}
VERSIONED_ENUMS: Mapping[str, Mapping[str, list[tuple[str, int]]]] = {
    "v1.0": {},
    "beta": {
        "identityProviderState": members("enabled", "disabled", sentinel=3),
        "openIdConnectResponseMode": members("form_post", "query", sentinel=3),
        "openIdConnectResponseTypes": [("code", 1), ("id_token", 2), ("token", 4)],
    },
}
