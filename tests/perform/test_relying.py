"""Whom an identity provider says that somebody is: a real one over HTTPS, on a real store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc import jwt

from abroad import APPLE_KEY, FABRIKAM, RETURN_TO, TENANT_KEY, Abroad
from foreign import ADA, Asked, Reply, Signer
from vestibule.journey.effects import Departing, Federated, ProviderFailed
from vestibule.perform.providers.departures import departed
from vestibule.perform.providers.sign_out import end_session

pytestmark = pytest.mark.anyio

NAMES = {"displayName": "Ada Lovelace", "givenName": "Ada", "surname": "Lovelace"}
MAIL = "ada@fabrikam.example"
TID = "0f8fad5b-d9cb-469f-a165-70867728950e"
NUMBER = 2**53 + 1


@dataclass(frozen=True, slots=True)
class Kind:
    """A provider, what it says, and what we make of it. `idp` is "" for its issuer; `userinfo`:
    how often that is asked for."""

    id: str
    idp: str = ""
    subject: str = "ada-at-fabrikam"
    attributes: Mapping[str, str] = field(default_factory=lambda: NAMES)
    email: str = MAIL
    userinfo: int = 0
    person: Mapping[str, Any] = field(default_factory=lambda: ADA)
    token: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    emails: Any = None
    access_token: bool = True


KINDS = {
    "OpenID Connect, code by form": Kind(FABRIKAM),
    "OpenID Connect, code by query": Kind("code by query"),
    "OpenID Connect, id token by form": Kind("id token by form", access_token=False),
    "OpenID Connect, id token by query": Kind("id token by query", access_token=False),
    "OpenID Connect, a name that only user info has": Kind(
        FABRIKAM, token={"family_name": None}, userinfo=1
    ),
    "OpenID Connect, whose metadata name the issuers of many tenants": Kind(
        FABRIKAM,
        metadata={"issuer": "{base}/{tenantid}/v2.0"},
        token={"iss": f"{{base}}/{TID}/v2.0", "tid": TID},
        idp=f"{{base}}/{TID}/v2.0",
        email="",  # the tenant's administrator may have written what they like
    ),
    "OpenID Connect, B2C's issuer beside its metadata": Kind(
        FABRIKAM,
        metadata={"issuer": f"{{base}}/{TID}/v2.0/"},
        token={"iss": f"{{base}}/{TID}/v2.0/"},
        idp=f"{{base}}/{TID}/v2.0/",
    ),
    "oidcIdentityProvider, proved by a secret": Kind("oidc by secret"),
    "oidcIdentityProvider, proved by a key": Kind("oidc by key"),
    "oidcIdentityProvider, mapped": Kind(
        "oidc mapped",
        subject="4711",
        attributes={**NAMES, "displayName": "Countess", "city": "London"},
        token={"employee": "4711", "display": "Countess", "address": {"town": "London"}},
    ),
    "Google": Kind("Google-OAUTH", "google.com"),
    "Microsoft": Kind("Microsoft-OAUTH", "live.com"),
    "Microsoft account of a guest": Kind("MSASignup-OAUTH", "MicrosoftAccount"),
    "Entra ID account of a guest": Kind(
        "AADSignup-OAUTH",
        "ExternalAzureAD",
        subject=f"{TID}.ada-at-fabrikam",
        metadata={"issuer": "{base}/{tenantid}/v2.0"},
        token={"iss": f"{{base}}/{TID}/v2.0", "tid": TID},
        email="",
    ),
    "Entra ID account with an address of the tenant": Kind(
        "AADSignup-OAUTH",
        "ExternalAzureAD",
        subject=f"{TID}.ada-at-fabrikam",
        metadata={"issuer": "{base}/{tenantid}/v2.0"},
        token={"iss": f"{{base}}/{TID}/v2.0", "tid": TID, "xms_edov": "1"},
    ),
    "Facebook": Kind(
        "Facebook-OAUTH",
        "facebook.com",
        subject="10150001",
        person={
            "id": "10150001",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "name": "Ada Lovelace",
            "email": MAIL,
        },
        userinfo=1,
    ),
    "GitHub, which numbers people and lists their addresses": Kind(
        "GitHub-OAUTH",
        "github.com",
        subject=str(NUMBER),
        attributes={"displayName": "Ada Lovelace"},
        person={"id": NUMBER, "login": "ada", "name": "Ada Lovelace", "email": None},
        emails=[
            {"email": "old@fabrikam.example", "primary": False, "verified": True},
            {"email": MAIL, "primary": True, "verified": True},
        ],
        userinfo=1,
    ),
    "GitHub, with an address that is not verified": Kind(
        "GitHub-OAUTH",
        "github.com",
        subject="7",
        attributes={"displayName": "Ada"},
        person={"id": 7, "name": "Ada"},
        emails=[{"email": MAIL, "primary": True, "verified": False}],
        email="",
        userinfo=1,
    ),
    "LinkedIn": Kind("LinkedIn-OAUTH", "linkedin.com", userinfo=1),
    "Amazon": Kind(
        "Amazon-OAUTH",
        "amazon.com",
        subject="amzn1.account.ADA",
        attributes={"displayName": "Ada Lovelace"},
        person={"user_id": "amzn1.account.ADA", "name": "Ada Lovelace", "email": MAIL},
        userinfo=1,
    ),
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
async def test_somebody_comes_back(there: Abroad, kind: Kind) -> None:
    provider = there.provider
    provider.person = kind.person
    provider.metadata_changes = {**_at(provider.base, kind.metadata), **_silent(kind)}
    provider.answer_changes = {"iss": None} if kind.metadata else {}
    provider.token_changes = _at(provider.base, kind.token)
    provider.replies["/emails"] = Reply.json(kind.emails)
    came = await there.visit(kind.id)
    assert isinstance(came, Federated), came
    idp = kind.idp.replace("{base}", provider.base) or provider.base
    assert (came.issuer, came.subject, came.idp) == (idp, kind.subject, idp)
    assert (came.attributes, came.email, came.user) == (kind.attributes, kind.email, "")
    assert provider.count("/userinfo") == kind.userinfo
    assert bool(came.access_token) == kind.access_token
    if kind.access_token:
        opened = there.stage.tools.vault.open(
            came.access_token, "idp_access_token", there.stage.tenant.id
        )
        assert opened.startswith("access-code-1")


def _at(base: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.replace("{base}", base) if isinstance(value, str) else value
        for name, value in changes.items()
    }


def _silent(kind: Kind) -> dict[str, Any]:
    """Who names the issuers of many tenants does not name one beside the code."""
    silent = {"authorization_response_iss_parameter_supported": None}
    return silent if kind.metadata else {}


@pytest.mark.parametrize("algorithm", ["RS256", "RS512", "PS256", "ES256", "Ed25519"])
async def test_id_token_may_be_signed_by(there: Abroad, algorithm: str) -> None:
    provider = there.provider
    others = {"ES256": Signer.ec, "Ed25519": Signer.ed}
    made = others[algorithm]() if algorithm in others else replace(provider.signer)
    provider.signer = replace(made, algorithm=algorithm)
    assert isinstance(await there.visit(), Federated)


async def test_key_may_be_for_the_issuers_of_many_tenants(there: Abroad) -> None:
    provider, issuer = there.provider, f"{there.provider.base}/{{tenantid}}/v2.0"
    provider.metadata_changes = {
        "issuer": issuer,
        "authorization_response_iss_parameter_supported": None,
    }
    provider.answer_changes = {"iss": None}
    provider.token_changes = {"iss": issuer.replace("{tenantid}", TID), "tid": TID}
    provider.published = [{**provider.signer.public(), "issuer": issuer}]
    assert isinstance(await there.visit("AADSignup-OAUTH"), Federated)


# --------------------------------------------------------------------------- the departure


async def test_request_has_everything_that_the_answer_is_checked_by(there: Abroad) -> None:
    address = await there.address(login_hint=MAIL, domain_hint="fabrikam.example", anew=True)
    assert address.startswith(f"{there.provider.base}/authorize?")
    asked = dict(parse_qsl(urlsplit(address).query))
    chance = {name: asked.pop(name) for name in ("state", "nonce", "code_challenge")}
    assert len(set(chance.values())) == 3
    assert asked == {
        "client_id": "vestibule",
        "response_type": "code",
        "response_mode": "form_post",
        "redirect_uri": RETURN_TO,
        "scope": "openid profile email",
        "code_challenge_method": "S256",
        "login_hint": MAIL,
        "domain_hint": "fabrikam.example",
        "prompt": "login",
        "max_age": "0",
    }


async def test_another_departure_is_another_state(there: Abroad) -> None:
    first, second = await there.address(), await there.address()
    for name in ("state", "nonce", "code_challenge"):
        drawn = [dict(parse_qsl(urlsplit(one).query))[name] for one in (first, second)]
        assert drawn[0] != drawn[1]


async def test_query_of_an_endpoint_stays(there: Abroad) -> None:
    endpoint = f"{there.provider.base}/authorize?p=susi"
    there.provider.metadata_changes = {"authorization_endpoint": endpoint}
    assert (await there.address()).startswith(f"{endpoint}&client_id=vestibule&")


@pytest.mark.parametrize(
    ("id", "parameter"),
    [
        ("Google-OAUTH", ("prompt", "select_account")),
        ("Facebook-OAUTH", ("auth_type", "reauthenticate")),
        ("Microsoft-OAUTH", ("prompt", "login")),
    ],
)
async def test_provider_is_asked_anew_in_its_own_words(
    there: Abroad, id: str, parameter: tuple[str, str]
) -> None:
    assert parameter in parse_qsl(urlsplit(await there.address(id, anew=True)).query)
    assert parameter not in parse_qsl(urlsplit(await there.address(id)).query)


async def test_linkedin_gets_no_challenge_and_no_verifier(there: Abroad) -> None:
    assert "code_challenge" not in await there.address("LinkedIn-OAUTH")
    assert isinstance(await there.visit("LinkedIn-OAUTH"), Federated)
    assert "code_verifier" not in _last(there, "/token").form


async def test_state_leads_to_its_journey(there: Abroad) -> None:
    answer = there.provider.answer(await there.address())
    tools, tenant, now = there.stage.tools, there.stage.tenant, there.stage.world.now()
    found = await departed(tools, tenant, answer["state"], now)
    assert found is not None
    assert (found.journey, found.provider, found.back) == ("the journey", FABRIKAM, False)
    assert await departed(tools, tenant, "another", now) is None
    assert await departed(tools, replace(tenant, id="another"), answer["state"], now) is None
    assert isinstance(await there.arrive(answer), Federated)
    assert await departed(tools, tenant, answer["state"], now) == replace(found, back=True)
    late = now + timedelta(hours=1)
    assert await departed(tools, tenant, answer["state"], late) is None


async def test_what_is_remembered_holds_neither_state_nor_verifier(there: Abroad) -> None:
    asked = dict(parse_qsl(urlsplit(await there.address()).query))
    tickets = there.stage.path.read_bytes()
    wal = there.stage.path.with_name(f"{there.stage.path.name}-wal")
    tickets += wal.read_bytes() if wal.exists() else b""
    assert asked["nonce"].encode() in tickets, "this is where it would be"
    assert isinstance(await there.arrive(there.provider.answer(_again(asked, there))), Federated)
    verifier = _last(there, "/token").form["code_verifier"]
    for secret in (asked["state"], verifier):
        assert secret.encode() not in tickets


def _again(asked: Mapping[str, str], there: Abroad) -> str:
    pairs = "&".join(f"{name}={value}" for name, value in asked.items())
    return f"{there.provider.base}/authorize?{pairs}"


# --------------------------------------------------------------------------- proofs of ours


def _last(there: Abroad, path: str) -> Asked:
    return next(one for one in reversed(there.provider.asked) if one.path == path)


@pytest.mark.parametrize(
    ("methods", "basic"),
    [(["client_secret_basic", "client_secret_post"], False), (None, True)],
    ids=["posted where that may be", "by Basic where nothing is said"],
)
async def test_secret_goes_where_the_provider_wants_it(
    there: Abroad, methods: list[str] | None, *, basic: bool
) -> None:
    there.provider.metadata_changes = {"token_endpoint_auth_methods_supported": methods}
    assert isinstance(await there.visit(), Federated)
    sent = _last(there, "/token")
    assert ("authorization" in sent.headers, "client_secret" in sent.form) == (basic, not basic)


async def test_key_of_the_tenant_signs_what_proves_us(there: Abroad) -> None:
    assert isinstance(await there.visit("oidc by key"), Federated)
    form = _last(there, "/token").form
    signed = jwt.decode(form["client_assertion"], TENANT_KEY, algorithms=["ES256"])
    at = int(there.stage.world.now().timestamp())
    assert signed.header["kid"] == "contoso-1"
    assert {**signed.claims, "jti": ""} == {
        "iss": "vestibule",
        "sub": "vestibule",
        "aud": there.provider.base,
        "jti": "",
        "iat": at,
        "exp": at + 300,
    }
    assert "client_secret" not in form


# --------------------------------------------------------------------------- Apple


APPLE = "Apple-Managed-OIDC"


async def _from_apple(there: Abroad, id: str = APPLE, **fields: str) -> Federated:
    provider = there.provider
    provider.person = {"sub": "001.ada", "email": MAIL, "email_verified": "true"}
    address = await there.address(id)
    provider.client = ("vestibule", "")  # what it gets is looked at below
    provider.replies["/token"] = Reply.json(
        {
            "access_token": "opaque",
            "token_type": "Bearer",
            "id_token": provider.id_token(
                "vestibule", dict(parse_qsl(urlsplit(address).query))["nonce"]
            ),
        }
    )
    came = await there.arrive({**provider.answer(address), **fields}, id)
    assert isinstance(came, Federated), came
    return came


async def test_apple_tells_a_name_in_the_first_form_alone(there: Abroad) -> None:
    user = '{"name": {"firstName": "Ada", "lastName": "Lovelace"}, "email": "mallory@x.example"}'
    first = await _from_apple(there, user=user)
    assert first.attributes == NAMES
    assert first.email == MAIL, "nobody has signed what the form says"
    there.forget()
    later = await _from_apple(there)
    assert (later.subject, later.attributes, later.idp) == (
        "001.ada",
        {},
        "https://appleid.apple.com",
    )


@pytest.mark.parametrize(
    "user",
    [
        "",
        "no JSON",
        "[]",
        '{"name": "Ada"}',
        '{"name": {"firstName": 7}}',
        '{"sub": "x"}',
        "[" * 4000,
    ],
)
async def test_nonsense_from_apples_form_tells_nothing(there: Abroad, user: str) -> None:
    came = await _from_apple(there, user=user)
    assert (came.subject, came.attributes) == ("001.ada", {})


@pytest.mark.parametrize("id", [APPLE, "Apple by the middle of its key"])
async def test_apples_secret_is_signed_for_one_request(there: Abroad, id: str) -> None:
    await _from_apple(there, id)
    asked = dict(parse_qsl(urlsplit(await there.address(APPLE)).query))
    assert (asked["response_mode"], asked["scope"]) == ("form_post", "name email")
    secret = jwt.decode(
        _last(there, "/token").form["client_secret"], APPLE_KEY, algorithms=["ES256"]
    )
    at = int(there.stage.world.now().timestamp())
    assert secret.header["kid"] == "KEY"
    assert secret.claims == {
        "iss": "TEAM",
        "iat": at,
        "exp": at + 300,
        "aud": there.provider.base,
        "sub": "vestibule",
    }


async def test_key_that_is_none_is_told_of(there: Abroad) -> None:
    stopped = await there.visit("Apple by no key")
    assert isinstance(stopped, ProviderFailed)
    assert (stopped.code, "certificateData" in stopped.reason) == ("90243", True)


# --------------------------------------------------------------------------- who it is


async def test_what_is_signed_counts_more(there: Abroad) -> None:
    there.provider.token_changes = {"family_name": None}
    there.provider.info_changes = {"name": "Mallory", "email": "mallory@fabrikam.example"}
    came = await there.visit()
    assert isinstance(came, Federated)
    assert (came.attributes, came.email) == (NAMES, MAIL)
    there.forget()
    there.provider.token_changes = {"name": "Countess"}
    user = '{"name": {"firstName": "Mallory", "lastName": ""}}'
    assert (await _from_apple(there, user=user)).attributes["displayName"] == "Countess"


async def test_people_are_asked_again_where_that_was_wanted(there: Abroad) -> None:
    before = there.stage.world.now().timestamp() - 3600
    there.provider.token_changes = {"auth_time": before}
    assert isinstance(await there.visit(), Federated)
    refused = await there.visit(anew=True)
    assert isinstance(refused, ProviderFailed)
    assert "again" in refused.reason
    there.provider.token_changes = {"auth_time": before + 3600}
    assert isinstance(await there.visit(anew=True), Federated)


async def test_session_at_the_provider_is_ended_where_it_says(there: Abroad) -> None:
    tools, tenant, now = there.stage.tools, there.stage.tenant, there.stage.world.now()
    back = "https://login.contoso.example/back?x=1"
    address = await end_session(tools, tenant, FABRIKAM, now, return_to=back)
    assert address.startswith(f"{there.provider.base}/logout?")
    assert dict(parse_qsl(urlsplit(address).query)) == {
        "client_id": "vestibule",
        "post_logout_redirect_uri": back,
    }
    for id in ("GitHub-OAUTH", "removed", "Weibo-OAUTH"):
        assert await end_session(tools, tenant, id, now) == ""
    there.forget()
    there.provider.metadata_changes = {"end_session_endpoint": "javascript:alert(1)"}
    assert await end_session(there.stage.tools, tenant, FABRIKAM, now) == ""


@pytest.mark.parametrize(
    ("id", "code", "words"),
    [
        ("removed", "90273", "removed"),
        ("Weibo-OAUTH", "90273", "cannot ask Weibo"),
        ("access token", "90273", "responseType"),
        ("EmailOtpSignup-OAUTH", "90273", "cannot ask"),
    ],
)
async def test_nobody_leaves_for(there: Abroad, id: str, code: str, words: str) -> None:
    stopped = await there.depart(id)
    assert isinstance(stopped, ProviderFailed)
    assert (stopped.code, stopped.denied) == (code, False)
    assert words in stopped.reason


async def test_guests_need_a_client_of_the_server(there: Abroad) -> None:
    tools = there.stage.tools
    there.stage.tools = replace(tools, relying=replace(tools.relying, clients={}))
    stopped = await there.depart("AADSignup-OAUTH")
    there.stage.tools = tools
    assert isinstance(stopped, ProviderFailed)
    assert stopped.code == "90243"
    assert isinstance(await there.depart("AADSignup-OAUTH"), Departing)
