"""Signing in at an identity provider and coming back: a stand-in over HTTPS, and a whole server."""

from __future__ import annotations

import html
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import pytest

from foreign import ADA as HER
from foreign import Foreign, Reply, foreign
from oidc.contoso import BASE, BOB, TID, WEB, unpacked
from oidc.house import (
    ADDRESS,
    DOMAIN,
    House,
    answered,
    asking,
    flow,
    follow,
    house,
    migrated,
    redemption,
    shopping,
    sign_in,
    visit,
)
from people import AT_ONCE, Page
from vestibule.ports import Delete, Query
from vestibule.tenancy import Assignment, Provider
from vestibule.web.security import BROWSER_COOKIE

pytestmark = pytest.mark.anyio

RETURN = f"/{DOMAIN}/oauth2/authresp"
MAPPING = {
    "userId": "sub", "displayName": "name", "givenName": "given_name", "surname": "family_name",
    "email": "email",
}  # fmt: skip
NAME = Assignment(
    "displayName", "Display Name", "string", "textBox", optional=False, verification=False
)
EVERY = ("emails", "oid", "name", "newUser", "idp", "idp_access_token")
KINDS = [(type, mode) for type in ("code", "id_token") for mode in ("form_post", "query")]
LOST = "AADB2C90046"


def id_of(type: str, mode: str) -> str:
    return f"OIDC-V1-{type}-{mode}"


CODE, BY_QUERY = id_of("code", "form_post"), id_of("code", "query")
FLOWS = (
    replace(
        flow("both", applicationClaims=EVERY),
        providers=tuple(id_of(*kind) for kind in KINDS),
        attributes=(NAME,),
    ),
    replace(flow("quiet"), providers=(CODE,), local_account=False),
    replace(flow("in", "signIn"), providers=(CODE, BY_QUERY), local_account=False),
    replace(flow("edit", "profileUpdate"), providers=(BY_QUERY,), attributes=(NAME,)),
    flow("local"),
)
BOTH, QUIET, IN, EDIT = "B2C_1_both", "B2C_1_quiet", "B2C_1_in", "B2C_1_edit"


@pytest.fixture(scope="module")
def there() -> Iterator[Foreign]:
    with foreign() as provider:
        yield provider


@dataclass(slots=True)
class Town:
    """A house, and the provider whom its people come from."""

    house: House
    provider: Foreign
    told: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory, there: Foreign) -> AsyncIterator[Town]:
    folder = tmp_path_factory.mktemp("federation")
    authority = folder / "foreign.pem"
    authority.write_text(there.certificate)
    providers = [
        Provider(
            id_of(type, mode), "openIdConnect", "OpenIdConnect", f"Fabrikam {type} {mode}",
            client_id=there.client[0], client_secret=there.client[1],
            details={
                "metadataUrl": f"{there.base}/.well-known/openid-configuration",
                "claimsMapping": MAPPING, "scope": "openid", "responseType": type,
                "responseMode": mode, "domainHint": f"{type}.{mode}.example",
            },
        )
        for type, mode in KINDS
    ]  # fmt: skip
    settings = {"egress_ca": authority}
    async with house(
        folder, await migrated(folder), FLOWS, providers=providers, settings=settings
    ) as made:
        yield Town(made, there)


@pytest.fixture
def at(town: Town) -> Town:
    """The provider behaves, and somebody comes whom nobody has seen before."""
    town.provider.reform()
    town.provider.now = lambda: town.house.now.timestamp()  # noqa: PLW0108 - it moves
    mine = f"{len(town.told)}-{time.monotonic_ns()}"
    town.told.append(mine)
    town.provider.person = {**HER, "sub": mine}
    return town


@pytest.fixture
async def browser(at: Town) -> AsyncIterator[httpx2.AsyncClient]:
    async with at.house.browser() as browser:
        yield browser


# --------------------------------------------------------------------------- what people do


