"""Of a crowd that wants the same thing exactly one gets it; on SQLite, and on two processes with
PostgreSQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import urljoin
from uuid import uuid4

import httpx2
import pytest

from live import Live
from people import look, sign_in
from server.sites import (
    PASSWORD,
    SUSI,
    Guesser,
    Site,
    at_once,
    begin_sign_up,
    code_of,
    of_development,
    pressed,
    sign_up,
    verify,
)

CROWD = 16
ROUNDS = 12
SECRET_ROUNDS = 25  # of what must never be good twice, over two processes
SOAK_ROUNDS = 500
FLOWS = "/beta/identity/b2cUserFlows"
ONE_OF_ALL = Counter({200: 1, 400: CROWD - 1})


def someone() -> str:
    return f"ada-{uuid4().hex[:12]}@contoso.example"


def shared(site: Site, rounds: int) -> int:
    """All rounds where two processes share a database; a third of them in one process."""
    return rounds if len(site.bases) > 1 else rounds // 3


def statuses(answers: list[httpx2.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def errors(answers: list[httpx2.Response]) -> set[str]:
    return {answer.json()["error"] for answer in answers if answer.status_code != 200}


@pytest.fixture(scope="module")
def signed_in(site: Site) -> Iterator[httpx2.Client]:
    """Ada's browser, with a session."""
    with site.http() as browser:
        sign_up(site, browser, someone())
        yield browser


# --------------------------------------------------------------------------- one round of each


def create_one_flow(site: Site, graph: httpx2.Client) -> None:
    name = f"race{uuid4().hex[:10]}"
    headers = {"authorization": graph.headers["authorization"]}

    async def create(client: httpx2.AsyncClient, _number: int) -> httpx2.Response:
        return await client.post(FLOWS, json={**SUSI, "id": name}, headers=headers)

    answers = at_once(site, CROWD, create)
    assert statuses(answers) == {201: 1, 409: CROWD - 1}
    listed = graph.get(FLOWS, params={"$filter": f"id eq 'B2C_1_{name}'"}).json()["value"]
    assert len(listed) == 1


def change_one_version(site: Site, graph: httpx2.Client) -> None:
    made = graph.post(FLOWS, json={**SUSI, "id": f"race{uuid4().hex[:10]}"})
    flow, bearer = made.headers["location"], graph.headers["authorization"]
    headers = {"authorization": bearer, "if-match": made.headers["etag"]}
    path = flow[flow.index(FLOWS) :]

    async def change(client: httpx2.AsyncClient, number: int) -> httpx2.Response:
        body = {"defaultLanguageTag": f"en-{number + 10}"}
        return await client.patch(path, json=body, headers=headers)

    answers = at_once(site, CROWD, change)
    assert statuses(answers) == {204: 1, 412: CROWD - 1}
    winner = next(at for at, answer in enumerate(answers) if answer.status_code == 204)
    now = graph.get(path)
    assert now.json()["defaultLanguageTag"] == f"en-{winner + 10}"
    assert now.headers["etag"] != made.headers["etag"]


def send_all(site: Site, form: dict[str, str]) -> list[httpx2.Response]:
    async def post(client: httpx2.AsyncClient, _number: int) -> httpx2.Response:
        return await client.post(site.address(), data=form)

    return at_once(site, CROWD, post)


def redeem_one_code(site: Site, browser: httpx2.Client) -> None:
    answers = send_all(site, site.redemption(site.silent_code(browser)))
    assert statuses(answers) == ONE_OF_ALL
    assert errors(answers) == {"invalid_grant"}
    won = next(answer.json() for answer in answers if answer.status_code == 200)
    revoked = site.refresh(won["refresh_token"])
    assert revoked.status_code == 400  # the losers were replays: nothing of it is worth anything


def use_one_refresh_token(site: Site, browser: httpx2.Client) -> None:
    token = site.tokens(browser)["refresh_token"]
    answers = send_all(site, site.refreshment(token))
    assert statuses(answers) == ONE_OF_ALL
    assert errors(answers) == {"invalid_grant"}
    won = next(answer.json() for answer in answers if answer.status_code == 200)
    assert (
        site.refresh(won["refresh_token"]).status_code == 200
    )  # a race against itself is no theft


