"""What a tenant is configured to be: frozen values, no I/O. The runtime reads nothing else.

`perform.tenants` loads one Tenant from the store on first use and again when its
configuration number changed.
"""

from __future__ import annotations

from vestibule.tenancy.applications import (
    Application,
    Credential,
    RedirectUri,
    Scope,
)
from vestibule.tenancy.elsewhere import (
    ClientCertificate,
    Connector,
    Provider,
)
from vestibule.tenancy.flows import (
    SETTINGS_OF_A_FLOW,
    SIGN_IN,
    STRONG_PASSWORD,
    Assignment,
    Attribute,
    Choice,
    Flow,
    Overrides,
    claim_of,
    short_name,
)
from vestibule.tenancy.tenant import (
    Kind,
    SigningKey,
    Tenant,
)

__all__ = [
    "SETTINGS_OF_A_FLOW",
    "SIGN_IN",
    "STRONG_PASSWORD",
    "Application",
    "Assignment",
    "Attribute",
    "Choice",
    "ClientCertificate",
    "Connector",
    "Credential",
    "Flow",
    "Kind",
    "Overrides",
    "Provider",
    "RedirectUri",
    "Scope",
    "SigningKey",
    "Tenant",
    "claim_of",
    "short_name",
]
