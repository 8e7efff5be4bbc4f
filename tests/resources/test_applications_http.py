"""applications, servicePrincipals, grants and roles over HTTP.

Source: graph-surface 11.17; runtime section 10; Microsoft Graph application resource.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from live import Live
from resources.bodies import APPLICATIONS, USERS, application, created, person, read
from resources.shape import refused
from resources.tokens import Mint, Wanted
from vestibule import resources
from vestibule.resources.permissions import GRAPH, PERMISSIONS, role_of
from vestibule.roles import NAMES

PRINCIPALS = "/v1.0/servicePrincipals"
GRANTS = "/v1.0/oauth2PermissionGrants"
ROLES = "/v1.0/directoryRoles"


def scope(value: str, **more: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "value": value, "adminConsentDisplayName": value, **more}


def role(value: str, **more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "value": value,
        "displayName": value,
        "allowedMemberTypes": ["Application"],
        **more,
    }


def principal(graph: httpx2.Client, **body: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """An application and its service principal."""
    app = created(graph, APPLICATIONS, application(**body))
    return app, created(graph, PRINCIPALS, {"appId": app["appId"]})


@pytest.mark.parametrize("root", ["/v1.0", "/beta"])
def test_an_application_from_create_to_delete(graph: httpx2.Client, root: str) -> None:
    path = f"{root}/applications"
    body = application(identifierUris=["api://shop"], appRoles=[role("Orders.Read")])
    made = created(graph, path, body)
    assert made["id"] != made["appId"]
    assert made["web"] == {
        "homePageUrl": None,
        "implicitGrantSettings": {
            "enableAccessTokenIssuance": False,
            "enableIdTokenIssuance": False,
        },
        "logoutUrl": None,
        "redirectUris": ["https://shop.example/back"],
    }
    at = f"{path}/{made['id']}"
    for address in (at, f"{path}(appId='{made['appId']}')", f"{path}('{made['id']}')"):
        assert read(graph, address)["displayName"] == "Shop"
    changes: dict[str, Any] = {
        "displayName": "Market",
        "web": {"logoutUrl": "https://shop.example/out"},
        "spa": {"redirectUris": ["https://shop.example/spa"]},
        "publicClient": {"redirectUris": ["com.example.shop:/back"]},
        "isFallbackPublicClient": True,
    }
    assert graph.patch(at, json=changes).status_code == 204
    now = read(graph, at)
    assert now["web"] == {**made["web"], "logoutUrl": "https://shop.example/out"}  # the rest stays
    assert {name: now[name] for name in ("displayName", "spa", "publicClient")} == {
        name: changes[name] for name in ("displayName", "spa", "publicClient")
    }
    assert graph.delete(at).status_code == 204
    refused(graph.get(at), 404, code="Request_ResourceNotFound")


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a plain redirect": ({"web": {"redirectUris": ["http://shop.example"]}}, "web/redirectUris"),
    "a script": ({"web": {"redirectUris": ["javascript:alert(1)"]}}, "web/redirectUris"),
    "an app's scheme for spa": ({"spa": {"redirectUris": ["shop:/x"]}}, "spa/redirectUris"),
    "a fragment": (
        {"publicClient": {"redirectUris": ["https://shop.example/#x"]}},
        "publicClient/redirectUris",
    ),
    "a plain logout": ({"web": {"logoutUrl": "http://shop.example"}}, "web/logoutUrl"),
    "no URI": ({"identifierUris": ["shop"]}, "identifierUris"),
    "a URI twice": ({"identifierUris": ["api://a", "API://a/"]}, "identifierUris"),
    "another one's id": ({"identifierUris": [f"api://{GRAPH}"]}, "identifierUris"),
    "a path below another one's id": ({"identifierUris": [f"API://{GRAPH}/x"]}, "identifierUris"),
    "Graph's name": ({"identifierUris": ["https://graph.microsoft.com/"]}, "identifierUris"),
    "two scopes of one value": (
        {"api": {"oauth2PermissionScopes": [scope("read"), scope("read")]}},
        "api/oauth2PermissionScopes/value",
    ),
    "a scope with a space": (
        {"api": {"oauth2PermissionScopes": [scope("read it")]}},
        "api/oauth2PermissionScopes/0/value",
    ),
    "two roles of one id": (
        {"appRoles": [role("a", id=GRAPH), role("b", id=GRAPH)]},
        "appRoles/id",
    ),
    "a role for robots": ({"appRoles": [role("a", allowedMemberTypes=["Robot"])]},
                          "appRoles/allowedMemberTypes"),
    "another audience": ({"signInAudience": "Everybody"}, "signInAudience"),
    "no certificate": ({"keyCredentials": [{"key": "AQI="}]}, "keyCredentials/key"),
    "an appId": ({"appId": GRAPH}, "appId"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_an_application_cannot_be(shared: httpx2.Client, name: str) -> None:
    body, target = WRONG[name]
    refused(shared.post(APPLICATIONS, json={**application(), **body}), 400, target=target)


def test_an_identifier_names_one_application(graph: httpx2.Client) -> None:
    created(graph, APPLICATIONS, application(identifierUris=["api://shop"]))
    answer = graph.post(APPLICATIONS, json=application(identifierUris=["API://shop/"]))
    refused(answer, 400, code="Request_MultipleObjectsWithSameKeyValue", target="identifierUris")


def test_what_is_exposed_is_disabled_before_it_is_removed(graph: httpx2.Client) -> None:
    exposed, defined = scope("read"), role("Orders.Read")
    app, made = principal(graph, api={"oauth2PermissionScopes": [exposed]}, appRoles=[defined])
    at = f"{APPLICATIONS}/{app['id']}"
    refused(graph.patch(at, json={"appRoles": []}), 400, target="appRoles")
    refused(graph.patch(at, json={"api": {"oauth2PermissionScopes": []}}), 400, target="api")
    off: dict[str, Any] = {
        "appRoles": [{**defined, "isEnabled": False}],
        "api": {"oauth2PermissionScopes": [{**exposed, "isEnabled": False}]},
    }
    assert graph.patch(at, json=off).status_code == 204
    shown = read(graph, f"{PRINCIPALS}/{made['id']}")  # as its application has it
    assert [one["isEnabled"] for one in shown["oauth2PermissionScopes"]] == [False]
    gone: dict[str, Any] = {"appRoles": [], "api": {"oauth2PermissionScopes": []}}
    assert graph.patch(at, json=gone).status_code == 204
    shown = read(graph, f"{PRINCIPALS}/{made['id']}")
    assert (shown["appRoles"], shown["oauth2PermissionScopes"]) == ([], [])


# --------------------------------------------------------------------------- credentials


def test_a_secret_is_shown_once(graph: httpx2.Client) -> None:
    body = application(passwordCredentials=[{"displayName": "first"}])
    made = created(graph, APPLICATIONS, body)
    [first] = made["passwordCredentials"]
    at = f"{APPLICATIONS}/{made['id']}"
    ends = "2030-01-01T00:00:00Z"
    asked = {"passwordCredential": {"displayName": "second", "endDateTime": ends}}
    answer = graph.post(f"{at}/addPassword", json=asked)
    second = answer.json()
    assert (answer.status_code, second["displayName"], second["endDateTime"]) == (
        200,
        "second",
        ends,
    )
    for one in (first, second):
        assert len(one["secretText"]) >= 40
        assert one["secretText"].startswith(one["hint"])
    shown = read(graph, at)
    assert {one["displayName"]: one["secretText"] for one in shown["passwordCredentials"]} == {
        "first": None,
        "second": None,
    }
    for text in (graph.get(at).text, graph.get(APPLICATIONS).text):
        assert first["secretText"] not in text
        assert second["secretText"] not in text
    wrong = {"passwordCredential": {"endDateTime": "2001-01-01T00:00:00Z"}}
    refused(graph.post(f"{at}/addPassword", json=wrong), 400, target="endDateTime")
    refused(graph.patch(at, json={"passwordCredentials": []}), 400, target="passwordCredentials")
    refused(graph.post(f"{at}/removePassword", json={}), 400, target="keyId")


def certificate(days: int) -> str:
    """Base64 of a new certificate's DER."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.example")])
    begins = datetime.now(UTC).replace(microsecond=0)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .sign(key, SHA256())
    )
    return base64.b64encode(made.public_bytes(Encoding.DER)).decode()


