"""`vestibule serve`: starts only when told everything, shows nothing that it should not, and
signs people up on PostgreSQL with codes by mail."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx2
import pytest

import preloaded
from cluster import Cluster
from live import environment
from people import Page, follow, look, press
from production import (
    DOMAIN,
    REDIRECT_URI,
    Production,
    Replica,
    free_port,
    make_tenant,
    settings,
)
from server.sites import (
    FLOW,
    PASSWORD,
    SUSI,
    Site,
    begin_sign_up,
    claims_of,
    code_of,
    create,
    pressed,
    sign_up,
    verify,
)

NEEDED = (
    "VESTIBULE_PUBLIC_URL",
    "VESTIBULE_DATABASE",
    "VESTIBULE_SEALING_KEY",
    "VESTIBULE_SMTP_HOST",
    "VESTIBULE_MAIL_FROM",
    "VESTIBULE_TLS_CERTIFICATE",
)
SPREADS_WITHIN_S = 10  # the promise is 2; the machine may be busy


def someone() -> str:
    return f"ada-{uuid4().hex[:12]}@contoso.example"


def run(
    *arguments: str, variables: dict[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    return preloaded.run(*arguments, env=variables, cwd=folder)


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """The one message of a command that did nothing."""
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


# --------------------------------------------------------------------------- starting


def test_it_names_everything_that_is_missing_at_once(tmp_path: Path) -> None:
    said = refusal(run("serve", variables=environment(), folder=tmp_path))
    assert [name for name in NEEDED if name not in said] == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "http://login.example.com"),
        ("PUBLIC_URL", "https://login.example.com/"),
        ("DATABASE", "mysql://db.example.com/vestibule"),
        ("SEALING_KEY", "c2hvcnQ="),
        ("SEALING_KEY", "not base64"),
        ("TLS_KEY", ""),
        ("TLS_KEY", "/nowhere/tls.key"),
        ("TRUSTED_PROXIES", '["everybody"]'),
        ("HOSTS", "login.example.com"),
        ("PORT", "70000"),
        ("SMTP_TLS", "maybe"),
        ("LOG_LEVEL", "shout"),
    ],
)
def test_a_setting_that_means_nothing_is_named(tmp_path: Path, name: str, value: str) -> None:
    right = settings(tmp_path, "postgresql://nobody@127.0.0.1:1/x", ports=[0], smtp_port=25)
    variables = {**right, f"VESTIBULE_{name}": value}
    said = refusal(run("serve", variables=variables, folder=tmp_path))
    assert name.casefold() in said.casefold()
    assert "DATABASE cannot be reached" not in said  # it did not even try


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://vestibule:canary-password@127.0.0.1:1/vestibule"
    variables = settings(tmp_path, url, ports=[free_port()], smtp_port=25)
    for command in (["serve"], ["migrate"], ["tenant", "create", "a.example"]):
        said = refusal(run(*command, variables=variables, folder=tmp_path))
        assert "VESTIBULE_DATABASE" in said
        assert "canary-password" not in said


def test_an_empty_database_asks_for_migrate(tmp_path: Path, cluster: Cluster) -> None:
    variables = settings(tmp_path, cluster.database(), ports=[free_port()], smtp_port=25)
    assert "vestibule migrate" in refusal(run("serve", variables=variables, folder=tmp_path))
    for _ in range(2):  # once more does no harm
        assert run("migrate", variables=variables, folder=tmp_path).returncode == 0


def test_a_port_that_is_taken_is_said_in_one_line(production: Production, tmp_path: Path) -> None:
    variables = production.replicas[0].variables
    said = refusal(run("serve", variables=variables, folder=tmp_path))
    assert str(production.replicas[0].port) in said
    assert said.count("\n") == 1


# --------------------------------------------------------------------------- tenants


def test_a_tenant_is_made_once(production: Production, tmp_path: Path) -> None:
    variables = production.replicas[0].variables
    facts = make_tenant("once.example", variables)
    assert len(base64.urlsafe_b64decode(facts["client secret"] + "=")) == 32
    again = run("tenant", "create", "ONCE.example", variables=variables, folder=tmp_path)
    assert "once.example" in refusal(again).casefold()


def test_a_tenant_is_of_a_kind(production: Production, tmp_path: Path) -> None:
    variables = production.replicas[0].variables
    domain = f"{uuid4().hex[:8]}.example"
    done = run("tenant", "create", domain, "--kind", "b2c", variables=variables, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    facts = dict(re.findall(r"^(.+?)  +(.+)$", done.stdout, re.MULTILINE))
    place = replace(
        production,
        tenant=domain,
        client_id=facts["client id"],
        client_secret=facts["client secret"],
    )
    with place.graph() as graph:
        assert graph.get("/beta/identity/b2cUserFlows").status_code == 200
        refused = graph.get("/v1.0/identity/b2xUserFlows")
    assert refused.status_code == 403
    assert f"'{domain}' is an Azure AD B2C directory" in refused.json()["error"]["message"]
    odd = run("tenant", "create", domain, "--kind", "odd", variables=variables, folder=tmp_path)
    assert odd.returncode == 2
    assert "--kind" in odd.stderr


@pytest.mark.parametrize(
    "uri",
    [
        "http://shop.example/cb",
        "javascript:alert(1)",
        "/cb",
        "https://shop.example/#a",
        "urn:ietf:wg:oauth:2.0:oob",
    ],
)
def test_a_redirect_uri_that_is_not_safe_makes_no_tenant(
    production: Production, tmp_path: Path, uri: str
) -> None:
    variables = production.replicas[0].variables
    domain = f"{uuid4().hex[:8]}.example"
    refused = run(
        "tenant", "create", domain, "--redirect-uri", uri, variables=variables, folder=tmp_path
    )
    assert uri in refusal(refused)
    with production.http() as client:
        assert client.get(f"/{domain}/v2.0/.well-known/openid-configuration").status_code == 404


@pytest.mark.parametrize("domain", ["contoso", "", "a b.example", "-", "https://a.example"])
def test_a_tenant_needs_a_domain(production: Production, tmp_path: Path, domain: str) -> None:
    variables = production.replicas[0].variables
    refusal(run("tenant", "create", "--", domain, variables=variables, folder=tmp_path))


# --------------------------------------------------------------------------- the story


def test_a_person_signs_up_with_a_code_by_mail(production: Production, contoso: Site) -> None:
    address = someone()
    with contoso.http() as browser:
        landed = sign_up(contoso, browser, address)
        assert landed.startswith(f"{REDIRECT_URI}?")
        answer = contoso.redeem(code_of(landed))
        assert answer.status_code == 200, answer.text
        tokens = answer.json()
    claims = claims_of(tokens["id_token"])
    assert claims["emails"] == [address]
    assert claims["newUser"] is True
    assert claims["tfp"] == FLOW
    assert claims["aud"] == production.client_id
    assert claims["iss"].startswith(f"{production.base}/{production.tenant_id}/")
    assert contoso.refresh(tokens["refresh_token"]).status_code == 200
    letter = production.post.to(address)[-1]
    assert letter["From"] == "codes@login.contoso.example"
    with contoso.http() as browser:
        page = look(browser, contoso.authorize())
        landed_again = press(browser, page, "signin", email=address, password=PASSWORD)
        assert isinstance(landed_again, str)
        assert "newUser" not in claims_of(contoso.redeem(code_of(landed_again)).json()["id_token"])


@pytest.mark.parametrize("path", ["/", "/inbox", "/jwt", "/run", "/dev.json"])
def test_there_is_no_page_for_development(contoso: Site, path: str) -> None:
    with contoso.graph() as client:
        assert client.get(path).status_code == 404
        assert client.post(path, data={}).status_code == 404


@pytest.mark.parametrize("verb", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("name", ["messages", "clock"])
def test_there_is_no_inbox_and_no_clock(contoso: Site, name: str, verb: str) -> None:
    with contoso.graph() as client:
        answer = client.request(verb, f"/vestibule/v1/{name}", json={"advanceSeconds": 1})
        assert answer.status_code == 400
        assert answer.json()["error"]["message"] == f"Resource not found for the segment '{name}'."
        assert name not in client.get("/vestibule/v1/$metadata").text


# --------------------------------------------------------------------------- watching it


def test_the_log_is_json_with_the_correlation_id_of_the_answer(
    production: Production, contoso: Site
) -> None:
    with contoso.http() as client:
        sent = client.get("/healthz?secret=in-the-query", headers={"x-header": "in-a-header"})
    lines = production.replicas[0].log.read_text("utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    assert events[0]["event"] == "ready"
    mine = [one for one in events if one.get("correlation") == sent.headers["request-id"]]
    assert [(one["method"], one["face"], one["status"]) for one in mine] == [("GET", "probe", 200)]
    assert all({"level", "timestamp", "event"} <= one.keys() for one in events)
    assert "in-the-query" not in "".join(lines)
    assert "in-a-header" not in "".join(lines)


def test_machines_that_watch_are_answered_under_any_name(contoso: Site) -> None:
    with contoso.http(headers={"host": "10.1.2.3:8443"}) as client:
        assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 200)
        figures = client.get("/metrics")
        assert 'vestibule_requests_total{face="probe",status="2xx"}' in figures.text


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/beta/identity/b2cUserFlows",
        f"/{DOMAIN}/{FLOW}/v2.0/.well-known/openid-configuration",
        f"/{DOMAIN}/{FLOW}/oauth2/v2.0/authorize",
        f"/{DOMAIN}/oauth2/v2.0/token",
    ],
)
def test_another_host_is_refused(contoso: Site, path: str) -> None:
    port = contoso.bases[0].rsplit(":", 1)[1]
    with contoso.http() as client:
        for host in ("evil.example", "localhost", f"localhost.evil.example:{port}", "localhost:1"):
            answer = client.get(path, headers={"host": host, "x-forwarded-host": "localhost"})
            assert answer.status_code == 400, host
            assert "location" not in answer.headers
        forwarded = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
        assert "evil.example" not in client.get(path, headers=forwarded).text


def test_every_page_insists_on_https(contoso: Site) -> None:
    with contoso.http() as browser:
        headers = browser.get(contoso.authorize()).headers
    assert "max-age=31536000" in headers["strict-transport-security"]
    cookie = headers["set-cookie"].casefold()
    assert "secure" in cookie
    assert "httponly" in cookie


def test_behind_a_proxy_it_speaks_plainly_but_of_https(
    production: Production, tmp_path: Path
) -> None:
    port = free_port()
    replica = production.replicas[0]
    without = {k: v for k, v in replica.variables.items() if "_TLS_" not in k or "SMTP" in k}
    variables = {
        **without,
        "VESTIBULE_TRUSTED_PROXIES": '["127.0.0.1"]',
        "VESTIBULE_PUBLIC_URL": "https://login.example.com",
    }
    inner = Replica(port, variables, tmp_path / "log")
    inner.start(production.ca_file, scheme="http")
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as proxy:
            headers = {"host": "login.example.com", "x-forwarded-for": "203.0.113.7, 127.0.0.1"}
            path = f"/{DOMAIN}/v2.0/.well-known/openid-configuration"
            answer = proxy.get(path, headers=headers)
            assert answer.json()["issuer"].startswith("https://login.example.com/")
        assert '"ip":"203.0.113.7"' in inner.log.read_text("utf-8")
    finally:
        assert inner.stop() == 0


# --------------------------------------------------------------------------- stricter than B2C


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_challenge": "", "code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
    ],
    ids=["no challenge", "plain", "plain by default"],
)
def test_a_sign_in_without_a_real_challenge_is_refused(
    contoso: Site, change: dict[str, str], error: str
) -> None:
    with contoso.http() as browser:
        landed = follow(browser, browser.get(contoso.authorize(**change)))
    assert isinstance(landed, str)
    assert landed.startswith(REDIRECT_URI)
    answer = parse_qs(urlsplit(landed).query)
    assert answer["error"] == [error]
    assert answer["state"] == ["after"]


def test_logout_leads_to_registered_addresses_only(contoso: Site) -> None:
    with contoso.http() as browser:
        for target, status in (("https://evil.example/", 400), (REDIRECT_URI, 302)):
            query = {"post_logout_redirect_uri": target}
            answer = browser.get(contoso.address("logout"), params=query)
            assert (answer.status_code, answer.headers.get("location")) == (
                status,
                target if status == 302 else None,
            )


def test_sign_in_does_not_say_whether_an_account_exists(contoso: Site) -> None:
    known, unknown = someone(), someone()
    with contoso.http() as browser:
        sign_up(contoso, browser, known)
    said = []
    for address in (known, unknown):
        with contoso.http() as browser:
            page = look(browser, contoso.authorize())
            shown = pressed(browser, page, "signin", email=address, password="Wrong-Horse-1")
            said.append(alert(shown, address))
    assert said[0] == said[1]


def test_sign_up_does_not_say_whether_an_account_exists(
    production: Production, contoso: Site
) -> None:
    """The owner of a taken address is told so by mail; no code is right for that page."""
    taken, free = someone(), someone()
    with contoso.http() as browser:
        sign_up(contoso, browser, taken)
    said = []
    for address in (taken, free):
        with contoso.http() as browser:
            page = begin_sign_up(contoso, browser, address)
            shown = pressed(browser, page, "verify_code", email=address, code="000000")
            said += [alert(page, address), alert(shown, address)]
    assert said[:2] == said[2:]
    letters = {address: production.post.to(address)[-1] for address in (taken, free)}
    assert letters[taken]["Subject"] != letters[free]["Subject"]
    assert not any(word.strip(".").isdecimal() for word in letters[taken].get_content().split())


def alert(page: Page, address: str) -> tuple[int, str]:
    """What a person sees: the text of the page's body."""
    body = page.text[page.text.index("<body") :]
    kept = [line.strip() for line in body.splitlines() if "csrf" not in line and "tx=" not in line]
    return page.status, "\n".join(kept).replace(address, "…")