def button(page: Page, provider: str) -> str:
    """The address that the button of a provider leads to."""
    found = re.search(rf'href="([^"]*claimsexchange={provider}&[^"]*)"', page.text)
    assert found, page.text
    return html.unescape(found[1])


async def depart(browser: httpx2.AsyncClient, url: str, provider: str = CODE) -> str:
    """From an authorization request over the page to the provider: its address."""
    page = await visit(browser, url)
    if isinstance(page, Page):
        page = await visit(browser, button(page, provider))
    assert isinstance(page, str), page.text
    return page


async def returned(
    at: Town, browser: httpx2.AsyncClient, address: str, **changes: str
) -> httpx2.Response:
    """Back with the provider's answer, as its response mode has it."""
    told = {**at.provider.answer(address), **changes}
    if dict(parse_qsl(urlsplit(address).query))["response_mode"] == "form_post":
        return await browser.post(RETURN, data=told)
    return await browser.get(RETURN, params=told)


async def landed(browser: httpx2.AsyncClient, response: httpx2.Response) -> Page | str:
    """The page at the end of our own redirects, or where a page leads on to."""
    onward = response.headers.get("refresh", "")
    if onward.startswith(AT_ONCE):
        return str(onward.removeprefix(AT_ONCE))
    return await follow(browser, response)


async def come(at: Town, browser: httpx2.AsyncClient, url: str, provider: str = CODE) -> Page | str:
    """To the provider and back."""
    address = await depart(browser, url, provider)
    return await landed(browser, await returned(at, browser, address))


async def finish(browser: httpx2.AsyncClient, page: Page | str, **fields: str) -> Page | str:
    assert isinstance(page, Page), page
    data = {**page.form.fields, **fields, "action": "create"}
    return await follow(browser, await browser.post(page.form.action, data=data))


async def tokens(at: Town, name: str, landed: Page | str) -> dict[str, Any]:
    answer = await at.house.post(name, "token", redemption(answered(landed)["code"]))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def claims(at: Town, name: str, landed: Page | str) -> dict[str, Any]:
    return dict(unpacked((await tokens(at, name, landed))["id_token"])[1])


async def signed_up(at: Town, browser: httpx2.AsyncClient, provider: str = CODE) -> dict[str, Any]:
    """Somebody new, by the flow that asks for a name."""
    page = await come(at, browser, asking(BOTH), provider)
    return await claims(at, BOTH, await finish(browser, page))


def refused(page: Page | str) -> None:
    assert isinstance(page, Page), page
    assert (page.status, LOST in page.text) == (400, True)


# --------------------------------------------------------------------------- there and back


@pytest.mark.parametrize(("type", "mode"), KINDS)
async def test_somebody_signs_up_and_then_in(
    at: Town, browser: httpx2.AsyncClient, type: str, mode: str
) -> None:
    provider = id_of(type, mode)
    page = await come(at, browser, asking(BOTH), provider)
    assert isinstance(page, Page)
    assert "authresp" not in page.url
    assert page.form.fields["displayName"] == "Ada Lovelace"
    first = await claims(at, BOTH, await finish(browser, page, displayName="Countess Ada"))
    assert (first["idp"], first["name"], first["newUser"]) == (
        at.provider.base, "Countess Ada", True,
    )  # fmt: skip
    assert first["emails"] == ["ada@fabrikam.example"]
    async with at.house.browser() as another:
        again = await claims(at, BOTH, await come(at, another, asking(BOTH), provider))
    assert (again["oid"], again["name"]) == (first["oid"], "Countess Ada")
    assert "newUser" not in again


async def test_nothing_is_asked_where_the_flow_asks_for_nothing(
    at: Town, browser: httpx2.AsyncClient
) -> None:
    told = await claims(at, QUIET, await come(at, browser, asking(QUIET)))
    assert (told["newUser"], told["name"]) == (True, "unknown")