def test_certificates_are_kept_by_their_ids(graph: httpx2.Client, mint: Mint) -> None:
    key = {"displayName": "one", "type": "AsymmetricX509Cert", "usage": "Verify"}
    made = created(
        graph, APPLICATIONS, application(keyCredentials=[{**key, "key": certificate(9)}])
    )
    at = f"{APPLICATIONS}/{made['id']}"
    [first] = made["keyCredentials"]
    assert (first["displayName"], first["key"]) == ("one", None)
    both = [first, {**key, "displayName": "two", "key": certificate(5)}]
    assert graph.patch(at, json={"keyCredentials": both}).status_code == 204
    assert read(graph, at)["keyCredentials"][0] == first
    stored = mint.stored(graph, "application", made["id"])["key_credentials"]
    assert [one["pem"][:27] for one in stored] == ["-----BEGIN CERTIFICATE-----"] * 2
    unknown = [{**key, "keyId": str(uuid4())}]
    refused(graph.patch(at, json={"keyCredentials": unknown}), 400, target="keyCredentials/0/key")
    assert graph.patch(at, json={"keyCredentials": []}).status_code == 204
    assert read(graph, at)["keyCredentials"] == []


def test_nobody_takes_over_a_stronger_application(
    live: Live, mint: Mint, contoso: httpx2.Client
) -> None:
    weak, strong = mint.tokens(
        [
            Wanted(("Application.ReadWrite.All",)),
            Wanted(("Application.ReadWrite.All", "User.Read.All")),
        ]
    )
    app, made = principal(contoso)
    found = read(contoso, f"{PRINCIPALS}(appId='{GRAPH}')")
    body = {
        "principalId": made["id"],
        "resourceId": found["id"],
        "appRoleId": role_of("User.Read.All"),
    }
    assignments = f"{PRINCIPALS}/{made['id']}/appRoleAssignments"
    for token in (weak, strong):
        with live.http(headers={"authorization": f"Bearer {token}"}) as caller:
            refused(caller.post(assignments, json=body), 403)
    created(contoso, assignments, body)
    for token, status in ((weak, 403), (strong, 200)):
        with live.http(headers={"authorization": f"Bearer {token}"}) as caller:
            answer = caller.post(f"{APPLICATIONS}/{app['id']}/addPassword")
            assert answer.status_code == status, answer.text
    assert contoso.delete(f"{APPLICATIONS}/{app['id']}").status_code == 204


