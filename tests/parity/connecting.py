"""AC: API connectors, asked at the three points of a journey."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from secrets import randbelow
from typing import Any
from uuid import uuid4

from answering import (
    Connector,
    Credentials,
    Says,
    answering,
    blocks,
    credentials,
    goes_on,
    objects,
)
from parity.federation import abroad, come, flow_with
from parity.forms import create, error, page_error, scripted, shown, sign_up_page
from parity.guests import FLOWS, by_code, enabled, guest, guest_flow, linked, named, shop
from parity.place import PASSWORD, App, Asked, Place, answer, asked_again, claims, opened, sign_in
from parity.proofs import shows
from parity.signing_up import account, accounts
from people import Page, press

AFTER, BEFORE, TOKENS = "postFederationSignup", "postAttributeCollection", "preTokenIssuance"
B2C = "/beta/identity/b2cUserFlows"
BASIC = {
    "@odata.type": "#microsoft.graph.basicAuthentication",
    "username": "vestibule",
    "password": "s3cret",
}


@contextmanager
def a_connector(place: Place, client: Credentials | None = None) -> Iterator[Connector]:
    """A server that the place's own authority vouches for."""
    files = (place.live.data_dir / name for name in ("tls.pem", "tls.key"))
    with answering(*files, client=client.pem if client else b"") as connector:
        yield connector


def stored(place: Place, connector: Connector, authentication: Any = BASIC) -> str:
    """A stored connector; its id."""
    body = {
        "displayName": "Approval",
        "targetUrl": f"{connector.url}/ask",
        "authenticationConfiguration": authentication,
    }
    id: str = place.send("POST", "/beta/identity/apiConnectors", body)["id"]
    return id


def connected(place: Place, id: str, flow: str, *points: str, root: str = B2C) -> None:
    """Have the flow ask the connector at these points."""
    target = {"@odata.id": f"{place.base}/beta/identity/apiConnectors/{id}"}
    for point in points:
        place.send("PUT", f"{root}/{flow}/apiConnectorConfiguration/{point}/$ref", target)


def sign_up_flow(place: Place, connector: Connector, *points: str, **settings: Any) -> str:
    """A flow for new people, whose addresses need no code, that asks for a town."""
    flow = place.flow("signUp", emailVerification=False, **settings)
    place.ask(flow, "city")
    connected(place, stored(place, connector), flow, *points)
    return flow


def extension(place: Place) -> str:
    """A custom attribute that holds a number; its id."""
    body = {"displayName": f"Shoes{uuid4().hex[:6]}", "description": "Size", "dataType": "Int64"}
    id: str = place.send("POST", "/beta/identity/userFlowAttributes", body)["id"]
    return id


@shows("AC-02", "AC-04", "AC-05", "AC-06", "AC-14")
def before_creating(place: Place) -> None:
    with a_connector(place) as connector:
        flow, address = sign_up_flow(place, connector, BEFORE), place.address()
        shoes = extension(place)
        place.ask(flow, shoes)
        short = f"extension_{shoes.split('_')[2]}"
        connector.told(goes_on(city="Wien", jobTitle="Spy", **{shoes: 43}))
        asked = place.asked(flow)
        with place.browser() as browser:
            page = opened(browser, asked.url)
            landed = create(browser, page, address, **{short: "42"})
        told = account(place, asked, landed)
        assert connector.asked == [
            {
                "email": address,
                "identities": [
                    {
                        "signInType": "emailAddress",
                        "issuer": place.tenant,
                        "issuerAssignedId": address,
                    }
                ],
                shoes: 42,
                "ui_locales": "en",
                "client_id": place.web.client_id,
                "step": "PostAttributeCollection",
            }
        ]
        assert (told["city"], told[short]) == ("Wien", 43)
        user = place.send("GET", f"/v1.0/users/{told['oid']}?$select=city,jobTitle,{shoes}")
        assert (user["city"], user[shoes], user["jobTitle"]) == ("Wien", 43, None)
        _of_every_kind(place, connector)


