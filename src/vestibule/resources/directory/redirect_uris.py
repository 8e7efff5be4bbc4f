"""Where an application may have people sent: which addresses, and how many.

Source: runtime 9 and 10; RFC 9700.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from vestibule.addresses import fits
from vestibule.errors import Invalid

_KINDS: tuple[tuple[str, str, Literal["web", "spa", "native"]], ...] = (
    # property, column, kind
    ("web", "web", "web"),
    ("spa", "spa", "spa"),
    ("publicClient", "public_client", "native"),
)


def check(values: Mapping[str, Any]) -> None:
    """Raises Invalid for an address to which nobody may be sent."""
    for place, uri, kind in _given(values):
        if not fits(uri, kind):
            raise Invalid(
                f"'{uri}' cannot be a redirect URI: use https, http on localhost only, no "
                "fragment; a scheme of its own is for publicClient.",
                target=place,
            )


def check_number(columns: Mapping[str, Any], before: Mapping[str, Any], most: int) -> None:
    """Raises Invalid for more than `most`; 0: any number. Where there were more before, they may
    stay and become fewer."""
    if most and _number(columns) > max(most, _number(before)):
        raise Invalid(
            f"An application has at most {most} redirect URIs, of web, spa and publicClient "
            "together; remove some.",
            target="redirectUris",
        )


def _given(
    values: Mapping[str, Any],
) -> Iterator[tuple[str, str, Literal["web", "spa", "native"]]]:
    for member, _, kind in _KINDS:
        for uri in (values.get(member) or {}).get("redirectUris") or ():
            yield f"{member}/redirectUris", uri, kind


def _number(columns: Mapping[str, Any]) -> int:
    kinds = (columns.get(column) or {} for _, column, _ in _KINDS)
    return sum(len(kind.get("redirectUris") or ()) for kind in kinds)
