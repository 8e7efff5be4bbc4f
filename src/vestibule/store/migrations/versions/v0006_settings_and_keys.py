"""Settings of user flows; signing keys know when they were made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from vestibule.store.tables import TEXT

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_flow", sa.Column("settings", TEXT))
    op.add_column("signing_key", sa.Column("created", sa.BigInteger()))
