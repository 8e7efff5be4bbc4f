"""API connectors on the wire: what is sent, what an answer comes to, and every way to go wrong."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest

from answering import (
    Connector,
    Credentials,
    Says,
    answering,
    blocks,
    certified,
    credentials,
    goes_on,
    objects,
)
from stage import SUSI, Stage, contoso
from vestibule.journey.effects import (
    Blocked,
    CallConnector,
    ConnectorFailed,
    Continued,
    Invalidated,
)
from vestibule.perform.breaker import AT_ONCE, FAILURES, PAUSE
from vestibule.perform.connectors import LIMIT
from vestibule.perform.egress import Egress
from vestibule.perform.http import Outgoing
from vestibule.perform.lines import MOST, Lines
from vestibule.perform.performer import Performer
from vestibule.ports import Insert
from vestibule.tenancy import Attribute, ClientCertificate
from vestibule.tenancy import Connector as Stored

pytestmark = pytest.mark.anyio

APP = "5f0c9a527f4e4d3b8b0e0c0a7d5e0109"
SHOES = f"extension_{APP}_Shoes"
KINDS = {
    "city": "string",
    "displayName": "string",
    "postalCode": "string",
    SHOES: "int64",
    f"extension_{APP}_Member": "boolean",
    f"extension_{APP}_Colours": "stringCollection",
    f"extension_{APP}_Born": "dateTime",
}
ACCEPTS = {
    "city": "city",
    "extension_Shoes": SHOES,
    "extension_Member": f"extension_{APP}_Member",
    "extension_Colours": f"extension_{APP}_Colours",
    "extension_Born": f"extension_{APP}_Born",
}
BEFORE_CREATING, BEFORE_TOKENS = "postAttributeCollection", "preTokenIssuance"
SHORT_S = 0.5
TURNS = count(1)


@dataclass(frozen=True, slots=True)
class Files:
    authority: Path
    certificate: Path
    key: Path
    client: Credentials
    other: Credentials


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    made = certified(tmp_path_factory.mktemp("certificates"))
    return Files(*made, client=credentials(), other=credentials())


@pytest.fixture(scope="module")
def server(files: Files) -> Iterator[Connector]:
    with answering(files.certificate, files.key) as connector:
        yield connector


@pytest.fixture(scope="module")
def checking(files: Files) -> Iterator[Connector]:
    """Wants a client certificate."""
    pem = files.client.pem
    with answering(files.certificate, files.key, client=pem) as connector:
        yield connector


@pytest.fixture(scope="module")
async def stage(
    anyio_backend: str,  # noqa: ARG001
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Stage]:
    async with contoso(tmp_path_factory.mktemp("contoso")) as stage:
        yield stage


@dataclass(slots=True)
class Caller:
    """A tenant that has one connector."""

    stage: Stage
    stored: Stored
    kept: list[Insert] = field(default_factory=list)
    keeps: bool = True

    def hurried(self) -> None:
        """From now on an answer has to come soon."""
        self.stage.tools.lines.timeout_s = SHORT_S

    async def keep(self, call: Insert) -> None:
        self.kept.append(call)

    def configured(self, **how: Any) -> None:
        self.stored = replace(self.stored, **how)

    async def ask(
        self,
        claims: Mapping[str, Any] | None = None,
        step: str = BEFORE_CREATING,
        turn: int | None = None,
        **more: Any,
    ) -> Any:
        stage = self.stage
        attributes = {name: Attribute(name, kind) for name, kind in KINDS.items()}
        short = {name.replace(f"_{APP}", ""): one for name, one in attributes.items()}
        reserved = {name: Attribute(name, "string") for name in ("email", "objectId")}
        tenant = replace(
            stage.tenant,
            connectors={self.stored.id: self.stored},
            attributes={**short, **attributes, **reserved},
        )
        occasion = replace(stage.occasion(turn=turn), tenant=tenant, flow=SUSI)
        effect = CallConnector(self.stored.id, step, claims or {}, ACCEPTS, **more)
        return await Performer(stage.tools).perform(effect, occasion)


@pytest.fixture
async def caller(stage: Stage, files: Files, server: Connector) -> AsyncIterator[Caller]:
    server.told()
    trust = partial(ssl.create_default_context, cafile=str(files.authority))
    stored = Stored("c1", "Approval", f"{server.url}/approve?key=1", "vestibule", "pass:wörd")
    outgoing = Outgoing(Egress(loopback=True), trust())
    one = Caller(stage, stored)
    tools = replace(
        stage.tools, outgoing=outgoing, lines=Lines(trust=trust), calls=cast("Any", one)
    )
    one.stage = replace(stage, tools=tools, turns=next(TURNS) * 100)
    yield one
    await outgoing.close()


# --------------------------------------------------------------------------- what is sent


async def test_a_question_is_json_with_basic_credentials(caller: Caller, server: Connector) -> None:
    claims = {"email": "ada@contoso.example", "extension_Shoes": 42, "step": "PostX"}
    assert await caller.ask(claims) == Continued({})
    (heard,) = server.heard
    assert heard.path == "/approve?key=1"
    assert heard.body == {"email": "ada@contoso.example", SHOES: 42, "step": "PostX"}
    assert heard.headers["content-type"] == "application/json"
    pair = base64.b64decode(heard.headers["authorization"].removeprefix("Basic ")).decode()
    assert pair == "vestibule:pass:wörd"
    assert heard.thumbprint == ""


async def test_an_identity_names_its_issuer(caller: Caller, server: Connector) -> None:
    local = {"signInType": "emailAddress", "issuerAssignedId": "a@b.example"}
    other = {"signInType": "federated", "issuer": "google.com", "issuerAssignedId": "1"}
    await caller.ask({"identities": [local, other]})
    domain = caller.stage.tenant.domain
    assert server.asked == [{"identities": [{**local, "issuer": domain}, other]}]
    assert list(server.asked[0]["identities"][0]) == ["signInType", "issuer", "issuerAssignedId"]


async def test_calls_share_a_connection(caller: Caller, server: Connector) -> None:
    before = server.connections
    for _ in range(3):
        await caller.ask()
    assert server.connections - before == 1


# --------------------------------------------------------------------------- what an answer is

CONTINUE = {"version": "1.0.0", "action": "Continue"}


@pytest.mark.parametrize(
    ("said", "claims", "notes"),
    [
        ({"city": "Wien"}, {"city": "Wien"}, []),
        ({"extension_Shoes": 42}, {SHOES: 42}, []),
        ({SHOES: "42"}, {SHOES: 42}, []),
        ({"extension_Member": True}, {f"extension_{APP}_Member": True}, []),
        ({"extension_Member": "false"}, {f"extension_{APP}_Member": False}, []),
        ({"extension_Colours": ["r", "b"]}, {f"extension_{APP}_Colours": ["r", "b"]}, []),
        ({"extension_Colours": "r,b"}, {f"extension_{APP}_Colours": ["r", "b"]}, []),
        (
            {"extension_Born": "2001-02-03"},
            {f"extension_{APP}_Born": "2001-02-03T00:00:00Z"},
            [],
        ),
        ({"city": 1010}, {"city": "1010"}, []),
        ({"city": None}, {}, ["null_claim"]),
        ({"city": ""}, {}, []),
        ({"postalCode": "1010"}, {}, ["unassigned"]),
        ({"extension_other_Shoes": 42}, {}, ["unknown_claim"]),
        ({"hobby": {"deep": [1]}}, {}, ["unknown_claim"]),
        ({"email": "m@x.example", "objectId": "x", "sub": "x"}, {}, ["reserved"] * 3),
        ({"status": 200, "userMessage": "x"}, {}, []),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_claims_that_may_be_set_are(
    caller: Caller,
    server: Connector,
    said: dict[str, Any],
    claims: dict[str, Any],
    notes: list[str],
) -> None:
    server.told(goes_on(**said))
    assert await caller.ask() == Continued(claims)
    assert [note["kind"] for note in caller.kept[-1].values["notes"]] == notes


@pytest.mark.parametrize(
    ("said", "result"),
    [
        (blocks("Not you."), Blocked("Not you.")),
        (blocks("a\r\nb\u202e<b>"), Blocked("a  b<b>")),
        (blocks("x" * 10_000), Blocked("x" * 1000)),
        (blocks(7), Blocked("")),
        (objects("No such town."), Invalidated("No such town.")),
        (objects(status="400"), Invalidated("That town does not exist.")),
        (objects(version="0.0.1"), Invalidated("That town does not exist.")),
    ],
    ids=[
        "blocked",
        "marks and line breaks",
        "too long a message",
        "no text",
        "refused",
        "status as text",
        "any version",
    ],
)
async def test_an_answer_that_stops_the_journey(
    caller: Caller, server: Connector, said: Says, result: object
) -> None:
    server.told(said)
    assert await caller.ask() == result


def http(status: int) -> tuple[str, str]:
    return "90075", f"Code '{status}'"


@pytest.mark.parametrize(
    ("said", "code", "told", "calls"),
    [
        (Says(500, {}), *http(500), 1),
        (Says(404, b"not here"), *http(404), 1),
        (Says(201, CONTINUE), *http(201), 1),
        (Says(299, CONTINUE), *http(299), 1),
        (Says(302, b"", {"location": "https://localhost/"}), *http(302), 1),
        (Says(503, {}), *http(503), 2),
        (Says(401, {}), "90027", "user name and password", 1),
        (Says(400, b"not JSON"), *http(400), 1),
        (Says(400, CONTINUE), *http(400), 1),
        (Says(400, {"version": "1", "action": "ShowBlockPage"}), *http(400), 1),
        (objects(status=None), *http(400), 1),
        (objects(status=409), *http(400), 1),
        (objects(status=True), *http(400), 1),
        (Says(200, objects().body), "90261", "cannot be understood", 1),
        (Says(200, b""), "90261", "cannot be understood", 1),
        (Says(200, b"<html>"), "90261", "cannot be understood", 1),
        (Says(200, b"[" * 200_000), "90261", "cannot be understood", 1),
        (Says(200, b'{"a":' * 50_000), "90261", "cannot be understood", 1),
        (Says(200, b'{"action": "Continue", "version": "\xff"}'), "90261", "understood", 1),
        (blocks("\ud800"), "90261", "cannot be understood", 1),  # half a character
        (Says(200, []), "90261", "cannot be understood", 1),
        (Says(200, {"version": "1.0.0"}), "90261", "cannot be understood", 1),
        (Says(200, {"action": "Continue"}), "90261", "cannot be understood", 1),
        (goes_on(version=1), "90261", "cannot be understood", 1),
        (goes_on(action="continue"), "90261", "cannot be understood", 1),
        (goes_on(action=["Continue"]), "90261", "cannot be understood", 1),
        (goes_on(city="x" * 129), "90261", "cannot be understood", 1),
        (goes_on(city=["Wien"]), "90261", "cannot be understood", 1),
        (goes_on(city="a\nb"), "90261", "cannot be understood", 1),
        (goes_on(extension_Shoes="many"), "90261", "cannot be understood", 1),
        (goes_on(extension_Shoes=2**63), "90261", "cannot be understood", 1),
        (goes_on(extension_Shoes=4.5), "90261", "cannot be understood", 1),
        (goes_on(extension_Member="maybe"), "90261", "cannot be understood", 1),
        (goes_on(extension_Colours=[1]), "90261", "cannot be understood", 1),
        (goes_on(extension_Born="soon"), "90261", "cannot be understood", 1),
        (goes_on(hobby="x" * (LIMIT + 1)), "90261", "cannot be understood", 1),
        (Says(act="close"), "90075", "could not be reached", 2),
        (Says(200, CONTINUE, act="break"), "90075", "could not be reached", 2),
        (Says(act="hang"), "90075", "did not answer in time", 2),
        (Says(200, CONTINUE, act="drip"), "90075", "did not answer in time", 2),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, Says) else None,
)
async def test_an_answer_that_does_not_count_ends_in_a_failure(
    caller: Caller, server: Connector, said: Says, code: str, told: str, calls: int
) -> None:
    server.told(said, said)
    if said.act in {"hang", "drip"}:
        caller.hurried()
    failure = await caller.ask()
    assert isinstance(failure, ConnectorFailed)
    assert failure.code == code
    assert told in failure.reason
    assert "'Approval'" in failure.reason
    assert len(server.heard) == calls
    (kept,) = caller.kept
    assert kept.values["verdict"] == "failed"
    assert kept.values["notes"]


@pytest.mark.parametrize(
    ("said", "step", "action", "result"),
    [
        (blocks(), BEFORE_CREATING, "signUp", "blocked"),
        (Says(500, {}), BEFORE_CREATING, "signUp", "connectorFailed"),
        (Says(500, {}), BEFORE_TOKENS, "signIn", "connectorFailed"),
    ],
)
async def test_what_a_connector_prevents_is_audited(
    caller: Caller, server: Connector, said: Says, step: str, action: str, result: str
) -> None:
    server.told(said)
    known = {row["id"] for row in await caller.stage.rows("audit")}
    user = "someone" if step == BEFORE_TOKENS else ""
    await caller.ask(step=step, user=user)
    (row,) = [row for row in await caller.stage.rows("audit") if row["id"] not in known]
    assert (row["action"], row["result"], row["actor"]) == (action, result, user)
    assert row["target"] == caller.stored.id


@pytest.mark.parametrize("said", [blocks(), objects()], ids=["blocks", "objects"])
async def test_before_tokens_a_connector_may_only_go_on(
    caller: Caller, server: Connector, said: Says
) -> None:
    server.told(said)
    failure = await caller.ask(step=BEFORE_TOKENS)
    assert (failure.code, len(server.heard)) == ("90261", 1)
    assert caller.kept[-1].values["notes"][0]["kind"] == "action_refused"


async def test_after_federation_nothing_was_typed_that_could_be_refused(
    caller: Caller, server: Connector
) -> None:
    server.told(objects(), blocks("No."))
    assert (await caller.ask(step="postFederationSignup")).code == "90261"
    assert await caller.ask(step="postFederationSignup") == Blocked("No.")


# --------------------------------------------------------------------------- tries


async def test_the_second_try_is_the_same_question(caller: Caller, server: Connector) -> None:
    server.told(Says(act="close"), goes_on(city="Wien"))
    assert await caller.ask({"email": "a"}) == Continued({"city": "Wien"})
    first, second = server.heard
    assert first.headers["client-request-id"] == second.headers["client-request-id"]
    assert first.body == second.body
    assert [note["kind"] for note in caller.kept[-1].values["notes"]] == ["retried"]
    await caller.ask()
    assert server.heard[2].headers["client-request-id"] != first.headers["client-request-id"]


async def test_a_question_that_is_asked_again_after_a_crash_has_the_same_number(
    caller: Caller, server: Connector
) -> None:
    for _ in range(2):
        await caller.ask(turn=7)
    assert len({heard.headers["client-request-id"] for heard in server.heard}) == 1


async def test_nobody_is_asked_at_a_forbidden_address(caller: Caller, server: Connector) -> None:
    tools = caller.stage.tools
    strict = Outgoing(Egress(), ssl.create_default_context())
    caller.stage.tools = replace(tools, outgoing=strict)
    failure = await caller.ask()
    assert (failure.code, failure.text) == ("90075", "connector.unreachable")
    assert server.heard == []


async def test_a_connector_that_was_removed_meanwhile(caller: Caller, server: Connector) -> None:
    effect = CallConnector("gone", BEFORE_CREATING, {}, {})
    failure = await caller.stage.perform(effect)
    assert isinstance(failure, ConnectorFailed)
    assert (failure.code, server.heard) == ("90075", [])


# --------------------------------------------------------------------------- the breaker


async def test_a_connector_that_keeps_failing_is_left_alone_for_a_while(
    caller: Caller, server: Connector
) -> None:
    world = caller.stage.world
    server.told(*[Says(500, {})] * (FAILURES + 1))
    for _ in range(FAILURES):
        assert (await caller.ask()).text == "connector.http"
    assert (await caller.ask()).text == "connector.paused"
    assert len(server.heard) == FAILURES
    assert caller.kept[-1].values["notes"] == [
        {"kind": "breaker_open", "name": f"{world.now() + PAUSE:%Y-%m-%dT%H:%M:%SZ}"}
    ]
    world.move(seconds=30)
    assert (await caller.ask()).text == "connector.http"  # half open: one tries
    assert (await caller.ask()).text == "connector.paused"
    world.move(seconds=30)
    assert await caller.ask() == Continued({})
    assert await caller.ask() == Continued({})


async def test_one_call_tries_while_others_wait(caller: Caller, server: Connector) -> None:
    server.told(*[Says(500, {})] * FAILURES)
    for _ in range(FAILURES):
        await caller.ask()
    caller.stage.world.move(seconds=30)
    results = await asyncio.gather(*(caller.ask() for _ in range(5)))
    assert [isinstance(one, Continued) for one in results].count(True) == 1
    assert len(server.heard) == FAILURES + 1


async def test_a_success_between_failures_keeps_it_closed(
    caller: Caller, server: Connector
) -> None:
    server.told(*[Says(500, {})] * (FAILURES - 1), goes_on(), *[Says(500, {})] * (FAILURES - 1))
    for _ in range(2 * FAILURES - 1):
        await caller.ask()
    assert await caller.ask() == Continued({})


async def test_a_connector_that_was_mended_is_asked_at_once(
    caller: Caller, server: Connector
) -> None:
    server.told(*[Says(500, {})] * FAILURES)
    for _ in range(FAILURES):
        await caller.ask()
    caller.configured(target_url=f"{server.url}/mended")
    assert await caller.ask() == Continued({})


async def test_a_line_is_kept_while_it_is_among_the_last_used(caller: Caller) -> None:
    tools = caller.stage.tools
    lines, outgoing = tools.lines, tools.outgoing
    kept, dropped = (replace(caller.stored, id=id) for id in ("kept", "dropped"))
    before = [lines.line("tenant", one, outgoing) for one in (kept, dropped)]
    for number in range(MOST - 1):
        lines.line("tenant", replace(caller.stored, id=str(number)), outgoing)
        assert lines.line("tenant", kept, outgoing) is before[0]
    assert lines.line("tenant", dropped, outgoing) is not before[1]
    assert lines.line("another", kept, outgoing) is not before[0]


async def test_calls_that_hang_do_not_take_every_connection(
    caller: Caller, server: Connector
) -> None:
    caller.hurried()
    server.told(*[Says(act="hang")] * (2 * AT_ONCE))
    results = await asyncio.gather(*(caller.ask() for _ in range(AT_ONCE + 5)))
    assert [one.text for one in results].count("connector.paused") == 5
    notes = [kept.values["notes"] for kept in caller.kept]
    assert notes.count([{"kind": "busy", "name": ""}]) == 5


# --------------------------------------------------------------------------- certificates


def certificate(of: Credentials, **dates: int) -> ClientCertificate:
    known = {"not_before": 0, "not_after": 2**33, **dates}
    return ClientCertificate(of.pkcs12, of.password, of.thumbprint, **known)


async def test_a_client_certificate_proves_us(
    caller: Caller, checking: Connector, files: Files
) -> None:
    checking.told()
    caller.configured(
        target_url=checking.url,
        username="",
        password="",
        certificates=(
            certificate(files.other),
            certificate(files.client),
            certificate(files.other, not_after=1),
        ),
    )
    before = checking.connections
    for _ in range(2):
        assert await caller.ask() == Continued({})
    assert {heard.thumbprint for heard in checking.heard} == {files.client.thumbprint}
    assert "authorization" not in checking.heard[0].headers
    assert checking.connections - before == 1


async def test_another_certificate_is_shown_once_it_is_uploaded(
    caller: Caller, checking: Connector, files: Files
) -> None:
    checking.told()
    caller.configured(target_url=checking.url, certificates=(certificate(files.client),))
    assert await caller.ask() == Continued({})
    caller.configured(certificates=(certificate(files.client), certificate(files.other)))
    failure = await caller.ask()
    assert (failure.code, len(checking.heard)) == ("90075", 1)
    caller.configured(certificates=(certificate(files.other), certificate(files.client)))
    assert await caller.ask() == Continued({})


@pytest.mark.parametrize(
    "broken",
    [{"not_after": 1}, {"not_before": 2**33}, {"password": "wrong"}, {"pkcs12": "AAAA"}],
    ids=["expired", "not yet valid", "password", "no PKCS#12"],
)
async def test_a_certificate_that_cannot_be_shown(
    caller: Caller, checking: Connector, files: Files, broken: dict[str, Any]
) -> None:
    checking.told()
    shown = replace(certificate(files.client), **broken)
    caller.configured(target_url=checking.url, certificates=(shown,))
    failure = await caller.ask()
    assert (failure.code, failure.text) == ("90028", "connector.certificate")
    assert checking.heard == []
    assert caller.kept[-1].values["notes"][0]["kind"] == "own_certificate"


async def test_a_private_key_is_on_no_disk(
    caller: Caller, checking: Connector, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.NamedTemporaryFile", None)
    checking.told()
    caller.configured(target_url=checking.url, certificates=(certificate(files.client),))
    assert await caller.ask() == Continued({})


async def test_a_system_without_memory_files_has_one_for_a_moment(
    caller: Caller, checking: Connector, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("os.memfd_create")
    checking.told()
    caller.configured(target_url=checking.url, certificates=(certificate(files.client),))
    assert await caller.ask() == Continued({})


async def test_a_connector_whose_own_certificate_nobody_vouches_for_is_not_asked(
    caller: Caller, server: Connector
) -> None:
    caller.stage.tools = replace(
        caller.stage.tools, outgoing=Outgoing(Egress(loopback=True), ssl.create_default_context())
    )
    failure = await caller.ask()
    assert (failure.code, server.heard) == ("90075", [])
