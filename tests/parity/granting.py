"""TK: what is given for a code, a refresh token, a password or a client's own credentials."""

from __future__ import annotations

from typing import Any

from parity.place import SPA, App, Asked, Person, Place, claims, sign_in, told
from parity.proofs import shows

SPA_ORIGIN = {"origin": "https://app.example"}


def code(place: Place, flow: str, app: App | None = None, **parameters: str) -> tuple[Asked, str]:
    """A code that nobody has redeemed."""
    asked = place.asked(flow, app, **parameters)
    with place.browser() as browser:
        return asked, sign_in(browser, asked.url, place.person())["code"]


def refused(place: Place, asked: Asked, code: str, app: App | None = None, **form: str) -> str:
    """The number with which redeeming is refused, always as JSON and 400."""
    answer = place.token(asked.flow, place.redeeming(asked, code, app, **form))
    assert answer.status_code in {400, 401}, answer.text
    assert answer.headers["content-type"] == "application/json"
    return told(answer)[1]


def refresh(
    place: Place, flow: str, token: str, app: App | None = None, **form: str
) -> dict[str, Any]:
    """The body that a refresh token gives, or that of the refusal."""
    whole = {"grant_type": "refresh_token", **(app or place.web).form(), "refresh_token": token}
    body: dict[str, Any] = place.token(flow, {**whole, **form}).json()
    return body


def number(body: dict[str, Any]) -> str:
    """The number of a refusal."""
    return str(body["error_description"]).partition(":")[0].removeprefix("AADB2C")


def of_spa(place: Place, flow: str) -> tuple[App, dict[str, Any]]:
    """A public application, and what it gets at its single-page redirect URI."""
    app = place.application(secret=False, isFallbackPublicClient=True)
    asked = place.asked(flow, app, redirect_uri=SPA)
    with place.browser() as browser:
        landed = sign_in(browser, asked.url, place.person())
    form = place.redeeming(asked, landed["code"], app, redirect_uri=SPA)
    answer = place.token(flow, form, headers=SPA_ORIGIN)
    assert answer.status_code == 200, answer.text
    return app, answer.json()


@shows("TK-01")
def a_code_is_good_once(place: Place) -> None:
    flow = place.flow()
    asked, secret = code(place, flow)
    body = place.redeemed(asked, secret)
    assert refused(place, asked, secret) == "90129"
    assert number(refresh(place, flow, body["refresh_token"])) in {"90085", "90129"}


@shows("TK-02")
def a_code_is_good_for_ten_minutes(place: Place) -> None:
    flow = place.flow()
    early, late = code(place, flow), code(place, flow)
    place.move(minutes=9)
    place.redeemed(*early)
    place.move(minutes=2)
    assert refused(place, *late) == "90080"


@shows("TK-03", "TK-04", "TK-05", "TK-06", "TK-25")
def a_code_is_bound(place: Place) -> None:
    asked, secret = code(place, place.flow())
    other = place.application()
    assert refused(place, asked, secret, code_verifier="w" * 43) == "90182"
    assert refused(place, asked, secret, code_verifier="short") == "90183"
    elsewhere = place.token(
        asked.flow, place.redeeming(asked, secret, redirect_uri="https://app.example/other")
    )
    assert (elsewhere.status_code, told(elsewhere)[0]) == (400, "invalid_grant")
    answer = place.token(place.flow(), place.redeeming(asked, secret))
    assert told(answer) == ("invalid_grant", "90088")
    assert refused(place, asked, secret, other) == "90279"
    assert place.redeemed(asked, secret)["id_token"]


@shows("TK-07")
def who_must_prove_who_they_are(place: Place) -> None:
    flow = place.flow()
    asked, secret = code(place, flow)
    bare = place.redeeming(asked, secret)
    del bare["client_secret"]
    assert told(place.token(flow, bare))[1] == "90079"
    assert refused(place, asked, secret, client_secret="wrong") == "90081"
    asked, secret = code(place, flow, redirect_uri=SPA)
    assert refused(place, asked, secret, redirect_uri=SPA) == "90084"


