"""What a hosted page is filled with: the journey's present question, in B2C's page protocol.

Source: runtime.md 5.9, 5.10 and 7.3.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

import msgspec
from msgspec import structs

from vestibule.addresses import quoted
from vestibule.journey.countries import COUNTRIES
from vestibule.journey.phones import CALLING_CODES
from vestibule.journey.providers import exchange_of
from vestibule.journey.retries import RETRY_LIMIT
from vestibule.journey.state import Ask, Journey
from vestibule.oidc.place import Place
from vestibule.tenancy import Flow, Tenant
from vestibule.texts import Voice
from vestibule.texts.localized import ERRORS, content
from vestibule.web.controls import Control, controls, field

_PREFIX = "StateProperties="
_LONGEST_TX = 512  # characters; ours have about 80
_TINTS = 4
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of page. `fields` are its inputs in the order of the page: a step's name for the
    field → the id of the element."""

    api: str
    fields: Mapping[str, str]


_NAME_FIELD = "email"
_USER_NAME = {"signInName": "signInName"}

_PROVING = {"email": "email", "verificationCode": "email_ver_input"}
_NUMBER = {name: name for name in ("countryCode", "number", "verificationCode")}
_NEW_PASSWORD = {"newPassword": "newPassword", "reenterPassword": "reenterPassword"}

_CALLED = tuple(
    (iso, name, CALLING_CODES[iso]) for iso, name in COUNTRIES.items() if iso in CALLING_CODES
)
"""Countries that one can be called in: ISO code, English name, calling code."""

KINDS: Mapping[str, Kind] = {
    "signuporsignin": Kind(
        "CombinedSigninAndSignup",
        {"signInName": _NAME_FIELD, "password": "password"},
    ),
    "localaccountsignin": Kind("SelfAsserted", _NUMBER),
    "localaccountsignup": Kind("SelfAsserted", {**_PROVING, **_NEW_PASSWORD}),
    "localaccountpasswordreset": Kind("SelfAsserted", {**_PROVING, **_NEW_PASSWORD}),
    "localaccountpasswordchange": Kind("SelfAsserted", _NEW_PASSWORD),
    "idpselections": Kind("IdpSelections", {}),
    "socialccountsignup": Kind("SelfAsserted", _PROVING),
    "selfasserted.profileupdate": Kind("SelfAsserted", {}),
    "accountname": Kind("AccountName", {"loginfmt": "i0116"}),
    "accountpassword": Kind("AccountPassword", {"passwd": "i0118"}),
    "emailpasscode": Kind("EmailPasscode", {"otc": "idTxtBx_OTC_Password"}),
    "guestdetails": Kind("SelfAsserted", {}),
    "notfromhere": Kind("NotFromHere", {}),
}


class Stand(msgspec.Struct, frozen=True):
    """Where a page stands: flow, journey and browser."""

    base: str
    place: Place
    tenant: Tenant
    flow: Flow
    journey: str  # id
    client: str  # application id, so that a lost journey can name the way back; "" if unknown
    csrf: str
    browser: str  # its name in what is stored
    view: str  # the request's correlation id
    language: str

    def called(self, provider: str) -> str:
        """The name of an identity provider, "" of one that is gone."""
        found = self.tenant.provider(provider)
        return found.display_name if found else ""

    def voice(self, page: str) -> Voice:
        """How this page speaks."""
        return Voice(self.language, self.flow.written(self.language, page))

    def speaking(self, journey: Journey) -> Voice:
        """How the page speaks that the journey shows."""
        page = journey.shown.page if isinstance(journey.shown, Ask) else ERRORS
        return structs.replace(self, language=journey.language).voice(page)

    def url(self, tail: str, **parameters: str) -> str:
        """An address of this journey."""
        query = {"tx": transaction(self.journey)}
        if self.place.policy:
            query["p"] = self.flow.id
        query |= parameters
        if self.client:
            query["client_id"] = self.client
        place = replace(self.place, by_query=False) if self.place.by_query else self.place
        address = place.url(self.base, tail)
        return f"{address}?{'&'.join([f'{name}={quoted(value)}' for name, value in query.items()])}"

    def act(self, tail: str, **parameters: str) -> str:
        """An address at which a GET does something: it carries the browser's token."""
        return self.url(tail, **parameters, csrf_token=self.csrf)

    def here(self, api: str = "CombinedSigninAndSignup") -> str:
        """Where the journey's present page is shown."""
        return self.url(f"api/{api}/unified")

    def confirmed(self, api: str = "CombinedSigninAndSignup") -> str:
        """Where a journey that has ended returns to the application."""
        return self.act(f"api/{api}/confirmed")


@dataclass(frozen=True, slots=True)
class Button:
    """The way to an identity provider. `exchange` is the id of the element."""

    exchange: str
    name: str
    href: str

    @property
    def initial(self) -> str:
        """What stands for it in a picture of ours: no provider's own mark is drawn."""
        return next((letter for letter in self.name if letter.isalnum()), "?").upper()

    @property
    def tint(self) -> int:
        """Which of the sheet's colours the picture has: the same for the same name."""
        return crc32(self.name.encode()) % _TINTS


@dataclass(frozen=True, slots=True)
class Wire:
    """What the page tells scripts (`SETTINGS`, `CONTENT`, `SA_FIELDS`), and where it leads."""

    settings: Mapping[str, Any]
    content: Mapping[str, str]
    fields: Mapping[str, Any] | None
    post: str
    signup: str
    forgot: str
    cancel: str