def test_a_person_takes_over_no_stronger_application_by_a_strong_program(
    live: Live, mint: Mint, contoso: httpx2.Client
) -> None:
    """The scopes of a delegation are the program's; a person has roles."""
    mighty = ("Application.ReadWrite.All", "RoleManagement.ReadWrite.Directory")
    plain, app = created(contoso, APPLICATIONS, application()), principal(contoso)
    found = read(contoso, f"{PRINCIPALS}(appId='{GRAPH}')")
    body = {
        "principalId": app[1]["id"],
        "resourceId": found["id"],
        "appRoleId": role_of("RoleManagement.ReadWrite.Directory"),
    }
    created(contoso, f"{PRINCIPALS}/{app[1]['id']}/appRoleAssignments", body)
    someone = created(contoso, USERS, person())["userPrincipalName"]
    roles = (NAMES["Application Administrator"], NAMES["Global Administrator"])
    tokens = mint.tokens([Wanted(mighty, someone, (one,)) for one in roles])
    for token, of_strong in zip(tokens, (403, 200), strict=True):
        with live.http(headers={"authorization": f"Bearer {token}"}) as caller:
            for id, status in ((plain["id"], 200), (app[0]["id"], of_strong)):
                answer = caller.post(f"{APPLICATIONS}/{id}/addPassword")
                assert answer.status_code == status, answer.text


