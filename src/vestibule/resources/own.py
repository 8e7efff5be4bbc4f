"""What Graph has no word for: messages of the development inbox, the clock, the audit trail.

Source: design own-api.
"""

from __future__ import annotations

from vestibule.edm.declare import Column, Record

RECORDS = (
    Record(
        "message",
        (
            Column("channel", nullable=False),  # email | sms | push
            Column("to", nullable=False),
            Column("subject"),
            Column("body", sealed=True),
            Column("code", sealed=True),
            Column("links", "json"),
            Column("journey"),
            Column("created", "datetime", nullable=False),
        ),
        indexes=(("to",), ("created",)),
    ),
    Record(
        "audit",
        (
            Column("at", "datetime", nullable=False),
            Column("actor"),  # object id of a user or service principal; "" for nobody yet
            Column("action", nullable=False),  # "create b2cUserFlows", "signIn" …
            Column("target"),
            Column("result", nullable=False),  # success, or an error code
            Column("ip"),
            Column("correlation"),
        ),
        indexes=(("at",),),
    ),
)
