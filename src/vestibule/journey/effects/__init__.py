"""What a journey may ask of the world, and what may come back. Data only.

An effect with `secret = True` holds something that must never be saved (a password, a code
that a person typed): the driver performs it in the request that brought it, before any save,
and it is never repeated. Every other effect is saved as pending first, performed, and may be
performed again after a crash; performers are idempotent by (journey id, turn, ordinal).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from vestibule.journey.effects.accounts import (
    AccountFound,
    AccountUnknown,
    AdmitGuest,
    CreateGuest,
    CreateUser,
    FindAccount,
    GuestAdmitted,
    ReadUser,
    SignUpClosed,
    UpdateUser,
    UserCreated,
    UserExists,
    UserGone,
    UserRead,
    UserUpdated,
)
from vestibule.journey.effects.outside import (
    Arrive,
    Blocked,
    CallConnector,
    ConnectorFailed,
    Continued,
    CreateFederated,
    Depart,
    Departing,
    Federated,
    IdentityTaken,
    Invalidated,
    ProviderFailed,
)
from vestibule.journey.effects.proofs import (
    CheckCode,
    CheckPassword,
    CodeNotSent,
    CodeRight,
    CodeSent,
    CodeWrong,
    HashPassword,
    PasswordExpired,
    PasswordHashed,
    PasswordRefused,
    PasswordRight,
    PasswordSet,
    PasswordWrong,
    ProofSpent,
    SendCode,
    SetPassword,
)

__all__ = [
    "EFFECTS",
    "UNHELD",
    "AccountFound",
    "AccountUnknown",
    "AdmitGuest",
    "Arrive",
    "Blocked",
    "CallConnector",
    "CheckCode",
    "CheckPassword",
    "CodeNotSent",
    "CodeRight",
    "CodeSent",
    "CodeWrong",
    "ConnectorFailed",
    "Continued",
    "CreateFederated",
    "CreateGuest",
    "CreateUser",
    "Depart",
    "Departing",
    "Effect",
    "Federated",
    "FindAccount",
    "GuestAdmitted",
    "HashPassword",
    "IdentityTaken",
    "Invalidated",
    "PasswordExpired",
    "PasswordHashed",
    "PasswordRefused",
    "PasswordRight",
    "PasswordSet",
    "PasswordWrong",
    "ProofSpent",
    "ProviderFailed",
    "ReadUser",
    "Result",
    "SendCode",
    "SetPassword",
    "SignUpClosed",
    "UpdateUser",
    "UserCreated",
    "UserExists",
    "UserGone",
    "UserRead",
    "UserUpdated",
]

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
    | Depart
    | Arrive
    | CreateFederated
    | CallConnector
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
    | Departing
    | Federated
    | IdentityTaken
    | ProviderFailed
    | Continued
    | Blocked
    | Invalidated
    | ConnectorFailed
)
UNHELD = (ReadUser, CheckPassword)
"""Effects that several requests may have performed at once for one journey: what changes nothing,
and guesses, each of which is counted and noted by itself. Of their results one is kept."""
EFFECTS: Mapping[str, type[Effect]] = {kind.__name__: kind for kind in get_args(Effect)}
