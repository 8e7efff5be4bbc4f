"""EP-18, SX-01, SX-04, SX-05: what is stricter than the real service, by setting."""

from __future__ import annotations

from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from parity.authorizing import number, page_of, refusal
from parity.endpoints import METADATA, document
from parity.forms import scripted
from parity.granting import by_password
from parity.place import (
    BACK,
    Place,
    opened,
    told,
)
from parity.proofs import shows


@shows("EP-18")
def what_userinfo_tells(place: Place) -> None:
    """Enabled by the flow's protocol, or for every flow by a setting."""
    person = place.person()
    plain, enabled = place.flow(), place.flow(protocol="openid")
    assert "userinfo_endpoint" not in document(place, f"{place.tenant}/{plain}/{METADATA}")
    strict = place.strict()
    flow = strict.flow()
    for where, name, who in ((place, enabled, person), (strict, flow, strict.person())):
        endpoint = document(where, f"{where.tenant}/{name}/{METADATA}")["userinfo_endpoint"]
        scope = f"openid email {where.api}" if where is strict else "openid email"
        token = where.signed_in(name, who, scope=scope)[0]["access_token"]
        with where.browser() as client:
            refused = client.get(endpoint)
            reply = client.get(endpoint, headers={"authorization": f"Bearer {token}"})
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Bearer")
        assert reply.status_code == 200, reply.text
        assert reply.json()["sub"] == who.id
    with place.browser() as client:
        absent = client.get(place.url(plain, "openid/v2.0/userinfo"))
    assert absent.status_code == 404


@shows("SX-01")
def what_is_off_by_default(place: Place) -> None:
    """Implicit answers and passwords need the application's own consent, also in `serve`."""
    strict = place.strict()
    flow = strict.flow()
    bare = {"code_challenge": "", "code_challenge_method": ""}
    assert number(refusal(strict, flow, None, **bare)) == "99059"
    assert number(refusal(strict, flow, code_challenge_method="plain")) == "90184"
    for type in ("id_token", "id_token token", "code id_token"):
        assert number(refusal(strict, flow, response_type=type)) == "90057"
    owner = strict.flow("resourceOwner", 1)
    assert told(by_password(strict, owner, strict.web, strict.person()))[1] == "90224"
    for uri in (f"{BACK}?a=b", f"{BACK}/", f"{BACK}/more", BACK.replace("app.", "APP2.")):
        assert "AADB2C90006" in page_of(strict, flow, redirect_uri=uri).text, uri


@shows("SX-04")
def who_has_an_account(place: Place) -> None:
    """One answer and one length of time. The fastest tries tell least of the machine: there are
    more of them while it is busy, up to twenty."""
    strict = place.strict()
    flow = strict.flow()
    fastest = {True: 60.0, False: 60.0}
    answers: list[dict[str, str]] = []
    with strict.browser() as browser:
        page = opened(browser, strict.asked(flow).url)
        while len(answers) < 6 or max(fastest.values()) > 2 * min(fastest.values()):
            assert len(answers) < 40, fastest
            for known, before in fastest.items():
                name = strict.person().name if known else strict.address()
                began = perf_counter()
                answers.append(scripted(browser, page, signInName=name, password="Wrong-Horse-1"))
                fastest[known] = min(before, perf_counter() - began)
    assert answers[0]["status"] == "400"
    assert all(answer == answers[0] for answer in answers)


STORED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "/v1.0/identity/apiConnectors",
        "targetUrl",
        {
            "displayName": "Approve",
            "authenticationConfiguration": {
                "@odata.type": "#microsoft.graph.basicAuthentication",
                "username": "vestibule",
                "password": "secret-of-ours",
            },
        },
    ),
    (
        "/beta/identity/identityProviders",
        "metadataUrl",
        {
            "@odata.type": "#microsoft.graph.openIdConnectIdentityProvider",
            "displayName": "Partner",
            "clientId": "client-of-ours",
            "clientSecret": "secret-of-ours",
            "claimsMapping": {"userId": "sub", "displayName": "name"},
        },
    ),
)
"""Where URLs that the server calls are stored: path, property, the body without it."""
NOWHERE = (
    "10.0.0.1", "169.254.169.254", "[64:ff9b::a9fe:a9fe]", "100.64.0.1", "[fd00::1]",
)  # fmt: skip


def store(place: Place, host: str) -> list[tuple[int, str]]:
    """The status of each create with a URL at this host, and what the refusal is about. What was
    stored is deleted."""
    said = []
    with place.browser(auth=place.graph.auth) as graph:
        for path, name, body in STORED:
            url = f"https://{host}/.well-known/openid-configuration"
            answer = graph.post(path, json={**body, name: url})
            if answer.is_success:
                graph.delete(f"{path}/{answer.json()['id']}").raise_for_status()
            said.append((answer.status_code, answer.json().get("error", {}).get("message", "")))
    return said


@shows("SX-05")
def where_the_server_calls(place: Place) -> None:
    """What it may not call it does not store, and says so alike whether somebody listens there
    (as the server itself does) or not. In development it may call its own machine, and no other
    that is not public."""
    strict = place.strict()
    why = (
        "leads to an address that is not public; if the server may call it, list the host or its "
        "network in VESTIBULE_EGRESS_ALLOW."
    )
    refused = [(400, f"{name} {why}") for _, name, _ in STORED]
    for host in (f"127.0.0.1:{urlsplit(strict.base).port}", "127.0.0.1:1024", *NOWHERE):
        assert store(strict, host) == refused, host
    for host in NOWHERE:
        assert store(place, host) == refused, host
    for where, host in ((place, "localhost:8444"), (place, "[::1]"), (strict, "93.184.215.14")):
        assert store(where, host) == [(201, "")] * len(STORED), host
    assert [status for status, _ in store(place, "2130706433")] == [400] * len(STORED)
