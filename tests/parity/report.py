"""PARITY.md: written from what proofs showed, and read back to be compared with it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from parity.checklist import Row

FILE = Path(__file__).parents[2] / "PARITY.md"
SHOWN = "shown"
SHOWN_BY = "shown by"
HEAD = """\
# Parity with Azure AD B2C's user flows

One line for each behaviour of a running user flow. `make witness` writes this file, `make test`
compares it with what the server does.

- **shown**: in a passing test, exchanges with the server were recorded that show the behaviour.
- **shown by** a file: a test there shows it with an official client.
- Everything else says why it is not shown.

The kind tells whose behaviour it is: **C** the real service's, on which applications rely; **S**
one that is stricter than it; **E** one that development needs. The source tells how sure it
is: **D** documented, **O** observed, **?** unsure.
"""
_LINE = re.compile(r"\| ([A-Z]{2}-\d\d) \| .* \| (.+?) \|")


def written(states: Mapping[Row, str]) -> str:
    """The whole file."""
    counted = Counter(map(_kind, states.values()))
    figures = ", ".join(f"{number} {state}" for state, number in sorted(counted.items()))
    lines = [
        f"| {row.id} | {row.behaviour.replace('|', chr(92) + '|')} | {row.kind} | {row.source}"
        f" | {state} |"
        for row, state in states.items()
    ]
    head = "| row | behaviour | kind | source | state |\n| --- | --- | --- | --- | --- |\n"
    return f"{HEAD}\n{len(states)} behaviours: {figures}.\n\n{head}" + "\n".join(lines) + "\n"


def _kind(state: str) -> str:
    if state.startswith(SHOWN_BY):
        return "shown by an official client"
    return SHOWN if state == SHOWN else "not shown"


def read(text: str) -> dict[str, str]:
    """Row → state."""
    found = (_LINE.fullmatch(line) for line in text.splitlines())
    return {line[1]: line[2] for line in found if line}
