"""The settings of a user flow that Graph has no word for, each declared once.

What may be set (resources.own_user_flows), what a run reads (tenancy.Flow.settings) and the
reference in docs are made from this table. Ranges and defaults are B2C's.
Source: design own-api; runtime.md 3.4, 3.6, 4.1, 4.2, 5.1, 5.8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["number", "flag", "choice", "claims", "password rules"]

_LOCAL = ("signUpOrSignIn", "signUp", "signIn", "profileUpdate")
_EVERY = (*_LOCAL, "passwordReset", "resourceOwner")
_LEGACY_SIGN_IN = ("signIn", 1.0)  # whose page was Azure AD's own

PHONE_TYPES = _LOCAL
PHONE_SINCE = 3.0
"""What types of flows can have accounts with phone numbers, which have no password, and from which
version on."""

PASSWORD_RULES: Mapping[str, Mapping[str, Any]] = {
    "simple": {"kind": "simple", "min": 8, "max": 64, "classes": 0},
    "strong": {"kind": "strong", "min": 8, "max": 64, "classes": 3},
    "custom": {"kind": "custom", "min": 8, "max": 64, "classes": 3},
}
"""Complete rules by their kind; only what is custom may differ from these. `classes`: how many of
lower case, upper case, digit and symbol a password needs; 0: any, 1: digits and nothing else."""
PASSWORD_LENGTHS = (4, 256)  # characters that custom rules may ask for
MOST_CLASSES = 4


@dataclass(frozen=True, slots=True)
class Setting:
    """`null`: what null stands for where that is a value of its own; elsewhere it sets the
    default again. `types`: the types of b2c flows that have it, from version `since` on;
    `also` is one further pair. `b2x`: flows for guests have it too.
    """

    name: str
    kind: Kind
    default: Any
    means: str
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    null: str = ""
    types: tuple[str, ...] = _EVERY
    since: float = 1.0
    also: tuple[str, float] | None = None
    b2x: bool = False

    def of(self, kind: str, type_: str, version: float) -> bool:
        """Whether a flow of that kind, type and version has this setting."""
        if kind == "b2x":
            return self.b2x
        return (type_ in self.types and version >= self.since) or (type_, version) == self.also


TABLE: tuple[Setting, ...] = (
    Setting(
        "applicationClaims",
        "claims",
        ("emails", "oid", "name", "given_name", "family_name", "newUser", "idp"),
        "what tokens tell of the person, by the names in tokens; until it is set, the default and "
        "the claim of every attribute that the flow asks for",
    ),
    Setting(
        "accessTokenLifetimeMinutes", "number", 60, "how long access tokens are valid",
        minimum=5, maximum=1440, types=(*_LOCAL, "resourceOwner"),
    ),
    Setting(
        "idTokenLifetimeMinutes", "number", 60, "how long ID tokens are valid",
        minimum=5, maximum=1440, types=(*_LOCAL, "resourceOwner"),
    ),
    Setting(
        "refreshTokenLifetimeDays", "number", 14, "how long a refresh token can be used",
        minimum=1, maximum=90, types=(*_LOCAL, "resourceOwner"),
    ),
    Setting(
        "refreshTokenSlidingWindowDays", "number", 90,
        "how long after the sign-in tokens can be refreshed at all; not below "
        "refreshTokenLifetimeDays",
        minimum=1, maximum=365, null="without end", types=(*_LOCAL, "resourceOwner"),
    ),
    Setting(
        "sessionLifetimeMinutes", "number", 1440, "how long the session at the server lasts",
        minimum=15, maximum=1440, types=_LOCAL,
    ),
    Setting(
        "sessionExpiry", "choice", "rolling",
        "whether the session's time begins again with each use", ("rolling", "absolute"),
        types=_LOCAL,
    ),
    Setting(
        "ssoScope", "choice", "tenant",
        "what a session counts for: every flow of the tenant, the same application, the same flow "
        "(policy), or nothing", ("tenant", "application", "policy", "disabled"), types=_LOCAL,
    ),
    Setting(
        "keepMeSignedInDays", "number", None,
        "how long a person stays signed in who ticked the box, also when the browser is closed",
        minimum=1, maximum=90, null="no such box",
        types=("signUpOrSignIn", "signIn", "profileUpdate"), since=3.0, also=_LEGACY_SIGN_IN,
    ),
    Setting(
        "requireIdTokenForLogout", "flag", default=False,
        means="a logout must bring an id_token_hint", types=_LOCAL,
    ),
    Setting(
        "issuerForm", "choice", "tenant",
        "whether the issuer of tokens names the tenant or the flow; Graph shows the same as "
        "tokenClaimsConfiguration/isIssuerEntityUserFlow", ("tenant", "userFlow"),
    ),
    Setting("policyClaim", "choice", "tfp", "the claim that names the flow", ("tfp", "acr")),
    Setting(
        "subjectForm", "choice", "objectId",
        "whether sub is the person's object id or a text that says there is none",
        ("objectId", "notSupported"),
    ),
    Setting(
        "localAccount", "choice", "email",
        "what people with a password sign in with; none: only with other providers. A flow that "
        "was created with providers alone has none. phone needs version 3, and is not for "
        "flows that are about passwords",
        ("email", "userName", "phone", "none"), b2x=True,
    ),
    Setting(
        "emailVerification", "flag", default=True,
        means="a person who signs up proves that the e-mail address is theirs",
        types=("signUpOrSignIn", "signUp"),
    ),
    Setting(
        "passwordRules", "password rules", PASSWORD_RULES["strong"],
        "what a new password must be: {kind, min, max, classes}",
        types=("signUpOrSignIn", "signUp", "passwordReset"), since=2.0,
    ),
    Setting(
        "selfServicePasswordReset", "flag", default=False,
        means="a forgotten password is set anew within the flow, instead of sending the "
        "application to a flow of its own",
        types=("signUpOrSignIn", "signIn"), since=3.0,
    ),
    Setting(
        "forcedPasswordReset", "flag", default=False,
        means="a person whose password must be changed is asked for a new one",
        types=("signUpOrSignIn", "signIn"), since=3.0, also=_LEGACY_SIGN_IN,
    ),
    Setting(
        "protocol", "choice", "b2c",
        "whether the flow answers as Azure AD B2C does or as OpenID Connect's own tests demand",
        ("b2c", "openid"),
    ),
)  # fmt: skip
BY_NAME: Mapping[str, Setting] = {one.name: one for one in TABLE}
DEFAULTS: Mapping[str, Any] = {one.name: one.default for one in TABLE}


# What other columns of a flow say is not stored a second time: local_account is what Graph's
# authenticationMethods says, is_issuer_entity_user_flow its tokenClaimsConfiguration.
def _told(*, local: bool, by_flow: bool) -> Mapping[str, Any]:
    return {
        **DEFAULTS,
        "localAccount": DEFAULTS["localAccount"] if local else "none",
        "issuerForm": "userFlow" if by_flow else "tenant",
    }


_PLAIN = {
    (local, by_flow): _told(local=local, by_flow=by_flow)
    for local in (True, False)
    for by_flow in (True, False)
}


def settings_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Every setting of a stored flow. Flows on which nothing was set share one mapping."""
    local = bool(row["local_account"])
    plain = _PLAIN[local, bool(row["is_issuer_entity_user_flow"])]
    stored = row.get("settings")
    if not stored:
        return plain
    chosen = {**plain, **stored}
    if not local:
        chosen["localAccount"] = "none"
    chosen["applicationClaims"] = tuple(chosen["applicationClaims"])
    return chosen
