"""What the rest of the program asks of a store: the query tree, entities, tickets.

Nothing here knows a database, a resource or a protocol. `tests/store` is the executable
definition of both protocols; every engine runs it whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

import msgspec

# --------------------------------------------------------------------------- the query tree
# OData's expressions over columns. Null semantics are OData's, not SQL's: `null eq null` is
# true, `null ne 'x'` is true, an order comparison with null is false (OData 4.01 URL 5.1.1.1).
# Strings compare without case, alike in every engine, as Entra does.

Scalar = str | int | float | bool | datetime | None


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal. Unlike Python's, `1`, `1.0` and `True` are three of them."""

    value: Scalar

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constant) and (type(self.value), self.value) == (
            type(other.value),
            other.value,
        )

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@dataclass(frozen=True, slots=True)
class Member:
    """A path of names: a column, a variable, a column of a variable that stands for a contained
    row ("i/issuer"), or a member of the JSON that any of these holds ("web/logoutUrl").

    `kind` says how a JSON value compares; one of another kind counts as null, and "json" only
    compares with null. Columns leave it out: their record tells.
    """

    name: str
    kind: Literal["", "text", "number", "boolean", "datetime", "json"] = ""


@dataclass(frozen=True, slots=True)
class Binary:
    """`operator` is eq ne gt ge lt le and or."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Not:
    operand: Node


@dataclass(frozen=True, slots=True)
class In:
    operand: Node
    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """`name` is startswith endswith contains, tolower toupper trim, length indexof concat, or
    substring, whose second and third arguments are constants from 0.

    A function of null is null. Texts have no case, so tolower and toupper change nothing.
    """

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Quantified:
    """`collection/any(variable: body)`; `body` is None in `collection/any()`.

    A collection is a contained record, or a path as of Member to a JSON array.
    """

    kind: Literal["any", "all"]
    collection: str
    variable: str
    body: Node | None


@dataclass(frozen=True, slots=True)
class When:
    """The operand where the condition holds, otherwise null: what only a derived type has."""

    condition: Node
    operand: Node


Node = Constant | Member | Binary | Not | In | Function | Quantified | When


# --------------------------------------------------------------------------- entities

Row = dict[str, Any]
"""A stored record: its declared columns plus `id`, `parent` ("" when not contained) and
`version` (int, from 1). Values: str, bool, int, float, aware datetime, or JSON (list/dict)."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which rows of one record in one tenant.

    `order` names columns, or members of JSON; implicitly it ends with the key, ascending, so
    that it is total.
    `after` continues behind a row: the values of the `order` columns, then its id and, where
    `parent` is None, its parent's id. `ids` and `parents`: only these, however many they are.
    """

    record: str
    tenant: str
    parent: str | None = None  # None: every parent
    parents: tuple[str, ...] | None = None
    ids: tuple[str, ...] | None = None
    where: Node | None = None
    order: tuple[tuple[str | Member, Literal["asc", "desc"]], ...] = ()
    top: int | None = None
    skip: int = 0
    after: tuple[Scalar, ...] | None = None


@dataclass(frozen=True, slots=True)
class Insert:
    record: str
    tenant: str
    id: str
    values: Mapping[str, Any]
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Update:
    """Change the given columns. `expect`: only if the row still has this version."""

    record: str
    tenant: str
    id: str
    values: Mapping[str, Any]
    parent: str = ""
    expect: int | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    record: str
    tenant: str
    id: str
    parent: str = ""
    expect: int | None = None


Change = Insert | Update | Delete


@dataclass(frozen=True, slots=True)
class Cap:
    """A tenant has at most `most` rows of a record declared `configuration`; with `where`, of
    those whose columns equal it."""

    record: str
    most: int
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, unsafe_hash=True)  # not frozen: contextlib sets __traceback__
class Refusal(Exception):
    """Why `apply` did nothing at all.

    duplicate: the key or a declared unique combination is taken;
    missing:   the row to update or delete is not there;
    stale:     it has another version than expected;
    dangling:  a declared reference names a row that is not there (`reference` is its record);
    held:      another row still refers to the one to delete (`reference` is that row's record);
    full:      the tenant would have more rows of the record than a Cap lets it.
    """

    reason: Literal["duplicate", "missing", "stale", "dangling", "held", "full"]
    record: str
    id: str
    reference: str = ""


class Entities(Protocol):
    """Configuration, accounts and audit: rows of declared records.

    Every method is scoped to one tenant. Ids are found whatever their casing and returned in
    the casing they were created with. In a record with `exact_ids`, where two may differ in
    case alone, `get` takes the exact one first and changes name it exactly. Sealed columns are
    sealed and opened by the store.
    """

    async def get(self, record: str, tenant: str, id: str, *, parent: str = "") -> Row | None: ...

    async def find(self, query: Query) -> list[Row]: ...

    async def count(self, query: Query) -> int:
        """How many rows match, whatever `top`, `skip` and `after` say."""

    async def apply(self, changes: Sequence[Change]) -> list[Row]:
        """Do all changes in one transaction, durably, or none of them.

        Returns the row after each Insert and Update (and before each Delete), in order.
        A change to a record declared `configuration` also raises the tenant's
        `configuration` number in the same transaction.
        Raises Refusal.
        """

    async def configuration(self, tenant: str) -> int | None:
        """The tenant's configuration number; None before anything was configured in it."""


# --------------------------------------------------------------------------- tickets


class Ticket(msgspec.Struct, frozen=True):
    """Something that expires: a code, a refresh token, a journey, a session, an e-mail code.

    `key` is never a secret itself but its hash. `family` groups what must die together,
    `subject` the user, `client` the application; "" where there is none. `body` is JSON.
    `taken_at` is set once the ticket was taken; a taken ticket stays until it expires, so
    that a replay can be told from nonsense.
    """

    kind: str
    tenant: str
    key: str
    expires: datetime
    body: Mapping[str, Any] = msgspec.field(default_factory=dict)
    subject: str = ""
    client: str = ""
    family: str = ""
    revision: int = 1
    taken_at: datetime | None = None


Columns = tuple[str, ...]
"""Names of columns."""


class Tickets(Protocol):
    """Each method is one statement, or one transaction where `then` is given.

    A ticket is alive until `now` reaches `expires`. `now` is the request's, never the database's.
    """

    async def put(self, *tickets: Ticket) -> None:
        """Store new tickets. A key that exists already (256 bits of chance) is an error."""

    async def get(self, kind: str, tenant: str, key: str, now: datetime) -> Ticket | None:
        """The living ticket, taken or not."""

    async def get_with_subject(
        self, kind: str, tenant: str, key: str, now: datetime, *, record: str, columns: Columns
    ) -> tuple[Ticket, Row | None] | None:
        """The living ticket, taken or not, and these columns (no sealed ones) of the row of
        `record` whose id is its subject; None for the row where there is none."""

    async def related(self, kind: str, tenant: str, family: str, now: datetime) -> list[Ticket]:
        """The living tickets of a family, taken or not."""

    async def take(
        self, kind: str, tenant: str, key: str, now: datetime, *, then: Sequence[Ticket] = ()
    ) -> Ticket | None:
        """Mark the living, untaken ticket as taken and return it as it was; None if there is none.

        Of any number of callers at once exactly one gets it. `then` is stored in the same
        transaction, only if the ticket was taken.
        """

    async def swap(self, ticket: Ticket, expect: int, now: datetime) -> bool:
        """Replace body, subject, family and expiry if the living, untaken ticket has revision
        `expect`; its revision then is `expect + 1`."""

    async def drop(
        self, tenant: str, *, kind: str = "", key: str = "", subject: str = "", family: str = ""
    ) -> int:
        """Delete all that match every given property (at least one of key, subject, family);
        how many there were."""

    async def count(
        self, kind: str, tenant: str, key: str, limit: int, now: datetime, expires: datetime
    ) -> int | None:
        """Add one to a counter and return it, or None when it had reached `limit`.

        A counter that has expired starts again at 1 and lives until `expires`."""

    async def reset(self, kind: str, tenant: str, key: str) -> None:
        """Forget a counter: the next `count` starts at 1."""

    async def sweep(self, now: datetime, limit: int = 1000) -> int:
        """Delete up to `limit` expired tickets and counters; how many there were."""
