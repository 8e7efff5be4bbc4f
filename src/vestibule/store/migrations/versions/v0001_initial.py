"""The tables of the first release."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from vestibule.store.tables import TEXT

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "api_connector",
    "application",
    "audit",
    "configuration",
    "counters",
    "identity_provider",
    "message",
    "signing_key",
    "tenant",
    "tickets",
    "user",
    "user_flow",
    "user_flow_attribute",
    "application_secret",
    "user_flow_connector",
    "user_flow_provider",
    "user_identity",
)


def _row(*, contained: bool = False) -> list[sa.Column[Any]]:
    """What every row of a record begins with."""
    names = ("tenant", "parent", "key", "id") if contained else ("tenant", "key", "id")
    texts: list[sa.Column[Any]] = [sa.Column(name, TEXT, nullable=False) for name in names]
    return [*texts, sa.Column("version", sa.BigInteger(), nullable=False)]


def upgrade() -> None:
    op.create_table(
        "api_connector",
        *_row(),
        sa.Column("display_name", TEXT),
        sa.Column("target_url", TEXT, nullable=False),
        sa.Column("authentication", TEXT, nullable=False),
        sa.Column("username", TEXT),
        sa.Column("password", TEXT),
        sa.Column("certificates", TEXT),
        sa.Column("pkcs12", TEXT),
        sa.PrimaryKeyConstraint("tenant", "key", name="pk_api_connector"),
    )
    op.create_table(
        "application",
        *_row(),
        sa.Column("app_id", TEXT, nullable=False),
        sa.Column("display_name", TEXT, nullable=False),
        sa.Column("account_enabled", sa.Boolean(), nullable=False),
        sa.Column("sign_in_audience", TEXT),
        sa.Column("identifier_uris", TEXT),
        sa.Column("web", TEXT),
        sa.Column("spa", TEXT),
        sa.Column("public_client", TEXT),
        sa.Column("is_fallback_public_client", sa.Boolean()),
        sa.Column("api", TEXT),
        sa.Column("app_roles", TEXT),
        sa.Column("key_credentials", TEXT),
        sa.Column("service_principal", TEXT, nullable=False),
        sa.Column("permissions", TEXT),
        sa.Column("delegations", TEXT),
        sa.Column("pkce", TEXT),
        sa.Column("created", sa.BigInteger()),
        sa.Column("app_id_folded", TEXT),
        sa.PrimaryKeyConstraint("tenant", "key", name="pk_application"),
        sa.UniqueConstraint("tenant", "app_id_folded", name="uq_application_app_id"),
    )
    op.create_table(
        "audit",
        *_row(),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", TEXT),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("target", TEXT),
        sa.Column("result", TEXT, nullable=False),
        sa.Column("ip", TEXT),
        sa.Column("correlation", TEXT),
        sa.PrimaryKeyConstraint("tenant", "key", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["tenant", "at"], unique=False)
    op.create_table(
        "configuration",
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name="pk_configuration"),
    )
    op.create_table(
        "counters",
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "kind", "key", name="pk_counters"),
    )
    op.create_index("ix_counters_expires", "counters", ["expires"], unique=False)
    op.create_table(
        "identity_provider",
        *_row(),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("identity_provider_type", TEXT, nullable=False),
        sa.Column("display_name", TEXT),
        sa.Column("client_id", TEXT),
        sa.Column("client_secret", TEXT),
        sa.PrimaryKeyConstraint("tenant", "key", name="pk_identity_provider"),
    )
    op.create_table(
        "message",
        *_row(),
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("to", TEXT, nullable=False),
        sa.Column("subject", TEXT),
        sa.Column("body", TEXT),
        sa.Column("code", TEXT),
        sa.Column("links", TEXT),
        sa.Column("journey", TEXT),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("to_folded", TEXT),
        sa.PrimaryKeyConstraint("tenant", "key", name="pk_message"),
    )
    op.create_index("ix_message_created", "message", ["tenant", "created"], unique=False)
    op.create_index("ix_message_to", "message", ["tenant", "to_folded"], unique=False)
    op.create_table(
        "signing_key",
        *_row(),
        sa.Column("algorithm", TEXT, nullable=False),
        sa.Column("pem", TEXT, nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key", name="pk_signing_key"),
    )
    op.create_table(
        "tenant",
        *_row(),
        sa.Column("domain", TEXT, nullable=False),
        sa.Column("display_name", TEXT),
        sa.Column("created", sa.BigInteger()),
        sa.Column("domain_folded", TEXT),
        sa.PrimaryKeyConstraint("tenant", "key", name="pk_tenant"),
        sa.UniqueConstraint("tenant", "domain_folded", name="uq_tenant_domain"),
    )
    op.create_table(
        "tickets",
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("client", TEXT, nullable=False),
        sa.Column("family", TEXT, nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.BigInteger()),
        sa.Column("body", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "kind", "key", name="pk_tickets"),
    )
    op.create_index("ix_tickets_expires", "tickets", ["expires"], unique=False)
    op.create_index("ix_tickets_family", "tickets", ["tenant", "family"], unique=False)
    op.create_index("ix_tickets_subject", "tickets", ["tenant", "subject"], unique=False)
    op.create_table(
        "user",
        *_row(),
        sa.Column("user_principal_name", TEXT, nullable=False),
        sa.Column("display_name", TEXT),
        sa.Column("given_name", TEXT),
        sa.Column("surname", TEXT),
        sa.Column("mail", TEXT),
        sa.Column("other_mails", TEXT),
        sa.Column("account_enabled", sa.Boolean(), nullable=False),
        sa.Column("creation_type", TEXT),
        sa.Column("user_type", TEXT),
        sa.Column("password_hash", TEXT),
        sa.Column("password_policies", TEXT),
        sa.Column("force_change_password", sa.Boolean()),
        sa.Column("roles", TEXT),
        sa.Column("attributes", TEXT),
        sa.Column("created", sa.BigInteger()),
        sa.Column("sessions_valid_from", sa.BigInteger()),
        sa.Column("user_principal_name_folded", TEXT),
        sa.PrimaryKeyConstraint("tenant", "key", name="pk_user"),
        sa.UniqueConstraint(
            "tenant", "user_principal_name_folded", name="uq_user_user_principal_name"
        ),
    )
    op.create_table(
        "user_flow",
        *_row(),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("policy", TEXT),
        sa.Column("user_flow_type", TEXT, nullable=False),
        sa.Column("user_flow_type_version", sa.Double(), nullable=False),
        sa.Column("is_language_customization_enabled", sa.Boolean()),
        sa.Column("default_language_tag", TEXT),
        sa.Column("local_account", sa.Boolean()),
        sa.Column("is_issuer_entity_user_flow", sa.Boolean()),
        sa.Column("policy_folded", TEXT),
        sa.PrimaryKeyConstraint("tenant", "key", name="pk_user_flow"),
        sa.UniqueConstraint("tenant", "policy_folded", name="uq_user_flow_policy"),
    )
    op.create_table(
        "user_flow_attribute",
        *_row(),
        sa.Column("display_name", TEXT, nullable=False),
        sa.Column("description", TEXT),
        sa.Column("data_type", TEXT, nullable=False),
        sa.Column("attribute_type", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key", name="pk_user_flow_attribute"),
    )
    op.create_table(
        "application_secret",
        *_row(contained=True),
        sa.Column("secret_hash", TEXT, nullable=False),
        sa.Column("display_name", TEXT),
        sa.Column("hint", TEXT),
        sa.Column("start", sa.BigInteger()),
        sa.Column("end", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["tenant", "parent"],
            ["application.tenant", "application.key"],
            name="fk_application_secret_parent",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant", "parent", "key", name="pk_application_secret"),
    )
    op.create_table(
        "user_flow_connector",
        *_row(contained=True),
        sa.Column("connector", TEXT, nullable=False),
        sa.Column("connector_key", TEXT),
        sa.ForeignKeyConstraint(
            ["tenant", "connector_key"],
            ["api_connector.tenant", "api_connector.key"],
            name="fk_user_flow_connector_connector",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "parent"],
            ["user_flow.tenant", "user_flow.key"],
            name="fk_user_flow_connector_parent",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant", "parent", "key", name="pk_user_flow_connector"),
    )
    op.create_index(
        "ix_user_flow_connector_connector_key",
        "user_flow_connector",
        ["tenant", "connector_key"],
        unique=False,
    )
    op.create_table(
        "user_flow_provider",
        *_row(contained=True),
        sa.Column("provider", TEXT, nullable=False),
        sa.Column("provider_key", TEXT),
        sa.ForeignKeyConstraint(
            ["tenant", "parent"],
            ["user_flow.tenant", "user_flow.key"],
            name="fk_user_flow_provider_parent",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "provider_key"],
            ["identity_provider.tenant", "identity_provider.key"],
            name="fk_user_flow_provider_provider",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("tenant", "parent", "key", name="pk_user_flow_provider"),
    )
    op.create_index(
        "ix_user_flow_provider_provider_key",
        "user_flow_provider",
        ["tenant", "provider_key"],
        unique=False,
    )
    op.create_table(
        "user_identity",
        *_row(contained=True),
        sa.Column("sign_in_type", TEXT, nullable=False),
        sa.Column("issuer", TEXT, nullable=False),
        sa.Column("issuer_assigned_id", TEXT, nullable=False),
        sa.Column("assigned_key", TEXT, nullable=False),
        sa.Column("issuer_folded", TEXT),
        sa.Column("assigned_key_folded", TEXT),
        sa.ForeignKeyConstraint(
            ["tenant", "parent"],
            ["user.tenant", "user.key"],
            name="fk_user_identity_parent",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant", "parent", "key", name="pk_user_identity"),
        sa.UniqueConstraint(
            "tenant",
            "issuer_folded",
            "assigned_key_folded",
            name="uq_user_identity_issuer_assigned_key",
        ),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
