"""What belongs to user flows: assignments, languages, pages, listeners, all kinds of providers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from vestibule.store.tables import TEXT

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "authentication_flows_policy",
    "user_flow_assignment",
    "user_flow_language",
    "user_flow_page",
    "sign_up_listener",
    "sign_up_listener_application",
)


def upgrade() -> None:
    op.add_column("identity_provider", sa.Column("certificate_data", TEXT))
    op.add_column("identity_provider", sa.Column("details", TEXT))
    _create(
        "authentication_flows_policy",
        sa.Column("self_service_sign_up", sa.Boolean(), nullable=False),
    )
    _create(
        "user_flow_assignment",
        sa.Column("attribute", TEXT, nullable=False),
        sa.Column("display_name", TEXT),
        sa.Column("is_optional", sa.Boolean(), nullable=False),
        sa.Column("requires_verification", sa.Boolean(), nullable=False),
        sa.Column("user_input_type", TEXT, nullable=False),
        sa.Column("user_attribute_values", TEXT),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("attribute_key", TEXT),
        _refers("user_flow_assignment", "attribute", "user_flow_attribute", "RESTRICT"),
        parent="user_flow",
    )
    _index("user_flow_assignment", "attribute_key")
    _create(
        "user_flow_language",
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        parent="user_flow",
    )
    _create("user_flow_page", sa.Column("strings", TEXT, nullable=False), parent="user_flow")
    _create(
        "sign_up_listener",
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("user_flow", TEXT, nullable=False),
        sa.Column("user_flow_key", TEXT),
        _refers("sign_up_listener", "user_flow", "user_flow", "CASCADE"),
    )
    _index("sign_up_listener", "user_flow_key")
    _create(
        "sign_up_listener_application",
        sa.Column("application", TEXT, nullable=False),
        sa.Column("application_key", TEXT),
        sa.Column("application_folded", TEXT),
        _refers("sign_up_listener_application", "application", "application", "CASCADE"),
        sa.UniqueConstraint(
            "tenant", "application_folded", name="uq_sign_up_listener_application_application"
        ),
        parent="sign_up_listener",
    )
    _index("sign_up_listener_application", "application_key")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_column("identity_provider", "details")
    op.drop_column("identity_provider", "certificate_data")


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
