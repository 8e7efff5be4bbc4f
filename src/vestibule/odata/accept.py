"""What the caller wants back: metadata level, Accept, Prefer.

Source: OData protocol 4.01, sections 8.1 and 8.2.8; graph-surface 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from vestibule.errors import NotAcceptable

Level = Literal["minimal", "none", "full"]
_PLAIN = frozenset({"", "*/*", "application/json"})


@dataclass(frozen=True, slots=True)
class Prefer:
    """`answer` is the preference return=…; "" when the caller has none."""

    answer: Literal["", "minimal", "representation"] = ""
    page_size: int | None = None


def level(accept: str, form: str | None) -> Level:
    """The metadata level of a JSON reply, from $format, else Accept. Raises NotAcceptable."""
    if form is None and accept in _PLAIN:
        return "minimal"
    if form is not None:
        accept = "application/json" if form.casefold() == "json" else form
    for media, parameters in _ranges(accept):
        if media in {"application/json", "application/*", "*/*"}:
            wanted = parameters.get("odata.metadata", parameters.get("metadata", "minimal"))
            for known in ("minimal", "none", "full"):
                if wanted == known:
                    return known
    raise NotAcceptable("Only application/json can be returned here.")


def accepts(accept: str, *medias: str) -> None:
    """Refuse unless one of the media types is acceptable. Raises NotAcceptable."""
    if accept in _PLAIN:
        return  # application/json is what clients send without thinking
    wanted = {*medias, "*/*", "application/json"}
    wanted |= {f"{media.partition('/')[0]}/*" for media in medias}
    if not any(media in wanted for media, _ in _ranges(accept)):
        raise NotAcceptable(f"Only {medias[0]} can be returned here.")


def _ranges(accept: str) -> Iterable[tuple[str, dict[str, str]]]:
    """Media ranges with their parameters; those with q=0 are left out."""
    for part in accept.split(","):
        media, *rest = (piece.strip().casefold() for piece in part.split(";"))
        parameters = dict(piece.partition("=")[::2] for piece in rest)
        weight = parameters.get("q", "1")
        if media and weight.strip("0.") != "":
            yield media, parameters


def prefer(header: str) -> Prefer:
    """The preferences that we honour."""
    found = Prefer()
    for part in header.split(",") if header else ():
        name, _, value = part.strip().casefold().partition("=")
        value = value.strip('" ')
        if name == "return" and value in {"minimal", "representation"}:
            answer: Literal["minimal", "representation"]
            answer = "minimal" if value == "minimal" else "representation"
            found = Prefer(answer, found.page_size)
        elif name in {"odata.maxpagesize", "maxpagesize"} and value.isascii() and value.isdigit():
            found = Prefer(found.answer, int(value[:9]) or None)
    return found
