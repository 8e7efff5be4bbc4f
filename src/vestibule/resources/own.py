"""What Graph has no word for: messages of the development inbox, the clock, the audit trail.

Source: design own-api.
"""

from __future__ import annotations

from vestibule.edm.declare import (
    Column,
    Declaration,
    Entity,
    EntitySet,
    Property,
    Record,
)
from vestibule.resources.own_access import ACCESS, ENTITY

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

_MOMENT = "Edm.DateTimeOffset"
_MESSAGE = Entity(
    "vestibule.message",
    record="message",
    base=ENTITY.name,
    properties=(
        Property("channel", nullable=False, write="never"),
        Property("to", nullable=False, write="never"),
        Property("subject", write="never"),
        Property("body", write="never", filterable=False),
        Property("code", write="never", filterable=False),
        Property("links", "Collection(Edm.String)", write="never", filterable=False),
        Property("journeyId", column="journey", write="never"),
        Property("createdDateTime", _MOMENT, column="created", nullable=False, write="never"),
    ),
)
_AUDIT = Entity(
    "vestibule.auditEntry",
    record="audit",
    base=ENTITY.name,
    properties=(
        Property("at", _MOMENT, nullable=False, write="never"),
        Property("actor", write="never"),
        Property("action", nullable=False, write="never"),
        Property("target", write="never"),
        Property("result", nullable=False, write="never"),
        Property("ip", write="never"),
        Property("correlationId", column="correlation", write="never"),
    ),
)
TYPES: tuple[Declaration, ...] = (_MESSAGE, _AUDIT)
DEVELOPMENT_SETS = (
    EntitySet("messages", _MESSAGE.name, ACCESS, verbs=frozenset({"list", "get", "delete"})),
)
SETS = (EntitySet("audit", _AUDIT.name, ACCESS, verbs=frozenset({"list", "get"})),)
