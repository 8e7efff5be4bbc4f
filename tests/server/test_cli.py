"""The command line of `vestibule dev`: its options, dev.json, documents, tokens, and its end."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import preloaded
from live import Live, environment, running, start
from people import look, press, sign_in
from server.sites import claims_of, of_development

FACTS = [
    "base_url",
    "tenant",
    "tenant_id",
    "ca_file",
    "client_id",
    "client_secret",
    "public_client_id",
    "api_scope",
    "redirect_uris",
    "user",
    "password",
    "admin_user",
    "admin_password",
    "fabrikam_user",
    "fabrikam_password",
    "flows",
    "inbox_url",
]
URIS = ["http://localhost:5000/cb", "https://shop.contoso.example/cb", "msal-shop://auth"]
OPTIONS = [part for uri in URIS for part in ("--redirect-uri", uri)]
CONNECTOR = "7a1d3c58-9a0e-4f0b-b1b0-0c0a7d5e0399"
APPLICATION = "5f0c9a52-7f4e-4d3b-8b0e-0c0a7d5e0399"
DOCUMENT: dict[str, Any] = {
    "applications": [
        {
            "appId": APPLICATION,
            "displayName": "Shop",
            "web": {"redirectUris": ["https://shop.contoso.example/signed-in"]},
            "passwordCredentials": [{"secretText": "a-secret-of-the-shop-that-is-long-enough"}],
        }
    ],
    "identityProviders": [
        {
            "@odata.type": "#microsoft.graph.socialIdentityProvider",
            "displayName": "Google",
            "identityProviderType": "Google",
            "clientId": "stand-in",
            "clientSecret": "stand-in",
        }
    ],
    "apiConnectors": [
        {
            "id": CONNECTOR,
            "displayName": "Check the order",
            "targetUrl": "https://localhost:8444/order",
            "authenticationConfiguration": {
                "@odata.type": "#microsoft.graph.basicAuthentication",
                "username": "vestibule",
                "password": "stand-in",
            },
        }
    ],
    "userFlowAttributes": [
        {"displayName": "Hobby", "description": "What she does", "dataType": "string"}
    ],
    "b2cUserFlows": [
        {"id": "shop", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3},
        {
            "id": "B2C_1_linked",
            "userFlowType": "signUpOrSignIn",
            "userFlowTypeVersion": 3,
            "identityProviders": [{"id": "Google-OAUTH"}],
        },
    ],
    "b2xUserFlows": [
        {
            "id": "supplier",
            "userFlowType": "signUpOrSignIn",
            "userFlowTypeVersion": 1,
            "apiConnectorConfiguration": {"postAttributeCollection": {"@odata.id": CONNECTOR}},
        }
    ],
    "users": [
        {
            "displayName": "Ada",
            "identities": [
                {
                    "signInType": "emailAddress",
                    "issuer": "contoso.onmicrosoft.com",
                    "issuerAssignedId": "ada@contoso.example",
                }
            ],
            "passwordProfile": {"password": "Adas-password-1"},
        }
    ],
}


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return preloaded.run(*arguments, env=environment(), cwd=folder)


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """The one line of a command that did nothing."""
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def document(folder: Path, content: Any) -> str:
    path = folder / "setup.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return str(path)


def ids(live: Live, path: str) -> set[str]:
    with live.graph() as graph:
        answer = graph.get(path)
    assert answer.status_code == 200, answer.text
    return {row["id"] for row in answer.json()["value"]}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def live(home: Path) -> Iterator[Live]:
    """Started with everything that can be asked for at once."""
    with running(home / "data", *OPTIONS, "--apply", document(home, DOCUMENT)) as server:
        yield server


# --------------------------------------------------------------------------- what it says


def test_dev_json_says_what_a_program_needs(live: Live) -> None:
    facts = live.facts
    assert list(facts) == FACTS
    assert not facts["base_url"].endswith("/")
    assert Path(facts["ca_file"]).is_absolute()
    assert Path(facts["ca_file"]).read_text("ascii").startswith("-----BEGIN CERTIFICATE-----")
    assert facts["redirect_uris"] == [f"{live.base}/jwt", *URIS]
    assert facts["flows"] == ["B2C_1_susi", "B2X_1_partner", "B2C_1_federated"]
    assert facts["inbox_url"] == f"{live.base}/vestibule/v1/messages"
    assert all(value for value in facts.values())


def test_files_with_secrets_are_their_owners(live: Live) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in live.data_dir.iterdir()}
    for name in ("dev.json", "sealing.key", "ca.key", "tls.key"):
        assert modes[name] == 0o600, name
    assert not [name for name in modes if name.endswith(".new")]


def test_the_first_screen_is_short_and_complete(live: Live) -> None:
    log = (live.data_dir / "server.log").read_text("utf-8")
    screen = log[log.rindex("Vestibule is ready") :]  # of the latest start
    assert screen.count("\n") < 24
    for name in ("base_url", "ca_file", "tenant", "client_id", "client_secret", "user", "password"):
        assert live.facts[name] in screen, name
    assert f"{live.base}/inbox" in screen


# --------------------------------------------------------------------------- redirect URIs


@pytest.mark.parametrize("uri", URIS)
@pytest.mark.parametrize("application", ["client_id", "public_client_id"])
def test_every_redirect_uri_is_registered_for_both_applications(
    live: Live, application: str, uri: str
) -> None:
    site = of_development(live)
    address = site.authorize(client_id=live.facts[application], redirect_uri=uri)
    with live.http() as browser:
        landed = sign_in(browser, address, live.facts["user"], live.facts["password"])
    assert landed.startswith(f"{uri}?")


# --------------------------------------------------------------------------- --apply


def test_a_document_makes_what_it_says(live: Live) -> None:
    flows = ids(live, "/beta/identity/b2cUserFlows")
    assert {"B2C_1_shop", "B2C_1_linked", "B2C_1_susi"} <= flows
    assert "B2X_1_supplier" in ids(live, "/v1.0/identity/b2xUserFlows")
    assert CONNECTOR in ids(live, "/beta/identity/apiConnectors")
    assert "Google-OAUTH" in ids(live, "/beta/identity/identityProviders")
    site = of_development(live)
    uri = DOCUMENT["applications"][0]["web"]["redirectUris"][0]
    address = site.authorize(client_id=APPLICATION, redirect_uri=uri)
    with live.http() as browser:
        landed = sign_in(
            browser, address.replace("susi", "shop"), "ada@contoso.example", "Adas-password-1"
        )
    assert landed.startswith(uri)


def test_a_document_applied_again_changes_nothing(live: Live, home: Path) -> None:
    before = {path: ids(live, path) for path in LISTS}
    files = {name: (live.data_dir / name).read_bytes() for name in ("ca.pem", "tls.pem", "tls.key")}
    port = live.base.rsplit(":", 1)[1]
    live.stop()
    again = start(live.data_dir, "--port", port, *OPTIONS, "--apply", document(home, DOCUMENT))
    live.process = again.process
    assert {path: ids(live, path) for path in LISTS} == before
    said = (live.data_dir / "server.log").read_text("utf-8")
    assert "setup.json: b2cUserFlows[0]: exists already, left as it is" in said
    for name, content in files.items():  # whoever trusted it still does
        assert (live.data_dir / name).read_bytes() == content


LISTS = (
    "/beta/identity/b2cUserFlows",
    "/beta/identity/b2xUserFlows",
    "/beta/identity/apiConnectors",
    "/beta/identity/identityProviders",
)

FLOW = {"id": "x", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 3}


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("{", "not JSON"),
        ([], "must be a JSON object"),
        ({"flows": []}, "flows: unknown"),
        ({"tenant": "nowhere.example"}, "tenant: there is no tenant"),
        ({"b2cUserFlows": {}}, "b2cUserFlows: must be a list"),
        ({"b2cUserFlows": [1]}, "b2cUserFlows[0]: must be a JSON object"),
        (
            {"b2cUserFlows": [FLOW, {**FLOW, "userFlowType": "signUpAndDown"}]},
            "setup.json: b2cUserFlows[1]/userFlowType: ",
        ),
        ({"b2xUserFlows": [{**FLOW, "colour": "red"}]}, "setup.json: b2xUserFlows[0]/colour: "),
        ({"apiConnectors": [{"displayName": "A"}]}, "setup.json: apiConnectors[0]/"),
        ({"identityProviders": [{"displayName": "A"}]}, "setup.json: identityProviders[0]"),
        (
            {"users": [{"displayName": "A", "passwordProfile": {}}]},
            "setup.json: users[0]/passwordProfile",
        ),
        ({"applications": [{"displayName": 7}]}, "setup.json: applications[0]/displayName: "),
        (
            {"userFlowAttributes": [{"displayName": "A", "dataType": "colour"}]},
            "setup.json: userFlowAttributes[0]/dataType: ",
        ),
        (
            {"b2cUserFlows": [{**FLOW, "userAttributeAssignments": [{"userInputType": "slider"}]}]},
            "setup.json: b2cUserFlows[0]/userAttributeAssignments[0]/userInputType: ",
        ),
        (
            {"b2cUserFlows": [{**FLOW, "settings": {"ssoScope": "world"}}]},
            "setup.json: b2cUserFlows[0]/settings/ssoScope: ",
        ),
        *(
            (
                {"applications": [{"displayName": "A", kind: {"redirectUris": [uri]}}]},
                f"setup.json: applications[0]/{kind}/redirectUris: ",
            )
            for kind, uri in (
                ("web", "javascript:alert(1)//"),
                ("web", "http://mallory.example/"),
                ("spa", "https://app.example/#fragment"),
                ("publicClient", "vbscript://x"),
            )
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) > 1 else "",
)
def test_a_document_with_a_fault_is_refused_with_its_place(
    home: Path, content: Any, place: str
) -> None:
    folder = home / "faults"
    done = run(
        "dev",
        "--port",
        "0",
        "--data-dir",
        str(folder),
        "--apply",
        document(home, content),
        folder=home,
    )
    assert place in refusal(done)
    assert not (folder / "dev.json").exists()


def test_what_was_stored_before_a_fault_is_said(home: Path) -> None:
    x = {**DOCUMENT["identityProviders"][0], "displayName": "X", "identityProviderType": "Twitter"}
    content = {
        "identityProviders": [x],
        "b2cUserFlows": [
            FLOW,
            {**FLOW, "id": "linked", "identityProviders": [{"id": "Twitter-OAUTH"}]},
        ],
        "users": [{"displayName": "Nobody"}],
    }
    path = document(home, content)
    done = run("dev", "--port", "0", "--data-dir", str(home / "half"), "--apply", path, folder=home)
    said = done.stdout.splitlines()
    assert said[1].startswith("setup.json: b2cUserFlows[0]: created ")
    assert said[2].endswith("cannot run it yet: it uses the identity provider Twitter-OAUTH)")
    assert "users[0]/passwordProfile" in refusal(done)


def test_the_example_of_the_guide_works_and_works_again(tmp_path: Path) -> None:
    guide = Path(__file__).parents[2] / "docs" / "how-to" / "apply.md"
    example = guide.read_text("utf-8").split("```json\n")[1].split("```")[0]
    options = ("--apply", document(tmp_path, json.loads(example)))
    for _ in range(2):
        with running(tmp_path / "dev", *options) as server:
            assert "B2C_1_shop" in ids(server, "/beta/identity/b2cUserFlows")
            asked = "/beta/identity/b2cUserFlows/B2C_1_shop/userAttributeAssignments"
            assert {id.rpartition("_")[2] for id in ids(server, asked)} == {
                "displayName",
                "Shoesize",
            }
            assert len(ids(server, "/beta/identity/apiConnectors")) == 3  # two are there anyway
            with server.graph() as graph:
                settings = graph.get("/vestibule/v1/userFlows/B2C_1_shop/settings").json()
                assert settings["accessTokenLifetimeMinutes"] == 30
                assert settings["applicationClaims"][-1] == "extension_Shoesize"
            assert server.token("--user", "ada@example.com")


def test_a_document_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = run("dev", "--port", "0", "--apply", "nothing.json", folder=tmp_path)
    assert "nothing.json" in refusal(done)
    assert list(tmp_path.iterdir()) == []


# --------------------------------------------------------------------------- --data-dir


@pytest.mark.parametrize("more", [(), ("--reset",)], ids=["a second one", "with --reset"])
def test_two_servers_do_not_share_a_data_directory(live: Live, more: tuple[str, ...]) -> None:
    before = (live.data_dir / "dev.json").read_bytes()
    folder = str(live.data_dir)
    done = run("dev", "--port", "0", "--data-dir", folder, *more, folder=live.data_dir)
    assert "Another server uses" in refusal(done)
    assert (live.data_dir / "dev.json").read_bytes() == before
    assert "B2C_1_susi" in ids(live, "/beta/identity/b2cUserFlows")


# --------------------------------------------------------------------------- --reset


def test_reset_forgets_what_was_stored_but_not_whom_to_trust(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        with first.graph() as graph:
            assert graph.post("/beta/identity/b2cUserFlows", json=FLOW).status_code == 201
        authority = Path(first.ca_file).read_bytes()
    with running(tmp_path) as second:
        assert "B2C_1_x" in ids(second, "/beta/identity/b2cUserFlows")
    with running(tmp_path, "--reset") as third:
        assert ids(third, "/beta/identity/b2cUserFlows") == {"B2C_1_federated", "B2C_1_susi"}
        assert Path(third.ca_file).read_bytes() == authority


# --------------------------------------------------------------------------- --listen


@pytest.mark.parametrize(
    "options", [("--listen", "192.0.2.1"), ("--host", "build.example")], ids=["listen", "host"]
)
def test_listen_and_host_belong_together(tmp_path: Path, options: tuple[str, str]) -> None:
    said = refusal(run("dev", "--port", "0", *options, folder=tmp_path))
    assert "--listen" in said
    assert "--host" in said
    assert list(tmp_path.iterdir()) == []


def test_an_open_server_has_secrets_of_its_own(tmp_path: Path) -> None:
    """Also on a data directory that was used on loopback, where everybody knows them."""
    with running(tmp_path) as closed:
        known = secrets(closed)
    opened = ("--listen", "127.0.0.1", "--host", "localhost", "--host", "127.0.0.1")
    seen = []
    for _ in range(2):
        with running(tmp_path, *opened) as live:
            drawn = secrets(live)
            assert all(len(secret) >= 24 for secret in drawn.values())
            assert not set(drawn.values()) & set(known.values())
            assert not enters(live, known["password"])
            assert enters(live, drawn["password"])
            with of_development(live).graph() as graph:  # by the drawn client secret
                assert graph.get("/beta/identity/b2cUserFlows").status_code == 200
            seen.append(drawn)
    assert seen[0] == seen[1]
    with running(tmp_path) as closed:
        assert secrets(closed) == known
        assert enters(closed, known["password"])


def secrets(live: Live) -> dict[str, str]:
    return {name: live.facts[name] for name in ("client_secret", "password", "admin_password")}


def enters(live: Live, password: str) -> bool:
    """Whether Bob gets in with this password."""
    site = of_development(live)
    with site.http() as browser:
        page = look(browser, site.authorize())
        done = press(browser, page, "signin", email=live.facts["user"], password=password)
    return isinstance(done, str)


# --------------------------------------------------------------------------- ports and signals


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = refusal(run("dev", "--port", port, folder=tmp_path))
    assert port in said
    assert "--port" in said


@pytest.mark.parametrize("order", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_quickly_and_cleanly(tmp_path: Path, order: signal.Signals) -> None:
    with running(tmp_path) as live, live.http() as idle:
        assert idle.get("/healthz").status_code == 200  # the connection stays open
        began = time.perf_counter()
        live.process.send_signal(order)
        assert live.process.wait(10) == 0
        assert time.perf_counter() - began < 10  # an open connection would take 20
    log = (tmp_path / "server.log").read_text("utf-8")
    assert "Traceback" not in log
    assert "Error" not in log


# --------------------------------------------------------------------------- token


def test_token_prints_a_token_and_nothing_else(live: Live, home: Path) -> None:
    done = run("token", "--data-dir", str(live.data_dir), folder=home)
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    assert done.stdout.strip().count(".") == 2
    held = claims_of(done.stdout.strip())
    assert held["idtyp"] == "app"
    assert "IdentityUserFlow.ReadWrite.All" in held["roles"]


def test_token_has_the_permissions_that_were_asked_for(live: Live) -> None:
    held = claims_of(live.token("--permission", "A.Read", "--permission", "B.Read"))
    assert held["roles"] == ["A.Read", "B.Read"]


@pytest.mark.parametrize(
    ("role", "template"),
    [
        ("Global Administrator", "62e90394-69f5-4237-9190-012177145e10"),
        ("be2f45a1-457d-42af-a067-6ec1fa63bc45", "be2f45a1-457d-42af-a067-6ec1fa63bc45"),
    ],
    ids=["by name", "by id"],
)
def test_token_acts_for_a_user_in_a_role(live: Live, role: str, template: str) -> None:
    user, permission = live.facts["user"], "IdentityUserFlow.Read.All"
    held = claims_of(live.token("--user", user, "--role", role, "--permission", permission))
    assert held["idtyp"] == "user"
    assert held["wids"] == [template]
    assert held["scp"] == permission
    assert "roles" not in held


def test_token_takes_the_roles_that_the_user_has(live: Live) -> None:
    held = claims_of(live.token("--user", live.facts["admin_user"]))
    assert held["wids"] == ["6e591065-9bad-43ed-90f3-e9424366d2f0"]


def test_token_is_for_the_tenant_that_was_asked_for(live: Live) -> None:
    token = live.token("--tenant", "fabrikam.onmicrosoft.com")
    assert claims_of(token)["tid"] != live.facts["tenant_id"]
    with live.http(headers={"authorization": f"Bearer {token}"}) as graph:
        flows = graph.get("/beta/identity/b2cUserFlows").json()["value"]
    assert [flow["id"] for flow in flows] == ["B2C_1_openid", "B2C_1_susi"]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--role", "Global Administrator"], "--user"),
        (["--user", "bob@contoso.example", "--role", "Emperor"], "Emperor"),
        (["--user", "nobody@contoso.example"], "nobody@contoso.example"),
        (["--tenant", "nowhere.example"], "nowhere.example"),
    ],
    ids=["role without user", "unknown role", "unknown user", "unknown tenant"],
)
def test_token_says_what_it_cannot_do(
    live: Live, home: Path, options: list[str], named: str
) -> None:
    done = run("token", "--data-dir", str(live.data_dir), *options, folder=home)
    assert named in refusal(done)
    assert done.stdout == ""


def test_token_goes_by_the_clock_of_the_server(live: Live) -> None:
    clock = "/vestibule/v1/clock"
    with live.graph() as graph:
        assert graph.post(clock, json={"advanceSeconds": 200_000}).status_code == 200
        assert graph.get(clock).status_code == 401  # that token is two days old now
    with live.graph() as graph:
        assert graph.get(clock).json()["offsetSeconds"] == 200_000
        assert graph.post(clock, json={"reset": True}).status_code == 200


def test_token_needs_a_server_that_was_started(tmp_path: Path) -> None:
    assert "vestibule dev" in refusal(run("token", folder=tmp_path))


# --------------------------------------------------------------------------- help


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ([], ["dev", "serve", "migrate", "tenant", "keys", "token"]),
        (
            ["dev"],
            ["--port", "--data-dir", "--redirect-uri", "--apply", "--reset", "--listen", "--host"],
        ),
        (["serve"], ["VESTIBULE_"]),
        (["migrate"], ["VESTIBULE_DATABASE"]),
        (["tenant"], ["create"]),
        (["tenant", "create"], ["DOMAIN", "--name", "--redirect-uri", "--kind"]),
        (["keys"], ["list", "rotate", "revoke"]),
        (["keys", "list"], ["TENANT"]),
        (["keys", "rotate"], ["TENANT", "24 hours"]),
        (["keys", "revoke"], ["TENANT", "KID"]),
        (["token"], ["--permission", "--user", "--role", "--tenant", "--data-dir"]),
    ],
    ids=lambda value: " ".join(value) if value and not value[0].startswith("-") else "",
)
def test_help_names_what_there_is(tmp_path: Path, command: list[str], words: list[str]) -> None:
    done = run(*command, "--help", folder=tmp_path)
    assert done.returncode == 0
    assert [word for word in words if word not in done.stdout] == []
    assert max(map(len, done.stdout.splitlines())) <= 100
