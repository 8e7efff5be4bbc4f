"""COVERAGE.md says of every operation what the server does: no better, no worse.

`pytest --witness tests/witness` writes the file instead.
"""

from __future__ import annotations

import pytest

from witness import report
from witness.case import Place, Verdict, tried
from witness.operations import Operation, load
from witness.table import PROOFS, proof_of

OPERATIONS = load()


@pytest.fixture(scope="session")
def committed() -> dict[tuple[str, str], str]:
    return report.read(report.FILE.read_text("utf-8")) if report.FILE.exists() else {}


@pytest.mark.parametrize("operation", OPERATIONS, ids=[one.name for one in OPERATIONS])
def test_an_operation_is_what_the_file_says(
    place: Place,
    committed: dict[tuple[str, str], str],
    verdicts: dict[Operation, Verdict] | None,
    operation: Operation,
) -> None:
    verdict = tried(operation, place, proof_of(operation))
    said = committed.get((operation.row, operation.version), "")
    if verdicts is not None:
        verdicts[operation] = verdict
    elif verdict.state != said:
        pytest.fail(f"{verdict.state}, not {said}. {verdict.problem}", pytrace=False)
    if operation.later and verdict.problem:
        pytest.fail(verdict.problem, pytrace=False)


def test_the_file_has_these_lines_and_no_others(
    committed: dict[tuple[str, str], str], verdicts: dict[Operation, Verdict] | None
) -> None:
    assert verdicts is not None or list(committed) == [(one.row, one.version) for one in OPERATIONS]


def test_every_operation_has_a_proof_and_every_proof_an_operation() -> None:
    assert [one.name for one in OPERATIONS if proof_of(one) is None] == []
    lines = {f"{one.method} {one.path}" for one in OPERATIONS}
    symmetric = {name for name in PROOFS if name not in lines}
    assert all("/$count" in name or "/{id}" in name or "$ref" in name for name in symmetric)
