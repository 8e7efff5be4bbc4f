"""The directory subset: tenants, users, applications and their keys.

Source: graph-surface 10.9, 11.17; runtime 4.4, section 10.
"""

from __future__ import annotations

from vestibule.edm.declare import Column, Record

RECORDS = (
    Record(
        "tenant",  # kept under tenant "", so that a domain is unique everywhere
        (
            Column("domain", nullable=False),
            Column("display_name"),
            Column("created", "datetime"),
        ),
        unique=(("domain",),),
    ),
    Record(
        "signing_key",  # id: kid
        (
            Column("algorithm", nullable=False),
            Column("pem", sealed=True, nullable=False),
            Column("not_before", "integer", nullable=False),  # epoch seconds
        ),
        configuration=True,
    ),
    Record(
        "user",
        (
            Column("user_principal_name", nullable=False),
            Column("display_name"),
            Column("given_name"),
            Column("surname"),
            Column("mail"),
            Column("other_mails", "json"),
            Column("account_enabled", "boolean", nullable=False),
            Column("creation_type"),
            Column("user_type"),
            Column("password_hash"),  # argon2id, PHC string
            Column("password_policies"),
            Column("force_change_password", "boolean"),
            Column("roles", "json"),  # directory role template ids
            Column("attributes", "json"),  # built-in and extension_… values
            Column("created", "datetime"),
            Column("sessions_valid_from", "datetime"),
        ),
        unique=(("user_principal_name",),),
    ),
    Record(
        "user_identity",
        (
            Column("sign_in_type", nullable=False),
            Column("issuer", nullable=False),
            Column("issuer_assigned_id", nullable=False),
            Column("assigned_key", nullable=False),  # issuer_assigned_id without case
        ),
        parent="user",
        unique=(("issuer", "assigned_key"),),
    ),
    Record(
        "application",
        (
            Column("app_id", nullable=False),
            Column("display_name", nullable=False),
            Column("account_enabled", "boolean", nullable=False),
            Column("sign_in_audience"),
            Column("identifier_uris", "json"),
            Column("web", "json"),  # {redirectUris, logoutUrl, implicitGrantSettings}
            Column("spa", "json"),  # {redirectUris}
            Column("public_client", "json"),  # {redirectUris}
            Column("is_fallback_public_client", "boolean"),
            Column("api", "json"),  # {oauth2PermissionScopes, requestedAccessTokenVersion}
            Column("app_roles", "json"),
            Column("key_credentials", "json"),  # [{keyId, displayName, pem}]
            Column("service_principal", nullable=False),  # its object id
            Column("permissions", "json"),  # granted application permissions on Graph
            Column("delegations", "json"),  # {"graph" or app id: [consented scopes]}
            Column("pkce"),
            Column("created", "datetime"),
        ),
        unique=(("app_id",),),
        configuration=True,
    ),
    Record(
        "application_secret",  # id: keyId
        (
            Column("secret_hash", nullable=False),  # SHA-256 of 256 random bits, hex
            Column("display_name"),
            Column("hint"),
            Column("start", "datetime"),
            Column("end", "datetime"),
        ),
        parent="application",
        configuration=True,
    ),
)
