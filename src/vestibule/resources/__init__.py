"""CATALOGUE: everything served, by version. A family is one module and one line here."""

from __future__ import annotations

from vestibule.edm.declare import Record
from vestibule.resources import (
    api_connectors,
    attributes,
    directory,
    identity_providers,
    own,
    user_flows,
)

FAMILIES = (directory, attributes, identity_providers, api_connectors, user_flows, own)

RECORDS: tuple[Record, ...] = tuple(record for family in FAMILIES for record in family.RECORDS)
