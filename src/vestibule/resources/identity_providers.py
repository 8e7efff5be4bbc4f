"""Identity providers of a tenant: social and built-in ones.

Source: graph-surface 10.4, 11.10.
"""

from __future__ import annotations

from vestibule.edm.declare import Column, Record

RECORDS = (
    Record(
        "identity_provider",
        (
            Column("kind", nullable=False),  # social | builtIn
            Column("identity_provider_type", nullable=False),
            Column("display_name"),
            Column("client_id"),
            Column("client_secret", sealed=True),
        ),
        configuration=True,
    ),
)
