"""The directory: service principals and what they were granted, roles, deleted users, extensions.

What applications and users held as JSON becomes rows of its own (`moved_directory`).
"""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa
from alembic import op

from vestibule.store.migrations.moved_directory import move
from vestibule.store.tables import TEXT

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = (
    "service_principal",
    "app_role_assignment",
    "permission_grant",
    "directory_role",
    "directory_role_member",
    "deleted_user",
    "extension_property",
    "invitation",
)
_TEXTS = (
    "mail_nickname", "mobile_phone", "business_phones", "job_title", "department", "company_name",
    "employee_id", "office_location", "street_address", "postal_code", "city", "state", "country",
    "usage_location", "preferred_language", "external_user_state",
)  # fmt: skip


def upgrade() -> None:
    _users()
    _tables()
    move(time.time_ns() // 1000)
    for column in ("account_enabled", "service_principal", "permissions", "delegations"):
        op.drop_column("application", column)
    op.drop_column("user", "roles")


def downgrade() -> None:
    raise NotImplementedError("Restore a backup: what was granted since cannot be told in JSON.")


# --------------------------------------------------------------------------- tables


def _user_columns() -> list[sa.Column[Any]]:
    new: list[sa.Column[Any]] = [sa.Column(name, TEXT) for name in _TEXTS]
    return [*new, sa.Column("external_user_state_changed", sa.BigInteger())]


def _users() -> None:
    for column in _user_columns():
        op.add_column("user", column)
    for name in ("description", "required_resource_access", "tags"):
        op.add_column("application", sa.Column(name, TEXT))
    _identities()


def _identities() -> None:
    """A unique name is compared without case by its own column now: the table is made anew."""
    connection = op.get_bind()
    connection.execute(sa.text("CREATE TABLE old_identity AS SELECT * FROM user_identity"))
    op.drop_table("user_identity")
    _create(
        "user_identity",
        sa.Column("sign_in_type", TEXT, nullable=False),
        sa.Column("issuer", TEXT, nullable=False),
        sa.Column("issuer_assigned_id", TEXT, nullable=False),
        sa.Column("issuer_folded", TEXT),
        sa.Column("issuer_assigned_id_folded", TEXT),
        sa.UniqueConstraint(
            "tenant",
            "issuer_assigned_id_folded",
            "issuer_folded",
            name="uq_user_identity_issuer_assigned_id_issuer",
        ),
        parent="user",
    )
    copied = "tenant, parent, key, id, version, sign_in_type, issuer, issuer_assigned_id"
    connection.execute(
        sa.text(
            f"INSERT INTO user_identity ({copied}, issuer_folded, issuer_assigned_id_folded) "  # noqa: S608  # constant text
            f"SELECT {copied}, issuer_folded, assigned_key_folded FROM old_identity"
        )
    )
    op.drop_table("old_identity")


def _tables() -> None:
    _create(
        "service_principal",
        sa.Column("app_id", TEXT, nullable=False),
        sa.Column("application", TEXT),
        sa.Column("display_name", TEXT, nullable=False),
        sa.Column("account_enabled", sa.Boolean(), nullable=False),
        sa.Column("app_role_assignment_required", sa.Boolean()),
        *(sa.Column(name, TEXT) for name in ("identifier_uris", "api", "app_roles", "tags")),
        sa.Column("created", sa.BigInteger()),
        sa.Column("application_key", TEXT),
        sa.Column("app_id_folded", TEXT),
        sa.UniqueConstraint("tenant", "app_id_folded", name="uq_service_principal_app_id"),
        _refers("service_principal", "application", "application", "CASCADE"),
    )
    _index("service_principal", "application_key")
    _create(
        "app_role_assignment",
        sa.Column("principal", TEXT, nullable=False),
        sa.Column("principal_name", TEXT),
        sa.Column("resource", TEXT, nullable=False),
        sa.Column("resource_name", TEXT),
        sa.Column("app_role", TEXT, nullable=False),
        sa.Column("created", sa.BigInteger()),
        sa.Column("resource_key", TEXT),
        *(sa.Column(f"{name}_folded", TEXT) for name in ("principal", "resource", "app_role")),
        sa.UniqueConstraint(
            "tenant",
            "principal_folded",
            "resource_folded",
            "app_role_folded",
            name="uq_app_role_assignment_principal_resource_app_role",
        ),
        _refers("app_role_assignment", "resource", "service_principal", "CASCADE"),
        parent="service_principal",
    )
    _index("app_role_assignment", "resource_key")
    _create(
        "permission_grant",
        *(sa.Column(name, TEXT, nullable=False) for name in ("client", "resource", "scope")),
        sa.Column("client_key", TEXT),
        sa.Column("resource_key", TEXT),
        _refers("permission_grant", "client", "service_principal", "CASCADE"),
        _refers("permission_grant", "resource", "service_principal", "CASCADE"),
    )
    _index("permission_grant", "client_key")
    _index("permission_grant", "resource_key")
    _create("directory_role", sa.Column("display_name", TEXT, nullable=False))
    _create(
        "directory_role_member",
        sa.Column("member", TEXT, nullable=False),
        sa.Column("member_key", TEXT),
        sa.Column("member_folded", TEXT),
        _refers("directory_role_member", "member", "user", "CASCADE"),
        parent="directory_role",
    )
    _index("directory_role_member", "member_key")
    op.create_index(
        "ix_directory_role_member_member", "directory_role_member", ["tenant", "member_folded"]
    )
    _people()


def _people() -> None:
    texts = (
        "display_name", "given_name", "surname", "mail", "other_mails", "creation_type",
        "user_type", "password_hash", "password_policies", "attributes", "identities",
    )  # fmt: skip
    _create(
        "deleted_user",
        sa.Column("user_principal_name", TEXT, nullable=False),
        *(sa.Column(name, TEXT) for name in texts),
        *_user_columns(),
        sa.Column("account_enabled", sa.Boolean(), nullable=False),
        sa.Column("force_change_password", sa.Boolean()),
        sa.Column("created", sa.BigInteger()),
        sa.Column("sessions_valid_from", sa.BigInteger()),
        sa.Column("deleted", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_deleted_user_deleted", "deleted_user", ["tenant", "deleted"])
    _create(
        "extension_property",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("data_type", TEXT, nullable=False),
        sa.Column("is_multi_valued", sa.Boolean()),
        sa.Column("target_objects", TEXT),
        sa.Column("name_folded", TEXT),
        sa.UniqueConstraint("tenant", "name_folded", name="uq_extension_property_name"),
        parent="application",
    )
    _create(
        "invitation",
        sa.Column("email", TEXT, nullable=False),
        sa.Column("display_name", TEXT),
        sa.Column("redirect_url", TEXT, nullable=False),
        sa.Column("user", TEXT, nullable=False),
        sa.Column("user_type", TEXT, nullable=False),
        sa.Column("message", TEXT),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("user_key", TEXT),
        _refers("invitation", "user", "user", "CASCADE"),
    )
    _index("invitation", "user_key")


def _create(name: str, *items: Any, parent: str = "") -> None:
    """A record's table: key columns, its own, its primary key and the key of what contains it."""
    key = ("tenant", "parent", "key") if parent else ("tenant", "key")
    columns: list[Any] = [sa.Column(column, TEXT, nullable=False) for column in (*key, "id")]
    columns.append(sa.Column("version", sa.BigInteger(), nullable=False))
    constraints: list[Any] = [sa.PrimaryKeyConstraint(*key, name=f"pk_{name}")]
    if parent:
        constraints.append(_refers(name, "", parent, "CASCADE"))
    op.create_table(name, *columns, *items, *constraints)


def _refers(table: str, column: str, target: str, on_delete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant", f"{column}_key" if column else "parent"],
        [f"{target}.tenant", f"{target}.key"],
        name=f"fk_{table}_{column or 'parent'}",
        ondelete=on_delete,
    )


def _index(table: str, column: str) -> None:
    op.create_index(f"ix_{table}_{column}", table, ["tenant", column])
