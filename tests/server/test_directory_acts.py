"""What is changed in the directory acts: at the next sign-in, refresh or token, on both engines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import uuid4

import httpx2
import pytest

from people import look, press, sign_in
from server.sites import Site, at_once, claims_of, code_of
from vestibule.resources.permissions import GRAPH, role_of

PASSWORD, OTHER = "Correct-Horse-1", "Battery-Staple-2"
USERS = "/v1.0/users"
CROWD = 16


@pytest.fixture(scope="module")
def graph(site: Site) -> Iterator[httpx2.Client]:
    with site.graph() as client:
        yield client


def domain_of(graph: httpx2.Client) -> str:
    return str(graph.get("/v1.0/domains").json()["value"][0]["id"])


def posted(graph: httpx2.Client, path: str, body: Mapping[str, object]) -> dict[str, str]:
    answer = graph.post(path, json=body)
    assert answer.status_code in {200, 201}, answer.text
    made: dict[str, str] = answer.json()
    return made


def done(answer: httpx2.Response) -> None:
    assert answer.status_code in {200, 204}, answer.text


class Person:
    """An account made through Graph, and a browser in which it signs in."""

    def __init__(self, site: Site, graph: httpx2.Client) -> None:
        self.site, self.graph = site, graph
        self.address = f"bob-{uuid4().hex[:12]}@contoso.example"
        name = {
            "signInType": "emailAddress",
            "issuer": domain_of(graph),
            "issuerAssignedId": self.address,
        }
        body = {
            "displayName": "Bob",
            "identities": [name],
            "passwordProfile": {"password": PASSWORD},
        }
        self.id = posted(graph, USERS, body)["id"]
        self.path = f"{USERS}/{self.id}"

    def tokens(self, password: str = PASSWORD) -> dict[str, str]:
        """Tokens after a sign-in with the password, in a new browser."""
        with self.site.http() as browser:
            landed = sign_in(browser, self.site.authorize(), self.address, password)
        answer = self.site.redeem(code_of(landed))
        assert answer.status_code == 200, answer.text
        found: dict[str, str] = answer.json()
        return found

    def is_refused(self, password: str = PASSWORD) -> bool:
        """Whether the sign-in page shows itself again."""
        with self.site.http() as browser:
            page = look(browser, self.site.authorize())
            landed = press(
                browser,
                page,
                "signin",
                email=self.address,
                signInName=self.address,
                password=password,
            )
        return not isinstance(landed, str)

    def refreshes(self, token: str) -> bool:
        return self.site.refresh(token).status_code == 200


@pytest.fixture
def bob(site: Site, graph: httpx2.Client) -> Person:
    return Person(site, graph)


# --------------------------------------------------------------------------- people


def test_a_new_password_acts_and_ends_what_the_old_one_began(bob: Person) -> None:
    token = bob.tokens()["refresh_token"]
    done(bob.graph.patch(bob.path, json={"passwordProfile": {"password": OTHER}}))
    assert not bob.refreshes(token)
    assert bob.is_refused(PASSWORD)
    assert bob.refreshes(bob.tokens(OTHER)["refresh_token"])


def test_a_disabled_account_neither_signs_in_nor_refreshes(bob: Person) -> None:
    token = bob.tokens()["refresh_token"]
    done(bob.graph.patch(bob.path, json={"accountEnabled": False}))
    assert not bob.refreshes(token)
    assert bob.is_refused()
    done(bob.graph.patch(bob.path, json={"accountEnabled": True}))
    assert bob.tokens()


def test_a_deleted_account_is_gone_until_it_is_restored(bob: Person) -> None:
    token = bob.tokens()["refresh_token"]
    done(bob.graph.delete(bob.path))
    assert bob.graph.get(bob.path).status_code == 404
    assert not bob.refreshes(token)
    assert bob.is_refused()
    listed = bob.graph.get("/v1.0/directory/deletedItems/microsoft.graph.user").json()["value"]
    assert bob.id in [one["id"] for one in listed]
    done(bob.graph.post(f"/v1.0/directory/deletedItems/{bob.id}/restore"))
    assert bob.refreshes(bob.tokens()["refresh_token"])


def test_revoked_sessions_have_to_be_begun_anew(bob: Person) -> None:
    with bob.site.http() as browser:
        code = code_of(sign_in(browser, bob.site.authorize(), bob.address, PASSWORD))
        token = bob.site.redeem(code).json()["refresh_token"]
        assert bob.site.tokens(browser)  # by the session
        done(bob.graph.post(f"{bob.path}/revokeSignInSessions"))
        assert not bob.refreshes(token)
        assert "newPassword" not in look(browser, bob.site.authorize()).form.fields
        assert look(browser, bob.site.authorize()).form.fields.keys() >= {"password"}
    assert bob.refreshes(bob.tokens()["refresh_token"])


def test_another_sign_in_name_takes_the_place_of_the_old_one(bob: Person) -> None:
    old, new = bob.address, f"robert-{uuid4().hex[:12]}@contoso.example"
    issuer = domain_of(bob.graph)
    wanted = {"signInType": "emailAddress", "issuer": issuer, "issuerAssignedId": new}
    done(bob.graph.patch(bob.path, json={"identities": [wanted]}))
    assert bob.is_refused()
    bob.address = new
    assert bob.tokens()
    shown = bob.graph.get(f"{bob.path}?$select=identities").json()["identities"]
    assert [one["issuerAssignedId"] for one in shown if one["signInType"] == "emailAddress"] == [
        new
    ]
    other = Person(bob.site, bob.graph)  # the old name is free
    given = {"identities": [{**wanted, "issuerAssignedId": old}]}
    done(bob.graph.patch(other.path, json=given))


# --------------------------------------------------------------------------- applications


class Shop:
    """An application made through Graph, with its service principal and a secret."""

    def __init__(self, site: Site, graph: httpx2.Client, **body: object) -> None:
        self.site, self.graph = site, graph
        made = posted(graph, "/v1.0/applications", {"displayName": "Shop", **body})
        self.id, self.app_id = made["id"], made["appId"]
        self.path = f"/v1.0/applications/{self.id}"
        principal = posted(graph, "/v1.0/servicePrincipals", {"appId": self.app_id})
        self.principal = f"/v1.0/servicePrincipals/{principal['id']}"
        self.principal_id = principal["id"]
        self.key, self.secret = self.add_secret()

    def add_secret(self) -> tuple[str, str]:
        body = {"passwordCredential": {"displayName": "one"}}
        made = posted(self.graph, f"{self.path}/addPassword", body)
        return made["keyId"], made["secretText"]

    def token(
        self, secret: str = "", resource: str = "https://graph.microsoft.com"
    ) -> httpx2.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.app_id,
            "client_secret": secret or self.secret,
            "scope": f"{resource}/.default",
        }
        with self.site.http() as client:
            return client.post(f"/{self.site.tenant}/oauth2/v2.0/token", data=form)

    def held(self, resource: str = "https://graph.microsoft.com") -> list[str]:
        answer = self.token(resource=resource)
        assert answer.status_code == 200, answer.text
        found: list[str] = claims_of(answer.json()["access_token"]).get("roles", [])
        return found

    def assign(self, resource: str, role: str) -> dict[str, str]:
        body = {"principalId": self.principal_id, "resourceId": resource, "appRoleId": role}
        return posted(self.graph, f"{self.principal}/appRoleAssignments", body)


def test_an_assigned_role_is_in_the_next_token(site: Site, graph: httpx2.Client) -> None:
    shop = Shop(site, graph)
    assert shop.held() == []
    found = graph.get(f"/v1.0/servicePrincipals(appId='{GRAPH}')").json()
    roles = {one["value"]: one["id"] for one in found["appRoles"]}
    assert roles["User.Read.All"] == role_of("User.Read.All")
    made = shop.assign(found["id"], roles["User.Read.All"])
    assert shop.held() == ["User.Read.All"]
    token = shop.token().json()["access_token"]
    with site.http(headers={"authorization": f"Bearer {token}"}) as reader:
        assert reader.get(USERS).status_code == 200
        assert reader.post(USERS, json={}).status_code == 403
    done(graph.delete(f"{shop.principal}/appRoleAssignments/{made['id']}"))
    assert shop.held() == []


def test_an_api_of_ones_own_has_roles_and_scopes(site: Site, graph: httpx2.Client) -> None:
    role, scope, uri = str(uuid4()), str(uuid4()), f"api://orders-{uuid4()}"
    exposed = {"id": scope, "value": "orders.read", "adminConsentDisplayName": "Read orders"}
    defined = {
        "id": role, "value": "Orders.Process", "displayName": "Process orders",
        "allowedMemberTypes": ["Application"],
    }  # fmt: skip
    api = Shop(
        site,
        graph,
        identifierUris=[uri],
        api={"oauth2PermissionScopes": [exposed]},
        appRoles=[defined],
    )
    shop = Shop(site, graph, web={"redirectUris": [site.redirect_uri]})
    shop.assign(api.principal_id, role)
    assert shop.held(uri) == ["Orders.Process"]
    principal = f"/v1.0/servicePrincipals/{api.principal_id}"
    done(graph.patch(principal, json={"accountEnabled": False}))
    with pytest.raises(AssertionError, match="AADSTS500011"):
        shop.held(uri)
    done(graph.patch(principal, json={"accountEnabled": True}))
    refused = f"{site.authorize(client_id=shop.app_id, scope=f'openid {uri}/orders.read')}"
    with site.http() as browser:
        assert "AADB2C90205" in browser.get(refused).headers["location"]
    grant = posted(
        graph,
        "/v1.0/oauth2PermissionGrants",
        {
            "clientId": shop.principal_id,
            "consentType": "AllPrincipals",
            "resourceId": api.principal_id,
            "scope": "orders.read",
        },
    )
    bob = Person(site, graph)
    with site.http() as browser:
        code = code_of(sign_in(browser, refused, bob.address, PASSWORD))
    answer = site.redeem(code, client_id=shop.app_id, client_secret=shop.secret)
    assert answer.status_code == 200, answer.text
    claims = claims_of(answer.json()["access_token"])
    assert (claims["aud"], claims["scp"]) == (api.app_id, "orders.read")
    done(graph.delete(f"/v1.0/oauth2PermissionGrants/{grant['id']}"))
    with site.http() as browser:
        assert "AADB2C90205" in browser.get(refused).headers["location"]


def test_a_secret_acts_from_when_it_is_added_until_it_is_removed(
    site: Site, graph: httpx2.Client
) -> None:
    shop = Shop(site, graph)
    key, secret = shop.add_secret()
    assert shop.token(secret).status_code == shop.token().status_code == 200
    shown = graph.get(shop.path).json()["passwordCredentials"]
    assert {one["keyId"] for one in shown} == {shop.key, key}
    assert [one["secretText"] for one in shown] == [None, None]
    done(graph.post(f"{shop.path}/removePassword", json={"keyId": key}))
    assert (shop.token(secret).status_code, shop.token().status_code) == (401, 200)
    assert graph.post(f"{shop.path}/removePassword", json={"keyId": key}).status_code == 404


def test_an_application_that_is_disabled_or_gone_gets_nothing(
    site: Site, graph: httpx2.Client
) -> None:
    shop = Shop(site, graph)
    token = shop.token().json()["access_token"]
    done(graph.patch(shop.principal, json={"accountEnabled": False}))
    assert shop.token().status_code == 400
    done(graph.patch(shop.principal, json={"accountEnabled": True}))
    assert shop.token().status_code == 200
    done(graph.delete(shop.path))
    assert shop.token().status_code == 400
    assert graph.get(shop.principal).status_code == 404
    with site.http(headers={"authorization": f"Bearer {token}"}) as late:
        assert late.get(USERS).status_code == 401  # its tokens are worth nothing either


# --------------------------------------------------------------------------- crowds


def test_of_many_who_want_one_sign_in_name_one_gets_it(site: Site, graph: httpx2.Client) -> None:
    issuer, address = domain_of(graph), f"race-{uuid4().hex[:12]}@contoso.example"
    headers = {"authorization": graph.headers["authorization"]}

    async def create(client: httpx2.AsyncClient, number: int) -> httpx2.Response:
        name = address if number % 2 else address.upper()
        identity = {"signInType": "emailAddress", "issuer": issuer, "issuerAssignedId": name}
        body = {
            "displayName": "Ada",
            "identities": [identity],
            "passwordProfile": {"password": PASSWORD},
        }
        return await client.post(USERS, json=body, headers=headers)

    answers = at_once(site, CROWD, create)
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * (CROWD - 1)]


def test_values_that_many_set_at_once_are_all_kept(site: Site, graph: httpx2.Client) -> None:
    """Each sets another extension of the same user, all of which lie in one column."""
    bob, shop = Person(site, graph), Shop(site, graph)
    headers = {"authorization": graph.headers["authorization"]}
    names = []
    for number in range(4):
        body: dict[str, object] = {
            "name": f"n{number}", "dataType": "Integer", "targetObjects": ["User"],
        }  # fmt: skip
        names.append(posted(graph, f"{shop.path}/extensionProperties", body)["name"])

    async def put(client: httpx2.AsyncClient, number: int) -> httpx2.Response:
        return await client.patch(bob.path, json={names[number]: number}, headers=headers)

    statuses = [answer.status_code for answer in at_once(site, len(names), put)]
    assert statuses == [204] * len(names)
    shown = graph.get(f"{bob.path}?$select={','.join(names)}").json()
    assert [shown[name] for name in names] == [0, 1, 2, 3]
