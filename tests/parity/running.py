"""UF-10 to UF-31: the types of flow, their ways out, and what accounts go through."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from urllib.parse import urlencode

import httpx2

from parity.forms import (
    click,
    create,
    error,
    has,
    page_error,
    proven,
    scripted,
    shown,
    sign_up_page,
)
from parity.place import (
    PASSWORD,
    Person,
    Place,
    answer,
    claims,
    opened,
    sign_in,
    try_password,
)
from parity.proofs import shows
from parity.signing_up import account
from people import Page, press, transaction
from vestibule.data_dir import DATABASE

NEW = "Battery-Staple-2"
LOCKED = "Your account is temporarily locked to prevent unauthorized use. Try again later."


def choose(browser: httpx2.Client, page: Page, password: str) -> Page | str:
    """Type a new password twice."""
    return press(browser, page, "continue", newPassword=password, reenterPassword=password)


def number(landed: Page | str) -> tuple[str, str]:
    """The error that the application gets, and its number."""
    parameters = answer(landed)
    text = parameters["error_description"]
    return parameters["error"], text.partition(":")[0].removeprefix("AADB2C")


def lock(place: Place, browser: httpx2.Client, flow: str, person: Person) -> Page:
    """Guess ten passwords; the page after the last one."""
    page = opened(browser, place.asked(flow, prompt="login").url)
    for guess in range(10):
        page = shown(try_password(browser, page, person.name, f"Guess-number-{guess}"))
    return page


@shows("UF-10")
def one_thing_only(place: Place) -> None:
    """Also with the address of a link that is not on the page."""
    up, into, address = place.flow("signUp"), place.flow("signIn"), place.address()
    asked = place.asked(up)
    with place.browser() as browser:
        page = opened(browser, asked.url)
        assert not has(page, "next")
        landed = create(browser, proven(place, browser, page, address), address)
        assert account(place, asked, landed)["newUser"] is True
    asked = place.asked(into)
    with place.browser() as browser:
        page = opened(browser, asked.url)
        assert not has(page, "createAccount")
        forged = {"local": "signup", "tx": transaction(page), "p": into}
        forged["csrf_token"] = page.form.fields["csrf_token"]
        unified = place.url(into, "api/CombinedSigninAndSignup/unified")
        page = opened(browser, f"{unified}?{urlencode(forged)}")
        assert not has(page, "newPassword")
        landed = try_password(browser, page, address, PASSWORD)
        assert "newUser" not in account(place, asked, landed)


@shows("UF-11", "UF-12")
def a_reset(place: Place) -> None:
    into, person = place.flow("signIn"), place.person()
    asked = place.asked(place.flow("passwordReset"))
    with place.browser() as browser:
        page = lock(place, browser, into, person)
        page = shown(try_password(browser, page, person.name, person.password))
        assert page_error(page) == LOCKED
        page = proven(place, browser, opened(browser, asked.url), person.name)
        page = shown(press(browser, page, "continue", email=person.name))
        assert account(place, asked, choose(browser, page, NEW))["oid"] == person.id
        page = opened(browser, place.asked(into, prompt="login").url)
        page = shown(try_password(browser, page, person.name, person.password))
        assert error(page, "password") == "Your password is incorrect."
        assert "code" in answer(try_password(browser, page, person.name, NEW))


@shows("UF-13", "UF-14")
def a_profile(place: Place) -> None:
    edit, person = place.flow("profileUpdate"), place.person(city="London")
    for name in ("displayName", "city"):
        place.ask(edit, name)
    with place.browser() as browser:
        asked = place.asked(edit)
        page = opened(browser, asked.url)
        assert has(page, "password")
        page = shown(try_password(browser, page, person.name, person.password))
        assert {"displayName": "Ada", "city": "London"}.items() <= page.form.fields.items()
        landed = press(browser, page, "continue", displayName="Augusta", city="Paris")
        token = account(place, asked, landed)
        assert (token["name"], token["city"]) == ("Augusta", "Paris")
        assert place.send("GET", f"/v1.0/users/{person.id}?$select=city")["city"] == "Paris"
        page = opened(browser, place.asked(edit).url)
        assert {"displayName": "Augusta", "city": "Paris"}.items() <= page.form.fields.items()
        assert has(opened(browser, place.asked(edit, prompt="login").url), "password")


@shows("UF-15", "UF-16")
def the_ways_out(place: Place) -> None:
    flow, edit = place.flow(), place.flow("profileUpdate")
    with place.browser() as browser:
        page = sign_up_page(place, browser, flow)
        assert number(click(browser, page, "cancel")) == ("access_denied", "90091")
        page = opened(browser, place.asked(flow).url)
        assert number(click(browser, page, "forgotPassword")) == ("access_denied", "90118")
        sign_in(browser, place.asked(flow).url, place.person())
        page = opened(browser, place.asked(edit).url)
        assert number(click(browser, page, "cancel")) == ("access_denied", "90091")


@shows("UF-17", "CL-13")
def a_reset_within_the_run(place: Place) -> None:
    flow, person = place.flow(selfServicePasswordReset=True), place.person()
    asked = place.asked(flow)
    with place.browser() as browser:
        page = opened(browser, asked.url)
        page = shown(click(browser, page, "forgotPassword"))
        page = proven(place, browser, page, person.name)
        page = shown(press(browser, page, "continue", email=person.name))
        token = account(place, asked, choose(browser, page, NEW))
        assert (token["oid"], token["tfp"]) == (person.id, flow)
        assert token["isForgotPassword"] is True
        again = place.asked(flow, prompt="login")
        code = sign_in(browser, again.url, Person(person.id, person.name, NEW))["code"]
    assert "isForgotPassword" not in claims(place.redeemed(again, code)["id_token"])


@shows("UF-18")
def a_password_that_must_be_changed(place: Place) -> None:
    due = {"password": PASSWORD, "forceChangePasswordNextSignIn": True}
    person = place.person(passwordProfile=due)
    with place.browser() as browser:
        page = opened(browser, place.asked(place.flow()).url)
        page = shown(try_password(browser, page, person.name, PASSWORD))
        assert error(page, "password") == "Your password has expired."
        asked = place.asked(place.flow(forcedPasswordReset=True))
        page = opened(browser, asked.url)
        page = shown(try_password(browser, page, person.name, PASSWORD))
        assert not has(page, "password")
        page = shown(choose(browser, page, PASSWORD))
        assert has(page, "newPassword")
        assert account(place, asked, choose(browser, page, NEW))["oid"] == person.id
        again = place.asked(asked.flow, prompt="login").url
        assert "code" in sign_in(browser, again, Person(person.id, person.name, NEW))


@shows("UF-19")
def the_rules_of_passwords(place: Place) -> None:
    pin = {"kind": "custom", "min": 6, "max": 8, "classes": 1}
    good = {"simple": "zvxkwqpa", "strong": "Zvxkwqpa-", "custom": "739164"}
    bad = {"simple": "zvxkwqp", "strong": "zvxkwqpa-", "custom": "73916a"}
    person = place.person()
    flow = place.flow("signUp")
    reset = place.flow("passwordReset")
    with place.browser() as browser:
        for kind, rules in (("simple", {"kind": "simple"}), ("custom", pin)):
            rule = {"passwordRules": rules}
            for id in (flow, reset):
                place.send("PATCH", f"/vestibule/v1/userFlows/{id}/settings", rule)
            _judged(place, browser, flow, bad[kind], good[kind])
            page = proven(place, browser, opened(browser, place.asked(reset).url), person.name)
            page = shown(press(browser, page, "continue", email=person.name))
            page = shown(choose(browser, page, bad[kind]))
            assert error(page, "newPassword").startswith("The password must be")
            assert "code" in answer(choose(browser, page, good[kind]))
        _judged(place, browser, place.flow("signUp"), bad["strong"], good["strong"])
        into = place.asked(place.flow("signIn"), prompt="login").url
        assert "code" in sign_in(browser, into, Person(person.id, person.name, good["custom"]))


def _judged(place: Place, browser: httpx2.Client, flow: str, bad: str, good: str) -> None:
    """At sign-up, one password is refused and the other taken."""
    address = place.address()
    page = proven(place, browser, opened(browser, place.asked(flow).url), address)
    page = shown(create(browser, page, address, newPassword=bad, reenterPassword=bad))
    assert error(page, "newPassword").startswith("The password must be")
    assert "code" in answer(create(browser, page, address, newPassword=good, reenterPassword=good))


@shows("UF-20")
def guessing(place: Place) -> None:
    flow, person = place.flow(), place.person()
    right = {"signInName": person.name, "password": person.password}
    refused = {"status": "400", "errorCode": "AADB2C90114", "message": LOCKED}
    with place.browser() as browser:
        page = lock(place, browser, flow, person)
        assert scripted(browser, page, **right) == refused
        place.move(seconds=40)
        assert scripted(browser, page, **right) == refused
        place.move(seconds=25)
        assert "code" in sign_in(browser, place.asked(flow, prompt="login").url, person)


@shows("UF-21")
def an_account_that_is_disabled(place: Place) -> None:
    person = place.person(accountEnabled=False)
    with place.browser() as browser:
        page = opened(browser, place.asked(place.flow()).url)
        told = scripted(browser, page, signInName=person.name, password=person.password)
    assert (told["status"], told["errorCode"]) == ("400", "AADB2C90111")
    assert told["message"].startswith("Your account has been locked.")


@shows("UF-30")
def too_many_corrections(place: Place) -> None:
    """A fourth answer that the directory refuses."""
    person = place.person()
    with place.browser() as browser:
        page = proven(
            place, browser, opened(browser, place.asked(place.flow("signUp")).url), person.name
        )
        for _ in range(3):
            page = shown(create(browser, page, person.name))
        assert number(create(browser, page, person.name))[1] == "90157"


@shows("UF-31")
def versions_of_the_past(place: Place) -> None:
    """Nobody can create them, so that they are put where older servers have left them."""
    flows = "/beta/identity/b2cUserFlows"
    for type, version in (("passwordReset", 1.1), ("signIn", 2), ("signUpOrSignIn", 2)):
        body = {"id": "old", "userFlowType": type, "userFlowTypeVersion": version}
        refused = place.graph.post(flows, json=body)
        assert refused.status_code == 400
        assert refused.json()["error"]["code"] == "AADB2C90063"
    reset, combined, person = place.flow("passwordReset"), place.flow(), place.person()
    for flow, version in ((reset, 1.1), (combined, 2)):
        made_older(place, flow, version)
        assert place.send("GET", f"{flows}/{flow}")["userFlowTypeVersion"] == version
    asked = place.asked(combined)
    with place.browser() as browser:
        landed = try_password(browser, opened(browser, asked.url), person.name, person.password)
        assert account(place, asked, landed)["oid"] == person.id
        asked = place.asked(reset)
        page = proven(place, browser, opened(browser, asked.url), person.name)
        page = shown(press(browser, page, "continue", email=person.name))
        assert account(place, asked, choose(browser, page, NEW))["oid"] == person.id


def made_older(place: Place, flow: str, version: float) -> None:
    """Written into the database; a change through the API has the server look at the flow anew."""
    with closing(sqlite3.connect(place.live.data_dir / DATABASE)) as database, database:
        done = database.execute(
            "UPDATE user_flow SET user_flow_type_version = ? WHERE id = ?", (version, flow)
        )
        assert done.rowcount == 1
    place.send("PATCH", f"/vestibule/v1/userFlows/{flow}/settings", {"policyClaim": "tfp"})
