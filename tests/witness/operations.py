"""Every operation that Graph's clients can call, and which of them a request is.

`operations.csv` is the conformance table of graph-surface 17, one row for each version;
`beside.csv` has in the same columns what is needed to administer the family.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

State = Literal["served", "refused by rule", "not served"]

CASTS = {
    "{ESF}": "microsoft.graph.externalUsersSelfServiceSignUpEventsFlow",
    "{AML}": "microsoft.graph.onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp",
    "{AC}": "microsoft.graph.onAttributeCollectionExternalUsersSelfServiceSignUp",
}
FUNCTIONS = frozenset({"getorder", "availableprovidertypes", "getactivekey"})
BY_QUERY = "?@id={url}"
_PARENTHESISED = re.compile(r"([^(]+)\((?:'?(\w+)'?=)?('(?:[^']|'')*')\)")
_KEY = re.compile(r"\{[^}]*\}")
_CAST = re.compile(r"(?:microsoft\.)?graph\.(.+)", re.IGNORECASE)
LATER = (
    "/identity/authenticationEventsFlows",
    "/identity/authenticationEventListeners",
    "/identity/customAuthenticationExtensions",
    "/identity/signInIdentifiers",
    "/trustFramework",
)
"""Families of a later release: answered as segments that do not exist."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of the table. `path` has keys in braces; `success` is what the table says."""

    row: str
    version: str
    method: str
    path: str
    success: str

    @property
    def name(self) -> str:
        return f"{self.row} {self.version} {self.method} {self.path}"

    @property
    def later(self) -> bool:
        return f"{self.path}/".startswith(tuple(f"{family}/" for family in LATER))

    @property
    def refused(self) -> bool:
        """Clients can call it; a documented rule forbids it."""
        return self.success.startswith("4")

    @property
    def statuses(self) -> frozenset[int]:
        """The codes that count: of success, or of the refusal."""
        plain = re.sub(r"\(.*\)", "", self.success)  # (unlink), (204 under compat flag)
        return frozenset(int(code) for code in re.findall(r"\d{3}", plain))

    @property
    def expected(self) -> State:
        """The best that this line can be."""
        if self.later:
            return "not served"
        return "refused by rule" if self.refused else "served"

    @property
    def variant(self) -> int:
        """0 or 1: which of two spellings this line uses, so that both are used everywhere."""
        return (int(self.row.lstrip("b")) + (self.version == "beta")) % 2

    def address(self, *keys: str, plain: bool = False) -> str:
        """The path with keys filled in, in this line's spelling or (`plain`) as segments."""
        parts = segments(self.path)
        given = iter(keys)
        written: list[str] = []
        for part in parts:
            if part in CASTS or _CAST.fullmatch(part):
                written.append(self._cast(part))
            elif part.startswith("{"):
                self._add_key(written, next(given), plain=plain)
            elif _KEY.search(part):  # an alternate key: name(appId='{appId}')
                written.append(_KEY.sub(next(given), part))
            else:
                written.append(part.removesuffix("()") if self.variant else part)
        return "/".join(["", self.version, *written])

    def _add_key(self, written: list[str], key: str, *, plain: bool) -> None:
        if plain or self.variant or "." in written[-1]:
            written.append(key)
        else:
            written[-1] += f"('{key}')"

    def _cast(self, part: str) -> str:
        name = CASTS.get(part, part)
        return name if self.variant else name.removeprefix("microsoft.")


def segments(path: str) -> list[str]:
    """The parts of a template; a key is one part, whatever its name."""
    bare = path.removesuffix(BY_QUERY).replace("{id/upn}", "{id}")
    return [part for part in bare.split("/") if part]


def load() -> tuple[Operation, ...]:
    """The whole table, and what stands beside it."""
    found: list[Operation] = []
    for name in ("operations.csv", "beside.csv"):
        with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
            found += [
                Operation(line["row"], line["version"], line["method"], line["path"], success)
                for line in csv.DictReader(file)
                if (success := line["success"])
            ]
    return tuple(found)


def template(operations: Sequence[Operation], method: str, target: str) -> tuple[str, str]:
    """(version, path of the table) of a request's raw target; the path is "" where none fits."""
    raw, _, query = target.partition("?")
    version, *parts = normal(raw)
    by_query = method == "DELETE" and "@id=" in unquote(query)
    fitting = [
        one.path
        for one in operations
        if (one.version, one.method) == (version, method)
        and one.path.endswith(BY_QUERY) == by_query
        and _fits(segments(one.path), parts)
    ]
    return version, min(fitting, key=lambda path: path.count("{"), default="")


def normal(raw: str) -> list[str]:
    """A raw path as segments: keys on their own, casts in full, functions with parentheses."""
    found: list[str] = []
    for part in [unquote(one) for one in raw.split("/") if one]:
        keyed = _PARENTHESISED.fullmatch(part)
        cast = _CAST.fullmatch(part)
        if keyed and (keyed[2] or "id").casefold() == "id":
            found += [keyed[1], keyed[3][1:-1].replace("''", "'")]
        elif cast:
            found.append(f"microsoft.graph.{cast[1]}")
        elif part.casefold() in FUNCTIONS:
            found.append(f"{part}()")
        else:
            found.append(part)
    return found


def _fits(wanted: Sequence[str], parts: Sequence[str]) -> bool:
    return len(wanted) == len(parts) and all(map(_same, wanted, parts))


def _same(wanted: str, part: str) -> bool:
    if wanted in CASTS:
        return CASTS[wanted].casefold() == part.casefold()
    if wanted.startswith("{"):
        return not part.startswith("$") and not part.endswith("()")
    around = [re.escape(one.casefold()) for one in _KEY.split(wanted)]
    return re.fullmatch("[^']+".join(around), part.casefold()) is not None
