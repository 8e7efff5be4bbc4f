"""MSAL for Python signs a person in, redeems, refreshes and logs out, unmodified."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import msal
import pytest

from live import Live
from people import sign_in

# The query is what applications use today; MSAL would rather have form_post.
pytestmark = pytest.mark.filterwarnings("ignore:response_mode='form_post' is recommended")


def application(live: Live, *, public: bool) -> Any:
    authority = f"{live.base}/{live.facts['tenant']}/B2C_1_susi"
    if public:
        return msal.PublicClientApplication(
            live.facts["public_client_id"], authority=authority, verify=live.ca_file
        )
    return msal.ConfidentialClientApplication(
        live.facts["client_id"],
        client_credential=live.facts["client_secret"],
        authority=authority,
        verify=live.ca_file,
    )


@pytest.mark.parametrize("public", [False, True], ids=["confidential", "public"])
@pytest.mark.parametrize("scope", ["own client id", "api"])
def test_a_person_signs_in_and_tokens_are_refreshed(
    live: Live, *, public: bool, scope: str
) -> None:
    app = application(live, public=public)
    client_id = live.facts["public_client_id" if public else "client_id"]
    wanted = [live.facts["api_scope"] if scope == "api" else client_id]
    redirect = "http://localhost:53421" if public else f"{live.base}/jwt"
    flow = app.initiate_auth_code_flow(wanted, redirect_uri=redirect)
    with live.http() as browser:
        landed = sign_in(browser, flow["auth_uri"], live.facts["user"], live.facts["password"])
    answer = {name: values[0] for name, values in parse_qs(urlsplit(landed).query).items()}
    result = app.acquire_token_by_auth_code_flow(flow, answer)
    assert "access_token" in result, result
    claims = result["id_token_claims"]
    assert claims["tfp"] == "B2C_1_susi"
    assert claims["emails"] == [live.facts["user"]]
    assert claims["aud"] == client_id
    account = app.get_accounts()[0]
    assert account["home_account_id"].endswith(f"-b2c_1_susi.{live.facts['tenant_id']}")

    again = app.acquire_token_silent(wanted, account=account, force_refresh=True)
    assert again["access_token"] != result["access_token"]

    metadata = f"/{live.facts['tenant']}/B2C_1_susi/v2.0/.well-known/openid-configuration"
    with live.http() as browser:
        end = browser.get(metadata).json()["end_session_endpoint"]
        target = f"{live.base}/jwt"
        out = browser.get(end, params={"post_logout_redirect_uri": target, "state": "after"})
        assert out.status_code in {302, 303}
        assert out.headers["location"] == f"{target}?state=after"


def test_client_credentials_get_a_graph_token(live: Live) -> None:
    app = msal.ConfidentialClientApplication(
        live.facts["client_id"],
        client_credential=live.facts["client_secret"],
        authority=f"{live.base}/{live.facts['tenant']}",
        instance_discovery=False,
        verify=live.ca_file,
    )
    result = app.acquire_token_for_client(["https://graph.microsoft.com/.default"])
    assert result["token_type"] == "Bearer"
    with live.http(headers={"authorization": f"Bearer {result['access_token']}"}) as graph:
        assert graph.get("/beta/identity/b2cUserFlows").status_code == 200


def test_instance_discovery_at_our_host_is_enough(live: Live) -> None:
    app = msal.ConfidentialClientApplication(
        live.facts["client_id"],
        client_credential=live.facts["client_secret"],
        authority=f"{live.base}/{live.facts['tenant']}",
        instance_discovery=f"{live.base}/common/discovery/instance",
        verify=live.ca_file,
    )
    assert "access_token" in app.acquire_token_for_client(["https://graph.microsoft.com/.default"])
