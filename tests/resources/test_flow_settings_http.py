"""/vestibule/v1/userFlows/{id}/settings over HTTP, with own-api's names and B2C's ranges.

Source: design own-api; runtime.md 3.4, 3.6, 4.1, 4.2, 5.1, 5.8.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from live import Live
from resources.bodies import ATTRIBUTES, B2C, B2X, attribute, b2c, b2x, created, read
from resources.tokens import Mint
from vestibule.oidc.signing import peek
from vestibule.tenancy import Flow

OWN = "/vestibule/v1/userFlows"
AT_FIRST: dict[str, Any] = {  # own-api.md, with the defaults of runtime.md and defaults.md
    "applicationClaims": [
        "emails", "oid", "name", "given_name", "family_name", "newUser", "idp",
    ],
    "accessTokenLifetimeMinutes": 60,
    "idTokenLifetimeMinutes": 60,
    "refreshTokenLifetimeDays": 14,
    "refreshTokenSlidingWindowDays": 90,
    "sessionLifetimeMinutes": 1440,
    "sessionExpiry": "rolling",
    "ssoScope": "tenant",
    "keepMeSignedInDays": None,
    "requireIdTokenForLogout": False,
    "issuerForm": "tenant",
    "policyClaim": "tfp",
    "subjectForm": "objectId",
    "localAccount": "email",
    "emailVerification": True,
    "passwordRules": {"kind": "strong", "min": 8, "max": 64, "classes": 3},
    "selfServicePasswordReset": False,
    "forcedPasswordReset": False,
    "protocol": "b2c",
}  # fmt: skip
CHANGED: dict[str, Any] = {
    "applicationClaims": ["oid", "city"],
    "accessTokenLifetimeMinutes": 5,
    "idTokenLifetimeMinutes": 1440,
    "refreshTokenLifetimeDays": 90,
    "refreshTokenSlidingWindowDays": None,
    "sessionLifetimeMinutes": 15,
    "sessionExpiry": "absolute",
    "ssoScope": "policy",
    "keepMeSignedInDays": 90,
    "requireIdTokenForLogout": True,
    "issuerForm": "userFlow",
    "policyClaim": "acr",
    "subjectForm": "notSupported",
    "localAccount": "userName",
    "emailVerification": False,
    "passwordRules": {"kind": "custom", "min": 4, "max": 256, "classes": 1},
    "selfServicePasswordReset": True,
    "forcedPasswordReset": True,
    "protocol": "openid",
}


@pytest.fixture(scope="module")
def graph(live: Live, mint: Mint) -> Iterator[httpx2.Client]:
    """A client that may do everything in a tenant of this module's tests."""
    _, token = mint.fresh_tenant()
    with live.http(headers={"authorization": f"Bearer {token}"}) as client:
        yield client


def made(graph: httpx2.Client, **more: Any) -> str:
    """The id of a new b2c flow."""
    return str(created(graph, B2C, b2c(uuid4().hex, **more))["id"])


def settings_at(graph: httpx2.Client, flow: str) -> dict[str, Any]:
    """Every setting of a flow, without what says whose they are."""
    shown = read(graph, f"{OWN}/{flow}/settings")
    assert shown.pop("@odata.context").endswith("/settings")
    assert shown.pop("id").casefold() == flow.casefold()
    return dict(shown)


def patch(graph: httpx2.Client, flow: str, **body: Any) -> httpx2.Response:
    return graph.patch(f"{OWN}/{flow}/settings", json=body)


def running(graph: httpx2.Client, mint: Mint, flow: str) -> Flow:
    """The flow as the runtime has it."""
    _, claims = peek(graph.headers["authorization"].removeprefix("Bearer "))
    found = mint.tenant(claims["tid"]).flow(flow)
    assert found is not None
    return found


def test_a_new_flow_has_b2cs_defaults(graph: httpx2.Client, mint: Mint) -> None:
    flow = made(graph)
    assert settings_at(graph, flow) == AT_FIRST
    settings = running(graph, mint, flow).settings
    assert {**settings, "applicationClaims": [*settings["applicationClaims"]]} == AT_FIRST


