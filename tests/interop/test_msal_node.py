"""MSAL for Node signs a person in, redeems and refreshes, unmodified; then the person logs out."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from live import Live, environment
from people import sign_in

HERE = Path(__file__).parent


class Script:
    """The running script: ask with a JSON line, hear a JSON line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read() if self.process.stderr else ""
        heard: dict[str, Any] = json.loads(line)
        return heard

    def say(self, **value: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(value) + "\n")
        self.process.stdin.flush()


@pytest.fixture
def script(live: Live, node: str, request: pytest.FixtureRequest) -> Iterator[Script]:
    public, scope = request.param
    facts = live.facts
    client_id = facts["public_client_id" if public else "client_id"]
    options = {
        "clientId": client_id,
        "clientSecret": "" if public else facts["client_secret"],
        "authority": f"{live.base}/{facts['tenant']}/B2C_1_susi",
        "scopes": [facts["api_scope"] if scope == "api" else client_id],
        "redirectUri": "http://localhost:3000" if public else f"{live.base}/jwt",
    }
    process = subprocess.Popen(
        [node, str(HERE / "sign_in.mjs"), json.dumps(options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(NODE_EXTRA_CA_CERTS=live.ca_file),
    )
    with process:
        yield Script(process)
        process.kill()


@pytest.mark.parametrize(
    "script",
    [(False, "own"), (False, "api"), (True, "own"), (True, "api")],
    ids=["web app, own id", "web app, api", "public app, own id", "public app, api"],
    indirect=True,
)
def test_a_person_signs_in_and_tokens_are_refreshed(live: Live, script: Script) -> None:
    url = script.hear()["url"]
    with live.http() as browser:
        landed = sign_in(browser, url, live.facts["user"], live.facts["password"])
        answer = parse_qs(urlsplit(landed).query)
        assert answer["state"] == ["kept"]
        script.say(code=answer["code"][0])
        result = script.hear()
        assert result["idTokenClaims"]["tfp"] == "B2C_1_susi"
        assert result["idTokenClaims"]["emails"] == [live.facts["user"]]
        assert result["homeAccountId"].endswith(f"-b2c_1_susi.{live.facts['tenant_id']}")
        again = script.hear()
        assert not again["fromCache"]
        assert again["accessToken"] != result["accessToken"]

        policy = f"{live.base}/{live.facts['tenant']}/b2c_1_susi"
        out = browser.get(f"{policy}/oauth2/v2.0/logout")
        assert out.status_code == 200
        assert "x-ms-cpim-sso" not in "".join(browser.cookies)
