"""MSAL for Python signs a person in, redeems, refreshes and logs out, unmodified."""

from __future__ import annotations

import threading
import webbrowser
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import msal
import pytest

from live import Live
from people import Page, look, press, sign_in

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


# --------------------------------------------------------------------------- the tenant's own


GRAPH_FLOWS = "https://graph.microsoft.com/IdentityUserFlow.ReadWrite.All"


def of_tenant(live: Live) -> Any:
    """The public application at the tenant's own authority, where no policy is in the address."""
    return msal.PublicClientApplication(
        live.facts["public_client_id"],
        authority=f"{live.base}/{live.facts['tenant']}",
        instance_discovery=False,
        verify=live.ca_file,
    )


def administrator(live: Live, browser: Any, page: Page) -> Page | str:
    """From the page that asks for the account's name to what comes after the password."""
    named = press(browser, page, "next", loginfmt=live.facts["admin_user"])
    assert isinstance(named, Page), named
    return press(browser, named, "signin", passwd=live.facts["admin_password"])


def creates_a_flow(live: Live, token: str) -> None:
    body = {
        "id": f"m{uuid4().hex[:12]}",
        "userFlowType": "signUpOrSignIn",
        "userFlowTypeVersion": 3,
    }
    with live.http(headers={"authorization": f"Bearer {token}"}) as graph:
        made = graph.post("/beta/identity/b2cUserFlows", json=body)
    assert made.status_code == 201, made.text


class Robot(webbrowser.BaseBrowser):
    """The browser that MSAL opens: an administrator signs in and is sent back to MSAL."""

    def __init__(self, live: Live) -> None:
        super().__init__("robot")
        self._live = live

    def open(self, url: str, *_how: Any) -> bool:
        threading.Thread(target=self._sign_in, args=(url,), daemon=True).start()
        return True

    def _sign_in(self, url: str) -> None:
        """MSAL asks for form_post: the last page posts the answer to MSAL's own address."""
        with self._live.http() as browser:
            answer = administrator(self._live, browser, look(browser, url))
            assert isinstance(answer, Page), answer
            browser.post(answer.form.action, data=answer.form.fields)


@pytest.fixture
def robot(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "_tryorder", [])
    monkeypatch.setattr(webbrowser, "_browsers", {})
    webbrowser.register("robot", None, Robot(live), preferred=True)


@pytest.mark.usefixtures("robot")
def test_an_administrator_signs_in_with_a_browser_and_creates_a_flow(live: Live) -> None:
    app = of_tenant(live)
    result = app.acquire_token_interactive([GRAPH_FLOWS], timeout=30)
    assert "access_token" in result, result
    claims = result["id_token_claims"]
    assert (claims["ver"], claims["tid"]) == ("2.0", live.facts["tenant_id"])
    assert claims["preferred_username"] == live.facts["admin_user"]
    creates_a_flow(live, result["access_token"])
    account = app.get_accounts(live.facts["admin_user"])[0]
    assert account["home_account_id"] == f"{claims['oid']}.{live.facts['tenant_id']}"
    cached = app.acquire_token_silent([GRAPH_FLOWS], account=account)
    assert cached["token_source"] == "cache"
    for scope in (live.facts["api_scope"], "User.Read"):  # one refresh token, every resource
        other = app.acquire_token_silent([scope], account=account)
        assert other["token_source"] == "identity_provider"
        assert scope in other["scope"].split()


def test_an_administrator_signs_in_on_a_device_and_creates_a_flow(live: Live) -> None:
    app = of_tenant(live)
    flow = app.initiate_device_flow([GRAPH_FLOWS])
    assert flow["user_code"] in flow["message"], flow
    with live.http() as browser:
        entry = look(browser, flow["verification_uri"])
        begun = press(browser, entry, "next", otc=flow["user_code"])
        assert isinstance(begun, Page)
        asked = administrator(live, browser, begun)
        assert isinstance(asked, Page)
        press(browser, asked, "continue")
    result = app.acquire_token_by_device_flow(flow)
    assert "access_token" in result, result
    creates_a_flow(live, result["access_token"])
    account = app.get_accounts()[0]
    again = app.acquire_token_silent([GRAPH_FLOWS], account=account, force_refresh=True)
    assert again["access_token"] != result["access_token"]
