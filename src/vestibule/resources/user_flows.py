"""User flows: b2cUserFlows (beta) and b2xUserFlows (both versions), two faces of one record.

Source: graph-surface 10.2, 11.1, 11.2, 11.4, 11.7 and the choices of section 16.
"""

from __future__ import annotations

from vestibule.edm.declare import (
    Access,
    Column,
    Complex,
    Declaration,
    Entity,
    Enum,
    Link,
    Navigation,
    Property,
    Record,
    Reference,
)
from vestibule.roles import GLOBAL_ADMINISTRATOR, USER_FLOW_ADMINISTRATOR

RECORDS = (
    Record(
        "user_flow",
        (
            Column("kind", nullable=False),  # b2c | b2x
            Column("policy"),  # b2c: the id, which stands in URLs and is unique without case
            Column("user_flow_type", nullable=False),
            Column("user_flow_type_version", "double", nullable=False),
            Column("is_language_customization_enabled", "boolean"),
            Column("default_language_tag"),
            Column("local_account", "boolean"),  # e-mail with password is offered
            Column("is_issuer_entity_user_flow", "boolean"),
            Column("settings", "json"),  # what was set of flow_settings.TABLE
        ),
        unique=(("policy",),),
        exact_ids=True,  # Graph's ids tell cases apart (graph-surface 1.7)
        configuration=True,
    ),
    Record(
        "user_flow_provider",  # id: the provider's id
        (Column("provider", nullable=False),),
        parent="user_flow",
        references=(Reference("provider", "identity_provider", on_delete="restrict"),),
        configuration=True,
    ),
    Record(
        "user_flow_connector",  # id: the step, postFederationSignup …
        (Column("connector", nullable=False),),
        parent="user_flow",
        references=(Reference("connector", "api_connector", on_delete="cascade"),),
        configuration=True,
    ),
    Record(
        "user_flow_assignment",  # id: the attribute's id
        (
            Column("attribute", nullable=False),
            Column("display_name"),
            Column("is_optional", "boolean", nullable=False),
            Column("requires_verification", "boolean", nullable=False),
            Column("user_input_type", nullable=False),
            Column("user_attribute_values", "json"),  # [{name, value, isDefault}]
            Column("position", "integer", nullable=False),  # the order in which is asked
        ),
        parent="user_flow",
        references=(Reference("attribute", "user_flow_attribute", on_delete="restrict"),),
        configuration=True,
    ),
    Record(
        "user_flow_language",  # id: the tag; only what differs from the built-in language
        (Column("is_enabled", "boolean", nullable=False),),
        parent="user_flow",
        configuration=True,
    ),
    Record(
        "user_flow_page",  # id: "tag/page"
        (Column("strings", "json", nullable=False),),  # the overrides, as LocalizedStrings
        parent="user_flow",
        configuration=True,
    ),
)

FLOW_ROLES = (USER_FLOW_ADMINISTRATOR, GLOBAL_ADMINISTRATOR)
ACCESS = Access(
    read=("IdentityUserFlow.Read.All", "IdentityUserFlow.ReadWrite.All"),
    write=("IdentityUserFlow.ReadWrite.All",),
    read_roles=FLOW_ROLES,
    write_roles=FLOW_ROLES,
)

_TYPE = Enum(
    "microsoft.graph.userFlowType",
    (
        ("signUp", 1),
        ("signIn", 2),
        ("signUpOrSignIn", 3),
        ("passwordReset", 4),
        ("profileUpdate", 5),
        ("resourceOwner", 6),
        ("unknownFutureValue", 7),
    ),
)

_ID = Property(
    "id",
    required=True,
    write="create",
    max_length=70,
    pattern=r"[A-Za-z0-9][A-Za-z0-9_-]*",
    advice="Use letters, digits, '_' and '-' only; the prefix is added by the server.",
)

_BASE = Entity(
    "microsoft.graph.identityUserFlow",
    record="user_flow",
    base="microsoft.graph.entity",
    properties=(
        _ID,
        Property("userFlowType", _TYPE.name, nullable=False, required=True, write="create"),
        Property(
            "userFlowTypeVersion", "Edm.Single", nullable=False, required=True, write="create"
        ),
    ),
)