def transaction(journey: str) -> str:
    """`tx`: the journey's id as B2C's pages pass it around."""
    packed = base64.urlsafe_b64encode(b'{"TID": "%b"}' % journey.encode())
    return _PREFIX + packed.decode().rstrip("=")


def journey_of(tx: str) -> str:
    """The journey's id in a `tx`, "" if there is none that could be ours."""
    if len(tx) > _LONGEST_TX:
        return ""
    packed = tx.removeprefix(_PREFIX)
    try:
        value = json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    except (binascii.Error, ValueError):
        return ""
    found = value.get("TID") if isinstance(value, dict) else None
    return found if isinstance(found, str) and _ID.fullmatch(found) else ""


def kind_of(ask: Ask) -> Kind:
    """The sort of page; where people sign in with a user name, it has a field for that. Who signs
    up with a phone number, which is proven, is asked for attributes alone; before that, first for
    the number, then for the code. Who comes from an identity provider may be asked for an address,
    or see the one that it told."""
    kind = KINDS[ask.page]
    if ask.model.get("by_number") or ask.model.get("email_asked") is False:
        return replace(kind, fields={})
    if ask.model.get("email_given"):
        return replace(kind, fields={"email": "email"})
    if kind.fields is _NUMBER:
        absent = "countryCode" if ask.model["code_sent"] else "verificationCode"
        return replace(kind, fields={name: id for name, id in _NUMBER.items() if name != absent})
    if not ask.model.get("by_name"):
        return kind
    return replace(kind, fields={"signInName": "signInName", **kind.fields, **_USER_NAME})


def model(ask: Ask, stand: Stand, turn: int) -> dict[str, Any]:
    """Everything the template of `ask.page` needs."""
    kind, voice = kind_of(ask), stand.voice(ask.page)
    asked = controls(ask.model, voice)
    errors = {
        kind.fields.get(name, name): voice.say(text, ask.arguments)
        for name, text in ask.errors.items()
    }
    return {
        "voice": voice,
        "model": ask.model,
        "errors": errors,
        "email_label": voice.label("page.email", ask.model.get("email_label", "")),
        "controls": asked,
        "providers": buttons(ask, stand, turn),
        "provider": stand.called(ask.model.get("provider", "")),
        "countries": _CALLED,
        "labels": {control.id: control.label for control in asked},
        "order": (*kind.fields.values(), *(control.id for control in asked)),
        "turn": turn,
        "brand": stand.tenant.display_name,
        "wire": _wire(ask, kind, stand, voice, turn, asked),
    }


def buttons(ask: Ask, stand: Stand, turn: int) -> tuple[Button, ...]:
    """The identity providers that the page offers, in the flow's order."""
    offered = [id for id in ask.model.get("providers", ()) if stand.called(id)]
    exchanges = [exchange_of(id) for id in offered]
    return tuple(
        Button(
            exchange=exchange if exchanges.count(exchange) == 1 else id,
            name=stand.called(id),
            href=stand.act(
                "api/CombinedSigninAndSignup/unified", claimsexchange=id, turn=str(turn)
            ),
        )
        for id, exchange in zip(offered, exchanges, strict=True)
    )


def _wire(
    ask: Ask, kind: Kind, stand: Stand, voice: Voice, turn: int, asked: Sequence[Control]
) -> Wire:
    known = {"name": stand.tenant.display_name, **ask.arguments}
    return Wire(
        settings=_settings(ask, kind, stand),
        content={name: voice.say(text, known) for name, text in content(ask.page).items()},
        fields=_fields(ask, kind, asked) if kind.api == "SelfAsserted" else None,
        post=stand.url("SelfAsserted"),
        signup=stand.act("api/CombinedSigninAndSignup/unified", local="signup", turn=str(turn)),
        forgot=stand.act("api/CombinedSigninAndSignup/forgotPassword", turn=str(turn)),
        cancel=stand.act("api/SelfAsserted/error", code="cancelled", turn=str(turn)),
    )


def _settings(ask: Ask, kind: Kind, stand: Stand) -> dict[str, Any]:
    return {
        "remoteResource": "",
        "retryLimit": RETRY_LIMIT,
        "trimSpacesInPassword": False,
        "api": kind.api,
        "csrf": stand.csrf,
        "transId": transaction(stand.journey),
        "pageViewId": stand.view,
        "suppressElementCss": False,
        "isPageViewIdSentWithHeader": False,
        "allowAutoFocusOnPasswordField": True,
        "pageMode": 0,
        "config": {
            "showSignupLink": str(ask.model.get("show_sign_up", False)),
            "forgotPasswordLinkLocation": "AfterLabel",
            "enableRememberMe": str(ask.model.get("show_remember", False)),
            "operatingMode": "Username" if ask.model.get("by_name") else "Email",
        },
        "hosts": {
            "tenant": replace(stand.place, by_query=False).url("", "").rstrip("/"),
            "policy": stand.flow.id,
            "static": "/static/",
        },
        "locale": {"lang": stand.language},
    }


def _fields(ask: Ask, kind: Kind, asked: Sequence[Control]) -> dict[str, Any]:
    """A reset has two pages under one name: the address, then the password (`choosing`)."""
    parts = {True: _NEW_PASSWORD, False: _PROVING, None: kind.fields}
    ids = parts[ask.model.get("choosing")].values()
    inputs = [{"ID": id, "UX_INPUT_TYPE": "TextBox"} for id in ids]
    return {"AttributeFields": [*inputs, *map(field, asked)]}
