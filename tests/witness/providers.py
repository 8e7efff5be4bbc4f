"""Identity providers, new and legacy: two faces of one record.

Source: graph-surface 11.10, 11.11.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from resources.bodies import STARS, social
from witness.case import Case, Proof
from witness.reading import bare, collection
from witness.things import PROVIDERS, apple, oidc, open_id_connect, provider

LEGACY = "/identityProviders"
Body = Callable[[Case], dict[str, Any]]

BOTH: tuple[tuple[Body, str], ...] = (
    (lambda _case: social("Amazon"), "clientSecret"),
    (lambda _case: social("Microsoft"), "clientSecret"),
    (apple, "certificateData"),
    (oidc, "clientAuthentication/clientSecret"),
)
"""A body of every kind, and its secret."""
BETA: tuple[tuple[Body, str], ...] = (*BOTH, (open_id_connect, "clientSecret"))
IDS = {
    "Amazon": "Amazon-OAUTH",
    "Microsoft": "MSA-OIDC",
    "#microsoft.graph.appleManagedIdentityProvider": "Apple-Managed-OIDC",
}


def created(case: Case) -> None:
    for body_of, secret in BETA if case.version == "beta" else BOTH:
        body = body_of(case)
        made = case.act(json=body).json()
        case.undo(f"/{case.version}{PROVIDERS}/{made['id']}")
        kind = body.get("identityProviderType") or body["@odata.type"]
        assert made["id"] == IDS.get(kind, made["id"])
        read = case.get(f"{PROVIDERS}/{made['id']}", version=case.version)
        assert bare(read) == bare(made)
        assert read["@odata.type"] == body["@odata.type"]
        shown: Any = read
        for name in secret.split("/"):
            shown = shown[name]
        assert shown == STARS
        untold = {name for name in body if name != secret.split("/")[0]}
        assert {name: read[name] for name in untold} == {name: body[name] for name in untold}


def changed(case: Case) -> None:
    id = provider(case)
    case.act(id, json={"clientId": "another", "displayName": "Another", "clientSecret": STARS})
    read = case.get(f"{PROVIDERS}/{id}")
    assert (read["clientId"], read["displayName"]) == ("another", "Another")


def deleted(case: Case) -> None:
    id = provider(case)
    case.act(id)
    case.missing(f"{PROVIDERS}/{id}")
    case.missing(f"{LEGACY}/{id}")


def available(case: Case) -> None:
    answer = case.act().json()
    assert answer["@odata.context"].endswith("#Collection(Edm.String)")
    assert {"Facebook", "Google"} <= set(answer["value"])
    for type in ("Facebook", "Google"):
        id = provider(case, type)
        assert case.get(f"{PROVIDERS}/{id}")["identityProviderType"] == type


# --------------------------------------------------------------------------- /identityProviders


def _legacy(type: str) -> dict[str, Any]:
    return {
        "@odata.type": "microsoft.graph.identityProvider",
        "name": f"Login with {type}",
        "type": type,
        "clientId": "client-of-ours",
        "clientSecret": "secret-of-ours",
    }


def _made_legacy(case: Case) -> tuple[str, ...]:
    return (str(case.make(LEGACY, _legacy("Amazon"))["id"]),)


def legacy_created(case: Case) -> None:
    case.place.client.delete(f"/{case.version}{PROVIDERS}/GitHub-OAUTH")
    made = case.act(json=_legacy("GitHub")).json()
    case.undo(f"/{case.version}{LEGACY}/{made['id']}")
    assert (made["id"], made["clientSecret"]) == ("GitHub-OAUTH", STARS)
    assert bare(case.get(f"{LEGACY}/{made['id']}")) == bare(made)
    new = case.get(f"{PROVIDERS}/{made['id']}")
    assert new["@odata.type"] == "#microsoft.graph.socialIdentityProvider"
    assert (new["displayName"], new["identityProviderType"]) == ("Login with GitHub", "GitHub")


def legacy_changed(case: Case) -> None:
    (id,) = _made_legacy(case)
    case.act(id, json={"name": "Another", "clientId": "another"})
    new = case.get(f"{PROVIDERS}/{id}")
    assert (new["displayName"], new["clientId"]) == ("Another", "another")


def legacy_deleted(case: Case) -> None:
    (id,) = _made_legacy(case)
    case.act(id)
    case.missing(f"{LEGACY}/{id}")
    case.missing(f"{PROVIDERS}/{id}")


PROOFS: dict[str, Proof] = {
    **collection(PROVIDERS, lambda case: (provider(case),)),
    f"GET {PROVIDERS}/availableProviderTypes()": available,
    f"POST {PROVIDERS}": created,
    f"PATCH {PROVIDERS}/{{id}}": changed,
    f"DELETE {PROVIDERS}/{{id}}": deleted,
    **collection(LEGACY, _made_legacy),
    f"GET {LEGACY}/availableProviderTypes()": available,
    f"POST {LEGACY}": legacy_created,
    f"PATCH {LEGACY}/{{id}}": legacy_changed,
    f"DELETE {LEGACY}/{{id}}": legacy_deleted,
}
