"""Audit rows of outcomes that change nothing else.

A row's id follows from the occasion, so that an effect which is repeated adds none.
"""

from __future__ import annotations

from vestibule.perform.tools import Tools
from vestibule.ports import Insert, Refusal


async def note(tools: Tools, row: Insert) -> None:
    """Add an audit row; the row of an effect that is repeated is there already."""
    try:
        await tools.entities.apply([row])
    except Refusal as refusal:
        if refusal.reason != "duplicate":
            raise