def present_one_email_code(site: Site) -> None:
    address = someone()
    with site.http() as browser:
        page = begin_sign_up(site, browser, address)
        form = page.form
        control = form.action.replace(
            "/SelfAsserted?",
            "/SelfAsserted/DisplayControlAction/vbeta/emailVerificationControl/VerifyCode?",
        )
        path = control.split("/", 3)[3]
        fields = {"email": address, "verificationCode": site.code_for(address)}
        headers = {
            "x-requested-with": "XMLHttpRequest",
            "x-csrf-token": form.fields["csrf_token"],
        }

        async def check(client: httpx2.AsyncClient, _number: int) -> httpx2.Response:
            return await client.post(f"/{path}", data=fields, headers=headers)

        answers = at_once(site, CROWD, check, cookies=dict(browser.cookies))
        assert statuses(answers) == {200: CROWD}
        verdicts = {answer.json()["status"] for answer in answers}
        assert "200" in verdicts  # also told to whoever finds the journey already moved by it
        late = browser.post(f"/{path}", data=fields, headers=headers).json()
        assert late["status"] == "400", late


def guess_one_password_at_the_limit(site: Site, crowd: list[Guesser]) -> None:
    """Nine wrong passwords, then the crowd: one more is judged, also of an account that is none."""
    name = someone()

    async def guess(client: httpx2.AsyncClient, number: int) -> httpx2.Response:
        return await crowd[number].guess(client, name, uuid4().hex)

    before = at_once(site, 9, guess)
    assert [answer.json()["errorCode"] for answer in before].count("AADB2C90114") == 0
    verdicts = Counter(answer.json()["errorCode"] for answer in at_once(site, CROWD, guess))
    assert verdicts["AADB2C90114"] == CROWD - 1, verdicts


# --------------------------------------------------------------------------- rounds


@pytest.fixture(scope="module")
def crowd(site: Site) -> list[Guesser]:
    return [Guesser.at(site, site.authorize()) for _ in range(CROWD)]


@pytest.mark.parametrize("rounds", [3, pytest.param(SOAK_ROUNDS, marks=pytest.mark.soak)])
def test_of_guesses_at_the_limit_exactly_one_is_judged(
    site: Site, crowd: list[Guesser], rounds: int
) -> None:
    for _ in range(rounds):
        guess_one_password_at_the_limit(site, crowd)


@pytest.mark.parametrize("rounds", [ROUNDS, pytest.param(SOAK_ROUNDS, marks=pytest.mark.soak)])
def test_of_concurrent_creates_of_one_id_exactly_one_wins(site: Site, rounds: int) -> None:
    with site.graph() as graph:
        for _ in range(rounds):
            create_one_flow(site, graph)


def test_of_concurrent_changes_of_one_version_exactly_one_wins(site: Site) -> None:
    with site.graph() as graph:
        for _ in range(3):
            change_one_version(site, graph)


@pytest.mark.parametrize(
    "rounds", [SECRET_ROUNDS, pytest.param(SOAK_ROUNDS, marks=pytest.mark.soak)]
)
def test_one_authorization_code_is_redeemed_once(
    site: Site, signed_in: httpx2.Client, rounds: int
) -> None:
    for _ in range(shared(site, rounds)):
        redeem_one_code(site, signed_in)


@pytest.mark.parametrize(
    "rounds", [SECRET_ROUNDS, pytest.param(SOAK_ROUNDS, marks=pytest.mark.soak)]
)
def test_one_refresh_token_is_used_once(site: Site, signed_in: httpx2.Client, rounds: int) -> None:
    for _ in range(shared(site, rounds)):
        use_one_refresh_token(site, signed_in)


@pytest.mark.parametrize(
    "rounds", [SECRET_ROUNDS, pytest.param(SOAK_ROUNDS, marks=pytest.mark.soak)]
)
def test_one_email_code_is_right_once(site: Site, rounds: int) -> None:
    for _ in range(shared(site, rounds)):
        present_one_email_code(site)


