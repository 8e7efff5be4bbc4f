"""Effects by which somebody proves who they are here: passwords and one-time codes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


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
    # "signUp", "passwordReset", "userNameSignUp", "userNameReset", "federatedSignUp", "emailOtp";
    # a code serves one
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
