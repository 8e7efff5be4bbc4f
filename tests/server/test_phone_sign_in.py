"""Accounts that sign in with a phone number (row UF-28), with the development inbox."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx2
import pytest

from live import Live
from people import Page, look, press, transaction
from server.sites import PASSWORD, Site, claims_of, code_of, of_development, pressed

USER_FLOWS = "/beta/identity/b2cUserFlows"
SETTINGS = "/vestibule/v1/userFlows/B2C_1_{}/settings"
FLOWS = {
    "phones": "signUpOrSignIn",
    "phonesUp": "signUp",
    "phonesIn": "signIn",
    "phonesProfile": "profileUpdate",
}
_NUMBERS = count(1_000_000)


def create(graph: httpx2.Client, id: str, type: str) -> None:
    body = {"id": id, "userFlowType": type, "userFlowTypeVersion": 3}
    made = graph.post(USER_FLOWS, json=body)
    assert made.status_code == 201, made.text


@pytest.fixture(scope="module")
def site(live: Live) -> Site:
    """A tenant with flows whose accounts have phone numbers."""
    site = of_development(live)
    with site.graph() as graph:
        for id, type in FLOWS.items():
            create(graph, id, type)
            chosen: dict[str, object] = {"localAccount": "phone"}
            if type != "signUp":
                chosen["keepMeSignedInDays"] = 7
            changed = graph.patch(SETTINGS.format(id), json=chosen)
            assert changed.status_code < 300, changed.text
    return site


@pytest.fixture
def browser(site: Site) -> Iterator[httpx2.Client]:
    with site.http() as client:
        yield client


@pytest.fixture
def national() -> str:
    """A number of Austria that nobody has yet, as it is dialled there."""
    return f"0664 {next(_NUMBERS)}"


def abroad(national: str) -> str:
    return "+43" + national.replace(" ", "")[1:]


def start(site: Site, browser: httpx2.Client, flow: str = "phones", **more: str) -> Page:
    query = site.authorize(**{"prompt": "login", **more}).partition("?")[2]
    return look(browser, f"{site.address('authorize', f'B2C_1_{flow}')}?{query}")


def asked(browser: httpx2.Client, page: Page, national: str, country: str = "AT") -> Page:
    """The page after a code was asked for."""
    return pressed(browser, page, "send_code", countryCode=country, number=national)


def proven(site: Site, browser: httpx2.Client, page: Page, national: str) -> Page | str:
    """Where the right code leads."""
    page = asked(browser, page, national)
    code = site.code_for(abroad(national))
    return press(browser, page, "continue", verificationCode=code)


def signed_up(site: Site, browser: httpx2.Client, national: str, flow: str = "phones") -> str:
    page = proven(site, browser, start(site, browser, flow), national)
    assert isinstance(page, Page), page
    landed = press(browser, page, "create", displayName="Ada")
    assert isinstance(landed, str), landed.text
    return landed


def claims(site: Site, landed: Page | str, flow: str = "phones") -> dict[str, Any]:
    assert isinstance(landed, str), landed.text
    with site.http() as client:
        answer = client.post(
            site.address("token", f"B2C_1_{flow}"), data=site.redemption(code_of(landed))
        )
    assert answer.status_code == 200, answer.text
    return claims_of(answer.json()["id_token"])


def test_a_number_signs_up_once_and_then_signs_in(
    site: Site, browser: httpx2.Client, national: str
) -> None:
    made = claims(site, signed_up(site, browser, national))
    assert made["newUser"] is True
    assert "emails" not in made
    with site.http() as other:
        again = claims(site, proven(site, other, start(site, other), national))
    assert again["sub"] == made["sub"]
    assert "newUser" not in again
    with site.graph() as graph:
        user = graph.get(f"/v1.0/users/{made['sub']}?$select=identities,creationType,otherMails")
    assert user.json()["creationType"] == "LocalAccount"
    assert user.json()["otherMails"] == []
    kinds = {one["signInType"]: one for one in user.json()["identities"]}
    assert kinds["phoneNumber"] == {
        "signInType": "phoneNumber",
        "issuer": site.tenant,
        "issuerAssignedId": abroad(national),
    }
    assert set(kinds) == {"phoneNumber", "userPrincipalName"}


def test_message_is_in_the_inbox_and_the_number_may_be_written_in_many_ways(
    site: Site, browser: httpx2.Client, national: str
) -> None:
    page = asked(browser, start(site, browser), f"(0)664/{national[5:]}", "+43")
    assert f'value="{abroad(national)}"' in page.text
    with site.graph() as graph:
        listed = graph.get(
            "/vestibule/v1/messages", params={"$filter": f"to eq '{abroad(national)}'"}
        )
        [message] = listed.json()["value"]
    assert (message["channel"], message["subject"]) == ("sms", None)
    assert message["body"] == (
        f"{message['code']} is your verification code for Contoso. It is valid for 10 minutes."
    )
    with site.http() as anybody:
        assert abroad(national) in anybody.get("/inbox").text


@pytest.mark.parametrize(
    ("country", "number", "says"),
    [
        ("AT", "", "Please enter your phone number."),
        ("", "0664 1", "Choose the country or region of the number."),
        ("QQ", "0664 1234567", "Choose the country or region of the number."),
        ("AT", "call me", "Please enter a valid phone number."),
        ("AT", "12", "Please enter a valid phone number."),
        ("AT", "9" * 400, "Please enter a valid phone number."),
        ("", "+999 1234567", "Please enter a valid phone number."),
    ],
    ids=["none", "no country", "no such country", "words", "short", "long", "no such code"],
)
def test_number_that_nobody_has(
    site: Site, browser: httpx2.Client, country: str, number: str, says: str
) -> None:
    page = asked(browser, start(site, browser), number, country)
    assert says in page.text
    assert 'id="verificationCode"' not in page.text


def test_wrong_code_late_code_and_code_for_another_number(
    site: Site, browser: httpx2.Client, national: str
) -> None:
    page = asked(browser, start(site, browser), national)
    code = site.code_for(abroad(national))
    wrong = pressed(browser, page, "continue", verificationCode="12345")
    assert "Enter the code of 6 digits from the text message." in wrong.text
    other = f"{abroad(national)}9"
    swapped = pressed(browser, wrong, "continue", verificationCode=code, number=other)
    assert "Send the verification code to this number first." in swapped.text
    for _ in range(5):
        page = pressed(browser, swapped, "continue", verificationCode="000000")
    assert "incorrect" in page.text
    spent = pressed(browser, page, "continue", verificationCode=code)
    assert "too many incorrect attempts" in spent.text


def test_sign_in_of_a_stranger_and_sign_up_of_somebody_known(
    site: Site, browser: httpx2.Client, national: str
) -> None:
    """What becomes of the number is told to whoever has the phone, and to nobody else."""
    before = asked(browser, start(site, browser, "phonesIn"), national)
    assert "account" not in before.text.partition("<h1")[2].partition("</form>")[0]
    shown = proven(site, browser, before, national)
    assert isinstance(shown, Page)
    assert "An account could not be found" in shown.text
    with site.http() as other:
        made = claims(site, signed_up(site, other, national, "phonesUp"), "phonesUp")
    with site.http() as other:
        taken = proven(site, other, start(site, other, "phonesUp"), national)
        assert isinstance(taken, Page)
        assert "A user with the specified ID already exists." in taken.text
    known = claims(site, proven(site, browser, shown, national), "phonesIn")
    assert known["sub"] == made["sub"]


def test_profile_is_edited_after_a_code(site: Site, browser: httpx2.Client, national: str) -> None:
    made = claims(site, signed_up(site, browser, national))
    with site.http() as other:
        page = proven(site, other, start(site, other, "phonesProfile"), national)
        assert isinstance(page, Page)
        landed = press(other, page, "continue", displayName="Countess")
        assert claims(site, landed, "phonesProfile")["sub"] == made["sub"]


def test_disabled_account_and_ticked_box(site: Site, browser: httpx2.Client, national: str) -> None:
    made = claims(site, signed_up(site, browser, national))
    with site.http() as other:
        page = asked(other, start(site, other, "phonesIn"), national)
        code = site.code_for(abroad(national))
        press(other, page, "continue", verificationCode=code, rememberMe="true")
        kept = {cookie.name: cookie.expires for cookie in other.cookies.jar}
    assert any(kept.values()), "a session that outlives the browser"
    with site.graph() as graph:
        graph.patch(f"/v1.0/users/{made['sub']}", json={"accountEnabled": False})
    with site.http() as other:
        shown = proven(site, other, start(site, other, "phonesIn"), national)
    assert isinstance(shown, Page)
    assert "Your account has been locked." in shown.text


def test_scripts_hear_of_a_wrong_code(site: Site, browser: httpx2.Client, national: str) -> None:
    page = asked(browser, start(site, browser), national)
    answer = browser.post(
        page.form.action,
        data={"request_type": "RESPONSE", "verificationCode": "000000"},
        headers={
            "x-requested-with": "XMLHttpRequest",
            "x-csrf-token": page.form.fields["csrf_token"],
        },
    )
    assert answer.json() == {
        "status": "400",
        "message": "That code is incorrect. Please try again.",
    }
    assert transaction(page)


def test_flows_about_passwords_have_no_numbers(site: Site) -> None:
    with site.graph() as graph:
        create(graph, "phonesReset", "passwordReset")
        refused = graph.patch(SETTINGS.format("phonesReset"), json={"localAccount": "phone"})
    assert refused.status_code == 400
    assert refused.json()["error"]["target"] == "localAccount"


def test_no_password_belongs_to_a_number(
    site: Site, live: Live, browser: httpx2.Client, national: str
) -> None:
    """Neither one that Graph gave the account, for the resource owner's grant (row TK-21)."""
    made = claims(site, signed_up(site, browser, national))
    with site.graph() as graph:
        body = {"id": "phonesRopc", "userFlowType": "resourceOwner", "userFlowTypeVersion": 1}
        assert graph.post(USER_FLOWS, json=body).status_code == 201
        profile = {"passwordProfile": {"password": PASSWORD}}
        assert graph.patch(f"/v1.0/users/{made['sub']}", json=profile).status_code == 204
    answer = browser.post(
        site.address("token", "B2C_1_phonesRopc"),
        data={
            "client_id": live.facts["public_client_id"],
            "grant_type": "password",
            "scope": "openid",
            "username": abroad(national),
            "password": PASSWORD,
        },
    )
    assert answer.status_code == 400
    assert answer.json()["error_description"].startswith("AADB2C90225")


def test_without_a_gateway_the_flow_names_it_at_its_start(contoso: Site) -> None:
    """`vestibule serve` has none yet."""
    with contoso.graph() as graph:
        create(graph, "phones", "signUpOrSignIn")
        chosen = graph.patch(SETTINGS.format("phones"), json={"localAccount": "phone"})
        assert chosen.status_code == 204, chosen.text
    with contoso.http() as browser:
        page = start(contoso, browser)
    assert "This user flow cannot run yet: it uses a gateway for text messages" in page.text
    assert "<form" not in page.text
