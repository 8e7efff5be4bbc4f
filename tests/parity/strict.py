"""EP-18, SX-01, SX-04: what is stricter than the real service, by setting."""

from __future__ import annotations

from time import perf_counter

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