@shows("TK-08")
def the_two_ways_of_a_secret(place: Place) -> None:
    flow = place.flow()
    asked, secret = code(place, flow)
    place.redeemed(asked, secret)
    asked, secret = code(place, flow)
    form = place.redeeming(asked, secret)
    credentials = (form.pop("client_id"), form.pop("client_secret"))
    assert place.token(flow, form, auth=credentials).status_code == 200


@shows("TK-09", "TK-12")
def an_answer_to_openid_alone(place: Place) -> None:
    flow = place.flow()
    body, _ = place.signed_in(flow, scope="openid")
    assert not body.keys() & {"access_token", "expires_in", "expires_on", "resource"}
    assert not body.keys() & {"refresh_token", "refresh_token_expires_in"}
    assert body["id_token_expires_in"] == 3600
    assert place.signed_in(flow)[0]["refresh_token"]


@shows("TK-10", "CL-04")
def an_answer_with_an_api(place: Place) -> None:
    body, _ = place.signed_in(place.flow(), scope=f"openid {place.api}")
    said = claims(body["access_token"])
    assert body["expires_in"] == 3600
    assert body["expires_on"] == body["not_before"] + 3600
    assert body["resource"] == said["aud"]
    assert body["scope"] == place.api
    assert said["scp"] == place.api.rpartition("/")[2]
    assert said["azp"] == place.web.client_id


@shows("TK-13")
def how_long_a_refresh_token_lives(place: Place) -> None:
    flow = place.flow()
    assert place.signed_in(flow)[0]["refresh_token_expires_in"] == 1_209_600
    assert of_spa(place, flow)[1]["refresh_token_expires_in"] == 86_400


@shows("TK-16", "TK-24")
def a_refreshed_token_says_what_was_said_first(place: Place) -> None:
    flow, person = place.flow(), place.person()
    body, _ = place.signed_in(flow, person)
    place.send("PATCH", f"/v1.0/users/{person.id}", {"displayName": "Augusta"})
    place.move(minutes=1)
    again = refresh(place, flow, body["refresh_token"])
    assert again["refresh_token"] != body["refresh_token"]
    first, second = claims(body["id_token"]), claims(again["id_token"])
    changed = {name for name in first if first[name] != second.get(name)}
    assert changed <= {"iat", "nbf", "exp", "jti", "at_hash"}
    assert second["iat"] >= first["iat"] + 60
    assert number(refresh(place, flow, "")) == "90083"
    unknown = place.token(flow, {"grant_type": "a_smile", **place.web.form()})
    assert told(unknown) == ("unsupported_grant_type", "90086")


@shows("TK-17")
def a_day_for_a_single_page(place: Place) -> None:
    flow = place.flow()
    app, body = of_spa(place, flow)
    place.move(hours=20)
    again = refresh(place, flow, body["refresh_token"], app)
    assert again["refresh_token_expires_in"] <= 4 * 3600
    place.move(hours=5)
    assert number(refresh(place, flow, again["refresh_token"], app)) == "90080"


@shows("TK-18", "TK-20")
def the_lifetimes_of_a_flow(place: Place) -> None:
    flow = place.flow(
        accessTokenLifetimeMinutes=10,
        idTokenLifetimeMinutes=20,
        refreshTokenLifetimeDays=2,
        refreshTokenSlidingWindowDays=3,
    )
    body, _ = place.signed_in(flow, scope=f"openid offline_access {place.api}")
    assert body["expires_in"] == 600
    assert body["id_token_expires_in"] == 1200
    assert body["refresh_token_expires_in"] == 2 * 86_400
    place.move(hours=40)
    again = refresh(place, flow, body["refresh_token"])
    place.move(hours=31)
    again = refresh(place, flow, again["refresh_token"])
    place.move(hours=2)
    assert number(refresh(place, flow, again["refresh_token"])) == "90080"
    path = f"/vestibule/v1/userFlows/{flow}/settings"
    for setting in (
        {"accessTokenLifetimeMinutes": 4},
        {"idTokenLifetimeMinutes": 1441},
        {"refreshTokenLifetimeDays": 91},
        {"refreshTokenSlidingWindowDays": 366},
    ):
        assert place.graph.patch(path, json=setting).status_code == 400


