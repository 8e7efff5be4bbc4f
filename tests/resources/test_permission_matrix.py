"""Every route of every served catalogue, asked for with every kind of token there is.

The routes come from the declarations, what is expected does not: it is the permission table of
graph-surface 9.1 and 9.2, written down once more here. A route without a row fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx2
import pytest

from live import Live
from people import sign_in
from resources.tokens import Mint, Wanted, altered, forged, unsigned
from vestibule import faces, resources
from vestibule.edm.model import Model
from vestibule.odata.routes import routes
from vestibule.oidc.signing import peek
from vestibule.roles import NAMES
from vestibule.system import System
from vestibule.web.graph import OWN
from vestibule.web.probes import Probes

GLOBAL = "Global Administrator"
FLOWS = "External ID User Flow Administrator"
PROVIDERS = "External Identity Provider Administrator"
ATTRIBUTES = "External ID User Flow Attribute Administrator"
UNRELATED = "729827e3-9c14-49f7-bb1b-9608f156bbb8"  # Helpdesk Administrator


@dataclass(frozen=True, slots=True)
class Row:
    """Who may read and write in one area: any one permission, any one role where delegated."""

    read: tuple[str, ...]
    write: tuple[str, ...]
    read_roles: tuple[str, ...]
    write_roles: tuple[str, ...]


FLOW_ROW = Row(
    ("IdentityUserFlow.Read.All", "IdentityUserFlow.ReadWrite.All"),
    ("IdentityUserFlow.ReadWrite.All",),
    (FLOWS, GLOBAL),
    (FLOWS, GLOBAL),
)
PROVIDER_ROW = Row(
    ("IdentityProvider.Read.All", "IdentityProvider.ReadWrite.All"),
    ("IdentityProvider.ReadWrite.All",),
    (PROVIDERS, FLOWS, GLOBAL),
    (PROVIDERS, GLOBAL),
)
THROUGH_ROW = Row(
    FLOW_ROW.read,
    ("IdentityUserFlow.ReadWrite.All", "APIConnectors.ReadWrite.All"),
    (FLOWS, GLOBAL),
    (FLOWS, GLOBAL),
)
"""A connector that is changed through the flow which it is linked to: both are needed."""
OWN_ROW = Row(
    ("Vestibule.Read.All", "Vestibule.ReadWrite.All"),
    ("Vestibule.ReadWrite.All",),
    (GLOBAL,),
    (GLOBAL,),
)
READERS = ("Directory Readers", "Global Reader", GLOBAL)
PEOPLE = ("User Administrator", GLOBAL)
APPLICATIONS = ("Application Administrator", "Cloud Application Administrator", GLOBAL)
PRIVILEGED = ("Privileged Role Administrator", GLOBAL)
DIRECTORY = ("Directory.Read.All", "Directory.ReadWrite.All")
USER_ROW = Row(
    ("User.Read.All", "User.ReadWrite.All", *DIRECTORY),
    ("User.ReadWrite.All", "Directory.ReadWrite.All"),
    (*READERS, "User Administrator"),
    PEOPLE,
)
DELETED_ROW = Row(
    ("User.DeleteRestore.All", *USER_ROW.read),
    ("User.DeleteRestore.All", *USER_ROW.write),
    USER_ROW.read_roles,
    PEOPLE,
)
REVOKING_ROW = Row((), ("User.RevokeSessions.All", *USER_ROW.write), (), PEOPLE)
APPLICATION_ROW = Row(
    ("Application.Read.All", "Application.ReadWrite.All", *DIRECTORY),
    ("Application.ReadWrite.All",),
    (*READERS, *APPLICATIONS[:2]),
    APPLICATIONS,
)
ASSIGNING_ROW = Row(
    ("AppRoleAssignment.ReadWrite.All", *APPLICATION_ROW.read),
    ("AppRoleAssignment.ReadWrite.All",),
    (*READERS, *APPLICATIONS[:2], *PRIVILEGED[:1]),
    PRIVILEGED,
)
TABLE: Mapping[str, Row | None] = {
    "users": USER_ROW,
    "directory": DELETED_ROW,
    "restore": DELETED_ROW,
    "revokeSignInSessions": REVOKING_ROW,
    "applications": APPLICATION_ROW,
    "servicePrincipals": APPLICATION_ROW,
    "appRoleAssignments": ASSIGNING_ROW,
    "oauth2PermissionGrants": Row(
        ("DelegatedPermissionGrant.ReadWrite.All", *DIRECTORY),
        ("DelegatedPermissionGrant.ReadWrite.All",),
        (*READERS, *PRIVILEGED[:1]),
        PRIVILEGED,
    ),
    "directoryRoles": Row(
        ("RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory", *DIRECTORY),
        ("RoleManagement.ReadWrite.Directory",),
        (*READERS, *PRIVILEGED[:1]),
        PRIVILEGED,
    ),
    "organization": Row(("Organization.Read.All", *DIRECTORY), (), READERS, ()),
    "domains": Row(("Domain.Read.All", *DIRECTORY), (), READERS, ()),
    "invitations": Row((), ("User.Invite.All", *USER_ROW.write), (), ("Guest Inviter", *PEOPLE)),
    "": None,  # the service document
    "$metadata": None,
    "identity": FLOW_ROW,
    "identity/b2cUserFlows": FLOW_ROW,
    "identity/b2xUserFlows": FLOW_ROW,
    "identity/userFlows": FLOW_ROW,
    "identity/events": FLOW_ROW,
    "identity/userFlowAttributes": Row(
        ("IdentityUserFlow.Read.All", "IdentityUserFlow.ReadWrite.All"),
        ("IdentityUserFlow.ReadWrite.All",),
        (ATTRIBUTES, FLOWS, GLOBAL),
        (ATTRIBUTES, GLOBAL),
    ),
    "identity/apiConnectors": Row(
        ("APIConnectors.Read.All", "APIConnectors.ReadWrite.All"),
        ("APIConnectors.ReadWrite.All",),
        (FLOWS, GLOBAL),
        (FLOWS, GLOBAL),
    ),
    "identity/identityProviders": PROVIDER_ROW,
    "identityProviders": PROVIDER_ROW,
    "policies": Row(
        ("Policy.Read.All", "Policy.ReadWrite.AuthenticationFlows"),
        ("Policy.ReadWrite.AuthenticationFlows",),
        (FLOWS, GLOBAL),
        (FLOWS, GLOBAL),
    ),
    "messages": OWN_ROW,
    "audit": OWN_ROW,
    "clock": OWN_ROW,
    "userFlows": OWN_ROW,
    "keys": OWN_ROW,
    "connectorCalls": OWN_ROW,
    "traces": OWN_ROW,
}
"""By the first segments of the path, or by one that has an access of its own; None: open to
everybody."""


def served() -> Iterator[tuple[str, str, str]]:
    """(root, method, template) of everything that `vestibule dev` serves to bearers of tokens."""
    for root, catalogue in resources.CATALOGUE.items():
        shown = resources.development(catalogue) if root == OWN else catalogue
        for route in routes(Model(shown), patch_references=False):
            yield root, route.method, route.template
    yield OWN, "GET", "/clock"
    yield OWN, "POST", "/clock"


ROUTES = sorted(served())


def row_of(method: str, template: str) -> Row | None:
    """Raises KeyError for a route that nobody has thought about."""
    if "/apiConnectorConfiguration/" in template and method in {"PATCH", "POST"}:
        return THROUGH_ROW
    first, *more = template.strip("/").split("/")
    inside = more if first not in {"identity", "userFlows"} else []
    own = next((part for part in inside if part in TABLE), "")
    if own:
        return TABLE[own]
    return TABLE[f"{first}/{more[0]}" if first == "identity" and more else first]


# --------------------------------------------------------------------------- who asks

EVERYTHING = sorted({name for row in TABLE.values() if row for name in (*row.read, *row.write)})
ROWS = tuple(dict.fromkeys((THROUGH_ROW, *(row for row in TABLE.values() if row))))


@dataclass(frozen=True, slots=True)
class Caller:
    """`read` and `write` say whether a caller who was recognised may; None: 401 for both."""

    name: str
    token: str | None
    read: bool | None = None
    write: bool | None = None


def wishes(row: Row, user: str) -> dict[str, tuple[Wanted, bool, bool]]:
    """Callers whom the server recognises: what they hold, whether they may read and write."""
    others = tuple(name for name in EVERYTHING if name not in {*row.read, *row.write})
    unrelated = (UNRELATED,)
    every, roles = row.write or row.read, row.write_roles or row.read_roles
    found = {
        "application with every permission": (Wanted(every), True, bool(row.write)),
        "application with every other permission": (Wanted(others), False, False),
        "delegated, scope without role": (Wanted(every, user, unrelated), False, False),
        "delegated, role without scope": (
            Wanted(others, user, tuple(NAMES[role] for role in roles)),
            False,
            False,
        ),
    }
    for permission in row.read[:1]:
        found["application with read"] = (Wanted((permission,)), True, permission in row.write)
        wanted = Wanted((permission,), user, (NAMES[row.read_roles[0]],))
        may = permission in row.write and row.read_roles[0] in row.write_roles
        found["delegated, read scope and role"] = (wanted, True, may)
    for role in {*row.read_roles, *row.write_roles}:
        wanted = Wanted(every, user, (NAMES[role],))
        found[f"delegated, scope and {role}"] = (wanted, True, role in row.write_roles)
    return found


def strangers(live: Live, mint: Mint, good: str) -> Iterator[Caller]:
    """Callers whom the server must not recognise; `good` is a token that may do everything."""
    contoso, fabrikam = mint.tenant(live.facts["tenant"]), mint.tenant("fabrikam.onmicrosoft.com")
    _, claims = peek(good)
    now = claims["iat"]
    personal = "9188040d-6c67-4c5b-b112-36a304b66dad"
    elsewhere = f"https://login.example/{contoso.id}/v2.0"
    access, id_token = flow_tokens(live)
    yield Caller("nobody", None)
    yield Caller("garbage", "garbage")
    yield Caller("a bit of the signature turned", forged(good))
    yield Caller("unsigned", unsigned(good))
    yield Caller("expired", altered(good, contoso, iat=now - 7200, nbf=now - 7200, exp=now - 3600))
    yield Caller("not valid yet", altered(good, contoso, nbf=now + 3600, exp=now + 7200))
    yield Caller("wrong audience", altered(good, contoso, aud="https://graph.windows.net"))
    yield Caller("wrong issuer host", altered(good, contoso, iss=elsewhere))
    yield Caller("issuer of another tenant", altered(good, contoso, iss=iss_of(live, fabrikam.id)))
    yield Caller("key of another tenant", altered(good, fabrikam))
    yield Caller("personal accounts", altered(good, contoso, tid=personal))
    yield Caller("unknown tenant", altered(good, contoso, tid=str(uuid4())))
    yield Caller("no tenant", altered(good, contoso, tid=None))
    yield Caller("id token", id_token)
    yield Caller("access token of a flow for the API", access)


def iss_of(live: Live, tenant: str) -> str:
    return f"{live.base}/{tenant}/v2.0"


def flow_tokens(live: Live) -> tuple[str, str]:
    """The access token and the id token that Bob gets from B2C_1_susi."""
    facts = live.facts
    authority = f"/{facts['tenant']}/B2C_1_susi/oauth2/v2.0"
    query = httpx2.QueryParams(
        client_id=facts["client_id"],
        response_type="code",
        redirect_uri=facts["redirect_uris"][0],
        scope=f"openid {facts['api_scope']}",
        nonce="matrix",
    )
    with live.http() as browser:
        landed = sign_in(
            browser, f"{authority}/authorize?{query}", facts["user"], facts["password"]
        )
        done = browser.post(
            f"{authority}/token",
            data={
                "grant_type": "authorization_code",
                "client_id": facts["client_id"],
                "client_secret": facts["client_secret"],
                "redirect_uri": facts["redirect_uris"][0],
                "code": parse_qs(urlsplit(landed).query)["code"][0],
            },
        )
    assert done.status_code == 200, done.text
    return done.json()["access_token"], done.json()["id_token"]


@pytest.fixture(scope="session")
def callers(live: Live, mint: Mint) -> dict[Row | None, list[Caller]]:
    """Everybody, by the row that they ask for; strangers ask for all of them."""
    user = live.facts["user"]
    groups = {row: wishes(row, user) for row in ROWS}
    wanted = [one for group in groups.values() for one, _, _ in group.values()]
    good, *tokens = mint.tokens([Wanted(tuple(EVERYTHING)), *wanted])
    contoso = mint.tenant(live.facts["tenant"])
    unknown = list(strangers(live, mint, good))
    without = Caller("application without permission", altered(good, contoso, roles=[]))
    without = Caller(without.name, without.token, read=False, write=False)
    drawn = iter(tokens)
    found: dict[Row | None, list[Caller]] = {None: [*unknown, without, Caller("all", good)]}
    for row, group in groups.items():
        known = [Caller(name, next(drawn), r, w) for name, (_, r, w) in group.items()]
        found[row] = [*unknown, without, *known]
    return found


# --------------------------------------------------------------------------- the proof

REAL = {
    "b2cIdentityUserFlow-id": "B2C_1_susi",
    "b2xIdentityUserFlow-id": "B2X_1_partner",
    "identityUserFlow-id": "B2C_1_susi",
    "identityProvider-id": "Facebook-OAUTH",
    "identityProviderBase-id": "Facebook-OAUTH",
    "identityApiConnector-id": "7a1d3c58-9a0e-4f0b-b1b0-0c0a7d5e0301",
}


def _real(part: str) -> str:
    return REAL.get(part.strip("{}"), str(uuid4())) if part.startswith("{") else part


def address(root: str, method: str, template: str) -> str:
    """The route with ids of what is there; what would be deleted is not."""
    *leading, last = [part for part in template.split("/") if part not in {"", "$ref"}] or [""]
    parts = [_real(part) for part in leading]
    if last.startswith("{"):
        last = _real(last) if method != "DELETE" else str(uuid4())
    tail = ["$ref"] if template.endswith("/$ref") else []
    return "/".join(["", root, *parts, last, *tail])


@pytest.mark.parametrize(
    ("root", "method", "template"),
    ROUTES,
    ids=[f"{method} {root}{template}" for root, method, template in ROUTES],
)
def test_only_the_right_tokens_open_a_route(
    anybody: httpx2.Client,
    callers: dict[Row | None, list[Caller]],
    *,
    root: str,
    method: str,
    template: str,
) -> None:
    row = row_of(method, template)
    url = address(root, method, template)
    body: dict[str, Any] | None = None if method in {"GET", "DELETE"} else {}
    seen = {}
    expected = {}
    for caller in callers[row]:
        headers = {"authorization": f"Bearer {caller.token}"} if caller.token else {}
        answer = anybody.request(method, url, headers=headers, json=body)
        status = answer.status_code
        assert status < 500, (caller.name, answer.text)
        assert status != 405, answer.text
        seen[caller.name] = status if status in {401, 403} else "allowed"
        may = caller.read if method == "GET" else caller.write
        expected[caller.name] = {None: 401, False: 403, True: "allowed"}[may]
        if row is None:
            expected[caller.name] = "allowed"
        if status == 401:
            assert answer.headers["www-authenticate"].startswith("Bearer")
    assert seen == expected


def test_a_token_in_the_query_or_the_body_is_none(anybody: httpx2.Client, mint: Mint) -> None:
    token = mint.tokens([Wanted(tuple(EVERYTHING))])[0]
    flows = "/beta/identity/b2cUserFlows"
    assert anybody.get(flows, params={"access_token": token}).status_code == 401
    assert anybody.post(flows, json={"access_token": token}).status_code == 401
    for text in (f"Basic {token}", f"Bearer2 {token}", token, f"Bearer {token}, Bearer {token}"):
        assert anybody.get(flows, headers={"authorization": text}).status_code == 401


@pytest.mark.parametrize("casing", ["/BETA/Identity/B2CUSERFLOWS", "/beta/identity/b2cUserFlows/"])
def test_another_spelling_of_a_path_is_no_way_around(anybody: httpx2.Client, casing: str) -> None:
    assert anybody.get(casing).status_code == 401


OPEN_ADDRESSES = {
    "": "the home page",
    "healthz": "a probe",
    "readyz": "a probe",
    "inbox": "development only",
    "jwt": "the token viewer: a redirect URI",
    "run": "starts a flow",
    "connectors/": "development only",
    "traces/": "development only",
    "static/": "style sheets and scripts",
    "token": "authenticates clients itself",
    "metadata": "discovery",
    "keys": "discovery",
    "userrealm": "discovery",
    "instance": "discovery",
    "authorize": "people begin here",
    "devicecode": "authenticates clients itself",
    "devicelogin": "people type the code of a device here",
    "deviceauth": "people's yes or no, bound to their journey",
    "selfasserted": "people's forms, bound to their journey",
    "api": "people's buttons, bound to their journey",
    "logout": "people end here",
    "authresp": "identity providers send people back here, bound to their journey",
    "revoke": "authenticates clients itself",
    "introspect": "authenticates clients itself",
    "userinfo": "asks for an access token of a user flow",
    "metrics": "figures without names",
    "subscriptions": "the Azure CLI asks at its login; always none",
}
"""Everything else that is served, and why no bearer token is asked for there."""


def test_every_other_address_is_open_for_a_reason(mint: Mint) -> None:
    async def known(system: System) -> frozenset[str]:
        return faces.routes(system, Probes(system.check), (), "").addresses

    assert mint.ask(known) == set(OPEN_ADDRESSES)
