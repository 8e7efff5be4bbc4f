"""Accounts that sign in with a user name (row UF-28), on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import httpx2
import pytest

from people import Page, look, press
from server.sites import PASSWORD, Site, claims_of, code_of, pressed

NEW = "Battery-Staple-2"
USER_FLOWS = "/beta/identity/b2cUserFlows"
FLOWS = {"names": "signUpOrSignIn", "namesReset": "passwordReset"}


@pytest.fixture(scope="module")
def named(site: Site) -> Site:
    """A site with flows whose accounts have user names."""
    with site.graph() as graph:
        for id, type in FLOWS.items():
            made = graph.post(
                USER_FLOWS, json={"id": id, "userFlowType": type, "userFlowTypeVersion": 3}
            )
            assert made.status_code == 201, made.text
            changed = graph.patch(
                f"/vestibule/v1/userFlows/B2C_1_{id}/settings", json={"localAccount": "userName"}
            )
            assert changed.status_code < 300, changed.text
    return site


@pytest.fixture
def browser(named: Site) -> Iterator[httpx2.Client]:
    with named.http() as client:
        yield client


@pytest.fixture
def ada() -> tuple[str, str]:
    """A user name and an address."""
    some = uuid4().hex[:12]
    return f"Ada.{some}", f"ada-{some}@contoso.example"


def start(site: Site, browser: httpx2.Client, flow: str = "names") -> Page:
    """The first page of a run."""
    query = site.authorize(prompt="login").partition("?")[2]
    return look(browser, f"{site.address('authorize', f'B2C_1_{flow}')}?{query}")


def proven(site: Site, browser: httpx2.Client, page: Page, address: str, **more: str) -> Page:
    sent = pressed(browser, page, "send_code", email=address, **more)
    return pressed(browser, sent, "verify_code", email=address, code=site.code_for(address), **more)


def sign_up(site: Site, browser: httpx2.Client, name: str, address: str) -> Page | str:
    page = pressed(browser, start(site, browser), "signup")
    page = proven(site, browser, page, address)
    account = {"newPassword": PASSWORD, "reenterPassword": PASSWORD, "email": address}
    return press(browser, page, "create", signInName=name, **account)


def sign_in(site: Site, browser: httpx2.Client, name: str, password: str) -> Page | str:
    return press(browser, start(site, browser), "signin", signInName=name, password=password)


def claims(site: Site, landed: Page | str) -> dict[str, object]:
    assert isinstance(landed, str), landed.text
    with site.http() as client:
        answer = client.post(
            site.address("token", "B2C_1_names"), data=site.redemption(code_of(landed))
        )
    assert answer.status_code == 200, answer.text
    return claims_of(answer.json()["id_token"])


def test_sign_up_and_sign_in(named: Site, browser: httpx2.Client, ada: tuple[str, str]) -> None:
    name, address = ada
    made = claims(named, sign_up(named, browser, name, address))
    assert (made["newUser"], made["emails"]) == (True, [address])
    assert claims(named, sign_in(named, browser, name.upper(), PASSWORD))["sub"] == made["sub"]
    with named.graph() as graph:
        identities = graph.get(f"/v1.0/users/{made['sub']}?$select=identities").json()["identities"]
    assert {(one["signInType"], one["issuerAssignedId"]) for one in identities} == {
        ("userName", name),
        ("userPrincipalName", f"{made['sub']}@{named.tenant}"),
    }
    by_address = sign_in(named, browser, address, PASSWORD)
    assert isinstance(by_address, Page), "the address is no name to sign in with"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "Please enter your user name."),
        ("ada@contoso", "Use 1 to 64 of these"),
        ("a" * 65, "Use 1 to 64 of these"),
        ("ad\u0430", "Use 1 to 64 of these"),
    ],
    ids=["none", "an address", "65 letters", "a letter of another script"],
)
def test_name_that_nobody_can_have(
    named: Site, browser: httpx2.Client, ada: tuple[str, str], name: str, says: str
) -> None:
    shown = sign_up(named, browser, name, ada[1])
    assert isinstance(shown, Page)
    assert says in shown.text


def test_name_is_one_accounts_and_an_address_may_be_of_several(
    named: Site, browser: httpx2.Client, ada: tuple[str, str]
) -> None:
    name, address = ada
    first = claims(named, sign_up(named, browser, name, address))
    with named.http() as other:
        taken = sign_up(named, other, name.lower(), f"mallory-{address}")
        assert isinstance(taken, Page)
        assert "A user with the specified ID already exists." in taken.text
    with named.http() as other:
        second = claims(named, sign_up(named, other, f"{name}-2", address))
    assert first["sub"] != second["sub"]


def test_reset_with_the_name_and_its_address(
    named: Site, browser: httpx2.Client, ada: tuple[str, str]
) -> None:
    """It unlocks the account, too (row UF-12)."""
    name, address = ada
    sign_up(named, browser, name, address)
    with named.http() as stranger:
        for number in range(11):
            shown = sign_in(named, stranger, name, f"Guess-{number}")
        assert isinstance(shown, Page)
        assert "temporarily locked" in shown.text
        page = start(named, browser, "namesReset")
        page = proven(named, browser, page, address, signInName=name)
        page = pressed(browser, page, "continue", email=address, signInName=name)
        landed = press(browser, page, "continue", newPassword=NEW, reenterPassword=NEW)
        assert isinstance(landed, str), landed.text
        assert code_of(landed)
        assert isinstance(sign_in(named, stranger, name, PASSWORD), Page), "the old one is over"
        assert claims(named, sign_in(named, stranger, name, NEW))["emails"] == [address]


def test_nobody_resets_anothers_password_with_an_address_of_their_own(
    named: Site, browser: httpx2.Client, ada: tuple[str, str]
) -> None:
    name, address = ada
    mallory = f"mallory-{address}"
    sign_up(named, browser, name, address)
    with named.http() as other:
        sign_up(named, other, f"{name}-2", mallory)
    page = start(named, browser, "namesReset")
    page = pressed(browser, page, "send_code", email=mallory, signInName=name)
    hiding = len(named.bases) > 1  # `serve` writes that there is no such account
    code = "000000" if hiding else named.code_for(mallory)
    page = pressed(browser, page, "verify_code", email=mallory, code=code, signInName=name)
    page = pressed(browser, page, "continue", email=mallory, signInName=f"{name}-2")
    assert 'id="newPassword"' not in page.text