def test_a_button_pressed_by_everybody_makes_one_account(site: Site) -> None:
    address = someone()
    with site.http() as browser:
        page = verify(site, browser, begin_sign_up(site, browser, address), address)
        form = page.form
        path = urljoin(page.url, form.action).split("/", 3)[3]
        fields = {
            **form.fields,
            "email": address,
            "newPassword": PASSWORD,
            "reenterPassword": PASSWORD,
            "action": "create",
        }

        async def create(client: httpx2.AsyncClient, _number: int) -> httpx2.Response:
            return await client.post(f"/{path}", data=fields)

        at_once(site, CROWD, create, cookies=dict(browser.cookies))
        way_on = path.replace("SelfAsserted", "api/CombinedSigninAndSignup/confirmed")
        way_on += f"&csrf_token={form.fields['csrf_token']}"

        async def finish(client: httpx2.AsyncClient, _number: int) -> httpx2.Response:
            return await client.get(f"/{way_on}")

        ends = at_once(site, CROWD, finish, cookies=dict(browser.cookies))
    assert statuses(ends)[302] == 1, statuses(ends)
    with site.http() as browser:
        assert code_of(sign_in(browser, site.authorize(), address, PASSWORD))


# --------------------------------------------------------------------------- replays and time


def advance(graph: httpx2.Client, seconds: int) -> None:
    moved = graph.post("/vestibule/v1/clock", json={"advanceSeconds": seconds})
    assert moved.status_code == 200, moved.text


@pytest.fixture
def clock(live: Live) -> Iterator[Callable[[int], None]]:
    """Advance the server's clock; it is put right again afterwards."""
    with live.graph() as graph:
        yield lambda seconds: advance(graph, seconds)
        assert graph.post("/vestibule/v1/clock", json={"reset": True}).status_code == 200


@pytest.mark.parametrize(
    ("later_s", "alive"), [(9, True), (11, False)], ids=["within ten seconds", "later"]
)
def test_a_refresh_token_used_again(
    live: Live, clock: Callable[[int], None], *, later_s: int, alive: bool
) -> None:
    site = of_development(live)
    with site.http() as browser:
        sign_up(site, browser, someone())
        first = site.tokens(browser)["refresh_token"]
    second = site.refresh(first).json()["refresh_token"]
    clock(later_s)
    again = site.refresh(first)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert (site.refresh(second).status_code == 200) is alive


def test_a_code_used_again_revokes_what_it_gave(site: Site, signed_in: httpx2.Client) -> None:
    code = site.silent_code(signed_in)
    first = site.redeem(code).json()["refresh_token"]
    second = site.refresh(first).json()["refresh_token"]
    replay = site.redeem(code)
    assert (replay.status_code, replay.json()["error"]) == (400, "invalid_grant")
    assert site.refresh(second).status_code == 400


def test_a_code_of_one_process_is_known_to_the_other(
    contoso: Site, production_browser: httpx2.Client
) -> None:
    """Presented to the other process it works once, and not again where it was made."""
    code = contoso.silent_code(production_browser)
    with contoso.http(contoso.bases[1]) as other:
        assert other.post(contoso.address(), data=contoso.redemption(code)).status_code == 200
    assert contoso.redeem(code).status_code == 400


@pytest.fixture
def production_browser(contoso: Site) -> Iterator[httpx2.Client]:
    with contoso.http() as browser:
        sign_up(contoso, browser, someone())
        yield browser


def test_a_family_that_is_revoked_while_it_is_refreshed_is_gone(
    site: Site, signed_in: httpx2.Client
) -> None:
    """Once the successor of a token that was just being used survived the replay of the code."""
    for _ in range(ROUNDS):
        code = site.silent_code(signed_in)
        token = site.redeem(code).json()["refresh_token"]

        async def mixed(
            client: httpx2.AsyncClient, number: int, code: str = code, token: str = token
        ) -> httpx2.Response:
            form = site.refreshment(token) if number % 2 else site.redemption(code)
            return await client.post(site.address(), data=form)

        for answer in at_once(site, CROWD, mixed):
            if answer.status_code == 200:
                assert site.refresh(answer.json()["refresh_token"]).status_code == 400


def test_a_page_that_everybody_opens_at_once_stays_as_it_is(site: Site) -> None:
    with site.http() as browser:
        page = look(browser, site.authorize())
        path = page.form.action.split("/", 3)[3]
        path = path.replace("SelfAsserted", "api/CombinedSigninAndSignup/unified")

        async def open_it(client: httpx2.AsyncClient, _number: int) -> httpx2.Response:
            return await client.get(f"/{path}")

        answers = at_once(site, CROWD, open_it, cookies=dict(browser.cookies))
        assert statuses(answers) == {200: CROWD}
        assert pressed(browser, page, "signup").form.fields["turn"] == "1"
