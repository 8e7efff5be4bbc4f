"""What the caller wants back: metadata level, Accept, Prefer.

Source: OData protocol 4.01, sections 8.1 and 8.2.8; graph-surface 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from vestibule.errors import NotAcceptable

Level = Literal["minimal", "none", "full"]
NO_CONTENT = 204
_NEWER = "include-unknown-enum-members"
_PLAIN = frozenset({"", "*/*", "application/json"})


@dataclass(frozen=True, slots=True)
class Prefer:
    """`answer` is the preference return=…; "" when the caller has none.

    `newer_members`: the caller takes members of enumerations that older clients do not know.
    Nothing is kept from anybody, so there is nothing more to do about it.
    """

    answer: Literal["", "minimal", "representation"] = ""
    page_size: int | None = None
    newer_members: bool = False

    def applied(self, status: int, *, written: bool, paged: bool) -> str:
        """The Preference-Applied of a reply, "" for none: `written` where it answers for an entity
        that was written, `paged` where the size of its page was the server's to choose."""
        found = []
        if written and self.answer == ("minimal" if status == NO_CONTENT else "representation"):
            found.append(f"return={self.answer}")
        if paged and self.page_size:
            found.append(f"odata.maxpagesize={self.page_size}")
        if self.newer_members and status != NO_CONTENT:
            found.append(_NEWER)
        return ", ".join(found)


_NOTHING = Prefer()


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
    if not header:
        return _NOTHING
    answer: Literal["", "minimal", "representation"] = ""
    size: int | None = None
    newer = False
    for part in header.split(","):
        name, _, value = part.strip().casefold().partition("=")
        value = value.strip('" ')
        if name == "return" and value in {"minimal", "representation"}:
            answer = answer or ("minimal" if value == "minimal" else "representation")
        elif name in {"odata.maxpagesize", "maxpagesize"} and value.isascii() and value.isdigit():
            size = size or int(value[:9]) or None
        elif name.removeprefix("odata.") == _NEWER:
            newer = True
    return Prefer(answer, size, newer)
