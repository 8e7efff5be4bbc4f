"""Calls of API connectors: what was sent, what came back, and what became of it.

Source: design own-api; runtime 6.
"""

from __future__ import annotations

from vestibule.edm.declare import Column, Record, Reference

RECORD = "connector_call"
RECORDS = (
    Record(
        RECORD,
        (
            Column("connector", nullable=False),
            Column("flow"),  # id; none of a flow that is gone
            Column("step", nullable=False),
            Column("verdict", nullable=False),
            Column("milliseconds", "double", nullable=False),
            Column("request", sealed=True, nullable=False),  # JSON: url, headers, body, accepts
            Column("response", sealed=True, nullable=False),  # JSON: attempts, shown
            Column("notes", "json"),  # [{kind, name}]
            Column("replay_of"),  # id of the call that was sent again
            Column("correlation"),
            Column("created", "datetime", nullable=False),
        ),
        indexes=(("connector", "created"), ("created",)),
        references=(Reference("connector", "api_connector", on_delete="cascade"),),
    ),
)
