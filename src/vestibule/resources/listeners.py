"""Which applications a b2x user flow serves: the listeners of identity/events/onSignupStart.

Source: graph-surface 11.16; runtime 8.5.
"""

from __future__ import annotations

from vestibule.edm.declare import Column, Record, Reference

RECORDS = (
    Record(
        "sign_up_listener",
        (
            Column("priority", "integer", nullable=False),
            Column("user_flow", nullable=False),
        ),
        references=(Reference("user_flow", "user_flow", on_delete="cascade"),),
        configuration=True,
    ),
    Record(
        "sign_up_listener_application",  # id: the application's client id
        (Column("application", nullable=False),),  # its object id
        parent="sign_up_listener",
        unique=(("application",),),  # an application has one flow at most (runtime 8.5)
        references=(Reference("application", "application", on_delete="cascade"),),
        configuration=True,
    ),
)
