"""Every form of URL, and that addresses are given in the form they were asked for."""

from __future__ import annotations

import pytest

from vestibule.oidc.place import TOKEN, Place, find

T, P = "contoso.onmicrosoft.com", "B2C_1_susi"


@pytest.mark.parametrize(
    ("path", "p", "operation", "place"),
    [
        (f"{T}/{P}/oauth2/v2.0/authorize", "", "authorize", Place("", T, P, by_query=False)),
        (f"{T}/oauth2/v2.0/token", P, "token", Place("", T, P, by_query=True)),
        (f"{T}/oauth2/v2.0/token", "", "token", Place("", T, "", by_query=False)),
        (f"tfp/{T}/{P}/oauth2/v2.0/logout", "", "logout", Place("tfp", T, P, by_query=False)),
        (f"TE/{T}/{P}/OAuth2/V2.0/Token", "", "token", Place("te", T, P, by_query=False)),
        (f"tfp/{T}/oauth2/v2.0/token", P, "token", Place("tfp", T, P, by_query=True)),
        (f"{T}/{P}/oauth2/v2.0/token/", "", "token", Place("", T, P, by_query=False)),
        (f"{T}/{P}/oauth2/v2.0/token", "B2C_1_x", "token", Place("", T, P, by_query=False)),
        (
            f"{T}/v2.0/.well-known/openid-configuration",
            "",
            "metadata",
            Place("", T, "", by_query=False),
        ),
        (
            f"{T}/{P}/v2.0/.Well-Known/openid-configuration",
            "",
            "metadata",
            Place("", T, P, by_query=False),
        ),
        (f"{T}/{P}/discovery/v2.0/keys", "", "keys", Place("", T, P, by_query=False)),
        (f"{T}/discovery/v2.0/keys", P, "keys", Place("", T, P, by_query=True)),
        (f"{T}/{P}/openid/v2.0/userinfo", "", "userinfo", Place("", T, P, by_query=False)),
        (f"{T}/openid/v2.0/UserInfo", P, "userinfo", Place("", T, P, by_query=True)),
        (f"tfp/{T}/{P}/openid/v2.0/userinfo", "", "userinfo", Place("tfp", T, P, by_query=False)),
    ],
    ids=[
        "policy in path",
        "policy in query",
        "tenant alone",
        "tfp",
        "te and any case",
        "tfp with query",
        "final slash",
        "path wins over query",
        "metadata of the tenant",
        "metadata of a flow",
        "keys",
        "keys by query",
        "userinfo",
        "userinfo by query",
        "userinfo with prefix",
    ],
)
def test_a_path_names_operation_and_place(path: str, p: str, operation: str, place: Place) -> None:
    found = find(tuple(path.split("/")), p)
    assert found is not None
    assert (found.operation, found.place) == (operation, place)


@pytest.mark.parametrize(
    ("path", "operation", "rest"),
    [
        (f"{T}/{P}/SelfAsserted", "selfasserted", ()),
        (f"{T}/{P}/selfasserted/confirmed", "selfasserted", ("confirmed",)),
        (
            f"{T}/{P}/api/CombinedSigninAndSignup/confirmed",
            "api",
            ("CombinedSigninAndSignup", "confirmed"),
        ),
        ("common/userrealm/bob@contoso.example", "userrealm", ("bob@contoso.example",)),
        ("Common/Discovery/Instance", "instance", ()),
        (f"{T}/SelfAsserted", "selfasserted", ()),
        (f"{T}/api/CombinedSigninAndSignup/unified", "api", ("CombinedSigninAndSignup", "unified")),
        (f"{T}/oauth2/v2.0/devicecode", "devicecode", ()),
        (f"{T}/oauth2/deviceauth", "deviceauth", ()),
        (f"{T}/OAuth2/AuthResp", "authresp", ()),
    ],
    ids=[
        "form",
        "form with rest",
        "page action",
        "user realm",
        "instance discovery",
        "form of the tenant",
        "page action of the tenant",
        "device code",
        "device's question",
        "return from a provider",
    ],
)
def test_a_path_keeps_what_follows(path: str, operation: str, rest: tuple[str, ...]) -> None:
    found = find(tuple(path.split("/")), "")
    assert found is not None
    assert (found.operation, found.rest) == (operation, rest)
    assert found.place.policy in ("", P)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        T,
        f"{T}/{P}",
        f"{T}/{P}/oauth2/v2.0",
        f"{T}//oauth2/v2.0/token",
        "tfp",
        f"{T}/{P}/api/x",
        f"{T}/{P}/oauth2/v2.0/token/more",
        f"con\x00toso/{P}/oauth2/v2.0/token",
    ],
)
def test_another_path_means_nothing(path: str) -> None:
    assert find(tuple(path.split("/")), "") is None


@pytest.mark.parametrize(
    ("place", "url"),
    [
        (Place("", T, P, by_query=False), f"https://h:1/{T}/b2c_1_susi/oauth2/v2.0/token"),
        (Place("", T, P, by_query=True), f"https://h:1/{T}/oauth2/v2.0/token?p=b2c_1_susi"),
        (
            Place("tfp", "ABC", P, by_query=False),
            "https://h:1/tfp/ABC/b2c_1_susi/oauth2/v2.0/token",
        ),
        (Place("", T, "", by_query=False), f"https://h:1/{T}/oauth2/v2.0/token"),
    ],
    ids=["path", "query", "prefix and tenant as asked", "tenant"],
)
def test_addresses_have_the_form_that_was_asked_for(place: Place, url: str) -> None:
    assert place.url("https://h:1", TOKEN) == url
