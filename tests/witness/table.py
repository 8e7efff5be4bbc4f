"""Which proof stands behind each line of the table."""

from __future__ import annotations

from witness import accounts, applications, attributes, flows, languages, linked, providers, roots
from witness.case import Proof
from witness.later import absent
from witness.operations import Operation

MODULES = (roots, flows, linked, languages, attributes, providers, applications, accounts)
PROOFS: dict[str, Proof] = {
    name: proof for module in MODULES for name, proof in module.PROOFS.items()
}


def proof_of(operation: Operation) -> Proof | None:
    if operation.later:
        return absent
    own = applications.BY_ROW.get(operation.row)
    return own or PROOFS.get(f"{operation.method} {operation.path}")
