"""UF-02 to UF-09 and UF-28: the combined page, and how an account comes to be."""

from __future__ import annotations

import re
from secrets import randbelow
from typing import Any
from uuid import uuid4

import httpx2

from parity.forms import click, create, error, has, proven, shown, sign_up_page
from parity.place import (
    PASSWORD,
    Asked,
    Person,
    Place,
    answer,
    claims,
    opened,
    sign_in,
    try_password,
)
from parity.proofs import shows
from people import Page, press

ELSE = "Battery-Staple-2"


def account(place: Place, asked: Asked, landed: Page | str) -> dict[str, Any]:
    """The claims of somebody who came back to the application."""
    return claims(place.redeemed(asked, answer(landed)["code"])["id_token"])


def accounts(place: Place, address: str) -> list[dict[str, Any]]:
    """The accounts that sign in with an address."""
    named = f"c/issuerAssignedId eq '{address}' and c/issuer eq '{place.tenant}'"
    found = place.send("GET", f"/v1.0/users?$filter=identities/any(c:{named})")
    users: list[dict[str, Any]] = found["value"]
    return users


def wrong(code: str) -> str:
    """Another code of six digits."""
    return f"{(int(code) + 1) % 1_000_000:06}"


@shows("UF-02")
def signing_in(place: Place) -> None:
    flow, person = place.flow(), place.person()
    asked = place.asked(flow)
    with place.browser() as browser:
        page = opened(browser, asked.url)
        page = shown(try_password(browser, page, person.name, ELSE))
        assert error(page, "password") == "Your password is incorrect."
        page = shown(try_password(browser, page, place.address(), ELSE))
        assert error(page, "email") == "We can't seem to find your account."
        landed = try_password(browser, page, person.name, person.password)
    assert account(place, asked, landed)["oid"] == person.id


@shows("UF-03", "UF-04")
def signing_up(place: Place) -> None:
    flow, address = place.flow(), place.address()
    names = ["displayName", "city", "jobTitle"]
    for name in names:
        place.ask(flow, name)
    order = ["jobTitle", "displayName", "city"]
    path = f"/beta/identity/b2cUserFlows/{flow}/userAttributeAssignments"
    place.send("POST", f"{path}/setOrder", {"newAssignmentOrder": {"order": order}})
    asked = place.asked(flow)
    with place.browser() as browser:
        page = shown(click(browser, opened(browser, asked.url), "createAccount"))
        page = shown(create(browser, page, address))
        assert error(page, "email") == "Verify this email address with a code first."
        assert accounts(place, address) == []
        page = proven(place, browser, page, address)
        ids = re.findall(r'<input [^>]*id="(\w+)"[^>]* name="\1"', page.text)
        assert [id for id in ids if id in names] == order
        page = shown(create(browser, page, address, reenterPassword=ELSE))
        assert "do not match" in error(page, "reenterPassword")
        landed = create(browser, page, address, displayName="Ada", city="London")
    told = account(place, asked, landed)
    assert (told["emails"], told["name"], told["newUser"]) == ([address], "Ada", True)
    (stored,) = accounts(place, address)
    assert stored["id"] == told["oid"]


@shows("UF-05")
def an_address_that_is_taken(place: Place) -> None:
    flow, person = place.flow(), place.person()
    with place.browser() as browser:
        page = proven(place, browser, sign_up_page(place, browser, flow), person.name)
        page = shown(create(browser, page, person.name, newPassword=ELSE, reenterPassword=ELSE))
    assert error(page, "email") == (
        "A user with the specified ID already exists. Please choose a different one."
    )
    assert len(accounts(place, person.name)) == 1


@shows("UF-06")
def the_limits_of_codes(place: Place) -> None:
    address = place.address()
    with place.browser() as browser:

        def sent(page: Page) -> tuple[Page, str]:
            page = shown(press(browser, page, "send_code", email=address))
            return page, "" if error(page, "email") else place.code_for(address)

        def tried(page: Page, code: str) -> Page:
            return shown(press(browser, page, "verify_code", email=address, code=code))

        page, code = sent(sign_up_page(place, browser, place.flow("signUp")))
        assert re.fullmatch(r"\d{6}", code)
        place.move(seconds=601)
        page = tried(page, code)
        assert "That code is expired." in error(page, "email_ver_input")
        page, code = sent(page)
        for _ in range(4):
            page = tried(page, wrong(code))
            assert "That code is incorrect." in error(page, "email_ver_input")
        page = tried(page, wrong(code))
        page = tried(page, code)
        assert "too many incorrect attempts" in error(page, "email_ver_input")
        for _ in range(8):
            page, code = sent(page)
            assert code
        page, code = sent(page)
        assert code == ""
        assert "Too many codes were sent" in error(page, "email")


