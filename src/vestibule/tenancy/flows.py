"""User flows as they are configured: what they ask, in which languages, by which settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from vestibule.flow_settings import DEFAULTS, PASSWORD_RULES

Overrides = Mapping[tuple[str, str], Mapping[str, str]]
"""(language, page) → text id → what an administrator wrote instead of our sentence."""

STRONG_PASSWORD = PASSWORD_RULES["strong"]

SETTINGS_OF_A_FLOW: Mapping[str, Any] = DEFAULTS
"""B2C's defaults; own-api.md names the settings. A Flow holds every one of them."""

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
class Attribute:
    """A user-flow attribute: `id` as Graph has it, `data_type` as in Assignment."""

    id: str
    data_type: str
