"""What a sign-in at an identity provider costs the server: from the provider's answer, which the
browser brings, to the application's code.

The provider is a stand-in in this process, so its own work is nobody's here; over kept-alive TLS
the server redeems the code with it, once a visit, and checks the id token. It is asked for user
info only for what that lacks, which is nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from foreign import Foreign, certified, foreign
from live import Live, environment, start
from people import Page, follow, press
from servers import cpu_s

GOAL_US = 6_000
_VISITS, _RUNS = 25, 4
_FLOW = "bench_google"
_WELL_KNOWN = "/.well-known/openid-configuration"
_REQUEST = {
    "response_type": "code",
    "scope": "openid",
    "nonce": "a-nonce",
    "state": "a-state",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",  # RFC 7636, Appendix B
    "code_challenge_method": "S256",
}


@dataclass(frozen=True, slots=True)
class Arrived:
    """CPU of the server for one arrival in µs."""

    name: str
    cpu_us: float
    limit: float


def arrivals(folder: Path) -> list[Arrived]:
    """On SQLite, somebody who has an account by now; the best of several runs."""
    with _google(folder) as (live, provider), live.http() as browser:
        _arrive(live, provider, browser)
        runs = [
            sum(_arrive(live, provider, browser) for _ in range(_VISITS)) / _VISITS
            for _ in range(_RUNS)
        ]
    return [Arrived("federated sign-in from callback to code", min(runs) * 1e6, GOAL_US)]


@contextmanager
def _google(folder: Path) -> Iterator[tuple[Live, Foreign]]:
    """A development server whose Google is the stand-in, and a flow that goes straight there."""
    with foreign() as provider:
        there = {"Google": {"metadata": f"{provider.base}{_WELL_KNOWN}"}}
        env = environment(VESTIBULE_PROVIDER_ENDPOINTS=json.dumps(there))
        folder.mkdir(parents=True, exist_ok=True)
        live = start(certified(folder), env=env)
        try:
            _configure(live, provider)
            yield live, provider
        finally:
            live.stop()


def _configure(live: Live, provider: Foreign) -> None:
    id, secret = provider.client
    google = {
        "@odata.type": "#microsoft.graph.socialIdentityProvider",
        "displayName": "Google",
        "identityProviderType": "Google",
        "clientId": id,
        "clientSecret": secret,
    }
    flow = {
        "id": _FLOW,
        "userFlowType": "signUpOrSignIn",
        "userFlowTypeVersion": 3,
        "identityProviders": [{"id": "Google-OAUTH"}],
    }
    with live.administrator() as graph:
        for path, body in (("identityProviders", google), ("b2cUserFlows", flow)):
            graph.post(f"/beta/identity/{path}", json=body).raise_for_status()


def _arrive(live: Live, provider: Foreign, browser: httpx2.Client) -> float:
    """CPU of the server in seconds, in a browser that nobody knows."""
    browser.cookies.clear()
    facts = live.facts
    asked = {**_REQUEST, "client_id": facts["client_id"], "redirect_uri": facts["redirect_uris"][0]}
    path = f"/{facts['tenant']}/B2C_1_{_FLOW}/oauth2/v2.0"
    left = follow(browser, browser.get(f"{path}/authorize", params=asked))
    if isinstance(left, Page):
        raise RuntimeError(f"Not at the provider: {left.text}")
    answer = provider.answer(left)
    before = cpu_s(live.process.pid)
    landed = follow(browser, browser.get(f"/{facts['tenant']}/oauth2/authresp", params=answer))
    spent = cpu_s(live.process.pid) - before
    if isinstance(landed, Page):  # the first time
        landed = press(browser, landed, "continue")
    if not isinstance(landed, str) or "code=" not in landed:
        raise RuntimeError(f"No code: {landed}")
    return spent
