"""Every hosted and development page in every state that people meet, rendered without a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from vestibule.journey.state import Ask
from vestibule.oidc.place import Place
from vestibule.resources.connector_notes import Kind, sentence
from vestibule.settings import DevelopmentSettings, Settings
from vestibule.tenancy import Flow, Provider, Tenant
from vestibule.texts import Voice, say
from vestibule.web import views
from vestibule.web.render import Render
from vestibule.web.shell import NAVIGATION
from vestibule.web.traces import line

BASE = "https://login.example"
NONCE = "bm9uY2U"
CORRELATION = "0d5f5c8e-6f43-4a3e-9d0e-0f0b6c3a8c11"

FLOW = Flow("B2C_1_susi", "b2c", "signUpOrSignIn", 3.0, None, False, True, (), {})
TENANT = Tenant(
    "775527ff-9a37-4307-8b3d-cc311f58d925",
    "contoso.onmicrosoft.com",
    "Contoso",
    1,
    {"b2c_1_susi": FLOW},
    {},
    (),
    providers={
        id.casefold(): Provider(id, "social", "Any", name)
        for id, name in (
            ("Google-OAUTH", "Google"),
            ("Apple-Managed-OIDC", "Apple"),
            ("MSA-OIDC", "Microsoft"),
            ("OIDC-V1-Fabrikam-" + "0" * 36, "Fabrikam"),
            ("long", "The Association of Friends of Very Long Names and of Donaudampfschifffahrt"),
        )
    },
)
PROVIDERS = tuple(one.id for one in TENANT.providers.values())
STAND = views.Stand(
    BASE,
    Place("", "contoso.onmicrosoft.com", "b2c_1_susi", by_query=False),
    TENANT,
    FLOW,
    journey="3f0b7a1e-9a5b-4c39-8a61-2d9d0c3fd111",
    client="5f0c9a52-7f4e-4d3b-8b0e-0c0a7d5e0101",
    csrf="c" * 43,
    browser="b" * 64,
    view=CORRELATION,
    language="en",
)
ADA = "ada@contoso.example"
PHONE = "+436641234567"
RULES = {"min": 8, "max": 64, "classes": 3, "digits": False}


@dataclass(frozen=True, slots=True)
class Picture:
    """A template and what it is filled with."""

    template: str
    model: Mapping[str, Any]


def settings() -> Settings:
    return DevelopmentSettings()


def asked(page: str, model: Mapping[str, Any], language: str = "en", **errors: str) -> Picture:
    stand = replace(STAND, language=language)
    named = {name.removeprefix("whole_page"): text for name, text in errors.items()}
    told = {"length": 6, "refusal": "There is no town of that name. Check its spelling."}
    ask = Ask(page, model, named, {**model.get("password_rules", RULES), **told})
    drawn = views.model(ask, stand, 3)
    return Picture(page, {**drawn, "countries": drawn["countries"][:5]})  # axe looks at each


def _sign_in(
    name: str = "",
    *,
    sign_up: bool = True,
    forgot: bool = True,
    remember: bool | None = None,
    by_name: bool = False,
    providers: Sequence[str] = (),
) -> dict[str, Any]:
    """`remember`: whether the box is ticked; None: there is none."""
    return {
        "sign_in_name": name,
        "by_name": by_name,
        "providers": providers,
        "show_sign_up": sign_up,
        "show_forgot_password": forgot,
        "show_remember": remember is not None,
        "remember": bool(remember),
    }


def _sign_up(
    *,
    email: str = "",
    sent: bool = False,
    verified: bool = False,
    verify: bool = True,
    by_name: bool = False,
    attributes: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    return {
        "email": email,
        "email_label": "",
        "verify_email": verify,
        "code_sent": sent,
        "verified": verified,
        "by_name": by_name,
        "by_number": False,
        "user_name": "ada.l" if by_name else "",
        "attributes": attributes,
        "this_year": 2026,
        "password_rules": RULES,
    }


def _choice(*, local: bool = False, signing_up: bool = False, **more: str) -> dict[str, Any]:
    return {
        "away": "",
        "providers": PROVIDERS,
        "show_local": local,
        "signing_up": signing_up,
        "by_name": False,
        **more,
    }


def _details(
    *, email: str = ADA, asked: bool = True, sent: bool = False, verified: bool = False
) -> dict[str, Any]:
    """What is asked of somebody who comes from Google; `email` as Google told it."""
    return {
        "provider": "Google-OAUTH",
        "email": email or (ADA if sent or verified else ""),
        "email_label": "",
        "email_asked": asked,
        "email_given": bool(email),
        "email_optional": False,
        "verify_email": asked and not email,
        "code_sent": sent,
        "verified": verified,
        "attributes": [_question("displayName", "textBox", "Display Name", "Ada Lovelace")],
        "this_year": 2026,
    }


def _number(
    country: str = "",
    number: str = "",
    *,
    sent: bool = False,
    signs_in: bool = True,
    signs_up: bool = True,
    remember: bool | None = None,
) -> dict[str, Any]:
    """`remember` as in _sign_in."""
    return {
        "country": country,
        "number": number,
        "code_sent": sent,
        "signs_in": signs_in,
        "signs_up": signs_up,
        "show_remember": remember is not None,
        "remember": bool(remember),
    }


def _reset(
    *, email: str = "", sent: bool = False, verified: bool = False, by_name: bool = False
) -> dict[str, Any]:
    return {
        "email": email,
        "code_sent": sent,
        "verified": verified,
        "choosing": False,
        "by_name": by_name,
        "user_name": "",
    }


def _choosing(**rules: Any) -> dict[str, Any]:
    return {"email": ADA, "choosing": True, "password_rules": {**RULES, **rules}}


def _question(
    id: str, input_type: str, label: str, typed: str | list[str] = "", **more: Any
) -> dict[str, Any]:
    options = [
        {"name": name, "value": name.lower(), "default": False} for name in more.pop("names", ())
    ]
    common = {"type": "string", "optional": False, "options": options}
    return {"id": id, "field": id, "input": input_type, "label": label, "typed": typed} | (
        common | more
    )


def signing_up(
    questions: Sequence[Mapping[str, Any]], language: str = "en", **errors: str
) -> Picture:
    """The page with these questions, the address verified."""
    model = _sign_up(email=ADA, sent=True, verified=True, attributes=questions)
    return asked("localaccountsignup", model, language, **errors)


QUESTIONS = [
    _question("displayName", "textBox", "What should we call you?", "Ada Lovelace"),
    _question("extension_Size", "radioSingleSelect", "Shirt size", names=("Small", "Large cut")),
    _question("country", "dropdownSingleSelect", "Country/Region", "Austria", optional=True),
    _question("extension_Second", "emailBox", "Second email address", optional=True),
    _question(
        "extension_News", "checkboxMultiSelect", "Write to me about", ["offers"],
        names=("Offers", "Events"), type="stringCollection", optional=True,
    ),
    _question("extension_Born", "dateTimeDropdown", "Date of birth", ["10", "12", ""]),
    _question("extension_Children", "textBox", "Children", "two", type="int64"),
]  # fmt: skip
BOB = "bob@fabrikam.example"


def _named(
    *,
    sign_up: bool = True,
    creating: bool = False,
    name: str = "",
    providers: Sequence[str] = (),
) -> dict[str, Any]:
    return {
        "name": name,
        "show_sign_up": sign_up and not creating,
        "creating": creating,
        "providers": list(providers),
    }


def _password(*, code: bool = False) -> dict[str, Any]:
    return {"name": ADA, "show_code": code}


def _passcode(*, sent: bool) -> dict[str, Any]:
    return {"address": BOB, "code_sent": sent}


def _outside(text: str, code: str, provider: str = "") -> dict[str, Any]:
    return {"text": text, "code": code, "arguments": {"account": BOB, "provider": provider}}


_DETAILS = {"address": BOB, "attributes": QUESTIONS[:3], "this_year": 2026}
WRONG = {
    "displayName": "attribute.long",
    "extension_Size": "attribute.required",
    "country": "attribute.choice",
    "extension_Second": "email.invalid",
    "extension_News": "attribute.choice",
    "extension_Born": "attribute.date",
    "extension_Children": "attribute.number",
}


def editing(questions: Sequence[Mapping[str, Any]], **errors: str) -> Picture:
    model = {"attributes": questions, "this_year": 2026}
    return asked("selfasserted.profileupdate", model, **errors)


_FAULT = {
    "heading": "This sign-in cannot start",
    "message_language": "en",
    "message": "The redirect URI 'https://app.example/back' is not registered for the client.",
    "code": "AADB2C90006",
    "at": "2026-11-20 13:02:11Z",
    "again": "",
    "brand": "Contoso",
}

_CURL = (
    "curl --cacert .vestibule/ca.pem 'https://login.example/beta/identity/b2cUserFlows' \\\n"
    '  -H "Authorization: Bearer $(vestibule token)"'
)
_DIRECTORY = {
    "name": "Contoso",
    "domain": "contoso.onmicrosoft.com",
    "flows": [
        {
            "id": "B2C_1_susi",
            "type": "signUpOrSignIn",
            "version": "3",
            "providers": ["Fabrikam"],
            "connectors": [
                ("postAttributeCollection", "Approve sign-up"),
                ("preTokenIssuance", "Enrich tokens"),
            ],
            "run": "/run?tenant=contoso.onmicrosoft.com&flow=B2C_1_susi",
            "languages": [("ar", "العربية"), ("de", "Deutsch"), ("en", "English")],
            "reason": "",
        },
        {
            "id": "B2X_1_partner",
            "type": "signUpOrSignIn",
            "version": "1",
            "providers": ["Facebook"],
            "connectors": [("postFederationSignup", "Approve sign-up")],
            "run": "",
            "languages": [],
            "reason": "The application of this page is not linked to it: "
            "POST /beta/identity/events/onSignupStart.",
        },
    ],
    "requests": [_CURL],
    "settings": [
        ("portal.home.authority", f"{BASE}/contoso.onmicrosoft.com/B2C_1_susi"),
        ("portal.home.client", "5f0c9a52-7f4e-4d3b-8b0e-0c0a7d5e0101"),
        ("portal.home.scope", "https://contoso.onmicrosoft.com/api/read"),
    ],
}
_EMPTY_DIRECTORY = {
    "name": "Fabrikam",
    "domain": "fabrikam.onmicrosoft.com",
    "flows": [],
    "requests": [_CURL],
    "settings": [],
}
_TEXT_MESSAGE = {
    "id": "3",
    "tenant": "775527ff-9a37-4307-8b3d-cc311f58d925",
    "domain": "contoso.onmicrosoft.com",
    "to": PHONE,
    "subject": None,
    "code": "481923",
    "body": "481923 is your verification code for Contoso. It is valid for 10 minutes.",
    "at": "2026-11-20T13:02:11Z",
    "journeyId": None,
}
_MESSAGE = {
    "id": "1",
    "tenant": "775527ff-9a37-4307-8b3d-cc311f58d925",
    "domain": "contoso.onmicrosoft.com",
    "to": ADA,
    "subject": "Contoso: your verification code is 481 923",
    "code": "481923",
    "body": "Use this code to verify your email address for Contoso:\n\n481923\n",
    "at": "2026-11-20T13:02:11Z",
    "journeyId": CORRELATION,
}
_INBOX = {
    "heading": "Inbox",
    "here": "/inbox",
    "navigation": NAVIGATION,
    "messages": [],
    "state": "",
    "csrf": "c" * 43,
    "requests": [_CURL],
}
_TOKEN = {
    "name": "id_token",
    "title": "portal.token.id_token",
    "fault": "",
    "header": '{"alg": "RS256", "typ": "JWT"}',
    "claims": [
        {
            "name": "exp",
            "value": "1795184531",
            "moment": "2026-11-20 14:02:11Z",
            "meaning": "portal.claim.exp",
        },
        {
            "name": "emails",
            "value": '["ada@contoso.example"]',
            "moment": "",
            "meaning": "portal.claim.emails",
        },
        {"name": "oid", "value": CORRELATION, "moment": "", "meaning": "portal.claim.oid"},
        {
            "name": "nonce",
            "value": "n" * 43,  # once without a place to break, it needed a scroll bar
            "moment": "",
            "meaning": "portal.claim.nonce",
        },
        {"name": "newUser", "value": "true", "moment": "", "meaning": "portal.claim.newUser"},
        {"name": "tfp", "value": "B2C_1_susi", "moment": "", "meaning": "portal.claim.tfp"},
    ],
    "text": "eyJhbGciOiJSUzI1NiJ9." + "e30" * 90,
}
_VIEWER: dict[str, Any] = {
    "heading": "Token viewer",
    "here": "/jwt",
    "navigation": NAVIGATION,
    "failure": None,
    "stale": False,
    "tokens": [],
    "run": "",
    "signout": "",
}
_STEP: dict[str, Any] = {
    "dateTime": "2026-11-20T13:02:11.123Z",
    "turn": 1,
    "ordinal": 1,
    "step": "sign_up",
    "given": "form",
    "action": None,
    "inputs": [],
    "unknownInputs": None,
    "result": None,
    "reason": None,
    "outcome": "page",
    "page": None,
    "errors": [],
    "code": None,
    "host": None,
    "effect": None,
    "effectTarget": None,
    "effectInputs": [],
    "claimsAdded": [],
    "claimsChanged": [],
    "claimsDropped": [],
    "tokenClaims": [],
    "why": None,
    "omittedSteps": None,
}
_STEPS: list[dict[str, Any]] = [
    {
        "step": "sign_in_or_up",
        "turn": 0,
        "given": "nothing",
        "page": "signuporsignin",
        "why": "“sign_in_or_up” is next in the plan: “choice” is not known yet and the condition "
        "“nobody” holds. These do not apply: reuse_session, stay_silent.",
        "claimsAdded": ["sign_in_name", "remember", "proof_spent"],
    },
    {"omittedSteps": 12},
    {
        "action": "create",
        "inputs": ["email", "newPassword", "reenterPassword", "displayName", "extension_Loyalty"],
        "unknownInputs": 2,
        "outcome": "effect",
        "effect": "HashPassword",
    },
    {
        "given": "result",
        "result": "PasswordRefused",
        "reason": "common",
        "page": "localaccountsignup",
        "errors": [{"field": "newPassword", "text": "password.common"}],
        "code": "90053",
        "why": "The page is shown again because of newPassword.",
        "claimsChanged": ["answers"],
        "claimsDropped": ["attributes"],
    },
    {
        "step": "ask_connector",
        "given": "nothing",
        "outcome": "effect",
        "effect": "CallConnector",
        "effectTarget": "7d6d3b8a-1a4e-4c0e-9d5b-9a0d5c1f0a11",
        "effectInputs": ["email", "displayName", f"extension_{'0' * 32}_LoyaltyNumber"],
    },
    {
        "step": "finish",
        "given": "nothing",
        "outcome": "tokens",
        "tokenClaims": ["oid", "name", "emails", "newUser"],
        "claimsAdded": ["session_reused"],
    },
    {"given": "form", "action": "cancel", "outcome": "stop", "code": "90091"},
]
_TRACE = {
    "heading": say("portal.trace.title"),
    "here": "/traces",
    "navigation": NAVIGATION,
    "trace": {
        "correlationId": CORRELATION,
        "userFlowId": "B2C_1_susi",
        "applicationId": "5f0c9a52-7f4e-4d3b-8b0e-0c0a7d5e0101",
        "state": "finished",
        "startedDateTime": "2026-11-20T13:02:11Z",
        "expiresDateTime": "2026-11-20T14:02:11Z",
    },
    "steps": [line({**_STEP, **step}) for step in _STEPS],
    "request": _CURL,
}
_TRACES: dict[str, Any] = {
    "heading": say("portal.traces.title"),
    "here": "/traces",
    "navigation": NAVIGATION,
    "missing": False,
    "recent": [],
    "requests": [_CURL],
}
_OUTCOME = {
    "correlationId": CORRELATION,
    "action": "signUp",
    "result": "success",
    "at": "2026-11-20T13:02:11Z",
}
_DEVICE = {
    "brand": "login.example",
    "post": f"{BASE}/devicelogin",
    "csrf": "c" * 43,
    "errors": {},
    "typed": "",
}


def _device_question(language: str = "en") -> Picture:
    model = {
        "voice": Voice(language),
        "brand": "Contoso",
        "app": "Contoso command line",
        "user": ADA,
        "post": f"{BASE}/contoso.onmicrosoft.com/oauth2/deviceauth",
        "csrf": "c" * 43,
    }
    return Picture("deviceconfirm", model)


_QUIET: dict[str, Any] = {
    "id": "7a1d3c58-9a0e-4f0b-b1b0-0c0a7d5e0302",
    "name": "Enrich tokens",
    "url": "https://localhost:8444/enrich",
    "calls": [],
    "request": _CURL,
}
_CALL_ROW: dict[str, Any] = {
    "id": CORRELATION,
    "at": "2026-11-20T13:02:11Z",
    "step": "postAttributeCollection",
    "flow": "B2C_1_susi",
    "verdict": "continue",
    "verdict_text": "portal.connectors.verdict.continue",
    "look": "good",
    "statuses": ["200"],
    "took": "34",
    "why": [sentence("unassigned", "extension_ShoeSize", "postAttributeCollection")],
    "replay": False,
}
_SLOW: tuple[Kind, ...] = ("timeout", "retried")
_FAILED_ROW = {
    **_CALL_ROW,
    "verdict_text": "portal.connectors.verdict.failed",
    "look": "bad",
    "statuses": ["timeout", "timeout"],
    "took": "20004",
    "why": [sentence(kind, "", "postAttributeCollection") for kind in _SLOW],
    "replay": True,
}
_BENCH: dict[str, Any] = {
    "heading": "API connectors",
    "here": "/connectors",
    "navigation": NAVIGATION,
    "kept": True,
    "journey": CORRELATION,
    "directories": [
        {
            "name": "Contoso",
            "domain": "contoso.onmicrosoft.com",
            "connectors": [
                {
                    **_QUIET,
                    "id": "7a1d3c58-9a0e-4f0b-b1b0-0c0a7d5e0301",
                    "name": "Approve sign-up",
                    "url": "https://api.contoso.example/approve?code=******",
                    "calls": [
                        _CALL_ROW,
                        {**_FAILED_ROW, "id": "2"},
                        {
                            **_CALL_ROW,
                            "id": "3",
                            "verdict_text": "portal.connectors.verdict.validationError",
                            "look": "note",
                            "statuses": ["400"],
                            "why": [],
                        },
                    ],
                },
                _QUIET,
            ],
            "create": _CURL,
        },
        {
            "name": "Fabrikam",
            "domain": "fabrikam.onmicrosoft.com",
            "connectors": [],
            "create": _CURL,
        },
    ],
}
_ONE_CALL: dict[str, Any] = {
    "heading": "A call to Approve sign-up",
    "here": "/connectors",
    "navigation": NAVIGATION,
    "call": {
        **_CALL_ROW,
        "verdict_text": "portal.connectors.verdict.showBlockPage",
        "look": "note",
        "shown": "Your company takes no new customers from there <yet>.",
        "request": {
            "url": "https://api.contoso.example/approve?code=******",
            "headers": [
                {"name": "Content-Type", "value": "application/json"},
                {"name": "client-request-id", "value": CORRELATION},
                {"name": "Authorization", "value": "Basic ******"},
            ],
        },
        "response": {
            "status": 200,
            "headers": [{"name": "content-type", "value": "application/json; charset=utf-8"}],
            "isCut": False,
        },
        "attempts": [{"status": 200, "failure": None, "milliseconds": 34.2}],
        "replayOf": None,
        "correlationId": CORRELATION,
    },
    "sent": '{\n  "email": "ada@contoso.example",\n  "displayName": "Ada",\n'
    '  "extension_5f0c9a527f4e4d3b8b0e0c0a7d5e0109_LoyaltyToken": "******",\n'
    '  "ui_locales": "en",\n  "step": "PostAttributeCollection"\n}',
    "received": '{\n  "version": "1.0.0",\n  "action": "ShowBlockPage",\n  "userMessage": "…"\n}',
    "saw": "portal.connectors.saw.showBlockPage",
    "csrf": "c" * 43,
    "requests": [_CURL, _CURL],
}
_NO_ANSWER = {
    **_ONE_CALL,
    "call": {
        **_ONE_CALL["call"],
        **_FAILED_ROW,
        "shown": "AADB2C90075: The claims exchange 'Approve sign-up' got no answer in time.",
        "response": None,
        "attempts": [{"status": None, "failure": "timeout", "milliseconds": 10_002.1}] * 2,
        "replayOf": CORRELATION,
    },
    "saw": "portal.connectors.saw.replay",
}

_AGAIN = "/run?tenant=contoso.onmicrosoft.com&flow=B2C_1_susi"

GALLERY: Mapping[str, Picture] = {
    "home": Picture(
        "portal/home",
        {
            "heading": "User flows",
            "here": "/",
            "navigation": NAVIGATION,
            "directories": [_DIRECTORY, _EMPTY_DIRECTORY],
        },
    ),
    "inbox, empty": Picture("portal/inbox", _INBOX),
    "inbox": Picture(
        "portal/inbox", {**_INBOX, "messages": [_MESSAGE, {**_MESSAGE, "id": "2"}, _TEXT_MESSAGE]}
    ),
    "connectors": Picture("portal/connectors", _BENCH),
    "connectors, nothing kept": Picture(
        "portal/connectors",
        {
            **_BENCH,
            "kept": False,
            "journey": "",
            "directories": [{**_BENCH["directories"][0], "connectors": [_QUIET]}],
        },
    ),
    "connector's call": Picture("portal/connector", _ONE_CALL),
    "connector's call, no answer": Picture("portal/connector", _NO_ANSWER),
    "viewer, empty": Picture("portal/token", _VIEWER),
    "viewer": Picture(
        "portal/token",
        {
            **_VIEWER,
            "tokens": [
                _TOKEN,
                {
                    **_TOKEN,
                    "name": "access_token",
                    "fault": "aud",
                    "title": "portal.token.access_token",
                },
            ],
            "flow": "B2C_1_susi",
            "run": _AGAIN,
            "signout": "/out",
            "request": _CURL,
        },
    ),
    "viewer, failed": Picture(
        "portal/token",
        {
            **_VIEWER,
            "heading": "The flow ended without tokens",
            "failure": {"error": "access_denied", "description": "AADB2C90091: …"},
            "run": _AGAIN,
        },
    ),
    "traces, empty": Picture("portal/traces", _TRACES),
    "traces, missing": Picture("portal/traces", {**_TRACES, "missing": True}),
    "traces": Picture(
        "portal/traces",
        {**_TRACES, "recent": [_OUTCOME, {**_OUTCOME, "action": "signIn", "result": "wrong"}]},
    ),
    "trace": Picture("portal/trace", _TRACE),
    "device, empty": Picture("devicelogin", _DEVICE),
    "device, wrong code": Picture(
        "devicelogin",
        {**_DEVICE, "errors": {"otc": say("device.code.wrong")}, "typed": "01A5B9AJ9"},
    ),
    "device, question": _device_question(),
    "device, question, Arabic": _device_question("ar"),
    "device, done": Picture(
        "devicedone",
        {
            "brand": "Contoso",
            "heading": say("page.device.approved.title"),
            "message": say("page.device.approved.text", {"app": "Contoso command line"}),
        },
    ),
    "sign in, empty": asked("signuporsignin", _sign_in()),
    "sign in, name known": asked("signuporsignin", _sign_in(ADA)),
    "sign in, wrong password": asked("signuporsignin", _sign_in(ADA), password="password.wrong"),
    "phone, empty": asked("localaccountsignin", _number()),
    "phone, country known": asked("localaccountsignin", _number("AT")),
    "phone, several errors, Arabic": asked(
        "localaccountsignin",
        _number(signs_in=False),
        "ar",
        countryCode="phone.country",
        number="phone.required",
    ),
    "phone, code sent": asked(
        "localaccountsignin", _number("AT", PHONE, sent=True, remember=True), "de"
    ),
    "sign in, locked": asked("signuporsignin", _sign_in(ADA), whole_page="account.locked"),
    "sign in, nothing typed": asked(
        "signuporsignin", _sign_in(), signInName="email.required", password="password.required"
    ),
    "sign in, no ways out": asked("signuporsignin", _sign_in(sign_up=False, forgot=False)),
    "sign in, keep me signed in": asked("signuporsignin", _sign_in(ADA, remember=True)),
    "sign in, user name": asked(
        "signuporsignin", _sign_in(by_name=True), signInName="username.required"
    ),
    "sign in, providers": asked("signuporsignin", _sign_in(providers=PROVIDERS[:2])),
    "sign in, every way": asked(
        "signuporsignin", _sign_in(providers=PROVIDERS, remember=False), whole_page="account.locked"
    ),
    "sign in, providers, Arabic": asked("signuporsignin", _sign_in(providers=PROVIDERS), "ar"),
    "phone, providers": asked("localaccountsignin", {**_number(), "providers": PROVIDERS[:2]}),
    "choice": asked("idpselections", _choice()),
    "choice, sign up": asked("idpselections", _choice(local=True, signing_up=True)),
    "choice, sign up, German": asked("idpselections", _choice(local=True, signing_up=True), "de"),
    "away": asked("idpselections", {"away": "Google", "onward": BASE}),
    "from a provider": asked("socialccountsignup", _details()),
    "from a provider, wrong": asked(
        "socialccountsignup", _details(), displayName="attribute.required"
    ),
    "from a provider, no address": asked("socialccountsignup", _details(email="")),
    "from a provider, code sent": asked(
        "socialccountsignup", _details(email="", sent=True), verificationCode="code.wrong"
    ),
    "from a provider, verified, Arabic": asked(
        "socialccountsignup", _details(email="", verified=True), "ar"
    ),
    "no account at the provider's word": Picture(
        "error",
        {
            **_FAULT,
            "heading": say("page.error.title.stopped"),
            "message": say("account.not_federated"),
            "code": "AADB2C99002",
        },
    ),
    "on the way back": Picture(
        "onward", {"brand": "Contoso", "onward": "https://app.example/back?code=abc"}
    ),
    "sign up, user name": asked(
        "localaccountsignup",
        _sign_up(email=ADA, sent=True, verified=True, by_name=True),
        signInName="account.exists",
    ),
    "sign up, phone number": asked(
        "localaccountsignup",
        {
            "by_number": True,
            "number": PHONE,
            "by_name": False,
            "verify_email": False,
            "verified": True,
            "attributes": QUESTIONS[:1],
            "this_year": 2026,
        },
    ),
    "reset, user name": asked("localaccountpasswordreset", _reset(by_name=True)),
    "reset, empty": asked("localaccountpasswordreset", _reset()),
    "reset, code sent": asked("localaccountpasswordreset", _reset(email=ADA, sent=True)),
    "reset, unknown address": asked(
        "localaccountpasswordreset", _reset(email=ADA), email="account.not_found"
    ),
    "reset, verified": asked(
        "localaccountpasswordreset", _reset(email=ADA, sent=True, verified=True)
    ),
    "reset, choosing": asked("localaccountpasswordreset", _choosing()),
    "reset, choosing digits": asked(
        "localaccountpasswordreset",
        _choosing(min=4, max=8, classes=0, digits=True),
        newPassword="password.digits",
    ),
    "change password": asked("localaccountpasswordchange", _choosing()),
    "change password, old one": asked(
        "localaccountpasswordchange", _choosing(classes=0), newPassword="password.old"
    ),
    "sign up, empty": asked("localaccountsignup", _sign_up()),
    "sign up, bad address": asked(
        "localaccountsignup", _sign_up(email="ada"), email="email.invalid"
    ),
    "sign up, code sent": asked("localaccountsignup", _sign_up(email=ADA, sent=True)),
    "sign up, wrong code": asked(
        "localaccountsignup", _sign_up(email=ADA, sent=True), verificationCode="code.wrong"
    ),
    "sign up, verified": asked("localaccountsignup", _sign_up(email=ADA, sent=True, verified=True)),
    "sign up, weak password": asked(
        "localaccountsignup",
        _sign_up(email=ADA, sent=True, verified=True),
        newPassword="password.rules",
    ),
    "sign up, several errors": asked(
        "localaccountsignup",
        _sign_up(email=ADA, sent=True, verified=True),
        email="account.exists",
        newPassword="password.required",
    ),
    "sign up, attributes": signing_up(QUESTIONS),
    "sign up, wrong attributes": signing_up(QUESTIONS, **WRONG),
    "sign up, one wrong choice": signing_up(QUESTIONS, extension_Size="attribute.required"),
    "sign up, one wrong date": signing_up(QUESTIONS, extension_Born="attribute.date"),
    "profile": editing(QUESTIONS),
    "profile, wrong": editing(QUESTIONS, **WRONG),
    "sign up, unverified address": asked("localaccountsignup", _sign_up(verify=False)),
    "account name": asked("accountname", _named()),
    "account name, unknown": asked("accountname", _named(name=ADA), loginfmt="name.unknown"),
    "account name, providers": asked("accountname", _named(providers=PROVIDERS[:1])),
    "account name, creating": asked("accountname", _named(creating=True)),
    "account name, Arabic": asked("accountname", _named(), "ar"),
    "account password": asked("accountpassword", _password()),
    "account password, wrong": asked("accountpassword", _password(), passwd="account.refused"),
    "account password, locked": asked(
        "accountpassword", _password(code=True), whole_page="account.locked"
    ),
    "passcode": asked("emailpasscode", _passcode(sent=False)),
    "passcode, not sent": asked(
        "emailpasscode", _passcode(sent=False), whole_page="code.throttled"
    ),
    "passcode, sent": asked("emailpasscode", _passcode(sent=True)),
    "passcode, wrong": asked("emailpasscode", _passcode(sent=True), otc="code.wrong"),
    "passcode, sent, Arabic": asked("emailpasscode", _passcode(sent=True), "ar"),
    "guest's details": asked("guestdetails", _DETAILS),
    "guest's details, wrong": asked("guestdetails", _DETAILS, displayName="attribute.required"),
    "no guest": asked("notfromhere", _outside("guest.unknown", "AADSTS50020")),
    "guest of a provider": asked("notfromhere", _outside("guest.provider", "", "Google")),
    "sign in, nothing typed, Arabic": asked(
        "signuporsignin",
        _sign_in(),
        "ar",
        signInName="email.required",
        password="password.required",
    ),
    "sign up, several errors, Arabic": asked(
        "localaccountsignup",
        _sign_up(email=ADA, sent=True, verified=True),
        "ar",
        email="account.exists",
        newPassword="password.rules",
    ),
    "sign up, code sent, German": asked("localaccountsignup", _sign_up(email=ADA, sent=True), "de"),
    "sign up, weak password, Japanese": asked(
        "localaccountsignup",
        _sign_up(email=ADA, sent=True, verified=True),
        "ja",
        newPassword="password.rules",
    ),
    "sign up, wrong attributes, Arabic": signing_up(QUESTIONS, "ar", **WRONG),
    "fatal, Arabic": Picture(
        "error",
        {
            **_FAULT,
            "voice": Voice("ar"),
            "heading": say("page.error.title.request", language="ar"),
        },
    ),
    "fatal": Picture("error", _FAULT),
    "cannot run": Picture(
        "error",
        {
            **_FAULT,
            "heading": say("page.error.title.stopped"),
            "message": say("flow.cannot_run", {"thing": "the identity provider X"}),
            "code": "AADB2C90037",
        },
    ),
    "blocked by a connector": Picture(
        "error",
        {
            **_FAULT,
            "heading": say("page.error.title.stopped"),
            "message": "Thank you. Your request waits for approval, which may take a day.",
            "code": "",
            "remedy": False,
        },
    ),
    "connector failed": Picture(
        "error",
        {
            **_FAULT,
            "heading": say("page.error.title.stopped"),
            "message": say("connector.timeout", {"name": "Approve sign-up", "step": "PreToken"}),
            "code": "AADB2C90075",
        },
    ),
    "sign up, refused by a connector": asked(
        "localaccountsignup",
        _sign_up(email=ADA, sent=True, verified=True),
        whole_page="connector.message",
    ),
    "lost": Picture(
        "error",
        {
            **_FAULT,
            "heading": say("page.error.title.lost"),
            "message": say("page.error.lost"),
            "code": "AADB2C90046",
            "again": f"{BASE}/again",
        },
    ),
    "too many requests": Picture(
        "error",
        {
            **_FAULT,
            "heading": say("page.error.title"),
            "message": "Too many requests; try again in 3 s.",
            "code": "",
        },
    ),
    "sign out, German": Picture(
        "signout",
        {
            "voice": Voice("de"),
            "brand": "Contoso",
            "action": f"{BASE}/contoso.onmicrosoft.com/b2c_1_susi/oauth2/v2.0/logout",
            "parameters": {"csrf_token": "c" * 43},
        },
    ),
    "signed out": Picture("signedout", {"brand": "Contoso", "others": (), "onward": ""}),
    "others signed out": Picture(
        "signedout",
        {
            "brand": "Contoso",
            "others": ("https://shop.example/out",),
            "onward": "https://app.example/back?state=s",
        },
    ),
    "sign out": Picture(
        "signout",
        {
            "brand": "Contoso",
            "action": f"{BASE}/contoso.onmicrosoft.com/b2c_1_susi/oauth2/v2.0/logout",
            "parameters": {"state": '"><script>x</script>', "csrf_token": "c" * 43},
        },
    ),
    "working": Picture("working", {"brand": "Contoso", "onward": f"{BASE}/again"}),
    "form post": Picture(
        "formpost",
        {
            "brand": "Contoso",
            "uri": "https://app.example/back",
            "parameters": {"state": '"><script>x</script>', "code": "abc"},
        },
    ),
}


def draw(render: Render, picture: Picture) -> str:
    return render.page(
        picture.template, nonce=NONCE, correlation=CORRELATION, traced=True, **picture.model
    )
