"""Effects that reach out: to identity providers and to API connectors.

Source: runtime 6, 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from vestibule.texts import say


@dataclass(frozen=True, slots=True)
class Depart:
    """Prepare to leave for an identity provider. → Departing | ProviderFailed

    `return_to` is our address that it sends the browser back to, as the browser knows us
    ({base}/{tenant}/oauth2/authresp). The hints help the provider to spare the person a question.
    """

    secret: ClassVar[bool] = False
    provider: str  # id of the identity provider
    return_to: str
    login_hint: str = ""
    domain_hint: str = ""
    anew: bool = False  # the person must prove themselves again there


@dataclass(frozen=True, slots=True)
class Departing:
    """Where to send the browser. The state in it works once, and in this browser alone."""

    url: str


@dataclass(frozen=True, slots=True)
class Arrive:
    """Judge what an identity provider sent along with the browser. → Federated | ProviderFailed"""

    secret: ClassVar[bool] = True
    provider: str
    parameters: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Federated:
    """Somebody proved to be the provider's `subject`. Issuer and subject together name them; no
    address does (runtime 5.8, "Account linking").

    `idp` is what tokens call the provider; `attributes` are what it says, by Graph property
    (displayName, givenName, surname), `email` apart. `user`: the account with that identity, ""
    if none. `access_token` is sealed at the place ("idp_access_token", tenant id); "" where the
    provider gives none.
    """

    issuer: str
    subject: str
    idp: str
    attributes: Mapping[str, str]
    email: str = ""
    user: str = ""
    access_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ProviderFailed:
    """`code` is the AADB2C number that the application gets; `reason` completes its sentence.

    `denied`: the person thought better of it there.
    """

    code: str
    reason: str
    denied: bool = False


@dataclass(frozen=True, slots=True)
class CreateFederated:
    """Create an account that signs in at an identity provider.

    → UserCreated, IdentityTaken (another journey of theirs was first) or UserExists (of somebody
    whose name at the provider cannot be told from this one here).
    """

    secret: ClassVar[bool] = False
    issuer: str
    subject: str
    email: str
    attributes: Mapping[str, Any]  # by Graph property


@dataclass(frozen=True, slots=True)
class IdentityTaken:
    """`user`: who has this very identity."""

    user: str


@dataclass(frozen=True, slots=True)
class CallConnector:
    """Ask an API connector. → Continued | Blocked | Invalidated | ConnectorFailed

    `claims` is the body that is sent (runtime 6.2), but for what only the directory knows: custom
    attributes may have their short names, an identity may lack its issuer (the tenant), and with
    `user`, the account that is asked about, the identities are read. `accepts`: the short names
    of the attributes that an answer may set → what they are called here; all else is dropped.
    """

    secret: ClassVar[bool] = False
    connector: str  # id
    step: str  # "postFederationSignup", "postAttributeCollection", "preTokenIssuance"
    claims: Mapping[str, Any]
    accepts: Mapping[str, str]
    user: str = ""  # object id


@dataclass(frozen=True, slots=True)
class Continued:
    """`claims` by what they are called here, those alone that have a value."""

    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Blocked:
    """ShowBlockPage: the journey ends with the connector's message, "" if it sent none."""

    message: str


@dataclass(frozen=True, slots=True)
class Invalidated:
    """ValidationError: the form is shown again with the connector's message, "" if it sent none."""

    message: str


@dataclass(frozen=True, slots=True)
class ConnectorFailed:
    """No answer, or none that counts. `code` is the AADB2C number; `text` and `arguments` say
    it, in the language of whoever reads (`reason`: in English)."""

    code: str
    text: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        return say(self.text, self.arguments)