def test_a_role_of_an_own_api_is_not_borrowed_either(
    live: Live, mint: Mint, contoso: httpx2.Client
) -> None:
    orders = role("Orders.Process")
    _, api = principal(contoso, appRoles=[orders])
    app, made = principal(contoso)
    body = {"principalId": made["id"], "resourceId": api["id"], "appRoleId": orders["id"]}
    created(contoso, f"{PRINCIPALS}/{made['id']}/appRoleAssignments", body)
    weak, strong = ("Application.ReadWrite.All",), ("AppRoleAssignment.ReadWrite.All",)
    tokens = mint.tokens([Wanted(weak), Wanted((*weak, *strong))])
    for token, status in zip(tokens, (403, 200), strict=True):
        with live.http(headers={"authorization": f"Bearer {token}"}) as caller:
            answer = caller.post(f"{APPLICATIONS}/{app['id']}/addPassword")
            assert answer.status_code == status, answer.text


def test_an_application_may_be_named_by_its_own_id(graph: httpx2.Client) -> None:
    made = created(graph, APPLICATIONS, application())
    own = {"identifierUris": [f"api://{made['appId']}"]}
    assert graph.patch(f"{APPLICATIONS}/{made['id']}", json=own).status_code == 204


# --------------------------------------------------------------------------- service principals


def test_every_permission_that_is_asked_for_is_known() -> None:
    named = resources.permissions(*resources.CATALOGUE.values())
    assert named <= {one.name for one in PERMISSIONS if one.role}
    ids = [id for one in PERMISSIONS for id in {one.role, one.scope} if id]
    assert len(set(ids)) == len(ids)


def test_microsoft_graph_stands_in_every_tenant(graph: httpx2.Client) -> None:
    found = read(graph, f"{PRINCIPALS}(appId='{GRAPH}')")
    assert found["displayName"] == "Microsoft Graph"
    roles = {one["value"]: one["id"] for one in found["appRoles"]}
    assert roles["IdentityUserFlow.ReadWrite.All"] == "65319a09-a2be-469d-8782-f6b07debf789"
    scopes = {one["value"]: one["id"] for one in found["oauth2PermissionScopes"]}
    assert scopes["openid"] == "37f7f235-527c-4136-accd-4a02d197296e"
    at = f"{PRINCIPALS}/{found['id']}"
    for answer in (graph.delete(at), graph.patch(at, json={"accountEnabled": False})):
        refused(answer, 405)
    [listed] = graph.get(PRINCIPALS, params={"$filter": f"appId eq '{GRAPH}'"}).json()["value"]
    assert listed["id"] == found["id"]


def test_a_service_principal_comes_and_goes(graph: httpx2.Client) -> None:
    app, made = principal(graph, identifierUris=["api://shop"])
    at = f"{PRINCIPALS}/{made['id']}"
    assert made["servicePrincipalNames"] == [app["appId"], "api://shop"]
    answer = graph.post(PRINCIPALS, json={"appId": app["appId"]})
    refused(answer, 409, code="Request_MultipleObjectsWithSameKeyValue", target="appId")
    refused(graph.post(PRINCIPALS, json={"appId": str(uuid4())}), 400, target="appId")
    refused(graph.post(PRINCIPALS, json={"appId": GRAPH}), 400, target="appId")
    assert graph.patch(at, json={"accountEnabled": False}).status_code == 204
    assert read(graph, f"{PRINCIPALS}(appId='{app['appId']}')")["accountEnabled"] is False
    renamed = {"displayName": "Market"}
    assert graph.patch(f"{APPLICATIONS}/{app['id']}", json=renamed).status_code == 204
    assert read(graph, at)["displayName"] == "Market"
    assert graph.delete(at).status_code == 204
    assert read(graph, f"{APPLICATIONS}/{app['id']}")["displayName"] == "Market"