def _of_every_kind(place: Place, connector: Connector) -> None:
    """Also who has a user name, a phone number or a passcode is asked about, and refused."""
    connector.told(*[blocks("Not today.")] * 3)
    flow = sign_up_flow(place, connector, BEFORE, localAccount="userName")
    name, address = f"ada.{uuid4().hex[:10]}", place.address()
    with place.browser() as browser:
        page = opened(browser, place.asked(flow).url)
        assert "Not today." in shown(create(browser, page, address, signInName=name)).text
    flow = sign_up_flow(place, connector, BEFORE, localAccount="phone")
    number = f"0664{randbelow(10**8):08}"
    with place.browser() as browser:
        page = opened(browser, place.asked(flow).url)
        page = shown(press(browser, page, "send_code", countryCode="AT", number=number))
        code = place.code_for(f"%2B43{number[1:]}")
        page = shown(press(browser, page, "continue", verificationCode=code))
        assert "Not today." in shown(press(browser, page, "create")).text
    app = guests_of(place, connector, BEFORE)
    with place.browser() as browser:
        _, page = named(place, browser, app, address)
        page = shown(by_code(place, browser, page, address))
        assert "Not today." in shown(press(browser, page, "create", city="Wien")).text
    kinds = [[one["signInType"] for one in body["identities"]] for body in connector.asked]
    assert kinds == [["userName"], ["phoneNumber"], ["federated"]]
    mailed = f"/v1.0/users?$filter=mail eq '{address}' or otherMails/any(o:o eq '{address}')"
    assert place.send("GET", mailed)["value"] == []


def guests_of(place: Place, connector: Connector, *points: str) -> App:
    """An application whose flow for guests asks the connector at these points."""
    enabled(place, to=True)
    app, flow = shop(place), guest_flow(place)
    connected(place, stored(place, connector), flow, *points, root=FLOWS)
    assert linked(place, app, flow).is_success
    return app


@shows("AC-03", "AC-08")
def before_tokens(place: Place) -> None:
    with a_connector(place) as connector:
        connector.told(goes_on(displayName="First"))
        up = sign_up_flow(place, connector, TOKENS)
        address, asked = place.address(), place.asked(up)
        with place.browser() as browser:
            landed = create(browser, opened(browser, asked.url), address, city="Graz")
        told = account(place, asked, landed)
        assert (told["name"], told["city"]) == ("First", "Graz")
        connector.told(goes_on(displayName="Second", email="m@x.example", emails=["m@x.example"]))
        flow = place.flow("signIn")
        connected(place, stored(place, connector), flow, TOKENS)
        person = place.person(displayName="Ada", city="Linz")
        body, asked = place.signed_in(flow, person)
        token = claims(body["id_token"])
        assert (token["name"], token["emails"]) == ("Second", [person.name])
        (question,) = connector.asked
        assert question["objectId"] == person.id
        assert question["displayName"] == "Ada"
        assert question["step"] == "PreTokenIssuance"
        form = {"grant_type": "refresh_token", "refresh_token": body["refresh_token"]}
        again = place.token(flow, {**form, **place.web.form()}).json()
        assert claims(again["id_token"])["name"] == "Second"
        assert len(connector.asked) == 1, "A refresh asks nobody."
        user = place.send("GET", f"/v1.0/users/{person.id}?$select=displayName")
        assert user["displayName"] == "Ada"


@shows("AC-09")
def a_block_page(place: Place) -> None:
    with a_connector(place) as connector:
        flow, address = sign_up_flow(place, connector, BEFORE), place.address()
        connector.told(blocks("Your request <b>waits</b> for approval."))
        with place.browser() as browser:
            page = opened(browser, place.asked(flow).url)
            page = shown(create(browser, page, address))
            assert "Your request <b>waits</b> for approval." in unescape(page.text)
            assert "<b>waits" not in page.text
            assert "<form" not in page.text
            assert "waits" in opened(browser, page.url).text
        assert len(connector.asked) == 1
        assert accounts(place, address) == []


