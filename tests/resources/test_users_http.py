"""users and directory/deletedItems over HTTP.

Source: graph-surface 11.17; runtime 4.4; Microsoft Graph user resource.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from live import Live
from resources.bodies import APPLICATIONS, USERS, application, created, person, read
from resources.shape import refused
from resources.tokens import Mint, Wanted
from vestibule.development import CONTOSO
from vestibule.roles import GLOBAL_ADMINISTRATOR, NAMES, USER_ADMINISTRATOR
from vestibule.system import System

DEFAULT = {
    "businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone",
    "officeLocation", "preferredLanguage", "surname", "userPrincipalName",
}  # fmt: skip
BIN = "/v1.0/directory/deletedItems"


def domain_of(graph: httpx2.Client) -> str:
    return str(read(graph, "/v1.0/domains")["value"][0]["id"])


def named(graph: httpx2.Client, address: str, kind: str = "emailAddress") -> dict[str, str]:
    return {"signInType": kind, "issuer": domain_of(graph), "issuerAssignedId": address}


def federated(id: str, issuer: str = "google.com") -> dict[str, str]:
    return {"signInType": "federated", "issuer": issuer, "issuerAssignedId": id}


@pytest.mark.parametrize("root", ["/v1.0/users", "/beta/users"])
def test_a_user_from_create_to_delete(graph: httpx2.Client, root: str) -> None:
    body = person(
        identities=[named(graph, "ada@contoso.example")],
        city="Rome",
        otherMails=["ada@other.example"],
        businessPhones=["+39 06 1"],
    )
    answer = graph.post(root, json=body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    domain, id = domain_of(graph), made["id"]
    assert made.keys() - {"@odata.context"} == DEFAULT
    assert made["@odata.context"].endswith("/$metadata#users/$entity")
    assert answer.headers["location"].endswith(f"/users('{id}')")
    assert (made["displayName"], made["businessPhones"]) == ("Ada", ["+39 06 1"])
    wanted = "accountEnabled,city,creationType,identities,otherMails,passwordProfile,userType"
    shown = read(graph, f"{root}/{id}?$select={wanted}")
    assert shown.pop("@odata.context").endswith(f"#users({wanted})/$entity")
    shown["identities"].sort(key=lambda one: one["signInType"])
    assert shown == {
        "accountEnabled": True,
        "city": "Rome",
        "creationType": "LocalAccount",
        "identities": [
            named(graph, "ada@contoso.example"),
            named(graph, f"{id}@{domain}", "userPrincipalName"),
        ],
        "otherMails": ["ada@other.example"],
        "passwordProfile": None,
        "userType": "Member",
    }
    for key in (id, id.upper(), made["userPrincipalName"], f"('{made['userPrincipalName']}')"):
        path = f"{root}{key}" if key.startswith("(") else f"{root}/{key}"
        assert read(graph, path)["id"] == id
    assert graph.get(f"{root}/$count", headers={"consistencylevel": "eventual"}).text == "1"
    changed = {"jobTitle": "Countess", "city": None, "mobilePhone": "+39 333"}
    assert graph.patch(f"{root}/{id}", json=changed).status_code == 204
    assert read(graph, f"{root}/{id}?$select=jobTitle,city,mobilePhone") | changed == read(
        graph, f"{root}/{id}?$select=jobTitle,city,mobilePhone"
    )
    assert graph.delete(f"{root}/{id}").status_code == 204
    refused(graph.get(f"{root}/{id}"), 404, code="Request_ResourceNotFound")
    assert read(graph, root)["value"] == []


def test_users_are_found(graph: httpx2.Client) -> None:
    for name, mail in (("Ada", "ada@contoso.example"), ("Bob", "bob@contoso.example")):
        created(graph, USERS, person(displayName=name, identities=[named(graph, mail)], mail=mail))
    created(
        graph, USERS, person(displayName="Eve", identities=[federated("e-1")], userType="Guest")
    )
    domain = domain_of(graph)
    for condition, names in {
        f"identities/any(i:i/issuer eq '{domain}' and "
        "i/issuerAssignedId eq 'ADA@contoso.example')": ["Ada"],
        "identities/any(c:c/issuerAssignedId eq 'e-1' and c/issuer eq 'google.com')": ["Eve"],
        "mail eq 'bob@contoso.example'": ["Bob"],
        "creationType eq 'LocalAccount'": ["Ada", "Bob"],
        "creationType ne 'LocalAccount'": ["Eve"],
        "not(creationType eq 'LocalAccount')": ["Eve"],
        "creationType in ('LocalAccount','Invitation')": ["Ada", "Bob"],
        "externalUserState eq null and userType eq 'Guest'": ["Eve"],
        "startswith(displayName,'a') or accountEnabled eq false": ["Ada"],
    }.items():
        query = {"$filter": condition, "$orderby": "displayName"}
        headers = {"consistencylevel": "eventual"}
        answer = graph.get(USERS, params=query, headers=headers)
        assert answer.status_code == 200, (condition, answer.text)
        assert [one["displayName"] for one in answer.json()["value"]] == names, condition


def test_extensions_are_typed_kept_cleared_and_found(graph: httpx2.Client) -> None:
    app = created(graph, APPLICATIONS, application())
    path = f"{APPLICATIONS}/{app['id']}/extensionProperties"
    names = {}
    for kind in ("String", "Boolean", "Integer", "LargeInteger", "DateTime", "Binary"):
        body = {"name": f"of{kind}", "dataType": kind, "targetObjects": ["User"]}
        names[kind] = created(graph, path, body)["name"]
    many = {"name": "many", "dataType": "String", "targetObjects": ["User"], "isMultiValued": True}
    names["many"] = created(graph, path, many)["name"]
    assert names["String"] == f"extension_{app['appId'].replace('-', '')}_ofString"
    values: dict[str, Any] = {
        names["String"]: "gold",
        names["Boolean"]: True,
        names["Integer"]: 7,
        names["LargeInteger"]: 2**40,
        names["DateTime"]: "2026-01-31T12:00:00Z",
        names["Binary"]: "AQI=",
        names["many"]: ["a", "b"],
    }
    user = created(graph, USERS, person(**values))
    assert not values.keys() & user.keys()  # only where it is asked for
    at = f"{USERS}/{user['id']}"
    everything = f"{at}?$select={','.join(values)}"
    assert values.items() <= read(graph, everything).items()
    assert graph.patch(at, json={names["String"]: None, names["Integer"]: 8}).status_code == 204
    now = read(graph, everything)
    assert (now[names["String"]], now[names["Integer"]], now[names["Boolean"]]) == (None, 8, True)
    found = graph.get(USERS, params={"$filter": f"{names['Integer']} eq 8"})
    assert found.status_code == 200, found.text
    assert [one["id"] for one in found.json()["value"]] == [user["id"]]
    for kind, wrong in {
        "String": "x" * 257, "Boolean": "true", "Integer": 2**31, "LargeInteger": 0.5,
        "DateTime": "yesterday", "Binary": "?", "many": "a",
    }.items():  # fmt: skip
        refused(graph.patch(at, json={names[kind]: wrong}), 400, target=names[kind])
    undefined = f"extension_{app['appId'].replace('-', '')}_undefined"
    refused(graph.patch(at, json={undefined: 1}), 400, target=undefined)
    refused(graph.post(USERS, json=person(**{undefined: 1})), 400, target=undefined)
    assert read(graph, everything) == now


def test_attributes_of_the_extensions_application_are_its_extensions(graph: httpx2.Client) -> None:
    query = {"$filter": "startswith(displayName,'b2c-extensions-app')"}
    [app] = graph.get(APPLICATIONS, params=query).json()["value"]
    path = f"{APPLICATIONS}/{app['id']}/extensionProperties"
    body = {"name": "loyalty", "dataType": "Integer", "targetObjects": ["User"]}
    made = created(graph, path, body)
    name = f"extension_{app['appId'].replace('-', '')}_loyalty"
    assert (made["name"], made["dataType"]) == (name, "LargeInteger")
    assert [one["name"] for one in read(graph, path)["value"]] == [name]
    assert read(graph, f"{path}/{made['id']}")["name"] == name
    user = created(graph, USERS, person(**{name: 3}))
    assert read(graph, f"{USERS}/{user['id']}?$select={name}")[name] == 3
    refused(graph.post(path, json=body), 409)
    refused(
        graph.post(path, json={**body, "name": "b", "dataType": "Binary"}), 400, target="dataType"
    )
    assert graph.delete(f"{path}/{made['id']}").status_code == 204
    assert read(graph, path)["value"] == []


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no password": ({"passwordProfile": {}}, "passwordProfile/password"),
    "a short password": ({"passwordProfile": {"password": "Aa1-"}}, "passwordProfile/password"),
    "a weak password": ({"passwordProfile": {"password": "lowercase"}}, "passwordProfile/password"),
    "another domain": ({"userPrincipalName": "ada@elsewhere.example"}, "userPrincipalName"),
    "no name before @": ({"userPrincipalName": "@{domain}"}, "userPrincipalName"),
    "markup": ({"displayName": "<b>Ada</b>"}, "displayName"),
    "a given name too long": ({"givenName": "x" * 65}, "givenName"),
    "a postal code too long": ({"postalCode": "x" * 41}, "postalCode"),
    "a third type": ({"userType": "Alien"}, "userType"),
    "unknown policies": ({"passwordPolicies": "Whatever"}, "passwordPolicies"),
    "creationType": ({"creationType": "LocalAccount"}, "creationType"),
    "a state": ({"externalUserState": "Accepted"}, "externalUserState"),
    "an unknown sign-in type": (
        {"identities": [{"signInType": "magic", "issuer": "{domain}", "issuerAssignedId": "x"}]},
        "identities/0/signInType",
    ),
    "an issuer of others": (
        {"identities": [{**federated("x"), "signInType": "emailAddress"}]},
        "identities/0/issuer",
    ),
    "our own issuer": ({"identities": [federated("x", "{domain}")]}, "identities/0/issuer"),
    "no address": (
        {"identities": [{"signInType": "emailAddress", "issuer": "{domain}",
                         "issuerAssignedId": "ada"}]},
        "identities/0/issuerAssignedId",
    ),
    "another principal name": (
        {"identities": [{"signInType": "userPrincipalName", "issuer": "{domain}",
                         "issuerAssignedId": "eve@{domain}"}]},
        "identities/0/issuerAssignedId",
    ),
    "one twice": ({"identities": [federated("x"), federated("X")]}, "identities/1"),
    "eleven": ({"identities": [federated(str(n)) for n in range(10)]}, "identities"),
}  # fmt: skip


def filled(value: Any, domain: str) -> Any:
    if isinstance(value, dict):
        return {name: filled(one, domain) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, domain) for one in value]
    return value.replace("{domain}", domain) if isinstance(value, str) else value


@pytest.mark.parametrize("name", WRONG)
def test_what_a_user_cannot_be(shared: httpx2.Client, name: str) -> None:
    body, target = WRONG[name]
    wrong = filled(body, domain_of(shared))
    refused(shared.post(USERS, json={**person(), **wrong}), 400, target=target)


def test_names_are_taken_once(graph: httpx2.Client) -> None:
    first = created(graph, USERS, person(identities=[federated("g-1")]))
    other = created(graph, USERS, person(identities=[named(graph, "bob@contoso.example")]))
    taken = first["userPrincipalName"]
    refused(graph.post(USERS, json=person(userPrincipalName=taken.upper())), 409)
    refused(graph.post(USERS, json=person(identities=[federated("G-1")])), 409)
    created(graph, USERS, person(identities=[federated("g-1", "facebook.com")]))
    at = f"{USERS}/{other['id']}"
    before = read(graph, f"{at}?$select=identities")
    refused(graph.patch(at, json={"identities": [federated("g-1")]}), 409)
    refused(graph.patch(at, json={"userPrincipalName": taken}), 409)
    assert read(graph, f"{at}?$select=identities") == before
    assert graph.delete(f"{USERS}/{first['id']}").status_code == 204
    created(graph, USERS, person(userPrincipalName=taken, identities=[federated("g-1")]))
    refused(graph.post(f"{BIN}/{first['id']}/restore"), 409)


def test_a_person_of_another_provider_needs_no_password(graph: httpx2.Client) -> None:
    body = person(identities=[federated("g-2")])
    del body["passwordProfile"]
    made = created(graph, USERS, body)
    assert read(graph, f"{USERS}/{made['id']}?$select=creationType")["creationType"] is None
    refused(graph.post(USERS, json={"displayName": "Ada"}), 400, names="password")


def test_the_principal_name_moves_with_its_identity(graph: httpx2.Client) -> None:
    domain, made = domain_of(graph), created(graph, USERS, person())
    name = f"ada@{domain}"
    path = f"{USERS}/{made['id']}"
    assert graph.patch(path, json={"userPrincipalName": name}).status_code == 204
    shown = read(graph, f"{USERS}/{name}?$select=id,identities")
    assert [one["issuerAssignedId"] for one in shown["identities"]] == [name]


def test_what_is_deleted_can_be_restored(graph: httpx2.Client) -> None:
    first, second = (created(graph, USERS, person(displayName=name)) for name in ("Ada", "Bob"))
    for one in (first, second):
        assert graph.delete(f"{USERS}/{one['id']}").status_code == 204
    for listing in (f"{BIN}/microsoft.graph.user", f"{BIN}/graph.user", BIN):
        names = [one["displayName"] for one in read(graph, listing)["value"]]
        assert sorted(names) == ["Ada", "Bob"]
    shown = read(graph, f"{BIN}/{first['id']}?$select=id,deletedDateTime")
    assert shown["deletedDateTime"] is not None
    refused(graph.post(f"{USERS}/{first['id']}/restore"), 404)
    restored = graph.post(f"{BIN}/{first['id']}/restore")
    assert (restored.status_code, restored.json()["displayName"]) == (200, "Ada")
    refused(graph.post(f"{BIN}/{first['id']}/restore"), 404)
    assert graph.delete(f"{BIN}/{second['id']}").status_code == 204
    refused(graph.get(f"{BIN}/{second['id']}"), 404)
    assert graph.delete(f"{USERS}/{first['id']}").status_code == 204


def test_what_is_deleted_stays_for_thirty_days(mint: Mint, contoso: httpx2.Client) -> None:
    made = created(contoso, USERS, person())
    assert contoso.delete(f"{USERS}/{made['id']}").status_code == 204

    async def after(system: System, days: int) -> tuple[bool, bool]:
        """Whether it is listed, and whether it is stored when the bins have been emptied."""
        system.world.move(timedelta(days=days))
        shown = await system.ask("GET", CONTOSO, f"{BIN}/microsoft.graph.user")
        await system.empty_bins()
        stored = await system.entities.get("deleted_user", CONTOSO, made["id"])
        return made["id"] in [one["id"] for one in shown["value"]], stored is not None

    assert mint.ask(lambda system: after(system, 29)) == (True, True)
    assert mint.ask(lambda system: after(system, 31)) == (False, False)


ADMINISTRATOR = "admin@contoso.onmicrosoft.com"
SENSITIVE = {
    "passwordProfile": {"password": "Mallorys-password-1"},
    "accountEnabled": False,
    "identities": [],
    "userPrincipalName": "mallory@contoso.onmicrosoft.com",
}


@pytest.mark.parametrize(
    ("wanted", "may"),
    [
        (Wanted(("User.ReadWrite.All",)), False),
        (Wanted(("User.ReadWrite.All",), ADMINISTRATOR, (USER_ADMINISTRATOR,)), False),
        (Wanted(("User.ReadWrite.All",), ADMINISTRATOR, (GLOBAL_ADMINISTRATOR,)), True),
        (Wanted(("User.ReadWrite.All", "RoleManagement.ReadWrite.Directory")), True),
    ],
    ids=["application", "User Administrator", "Global Administrator", "may give roles"],
)
def test_nobody_rises_by_way_of_an_administrators_account(
    live: Live, mint: Mint, contoso: httpx2.Client, wanted: Wanted, *, may: bool
) -> None:
    [token] = mint.tokens([wanted])
    with live.http(headers={"authorization": f"Bearer {token}"}) as mallory:
        made = created(contoso, USERS, person())
        path, role = f"{USERS}/{made['id']}", NAMES["Global Reader"]
        reference = {"@odata.id": f"https://graph.microsoft.com/v1.0/users/{made['id']}"}
        added = contoso.post(f"/v1.0/directoryRoles/{role}/members/$ref", json=reference)
        assert added.status_code == 204
        for name, value in SENSITIVE.items():
            answer = mallory.patch(path, json={name: value})
            assert (answer.status_code == 204) is may, (name, answer.text)
        assert mallory.patch(path, json={"jobTitle": "Countess"}).status_code == 204
        assert (mallory.post(f"{path}/revokeSignInSessions").status_code == 200) is may
        assert (mallory.delete(path).status_code == 204) is may
        if not may:
            refused(mallory.delete(path), 403, code="Authorization_RequestDenied")
            assert contoso.delete(path).status_code == 204


def test_a_delegated_token_ends_with_its_user(
    live: Live, mint: Mint, contoso: httpx2.Client
) -> None:
    made = created(contoso, USERS, person())
    path = f"{USERS}/{made['id']}"
    wanted = Wanted(("User.Read.All",), made["userPrincipalName"], (GLOBAL_ADMINISTRATOR,))
    [token] = mint.tokens([wanted])
    with live.http(headers={"authorization": f"Bearer {token}"}) as caller:
        assert read(caller, path)["id"] == made["id"]
        assert contoso.patch(path, json={"accountEnabled": False}).status_code == 204
        refused(caller.get(path), 401, code="InvalidAuthenticationToken")
        assert contoso.patch(path, json={"accountEnabled": True}).status_code == 204
        assert read(caller, path)["id"] == made["id"]
        assert contoso.delete(path).status_code == 204
        refused(caller.get(USERS), 401, code="InvalidAuthenticationToken")
