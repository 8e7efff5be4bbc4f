"""Which behaviours the proofs here do not show: why, or where else they are shown."""

from __future__ import annotations

from collections.abc import Mapping

_SECOND_FACTORS = "second factors are not served yet"

REASONS: Mapping[str, str] = {
    "AU-30": "pushed authorization requests are not served yet",
    "TK-28": "DPoP is not served yet",
    **{f"UF-{number}": _SECOND_FACTORS for number in range(22, 27)},
    "UF-27": "age gating is not served yet",
    "LA-06": "pages of one's own are not merged yet",
    "LA-07": "there is one page template",
    "SX-02": "passkeys are not served yet",
}
"""Row → the reason."""

ELSEWHERE: Mapping[str, tuple[str, str]] = {
    "EP-19": (
        "tests/interop/test_msal_browser.py",
        "test_somebody_signs_up_and_stays_signed_in_until_they_sign_out",
    ),
    "FE-07": (
        "tests/stories/test_stories_providers.py",
        "test_apple_tells_a_name_once_and_by_a_form",
    ),
}
"""Row → the file and the name of a test that shows it with an official client."""
