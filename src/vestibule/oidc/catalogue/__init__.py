"""The catalogue of protocol errors, one table: number → what it means and what to do about it.

B2C's numbers stand bare ("90118"), those of the tenant's own authority with AADSTS. Clients match
on the number. docs/reference/errors.md is this table. Source: runtime.md 2.3, 3.2, Appendix A.
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.oidc.catalogue.entra import ENTRA, IN_ENTRA
from vestibule.oidc.catalogue.entry import Entry
from vestibule.oidc.catalogue.grants import GRANTS
from vestibule.oidc.catalogue.hints import HINTS
from vestibule.oidc.catalogue.people import PEOPLE
from vestibule.oidc.catalogue.requests import REQUESTS
from vestibule.oidc.catalogue.tenant import TENANT

__all__ = ["FAULTS", "IN_ENTRA", "Entry"]

FAULTS: Mapping[str, Entry] = {**REQUESTS, **GRANTS, **HINTS, **PEOPLE, **ENTRA, **TENANT}
