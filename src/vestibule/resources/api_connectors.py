"""API connectors: where a flow calls out to.

Source: graph-surface 10.3, 11.9.
"""

from __future__ import annotations

from vestibule.edm.declare import Column, Record

RECORDS = (
    Record(
        "api_connector",
        (
            Column("display_name"),
            Column("target_url", nullable=False),
            Column("authentication", nullable=False),  # basic | certificate
            Column("username"),
            Column("password", sealed=True),
            Column("certificates", "json"),  # [{thumbprint, notBefore, notAfter}], newest last
            Column("pkcs12", sealed=True),  # JSON list of {pkcs12Value, password}, same order
        ),
        configuration=True,
    ),
)
