"""Users: what is stored of a person, and how Graph shows it.

Source: graph-surface 10.9, 11.17; runtime 4.4; Microsoft Graph user resource.
"""

from __future__ import annotations

from vestibule.edm.declare import (
    Access,
    Column,
    Complex,
    Declaration,
    Entity,
    EntitySet,
    Navigation,
    Operation,
    Property,
    Record,
    Singleton,
)
from vestibule.resources.directory.organization import READERS
from vestibule.roles import GLOBAL_ADMINISTRATOR, USER_ADMINISTRATOR

_COLUMNS = (
    Column("user_principal_name", nullable=False),
    Column("display_name"),
    Column("given_name"),
    Column("surname"),
    Column("mail"),
    Column("mail_nickname"),
    Column("other_mails", "json"),
    Column("mobile_phone"),
    Column("business_phones", "json"),
    Column("job_title"),
    Column("department"),
    Column("company_name"),
    Column("employee_id"),
    Column("office_location"),
    Column("street_address"),
    Column("postal_code"),
    Column("city"),
    Column("state"),
    Column("country"),
    Column("usage_location"),
    Column("preferred_language"),
    Column("account_enabled", "boolean", nullable=False),
    Column("creation_type"),
    Column("user_type"),
    Column("external_user_state"),
    Column("external_user_state_changed", "datetime"),
    Column("password_hash"),  # argon2id, PHC string
    Column("password_policies"),
    Column("force_change_password", "boolean"),
    Column("attributes", "json"),  # extension_… values by name
    Column("created", "datetime"),
    Column("sessions_valid_from", "datetime"),
)
RECORDS = (
    Record("user", _COLUMNS, unique=(("user_principal_name",),)),
    Record(
        "user_identity",
        (
            Column("sign_in_type", nullable=False),
            Column("issuer", nullable=False),
            Column("issuer_assigned_id", nullable=False),
        ),
        parent="user",
        unique=(("issuer_assigned_id", "issuer"),),
    ),
    Record(
        "deleted_user",  # id: the user's; everything that a restore brings back
        (
            *_COLUMNS,
            Column("identities", "json"),  # [{signInType, issuer, issuerAssignedId}]
            Column("deleted", "datetime", nullable=False),
        ),
        indexes=(("deleted",),),
    ),
)

BUILT_IN = {
    "displayName": "display_name",
    "givenName": "given_name",
    "surname": "surname",
    "jobTitle": "job_title",
    "streetAddress": "street_address",
    "postalCode": "postal_code",
    "city": "city",
    "state": "state",
    "country": "country",
}
"""The built-in attributes that a flow may ask for → their columns."""