# --------------------------------------------------------------------------- several processes


def test_a_flow_made_at_one_process_is_known_to_the_other_at_once(contoso: Site) -> None:
    name = f"spread{uuid4().hex[:8]}"
    metadata = f"/{contoso.tenant}/B2C_1_{name}/v2.0/.well-known/openid-configuration"
    flow = f"/beta/identity/b2cUserFlows/B2C_1_{name}"
    first, second = contoso.bases
    with contoso.graph(first) as graph, contoso.graph(second) as other:
        other.get(f"/{contoso.tenant}/{FLOW}/v2.0/.well-known/openid-configuration")
        assert graph.post("/beta/identity/b2cUserFlows", json={**SUSI, "id": name}).is_success
        assert other.get(flow).status_code == 200
        assert other.get(metadata).status_code == 200

        assert graph.delete(flow).status_code == 204
        assert graph.get(metadata).status_code == 404  # at once where it was done
        assert other.get(flow).status_code == 404
        ends = time.monotonic() + SPREADS_WITHIN_S
        while other.get(metadata).status_code != 404:
            assert time.monotonic() < ends, "a deleted flow still runs at the other process"
            time.sleep(0.05)


def test_an_application_of_a_new_tenant_is_known_at_once(
    production: Production, contoso: Site
) -> None:
    """The command line is a process of its own; running servers learn of what it did."""
    facts = make_tenant(f"{uuid4().hex[:8]}.example", production.replicas[0].variables)
    for base in contoso.bases:
        with contoso.http(base) as client:
            answer = client.post(
                f"/{facts['tenant']}/oauth2/v2.0/token",
                data={
                    "grant_type": "client_credentials",
                    "client_id": facts["client id"],
                    "client_secret": facts["client secret"],
                    "scope": "https://graph.microsoft.com/.default",
                },
            )
            assert answer.status_code == 200, answer.text


