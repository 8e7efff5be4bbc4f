"""Whether the token endpoint gave what it may give, and what a request there does to the grants."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from anyorder.book import GRANT_LIFETIME, Book
from anyorder.browser import Answer, Sent
from anyorder.entries import Grant
from anyorder.town import of
from oidc.contoso import SECRET, WEB, unpacked
from oidc.endpoint import VERIFIER

GRACE = timedelta(seconds=10)  # a refresh token that comes again that soon has lost a race
KNOWN = timedelta(days=1)  # for so long a code that has ended is still known


@dataclass(frozen=True, slots=True)
class Tokens:
    """`happened` counts what went well."""

    book: Book
    happened: Counter[str]

    def judge(self, sent: Sent, answer: Answer) -> None:
        form, given = sent.form, answer.status == 200
        match form.get("grant_type"):
            case "password":
                if given:
                    grant = self._by_password(sent)
                    self._issued(grant, answer, "password")
            case "authorization_code":
                self._by_code(sent, answer, given=given)
            case "refresh_token":
                self._by_refresh(sent, answer, given=given)

    def _by_password(self, sent: Sent) -> Grant:
        person = self.book.authenticated(sent.form["username"], sent.form["password"])
        assert of(sent.flow).type == "resourceOwner"
        assert person is not None, "Tokens for a wrong password."
        assert not person.must_change, "Tokens for a wrong password."
        return Grant(person.id, of(sent.flow).id, self.book.now)

    def _by_code(self, sent: Sent, answer: Answer, *, given: bool) -> None:
        grant = self.book.grants.get(sent.form["code"])
        ours = (sent.form["client_id"], sent.form["client_secret"]) == (WEB, SECRET)
        if given:
            why = self.book.redeems(grant, sent.flow)
            assert grant is not None, why
            assert not why, why
            assert ours
            assert sent.form["code_verifier"] == VERIFIER
            assert not grant.used, "A code was redeemed twice."
            assert self.book.now < grant.at + GRANT_LIFETIME, "A code was redeemed too late."
            grant.used = True
            self._issued(grant, answer, "code")
        elif grant is not None and grant.used and ours and of(grant.flow) is of(sent.flow):
            if self.book.now >= grant.at + GRANT_LIFETIME + KNOWN:
                return
            grant.dead = True
            self.happened["code replayed"] += 1

    def _by_refresh(self, sent: Sent, answer: Answer, *, given: bool) -> None:
        token, book = sent.form["refresh_token"], self.book
        grant, spent = book.refreshes.get(token), book.spent.get(token)
        if given:
            why = book.redeems(grant, sent.flow)
            assert grant is not None, why
            assert not why, why
            assert spent is None, "A refresh token was used twice."
            book.spent[token] = book.now
            self._issued(grant, answer, "refresh")
        elif grant is not None and spent is not None and grant.flow == of(sent.flow).id:
            grant.dead = grant.dead or book.now > spent + GRACE

    def _issued(self, grant: Grant, answer: Answer, how: str) -> None:
        body = answer.json
        assert unpacked(body["id_token"])[1]["sub"] == grant.user, "Tokens of somebody else."
        assert self.book.people[grant.user].enabled
        if refresh := body.get("refresh_token"):
            self.book.refreshes[refresh] = grant
        self.happened[f"tokens by {how}"] += 1
