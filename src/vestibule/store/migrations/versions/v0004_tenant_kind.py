"""Tenants are of a kind."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from vestibule.store.tables import TEXT

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenant", sa.Column("kind", TEXT))