@shows("UF-07")
def another_address(place: Place) -> None:
    first, second = place.address(), place.address()
    asked = place.asked(place.flow("signUp"))
    with place.browser() as browser:
        page = proven(place, browser, opened(browser, asked.url), first)
        page = shown(press(browser, page, "change_email"))
        assert has(page, "email_ver_but_send")
        page = shown(create(browser, page, first))
        assert error(page, "email") == "Verify this email address with a code first."
        page = proven(place, browser, page, second)
        page = shown(create(browser, page, first))
        assert error(page, "email") == "Verify this email address with a code first."
        landed = create(browser, page, second)
    assert account(place, asked, landed)["emails"] == [second]


@shows("UF-08", "UF-09")
def what_is_asked(place: Place) -> None:
    flow, address = place.flow("signUp"), place.address()
    colours = place.send(
        "POST",
        "/v1.0/identity/userFlowAttributes",
        {"displayName": "Colours", "description": "Liked", "dataType": "stringCollection"},
    )["id"]
    place.ask(flow, "displayName", isOptional=False)
    place.ask(flow, "city", userInputType="radioSingleSelect", **options("Paris=PAR", "Rome=ROM"))
    place.ask(flow, "country", userInputType="dropdownSingleSelect", **options("France=FR"))
    place.ask(flow, "jobTitle")
    place.ask(flow, colours, userInputType="checkboxMultiSelect", **options("Red=r", "Blue=b"))
    given = ["emails", "name", "city", "country", "jobTitle", "extension_Colours"]
    place.send("PATCH", f"/vestibule/v1/userFlows/{flow}/settings", {"applicationClaims": given})
    asked = place.asked(flow)
    with place.browser() as browser:
        page = proven(place, browser, opened(browser, asked.url), address)
        for name, value in (("Paris", "PAR"), ("Rome", "ROM"), ("France", "FR"), ("Red", "r")):
            assert re.search(rf'value="{value}"[^>]*>\s*(<label[^>]*>)?{name}<', page.text)
        page = shown(create(browser, page, address, city="OSL"))
        assert error(page, "displayName") == "This information is required."
        assert error(page, "city") == "Choose one of the options."
        assert error(page, "jobTitle") == ""
        boxes = {"extension_Colours.0": "r", "extension_Colours.1": "b"}
        landed = create(
            browser, page, address, displayName="Ada", city="ROM", country="FR", **boxes
        )
    told = account(place, asked, landed)
    assert (told["name"], told["city"], told["country"]) == ("Ada", "ROM", "FR")
    assert told["extension_Colours"] == ["r", "b"]
    assert "jobTitle" not in told


def options(*pairs: str) -> dict[str, Any]:
    """Choices of an attribute, as name=value."""
    split = [pair.split("=") for pair in pairs]
    return {
        "userAttributeValues": [
            {"name": name, "value": value, "isDefault": False} for name, value in split
        ]
    }


@shows("UF-28")
def other_names(place: Place) -> None:
    """A user name with a password, a phone number with none; each comes back with the same name."""
    name, address = f"ada.{uuid4().hex[:10]}", place.address()
    up, into = place.flow("signUp", localAccount="userName"), place.flow("signIn")
    place.send("PATCH", f"/vestibule/v1/userFlows/{into}/settings", {"localAccount": "userName"})
    asked = place.asked(up)
    with place.browser() as browser:
        page = proven(place, browser, opened(browser, asked.url), address)
        made = account(place, asked, create(browser, page, address, signInName=name))
        code = sign_in(browser, place.asked(into, prompt="login").url, Person("", name, PASSWORD))
        assert "code" in code
        assert made["newUser"] is True
        assert _names(place, made["oid"]) == {"userName": name}
    number = f"+43664{randbelow(10**8):08}"
    flow = place.flow(localAccount="phone")
    with place.browser() as browser:
        asked = place.asked(flow)
        page = shown(_texted(place, browser, asked, number))
        made = account(place, asked, press(browser, page, "create"))
        assert _names(place, made["oid"]) == {"phoneNumber": number}
        assert "emails" not in made
        asked = place.asked(flow, prompt="login")
        again = account(place, asked, _texted(place, browser, asked, number))
        assert (again["oid"], "newUser" in again) == (made["oid"], False)


def _texted(place: Place, browser: httpx2.Client, asked: Asked, number: str) -> Page | str:
    """Where the code leads that was texted to a number of Austria."""
    page = opened(browser, asked.url)
    national = number.removeprefix("+43")
    page = shown(press(browser, page, "send_code", countryCode="AT", number=f"0{national}"))
    code = place.code_for(number.replace("+", "%2B"))
    return press(browser, page, "continue", verificationCode=code)


def _names(place: Place, user: str) -> dict[str, str]:
    """What the account signs in with, as Graph shows it."""
    found = place.send("GET", f"/v1.0/users/{user}?$select=identities")["identities"]
    made = {one["signInType"]: one["issuerAssignedId"] for one in found}
    assert made.pop("userPrincipalName") == f"{user}@{place.tenant}"
    return made