async def test_who_is_known_elsewhere_only_does_not_sign_in(
    at: Town, browser: httpx2.AsyncClient
) -> None:
    page = await come(at, browser, asking(IN))
    assert isinstance(page, Page)
    assert "AADB2C99002" in page.text
    known = await signed_up(at, browser)
    async with at.house.browser() as another:
        assert (await claims(at, IN, await come(at, another, asking(IN))))["oid"] == known["oid"]


async def test_somebody_from_a_provider_edits_a_profile(
    at: Town, browser: httpx2.AsyncClient
) -> None:
    known = await signed_up(at, browser)
    async with at.house.browser() as another:
        page = await come(at, another, asking(EDIT), BY_QUERY)
        assert isinstance(page, Page)
        form = {**page.form.fields, "displayName": "Lady Ada", "action": "continue"}
        done = await follow(another, await another.post(page.form.action, data=form))
    told = await claims(at, EDIT, done)
    assert (told["oid"], told["name"]) == (known["oid"], "Lady Ada")


async def test_the_same_address_here_and_there_is_two_people(
    at: Town, browser: httpx2.AsyncClient
) -> None:
    at.provider.person = {**at.provider.person, "email": ADDRESS[BOB]}
    theirs = await signed_up(at, browser)
    assert theirs["emails"] == [ADDRESS[BOB]]
    async with at.house.browser() as another:
        his = await claims(at, BOTH, await sign_in(another, asking(BOTH)))
    assert his["oid"] == BOB != theirs["oid"]
    assert "idp" not in his


# --------------------------------------------------------------------------- what tokens tell


async def test_the_session_remembers_the_provider(at: Town, browser: httpx2.AsyncClient) -> None:
    first = await signed_up(at, browser)
    again = await claims(at, BOTH, await visit(browser, asking(BOTH)))
    names = ("oid", "idp", "idp_access_token", "auth_time")
    assert [again[name] for name in names] == [first[name] for name in names]


async def test_the_providers_token_is_told_where_it_is_selected_and_sealed_where_it_is_kept(
    at: Town, browser: httpx2.AsyncClient
) -> None:
    page = await come(at, browser, asking(BOTH))
    done = await finish(browser, page)
    (code,) = [one.form["code"] for one in at.provider.asked if one.path == "/token"]
    secret = f"access-{code}"
    database = at.house.system.settings.database.removeprefix("sqlite:///")
    for suffix in ("", "-wal"):
        with open(f"{database}{suffix}", "rb") as file:  # noqa: ASYNC230, PTH123 - a local file
            assert secret.encode() not in file.read()
    body = await tokens(at, BOTH, done)
    assert unpacked(body["id_token"])[1]["idp_access_token"] == secret
    form = {**redemption(""), "grant_type": "refresh_token", "refresh_token": body["refresh_token"]}
    later = (await at.house.post(BOTH, "token", form)).json()
    assert unpacked(later["id_token"])[1]["idp_access_token"] == secret
    assert "idp_access_token" not in await claims(at, QUIET, await visit(browser, asking(QUIET)))


# --------------------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    ("changes", "error", "number"),
    [
        ({"denies": True}, "access_denied", "90273"),
        ({"answer_changes": {"error": "server_error", "code": None}}, "access_denied", "90273"),
        ({"client": ("vestibule", "another")}, "server_error", "90243"),
        ({"replies": {"/token": Reply(manner="close")}}, "temporarily_unavailable", "90289"),
        ({"token_changes": {"nonce": "another"}}, "access_denied", "90273"),
    ],
    ids=["cancelled", "an error there", "our secret is wrong", "no answer", "a foreign token"],
)
async def test_the_application_hears_what_went_wrong(
    at: Town,
    browser: httpx2.AsyncClient,
    changes: Mapping[str, Any],
    error: str,
    number: str,
) -> None:
    address = await depart(browser, asking(BOTH))
    for name, value in changes.items():
        setattr(at.provider, name, value)
    told = answered(await landed(browser, await returned(at, browser, address)))
    assert told["error"] == error
    assert told["error_description"].startswith(f"AADB2C{number}: ")
    found = await at.house.system.entities.find(Query("user_identity", TID))
    assert at.provider.person["sub"] not in [row["issuer_assigned_id"] for row in found]


