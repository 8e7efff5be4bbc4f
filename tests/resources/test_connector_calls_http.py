"""Calls of API connectors at /vestibule/v1/connectorCalls, and the page that shows them."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import httpx2
import pytest

from answering import Connector, Says, answering, blocks, certified, goes_on
from oidc.contoso import BASE
from oidc.house import sign_in
from people import Page
from vestibule import development
from vestibule.app import migrate, opened
from vestibule.development import CONTOSO, DOMAINS
from vestibule.faces import server
from vestibule.journey.effects import Blocked, Continued, Invalidated
from vestibule.perform.breaker import FAILURES
from vestibule.perform.connector_calls import Attempt, Call, Note, Result, kept
from vestibule.perform.tools import Occasion
from vestibule.resources.connector_notes import Kind, Step, sentence
from vestibule.settings import DevelopmentSettings
from vestibule.system import System
from vestibule.world import SystemWorld

CALLS = "/vestibule/v1/connectorCalls"
NOBODY = "00000000-0000-4000-8000-000000000000"
AT_COLLECTION = "postAttributeCollection"
BASIC = "Basic " + b64encode(b"vestibule:canary-password").decode()
CONTINUE = {"version": "1.0.0", "action": "Continue", "city": "Wien"}
SENT = {"email": "ada@contoso.example", "extension_Password": "canary-claim", "step": "X"}
pytestmark = pytest.mark.anyio


@dataclass
class Bench:
    """A server in this process whose flows have called connectors."""

    system: System
    app: Any
    token: str
    endpoint: Connector

    def http(self, token: str = "") -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app),
            base_url=BASE,
            headers={"authorization": f"Bearer {token or self.token}"},
        )

    async def ask(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        async with self.http() as http:
            answer = await http.request(method, path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def connector(self, url: str = "") -> str:
        """A new connector, unless told at the endpoint; its id."""
        body = {
            "displayName": "Approve <b>sign-up</b>",
            "targetUrl": url or f"{self.endpoint.url}/approve?code=canary-code",
            "authenticationConfiguration": {
                "@odata.type": "#microsoft.graph.basicAuthentication",
                "username": "vestibule",
                "password": "canary-password",
            },
        }
        made = await self.ask("POST", "/beta/identity/apiConnectors", body, 201)
        return str(made["id"])

    async def told(
        self,
        connector: str,
        result: Result | None = None,
        *notes: Note,
        step: str = AT_COLLECTION,
        answer: Mapping[str, Any] | bytes = b"{}",
        correlation: str = "c0",
    ) -> str:
        """As if a flow had called the connector; the id of the call."""
        tenant = await self.system.tenants.fresh(CONTOSO)
        assert tenant is not None
        world = self.system.world
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        call = Call(
            tenant.connectors[connector],
            step,
            {"Authorization": BASIC},
            json.dumps(SENT).encode(),
            (Attempt(200, {"set-cookie": "a=canary-cookie"}, body, 12.5),),
            result or Continued({"city": "Wien"}),
            notes,
            {"city": "city"},
        )
        occasion = Occasion(
            tenant, "journey", 1, 1, world.now(), correlation, "", tenant.flow("B2C_1_susi")
        )
        id = world.guid()
        assert self.system.calls is not None
        await self.system.calls.keep(kept(occasion, call, id, world.now()))
        return id


@asynccontextmanager
async def benched(folder: Path, endpoint: Connector, **settings: Any) -> AsyncIterator[Bench]:
    configured = DevelopmentSettings(
        database=f"sqlite:///{folder / 'bench.db'}",
        sealing_key=b64encode(bytes(32)).decode(),
        public_url=BASE,
        **settings,
    )
    await migrate(configured)
    secrets = development.Secrets()
    async with opened(configured, SystemWorld()) as system:
        await development.seed(system, BASE, (), secrets)

        async def ready() -> None:
            """Nobody waits for it."""

        app = server(system, ready=ready, clients=development.clients(secrets), ca_file="/ca.pem")
        yield Bench(system, app, await system.mint(CONTOSO, (), "", ()), endpoint)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """An authority, and a certificate of it with its key."""
    return certified(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def endpoint(files: tuple[Path, Path, Path]) -> Iterator[Connector]:
    with answering(*files[1:]) as connector:
        yield connector


@pytest.fixture(scope="module")
async def bench(
    anyio_backend: str,  # noqa: ARG001
    tmp_path_factory: pytest.TempPathFactory,
    files: tuple[Path, Path, Path],
    endpoint: Connector,
) -> AsyncIterator[Bench]:
    few: dict[str, Any] = {"connector_calls_kept": 3, "connector_calls_days": 2}
    folder = tmp_path_factory.mktemp("bench")
    async with benched(folder, endpoint, egress_ca=files[0], **few) as bench:
        yield bench


# --------------------------------------------------------------------------- what is kept


async def test_a_call_is_kept_as_it_went(bench: Bench) -> None:
    connector = await bench.connector()
    note = Note("unassigned", "extension_Shoe")
    id = await bench.told(connector, Blocked("Not <today>."), note, answer={"city": "Wien"})
    call = await bench.ask("GET", f"{CALLS}/{id}")
    del call["@odata.context"], call["createdDateTime"]
    assert call == {
        "id": id,
        "connectorId": connector,
        "userFlowId": "B2C_1_susi",
        "step": AT_COLLECTION,
        "milliseconds": 12.5,
        "verdict": "showBlockPage",
        "shown": "Not <today>.",
        "notes": [
            {
                "kind": "unassigned",
                "name": "extension_Shoe",
                "text": "The claim extension_Shoe is not assigned to the flow, so its value was "
                "dropped. Add the attribute to the flow's userAttributeAssignments.",
            }
        ],
        "request": {
            "method": "POST",
            "url": f"{bench.endpoint.url}/approve?code=******",
            "headers": [{"name": "Authorization", "value": "Basic ******"}],
            "body": '{"email":"ada@contoso.example","extension_Password":"******","step":"X"}',
        },
        "response": {
            "status": 200,
            "headers": [{"name": "set-cookie", "value": "******"}],
            "body": '{"city":"Wien"}',
            "isCut": False,
        },
        "attempts": [{"status": 200, "milliseconds": 12.5, "failure": None}],
        "replayOf": None,
        "correlationId": "c0",
    }


async def test_calls_are_found(bench: Bench) -> None:
    one, other = await bench.connector(), await bench.connector()
    first = await bench.told(one, correlation="found-1")
    second = await bench.told(one, Invalidated("No."), correlation="found-2")
    third = await bench.told(other, step="preTokenIssuance", correlation="found-3")
    newest_first = "$orderby=createdDateTime desc"
    for query, expected in {
        f"$filter=connectorId eq '{one}'&{newest_first}": [second, first],
        f"$filter=connectorId eq '{one}' and verdict eq 'validationError'": [second],
        f"$filter=connectorId eq '{other}' and step eq 'preTokenIssuance'": [third],
        f"$filter=startswith(correlationId,'found-')&{newest_first}": [third, second, first],
        "$filter=correlationId eq 'found-1'&$select=id,verdict": [first],
    }.items():
        found = await bench.ask("GET", f"{CALLS}?{query}")
        assert [call["id"] for call in found["value"]] == expected, query


async def test_nobody_writes_calls(bench: Bench) -> None:
    id = await bench.told(await bench.connector())
    for method in ("PATCH", "DELETE", "PUT"):
        await bench.ask(method, f"{CALLS}/{id}", {}, 405)
    await bench.ask("POST", CALLS, {}, 405)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"\xff\x00<html>", "\ufffd\ufffd<html>"),
        (b"[" * 40_000, "[" * 40_000),
        (b'{"a":"\\ud800"}', '{"a":"\\ud800"}'),
        (b'{"a":"\\u0000"}', '{"a":"\\u0000"}'),
        (b"", ""),
    ],
    ids=["no UTF-8", "deep", "half a pair", "U+0000", "nothing"],
)
async def test_an_odd_answer_is_shown_as_it_is(bench: Bench, body: bytes, shown: str) -> None:
    id = await bench.told(
        await bench.connector(), Blocked("a\0b"), Note("reserved", "\0"), answer=body
    )
    call = await bench.ask("GET", f"{CALLS}/{id}")
    assert call["response"]["body"] == shown
    assert call["shown"] == "a\ufffdb"
    async with bench.http() as http:
        assert (await http.get(f"/connectors/{id}")).status_code == 200


async def test_a_long_answer_is_cut(bench: Bench) -> None:
    id = await bench.told(await bench.connector(), answer=b"x" * 100_000)
    response = (await bench.ask("GET", f"{CALLS}/{id}"))["response"]
    assert (len(response["body"]), response["isCut"]) == (65_536, True)


# --------------------------------------------------------------------------- for how long


async def test_the_last_calls_of_each_connector_stay(bench: Bench) -> None:
    one, other = await bench.connector(), await bench.connector()
    beside = await bench.told(other)
    ids = [await bench.told(one) for _ in range(7)]
    kept_of = {
        connector: {
            call["id"]
            for call in (await bench.ask("GET", f"{CALLS}?$filter=connectorId eq '{connector}'"))[
                "value"
            ]
        }
        for connector in (one, other)
    }
    assert kept_of == {one: set(ids[-3:]), other: {beside}}


async def test_many_at_once_leave_no_more(bench: Bench) -> None:
    connector = await bench.connector()
    await asyncio.gather(*(bench.told(connector) for _ in range(60)))
    for _ in range(3):
        await bench.told(connector)
    found = await bench.ask("GET", f"{CALLS}?$filter=connectorId eq '{connector}'")
    assert len(found["value"]) == 3


async def test_old_calls_go(bench: Bench) -> None:
    world = bench.system.world
    connector = await bench.connector()
    old = await bench.told(connector)
    world.move(world.offset + timedelta(days=1.5))
    young = await bench.told(connector)
    world.move(world.offset + timedelta(days=1))
    await bench.system.forget_calls()
    bench.token = await bench.system.mint(CONTOSO, (), "", ())
    await bench.ask("GET", f"{CALLS}/{old}", status=404)
    await bench.ask("GET", f"{CALLS}/{young}")


async def test_calls_go_with_their_connector(bench: Bench) -> None:
    connector = await bench.connector()
    id = await bench.told(connector)
    await bench.ask("DELETE", f"/beta/identity/apiConnectors/{connector}", status=204)
    await bench.ask("GET", f"{CALLS}/{id}", status=404)


# --------------------------------------------------------------------------- once more


async def test_a_call_is_sent_again(bench: Bench) -> None:
    bench.endpoint.told(Says(200, CONTINUE, {"Set-Cookie": "a=canary-cookie"}))
    id = await bench.told(await bench.connector(), correlation="replayed")
    again = await bench.ask("POST", f"{CALLS}/{id}/replay")
    [heard] = bench.endpoint.heard
    assert heard.path == "/approve?code=canary-code"
    assert heard.headers["authorization"] == BASIC
    assert heard.body == SENT
    assert (again["replayOf"], again["verdict"], again["step"]) == (id, "continue", AT_COLLECTION)
    assert json.loads(again["response"]["body"]) == CONTINUE
    stored = await bench.ask("GET", f"{CALLS}/{again['id']}")
    del again["@odata.context"], stored["@odata.context"]
    assert stored == again
    audit = await bench.ask("GET", f"/vestibule/v1/audit?$filter=target eq '{id}'")
    assert [(one["action"], one["result"]) for one in audit["value"]] == [
        ("replay vestibule.connectorCall", "success")
    ]


async def test_a_replay_goes_where_the_connector_is_now(bench: Bench) -> None:
    connector = await bench.connector()
    id = await bench.told(connector)
    elsewhere = {"targetUrl": f"{bench.endpoint.url}/elsewhere?code=canary-code"}
    await bench.ask("PATCH", f"/beta/identity/apiConnectors/{connector}", elsewhere, 204)
    bench.endpoint.told()
    again = await bench.ask("POST", f"{CALLS}/{id}/replay")
    assert again["request"]["url"] == f"{bench.endpoint.url}/elsewhere?code=******"
    assert [one.path for one in bench.endpoint.heard] == ["/elsewhere?code=canary-code"]


async def test_a_replay_of_what_is_gone_changes_nothing(bench: Bench) -> None:
    connector = await bench.connector()
    id = await bench.told(connector)
    bench.endpoint.told(Says(act="close"), Says(act="close"))
    again = await bench.ask("POST", f"{CALLS}/{id}/replay")
    assert (again["verdict"], again["response"]) == ("failed", None)
    assert [one["failure"] for one in again["attempts"]] == ["unreachable", "unreachable"]
    assert [note["kind"] for note in again["notes"]] == ["retried", "unreachable"]
    assert again["shown"].startswith("AADB2C90075: ")


async def test_a_certificate_that_nobody_vouches_for(bench: Bench, tmp_path: Path) -> None:
    with answering(*certified(tmp_path)[1:]) as stranger:
        id = await bench.told(await bench.connector(stranger.url))
        again = await bench.ask("POST", f"{CALLS}/{id}/replay")
        assert [note["kind"] for note in again["notes"]] == ["certificate"]
        assert "VESTIBULE_EGRESS_CA" in again["notes"][0]["text"]
        assert stranger.heard == []


# --------------------------------------------------------------------------- of a journey


@pytest.mark.parametrize(
    ("says", "verdict", "notes"),
    [
        (goes_on(jobTitle="Baker", sub="me"), "continue", ["unselected", "reserved"]),
        (blocks(), "failed", ["action_refused"]),
        (Says(200, b"<html>"), "failed", ["not_json"]),
        (Says(401, {}), "failed", ["credentials"]),
        (Says(302, b"", {"Location": "/"}), "failed", ["redirect"]),
    ],
    ids=["claims", "ShowBlockPage", "no JSON", "refused", "redirect"],
)
async def test_a_sign_in_leaves_its_call(
    bench: Bench, says: Says, verdict: str, notes: list[str]
) -> None:
    connector = await bench.connector()
    step = "apiConnectorConfiguration/preTokenIssuance/$ref"
    target = {"@odata.id": f"{BASE}/beta/identity/apiConnectors/{connector}"}
    await bench.ask("PUT", f"/beta/identity/b2cUserFlows/B2C_1_susi/{step}", target, 204)
    bench.endpoint.told(says)
    async with bench.http() as browser:
        secrets = development.Secrets()
        landed = await sign_in(
            browser,
            f"/run?tenant={DOMAINS[CONTOSO]}&flow=B2C_1_susi",
            name=development.USER,
            password=secrets.password,
        )
    found = await bench.ask("GET", f"{CALLS}?$filter=connectorId eq '{connector}'")
    [call] = found["value"]
    assert (call["verdict"], call["step"]) == (verdict, "preTokenIssuance")
    assert [note["kind"] for note in call["notes"]] == notes
    assert json.loads(call["request"]["body"])["email"] == development.USER
    assert call["replayOf"] is None
    journey = call["correlationId"]
    async with bench.http("none") as browser:
        traced = (await browser.get(f"/traces/{journey}")).text
        assert f'href="/connectors?correlation={journey}"' in traced
        of_journey = (await browser.get(f"/connectors?correlation={journey}")).text
        assert of_journey.count('href="/connectors/') == 1
        assert f'href="/connectors/{call["id"]}"' in of_journey
        assert f'href="/traces/{journey}"' in of_journey
    assert isinstance(landed, Page)
    if verdict == "failed":
        assert call["shown"].partition(": ")[0] in landed.text


async def test_a_replay_heeds_the_breaker(bench: Bench) -> None:
    id = await bench.told(await bench.connector())
    bench.endpoint.told(*[Says(500, {})] * FAILURES)
    for _ in range(FAILURES):
        id = (await bench.ask("POST", f"{CALLS}/{id}/replay"))["id"]
    again = await bench.ask("POST", f"{CALLS}/{id}/replay")
    assert len(bench.endpoint.heard) == FAILURES
    assert (again["attempts"], again["response"], again["milliseconds"]) == ([], None, 0)
    assert [note["kind"] for note in again["notes"]] == ["breaker_open"]
    async with bench.http() as browser:
        page = await browser.get(f"/connectors/{again['id']}")
    assert "the breaker is open until" in page.text


async def test_replays_need_no_more_room(bench: Bench) -> None:
    connector = await bench.connector()
    last = await bench.told(connector)
    bench.endpoint.told()
    for _ in range(5):
        last = (await bench.ask("POST", f"{CALLS}/{last}/replay"))["id"]
    found = await bench.ask("GET", f"{CALLS}?$filter=connectorId eq '{connector}'")
    assert len(found["value"]) == 3
    assert last in {call["id"] for call in found["value"]}


async def test_what_is_unknown_is_not_sent_again(bench: Bench) -> None:
    await bench.ask("POST", f"{CALLS}/{NOBODY}/replay", status=404)


# --------------------------------------------------------------------------- the page


async def test_the_page_shows_and_sends_again(bench: Bench) -> None:
    id = await bench.told(
        await bench.connector(),
        Invalidated("Not <today>."),
        Note("null_claim", "city"),
        answer={"city": "<Wien>"},
        correlation="on-the-page",
    )
    async with bench.http("none") as browser:  # a page asks for no token
        listed = (await browser.get("/connectors")).text
        assert f'href="/connectors/{id}"' in listed
        assert "Approve &lt;b&gt;sign-up&lt;/b&gt;" in listed
        page = await browser.get(f"/connectors/{id}")
        for text in ("Not &lt;today&gt;.", "&lt;Wien&gt;", "city is null", "/traces/on-the-page"):
            assert text in page.text
        form = Page(str(page.url), page.status_code, page.text).form
        forged = await browser.post(form.action, data={"csrf_token": "x" * 43})
        assert forged.status_code == 403
        sent = await browser.post(form.action, data=form.fields)
        assert sent.status_code == 303
        replayed = (await browser.get(sent.headers["location"])).text
        assert f'href="/connectors/{id}"' in replayed
        assert "canary" not in (listed + page.text + replayed)


@pytest.mark.parametrize(
    "path", ["/none", "/a%2Fb", "/a/b", "?correlation=x", f"?correlation={NOBODY}"]
)
async def test_no_such_call(bench: Bench, path: str) -> None:
    async with bench.http() as browser:
        assert (await browser.get(f"/connectors{path}")).status_code == 404


# --------------------------------------------------------------------------- secrets


async def test_no_secret_shows_or_is_stored_in_the_clear(bench: Bench) -> None:
    connector = await bench.connector()
    id = await bench.told(
        connector,
        Blocked("Sorry."),
        answer={"extension_ApiToken": "canary-answer", "password": "canary-answer"},
    )
    await bench.ask("POST", f"{CALLS}/{id}/replay")
    calls = await bench.ask("GET", f"{CALLS}?$filter=connectorId eq '{connector}'")
    assert len(calls["value"]) == 2
    assert "canary" not in json.dumps(calls)
    row = await bench.system.entities.get("connector_call", CONTOSO, id)
    assert row is not None
    assert "canary-answer" not in row["response"]
    stored = b"".join(
        file.read_bytes()
        for file in Path(bench.system.settings.database.removeprefix("sqlite:///")).parent.iterdir()
    )
    for secret in (b"canary-claim", b"canary-answer", b"canary-cookie", b"canary-password"):
        assert secret not in stored
        assert b64encode(secret) not in stored


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_note_has_its_sentence(kind: Kind) -> None:
    for step in get_args(Step):
        text = sentence(kind, "NAME", step)
        assert text.endswith(".")
        assert "{name}" not in text
        assert "{step}" not in text