def test_a_journey_goes_on_at_the_other_process(contoso: Site) -> None:
    """Nothing of a journey is kept in a process; the cookies are of the same host."""
    first, second = contoso.bases
    address = someone()
    with contoso.http(first) as browser, contoso.http(second) as other:
        page = begin_sign_up(contoso, browser, address)
        other.cookies.update(browser.cookies)
        page = verify(contoso, other, at(second, page), address)
        landed = create(browser, at(first, page), address)
    assert contoso.redeem(code_of(landed)).status_code == 200


def at(base: str, page: Page) -> Page:
    """The page as it would be under another address."""
    return Page(base, page.status, re.sub(r"https://localhost:\d+", base, page.text))


def test_a_polite_end_is_quick_and_clean(production: Production, tmp_path: Path) -> None:
    port = free_port()
    variables = {**production.replicas[0].variables, "VESTIBULE_HOSTS": f'["localhost:{port}"]'}
    replica = Replica(port, variables, tmp_path / "log")
    replica.start(production.ca_file)
    with production.http() as idle:  # a connection that stays open must not hold it up
        idle.get(f"{replica.base}/healthz")
        began = time.perf_counter()
        assert replica.stop() == 0
        assert time.perf_counter() - began < 10
    assert "Traceback" not in replica.log.read_text("utf-8")