def test_roles_are_assigned_once(graph: httpx2.Client) -> None:
    _, api = principal(graph, appRoles=[defined := role("Orders.Read")])
    _, made = principal(graph)
    path = f"{PRINCIPALS}/{made['id']}/appRoleAssignments"
    body = {"principalId": made["id"], "resourceId": api["id"], "appRoleId": defined["id"]}
    answer = created(graph, path, body)
    assert {name: answer[name] for name in body} == body
    assert (answer["principalType"], answer["resourceDisplayName"]) == ("ServicePrincipal", "Shop")
    refused(graph.post(path, json=body), 409)
    refused(graph.post(path, json={**body, "principalId": api["id"]}), 400, target="principalId")
    refused(graph.post(path, json={**body, "resourceId": str(uuid4())}), 400, target="resourceId")
    refused(graph.post(path, json={**body, "appRoleId": str(uuid4())}), 400, target="appRoleId")
    assert [one["id"] for one in read(graph, path)["value"]] == [answer["id"]]
    assert graph.delete(f"{path}/{answer['id']}").status_code == 204
    assert read(graph, path)["value"] == []


def test_a_grant_names_what_is_exposed(graph: httpx2.Client) -> None:
    _, api = principal(graph, api={"oauth2PermissionScopes": [scope("read"), scope("write")]})
    _, made = principal(graph)
    body = {
        "clientId": made["id"].upper(),
        "consentType": "AllPrincipals",
        "resourceId": api["id"],
        "scope": "read",
    }
    grant = created(graph, GRANTS, body)
    assert (grant["clientId"], grant["consentType"], grant["principalId"]) == (
        made["id"],
        "AllPrincipals",
        None,
    )
    at = f"{GRANTS}/{grant['id']}"
    refused(graph.post(GRANTS, json=body), 409)
    refused(graph.post(GRANTS, json={**body, "clientId": str(uuid4())}), 400, target="clientId")
    refused(
        graph.post(GRANTS, json={**body, "consentType": "Principal"}), 400, target="consentType"
    )
    refused(graph.patch(at, json={"scope": "read burn"}), 400, target="scope")
    refused(graph.patch(at, json={"resourceId": made["id"]}), 400, target="resourceId")
    assert graph.patch(at, json={"scope": "read write"}).status_code == 204
    query = {"$filter": f"clientId eq '{made['id']}'"}
    [listed] = graph.get(GRANTS, params=query).json()["value"]
    assert listed["scope"] == "read write"
    assert graph.delete(at).status_code == 204
    refused(graph.get(at), 404)


# --------------------------------------------------------------------------- roles and guests


def test_members_of_a_role_hold_it(live: Live, mint: Mint, contoso: httpx2.Client) -> None:
    user = created(contoso, USERS, person())
    template = NAMES["External ID User Flow Administrator"]
    members = f"{ROLES}(roleTemplateId='{template}')/members"
    for collection in ("directoryObjects", "users"):
        url = f"https://graph.microsoft.com/v1.0/{collection}/{user['id']}"
        assert contoso.post(f"{members}/$ref", json={"@odata.id": url}).status_code == 204
    assert user["id"] in [one["id"] for one in read(contoso, members)["value"]]
    read_flows = ("IdentityUserFlow.Read.All",)
    wanted = Wanted(read_flows, user["userPrincipalName"])
    [token] = mint.tokens([wanted])
    flows = "/beta/identity/b2cUserFlows"
    with live.http(headers={"authorization": f"Bearer {token}"}) as delegated:
        assert delegated.get(flows).status_code == 200
    assert contoso.delete(f"{members}/{user['id']}/$ref").status_code == 204
    [token] = mint.tokens([wanted])
    with live.http(headers={"authorization": f"Bearer {token}"}) as delegated:
        refused(delegated.get(flows), 403)
    refused(contoso.delete(f"{members}/{user['id']}/$ref"), 404)
    unknown = {"@odata.id": f"https://graph.microsoft.com/v1.0/users/{uuid4()}"}
    refused(contoso.post(f"{members}/$ref", json=unknown), 404)
    assert contoso.delete(f"{USERS}/{user['id']}").status_code == 204


