"""Effects that find, make, read and change accounts, guests among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class CreateUser:
    """Create a local account. → UserCreated | UserExists

    It signs in with `user_name` if there is one, and then `email` is where its codes go; or with
    `phone_number` (E.164), and then it has neither address nor password ("").
    """

    secret: ClassVar[bool] = False
    email: str
    password_hash: str = field(repr=False)
    attributes: Mapping[str, Any]  # by Graph property: displayName, city, extension_{app}_{Name} …
    user_name: str = ""
    phone_number: str = ""


@dataclass(frozen=True, slots=True)
class UserCreated:
    user: str  # object id


@dataclass(frozen=True, slots=True)
class UserExists: ...


@dataclass(frozen=True, slots=True)
class UpdateUser:
    """Store a user's answers. → UserUpdated | UserGone

    `attributes` by Graph property; None takes a value away. `signed_in_at` as in ReadUser.
    """

    secret: ClassVar[bool] = False
    user: str
    attributes: Mapping[str, Any]
    signed_in_at: float | None = None


@dataclass(frozen=True, slots=True)
class UserUpdated: ...


@dataclass(frozen=True, slots=True)
class FindAccount:
    """Home realm discovery at the tenant's own authority. → AccountFound | AccountUnknown"""

    secret: ClassVar[bool] = False
    name: str  # as typed: an address, a phone number or a user principal name


@dataclass(frozen=True, slots=True)
class AccountFound:
    """`realm`: where the account proves itself: "password" (here), "mail" (by a passcode that is
    mailed to the name, which is an address), or the issuer of its identity ("google.com").
    `masked`: the next page must not tell which of the first two it is."""

    realm: str
    user: str  # object id
    masked: bool = False


@dataclass(frozen=True, slots=True)
class AccountUnknown:
    """`ours`: the name could only be one of the tenant's own. `hidden`: nobody may be told;
    `masked` as in AccountFound."""

    ours: bool
    hidden: bool = False
    masked: bool = False


@dataclass(frozen=True, slots=True)
class AdmitGuest:
    """Let a guest in who has proved the address; an invitation is accepted by that.
    → GuestAdmitted | UserGone ("member": the user has a password and signs in with it)"""

    secret: ClassVar[bool] = False
    user: str
    address: str


@dataclass(frozen=True, slots=True)
class GuestAdmitted:
    user: str


@dataclass(frozen=True, slots=True)
class CreateGuest:
    """Create a guest who has proved the address, or who is a provider's `subject`. → UserCreated,
    GuestAdmitted (there is that guest meanwhile), UserGone (who is "disabled", or the principal
    names are "taken") or SignUpClosed"""

    secret: ClassVar[bool] = False
    address: str
    attributes: Mapping[str, Any]  # by Graph property
    issuer: str = ""  # of the provider; "": a passcode was mailed to the address
    subject: str = ""


@dataclass(frozen=True, slots=True)
class SignUpClosed:
    """The tenant does not let people sign up any more."""


@dataclass(frozen=True, slots=True)
class ReadUser:
    """→ UserRead | UserGone. `signed_in_at`: epoch seconds at which credentials were entered, by
    which somebody is let in; None: whenever that was. `whole`: False where only UserGone would
    tell anything."""

    secret: ClassVar[bool] = False
    user: str
    signed_in_at: float | None = None
    whole: bool = True


@dataclass(frozen=True, slots=True)
class UserRead:
    """`claims`: every application claim of runtime.md 4.2 that has a value, by token name."""

    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UserGone:
    """`why`: "deleted", "disabled" or "revoked"."""

    why: str
