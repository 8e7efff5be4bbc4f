"""Calls of API connectors are kept for the workbench."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from vestibule.store.tables import TEXT

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "connector_call",
        *(sa.Column(name, TEXT, nullable=False) for name in ("tenant", "key", "id")),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("connector", TEXT, nullable=False),
        sa.Column("flow", TEXT),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("verdict", TEXT, nullable=False),
        sa.Column("milliseconds", sa.Double(), nullable=False),
        sa.Column("request", TEXT, nullable=False),
        sa.Column("response", TEXT, nullable=False),
        sa.Column("notes", TEXT),
        sa.Column("replay_of", TEXT),
        sa.Column("correlation", TEXT),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("connector_key", TEXT),
        sa.Column("connector_folded", TEXT),
        sa.PrimaryKeyConstraint("tenant", "key", name="pk_connector_call"),
        sa.ForeignKeyConstraint(
            ["tenant", "connector_key"],
            ["api_connector.tenant", "api_connector.key"],
            name="fk_connector_call_connector",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_connector_call_connector_created",
        "connector_call",
        ["tenant", "connector_folded", "created"],
    )
    op.create_index("ix_connector_call_created", "connector_call", ["tenant", "created"])
    op.create_index(
        "ix_connector_call_connector_key", "connector_call", ["tenant", "connector_key"]
    )