def test_only_a_global_administrator_makes_another(
    live: Live, mint: Mint, contoso: httpx2.Client
) -> None:
    admin = "admin@contoso.onmicrosoft.com"
    write = ("RoleManagement.ReadWrite.Directory",)
    top = f"{ROLES}/{NAMES['Global Administrator']}/members/$ref"
    user = created(contoso, USERS, person())
    body = {"@odata.id": f"https://graph.microsoft.com/v1.0/users/{user['id']}"}
    for name, status in (("Privileged Role Administrator", 403), ("Global Administrator", 204)):
        [token] = mint.tokens([Wanted(write, admin, (NAMES[name],))])
        with live.http(headers={"authorization": f"Bearer {token}"}) as caller:
            assert caller.post(top, json=body).status_code == status
    assert contoso.delete(f"{USERS}/{user['id']}").status_code == 204


def test_every_role_that_permissions_name_is_there(graph: httpx2.Client) -> None:
    found = {one["displayName"]: one["roleTemplateId"] for one in read(graph, ROLES)["value"]}
    assert found == NAMES
    template = {"roleTemplateId": NAMES["Global Reader"]}
    refused(graph.post(ROLES, json=template), 409)
    refused(graph.post(ROLES, json={"roleTemplateId": str(uuid4())}), 400, target="roleTemplateId")


def test_a_guest_is_invited(graph: httpx2.Client) -> None:
    body = {
        "invitedUserEmailAddress": "eve@partner.example",
        "inviteRedirectUrl": "https://shop.example/welcome",
        "invitedUserDisplayName": "Eve",
        "sendInvitationMessage": True,
        "invitedUserMessageInfo": {"customizedMessageBody": "Come and see."},
    }
    answer = created(graph, "/v1.0/invitations", body)
    assert (answer["status"], answer["invitedUserType"]) == ("PendingAcceptance", "Guest")
    assert answer["inviteRedeemUrl"]
    guest = answer["invitedUser"]["id"]
    names = (
        "creationType,displayName,externalUserState,externalUserStateChangeDateTime,mail,userType,"
        "userPrincipalName"
    )
    shown = read(graph, f"{USERS}/{guest}?$select={names}")
    domain = read(graph, "/v1.0/domains")["value"][0]["id"]
    assert shown.pop("externalUserStateChangeDateTime")
    del shown["@odata.context"]
    assert shown == {
        "creationType": "Invitation",
        "displayName": "Eve",
        "externalUserState": "PendingAcceptance",
        "mail": "eve@partner.example",
        "userType": "Guest",
        "userPrincipalName": f"eve_partner.example#EXT#@{domain}",
    }
    [message] = read(graph, "/vestibule/v1/messages")["value"]
    assert (message["to"], message["links"]) == ("eve@partner.example", [body["inviteRedirectUrl"]])
    assert "Come and see." in message["body"]
    again = created(graph, "/beta/invitations", {**body, "sendInvitationMessage": False})
    assert again["invitedUser"]["id"] == guest
    assert len(read(graph, "/vestibule/v1/messages")["value"]) == 1
    for name, wrong in (
        ("inviteRedirectUrl", "http://x.example"),
        ("invitedUserEmailAddress", "eve"),
        ("invitedUserEmailAddress", "a,b@partner.example"),
        ("invitedUserEmailAddress", "a@[x"),
        ("invitedUserEmailAddress", "(@x.y"),
    ):
        refused(graph.post("/v1.0/invitations", json={**body, name: wrong}), 400, target=name)
    assert graph.get("/v1.0/invitations").status_code == 405
    found = graph.get(USERS, params={"$filter": "externalUserState eq 'PendingAcceptance'"})
    assert [one["id"] for one in found.json()["value"]] == [guest]


def test_the_tenant_is_an_organization_with_a_domain(graph: httpx2.Client) -> None:
    [organization] = read(graph, "/v1.0/organization")["value"]
    [domain] = read(graph, "/beta/domains")["value"]
    assert [one["name"] for one in organization["verifiedDomains"]] == [domain["id"]]
    assert read(graph, f"/v1.0/organization/{organization['id']}")["displayName"] == "Fresh"
    assert read(graph, f"/v1.0/domains/{domain['id']}")["isDefault"] is True
    assert graph.post("/v1.0/domains", json={"id": "x.example"}).status_code == 405
