"""Policies of a tenant: whether guests may sign themselves up.

Source: graph-surface 11.2.
"""

from __future__ import annotations

from vestibule.edm.declare import Column, Record

RECORDS = (
    Record(
        "authentication_flows_policy",  # id: authenticationFlowsPolicy; absent: as it is by default
        (Column("self_service_sign_up", "boolean", nullable=False),),
        configuration=True,
    ),
)
