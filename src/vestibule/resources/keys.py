"""The signing keys of a tenant: which signs, which comes next, which only verifies.

A key signs from its `not_before` until a later key's; nothing is written when one takes over. It
is published a day ahead, because clients read keys about daily, and verifies until the last
token that it signed has expired. Whoever replaces a key writes it in the same transaction,
expecting the version that was read: of any number at once one gets through.
Source: design own-api; runtime.md 1.3.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from vestibule.edm.declare import (
    Column,
    Declaration,
    Entity,
    EntitySet,
    Enum,
    Operation,
    Property,
    Record,
)
from vestibule.errors import Stale
from vestibule.flow_settings import BY_NAME
from vestibule.ports import Change, Delete, Insert, Query, Row, Update
from vestibule.resources.own_access import ACCESS
from vestibule.rules import Context, Done, Rules

RECORD = "signing_key"
RECORDS = (
    Record(
        RECORD,  # id: kid
        (
            Column("algorithm", nullable=False),
            Column("pem", sealed=True, nullable=False),
            Column("not_before", "integer", nullable=False),  # epoch seconds
            Column("created", "datetime"),
        ),
        configuration=True,
    ),
)

PUBLISHED_AHEAD_S = 24 * 3600
_LONGEST_TOKEN_MIN = max(
    BY_NAME[name].maximum or 0 for name in ("accessTokenLifetimeMinutes", "idTokenLifetimeMinutes")
)
KEPT_S = _LONGEST_TOKEN_MIN * 60 + 3600  # an hour for clocks and replicas that lag
_DAY_S = 24 * 3600

MakeKey = Callable[[], Awaitable[tuple[str, str, str]]]
"""A new key: (kid, algorithm, private PEM)."""

_STATE = Enum("vestibule.keyState", (("next", 0), ("active", 1), ("retired", 2)))
_KEY = Entity(
    "vestibule.signingKey",
    given=True,
    key="kid",
    properties=(
        Property("kid", nullable=False, write="never"),
        Property("algorithm", nullable=False, write="never"),
        Property("state", _STATE.name, nullable=False, write="never"),
        Property("notBefore", "Edm.DateTimeOffset", nullable=False, write="never"),
        Property("createdDateTime", "Edm.DateTimeOffset", write="never"),
    ),
)
TYPES: tuple[Declaration, ...] = (
    _STATE,
    _KEY,
    Operation("rotate", "action", f"Collection({_KEY.name})", returns=_KEY.name),
    Operation("revoke", "action", _KEY.name),
)
SETS = (EntitySet("keys", _KEY.name, ACCESS, verbs=frozenset({"list", "get"})),)

# --------------------------------------------------------------------------- which is which


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys of a tenant at an hour. `retired`: the newest first."""

    active: Row | None
    next: Row | None
    retired: tuple[Row, ...]

    def state(self, row: Row) -> str:
        return "active" if row is self.active else "next" if row is self.next else "retired"


def ring(rows: Sequence[Row], now: datetime) -> Ring:
    """Which key does what; before the first one's time the earliest signs nevertheless."""
    newest = sorted(rows, key=lambda row: (-row["not_before"], row["id"]))
    begun = [row for row in newest if row["not_before"] <= now.timestamp()] or newest[-1:]
    later = newest[: len(newest) - len(begun)] if newest else []
    return Ring(begun[0] if begun else None, later[-1] if later else None, tuple(begun[1:]))


def due(keys: Ring, now: datetime, *, rotation_days: int, algorithm: str) -> bool:
    """Whether it is time to publish the next key."""
    if keys.active is None or keys.next is not None:
        return False
    ends: int = keys.active["not_before"] + rotation_days * _DAY_S
    late = now.timestamp() >= ends - PUBLISHED_AHEAD_S
    return late or keys.active["algorithm"] != algorithm


def outlived(keys: Ring, tenant: str, now: datetime) -> list[Change]:
    """Deletes of the keys whose last token has expired."""
    successors = (keys.active, *keys.retired)
    return [
        Delete(RECORD, tenant, row["id"], expect=row["version"])
        for row, successor in zip(keys.retired, successors, strict=False)
        if successor is not None and now.timestamp() >= successor["not_before"] + KEPT_S
    ]


def new_key(
    tenant: str, key: tuple[str, str, str], *, not_before: int, created: datetime
) -> Insert:
    kid, algorithm, pem = key
    values = {"algorithm": algorithm, "pem": pem, "not_before": not_before, "created": created}
    return Insert(RECORD, tenant, kid, values)


# --------------------------------------------------------------------------- rules


def _shown(row: Row, keys: Ring) -> Row:
    begins = datetime.fromtimestamp(row["not_before"], UTC)
    return {
        "id": row["id"],
        "parent": "",
        "version": row["version"],
        "algorithm": row["algorithm"],
        "state": keys.state(row),
        "not_before": begins,
        "created_date_time": row["created"] or begins,
    }


async def _ring(context: Context) -> tuple[list[Row], Ring]:
    rows = await context.entities.find(Query(RECORD, context.tenant))
    return rows, ring(rows, context.now)


async def _given(context: Context) -> list[Row]:
    stored, keys = await _ring(context)
    return [_shown(row, keys) for row in stored]


@dataclass(frozen=True, slots=True)
class KeyRules:
    make_key: MakeKey

    def table(self) -> dict[str, Rules]:
        """The rules by entity type."""
        operations = {"rotate": self._rotate, "revoke": self._revoke}
        return {_KEY.name: Rules(given=_given, operations=operations)}

    async def _rotate(self, context: Context, _row: Row | None, _values: dict[str, Any]) -> Done:
        """Publish the next key. Where there is one it is the answer, however often asked."""
        _rows, keys = await _ring(context)
        if keys.next is not None:
            return Done(_shown(keys.next, keys))
        begins = int(context.now.timestamp()) + (PUBLISHED_AHEAD_S if keys.active else 0)
        key = await self.make_key()
        made = new_key(context.tenant, key, not_before=begins, created=context.now)
        coming: Row = {**made.values, "id": made.id, "version": 1}
        after = Ring(keys.active, coming, keys.retired)
        return Done(_shown(coming, after), also=(*_held(context, keys.active), made))

    async def _revoke(self, context: Context, row: Row | None, _values: dict[str, Any]) -> Done:
        """Remove a key at once: what it signed is worth nothing. Another signs from now on."""
        assert row is not None  # noqa: S101  # bound to one key
        rows, keys = await _ring(context)
        stored = next((one for one in rows if one["id"] == row["id"]), None)
        if stored is None:
            raise Stale("The key was revoked a moment ago.")
        tenant, now = context.tenant, int(context.now.timestamp())
        gone = Delete(RECORD, tenant, stored["id"], expect=stored["version"])
        if stored is not keys.active:
            return Done(also=(gone,))
        if keys.next is not None:
            then: Change = Update(
                RECORD,
                tenant,
                keys.next["id"],
                {"not_before": now},
                expect=keys.next["version"],
            )
        else:
            key = await self.make_key()
            then = new_key(tenant, key, not_before=now, created=context.now)
        return Done(also=(gone, then))


def _held(context: Context, active: Row | None) -> tuple[Change, ...]:
    """The key that is to be replaced, written as it is: nobody else replaces it meanwhile."""
    if active is None:
        return ()
    same = {"not_before": active["not_before"]}
    return (Update(RECORD, context.tenant, active["id"], same, expect=active["version"]),)
