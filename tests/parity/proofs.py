"""Which function shows which behaviours."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from parity.place import Place

Proof = Callable[[Place], None]

PROOFS: dict[str, Proof] = {}
"""By row of the checklist. A proof that shows several rows stands at each of them."""


def shows(*rows: str) -> Callable[[Proof], Proof]:
    """The function below shows these rows, by exchanges with the server that it looks at."""

    def registered(proof: Proof) -> Proof:
        for row in rows:
            if row in PROOFS:
                raise ValueError(f"{row} is shown twice.")
            PROOFS[row] = proof
        return proof

    return registered


@cache
def outcome(proof: Proof, place: Place) -> Exception | None:
    """What a proof ends with; it is run once, however many rows it shows."""
    place.recorder.seen.clear()
    try:
        proof(place)
        assert place.recorder.seen, "The proof exchanged nothing with the server."
    except Exception as error:  # noqa: BLE001 - told to each of its rows
        return error
    return None
