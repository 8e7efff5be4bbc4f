"""User flows: b2cUserFlows (beta) and b2xUserFlows (both versions), two faces of one record.

Source: graph-surface 10.2, 11.1, 11.2, 11.4, 11.7 and the choices of section 16.
"""

from __future__ import annotations

from vestibule.edm.declare import Column, Record, Reference

RECORDS = (
    Record(
        "user_flow",
        (
            Column("kind", nullable=False),  # b2c | b2x
            Column("user_flow_type", nullable=False),
            Column("user_flow_type_version", "double", nullable=False),
            Column("is_language_customization_enabled", "boolean"),
            Column("default_language_tag"),
            Column("local_account", "boolean"),  # e-mail with password is offered
            Column("is_issuer_entity_user_flow", "boolean"),
        ),
        configuration=True,
    ),
    Record(
        "user_flow_provider",  # id: the provider's id
        (Column("provider", nullable=False),),
        parent="user_flow",
        references=(Reference("provider", "identity_provider", on_delete="restrict"),),
        configuration=True,
    ),
    Record(
        "user_flow_connector",  # id: the step, postFederationSignup …
        (Column("connector", nullable=False),),
        parent="user_flow",
        references=(Reference("connector", "api_connector", on_delete="cascade"),),
        configuration=True,
    ),
)