async def test_a_provider_that_cannot_be_reached_is_told_at_once(
    at: Town, browser: httpx2.AsyncClient
) -> None:
    at.provider.replies["/.well-known/openid-configuration"] = Reply(503)
    at.house.later(days=2)  # what was published is not at hand any more
    page = await visit(browser, asking(BOTH))
    assert isinstance(page, Page)
    told = answered(await visit(browser, button(page, CODE)))
    assert (told["error"], told["error_description"][:12]) == ("access_denied", "AADB2C90273:")


@pytest.mark.parametrize("case", ["unknown", "none", "late", "another browser's", "no cookie"])
async def test_a_state_of_nobody_here_ends_in_a_page(
    at: Town, browser: httpx2.AsyncClient, case: str
) -> None:
    address = await depart(browser, asking(BOTH), BY_QUERY)
    told = at.provider.answer(address)
    if case == "late":
        at.house.later(hours=2)
    async with at.house.browser() as another:
        if case == "another browser's":
            await depart(another, asking(BOTH))
        sends = another if case in {"another browser's", "no cookie"} else browser
        state = {"unknown": {"state": "x" * 43}, "none": {"state": ""}}.get(case, {})
        refused(await landed(sends, await sends.get(RETURN, params={**told, **state})))
    assert at.provider.count("/token") == 0


async def test_an_answer_counts_once(at: Town, browser: httpx2.AsyncClient) -> None:
    """A reload, the back button and another code for the same state show where the person is."""
    address = await depart(browser, asking(BOTH), BY_QUERY)
    told = at.provider.answer(address)
    page = await landed(browser, await browser.get(RETURN, params=told))
    for again in (told, at.provider.answer(address)):
        shown = await landed(browser, await browser.get(RETURN, params=again))
        assert isinstance(shown, Page)
        assert shown.form.fields["displayName"] == "Ada Lovelace"
    assert at.provider.count("/token") == 1
    assert "code" in answered(await finish(browser, page))
    refused(await landed(browser, await browser.get(RETURN, params=told)))


async def test_the_provider_that_was_chosen_last_counts(
    at: Town, browser: httpx2.AsyncClient
) -> None:
    """Who went to one, turned round and chose another: what the first says comes too late."""
    first = await visit(browser, asking(BOTH))
    assert isinstance(first, Page)
    one = await visit(browser, button(first, CODE))
    other = await visit(browser, button(first, BY_QUERY))
    late = await landed(browser, await browser.post(RETURN, data=at.provider.answer(str(one))))
    assert isinstance(late, Page)
    assert f'href="{html.escape(str(other))}"' in late.text
    assert at.provider.count("/token") == 0
    page = await landed(browser, await returned(at, browser, str(other)))
    assert isinstance(page, Page)
    assert page.form.fields["displayName"] == "Ada Lovelace"


@pytest.mark.parametrize("mode", ["form_post", "query"])
async def test_a_page_leads_back_to_the_application(
    at: Town, browser: httpx2.AsyncClient, mode: str
) -> None:
    """Its own policy for forms decides where it leads, not that of the provider's page."""
    await signed_up(at, browser)
    async with at.house.browser() as another:
        address = await depart(another, asking(BOTH), id_of("code", mode))
        response = await returned(at, another, address)
        assert response.status_code == 200
        assert response.headers["refresh"].startswith(f"{AT_ONCE}https://app.example/cb?code=")
        assert "x-ms-cpim-sso" in response.headers["set-cookie"]


