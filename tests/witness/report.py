"""COVERAGE.md: written from verdicts, and read back to be compared with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from witness.operations import Operation

FILE = Path(__file__).parents[2] / "COVERAGE.md"
HEAD = """\
# Coverage of Microsoft Graph's user-flow family

One line for each operation that the official SDKs can call or the documentation describes, and
version; below them what administering the family needs beside it. `make witness` writes this file,
`make test` compares it with what the server does.

- **served**: a recorder in front of the server saw, in a passing test, a request with this version,
  method and path and the code of success, and the test read the effect back through another
  request.
- **refused by rule**: clients can call it, a rule forbids it; the recorder saw the refusal in
  Graph's error shape, and the test saw that nothing was stored.
- **not served**: not there yet. Where a whole family comes later, a test saw that its first segment
  answers 400, `Resource not found for the segment '…'.`.
"""
_LINE = re.compile(r"\| (b?\d+) \| (v1\.0|beta) \| .* \| ([a-z ]+) \|")


def written(states: Mapping[Operation, str]) -> str:
    """The whole file."""
    beside = [one for one in states if one.row.startswith("b")]
    table = [one for one in states if not one.row.startswith("b")]
    parts = [HEAD, _summary("The table", table, states), _summary("Beside it", beside, states)]
    parts += ["## Operations", _rows(table, states), "## Beside the table", _rows(beside, states)]
    return "\n".join(part.rstrip() + "\n" for part in parts)


def _summary(name: str, operations: Sequence[Operation], states: Mapping[Operation, str]) -> str:
    counted = Counter(states[one] for one in operations)
    figures = ", ".join(f"{number} {state}" for state, number in sorted(counted.items()))
    return f"{name}: {len(operations)} operations; {figures}."


def _rows(operations: Sequence[Operation], states: Mapping[Operation, str]) -> str:
    lines = [
        f"| {one.row} | {one.version} | {one.method} | `{one.path}` | {states[one]} |"
        for one in operations
    ]
    head = "| row | version | method | path | state |\n| --- | --- | --- | --- | --- |\n"
    return head + "\n".join(lines)


def read(text: str) -> dict[tuple[str, str], str]:
    """(row, version) → state."""
    found = (_LINE.fullmatch(line) for line in text.splitlines())
    return {(line[1], line[2]): line[3] for line in found if line}
