"""Several inserts and the configuration's number as one statement, where each is a round trip.

As a transaction they would be three statements and BEGIN and COMMIT: five times the way to
PostgreSQL and back, which costs this process more than everything else in a create.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy import table as named

from vestibule.store.dialects import ONE, Sql
from vestibule.store.tables import Schema

_FORMS = 256  # sequences of inserts whose statement is kept
_PARAMETER = re.compile(r"%\((\w+)\)s")


def merger(schema: Schema, sql: Sql) -> Callable[[tuple[str, ...]], str]:
    """Compiled INSERTs without RETURNING → one statement that does them and raises the number.

    The number waits for the inserts: writers queue for it last, as in a transaction, so that
    two of them never wait for each other.
    """
    table = schema.configuration
    tenant = bindparam("at_tenant", type_=table.c.tenant.type)

    @lru_cache(maxsize=_FORMS)
    def merge(inserts: tuple[str, ...]) -> str:
        counts = [select(func.count()).select_from(named(f"s{at}")) for at in range(len(inserts))]
        done = [count.scalar_subquery() == ONE for count in counts]
        number = select(tenant, ONE).where(*done)
        bump = sql.insert(table).from_select(["tenant", "number"], number)
        bump = bump.on_conflict_do_update(
            index_elements=[table.c.tenant], set_={"number": table.c.number + ONE}
        )
        parts = [
            f"s{at} AS ({_PARAMETER.sub(_numbered(at), insert)} RETURNING 1)"
            for at, insert in enumerate(inserts)
        ]
        return f"WITH {', '.join(parts)} {sql.text(bump)[0]}"

    return merge


def parameters(inserts: Iterable[Mapping[str, Any]], tenant: str) -> dict[str, Any]:
    """The parameters of `inserts` under the names that the merged statement gives them."""
    return {"at_tenant": tenant} | {
        f"s{at}_{name}": value
        for at, values in enumerate(inserts)
        for name, value in values.items()
    }


def _numbered(at: int) -> str:
    return rf"%(s{at}_\1)s"