@shows("TK-19")
def whose_account_is_gone(place: Place) -> None:
    flow = place.flow()
    deleted, revoked = place.person(), place.person()
    of_deleted = place.signed_in(flow, deleted)[0]["refresh_token"]
    of_revoked = place.signed_in(flow, revoked)[0]["refresh_token"]
    place.send("DELETE", f"/v1.0/users/{deleted.id}")
    place.send("POST", f"/v1.0/users/{revoked.id}/revokeSignInSessions")
    assert number(refresh(place, flow, of_deleted)) == "90128"
    assert number(refresh(place, flow, of_revoked)) == "90129"


def by_password(place: Place, flow: str, app: App, person: Person, **form: str) -> Any:
    """What the password of somebody gives an application."""
    whole = {
        "grant_type": "password",
        "client_id": app.client_id,
        "username": person.name,
        "password": person.password,
        "scope": f"openid offline_access {app.client_id}",
        "response_type": "token id_token",
        **form,
    }
    return place.token(flow, whole)


@shows("TK-11", "TK-21", "TK-22")
def a_password_for_tokens(place: Place) -> None:
    flow, person = place.flow("resourceOwner", 1), place.person()
    app = place.application(secret=False, isFallbackPublicClient=True)
    answer = by_password(place, flow, app, person)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["expires_in"] == "3600"
    assert claims(body["id_token"])["oid"] == person.id
    assert refresh(place, flow, body["refresh_token"], app)["access_token"]
    wrong = by_password(place, flow, app, person, password="Wrong-Horse-1")
    assert told(wrong) == ("access_denied", "90225")
    assert told(by_password(place, flow, place.web, person))[1] == "90224"
    with place.browser() as client:
        assert told(client.get(place.url(flow, "oauth2/v2.0/token")))[1] == "90226"
    numbers = place.signed_in(place.flow())[0]
    assert isinstance(numbers["id_token_expires_in"], int)


@shows("TK-23")
def a_program_by_itself(place: Place) -> None:
    role = "5d1e6f0c-6f0a-4a43-9d0c-3f9a4b1c2d3e"
    api = place.application(
        appRoles=[
            {
                "id": role,
                "allowedMemberTypes": ["Application"],
                "displayName": "Read everything",
                "description": "Read everything",
                "value": "everything.read",
                "isEnabled": True,
            }
        ],
    )
    owner, reader = (
        place.send("GET", f"/v1.0/servicePrincipals(appId='{one.client_id}')")["id"]
        for one in (api, place.web)
    )
    place.send(
        "POST",
        f"/v1.0/servicePrincipals/{reader}/appRoleAssignments",
        {"principalId": reader, "resourceId": owner, "appRoleId": role},
    )
    form = {
        "grant_type": "client_credentials",
        **place.web.form(),
        "scope": f"api://{api.client_id}/.default",
    }
    answer = place.token(place.flow(), form)
    assert answer.status_code == 200, answer.text
    said = claims(answer.json()["access_token"])
    assert said["scp"] == "everything.read"
    assert said["aud"] == api.client_id
    assert "refresh_token" not in answer.json()


@shows("TK-26")
def origins_that_may_read_tokens(place: Place) -> None:
    flow = place.flow()
    form = {"grant_type": "refresh_token", "refresh_token": "none", **place.web.form()}
    for origin, allowed in (("https://app.example", True), ("https://evil.example", False)):
        headers = place.token(flow, form, headers={"origin": origin}).headers
        assert (headers.get("access-control-allow-origin") == origin) is allowed


@shows("TK-27")
def a_refresh_token_used_again(place: Place) -> None:
    flow = place.flow()
    body, _ = place.signed_in(flow)
    newer = refresh(place, flow, body["refresh_token"])
    place.move(seconds=11)
    assert number(refresh(place, flow, body["refresh_token"])) == "90129"
    assert "error" in refresh(place, flow, newer["refresh_token"])
