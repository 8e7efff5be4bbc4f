"""Applications, their service principals, and what is granted to them. Source: 11.17."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from witness.case import Case, Proof
from witness.reading import bare, collection
from witness.things import attribute

APPLICATIONS = "/applications"
PRINCIPALS = "/servicePrincipals"
GRANTS = "/oauth2PermissionGrants"


def application(case: Case, **more: Any) -> dict[str, Any]:
    return case.make(APPLICATIONS, {"displayName": case.unique("App "), **more})


def _id(case: Case) -> tuple[str, ...]:
    return (str(application(case)["id"]),)


def created(case: Case) -> None:
    redirect = "https://app.example/cb"
    body = {"displayName": case.unique("App "), "web": {"redirectUris": [redirect]}}
    made = case.act(json=body).json()
    case.undo(f"/{case.version}{APPLICATIONS}/{made['id']}")
    assert made["appId"] != made["id"]
    read = case.get(f"{APPLICATIONS}/{made['id']}")
    assert read["web"]["redirectUris"] == [redirect]
    assert (read["appId"], read["displayName"]) == (made["appId"], body["displayName"])


def by_app_id(case: Case) -> None:
    made = application(case)
    answer = case.act(made["appId"]).json()
    assert bare(answer) == bare(case.get(f"{APPLICATIONS}/{made['id']}", version=case.version))


def changed(case: Case) -> None:
    made = application(case)
    body = {"displayName": "Renamed", "spa": {"redirectUris": ["https://spa.example/"]}}
    case.act(made["id"], json=body)
    read = case.get(f"{APPLICATIONS}/{made['id']}")
    assert read["displayName"] == "Renamed"
    assert read["spa"]["redirectUris"] == ["https://spa.example/"]


def deleted(case: Case) -> None:
    made = application(case)
    case.act(made["id"])
    case.missing(f"{APPLICATIONS}/{made['id']}")
    case.missing(f"{APPLICATIONS}(appId='{made['appId']}')")


def scope(value: str) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "value": value,
        "type": "User",
        "isEnabled": True,
        "adminConsentDisplayName": "Read",
        "adminConsentDescription": "Read everything.",
    }


def role(value: str) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "value": value,
        "displayName": "Reader",
        "description": "Reads everything.",
        "isEnabled": True,
        "allowedMemberTypes": ["Application"],
    }


def scopes_exposed(case: Case) -> None:
    made = application(case)
    shown = scope("read")
    case.act(made["id"], json={"api": {"oauth2PermissionScopes": [shown]}})
    principal = case.get(f"{PRINCIPALS}/{_principal(case, made)}")
    [read] = principal["oauth2PermissionScopes"]
    assert {name: read[name] for name in shown} == shown


def roles_exposed(case: Case) -> None:
    made = application(case)
    shown = role("reader")
    case.act(made["id"], json={"appRoles": [shown]})
    [read] = case.get(f"{PRINCIPALS}/{_principal(case, made)}")["appRoles"]
    assert {name: read[name] for name in shown} == shown


def _secrets(case: Case, id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = case.get(f"{APPLICATIONS}/{id}")["passwordCredentials"]
    return found


def password_added(case: Case) -> None:
    made = application(case)
    answer = case.act(made["id"], json={"passwordCredential": {"displayName": "CI"}}).json()
    assert len(answer["secretText"]) >= 32
    [read] = _secrets(case, made["id"])
    assert (read["keyId"], read["displayName"]) == (answer["keyId"], "CI")
    assert read["secretText"] is None
    assert answer["secretText"].startswith(read["hint"])


def password_removed(case: Case) -> None:
    made = application(case)
    added = case.send("POST", f"{APPLICATIONS}/{made['id']}/addPassword", {})
    case.act(made["id"], json={"keyId": added["keyId"]})
    assert _secrets(case, made["id"]) == []


# --------------------------------------------------------------------------- extension properties


def _extensions(case: Case) -> str:
    """The application that owns what is stored at users beside Graph's own properties."""
    named = [
        one
        for one in case.members(f"{APPLICATIONS}?$top=999", version=case.version)
        if one["displayName"].startswith("b2c-extensions-app")
    ]
    return str(named[0]["id"])


def _property(case: Case) -> dict[str, Any]:
    return {"name": case.unique("size"), "dataType": "String", "targetObjects": ["User"]}


def _extension(case: Case) -> tuple[str, ...]:
    owner = _extensions(case)
    path = f"{APPLICATIONS}/{owner}/extensionProperties"
    return owner, str(case.make(path, _property(case))["id"])


def extension_created(case: Case) -> None:
    owner, body = _extensions(case), _property(case)
    made = case.act(owner, json=body).json()
    path = f"{APPLICATIONS}/{owner}/extensionProperties"
    case.undo(f"/{case.version}{path}/{made['id']}")
    assert made["name"].startswith("extension_")
    assert made["name"].endswith(f"_{body['name']}")
    read = case.get(f"{path}/{made['id']}")
    assert (read["name"], read["dataType"], read["targetObjects"]) == (
        made["name"],
        "String",
        ["User"],
    )


def extensions_listed(case: Case) -> None:
    """An attribute of user flows is an extension property of that application."""
    owner, id = _extensions(case), attribute(case)
    assert id in [one["name"] for one in case.act(owner).json()["value"]]
    assert case.get(f"/identity/userFlowAttributes/{id}")["id"] == id


