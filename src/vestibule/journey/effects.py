"""What a journey may ask of the world, and what may come back. Data only.

An effect with `secret = True` holds something that must never be saved (a password, a code
that a person typed): the driver performs it in the request that brought it, before any save,
and it is never repeated. Every other effect is saved as pending first, performed, and may be
performed again after a crash; performers are idempotent by (journey id, turn, ordinal).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class CheckPassword:
    """→ PasswordRight | PasswordWrong"""

    secret: ClassVar[bool] = True
    sign_in_name: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PasswordRight:
    user: str  # object id


@dataclass(frozen=True, slots=True)
class PasswordWrong:
    """`why`: "unknown" (no such account), "wrong", "refused" (either of these, where it is kept
    hidden which), "locked", "disabled", "busy"."""

    why: str


@dataclass(frozen=True, slots=True)
class SendCode:
    """Mail a one-time code to `address`. → CodeSent | CodeNotSent"""

    secret: ClassVar[bool] = False
    address: str
    purpose: str  # "signUp"; a code serves one purpose only


@dataclass(frozen=True, slots=True)
class CodeSent: ...


@dataclass(frozen=True, slots=True)
class CodeNotSent:
    """`why`: "throttled" (too many codes for this address) or "failed" (the mail server)."""

    why: str


@dataclass(frozen=True, slots=True)
class CheckCode:
    """→ CodeRight | CodeWrong. The code is consumed by the check that accepts it."""

    secret: ClassVar[bool] = True
    address: str
    purpose: str
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CodeRight:
    address: str


@dataclass(frozen=True, slots=True)
class CodeWrong:
    """`why`: "wrong", "expired", "spent" (too many tries)."""

    why: str


@dataclass(frozen=True, slots=True)
class HashPassword:
    """→ PasswordHashed, or PasswordWrong("busy") when too many hashes are queued."""

    secret: ClassVar[bool] = True
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PasswordHashed:
    hash: str = field(repr=False)  # argon2id, PHC string


@dataclass(frozen=True, slots=True)
class CreateUser:
    """Create a local account. → UserCreated | UserExists"""

    secret: ClassVar[bool] = False
    email: str
    password_hash: str = field(repr=False)
    attributes: Mapping[str, Any]  # by Graph property: displayName, city, extension_{app}_{Name} …


@dataclass(frozen=True, slots=True)
class UserCreated:
    user: str  # object id


@dataclass(frozen=True, slots=True)
class UserExists: ...


@dataclass(frozen=True, slots=True)
class ReadUser:
    """→ UserRead | UserGone. `signed_in_at`: epoch seconds at which the session began that is
    relied on; None: credentials were just entered."""

    secret: ClassVar[bool] = False
    user: str
    signed_in_at: int | None = None


@dataclass(frozen=True, slots=True)
class UserRead:
    """`claims`: every application claim of runtime.md 4.2 that has a value, by token name."""

    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UserGone:
    """`why`: "deleted", "disabled" or "revoked"."""

    why: str


Effect = CheckPassword | SendCode | CheckCode | HashPassword | CreateUser | ReadUser
Result = (
    PasswordRight
    | PasswordWrong
    | CodeSent
    | CodeNotSent
    | CodeRight
    | CodeWrong
    | PasswordHashed
    | UserCreated
    | UserExists
    | UserRead
    | UserGone
)
EFFECTS: Mapping[str, type[Effect]] = {
    kind.__name__: kind
    for kind in (CheckPassword, SendCode, CheckCode, HashPassword, CreateUser, ReadUser)
}