async def test_a_form_without_cookies_is_sent_once_more_by_our_own_page(
    at: Town, browser: httpx2.AsyncClient
) -> None:
    """As browsers send the forms of other sites where cookies are SameSite=Lax."""
    address = await depart(browser, asking(BOTH))
    told = at.provider.answer(address)
    async with at.house.browser() as bare:
        response = await bare.post(RETURN, data=told)
        assert "set-cookie" not in response.headers
        assert "form-action 'self';" in response.headers["content-security-policy"]
        form = Page(str(response.url), 200, response.text).form
        refused(await landed(bare, await bare.post(form.action, data=form.fields)))
    assert form.fields == {**told, "vestibule_again": "1"}
    page = await landed(browser, await browser.post(form.action, data=form.fields))
    assert isinstance(page, Page)
    assert page.form.fields["displayName"] == "Ada Lovelace"


# --------------------------------------------------------------------------- on the way


async def test_a_hint_leads_straight_there(browser: httpx2.AsyncClient) -> None:
    url = asking(BOTH, domain_hint="CODE.query.example", login_hint="ada@fabrikam.example")
    address = await visit(browser, url)
    assert isinstance(address, str)
    sent = parse_qs(urlsplit(address).query)
    assert (sent["response_mode"], sent["login_hint"]) == (["query"], ["ada@fabrikam.example"])
    assert sent["redirect_uri"] == [f"{BASE}{RETURN}"]
    assert "prompt" not in sent
    page = await visit(browser, asking(BOTH, domain_hint="nobody.example"))
    assert isinstance(page, Page)
    assert 'id="password"' in page.text


@pytest.mark.parametrize("wanted", [{"prompt": "login"}, {"max_age": "60"}])
async def test_a_new_proof_is_asked_for_there_as_well(
    at: Town, browser: httpx2.AsyncClient, wanted: dict[str, str]
) -> None:
    await signed_up(at, browser)
    at.house.later(minutes=2)
    address = await depart(browser, asking(BOTH, **wanted))
    assert parse_qs(urlsplit(address).query)["prompt"] == ["login"]
    at.provider.token_changes = {"auth_time": at.house.now.timestamp() - 600}
    told = answered(await landed(browser, await returned(at, browser, address)))
    assert "did not ask the person again" in told["error_description"]


async def test_who_comes_back_without_an_answer_is_not_sent_away_again(
    at: Town, browser: httpx2.AsyncClient
) -> None:
    first = await visit(browser, asking(BOTH))
    assert isinstance(first, Page)
    away = await visit(browser, button(first, CODE))
    here = first.form.action.replace("SelfAsserted", "api/CombinedSigninAndSignup/unified")
    page = await visit(browser, here)
    assert isinstance(page, Page)
    assert f'href="{html.escape(str(away))}"' in page.text
    form = {**page.form.fields, "action": "back"}
    page = await follow(browser, await browser.post(page.form.action, data=form))
    assert isinstance(page, Page)
    assert 'id="password"' in page.text
    # What was left behind there is worth nothing any more.
    late = await landed(browser, await browser.post(RETURN, data=at.provider.answer(str(away))))
    assert isinstance(late, Page)
    assert 'id="password"' in late.text


# --------------------------------------------------------------------------- who may not


@pytest.mark.parametrize(
    ("changes", "number"),
    [({"account_enabled": False}, "AADB2C90111"), (None, "")],
    ids=["disabled", "deleted"],
)
async def test_an_account_that_is_no_more_lets_nobody_in(
    at: Town, browser: httpx2.AsyncClient, changes: dict[str, Any] | None, number: str
) -> None:
    oid = (await signed_up(at, browser))["oid"]
    if changes is not None:
        await at.house.change(oid, **changes)
    else:
        await at.house.system.entities.apply([Delete("user", TID, oid)])
    async with at.house.browser() as another:
        page = await come(at, another, asking(BOTH))
    assert isinstance(page, Page)
    assert number in page.text
    if changes is None:  # the identity is free again: somebody new
        assert page.form.fields["displayName"] == "Ada Lovelace"


