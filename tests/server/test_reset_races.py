"""A forgotten password is set once, whoever sends it how often; on SQLite, and on two processes
with PostgreSQL."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import uuid4

import httpx2

from people import follow, look
from server.sites import (
    FLOW,
    PASSWORD,
    Site,
    at_once,
    claims_of,
    code_of,
    pressed,
    sign_up,
    verify,
)

CROWD = 16
RESET = "B2C_1_forgotten"
FLOWS = "/beta/identity/b2cUserFlows"


def test_of_many_new_passwords_one_is_set_and_ends_every_session(site: Site) -> None:
    ada = f"ada-{uuid4().hex[:12]}@contoso.example"
    with site.graph() as graph, site.http() as browser, site.http() as elsewhere:
        body = {"id": RESET, "userFlowType": "passwordReset", "userFlowTypeVersion": 3}
        assert graph.post(FLOWS, json=body).status_code == 201
        sign_up(site, elsewhere, ada)
        tokens = site.tokens(elsewhere)
        id = claims_of(tokens["id_token"])["oid"]

        page = look(browser, site.authorize().replace(FLOW, RESET))
        page = pressed(browser, page, "send_code", email=ada)
        page = pressed(browser, verify(site, browser, page, ada), "continue", email=ada)
        form, path = page.form, urlsplit(page.form.action)

        async def choose(client: httpx2.AsyncClient, number: int) -> httpx2.Response:
            new = f"{PASSWORD}-{number}"
            fields = {**form.fields, "newPassword": new, "reenterPassword": new}
            script = {"x-requested-with": "XMLHttpRequest", "cookie": cookies}
            address = f"{path.path}?{path.query}"
            return await client.post(address, data={**fields, "action": "continue"}, headers=script)

        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        assert {answer.status_code for answer in at_once(site, CROWD, choose)} == {200}
        landed = follow(browser, browser.get(page.url))
        assert isinstance(landed, str), landed.text
        done = browser.post(site.address(flow=RESET), data=site.redemption(code_of(landed)))
        assert claims_of(done.json()["id_token"])["oid"] == id

        audit = {"$filter": f"action eq 'passwordSet' and target eq '{id}'"}
        listed = graph.get("/vestibule/v1/audit", params=audit).json()["value"]
        assert len(listed) == 1
        assert site.refresh(tokens["refresh_token"]).json()["error_codes"] == [90129]
        again = look(elsewhere, site.authorize())
        pressed(elsewhere, again, "signin", signInName=ada, password=PASSWORD)  # lets nobody in
        assert graph.delete(f"{FLOWS}/{RESET}").status_code == 204
