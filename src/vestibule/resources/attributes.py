"""User flow attributes: what can be asked of a person.

Source: graph-surface 10.2, 11.8.
"""

from __future__ import annotations

from vestibule.edm.declare import Column, Record

RECORDS = (
    Record(
        "user_flow_attribute",
        (
            Column("display_name", nullable=False),
            Column("description"),
            Column("data_type", nullable=False),
            Column("attribute_type", nullable=False),  # builtIn | custom | required
        ),
        configuration=True,
    ),
)
