"""Every request goes through here: what it did to the store, and what its answer is worth, is held
against what the book says it may have done."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from argon2 import PasswordHasher

from anyorder.book import SIGN_IN, Book, May, reach
from anyorder.browser import CSRF, SESSION, Answer, Browser, Sent
from anyorder.entries import Grant, Person, Session, Trip
from anyorder.tokens import Tokens
from anyorder.town import Town, of
from oidc.contoso import unpacked
from vestibule.ports import Row, Ticket, Update

_TX = re.compile(rb"StateProperties=[A-Za-z0-9_-]+")
_SECRETS = ("password", "newPassword", "reenterPassword", "code", "verificationCode", "user_input")


@dataclass(frozen=True, slots=True)
class Shown:
    """Where a journey rests: a page's name, or the kind of its end."""

    page: str
    turn: str
    model: dict[str, Any]


@dataclass
class Check:
    """`happened` counts what went well, so that a run can be seen to have been of use."""

    town: Town
    book: Book
    browsers: tuple[Browser, ...]
    hide: bool
    happened: Counter[str]
    stored: dict[str, tuple[Row, Any]] = field(default_factory=dict)
    messages: int = 0

    def look(self) -> None:
        """Take what is stored for granted."""
        self.stored = self._accounts()

    def send(self, sent: Sent, browser: int) -> Answer:
        """Send, and compare. A second passes with every request."""
        book, jar = self.book, self.browsers[browser]
        book.now = self.town.world.at = self.town.world.at + timedelta(seconds=1)
        before, cookies = self._ticket(sent.tx), dict(jar.cookies)
        trip, may = book.journey(sent, browser, cookies.get(CSRF, "")), May()
        shown = self.shown(sent.tx)
        if trip is not None and shown is not None:
            choosing = bool(shown.model.get("choosing")) or "change" in shown.page
            may = book.foresee(sent, trip, shown.page, turn=shown.turn, choosing=choosing)
        if sent.tail.endswith("authorize"):
            trip = Trip("", of(sent.flow), browser, book.now)
            book.joins(trip, cookies, sent.query.get("prompt", ""))
        answer = self.town.send(sent, jar, hide=self.hide)
        self.happened["request"] += 1
        assert answer.status < 500, (answer.status, answer.body)
        if trip is None:
            assert self._ticket(sent.tx) == before, "A journey was moved by what may not move it."
        if may.code_wrong and shown is not None:
            self._wrong(sent, answer, shown)
        self._mails(may, shown, sent)
        self._changes(may)
        self._discreet(sent)
        if trip is not None and sent.tail.endswith("authorize"):
            self._begun(trip, answer)
        self._let_in(trip, answer, cookies)
        if sent.tail.endswith("token"):
            Tokens(book, self.happened).judge(sent, answer)
        elif sent.tail.endswith("logout"):
            self._left(sent, cookies)
        return answer

    def shown(self, tx: str) -> Shown | None:
        """What the journey shows now."""
        ticket = self._ticket(tx)
        if ticket is None or ticket.taken_at is not None:
            return None
        kind, fields = ticket.body["shown"]
        page, model = fields.get("page", kind), fields.get("model", {})
        return Shown(page, str(ticket.body["turn"]), model)

    def _ticket(self, tx: str) -> Ticket | None:
        return self.town.ticket("journey", _id(tx)) if tx else None

    def _wrong(self, sent: Sent, answer: Answer, shown: Shown) -> None:
        """A code that is not right is not accepted, whoever is told so."""
        after = self.shown(sent.tx)
        verified = after is not None and after.model.get("verified")
        assert shown.model["verified"] or not verified, "A code that is not right."
        assert not (sent.scripted and answer.json["status"] == "200"), "A code is right again."

    # ------------------------------------------------------------------ what is stored

    def _accounts(self) -> dict[str, tuple[Row, Any]]:
        names: dict[str, list[tuple[str, str]]] = {}
        for row in self.town.rows("user_identity"):
            named = (row["sign_in_type"], row["issuer_assigned_id"])
            names.setdefault(row["parent"], []).append(named)
        return {row["id"]: (row, sorted(names[row["id"]])) for row in self.town.rows("user")}

    def _mails(self, may: May, shown: Shown | None, sent: Sent) -> None:
        """A code goes only to the address that was typed on a page of this very journey."""
        rows = self.town.rows("message")
        new = sorted(rows, key=lambda row: row["created"])[self.messages :]
        self.messages = len(rows)
        for row in new:
            assert may.trip is not None, "A mail nobody may have asked for."
            assert shown is not None
            assert row["to"].casefold() == may.mail_to
            ticket = self._ticket(sent.tx)
            assert ticket is not None
            assert row["journey"] == ticket.body["correlation"] == ticket.family
            if row["code"]:
                name = sent.form.get("signInName") or shown.model.get("user_name", "")
                self.book.mail(may.trip, shown.page, row["code"], row["to"], name)
                self.happened["code mailed"] += 1

    def _changes(self, may: May) -> None:
        """Nothing about accounts changes but what the request may change."""
        now, before = self._accounts(), self.stored
        assert now.keys() >= before.keys(), "An account has gone."
        for id in now.keys() - before:
            self._created(id, *now[id], may)
        for id in before:
            self._changed(self.book.people[id], before[id], now[id], may)
        if may.trip is not None and may.trip.user in may.city:
            may.trip.edited = True
        self.stored = now

    def _created(self, id: str, row: Row, names: list[tuple[str, str]], may: May) -> None:
        account, trip = may.account, may.trip
        assert account is not None, "An account without all its steps."
        assert trip is not None, "An account without all its steps."
        by_name = trip.by_name
        kind = "userName" if by_name else "emailAddress"
        assert [named for named in names if named[0] != "userPrincipalName"] == [
            (kind, account["name"])
        ]
        assert row["other_mails"] == ([account["mail"]] if by_name else [])
        assert (row["city"] or "") == (account["city"] if trip.flow.attributes else "")
        assert PasswordHasher().verify(row["password_hash"], account["password"])
        person = Person(id, account["name"], account["mail"], account["password"])
        person.city = row["city"]
        self.book.people[id] = person
        trip.let_in(id, self.book.now)
        trip.created = True
        self.happened["signed up" + (" by user name" if by_name else "")] += 1

    def _changed(
        self, person: Person, before: tuple[Row, Any], now: tuple[Row, Any], may: May
    ) -> None:
        (old, names), (new, names_now) = before, now
        assert names == names_now, "Somebody's names have changed."
        changed = {name for name in old if old[name] != new[name]} - {"version"}
        if "password_hash" in changed:
            assert may.trip is not None, "A password without proof."
            assert person.id in may.passwords, "A password without proof."
            password = may.passwords[person.id]
            assert PasswordHasher().verify(new["password_hash"], password)
            kind = "forced change" if person.must_change else "reset"
            self.happened[f"{kind} in {may.trip.flow.type}"] += 1
            self.book.set_password(person, password, may.trip)
            changed -= {"password_hash", "force_change_password", "sessions_valid_from"}
        if "city" in changed:
            assert may.trip is not None
            assert may.city.get(person.id) == new["city"]
            since = may.trip.since
            assert since is not None, "By somebody who has no say."
            assert person.trusts(since), "By somebody who has no say."
            person.city = new["city"]
            changed -= {"city"}
            self.happened["profile edited"] += 1
        assert not changed, f"{changed} of an account have changed."

    def _discreet(self, sent: Sent) -> None:
        """No saved journey holds a secret."""
        ticket = self._ticket(sent.tx)
        others = [text for name, text in sent.form.items() if name not in _SECRETS]
        text = json.dumps(ticket.body) if ticket else ""
        for name in _SECRETS:
            secret = sent.form.get(name, "")
            if len(secret) >= 6 and secret not in others:
                assert json.dumps(secret) not in text

    # ------------------------------------------------------------------ what answers are worth

    def _begun(self, trip: Trip, answer: Answer) -> None:
        """A journey that shows a page goes on; who is asked to sign in is nobody yet."""
        found = _TX.search(answer.body)
        if found is None:
            return
        trip.tx = found[0].decode()
        self.book.trips[trip.tx] = trip
        shown = self.shown(trip.tx)
        if shown is not None and shown.page == SIGN_IN:
            trip.user = ""

    def _let_in(self, trip: Trip | None, answer: Answer, cookies: dict[str, str]) -> None:
        """Codes, tokens and sessions are for whom the journey let in, once all steps are done."""
        told = answer.told
        if trip is not None and told:
            trip.ended = True
        users = []
        if code := told.get("code"):
            ticket = self.town.ticket("code", code)
            assert ticket is not None
            users.append(ticket.subject)
            self.book.grants[code] = Grant(ticket.subject, of(self._flow(trip)).id, self.book.now)
        if token := told.get("id_token"):
            users.append(unpacked(token)[1]["sub"])
        for name, value in answer.cookies.items():
            if name.startswith(SESSION) and value and value not in self.book.sessions:
                ticket = self.town.ticket("session", value)
                assert ticket is not None
                users.append(ticket.subject)
                self._session(trip, name, value, cookies)
        for user in users:
            assert trip is not None, "Let in by what may not move the journey."
            assert user == trip.user, "Somebody else was let in."
            assert trip.complete, f"{trip.flow.type} ended before its last step."
            person, since = self.book.people[user], trip.since
            assert since is not None, "Let in by what no longer counts."
            assert person.trusts(since), "Let in by what no longer counts."
        if users and trip is not None:
            trip.ended = True
            reused = not any(name.startswith(SESSION) for name in answer.cookies)
            self.happened[f"finished {trip.flow.id}" + (" by session" if reused else "")] += 1

    def _flow(self, trip: Trip | None) -> str:
        assert trip is not None, "A code for nothing."
        return trip.flow.id

    def _session(self, trip: Trip | None, name: str, value: str, cookies: dict[str, str]) -> None:
        """A new session, which ends the one that the browser had."""
        assert trip is not None, "A session for nothing."
        assert trip.since is not None, "A session for nothing."
        previous = self.book.sessions.get(cookies.get(name, ""))
        if previous is not None and previous.cookie == name:
            previous.ended = True
        self.book.sessions[value] = Session(name, trip.user, trip.since, self.book.now)

    def _left(self, sent: Sent, cookies: dict[str, str]) -> None:
        """Whoever signs out is signed out."""
        for name, value in cookies.items():
            session = self.book.sessions.get(value)
            if session and session.cookie == name and name.endswith(reach(of(sent.flow))):
                session.ended = True
                self.happened["signed out"] += 1

    # ------------------------------------------------------------------ an administrator

    def administer(self, person: Person, *, enabled: bool, must_change: bool) -> None:
        person.enabled, person.must_change = enabled, must_change
        values = {"account_enabled": enabled, "force_change_password": must_change}
        self.town.apply(Update("user", self.town.tenant.id, person.id, values))
        self.look()


def _id(tx: str) -> str:
    """The id of a journey."""
    packed = tx.removeprefix("StateProperties=")
    id: str = json.loads(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))["TID"]
    return id
