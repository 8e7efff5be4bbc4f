"""PARITY.md says of every behaviour whether the server was seen to have it.

`pytest --witness tests/parity` writes the file instead.
"""

from __future__ import annotations

import pytest

from parity import (
    authorizing,
    connecting,
    endpoints,
    federation,
    granting,
    guests,
    languages,
    limits,
    pages,
    report,
    running,
    sessions,
    signing_up,
    strict,
    telling,
)
from parity.checklist import Row, load
from parity.later import ELSEWHERE, REASONS
from parity.place import Place
from parity.proofs import PROOFS, outcome

# MSAL for Python warns of the query, in which applications get their answers today.
pytestmark = pytest.mark.filterwarnings("ignore:response_mode='form_post' is recommended")

ROWS = load()
FAMILIES = (
    endpoints,
    authorizing,
    granting,
    sessions,
    telling,
    signing_up,
    running,
    pages,
    guests,
    connecting,
    federation,
    languages,
    limits,
    strict,
)
"""The modules in which the proofs are; importing one registers what it holds."""


@pytest.fixture(scope="session")
def committed() -> dict[str, str]:
    return report.read(report.FILE.read_text("utf-8")) if report.FILE.exists() else {}


@pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
def test_a_behaviour_is_what_the_file_says(
    place: Place, committed: dict[str, str], states: dict[Row, str] | None, row: Row
) -> None:
    proof = PROOFS.get(row.id)
    state = REASONS.get(row.id, "")
    if row.id in ELSEWHERE:
        state = f"{report.SHOWN_BY} {ELSEWHERE[row.id][0]}"
    if proof is not None:
        failed = outcome(proof, place)
        if failed is not None:
            raise failed
        state = report.SHOWN
    if states is not None:
        states[row] = state
    else:
        assert state == committed.get(row.id)


def test_a_behaviour_is_shown_or_has_a_reason_and_never_both() -> None:
    states = [*PROOFS, *REASONS, *ELSEWHERE]
    assert sorted(states) == sorted(row.id for row in ROWS)


def test_what_is_shown_elsewhere_is_shown_there() -> None:
    for file, name in ELSEWHERE.values():
        assert f"\ndef {name}(" in (report.FILE.parent / file).read_text("utf-8")
