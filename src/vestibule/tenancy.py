"""What a tenant is configured to be: frozen values, no I/O. The runtime reads nothing else.

`perform.tenants` loads one Tenant from the store on first use and again when its
configuration number changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from vestibule.flow_settings import DEFAULTS, PASSWORD_RULES

Overrides = Mapping[tuple[str, str], Mapping[str, str]]
"""(language, page) → text id → what an administrator wrote instead of our sentence."""

STRONG_PASSWORD = PASSWORD_RULES["strong"]

SETTINGS_OF_A_FLOW: Mapping[str, Any] = DEFAULTS
"""B2C's defaults; own-api.md names the settings. A Flow holds every one of them."""

Kind = Literal["workforce", "b2c", "external", "mixed"]
"""What kind of directory a tenant is; a mixed one has what every other kind has."""


_CLAIMS: Mapping[str, str] = {
    "displayName": "name",
    "givenName": "given_name",
    "surname": "family_name",
}
"""Attributes that tokens call otherwise (runtime.md 4.2)."""


def short_name(attribute: str) -> str:
    """extension_{application id}_{Name} → extension_{Name}, as pages and tokens have it; every
    other name stays."""
    match attribute.split("_", 2):
        case ["extension", _application, name]:
            return f"extension_{name}"
    return attribute


def claim_of(attribute: str) -> str:
    """The name in tokens of an attribute, by its id in Graph."""
    return _CLAIMS.get(attribute, short_name(attribute))


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a question: pages show `name`, the answer is `value`."""

    name: str
    value: str
    default: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """An attribute that a flow asks for, and how. `id` is the attribute's, as Graph has it."""

    id: str
    label: str
    data_type: str  # string, boolean, int64, stringCollection, dateTime
    input_type: str  # textBox, dateTimeDropdown, …
    optional: bool
    verification: bool
    values: tuple[Choice, ...] = ()

    @property
    def claim(self) -> str:
        """Its name in tokens."""
        return claim_of(self.id)


@dataclass(frozen=True, slots=True)
class Flow:
    """A stored user flow, with everything that a run needs to know."""

    id: str
    kind: Literal["b2c", "b2x"]
    type: str  # signUpOrSignIn, …
    version: float
    default_language: str | None
    language_customization: bool
    local_account: bool  # e-mail with password
    providers: tuple[str, ...]  # ids of linked identity providers, e-mail with password excluded
    connectors: Mapping[str, str]  # step → connector id
    issuer_is_flow: bool = False
    attributes: tuple[Assignment, ...] = ()  # in the order in which they are asked
    languages: Mapping[str, bool] = field(default_factory=dict)  # tag → enabled, as configured
    overrides: Overrides = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=lambda: SETTINGS_OF_A_FLOW)

    @property
    def openid(self) -> bool:
        """Whether it speaks as OpenID Connect says where B2C departs from it."""
        return bool(self.settings["protocol"] == "openid")

    @property
    def customized(self) -> bool:
        """Whether what is configured about languages counts; on a b2x flow it always does."""
        return self.kind == "b2x" or self.language_customization

    def written(self, language: str, page: str) -> Mapping[str, str]:
        """An administrator's sentences on a page, by text id."""
        return self.overrides.get((language, page), {}) if self.customized else {}


SIGN_IN = Flow(
    id="signin",
    kind="b2x",
    type="signIn",
    version=1.0,
    default_language=None,
    language_customization=False,
    local_account=False,
    providers=(),
    connectors={},
)
"""How people sign in at a tenant's own authority to an application that no b2x flow serves. It is
not stored; no stored flow can have its id, which has no prefix (graph-surface 16, C1)."""


@dataclass(frozen=True, slots=True)
class RedirectUri:
    uri: str
    kind: Literal["web", "spa", "native"]


@dataclass(frozen=True, slots=True)
class Scope:
    id: str
    value: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Credential:
    """`text` is the SHA-256 of a secret in hex, or a certificate in PEM. Without a time it has
    always been valid, or is for ever."""

    text: str
    starts: datetime | None = None
    ends: datetime | None = None

    def valid(self, now: datetime) -> bool:
        begun = self.starts is None or self.starts <= now
        return begun and (self.ends is None or now < self.ends)


@dataclass(frozen=True, slots=True)
class Application:
    """An application registration with its service principal and what that has been granted."""

    app_id: str
    object_id: str  # of its service principal
    display_name: str
    enabled: bool
    redirect_uris: tuple[RedirectUri, ...]
    secrets: tuple[Credential, ...]  # hashes
    certificates: tuple[Credential, ...]  # PEM, for private_key_jwt
    identifier_uris: tuple[str, ...]
    scopes: tuple[Scope, ...]  # that it exposes
    permissions: frozenset[str]  # application permissions on Microsoft Graph
    delegations: Mapping[str, frozenset[str]]  # resource app id → consented scopes
    public: bool  # fallback public client
    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)  # resource app id → app roles
    pkce: Literal["default", "required", "optional"] = "default"
    logout_url: str = ""  # hears that somebody has signed out; "" if it does not want to
    implicit_id_token: bool = False  # whether the browser may bring it an id token,
    implicit_access_token: bool = False  # and an access token

    @property
    def confidential(self) -> bool:
        return bool(self.secrets or self.certificates)