@shows("AC-10")
def a_refusal_can_be_mended(place: Place) -> None:
    with a_connector(place) as connector:
        flow, address = sign_up_flow(place, connector, BEFORE), place.address()
        connector.told(objects("No such town."), objects(status="400"))
        asked = place.asked(flow)
        with place.browser() as browser:
            page = opened(browser, asked.url)
            page = shown(create(browser, page, address, city="Nowhere"))
            assert page_error(page) == "No such town."
            assert page.form.fields["city"] == "Nowhere"
            assert page.form.fields["email"] == address
            assert error(page, "city") == ""
            passwords = {"newPassword": PASSWORD, "reenterPassword": PASSWORD}
            told = scripted(browser, page, email=address, city="Elsewhere", **passwords)
            assert told == {"status": "400", "message": "That town does not exist."}
            page = opened(browser, page.url)
            assert page_error(page) == "That town does not exist."
            assert accounts(place, address) == []
            landed = create(browser, page, address, city="Wien")
        assert account(place, asked, landed)["city"] == "Wien"
        assert [one["city"] for one in connector.asked] == ["Nowhere", "Elsewhere", "Wien"]
        _at_most_three_times(place, flow, connector)


def _at_most_three_times(place: Place, flow: str, connector: Connector) -> None:
    connector.told(*[objects()] * 4)
    with place.browser() as browser:
        landed: Page | str = sign_up_page(place, browser, flow)
        for _ in range(4):
            landed = create(browser, shown(landed), place.address())
    assert answer(landed)["error_description"].startswith("AADB2C90157")


@shows("AC-11")
def any_other_answer(place: Place) -> None:
    known = {"version": "1.0.0", "action": "Continue"}
    with a_connector(place) as connector:
        flow, address = sign_up_flow(place, connector, BEFORE), place.address()
        for says, number, told in (
            (Says(500, {}), "AADB2C90075", "Code '500' and Reason 'Internal Server Error'"),
            (Says(403, known), "AADB2C90075", "Code '403' and Reason 'Forbidden'"),
            (objects(status=None), "AADB2C90075", "Code '400' and Reason 'Bad Request'"),
            (Says(302, b"", {"location": connector.url}), "AADB2C90075", "Code '302'"),
            (Says(200, b"<html>"), "AADB2C90261", "cannot be understood"),
            (Says(200, {"version": "1.0.0"}), "AADB2C90261", "cannot be understood"),
            (Says(200, {"action": "Continue"}), "AADB2C90261", "cannot be understood"),
        ):
            connector.told(says, goes_on())
            with place.browser() as browser:
                page = opened(browser, place.asked(flow).url)
                page = shown(create(browser, page, address))
            text = unescape(page.text)
            assert (
                "The claims exchange 'Approval' specified in step 'PostAttributeCollection'" in text
            )
            assert number in text
            assert told in text
        assert accounts(place, address) == []
        _silently(place, connector)


def _silently(place: Place, connector: Connector) -> None:
    """Where no page may be shown the application is told; the session goes on all the same."""
    flow = place.flow("signIn")
    connected(place, stored(place, connector), flow, TOKENS)
    with place.browser() as browser:
        sign_in(browser, place.asked(flow).url, place.person())
        connector.told(Says(500, {}))
        silent = place.asked(flow, prompt="none").url
        told = asked_again(browser, silent)
        assert told["error"] == "server_error"
        assert told["error_description"].startswith("AADB2C90075")
        assert "code" in asked_again(browser, silent)


@shows("AC-12")
def how_we_prove_ourselves(place: Place) -> None:
    mine = credentials()
    with a_connector(place) as connector:
        flow = sign_up_flow(place, connector, BEFORE)
        _signs_up(place, flow)
        told = connector.heard[0].headers["authorization"].removeprefix("Basic ")
        assert base64.b64decode(told) == b"vestibule:s3cret"
        connector.told(Says(401, {}))
        assert "AADB2C90027" in _signs_up(place, flow)
    with a_connector(place, mine) as connector:
        flow = place.flow("signUp", emailVerification=False)
        certificate = {
            "@odata.type": "#microsoft.graph.pkcs12Certificate",
            "pkcs12Value": mine.pkcs12,
            "password": mine.password,
        }
        id = stored(place, connector, certificate)
        connected(place, id, flow, BEFORE)
        _signs_up(place, flow)
        (heard,) = connector.heard
        assert heard.thumbprint == mine.thumbprint
        assert "authorization" not in heard.headers