def test_what_is_set_is_shown_stored_and_run(graph: httpx2.Client, mint: Mint) -> None:
    flow = made(graph)
    assert patch(graph, flow, **CHANGED).status_code == 204
    assert settings_at(graph, flow.upper()) == CHANGED  # as Graph's face, in any casing
    run = running(graph, mint, flow)
    assert {**run.settings, "applicationClaims": ["oid", "city"]} == CHANGED
    assert (run.issuer_is_flow, run.local_account) == (True, True)
    trail = read(graph, f"/vestibule/v1/audit?$filter=target eq '{flow}'")["value"]
    assert "write vestibule.userFlowSettings" in [entry["action"] for entry in trail]


def test_one_setting_leaves_the_others(graph: httpx2.Client) -> None:
    flow = made(graph)
    patch(graph, flow, ssoScope="disabled")
    answer = graph.patch(
        f"{OWN}/{flow}/settings",
        json={"protocol": "openid"},
        headers={"prefer": "return=representation"},
    )
    assert answer.status_code == 200
    assert settings_at(graph, flow) == {
        **AT_FIRST, "ssoScope": "disabled", "protocol": "openid",
    }  # fmt: skip


def test_null_sets_the_default_again(graph: httpx2.Client) -> None:
    flow = made(graph)
    patch(graph, flow, **CHANGED)
    nothing = dict.fromkeys(AT_FIRST)
    assert patch(graph, flow, **nothing).status_code == 204
    without_end = {"refreshTokenSlidingWindowDays": None}  # null is a value of this one
    assert settings_at(graph, flow) == {**AT_FIRST, **without_end}


def test_what_was_read_can_be_written_back(graph: httpx2.Client) -> None:
    flow = made(graph, userFlowType="passwordReset")
    shown = read(graph, f"{OWN}/{flow}/settings")
    assert patch(graph, flow, **shown).status_code == 204
    assert read(graph, f"{OWN}/{flow}/settings") == shown


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("accessTokenLifetimeMinutes", 5, 1440),
        ("idTokenLifetimeMinutes", 5, 1440),
        ("refreshTokenLifetimeDays", 1, 90),
        ("refreshTokenSlidingWindowDays", 14, 365),  # not below the lifetime
        ("sessionLifetimeMinutes", 15, 1440),
        ("keepMeSignedInDays", 1, 90),
    ],
)
def test_numbers_have_b2cs_ranges(
    graph: httpx2.Client, *, name: str, least: int, most: int
) -> None:
    flow = made(graph)
    for number in (least, most):
        assert patch(graph, flow, **{name: number}).status_code == 204
    for wrong in (least - 1, most + 1, least + 0.5, "60", True):
        refused = patch(graph, flow, **{name: wrong})
        assert (refused.status_code, refused.json()["error"]["target"]) == (400, name), wrong
    assert settings_at(graph, flow) == {**AT_FIRST, name: most}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a scope that there is not": ({"ssoScope": "world"}, "ssoScope"),
    "an issuer that there is not": ({"issuerForm": "host"}, "issuerForm"),
    "text for a flag": ({"emailVerification": "yes"}, "emailVerification"),
    "a window below the lifetime": (
        {"refreshTokenSlidingWindowDays": 20, "refreshTokenLifetimeDays": 21},
        "refreshTokenSlidingWindowDays",
    ),
    "a lifetime above the window": (
        {"refreshTokenLifetimeDays": 90, "refreshTokenSlidingWindowDays": 89},
        "refreshTokenSlidingWindowDays",
    ),
    "rules without a kind": ({"passwordRules": {"min": 8}}, "passwordRules/kind"),
    "rules too short": ({"passwordRules": {"kind": "custom", "min": 3}}, "passwordRules/min"),
    "rules too long": ({"passwordRules": {"kind": "custom", "max": 257}}, "passwordRules/max"),
    "five classes": ({"passwordRules": {"kind": "custom", "classes": 5}}, "passwordRules/classes"),
    "least above most": (
        {"passwordRules": {"kind": "custom", "min": 12, "max": 10}},
        "passwordRules/min",
    ),
    "strong and otherwise": (
        {"passwordRules": {"kind": "strong", "classes": 2}},
        "passwordRules/classes",
    ),
    "simple and otherwise": ({"passwordRules": {"kind": "simple", "min": 4}}, "passwordRules/min"),
    "a claim that there is not": (
        {"applicationClaims": ["oid", "shoeSize"]},
        "applicationClaims/1",
    ),
    "a custom attribute that there is not": (
        {"applicationClaims": ["extension_Nothing"]},
        "applicationClaims/0",
    ),
    "a claim twice": ({"applicationClaims": ["oid", "OID"]}, "applicationClaims/1"),
    "a claim of null": ({"applicationClaims": [None]}, "applicationClaims/0"),
    "claims as text": ({"applicationClaims": "oid"}, "applicationClaims"),
    "something else": ({"template": "ocean"}, "template"),
    "another flow's id": ({"id": "B2C_1_other"}, "id"),
}


