"""The Azure CLI, unmodified: our own cloud is registered, a program logs in, `az rest` works."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from live import Live, environment

pytestmark = pytest.mark.interop
AZ = Path(__file__).parents[2] / ".tools" / "azure-cli" / "bin" / "az"
GRAPH = "https://graph.microsoft.com"
Az = Callable[..., Any]


@pytest.fixture(scope="module")
def az(live: Live, tmp_path_factory: pytest.TempPathFactory) -> Az:
    """Run one command; its JSON, or None where it prints nothing. Raises CalledProcessError."""
    env = environment(
        AZURE_CONFIG_DIR=str(tmp_path_factory.mktemp("azure")),
        AZURE_CORE_COLLECT_TELEMETRY="false",
        AZURE_CORE_INSTANCE_DISCOVERY="false",  # it would ask Microsoft about our authority
        REQUESTS_CA_BUNDLE=live.ca_file,
    )

    def run(*arguments: str) -> Any:
        done = subprocess.run(
            [str(AZ), *arguments, "--output", "json"],
            env=env,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        return json.loads(done.stdout) if done.stdout.strip() else None

    return run


@pytest.fixture(scope="module")
def session(live: Live, az: Az) -> Az:
    """Logged in as the development server's web application."""
    own = f"{live.base}/"
    az("cloud", "register", "--name", "vestibule", "--skip-endpoint-discovery",
       "--endpoint-active-directory", live.base,
       "--endpoint-active-directory-resource-id", GRAPH,
       "--endpoint-active-directory-graph-resource-id", f"{GRAPH}/",
       "--endpoint-microsoft-graph-resource-id", own,
       "--endpoint-resource-manager", own,
       "--endpoint-management", own,
       "--profile", "latest")  # fmt: skip
    az("cloud", "set", "--name", "vestibule")
    [account] = az("login", "--service-principal", "--allow-no-subscriptions",
                   "--username", live.facts["client_id"],
                   "--password", live.facts["client_secret"],
                   "--tenant", live.facts["tenant"])  # fmt: skip
    assert account["tenantId"] == live.facts["tenant_id"]
    return az


def rest(az: Az, method: str, url: str, *more: str, body: Any = None) -> Any:
    sent = ("--body", json.dumps(body)) if body is not None else ()
    return az("rest", "--method", method, "--url", url, *sent, *more)


@pytest.mark.parametrize(
    ("collection", "prefix"),
    [
        ("beta/identity/b2cUserFlows", "B2C_1_"),
        ("beta/identity/b2xUserFlows", "B2X_1_"),
        ("v1.0/identity/b2xUserFlows", "B2X_1_"),
    ],
)
def test_a_flow_lives(live: Live, session: Az, collection: str, prefix: str) -> None:
    """The URL begins with an endpoint of the cloud, from which az takes the audience."""
    flows = f"{live.base}/{collection}"
    body = {"id": "Cli", "userFlowType": "signUpOrSignIn", "userFlowTypeVersion": 1}
    made = rest(session, "post", flows, body=body)
    assert made["id"] == f"{prefix}Cli"
    assert made["id"] in [one["id"] for one in rest(session, "get", flows)["value"]]
    if prefix == "B2C_1_":
        change = {"isLanguageCustomizationEnabled": True}
        assert rest(session, "patch", f"{flows}/{made['id']}", body=change) is None
        read = rest(session, "get", f"{flows}/{made['id']}")
        assert read["isLanguageCustomizationEnabled"] is True
    with pytest.raises(subprocess.CalledProcessError, match="exit status 1") as refused:
        rest(session, "post", flows, body=body)
    assert "AADB2C" in refused.value.stderr
    assert rest(session, "delete", f"{flows}/{made['id']}") is None
    assert made["id"] not in [one["id"] for one in rest(session, "get", flows)["value"]]


def test_the_audience_may_be_named(live: Live, session: Az) -> None:
    page = rest(session, "get", f"{live.base}/beta/identity/b2cUserFlows", "--resource", GRAPH)
    assert page["value"]


def test_a_token_may_be_brought_along(live: Live, az: Az) -> None:
    """Without any login: `--skip-authorization-header` and a header of one's own."""
    header = f"Authorization=Bearer {live.token()}"
    more = ("--skip-authorization-header", "--headers", header)
    page = rest(az, "get", f"{live.base}/v1.0/identity/b2xUserFlows", *more)
    assert page["value"]


def test_an_access_token_is_printed(live: Live, session: Az) -> None:
    told = session("account", "get-access-token", "--resource", GRAPH)
    assert told["tenant"] == live.facts["tenant_id"]
    with live.http(headers={"authorization": f"Bearer {told['accessToken']}"}) as graph:
        assert graph.get("/beta/identity/b2cUserFlows").status_code == 200
