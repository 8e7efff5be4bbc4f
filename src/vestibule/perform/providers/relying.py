"""What the relying party works with beside the tools: settings and what it has at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from vestibule.errors import Misconfigured
from vestibule.perform.providers.built_in import BUILT_IN, ENDPOINTS, BuiltIn
from vestibule.perform.providers.documents import Documents

_SETTING = "VESTIBULE_PROVIDER_ENDPOINTS"


@dataclass(frozen=True, slots=True)
class Own:
    """A client of ours at a provider that tenants have without registering one."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Relying:
    """`rows` are the built-in providers where they are to be found; `clients` by type.

    `patience_s`: how long all requests of one departure or arrival may take together; less than
    the lease of an effect. `skew_s`: how far a provider's clock may be off.
    """

    rows: Mapping[str, BuiltIn] = field(default_factory=lambda: BUILT_IN)
    clients: Mapping[str, Own] = field(default_factory=dict)
    documents: Documents = field(default_factory=Documents)
    patience_s: float = 20.0
    timeout_s: float = 10.0
    skew_s: int = 120


def elsewhere(places: Mapping[str, Mapping[str, str]]) -> Mapping[str, BuiltIn]:
    """The table with other endpoints: type → {endpoint: URL}. A row has those that it had.

    Raises Misconfigured for what is not in the table, and for what is no URL.
    """
    rows = dict(BUILT_IN)
    for name, endpoints in places.items():
        row = next((one for one in rows if one.casefold() == name.casefold()), None)
        if row is None:
            known = ", ".join(BUILT_IN)
            raise Misconfigured(f"{_SETTING}: '{name}' is not one of {known}.")
        for endpoint, url in endpoints.items():
            _check(row, rows[row], endpoint, url)
        changed: dict[str, Any] = dict(endpoints)
        rows[row] = replace(rows[row], **changed)
    return rows


def _check(name: str, row: BuiltIn, endpoint: str, url: str) -> None:
    known = [one for one in ENDPOINTS if getattr(row, one)]
    if endpoint not in known:
        listed = ", ".join(known)
        raise Misconfigured(f"{_SETTING}: '{endpoint}' of {name} is not one of {listed}.")
    if not url.startswith(("https://", "http://")):
        raise Misconfigured(f"{_SETTING}: '{endpoint}' of {name} is not an https URL.")
