"""What a password and its policy may be when Graph sets them.

Source: runtime 5.8; Microsoft Graph passwordProfile and passwordPolicies.
"""

from __future__ import annotations

from typing import Any

from vestibule.errors import Invalid

_PLACE = "passwordProfile/password"
_SHORTEST, _LONGEST, _CLASSES = 8, 256, 3
_POLICIES = ("DisablePasswordExpiration", "DisableStrongPassword", "None")
_WEAK = "DisableStrongPassword"


def policies(given: str | None) -> str | None:
    """The policies in Graph's spelling. Raises Invalid."""
    if given is None:
        return None
    known = {name.casefold(): name for name in _POLICIES}
    try:
        return ", ".join(known[name.strip().casefold()] for name in given.split(","))
    except KeyError:
        raise Invalid(
            f"passwordPolicies holds {', '.join(_POLICIES)}.", target="passwordPolicies"
        ) from None


def check(profile: dict[str, Any], policy: str | None) -> str:
    """The password of a profile. Raises Invalid."""
    password = profile.get("password")
    if not password:
        raise Invalid("Give the user a password.", target=_PLACE)
    kinds = (str.islower, str.isupper, str.isdigit, lambda one: not one.isalnum())
    held = sum(any(kind(one) for one in password) for kind in kinds)
    strong = held >= _CLASSES or _WEAK in (policy or "")
    if not _SHORTEST <= len(password) <= _LONGEST or not strong:
        raise Invalid(
            "The specified password does not comply with password complexity requirements. Use "
            f"{_SHORTEST} to {_LONGEST} characters of {_CLASSES} kinds: lower, upper, digit, "
            "symbol.",
            code="Request_BadRequest",
            target=_PLACE,
        )
    return str(password)
