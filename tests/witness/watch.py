"""What a server of `vestibule dev` has stored, read beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

ASIDE = frozenset({"audit", "alembic_version", "counters"})
"""A refusal may leave a trace and be counted; it changes nothing else."""

Dump = dict[str, list[tuple[Any, ...]]]


class Watch:
    """An open eye on one database file, until `close`."""

    def __init__(self, file: Path) -> None:
        self._file = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        self._last: tuple[int, Dump] = (-1, {})

    def close(self) -> None:
        self._file.close()

    @property
    def turn(self) -> int:
        """Another number after each commit by another process."""
        return int(self._file.execute("PRAGMA data_version").fetchone()[0])

    def dump(self) -> Dump:
        """Every row of every table but those aside."""
        turn = self.turn
        if self._last[0] != turn:
            self._last = (turn, self._read())
        return self._last[1]

    def _read(self) -> Dump:
        tables = self._file.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        return {
            name: sorted(self._file.execute(f'SELECT * FROM "{name}"'), key=repr)  # noqa: S608
            for (name,) in tables
            if name not in ASIDE
        }

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """What happens inside stores nothing."""
        before = self.dump()
        yield
        after = self.dump()
        changed = [name for name, rows in after.items() if rows != before[name]]
        assert not changed, f"a refused request changed {', '.join(changed)}"


@contextmanager
def watching(data_dir: Path) -> Iterator[Watch]:
    """The store of the server that runs in this folder."""
    with closing(Watch(data_dir / "vestibule.db")) as watch:
        yield watch