def extension_deleted(case: Case) -> None:
    owner, id = _extension(case)
    case.act(owner, id)
    case.missing(f"{APPLICATIONS}/{owner}/extensionProperties/{id}")


# --------------------------------------------------------------------------- service principals


def _principal(case: Case, application: dict[str, Any]) -> str:
    """The id of an application's service principal, made where there is none yet."""
    path = f"{PRINCIPALS}?$filter=appId eq '{application['appId']}'"
    found = case.members(path, version=case.version)
    made = found[0] if found else case.send("POST", PRINCIPALS, {"appId": application["appId"]})
    case.note(PRINCIPALS, {"id": made["id"]})
    return str(made["id"])


def _of_new(case: Case) -> tuple[str, ...]:
    return (_principal(case, application(case)),)


def principal_created(case: Case) -> None:
    made = application(case)
    answer = case.act(json={"appId": made["appId"]}).json()
    read = case.get(f"{PRINCIPALS}(appId='{made['appId']}')")
    assert (read["id"], read["displayName"]) == (answer["id"], made["displayName"])


def principal_by_app_id(case: Case) -> None:
    made = application(case)
    id = _principal(case, made)
    answer = case.act(made["appId"]).json()
    assert (answer["id"], answer["appId"]) == (id, made["appId"])
    assert case.get(f"{PRINCIPALS}/{id}")["displayName"] == made["displayName"]


def _pair(case: Case) -> tuple[str, str, str]:
    """(service principal of a client, of a resource, id of the resource's role)."""
    exposed = role("reader")
    api = {"oauth2PermissionScopes": [scope("read"), scope("write")]}
    resource = application(case, appRoles=[exposed], api=api)
    return _principal(case, application(case)), _principal(case, resource), exposed["id"]


def _assignment(client: str, resource: str, role: str) -> dict[str, Any]:
    return {"principalId": client, "resourceId": resource, "appRoleId": role}


def _assigned(case: Case) -> tuple[str, ...]:
    body = _assignment(*_pair(case))
    path = f"{PRINCIPALS}/{body['principalId']}/appRoleAssignments"
    return body["principalId"], str(case.make(path, body)["id"])


def role_assigned(case: Case) -> None:
    body = _assignment(*_pair(case))
    made = case.act(body["principalId"], json=body).json()
    path = f"{PRINCIPALS}/{body['principalId']}/appRoleAssignments"
    read = case.get(f"{path}/{made['id']}")
    assert {name: read[name] for name in body} == body
    assert read["principalType"] == "ServicePrincipal"


def role_taken(case: Case) -> None:
    client, id = _assigned(case)
    case.act(client, id)
    path = f"{PRINCIPALS}/{client}/appRoleAssignments"
    assert case.members(path) == []


def _grant(case: Case) -> dict[str, Any]:
    client, resource, _ = _pair(case)
    return {
        "clientId": client,
        "consentType": "AllPrincipals",
        "resourceId": resource,
        "scope": "read",
    }


def _granted(case: Case) -> tuple[str, ...]:
    return (str(case.make(GRANTS, _grant(case))["id"]),)


def grant_created(case: Case) -> None:
    body = _grant(case)
    made = case.act(json=body).json()
    case.undo(f"/{case.version}{GRANTS}/{made['id']}")
    read = case.get(f"{GRANTS}/{made['id']}")
    assert {name: read[name] for name in body} == body


def grant_changed(case: Case) -> None:
    (id,) = _granted(case)
    case.act(id, json={"scope": "write read"})
    assert set(case.get(f"{GRANTS}/{id}")["scope"].split()) == {"read", "write"}


def grant_deleted(case: Case) -> None:
    (id,) = _granted(case)
    case.act(id)
    case.missing(f"{GRANTS}/{id}")


PROOFS: dict[str, Proof] = {
    **collection(APPLICATIONS, _id),
    f"POST {APPLICATIONS}": created,
    f"GET {APPLICATIONS}(appId='{{appId}}')": by_app_id,
    f"PATCH {APPLICATIONS}/{{id}}": changed,
    f"DELETE {APPLICATIONS}/{{id}}": deleted,
    f"POST {APPLICATIONS}/{{id}}/addPassword": password_added,
    f"POST {APPLICATIONS}/{{id}}/removePassword": password_removed,
    **collection(f"{APPLICATIONS}/{{id}}/extensionProperties", _extension),
    f"GET {APPLICATIONS}/{{id}}/extensionProperties": extensions_listed,
    f"POST {APPLICATIONS}/{{id}}/extensionProperties": extension_created,
    f"DELETE {APPLICATIONS}/{{id}}/extensionProperties/{{id}}": extension_deleted,
    **collection(PRINCIPALS, _of_new),
    f"POST {PRINCIPALS}": principal_created,
    f"GET {PRINCIPALS}(appId='{{appId}}')": principal_by_app_id,
    **collection(f"{PRINCIPALS}/{{id}}/appRoleAssignments", _assigned),
    f"POST {PRINCIPALS}/{{id}}/appRoleAssignments": role_assigned,
    f"DELETE {PRINCIPALS}/{{id}}/appRoleAssignments/{{id}}": role_taken,
    **collection(GRANTS, _granted),
    f"POST {GRANTS}": grant_created,
    f"PATCH {GRANTS}/{{id}}": grant_changed,
    f"DELETE {GRANTS}/{{id}}": grant_deleted,
}
BY_ROW: dict[str, Proof] = {"b1": scopes_exposed, "b2": roles_exposed}
"""Lines of which another has the same address."""
