"""Whatever anybody sends in whatever order: no password without its proof, no account without its
address, no token without every step.

Two browsers with three tabs each walk through every type of flow at once. They do what people do,
and what attackers do: steps left out, repeated, in another tab, another browser, another flow, with
another address, too late. After each request the store is compared with what has been proven.
Source: security.md T20; CVE-2026-18963 is what this would have found.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from anyorder.acts import HOST, LINKS, NEW, Page, changed
from anyorder.book import SIGN_IN, Book
from anyorder.browser import CSRF, SESSION, Answer, Browser, Sent
from anyorder.check import Check, Shown
from anyorder.choices import (
    ACTIONS,
    AHEAD,
    ANY_FLOW,
    BOB,
    CHANGES,
    CODES,
    DIALECTS,
    EVENTS,
    FAY,
    FIELDS,
    FLOW,
    NINA,
    OLD,
    ROPC,
    TABS,
    TWISTS,
    WAITS,
    WHO,
    WISHES,
)
from anyorder.entries import Person, Trip
from anyorder.town import FLOWS, NOON, Town, town
from oidc.contoso import SECRET, WEB, WEB_URI
from oidc.endpoint import VERIFIER
from oidc.house import PHONE
from vestibule.oidc.pkce import s256


class Steps(RuleBasedStateMachine):
    """See the module."""

    def __init__(self, place: Town, happened: Counter[str]) -> None:
        super().__init__()
        self.town, self.happened = place, happened

    @initialize(hide=st.booleans())
    def move_in(self, *, hide: bool) -> None:
        """The server hides which accounts exist, or it does not."""
        self.town.begin()
        self.happened["sequence"] += 1
        book = Book(NOON)
        for id, name in ((BOB, "bob"), (FAY, "fay"), (NINA, "nina")):
            mail, by_name = f"{name}@{HOST}", name == "nina"
            signs_in = name if by_name else mail
            kind = "userName" if by_name else "emailAddress"
            self.town.settle(id, kind, signs_in, [mail] if by_name else [], OLD[name])
            book.people[id] = Person(id, signs_in, mail, OLD[name])
        browsers = (Browser(), Browser())
        self.check = Check(self.town, book, browsers, hide, self.happened)
        self.check.administer(book.people[FAY], enabled=True, must_change=True)
        self.book = book
        self.tabs: dict[int, str] = {}  # tab → the journey in it
        self.history: list[tuple[Sent, int]] = []
        self.codes: list[str] = []
        self.cookies: list[tuple[str, str]] = []

    # ------------------------------------------------------------------ what people do

    @rule(tab=TABS, flow=FLOW, who=WHO, wish=WISHES, steps=st.sampled_from((8, 4, 3, 2, 2, 1)),
          prompt=st.sampled_from(("", "", "login", "none")),
          kind=st.sampled_from(("code", "code", "code id_token", "id_token")))  # fmt: skip
    def visit(
        self, tab: int, flow: str, who: str, wish: str, steps: int, prompt: str, kind: str
    ) -> None:
        """An application sends the browser here, and the person takes some steps."""
        query = {
            "client_id": WEB,
            "redirect_uri": WEB_URI,
            "response_type": kind,
            "scope": "openid offline_access",
            "nonce": "n",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
            **({"prompt": prompt} if prompt else {}),
            **({"response_mode": "fragment"} if kind != "code" else {}),
        }
        before = set(self.book.trips)
        self._send(Sent("GET", flow, "oauth2/v2.0/authorize", query), tab // 3)
        if new := set(self.book.trips) - before:
            self.tabs[tab] = new.pop()
            self._walk(tab, who, wish, steps)

    @precondition(lambda self: self.tabs)
    @rule(tab=TABS, who=WHO, wish=WISHES, steps=st.sampled_from((3, 2, 1)))
    def go_on(self, tab: int, who: str, wish: str, steps: int) -> None:
        """The person goes on in an open tab, perhaps as somebody else."""
        self._walk(self._tab(tab), who, wish, steps)

    def _walk(self, tab: int, who: str, wish: str, steps: int) -> None:
        for _ in range(steps):
            page = self._page(tab)
            if page is None:
                return
            self._send(page.sensible(self.book, who, wish), page.trip.browser)

    # ------------------------------------------------------------------ what attackers do

    @precondition(lambda self: self.tabs)
    @rule(tab=TABS, action=ACTIONS, fields=FIELDS, code=CODES, dialect=DIALECTS, twist=TWISTS,
          scripted=st.booleans(), flow=ANY_FLOW)  # fmt: skip
    def act(
        self, tab: int, action: str, fields: dict[str, str], code: str, dialect: str, twist: str,
        *, scripted: bool, flow: str,
    ) -> None:  # fmt: skip
        """Anything at all is sent, with or without the page for it."""
        trip = self.book.trips[self.tabs[self._tab(tab)]]
        page = self._page(tab) or Page(trip, Shown("", "0", {}), "")
        if action in LINKS and not scripted:
            sent = page.link(action)
        else:
            more = {"code": self._code(page, code)} if action == "verify_code" else {}
            sent = page.spoken(action, {**fields, **more}, dialect)
        self._twisted(replace(sent, scripted=scripted), trip, twist, flow)

    @precondition(lambda self: self.tabs)
    @rule(tab=TABS, who=WHO, wish=WISHES, ahead=AHEAD, changes=CHANGES, code=CODES, twist=TWISTS,
          flow=ANY_FLOW, scripted=st.booleans())  # fmt: skip
    def tamper(
        self, tab: int, who: str, wish: str, ahead: str, changes: dict[str, str], code: str,
        twist: str, flow: str, *, scripted: bool,
    ) -> None:  # fmt: skip
        """The next step but for a part of it, or a later one."""
        page = self._page(self._tab(tab))
        if page is None:
            return
        sent = page.ahead(ahead, who) if ahead else page.sensible(self.book, who, wish)
        if "code" in sent.form:
            changes = {**changes, "code": self._code(page, code)}
        form = {name: changes.get(name, value) for name, value in sent.form.items()}
        self._twisted(replace(sent, form=form, scripted=scripted), page.trip, twist, flow)

    @precondition(lambda self: self.history)
    @rule(back=st.integers(1, 20), other=st.booleans(), twist=TWISTS, flow=ANY_FLOW)
    def repeat(self, back: int, *, other: bool, twist: str, flow: str) -> None:
        """An earlier request comes again, perhaps from the other browser."""
        sent, browser = self.history[-min(back, len(self.history))]
        browser = 1 - browser if other else browser
        if twist == "flow":
            sent = replace(sent, flow=flow)
        elif twist == "journey" and sent.tx and self.tabs:
            sent = replace(sent, query={**sent.query, "tx": self.tabs[self._tab(back)]})
        elif twist == "foreign token" and "csrf_token" in sent.form:
            token = self.check.browsers[browser].cookies.get(CSRF, "")
            sent = replace(sent, form={**sent.form, "csrf_token": token})
        self._send(sent, browser)

    def _twisted(self, sent: Sent, trip: Trip, twist: str, flow: str) -> None:
        browser = trip.browser
        other = self.check.browsers[1 - browser].cookies.get(CSRF, "")
        match twist:
            case "browser":  # with the page's transaction and the other browser's own token
                sent, browser = changed(sent, "csrf_token", other), 1 - browser
            case "flow":
                sent = replace(sent, flow=flow)
            case "journey":
                sent = replace(sent, query={**sent.query, "tx": self.tabs[self._tab(len(flow))]})
            case "forged":
                sent = changed(sent, "csrf_token", "")
            case "foreign token":
                sent = changed(sent, "csrf_token", other)
            case "earlier":
                turn = {**sent.query, **sent.form}.get("turn", "0")
                sent = changed(sent, "turn", str(max(0, int(turn) - 1)))
            case "no turn":
                sent = changed(sent, "turn", "")
        self._send(sent, browser)

    # ------------------------------------------------------------------ what else happens

    @precondition(lambda self: self.codes)
    @rule(index=st.integers(0, 9), flow=st.none() | st.none() | ANY_FLOW,
          verifier=st.sampled_from((VERIFIER, VERIFIER, VERIFIER, "w" * 43)))  # fmt: skip
    def redeem(self, index: int, flow: str | None, verifier: str) -> None:
        """The application redeems a code, or the refresh token that it got for it."""
        codes = [*self.codes, *self.book.refreshes]
        secret = codes[-1 - index % len(codes)]
        grant = self.book.grants.get(secret) or self.book.refreshes[secret]
        form = {"client_id": WEB, "client_secret": SECRET}
        if secret in self.book.grants:
            form |= {"grant_type": "authorization_code", "code": secret}
            form |= {"redirect_uri": WEB_URI, "code_verifier": verifier}
        else:
            form |= {"grant_type": "refresh_token", "refresh_token": secret}
        if grant.flow == ROPC:
            form = {**form, "client_id": PHONE, "client_secret": ""}
        self._send(Sent("POST", flow or grant.flow, "oauth2/v2.0/token", form=form), 0)

    @rule(what=EVENTS, seconds=WAITS, flow=FLOW, index=st.integers(0, 11), yes=st.booleans(),
          too=st.booleans())  # fmt: skip
    def meanwhile(
        self, what: str, seconds: int, flow: str, index: int, *, yes: bool, too: bool
    ) -> None:
        """Time passes; an administrator changes an account; somebody signs out; a browser holds
        the cookie of a session again that it, or the other one, once had."""
        people = list(self.book.people.values())
        match what:
            case "wait":
                self.town.world.at += timedelta(seconds=seconds)
            case "administer":
                person = people[index % len(people)]
                self.check.administer(person, enabled=yes, must_change=too)
            case "sign out":
                self._send(Sent("GET", flow, "oauth2/v2.0/logout"), index % 2)
            case "put back" if self.cookies:
                name, value = self.cookies[-1 - index % len(self.cookies)]
                self.check.browsers[index % 2].cookies[name] = value
            case "pass on":
                person = people[index % len(people)]
                password = person.password if yes else NEW[0]
                self._pass_on(person.name, password, ROPC if too or yes else flow)

    def _pass_on(self, name: str, password: str, flow: str) -> None:
        """An application sends a name and a password itself."""
        form = {
            "grant_type": "password",
            "client_id": PHONE,
            "username": name,
            "password": password,
            "scope": "openid offline_access",
            "response_type": "id_token",
        }
        self._send(Sent("POST", flow, "oauth2/v2.0/token", form=form), 0)

    # ------------------------------------------------------------------ requests

    def _send(self, sent: Sent, browser: int) -> Answer:
        self.history = [*self.history[-19:], (sent, browser)]
        answer = self.check.send(sent, browser)
        self.codes += filter(None, [answer.told.get("code")])
        self.cookies += [
            (name, value)
            for name, value in answer.cookies.items()
            if name.startswith(SESSION) and value
        ]
        return answer

    def _tab(self, tab: int) -> int:
        """This tab, or rather one whose journey goes on."""
        going = [one for one, tx in self.tabs.items() if not self.book.trips[tx].ended]
        tabs = sorted(going or self.tabs)
        return tab if tab in tabs else tabs[tab % len(tabs)]

    def _page(self, tab: int) -> Page | None:
        """What stands in a tab; None when its journey is over."""
        trip = self.book.trips[self.tabs[self._tab(tab)]]
        shown = self.check.shown(trip.tx)
        token = self.check.browsers[trip.browser].cookies.get(CSRF, "")
        return Page(trip, shown, token) if shown else None

    def _code(self, page: Page, kind: str) -> str:
        """The code last mailed in this journey, the first or last one of all, or another text."""
        mailed = page.trip.mailed.get(page.shown.page)
        rows = sorted(self.town.rows("message"), key=lambda row: row["created"])
        codes = [str(row["code"]) for row in rows if row["code"]]
        match kind:
            case "mailed" if mailed:
                return mailed.code
            case "first" | "last" if codes:
                return codes[0 if kind == "first" else -1]
        return kind


# --------------------------------------------------------------------------- the tests


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town"), tuple(OLD.values())) as place:
        yield place


REACHED = (
    "code mailed",
    "signed up",
    "signed up by user name",
    "reset in passwordReset",
    "reset in signUpOrSignIn",
    "forced change in signIn",
    "profile edited",
    "signed out",
    "tokens by code",
    "tokens by refresh",
    "tokens by password",
    "code replayed",
    "finished B2C_1_susi by session",
    *(f"finished {name}" for name in FLOWS if name != ROPC),
)
WALKS = int(os.environ.get("WALKS", "50000"))
USUAL = settings(
    database=None,
    deadline=None,
    derandomize=True,
    max_examples=500,
    stateful_step_count=16,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)


def walked(place: Town, how: settings) -> Counter[str]:
    """What went well on all these walks."""
    happened: Counter[str] = Counter()

    def steps() -> Steps:
        return Steps(place, happened)

    run_state_machine_as_test(cast("Any", steps), settings=how)
    return happened


def test_nothing_happens_without_its_proof(place: Town) -> None:
    """And the walks get far enough to mean something."""
    happened = walked(place, USUAL)
    assert not [name for name in REACHED if not happened[name]], happened


@pytest.mark.parametrize(
    ("flow", "then"),
    [("B2C_1_profile", SIGN_IN), ("B2C_1_in", "Finish")],
    ids=["a page of the profile", "the way back to the application"],
)
def test_what_the_old_password_opened_is_shut_by_the_new_one(
    place: Town, flow: str, then: str
) -> None:
    """Found by such walks: both once went on as if nothing had happened."""
    happened: Counter[str] = Counter()
    steps = Steps(place, happened)
    steps.move_in(hide=False)
    steps.visit(0, flow, "bob", "signin", 1, "", "code")
    steps.visit(3, "B2C_1_reset", "bob", "signin", 5, "", "code")
    assert happened["reset in passwordReset"] == 1
    steps.go_on(0, "bob", "signin", 1)
    assert not happened["profile edited"]
    assert not happened[f"finished {flow}"]
    shown = steps.check.shown(steps.tabs[0])
    assert shown is not None
    assert shown.page == then


@pytest.mark.parametrize(
    ("later_s", "revoked"), [(86_400, True), (86_400 + 600, False)], ids=["within", "after"]
)
def test_a_replayed_code_is_known_for_a_day_after_its_end(
    place: Town, later_s: int, *, revoked: bool
) -> None:
    """Then it is a code like any that was never given, and takes nothing with it."""
    happened: Counter[str] = Counter()
    steps = Steps(place, happened)
    steps.move_in(hide=False)
    steps.visit(0, "B2C_1_susi", "bob", "signin", 8, "", "code")
    steps.redeem(0, None, VERIFIER)
    steps.meanwhile("wait", later_s, "B2C_1_susi", 0, yes=False, too=False)
    for index in (1, 0):  # the code again, then the refresh token
        steps.redeem(index, None, VERIFIER)
    assert happened["tokens by code"] == 1
    assert happened["tokens by refresh"] == (not revoked)


@pytest.mark.soak
def test_nothing_happens_without_its_proof_in_many_more_walks(place: Town) -> None:
    """Other ones each time; the one that fails is told as code. By the thousand, because
    Hypothesis remembers every walk of a run."""
    for begun in range(0, WALKS, 1000):
        many = settings(
            USUAL,
            derandomize=False,
            max_examples=min(1000, WALKS - begun),
            stateful_step_count=24,
        )
        walked(place, many)
        print(f"{min(begun + 1000, WALKS)} of {WALKS} walks", flush=True)  # noqa: T201
