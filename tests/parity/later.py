"""Why a behaviour is not shown."""

from __future__ import annotations

from collections.abc import Mapping

_PROVIDERS = "identity providers are not served yet"
_CONNECTORS = "API connectors are not called yet"
_SECOND_FACTORS = "second factors are not served yet"
_PAGES = "page templates and languages of flows are proven by later tests"

REASONS: Mapping[str, str] = {
    **{f"FE-0{number}": _PROVIDERS for number in range(1, 9)},
    **{f"AC-{number:02}": _CONNECTORS for number in range(1, 16)},
    **{f"UF-{number}": _SECOND_FACTORS for number in range(22, 27)},
    "UF-27": "age gating is not served yet",
    "AU-22": _PROVIDERS,
    "AU-30": "pushed authorization requests are not served yet",
    "TK-28": "DPoP is not served yet",
    "LO-07": _PROVIDERS,
    "CL-10": _PROVIDERS,
    "CL-11": _PROVIDERS,
    "UF-29": _PROVIDERS,
    "SX-02": "passkeys are not served yet",
    "SX-05": "the server calls nobody yet",
    "LI-01": "the limits of flow URLs are not kept yet",
}