_TOKEN_CLAIMS = Complex(
    "microsoft.graph.tokenClaimsConfiguration",
    properties=(Property("isIssuerEntityUserFlow", "Edm.Boolean", nullable=False, default=False),),
)

LANGUAGE_TAG = r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*"


def _steps(*names: str) -> Complex:
    return Complex(
        "microsoft.graph.userFlowApiConnectorConfiguration",
        navigations=tuple(
            Navigation(
                name,
                "microsoft.graph.identityApiConnector",
                collection=False,
                link=Link("user_flow_connector", "connector"),
                names=("apiConnectors",),
                given_in_create=True,
                verbs=frozenset({"get", "update", "delete"}),
            )
            for name in names
        ),
    )


def _providers(name: str, target: str, *, given_in_create: bool) -> Navigation:
    return Navigation(
        name,
        target,
        link=Link("user_flow_provider", "provider"),
        names=("identityProviders",),
        given_in_create=given_in_create,
        verbs=frozenset({"list", "get"}),
        context=f"Collection({target})",
    )


_NAVIGATIONS = (
    _providers("identityProviders", "microsoft.graph.identityProvider", given_in_create=True),
    _providers(
        "userFlowIdentityProviders", "microsoft.graph.identityProviderBase", given_in_create=True
    ),
    Navigation(
        "userAttributeAssignments",
        "microsoft.graph.identityUserFlowAttributeAssignment",
        contained=True,
    ),
)


def _languages(*verbs: str) -> Navigation:
    return Navigation(
        "languages",
        "microsoft.graph.userFlowLanguageConfiguration",
        contained=True,
        verbs=frozenset({"list", "get", "update", *verbs}),
    )


_CONNECTORS = Property(
    "apiConnectorConfiguration", "microsoft.graph.userFlowApiConnectorConfiguration"
)

_B2X = Entity(
    "microsoft.graph.b2xIdentityUserFlow",
    record="user_flow",
    where={"kind": "b2x"},
    base=_BASE.name,
    properties=(_CONNECTORS,),
    navigations=(*_NAVIGATIONS, _languages()),
)

_B2C = Entity(
    "microsoft.graph.b2cIdentityUserFlow",
    record="user_flow",
    where={"kind": "b2c"},
    base=_BASE.name,
    properties=(
        Property("isLanguageCustomizationEnabled", "Edm.Boolean", nullable=False, default=False),
        Property(
            "defaultLanguageTag",
            default="en",
            max_length=35,
            pattern=LANGUAGE_TAG,
            advice='Use an RFC 5646 tag such as "en" or "pt-br".',
        ),
        Property(
            "authenticationMethods",
            write="never",
            declared=False,
            value=lambda row: "emailWithPassword" if row["local_account"] else "0",
        ),
        Property(
            "tokenClaimsConfiguration",
            _TOKEN_CLAIMS.name,
            declared=False,
            value=lambda row: {"isIssuerEntityUserFlow": bool(row["is_issuer_entity_user_flow"])},
        ),
        _CONNECTORS,
    ),
    navigations=(*_NAVIGATIONS, _languages("create", "put", "delete")),
)

_BOTH = ("postFederationSignup", "postAttributeCollection")
TYPES: dict[str, tuple[Declaration, ...]] = {
    "v1.0": (_TYPE, _BASE, _B2X, _steps(*_BOTH)),
    "beta": (_TYPE, _BASE, _B2C, _B2X, _TOKEN_CLAIMS, _steps(*_BOTH, "preTokenIssuance")),
}

_B2X_SET = Navigation("b2xUserFlows", _B2X.name, contained=True, access=ACCESS)
_B2C_SET = Navigation("b2cUserFlows", _B2C.name, contained=True, access=ACCESS)
# Deprecated long ago: the same flows by their base type (graph-surface 11.3).
_LEGACY_SET = Navigation(
    "userFlows", _BASE.name, contained=True, access=ACCESS, where={"kind": "b2c"}, plain=True
)
IDENTITY: dict[str, tuple[Navigation, ...]] = {
    "v1.0": (_B2X_SET,),
    "beta": (_B2C_SET, _B2X_SET, _LEGACY_SET),
}