_READ = ("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
_WRITE = ("User.ReadWrite.All", "Directory.ReadWrite.All")
_WRITERS = (USER_ADMINISTRATOR, GLOBAL_ADMINISTRATOR)
ACCESS = Access(
    read=_READ, write=_WRITE, read_roles=(*READERS, USER_ADMINISTRATOR), write_roles=_WRITERS
)
_DELETED = Access(
    read=(*_READ, "User.DeleteRestore.All"),
    write=(*_WRITE, "User.DeleteRestore.All"),
    read_roles=ACCESS.read_roles,
    write_roles=_WRITERS,
)
_REVOKING = Access(write=("User.RevokeSessions.All", *_WRITE), write_roles=_WRITERS)

_STRINGS = "Collection(Edm.String)"
_MOMENT = "Edm.DateTimeOffset"
MOST_IDENTITIES = 10  # runtime 4.4

IDENTITY = Complex(
    "microsoft.graph.objectIdentity",
    properties=(
        Property("signInType", required=True, max_length=64),
        Property("issuer", required=True, max_length=512),
        Property("issuerAssignedId", required=True, max_length=256),
    ),
)
_PASSWORD = Complex(
    "microsoft.graph.passwordProfile",
    properties=(
        Property("password", secret=True, max_length=256),
        Property("forceChangePasswordNextSignIn", "Edm.Boolean"),
    ),
)
DIRECTORY_OBJECT = Entity(
    "microsoft.graph.directoryObject",
    given=True,
    base="microsoft.graph.entity",
    properties=(
        Property("deletedDateTime", _MOMENT, column="deleted", write="never", on_request=True),
    ),
)


def _text(name: str, most: int, **more: str) -> Property:
    return Property(name, max_length=most, on_request=True, **more)  # type: ignore[arg-type]


USER = Entity(
    "microsoft.graph.user",
    record="user",
    base=DIRECTORY_OBJECT.name,
    open=True,
    rest="attributes",
    rest_names=r"extension_[0-9A-Za-z]+_\w+",
    found_by=("userPrincipalName",),
    properties=(
        Property("businessPhones", _STRINGS, nullable=False, default=()),
        Property(
            "displayName",
            required=True,
            max_length=256,
            pattern=r"[^<>]*",
            advice="It must not contain < or >.",
        ),
        Property("givenName", max_length=64),
        Property("jobTitle", max_length=128),
        Property("mail", max_length=256),
        Property("mobilePhone", max_length=64),
        Property("officeLocation", max_length=128),
        Property("preferredLanguage", max_length=35),
        Property("surname", max_length=64),
        Property("userPrincipalName", max_length=256),
        Property("accountEnabled", "Edm.Boolean", nullable=False, default=True, on_request=True),
        _text("city", 128),
        _text("companyName", 64),
        _text("country", 128),
        Property("createdDateTime", _MOMENT, column="created", write="never", on_request=True),
        Property("creationType", write="never", on_request=True),
        _text("department", 64),
        _text("employeeId", 16),
        Property("externalUserState", write="never", on_request=True),
        Property(
            "externalUserStateChangeDateTime",
            _MOMENT,
            column="external_user_state_changed",
            write="never",
            on_request=True,
        ),
        Property(
            "identities", f"Collection({IDENTITY.name})", rows="user_identity", on_request=True
        ),
        _text("mailNickname", 64),
        Property("otherMails", _STRINGS, nullable=False, default=(), on_request=True),
        Property("passwordPolicies", on_request=True),
        Property("passwordProfile", _PASSWORD.name, on_request=True, value=lambda _row: None),
        _text("postalCode", 40),
        Property(
            "signInSessionsValidFromDateTime",
            _MOMENT,
            column="sessions_valid_from",
            write="never",
            on_request=True,
        ),
        _text("state", 128),
        _text("streetAddress", 1024),
        Property(
            "usageLocation",
            pattern=r"[A-Za-z]{2}",
            advice="Use a country code of two letters.",
            on_request=True,
        ),
        Property(
            "userType", pattern=r"Member|Guest", advice="Use Member or Guest.", on_request=True
        ),
    ),
)
_DIRECTORY = Entity(
    "microsoft.graph.directory",
    base="microsoft.graph.entity",
    navigations=(
        Navigation(
            "deletedItems",
            DIRECTORY_OBJECT.name,
            contained=True,
            access=_DELETED,
            verbs=frozenset({"list", "get", "delete"}),
        ),
    ),
)
_REVOKE = Operation(
    "revokeSignInSessions",
    "action",
    USER.name,
    returns="Edm.Boolean",
    access=_REVOKING,
)
_RESTORE = Operation(
    "restore",
    "action",
    DIRECTORY_OBJECT.name,
    returns=DIRECTORY_OBJECT.name,
    access=_DELETED,
)

TYPES: tuple[Declaration, ...] = (
    IDENTITY, _PASSWORD, DIRECTORY_OBJECT, USER, _DIRECTORY, _REVOKE, _RESTORE,
)  # fmt: skip
SETS: tuple[EntitySet | Singleton, ...] = (
    EntitySet("users", USER.name, ACCESS),
    Singleton("directory", _DIRECTORY.name, _DELETED),
)
