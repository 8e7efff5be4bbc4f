"""Users, invitations, and the directory roles. Source: graph-surface 10.9, 11.17."""

from __future__ import annotations

import time
from typing import Any

from witness.case import Case, Proof
from witness.reading import bare, collection

USERS = "/users"
FLOW_ADMINISTRATOR = "6e591065-9bad-43ed-90f3-e9424366d2f0"


def person(case: Case, **more: Any) -> dict[str, Any]:
    """The body of a work account, as the documentation has it."""
    name = case.unique("ada")
    return {
        "accountEnabled": True,
        "displayName": "Ada",
        "mailNickname": name,
        "userPrincipalName": f"{name}@{case.place.domain}",
        "passwordProfile": {
            "forceChangePasswordNextSignIn": False,
            "password": "xWwvJ]6NMw+bWH-d",
        },
        **more,
    }


def user(case: Case) -> dict[str, Any]:
    return case.make(USERS, person(case))


def _arranged(case: Case) -> tuple[str, ...]:
    return (str(user(case)["id"]),)


def created(case: Case) -> None:
    body = person(case, givenName="Ada", surname="Lovelace")
    made = case.act(json=body).json()
    case.undo(f"/{case.version}{USERS}/{made['id']}")
    assert "passwordProfile" not in made
    assert "password" not in str(made).casefold()
    read = case.get(f"{USERS}/{body['userPrincipalName']}")
    assert read["id"] == made["id"]
    assert (read["displayName"], read["surname"]) == ("Ada", "Lovelace")
    local = {
        "displayName": "Bob",
        "identities": [
            {
                "signInType": "emailAddress",
                "issuer": case.place.domain,
                "issuerAssignedId": f"{case.unique('bob')}@example.com",
            }
        ],
        "passwordProfile": {"password": "xWwvJ]6NMw+bWH-d"},
        "passwordPolicies": "DisablePasswordExpiration",
    }
    bob = case.act(json=local).json()
    case.undo(f"/{case.version}{USERS}/{bob['id']}")
    assigned = local["identities"][0]["issuerAssignedId"]  # type: ignore[index]
    where = f"c/issuerAssignedId eq '{assigned}' and c/issuer eq '{case.place.domain}'"
    found = case.members(f"{USERS}?$filter=identities/any(c:{where})&$select=id,creationType")
    assert [(one["id"], one["creationType"]) for one in found] == [(bob["id"], "LocalAccount")]


def found(case: Case) -> None:
    """By its id and by its name."""
    made = user(case)
    by_id = case.act(made["id"]).json()
    by_name = case.act(made["userPrincipalName"]).json()
    assert bare(by_id) == bare(by_name) == bare(made)
    listed = case.members(f"{USERS}?$filter=userPrincipalName eq '{made['userPrincipalName']}'")
    assert [one["id"] for one in listed] == [made["id"]]


def changed(case: Case) -> None:
    made = user(case)
    case.act(made["id"], json={"displayName": "Countess"})
    assert case.get(f"{USERS}/{made['id']}")["displayName"] == "Countess"
    case.act(made["userPrincipalName"], json={"givenName": "Augusta"})
    assert case.get(f"{USERS}/{made['id']}")["givenName"] == "Augusta"


def deleted(case: Case) -> None:
    made = user(case)
    case.act(made["id"])
    case.missing(f"{USERS}/{made['id']}")
    case.missing(f"{USERS}/{made['userPrincipalName']}")


def remembered(case: Case) -> None:
    """A deleted user stands among what was deleted."""
    made = user(case)
    case.send("DELETE", f"{USERS}/{made['id']}")
    assert made["id"] in [one["id"] for one in case.act().json()["value"]]
    case.missing(f"{USERS}/{made['id']}")


def signed_out(case: Case) -> None:
    made = user(case)
    path = f"{USERS}/{made['id']}?$select=signInSessionsValidFromDateTime"
    before = case.get(path)["signInSessionsValidFromDateTime"] or ""
    time.sleep(0.01)
    assert case.act(made["id"]).json()["value"] is True
    after = case.get(path)["signInSessionsValidFromDateTime"]
    assert after > before


def invited(case: Case) -> None:
    address = f"{case.unique('eve')}@partner.example"
    body = {
        "invitedUserEmailAddress": address,
        "inviteRedirectUrl": "https://app.example/welcome",
        "invitedUserDisplayName": "Eve",
    }
    made = case.act(json=body).json()
    id = made["invitedUser"]["id"]
    case.undo(f"/{case.version}{USERS}/{id}")
    assert (made["status"], made["invitedUserType"]) == ("PendingAcceptance", "Guest")
    assert made["inviteRedeemUrl"].startswith("https://")
    names = "displayName,mail,userType,externalUserState,creationType"
    read = case.get(f"{USERS}/{id}?$select={names}")
    assert bare(read) == {
        "displayName": "Eve",
        "mail": address,
        "userType": "Guest",
        "externalUserState": "PendingAcceptance",
        "creationType": "Invitation",
    }


# --------------------------------------------------------------------------- directory roles


def _role(case: Case) -> tuple[str, ...]:
    named = [
        one
        for one in case.members("/directoryRoles", version=case.version)
        if one["roleTemplateId"] == FLOW_ADMINISTRATOR
    ]
    return (str(named[0]["id"]),)


def roles_listed(case: Case) -> None:
    named = {one["roleTemplateId"]: one for one in case.act().json()["value"]}
    one = named[FLOW_ADMINISTRATOR]
    assert one["displayName"] == "External ID User Flow Administrator"
    assert bare(case.get(f"/directoryRoles/{one['id']}", version=case.version)) == one


def _members(case: Case, role: str) -> list[str]:
    return [str(one["id"]) for one in case.members(f"/directoryRoles/{role}/members")]


def _join(case: Case, role: str) -> str:
    id = str(user(case)["id"])
    body = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{id}"}
    case.send("POST", f"/directoryRoles/{role}/members/$ref", body)
    return id


def members_listed(case: Case) -> None:
    (role,) = _role(case)
    id = _join(case, role)
    assert id in [one["id"] for one in case.act(role).json()["value"]]
    assert case.get(f"{USERS}/{id}")["id"] == id


def member_added(case: Case) -> None:
    (role,) = _role(case)
    id = str(user(case)["id"])
    assert id not in _members(case, role)
    case.act(role, json={"@odata.id": case.reference(f"/directoryObjects/{id}")})
    assert id in _members(case, role)


def member_removed(case: Case) -> None:
    (role,) = _role(case)
    id = _join(case, role)
    case.act(role, id)
    assert id not in _members(case, role)


PROOFS: dict[str, Proof] = {
    **collection(USERS, _arranged),
    f"POST {USERS}": created,
    "GET /users/{id/upn}": found,
    "PATCH /users/{id/upn}": changed,
    "DELETE /users/{id/upn}": deleted,
    "POST /users/{id/upn}/revokeSignInSessions": signed_out,
    "GET /directory/deletedItems/microsoft.graph.user": remembered,
    "POST /invitations": invited,
    **collection("/directoryRoles", _role),
    "GET /directoryRoles": roles_listed,
    "GET /directoryRoles/{id}/members": members_listed,
    "POST /directoryRoles/{id}/members/$ref": member_added,
    "DELETE /directoryRoles/{id}/members/{id}/$ref": member_removed,
}
