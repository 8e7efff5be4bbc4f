"""Values as the program has them ↔ values as the columns hold them, for one record.

Sealed texts are bound to tenant, record, key (with the parent's, if contained) and column, so
that moving a sealed text elsewhere in the database makes it unreadable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from vestibule.edm.declare import Column, Record
from vestibule.errors import Invalid
from vestibule.ports import Columns, Row
from vestibule.store.tables import folded, key_of
from vestibule.vault import Vault

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST = 2**63 - 1


def micros(at: datetime) -> int:
    """Epoch microseconds of an aware time."""
    return (at - _EPOCH) // _MICROSECOND


def moment(stored: int) -> datetime:
    """The time of these epoch microseconds, UTC."""
    return _EPOCH + timedelta(microseconds=stored)


def fold(text: str) -> str:
    """Text as it is compared: the same mapping that the engines apply to columns."""
    return text.lower()


def storable(text: str) -> bool:
    """PostgreSQL's text has no U+0000 and UTF-8 has no half of a surrogate pair."""
    if text.isascii():
        return "\x00" not in text
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


@dataclass(frozen=True, slots=True)
class Place:
    """Whose row: what a sealed text is bound to, beside its column."""

    tenant: str
    parent: str  # key, "" when not contained
    key: str


class Codec:
    """Encodes and decodes the rows of one record. `names` are a selected row's, in order."""

    __slots__ = (
        "_columns",
        "_container",
        "_decoders",
        "_folded",
        "_places",
        "_references",
        "_sealed",
        "_vault",
        "names",
        "record",
    )

    def __init__(self, record: Record, records: Mapping[str, Record], vault: Vault) -> None:
        self.record = record
        self._container = records.get(record.parent, record)
        self._vault = vault
        self._columns = {column.name: column for column in record.columns}
        self._folded = folded(record)
        self._references = {one.column: records[one.record] for one in record.references}
        self._sealed = tuple(column.name for column in record.columns if column.sealed)
        self._decoders = tuple(
            (column.name, _DECODERS[column.type])
            for column in record.columns
            if column.type in _DECODERS
        )
        parent = ("parent",) if record.parent else ()
        self.names = ("id", "version", *parent, *self._columns)
        self._places = tuple((self.names.index(name), one) for name, one in self._decoders)

    def place(self, tenant: str, parent: str, id: str) -> Place:
        """Whose row it is, by the ids in any casing that names them."""
        return Place(tenant, key_of(self._container, parent), key_of(self.record, id))

    def parent_key(self, id: str) -> str:
        """The key of the row with this id that contains rows of ours."""
        return key_of(self._container, id)

    def complete(self, values: Mapping[str, Any], place: Place) -> dict[str, Any]:
        """The stored values of a whole new row, its absent columns null."""
        return self.encode({**dict.fromkeys(self._columns), **values}, place)

    def encode(self, values: Mapping[str, Any], place: Place) -> dict[str, Any]:
        """The stored values of these columns and of their companions.

        Raises ValueError for a column that is not declared or must not be null (our mistake),
        and Invalid for a value that no database holds (the caller's).
        """
        stored = {name: self._stored(name, value) for name, value in values.items()}
        for name in self._folded:
            if name in stored:
                stored[f"{name}_folded"] = None if stored[name] is None else fold(stored[name])
        for name, target in self._references.items():
            if name in stored:
                id = stored[name]
                stored[f"{name}_key"] = None if id is None else key_of(target, id)
        for name in self._sealed:
            if stored.get(name) is not None:
                stored[name] = self._vault.seal(stored[name], *self._bound(place, name))
        return stored

    def decode(self, tenant: str, stored: tuple[Any, ...]) -> Row:
        """The row that a statement selected."""
        values = list(stored)
        for at, decoder in self._places:
            if values[at] is not None:
                values[at] = decoder(values[at])
        row = dict(zip(self.names, values, strict=True))
        if not self.record.parent:
            row["parent"] = ""
        if self._sealed:
            place = self.place(tenant, row["parent"], row["id"])
            for name in self._sealed:
                if row[name] is not None:
                    row[name] = self._vault.open(row[name], *self._bound(place, name))
        return row

    def inserted(self, id: str, values: Mapping[str, Any], stored: Mapping[str, Any]) -> Row:
        """The new row as a later read would give it, without asking the database again."""
        row: Row = {"id": id, "version": 1, "parent": ""}
        for name in self._columns:
            row[name] = values.get(name) if name in self._sealed else stored[name]
        for name, decoder in self._decoders:
            if row[name] is not None:
                row[name] = decoder(row[name])
        return row

    def _stored(self, name: str, value: Any) -> Any:
        column = self._columns.get(name)
        if column is None:
            raise ValueError(f"{self.record.name} has no column '{name}'.")
        if value is None:
            if not column.nullable:
                raise ValueError(f"{self.record.name}.{name} must not be null.")
            return None
        return _ENCODERS[column.type](column, value)

    def _bound(self, place: Place, column: str) -> tuple[str, ...]:
        return (place.tenant, self.record.name, place.parent, place.key, column)


def told(record: Record, columns: Columns, stored: Sequence[Any]) -> Row:
    """These columns (no sealed ones) of a row, as a statement selected them."""
    types = {column.name: column.type for column in record.columns}
    decoders = (_DECODERS.get(types[name]) for name in columns)
    values = zip(columns, stored, decoders, strict=True)
    return {
        name: value if value is None or decode is None else decode(value)
        for name, value, decode in values
    }


def _text(column: Column, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{column.name} holds text, not {type(value).__name__}.")
    if not storable(value):
        raise Invalid(
            f"{column.name} contains U+0000 or half of a surrogate pair; leave it out.",
            target=column.name,
        )
    return value


def _integer(column: Column, value: Any) -> int:
    if not -_LARGEST <= value <= _LARGEST:
        raise Invalid(f"{column.name} needs more than 64 bits.", target=column.name)
    return int(value)


def _json(column: Column, value: Any) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        raise Invalid(
            f"{column.name} contains half of a surrogate pair; leave it out.", target=column.name
        ) from None


_ENCODERS: Mapping[str, Callable[[Column, Any], Any]] = {
    "text": _text,
    "boolean": lambda _, value: bool(value),
    "integer": _integer,
    "double": lambda _, value: float(value),
    "datetime": lambda _, value: micros(value),
    "json": _json,
}
_DECODERS: Mapping[str, Callable[[Any], Any]] = {
    "boolean": bool,
    "datetime": moment,
    "json": msgspec.json.Decoder().decode,
}
