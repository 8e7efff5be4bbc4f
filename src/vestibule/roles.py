"""Directory roles that may administer what we serve, by their fixed template ids.

Source: permissions table of the specification; Microsoft Entra built-in roles.
"""

from __future__ import annotations

GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
DIRECTORY_READERS = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
PRIVILEGED_ROLE_ADMINISTRATOR = "e8611ab8-c189-46e8-94e1-60213ab1f814"
USER_FLOW_ADMINISTRATOR = "6e591065-9bad-43ed-90f3-e9424366d2f0"
USER_FLOW_ATTRIBUTE_ADMINISTRATOR = "0f971eea-41eb-4569-a71e-57bb8a3eff1e"
IDENTITY_PROVIDER_ADMINISTRATOR = "be2f45a1-457d-42af-a067-6ec1fa63bc45"
USER_ADMINISTRATOR = "fe930be7-5e62-47db-91af-98c3a49a38b1"
GUEST_INVITER = "95e79109-95c0-4d8e-aee3-d01accf2d47b"
APPLICATION_ADMINISTRATOR = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
CLOUD_APPLICATION_ADMINISTRATOR = "158c047a-c907-4556-b7ef-446551a6b5f7"

NAMES: dict[str, str] = {
    "Global Administrator": GLOBAL_ADMINISTRATOR,
    "Global Reader": GLOBAL_READER,
    "Directory Readers": DIRECTORY_READERS,
    "Privileged Role Administrator": PRIVILEGED_ROLE_ADMINISTRATOR,
    "External ID User Flow Administrator": USER_FLOW_ADMINISTRATOR,
    "External ID User Flow Attribute Administrator": USER_FLOW_ATTRIBUTE_ADMINISTRATOR,
    "External Identity Provider Administrator": IDENTITY_PROVIDER_ADMINISTRATOR,
    "User Administrator": USER_ADMINISTRATOR,
    "Guest Inviter": GUEST_INVITER,
    "Application Administrator": APPLICATION_ADMINISTRATOR,
    "Cloud Application Administrator": CLOUD_APPLICATION_ADMINISTRATOR,
}
"""Display name → template id, for people who type names."""