def _signs_up(place: Place, flow: str) -> str:
    """The page that somebody is left on who signs up; "" for the application's."""
    with place.browser() as browser:
        landed = create(browser, opened(browser, place.asked(flow).url), place.address())
    return landed.text if isinstance(landed, Page) else ""


@shows("AC-13")
def one_more_try(place: Place) -> None:
    """How long an attempt may last is shown in tests/perform: here it would take too long."""
    with a_connector(place) as connector:
        flow = sign_up_flow(place, connector, BEFORE)
        connector.told(Says(act="close"), goes_on())
        assert _signs_up(place, flow) == ""
        first, second = connector.heard
        assert first.headers["client-request-id"] == second.headers["client-request-id"]
        assert first.body == second.body
        connector.told(Says(act="close"), Says(act="close"), goes_on())
        assert "AADB2C90075" in _signs_up(place, flow)
        assert len(connector.heard) == 2


@shows("AC-01", "AC-07", "AC-15")
def after_federation(place: Place) -> None:
    """A stranger who proves an address by a passcode comes from an identity provider too."""
    with a_connector(place) as connector:
        _from_a_provider(place, connector)
        app, address = guests_of(place, connector, AFTER, BEFORE), place.address()
        connector.told(goes_on(city="Wien", jobTitle="Spy"))
        asked, landed = _guest(place, app, address)
        known = {
            "email": address,
            "identities": [
                {"signInType": "federated", "issuer": "mail", "issuerAssignedId": address}
            ],
            "ui_locales": "en",
        }
        assert connector.asked == [known, {**known, "city": "Wien"}]
        token = guest(place, asked, app, answer(landed)["code"])
        user = place.send("GET", f"/v1.0/users/{token['oid']}?$select=city,jobTitle")
        assert (user["city"], user["jobTitle"]) == ("Wien", None)
        connector.told()
        with place.browser() as browser:
            asked, page = named(place, browser, app, address)
            by_code(place, browser, page, address)
        flow = sign_up_flow(place, connector, AFTER)
        _signs_up(place, flow)
        assert connector.asked == [], "Neither who is known nor a local account."


def _from_a_provider(place: Place, connector: Connector) -> None:
    """Turned away, then let in with what stands on the page; afterwards nobody is asked."""
    provider = abroad(place)
    flow = flow_with(place, provider)
    place.ask(flow, "city")
    connected(place, stored(place, connector), flow, AFTER, BEFORE)
    connector.told(blocks("Not yet."), goes_on(city="Wien"), goes_on())
    with place.browser() as browser:
        page = shown(come(browser, place.asked(flow), provider))
        assert "Not yet." in page.text
    asked = place.asked(flow)
    with place.browser() as browser:
        page = shown(come(browser, asked, provider))
        assert page.form.fields["city"] == "Wien"
        landed = press(browser, page, "create", city="Graz")
    assert account(place, asked, landed)["newUser"] is True
    first, again, last = connector.asked
    (identity,) = first["identities"]
    assert (identity["signInType"], identity["issuerAssignedId"]) == (
        "federated",
        provider.person.id,
    )
    assert first == again
    assert first["step"] == "PostFederationSignup"
    assert last == {**first, "city": "Graz", "step": "PostAttributeCollection"}
    asked = place.asked(flow)
    with place.browser() as browser:
        assert "newUser" not in account(place, asked, come(browser, asked, provider))
    assert len(connector.asked) == 3


def _guest(place: Place, app: App, address: str) -> tuple[Asked, Page | str]:
    """Sign up and take what stands on the page."""
    with place.browser() as browser:
        asked, page = named(place, browser, app, address)
        page = shown(by_code(place, browser, page, address))
        assert page.form.fields["city"] == "Wien"
        return asked, press(browser, page, "create")