@pytest.mark.parametrize(("body", "target"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_is_named(
    graph: httpx2.Client, *, body: dict[str, Any], target: str
) -> None:
    flow = made(graph)
    refused = patch(graph, flow, **body)
    assert (refused.status_code, refused.json()["error"]["target"]) == (400, target), refused.text
    assert settings_at(graph, flow) == AT_FIRST


def test_simple_and_strong_rules_need_no_numbers(graph: httpx2.Client) -> None:
    flow = made(graph)
    for kind, classes in (("simple", 0), ("strong", 3)):
        patch(graph, flow, passwordRules={"kind": kind})
        rules = settings_at(graph, flow)["passwordRules"]
        assert rules == {"kind": kind, "min": 8, "max": 64, "classes": classes}


_TOKENS = (
    "accessTokenLifetimeMinutes", "idTokenLifetimeMinutes", "refreshTokenLifetimeDays",
    "refreshTokenSlidingWindowDays",
)  # fmt: skip
_SESSION = ("sessionLifetimeMinutes", "sessionExpiry", "ssoScope", "requireIdTokenForLogout")
_V3 = ("passwordRules", "selfServicePasswordReset")
LACKING: dict[str, tuple[str, float, tuple[str, ...]]] = {
    # runtime.md 5.1 by type and version: what the flow does not have
    "sign-up or sign-in": ("signUpOrSignIn", 3, ()),
    "sign-up": (
        "signUp", 3, ("keepMeSignedInDays", "selfServicePasswordReset", "forcedPasswordReset"),
    ),
    "sign-in": ("signIn", 3, ("emailVerification", "passwordRules")),
    "profile": ("profileUpdate", 3, ("emailVerification", *_V3, "forcedPasswordReset")),
    "reset": (
        "passwordReset", 3,
        (*_TOKENS, *_SESSION, "keepMeSignedInDays", "emailVerification",
         "selfServicePasswordReset", "forcedPasswordReset"),
    ),
    "resource owner": (
        "resourceOwner", 1,
        (*_SESSION, "keepMeSignedInDays", "emailVerification", *_V3, "forcedPasswordReset"),
    ),
    "old sign-up or sign-in": (
        "signUpOrSignIn", 1, ("keepMeSignedInDays", *_V3, "forcedPasswordReset"),
    ),
    "old sign-in": ("signIn", 1, ("emailVerification", *_V3)),
}  # fmt: skip


@pytest.mark.parametrize(("type_", "version", "lacking"), LACKING.values(), ids=LACKING.keys())
def test_a_flow_has_the_settings_of_its_type(
    graph: httpx2.Client, *, type_: str, version: float, lacking: tuple[str, ...]
) -> None:
    flow = made(graph, userFlowType=type_, userFlowTypeVersion=version)
    at_first = {**AT_FIRST, **dict.fromkeys(lacking)}
    assert settings_at(graph, flow) == at_first
    for name, value in CHANGED.items():
        answer = patch(graph, flow, **{name: value})
        if name in lacking and value is not None:
            assert answer.status_code == 400
            assert answer.json()["error"]["target"] == name
        else:
            assert answer.status_code == 204, answer.text
    assert settings_at(graph, flow) == {**CHANGED, **dict.fromkeys(lacking)}


def test_a_guest_flow_has_only_its_local_accounts(graph: httpx2.Client) -> None:
    flow = created(graph, B2X, b2x(uuid4().hex))["id"]
    shown = settings_at(graph, flow)
    assert shown == {**dict.fromkeys(AT_FIRST), "localAccount": "none"}
    assert patch(graph, flow, ssoScope="tenant").status_code == 400
    assert patch(graph, flow, localAccount="phone").status_code == 400
    assert patch(graph, flow, localAccount="email").status_code == 204
    assert settings_at(graph, flow) == {**shown, "localAccount": "email"}


def test_phone_accounts_need_version_3(graph: httpx2.Client) -> None:
    flow = made(graph, userFlowTypeVersion=1)
    refused = patch(graph, flow, localAccount="phone")
    assert (refused.status_code, refused.json()["error"]["target"]) == (400, "localAccount")


def test_the_issuer_is_one_fact_with_graphs(graph: httpx2.Client) -> None:
    flow = made(graph, tokenClaimsConfiguration={"isIssuerEntityUserFlow": True})
    path = f"{B2C}/{flow}"
    assert settings_at(graph, flow)["issuerForm"] == "userFlow"
    patch(graph, flow, issuerForm="tenant")
    assert read(graph, path)["tokenClaimsConfiguration"] == {"isIssuerEntityUserFlow": False}
    graph.patch(path, json={"tokenClaimsConfiguration": {"isIssuerEntityUserFlow": True}})
    assert settings_at(graph, flow)["issuerForm"] == "userFlow"


def test_local_accounts_are_one_fact_with_graphs(graph: httpx2.Client, mint: Mint) -> None:
    flow = made(graph)
    local, path = "EmailPassword-OAUTH", f"{B2C}/{flow}"
    providers = f"{path}/userFlowIdentityProviders"

    def shown() -> tuple[str, str, list[str]]:
        linked = [one["id"] for one in read(graph, providers)["value"]]
        methods = read(graph, path)["authenticationMethods"]
        return settings_at(graph, flow)["localAccount"], methods, linked

    patch(graph, flow, localAccount="none")
    assert shown() == ("none", "0", [])
    assert not running(graph, mint, flow).local_account
    patch(graph, flow, localAccount="userName")
    assert shown() == ("userName", "emailWithPassword", [local])
    graph.delete(f"{providers}/{local}/$ref")
    assert shown() == ("none", "0", [])
    assert running(graph, mint, flow).settings["localAccount"] == "none"
    graph.post(f"{providers}/$ref", json={"@odata.id": f"identityProviders/{local}"})
    assert shown() == ("userName", "emailWithPassword", [local])
    patch(graph, flow, localAccount="none")
    assert shown() == ("none", "0", [])


def test_claims_that_were_set_are_the_whole_truth(graph: httpx2.Client, mint: Mint) -> None:
    """Decision 0004: until then tokens tell what is asked for."""
    flow = made(graph)
    size = created(graph, ATTRIBUTES, attribute("Size"))["id"]
    created(
        graph,
        f"{B2C}/{flow}/userAttributeAssignments",
        {
            "displayName": "Size",
            "isOptional": True,
            "userInputType": "textBox",
            "userAttribute": {"id": size},
        },
    )
    usual = tuple(AT_FIRST["applicationClaims"])
    before = running(graph, mint, flow).settings["applicationClaims"]
    assert before == (*usual, "extension_Size")
    patch(graph, flow, applicationClaims=["oid", "extension_size"])
    after = running(graph, mint, flow).settings["applicationClaims"]
    assert after == ("oid", "extension_Size")
    patch(graph, flow, applicationClaims=[])
    assert running(graph, mint, flow).settings["applicationClaims"] == ()


def test_settings_go_with_their_flow(graph: httpx2.Client) -> None:
    flow = created(graph, B2C, b2c("gone"))["id"]
    patch(graph, flow, **CHANGED)
    assert graph.delete(f"{B2C}/{flow}").status_code == 204
    assert graph.get(f"{OWN}/{flow}/settings").status_code == 404
    created(graph, B2C, b2c("gone"))
    assert settings_at(graph, flow) == AT_FIRST


def test_settings_set_at_once_are_all_kept(graph: httpx2.Client) -> None:
    flow = made(graph)
    flags = [name for name, value in CHANGED.items() if isinstance(value, bool)]
    with ThreadPoolExecutor(len(flags)) as pool:
        answers = pool.map(lambda name: patch(graph, flow, **{name: CHANGED[name]}), flags)
        assert {answer.status_code for answer in answers} == {204}
    expected = {**AT_FIRST, **{name: CHANGED[name] for name in flags}}
    assert settings_at(graph, flow) == expected


def test_flows_are_listed_with_their_kind(graph: httpx2.Client) -> None:
    flow, guests = made(graph), created(graph, B2X, b2x(uuid4().hex))["id"]
    listed = read(graph, f"{OWN}?$filter=kind eq 'b2x'&$expand=settings")["value"]
    [found] = [one for one in listed if one["id"] == guests]
    assert found["userFlowType"] == "signUpOrSignIn"
    assert found["settings"]["localAccount"] == "none"
    assert flow not in [one["id"] for one in listed]
    assert graph.post(OWN, json=b2c("other")).status_code == 405
