"""Directory roles that may administer what we serve, by their fixed template ids.

Source: permissions table of the specification; Microsoft Entra built-in roles.
"""

from __future__ import annotations

GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
USER_FLOW_ADMINISTRATOR = "6e591065-9bad-43ed-90f3-e9424366d2f0"
USER_FLOW_ATTRIBUTE_ADMINISTRATOR = "0f971eea-41eb-4569-a71e-57bb8a3eff1e"
IDENTITY_PROVIDER_ADMINISTRATOR = "be2f45a1-457d-42af-a067-6ec1fa63bc45"
USER_ADMINISTRATOR = "fe930be7-5e62-47db-91af-98c3a49a38b1"
APPLICATION_ADMINISTRATOR = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"

NAMES: dict[str, str] = {
    "Global Administrator": GLOBAL_ADMINISTRATOR,
    "External ID User Flow Administrator": USER_FLOW_ADMINISTRATOR,
    "External ID User Flow Attribute Administrator": USER_FLOW_ATTRIBUTE_ADMINISTRATOR,
    "External Identity Provider Administrator": IDENTITY_PROVIDER_ADMINISTRATOR,
    "User Administrator": USER_ADMINISTRATOR,
    "Application Administrator": APPLICATION_ADMINISTRATOR,
}
"""Display name → template id, for people who type names."""
