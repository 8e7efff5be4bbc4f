"""What Entra says at the tenant's own authority, and which of B2C's numbers that stands for.

Source: runtime.md 12.3; clients.md 3.
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.oidc.catalogue.entry import Entry

_UNAUTHORIZED, _MISSING, _METHOD = 401, 404, 405

ENTRA: Mapping[str, Entry] = {
    "AADSTS50049": Entry(
        "invalid_instance",
        "The instance '{instance}' is unknown or invalid.",
        "Name an authority of this server.",
    ),
    "AADSTS70003": Entry(
        "unsupported_grant_type",
        "The app requested an unsupported grant type '{value}'.",
        "Send one that the discovery document names.",
    ),
    "AADSTS70011": Entry(
        "invalid_scope",
        "The scope '{scope}' is not valid.",
        "Client credential flows must have a scope value with /.default suffixed to the resource"
        " identifier (application ID URI).",
    ),
    "AADSTS90002": Entry(
        "invalid_tenant",
        "Tenant '{tenant}' not found.",
        "Check that the address names the right tenant.",
        status=_MISSING,
    ),
    "AADSTS500011": Entry(
        "invalid_resource",
        "The resource principal named '{resource}' was not found in tenant '{tenant}'.",
        "Correct the scope, or register the API.",
    ),
    "AADSTS700016": Entry(
        "unauthorized_client",
        "Application with identifier '{client}' was not found in the directory '{tenant}'.",
        "Correct it, or register the application.",
    ),
    "AADSTS700025": Entry(
        "invalid_client",
        "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
        "Leave it out.",
        status=_UNAUTHORIZED,
    ),
    "AADSTS900144": Entry(
        "invalid_request",
        "The request body must contain the parameter '{parameter}'.",
        "Send it.",
    ),
    "AADSTS900561": Entry(
        "invalid_request",
        "The endpoint only accepts POST requests.",
        "Use POST.",
        status=_METHOD,
    ),
    "AADSTS9002313": Entry(
        "invalid_request",
        "The request is malformed. {reason}",
        "Correct what is named.",
    ),
    "AADSTS7000112": Entry(
        "unauthorized_client",
        "Application '{client}' is disabled.",
        "Enable it and try again.",
    ),
    "AADSTS7000215": Entry(
        "invalid_client",
        "Invalid client credentials provided.",
        "Ensure the secret being sent in the request is the client secret value, not the client"
        " secret ID, and has not expired.",
        status=_UNAUTHORIZED,
    ),
    "AADSTS7000218": Entry(
        "invalid_client",
        "The request body must contain the parameter 'client_assertion' or 'client_secret'.",
        "Send one of them.",
        status=_UNAUTHORIZED,
    ),
}

IN_ENTRA: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "90008": ("AADSTS900144", {"parameter": "client_id"}),
    "90010": ("AADSTS900144", {"parameter": "scope"}),
    "90018": ("AADSTS700016", {}),
    "90079": ("AADSTS7000218", {}),
    "90081": ("AADSTS7000215", {}),
    "90083": ("AADSTS900144", {}),
    "90084": ("AADSTS700025", {}),
    "90086": ("AADSTS70003", {}),
    "90092": ("AADSTS7000112", {}),
    "90226": ("AADSTS900561", {}),
    "90276": ("AADSTS9002313", {}),
    "99068": ("AADSTS70011", {}),
}
"""B2C's number → Entra's, with values that its sentence needs."""