_DOMAIN_HINTS: Mapping[str, str] = {
    "Amazon": "amazon.com",
    "AppleManaged": "appleid.apple.com",
    "Facebook": "facebook.com",
    "GitHub": "github.com",
    "Google": "google.com",
    "LinkedIn": "linkedin.com",
    "Microsoft": "microsoft.com",
    "QQ": "qq.com",
    "Twitter": "twitter.com",
    "WeChat": "wechat.com",
    "Weibo": "weibo.com",
}
"""Type of a built-in provider → the hint for it (runtime 2)."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A stored identity provider. `details` are the properties that only its kind has, by Graph's
    name (metadataUrl, claimsMapping, keyId …); `certificate` is Apple's private key."""

    id: str
    kind: Literal["social", "builtIn", "apple", "openIdConnect", "oidc"]
    type: str  # identityProviderType: Google, AADSignup, OpenIdConnect …
    display_name: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def hint(self) -> str:
        """The `domain_hint` that leads straight to it, in lower case; "" if none does."""
        own = self.details.get("domainHint") or _DOMAIN_HINTS.get(self.type, "")
        return str(own).casefold()


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """`pkcs12` in base64, opened by `password`. Valid between two epoch seconds."""

    pkcs12: str = field(repr=False)
    password: str = field(repr=False)
    thumbprint: str
    not_before: int
    not_after: int


@dataclass(frozen=True, slots=True)
class Connector:
    """A stored API connector. It proves us by user name and password, or by the certificate that
    was uploaded last of those that are valid (`certificates`, the newest last)."""

    id: str
    display_name: str
    target_url: str
    username: str = ""
    password: str = field(default="", repr=False)
    certificates: tuple[ClientCertificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Attribute:
    """A user-flow attribute: `id` as Graph has it, `data_type` as in Assignment."""

    id: str
    data_type: str


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key as PEM (opened by the store). `oidc.signing` caches the parsed key by kid."""

    kid: str
    algorithm: str
    pem: str
    not_before: int  # epoch seconds


@dataclass(frozen=True, slots=True)
class Tenant:
    """`flows` are found by their ids and by these without case, `applications` without case.

    `served`: application id in lower case → id of the b2x flow that its sign-ins go through.
    `providers` and `connectors` are found by id in lower case, `attributes` by id and short name.
    """

    id: str
    domain: str
    display_name: str
    configuration: int
    flows: Mapping[str, Flow]
    applications: Mapping[str, Application]
    keys: tuple[SigningKey, ...]  # the first one signs
    kind: Kind = "mixed"
    served: Mapping[str, str] = field(default_factory=dict)
    self_service_sign_up: bool = False  # authenticationFlowsPolicy
    providers: Mapping[str, Provider] = field(default_factory=dict)
    connectors: Mapping[str, Connector] = field(default_factory=dict)
    attributes: Mapping[str, Attribute] = field(default_factory=dict)

    def provider(self, id: str) -> Provider | None:
        return self.providers.get(id.casefold())

    def connector(self, id: str) -> Connector | None:
        return self.connectors.get(id.casefold())

    def hinted(self, flow: Flow, hint: str) -> str:
        """The id of the flow's provider that a `domain_hint` means; "" if it means none."""
        linked = ((id, self.provider(id)) for id in flow.providers)
        meant = (id for id, one in linked if hint and one and one.hint == hint.casefold())
        return next(meant, "")

    def flow(self, name: str) -> Flow | None:
        """The flow of this name: exactly, or else whatever the casing."""
        folded = name.casefold()
        own = SIGN_IN if folded == SIGN_IN.id else None
        return self.flows.get(name) or self.flows.get(folded) or own

    def flow_for(self, app_id: str) -> Flow | None:
        """The b2x flow that serves an application: one at most (runtime 8.5)."""
        return self.flows.get(self.served.get(app_id.casefold(), ""))

    def offers_sign_up(self, app_id: str) -> bool:
        """Whether a stranger may become a guest when signing in to this application."""
        return self.self_service_sign_up and self.flow_for(app_id) is not None

    def application(self, client_id: str) -> Application | None:
        return self.applications.get(client_id.casefold())

    def exposing(self, uri: str) -> Application | None:
        """The application that a resource URI names: an identifier URI, api://{id} or an id."""
        wanted = uri.casefold().rstrip("/")
        by_id = self.application(wanted.removeprefix("api://"))
        if by_id is not None:  # no other application may take that name
            return by_id
        for application in self.applications.values():
            if wanted in (name.casefold().rstrip("/") for name in application.identifier_uris):
                return application
        return None
