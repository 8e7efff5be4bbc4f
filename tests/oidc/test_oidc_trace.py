"""Whole journeys and their traces: flow by flow, what is told, and nothing where it is off."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urljoin

import httpx2
import pytest

from oidc.contoso import API_READ, BOB, TID
from oidc.house import ADDRESS, PASSWORD, PHONE, House, asking, flow, follow, house, migrated, visit
from people import Page

pytestmark = pytest.mark.anyio
ANY, NEW = "Hunter2-Canary", "Correct-Horse-2"
FLOWS = (
    flow("susi"),
    flow("hides", selfServicePasswordReset=True),
    flow("reset", "passwordReset"),
    flow("edit", "profileUpdate"),
    flow("ropc", "resourceOwner", 1.0),
)


@pytest.fixture(scope="module")
async def at(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("trace")
    async with house(folder, await migrated(folder), FLOWS) as made:
        yield made


def correlation(text: str) -> str:
    found = re.search(r"CorrelationId: ([0-9a-f-]{36})|Correlation\+ID%3a\+([0-9a-f-]{36})", text)
    assert found, text[:300]
    return found[1] or found[2]


async def asked(at: House, path: str) -> Any:
    return await at.system.ask("GET", TID, f"/vestibule/v1/{path}")


async def code(at: House) -> str:
    messages = await asked(at, "messages?$orderby=createdDateTime desc&$top=1")
    return str(messages["value"][0]["code"])


async def walked(at: House, url: str, *presses: dict[str, str]) -> tuple[dict[str, Any], str]:
    """The trace after pressing these buttons, and everything that was typed."""
    async with at.browser() as browser:
        landed = await visit(browser, url)
        id = correlation(landed.text if isinstance(landed, Page) else landed)
        for fields in presses:
            assert isinstance(landed, Page), landed
            typed = {k: await code(at) if v == "CODE" else v for k, v in fields.items()}
            landed = await _pressed(browser, landed, typed)
    return await asked(at, f"traces/{id}"), id


async def _pressed(browser: httpx2.AsyncClient, page: Page, fields: dict[str, str]) -> Page | str:
    form = page.form
    data = {**form.fields, **fields}
    return await follow(browser, await browser.post(urljoin(page.url, form.action), data=data))


def told(trace: dict[str, Any]) -> list[str]:
    """Each entry in a word or two: "step: what came in → what it did (why)"."""
    return [
        f"{step['step']}: {step['result'] or step['action'] or step['given']}"
        f" → {step['page'] or step['effect'] or step['outcome']}"
        + (f" ({step['reason']})" if step["reason"] else "")
        for step in trace["steps"]
    ]


BEGUN = "sign_in_or_up: nothing → signuporsignin"
SIGNED_IN = [
    "sign_in_or_up: signin → CheckPassword",
    "sign_in_or_up: PasswordRight → next",
    "read_user: nothing → ReadUser",
    "read_user: UserRead → next",
]
PROVED = [
    "prove_address: nothing → localaccountpasswordreset",
    "prove_address: send_code → SendCode",
    "prove_address: CodeSent → localaccountpasswordreset",
    "prove_address: verify_code → CheckCode",
    "prove_address: CodeRight → localaccountpasswordreset",
    "prove_address: continue → next",
    "set_password: nothing → localaccountpasswordreset",
]
SIGN_IN = {"action": "signin", "signInName": ADDRESS[BOB], "password": PASSWORD}
PROVING = (
    {"action": "send_code", "email": ADDRESS[BOB]},
    {"action": "verify_code", "email": ADDRESS[BOB], "code": "CODE"},
    {"action": "continue"},
)
JOURNEYS: dict[str, tuple[str, tuple[dict[str, str], ...], str, list[str]]] = {
    "sign-in": (
        asking("B2C_1_susi"),
        (SIGN_IN,),
        "finished",
        [BEGUN, *SIGNED_IN, "finish: nothing → tokens"],
    ),
    "wrong password": (
        asking("B2C_1_susi"),
        ({**SIGN_IN, "password": ANY},),
        "waiting",
        [BEGUN, SIGNED_IN[0], "sign_in_or_up: PasswordWrong → signuporsignin (wrong)"],
    ),
    "nothing typed": (
        asking("B2C_1_susi"),
        ({"action": "signin"},),
        "waiting",
        [BEGUN, "sign_in_or_up: signin → signuporsignin"],
    ),
    "nobody to be silent about": (
        asking("B2C_1_susi", prompt="none"),
        (),
        "stopped",
        ["stay_silent: nothing → stop"],
    ),
    "cancelled": (
        asking("B2C_1_reset"),
        ({"action": "cancel"},),
        "stopped",
        [PROVED[0], "prove_address: cancel → stop"],
    ),
    "wrong code": (
        asking("B2C_1_reset"),
        (PROVING[0], {**PROVING[1], "code": "314159"}),
        "waiting",
        [*PROVED[:4], "prove_address: CodeWrong → localaccountpasswordreset (wrong)"],
    ),
    "profile": (
        asking("B2C_1_edit"),
        (SIGN_IN, {"action": "cancel"}),
        "stopped",
        [
            BEGUN,
            *SIGNED_IN,
            "edit_profile: nothing → selfasserted.profileupdate",
            "edit_profile: cancel → stop",
        ],
    ),
    "reset, with too common a password": (
        asking("B2C_1_reset"),
        (
            *PROVING,
            {"action": "continue", "newPassword": "Password1", "reenterPassword": "Password1"},
        ),
        "waiting",
        [
            *PROVED,
            "set_password: continue → HashPassword",
            "set_password: PasswordRefused → localaccountpasswordreset (common)",
        ],
    ),
}


@pytest.mark.parametrize("name", JOURNEYS)
async def test_a_journey_is_told_from_its_first_step_on(at: House, name: str) -> None:
    url, presses, state, steps = JOURNEYS[name]
    trace, _ = await walked(at, url, *presses)
    assert (trace["state"], told(trace)) == (state, steps)
    shown = str(trace)
    typed = {value for fields in presses for name, value in fields.items() if name != "action"}
    assert not [value for value in typed - {"", "CODE"} if value in shown]


async def test_mails_and_audit_rows_go_by_the_number_of_their_journey(at: House) -> None:
    _, id = await walked(at, asking("B2C_1_reset"), PROVING[0])
    [message] = (await asked(at, f"messages?$filter=journeyId eq '{id}'"))["value"]
    assert message["to"] == ADDRESS[BOB]
    _, id = await walked(at, asking("B2C_1_susi"), SIGN_IN)
    rows = (await asked(at, f"audit?$filter=correlationId eq '{id}'"))["value"]
    assert [(row["action"], row["result"]) for row in rows] == [("signIn", "success")]


async def test_a_password_grant_has_no_trace(at: House) -> None:
    """Its journey is over with the request; the audit row is what is left."""
    form = {
        "grant_type": "password",
        "client_id": PHONE,
        "scope": f"openid {API_READ}",
        "response_type": "token id_token",
        "username": ADDRESS[BOB],
        "password": ANY,
    }
    refused = (await at.post("B2C_1_ropc", "token", form)).json()
    assert refused["error"] == "access_denied", refused
    body = await asked(at, f"traces/{refused['correlation_id']}")
    assert body["error"]["message"]
    where = f"correlationId eq '{refused['correlation_id']}'"
    [row] = (await asked(at, f"audit?$filter={where}"))["value"]
    assert row["result"] == "wrong"


async def test_a_trace_ends_an_hour_after_its_journey_began(at: House) -> None:
    trace, id = await walked(at, asking("B2C_1_susi"), SIGN_IN)
    assert trace["startedDateTime"] < trace["expiresDateTime"]
    offset = at.system.world.offset
    at.later(minutes=59)
    assert (await asked(at, f"traces/{id}"))["correlationId"] == id
    at.later(minutes=2)
    assert "error" in await asked(at, f"traces/{id}")
    at.system.world.move(offset)


async def test_nothing_is_kept_where_it_is_off(tmp_path: Any) -> None:
    template = await migrated(tmp_path)
    async with house(tmp_path, template, FLOWS, settings={"trace": False}) as quiet:
        answer, id = await walked(quiet, asking("B2C_1_susi"), {**SIGN_IN, "password": ANY})
        assert answer["error"]["message"]
        tickets = await quiet.system.tickets.related("journey", TID, id, quiet.now)
        assert [ticket.body["trail"] for ticket in tickets] == [None]
        async with quiet.browser() as browser:
            page = await browser.get(asking("B2C_1_susi"))
        assert "/traces/" not in page.text, "A link that leads nowhere."
