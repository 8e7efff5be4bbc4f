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
        "Send /.default suffixed to the resource identifier (application ID URI), and nothing"
        " beside it: client credential flows must have such a scope value.",
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
    "90006": ("AADSTS50011", {}),
    "90007": ("AADSTS500113", {}),
    "90008": ("AADSTS900144", {"parameter": "client_id"}),
    "90010": ("AADSTS900144", {"parameter": "scope"}),
    "90013": ("AADSTS700051", {}),
    "90014": ("AADSTS90023", {"parameter": "response_mode"}),
    "90018": ("AADSTS700016", {}),
    "90043": ("AADSTS90023", {"parameter": "prompt"}),
    "90053": ("AADSTS50034", {}),
    "90054": ("AADSTS50126", {}),
    "90077": ("AADSTS50058", {}),
    "90079": ("AADSTS7000218", {}),
    "90080": ("AADSTS70008", {}),
    "90081": ("AADSTS7000215", {}),
    "90083": ("AADSTS900144", {}),
    "90084": ("AADSTS700025", {}),
    "90085": ("AADSTS70000", {}),
    "90086": ("AADSTS70003", {}),
    "90088": ("AADSTS70000", {}),
    "90091": ("AADSTS65004", {}),
    "90092": ("AADSTS7000112", {}),
    "90111": ("AADSTS50057", {}),
    "90114": ("AADSTS50053", {}),
    "90120": ("AADSTS90023", {"parameter": "max_age"}),
    "90122": ("AADSTS90100", {}),
    "90128": ("AADSTS500341", {}),
    "90129": ("AADSTS50173", {}),
    "90182": ("AADSTS501481", {}),
    "90183": ("AADSTS50148", {}),
    "90184": ("AADSTS90023", {"parameter": "code_challenge_method"}),
    "90225": ("AADSTS50126", {}),
    "90226": ("AADSTS900561", {}),
    "90244": ("AADSTS90033", {}),
    "90276": ("AADSTS9002313", {}),
    "90279": ("AADSTS70000", {}),
    "90287": ("AADSTS90102", {}),
    "99005": ("AADSTS9002313", {"reason": "The scope contains an illegal character."}),
    "99059": ("AADSTS9002325", {}),
    "99068": ("AADSTS70011", {}),
}
"""B2C's number → Entra's, with values that its sentence needs."""
