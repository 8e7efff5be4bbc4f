"""Which behaviours the proofs here do not show: why, or where else they are shown."""

from __future__ import annotations

from collections.abc import Mapping

_PROVIDERS = "identity providers are not served yet"
_SECOND_FACTORS = "second factors are not served yet"

REASONS: Mapping[str, str] = {
    "AU-22": _PROVIDERS,
    "AU-30": "pushed authorization requests are not served yet",
    "TK-28": "DPoP is not served yet",
    "LO-07": _PROVIDERS,
    "CL-10": _PROVIDERS,
    "CL-11": _PROVIDERS,
    "UF-01": _PROVIDERS,
    **{f"UF-{number}": _SECOND_FACTORS for number in range(22, 27)},
    "UF-27": "age gating is not served yet",
    "UF-29": _PROVIDERS,
    "LA-06": "pages of one's own are not merged yet",
    "LA-07": "there is one page template",
    **{f"FE-0{number}": _PROVIDERS for number in (1, 2, 3, 4, 6, 7, 8)},
    "SX-02": "passkeys are not served yet",
}
"""Row → the reason."""

ELSEWHERE: Mapping[str, tuple[str, str]] = {
    "EP-19": (
        "tests/interop/test_msal_browser.py",
        "test_somebody_signs_up_and_stays_signed_in_until_they_sign_out",
    ),
}
"""Row → the file and the name of a test that shows it with an official client."""
