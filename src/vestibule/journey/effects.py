"""What a journey may ask of the world, and what may come back. Data only.

An effect with `secret = True` holds something that must never be saved (a password, a code
that a person typed): the driver performs it in the request that brought it, before any save,
and it is never repeated. Every other effect is saved as pending first, performed, and may be
performed again after a crash; performers are idempotent by (journey id, turn, ordinal).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, get_args


@dataclass(frozen=True, slots=True)
class CheckPassword:
    """→ PasswordRight | PasswordExpired | PasswordWrong. `user`: whose name it is, where that was
    found before."""

    secret: ClassVar[bool] = True
    sign_in_name: str
    password: str = field(repr=False)
    user: str = ""


@dataclass(frozen=True, slots=True)
class PasswordRight:
    user: str  # object id


@dataclass(frozen=True, slots=True)
class PasswordExpired:
    """Right, but nobody gets in before it is changed. `proof` is what SetPassword asks for."""

    user: str
    proof: str


@dataclass(frozen=True, slots=True)
class PasswordWrong:
    """`why`: "unknown" (no such account), "wrong", "refused" (either of these, where it is kept
    hidden which), "locked", "disabled", "busy"."""

    why: str


@dataclass(frozen=True, slots=True)
class SendCode:
    """Send a one-time code to `address`, by mail, or by text message to a phone number in E.164
    where the purpose is "phoneNumber". → CodeSent | CodeNotSent"""

    secret: ClassVar[bool] = False
    address: str
    # "signUp", "passwordReset", "userNameSignUp", "userNameReset", "emailOtp"; a code serves one
    purpose: str
    user_name: str = ""  # whose address it has to be, where people sign in with a user name


@dataclass(frozen=True, slots=True)
class CodeSent: ...


@dataclass(frozen=True, slots=True)
class CodeNotSent:
    """`why`: "throttled" (too many codes for this address) or "failed" (the mail server, or the
    gateway for text messages)."""

    why: str


@dataclass(frozen=True, slots=True)
class CheckCode:
    """→ CodeRight | CodeWrong, or UserGone where the purpose needs an account and the right code
    leads to none. The code is consumed by the check that accepts it."""

    secret: ClassVar[bool] = True
    address: str
    purpose: str
    code: str = field(repr=False)
    user_name: str = ""  # as in SendCode


@dataclass(frozen=True, slots=True)
class CodeRight:
    """Where the purpose is to set a new password, `user` is whose, and `proof` is what
    SetPassword asks for. Of a phone number, `user` is who signs in with it; "" for nobody."""

    address: str
    user: str = ""
    proof: str = ""


@dataclass(frozen=True, slots=True)
class CodeWrong:
    """`why`: "wrong", "expired", "spent" (too many tries)."""

    why: str


@dataclass(frozen=True, slots=True)
class HashPassword:
    """→ PasswordHashed | PasswordRefused. With `replaces` (a user's object id) it must differ
    from the password that the user has."""

    secret: ClassVar[bool] = True
    password: str = field(repr=False)
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class PasswordHashed:
    hash: str = field(repr=False)  # argon2id, PHC string


@dataclass(frozen=True, slots=True)
class PasswordRefused:
    """`why`: "busy" (too many hashes are queued), "common" (one of those that everybody tries
    first), "old" (it is the present one)."""

    why: str


@dataclass(frozen=True, slots=True)
class SetPassword:
    """Give a user another password. → PasswordSet | ProofSpent | UserGone

    `proof` names what a right code or a right old password left behind in this journey, for
    this user: the write consumes it, so there is no other way to this effect.
    """

    secret: ClassVar[bool] = False
    user: str
    password_hash: str = field(repr=False)
    proof: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PasswordSet: ...


@dataclass(frozen=True, slots=True)
class ProofSpent:
    """The proof is too old, was used, or belongs to another user, journey or flow."""


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
    """Create a guest who has proved the address. → UserCreated, GuestAdmitted (the address has a
    guest meanwhile), UserGone (who is "disabled", or the principal names are "taken") or
    SignUpClosed"""

    secret: ClassVar[bool] = False
    address: str
    attributes: Mapping[str, Any]  # by Graph property


@dataclass(frozen=True, slots=True)
class SignUpClosed:
    """The tenant does not let people sign up any more."""


@dataclass(frozen=True, slots=True)
class ReadUser:
    """→ UserRead | UserGone. `signed_in_at`: epoch seconds at which credentials were entered, by
    which somebody is let in; None: whenever that was."""

    secret: ClassVar[bool] = False
    user: str
    signed_in_at: float | None = None


@dataclass(frozen=True, slots=True)
class UserRead:
    """`claims`: every application claim of runtime.md 4.2 that has a value, by token name."""

    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UserGone:
    """`why`: "deleted", "disabled" or "revoked"."""

    why: str


Effect = (
    CheckPassword
    | SendCode
    | CheckCode
    | HashPassword
    | SetPassword
    | CreateUser
    | UpdateUser
    | FindAccount
    | AdmitGuest
    | CreateGuest
    | ReadUser
)
Result = (
    PasswordRight
    | PasswordExpired
    | PasswordWrong
    | CodeSent
    | CodeNotSent
    | CodeRight
    | CodeWrong
    | PasswordHashed
    | PasswordRefused
    | PasswordSet
    | ProofSpent
    | UserCreated
    | UserExists
    | UserUpdated
    | AccountFound
    | AccountUnknown
    | GuestAdmitted
    | SignUpClosed
    | UserRead
    | UserGone
)
READS = (ReadUser,)
"""Effects that change nothing."""
EFFECTS: Mapping[str, type[Effect]] = {kind.__name__: kind for kind in get_args(Effect)}