async def test_a_revoked_session_does_not_come_back(at: Town, browser: httpx2.AsyncClient) -> None:
    oid = (await signed_up(at, browser))["oid"]
    at.house.later(minutes=1)
    await at.house.change(oid, sessions_valid_from=at.house.now)
    at.house.later(minutes=1)
    assert isinstance(await visit(browser, asking(BOTH)), Page)
    assert (await claims(at, BOTH, await come(at, browser, asking(BOTH))))["oid"] == oid


# --------------------------------------------------------------------------- leaving


async def test_signing_out_reaches_the_provider(at: Town, browser: httpx2.AsyncClient) -> None:
    await signed_up(at, browser)
    await visit(browser, shopping(BOTH))
    out = f"/{DOMAIN}/{BOTH}/oauth2/v2.0/logout?client_id={WEB}"
    page = await visit(browser, out)
    assert isinstance(page, Page)
    frames = re.findall(r'<iframe[^>]*src="([^"]*)"', page.text)
    assert frames[0] == "https://shop.example/out"
    assert frames[1].startswith(f"{at.provider.base}/logout?client_id=")
    again = await visit(browser, out)
    assert isinstance(again, Page)
    assert "<iframe" not in again.text


async def test_who_signed_in_here_is_signed_out_here_alone(browser: httpx2.AsyncClient) -> None:
    await sign_in(browser, asking(BOTH))
    page = await visit(browser, f"/{DOMAIN}/{BOTH}/oauth2/v2.0/logout")
    assert isinstance(page, Page)
    assert "<iframe" not in page.text
    assert browser.cookies.get(BROWSER_COOKIE)


def number(text: str) -> str:
    """The correlation id of a page."""
    return text.split("CorrelationId: ")[1][:36]


async def test_a_page_that_leads_on_carries_the_number_of_its_journey(
    at: Town, browser: httpx2.AsyncClient
) -> None:
    await signed_up(at, browser)
    async with at.house.browser() as another:
        page = await visit(another, asking(BOTH))
        assert isinstance(page, Page)
        address = await visit(another, button(page, CODE))
        assert isinstance(address, str)
        onward = await returned(at, another, address)
    assert onward.headers["refresh"].startswith(AT_ONCE)
    assert number(onward.text) == number(page.text)


async def test_the_trace_tells_of_the_way_there_and_back(
    at: Town, browser: httpx2.AsyncClient
) -> None:
    page = await visit(browser, asking(BOTH))
    assert isinstance(page, Page)
    id = number(page.text)
    address = await visit(browser, button(page, CODE))
    assert isinstance(address, str)
    answer = at.provider.answer(address)
    page = await landed(browser, await browser.post(RETURN, data=answer))
    await finish(browser, page, displayName="Countess Ada")
    trace = await at.house.system.ask("GET", TID, f"/vestibule/v1/traces/{id}")
    assert [
        (
            one["step"],
            one["result"] or one["action"] or one["given"],
            one["host"] or one["page"] or one["effect"] or one["outcome"],
        )
        for one in trace["steps"]
    ] == [
        ("sign_in_or_up", "nothing", "signuporsignin"),
        ("sign_in_or_up", "provider", "next"),
        ("federate", "nothing", "Depart"),
        ("federate", "Departing", urlsplit(at.provider.base).hostname),
        ("federate", "parameters", "Arrive"),
        ("federate", "Federated", "next"),
        ("federated_details", "nothing", "socialccountsignup"),
        ("federated_details", "create", "next"),
        ("create_federated", "nothing", "CreateFederated"),
        ("create_federated", "UserCreated", "next"),
        ("read_user", "nothing", "ReadUser"),
        ("read_user", "UserRead", "next"),
        ("finish", "nothing", "tokens"),
    ]
    assert set(trace["steps"][4]["inputs"]) == answer.keys()
    assert trace["steps"][2]["effectTarget"] == CODE
    values = {*answer.values(), *map(str, at.provider.person.values()), "Countess Ada"}
    assert not [value for value in values if len(value) > 4 and value in str(trace)]
