"""The page protocol as load tests replay it: no browser, `csrf` and `transId` from SETTINGS.

Source: runtime.md 5.10.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest

from live import Live
from stories.application import Application, Request
from stories.conftest import Inbox
from stories.visitor import PASSWORD, other

OK = {"status": "200"}


@dataclass(slots=True)
class Replay:
    """A load generator's user: cookies, and what it read from the last page."""

    http: httpx2.Client
    settings: dict[str, Any]

    def open(self, url: str) -> httpx2.Response:
        """A page; its settings are those of the next requests."""
        reply = self.http.get(url)
        found = re.search(r"var SETTINGS = (\{.*\});", reply.text)
        if found:
            self.settings = json.loads(found[1])
        return reply

    def address(self, tail: str, **parameters: str) -> str:
        hosts = self.settings["hosts"]
        query = {"tx": self.settings["transId"], "p": hosts["policy"], **parameters}
        return f"{hosts['tenant']}/{tail}?{urlencode(query)}"

    def post(self, tail: str = "SelfAsserted", **form: str) -> dict[str, str]:
        headers = {
            "x-csrf-token": self.settings["csrf"],
            "x-requested-with": "XMLHttpRequest",
        }
        reply = self.http.post(self.address(tail), data=form, headers=headers)
        assert reply.status_code == 200, reply.text
        answer: dict[str, str] = reply.json()
        return answer

    def follow(self, tail: str, **parameters: str) -> httpx2.Response:
        token = {"csrf_token": self.settings["csrf"]}
        return self.open(self.address(f"api/{self.settings['api']}/{tail}", **token, **parameters))

    def sign_up(self) -> None:
        """On to the sign-up page."""
        assert self.follow("unified", local="signup").status_code == 200
        assert self.settings["api"] == "SelfAsserted"


@pytest.fixture
def replay(live: Live, asked: Request) -> Iterator[Replay]:
    with live.http() as http:
        replay = Replay(http, {})
        assert replay.open(asked.url).status_code == 200
        assert replay.settings["api"] == "CombinedSigninAndSignup"
        yield replay


def landed(reply: httpx2.Response, application: Application) -> dict[str, str]:
    """What a redirect hands to the application."""
    assert reply.status_code == 302, reply.text
    location = reply.headers["location"]
    assert location.startswith(f"{application.uri}?")
    return dict(parse_qsl(urlsplit(location).query))


@pytest.mark.parametrize("name", ["signInName", "email", "logonIdentifier"])
def test_sign_in(
    replay: Replay, live: Live, application: Application, asked: Request, name: str
) -> None:
    bob = {name: live.facts["user"]}
    assert replay.post(request_type="RESPONSE", **bob, password="Wrong-1") == {
        "status": "400",
        "errorCode": "AADB2C90054",
        "message": "Your password is incorrect.",
    }
    assert replay.post(request_type="RESPONSE", **bob, password=live.facts["password"]) == OK
    answer = landed(replay.follow("confirmed", rememberMe="false", diags="{}"), application)
    assert answer["state"] == asked.state
    assert application.claims(live, asked, answer["code"])["emails"] == [live.facts["user"]]


@pytest.mark.parametrize("style", ["legacy", "display control"])
def test_sign_up(
    replay: Replay,
    live: Live,
    application: Application,
    asked: Request,
    inbox: Inbox,
    ada: str,
    style: str,
) -> None:
    def send() -> dict[str, str]:
        if style == "legacy":
            claim = {"claim_id": "email", "claim_value": ada}
            return replay.post(request_type="VERIFICATION_REQUEST", **claim)
        control = "SelfAsserted/DisplayControlAction/vbeta/emailVerificationControl/SendCode"
        return replay.post(control, email=ada)

    def verify(code: str) -> dict[str, str]:
        if style == "legacy":
            claim = {"claim_id": "email", "claim_value": ada}
            return replay.post(request_type="VALIDATION_REQUEST", **claim, user_input=code)
        control = "SelfAsserted/DisplayControlAction/vbeta/emailVerificationControl/VerifyCode"
        return replay.post(control, email=ada, verificationCode=code)

    replay.sign_up()
    account = {"email": ada, "newPassword": PASSWORD, "reenterPassword": PASSWORD}
    assert send() == OK
    code = inbox.code(ada)
    assert replay.post(request_type="RESPONSE", **account)["status"] == "400"
    assert verify(other(code))["message"] == "That code is incorrect. Please try again."
    assert verify(code) == OK
    assert replay.post(request_type="RESPONSE", **account) == OK
    answer = landed(replay.follow("confirmed"), application)
    claims = application.claims(live, asked, answer["code"])
    assert (claims["emails"], claims["newUser"]) == ([ada], True)


def test_the_ways_out(replay: Replay, application: Application, asked: Request) -> None:
    replay.sign_up()
    answer = landed(replay.follow("error", code="cancelled"), application)
    assert answer["error_description"].startswith("AADB2C90091")
    replay.open(asked.url)
    answer = landed(replay.follow("forgotPassword"), application)
    assert answer["error_description"].startswith("AADB2C90118")


def test_a_request_without_the_token_of_the_browser_is_refused(replay: Replay, live: Live) -> None:
    form = {"request_type": "RESPONSE", "email": live.facts["user"], "password": "x"}
    address = replay.address("SelfAsserted")
    for headers in ({}, {"x-csrf-token": "c" * 43}):
        script = {**headers, "x-requested-with": "XMLHttpRequest"}
        assert replay.http.post(address, data=form, headers=script).status_code == 403
    link = replay.address("api/CombinedSigninAndSignup/forgotPassword", csrf_token="c" * 43)
    assert replay.http.get(link).status_code == 403
