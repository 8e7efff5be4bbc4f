"""CL: what tokens say, and what they do not."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from parity.authorizing import implicit
from parity.forms import click, create, proven, shown
from parity.place import (
    PASSWORD,
    Person,
    Place,
    answer,
    asked_again,
    claims,
    opened,
    sign_in,
    try_password,
)
from parity.proofs import shows
from vestibule.oidc.claims import NO_SUBJECT
from vestibule.oidc.signing import encode

PROTOCOL = {"iss", "sub", "aud", "exp", "nbf", "iat", "auth_time", "ver", "nonce", "jti"}
"""What an id token says whatever the flow's application claims are, beside `tfp` or `acr`. The
real service has no `jti`; ours tells tokens of one second apart by it."""


def said(place: Place, flow: str, person: Person) -> dict[str, Any]:
    """The claims of an id token."""
    return claims(place.signed_in(flow, person)[0]["id_token"])


@shows("CL-01", "CL-02", "CL-03", "CL-05")
def what_every_token_says(place: Place) -> None:
    person = place.person(city="London")
    flow = place.flow(applicationClaims=["city"])
    body, asked = place.signed_in(flow, person)
    token = claims(body["id_token"])
    assert token.keys() == PROTOCOL | {"tfp", "city"}
    assert token["iss"] == f"{place.base}/{place.tenant_id}/v2.0/"
    assert (token["sub"], token["aud"]) == (person.id, place.web.client_id)
    assert (token["ver"], token["tfp"], token["city"]) == ("1.0", flow, "London")
    assert token["nonce"] == asked.nonce
    assert token["iat"] == token["nbf"] == body["not_before"]
    assert token["exp"] == token["iat"] + 3600
    assert token["iat"] - 60 <= token["auth_time"] <= token["iat"]
    flow = place.flow(applicationClaims=[], policyClaim="acr", subjectForm="notSupported")
    token = said(place, flow, person)
    assert token.keys() == PROTOCOL | {"acr"}
    assert (token["acr"], token["sub"]) == (flow.lower(), NO_SUBJECT)
    assert NO_SUBJECT == "Not supported currently. Use oid claim."


@shows("CL-06", "CL-07", "CL-08")
def what_a_token_says_of_a_person(place: Place) -> None:
    made = place.send(
        "POST",
        "/v1.0/identity/userFlowAttributes",
        {"displayName": "Loyalty", "description": "A number", "dataType": "string"},
    )
    assert made["id"].startswith("extension_")
    names = ["emails", "city", "jobTitle", "newUser", "extension_Loyalty"]
    flow = place.flow(applicationClaims=names)
    person = place.person(city="London", **{made["id"]: "gold"})
    token = said(place, flow, person)
    assert token.keys() == PROTOCOL | {"tfp", "emails", "city", "extension_Loyalty"}
    assert token["emails"] == [person.name]
    assert token["extension_Loyalty"] == "gold"
    place.send("PATCH", f"/v1.0/users/{person.id}", {"city": None})
    assert "city" not in said(place, flow, person)


@shows("CL-09")
def who_is_new(place: Place) -> None:
    flow, address = place.flow(), place.address()
    with place.browser() as browser:
        asked = place.asked(flow)
        page = shown(click(browser, opened(browser, asked.url), "createAccount"))
        landed = create(browser, proven(place, browser, page, address), address)
        first = claims(place.redeemed(asked, answer(landed)["code"])["id_token"])
        assert first["newUser"] is True
        again, anew = place.asked(flow), place.asked(flow, prompt="login")
        by_session = asked_again(browser, again.url)["code"]
        by_password = sign_in(browser, anew.url, Person(first["oid"], address, PASSWORD))["code"]
    for asked, code in ((again, by_session), (anew, by_password)):
        later = claims(place.redeemed(asked, code)["id_token"])
        assert later["oid"] == first["oid"]
        assert "newUser" not in later


@shows("CL-12")
def what_binds_tokens_together(place: Place) -> None:
    flow, app, person = place.flow(), implicit(place), place.person()
    scope = f"openid {place.api}"
    asked = place.asked(flow, app, response_type="code id_token token", scope=scope)
    with place.browser() as browser:
        page = opened(browser, asked.url)
        landed = answer(try_password(browser, page, person.name, person.password))
    token = claims(landed["id_token"])
    assert token["c_hash"] == half(landed["code"])
    assert token["at_hash"] == half(landed["access_token"])
    body, _ = place.signed_in(flow, person, scope=scope)
    assert claims(body["id_token"])["at_hash"] == half(body["access_token"])


def half(text: str) -> str:
    return encode(sha256(text.encode()).digest()[:16]).decode()
