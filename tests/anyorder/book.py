"""What should be possible, kept beside the server: who has proven what, in which journey, when.

The book is an upper bound. It knows the documented rules and nothing of how the server keeps
them, and notes what a request *may* do; `check.py` holds what happened against that.
Source: runtime.md 5.2 to 5.8; security.md T20.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from anyorder.browser import Sent
from anyorder.entries import Grant, Mailed, Person, Session, Trip
from anyorder.town import of
from anyorder.wire import Meant, meant
from vestibule.tenancy import Flow

CODE_LIFETIME = timedelta(seconds=600)
CODE_TRIES = 5
SHORTEST_PASSWORD = 8
PROOF_LIFETIME = timedelta(minutes=15)
JOURNEY_LIFETIME = timedelta(hours=1)
GRANT_LIFETIME = timedelta(seconds=600)  # of an authorization code

SIGN_IN, SIGN_UP = "signuporsignin", "localaccountsignup"
RESET, CHANGE = "localaccountpasswordreset", "localaccountpasswordchange"


@dataclass(slots=True)
class May:
    """What the request that is about to be sent may change."""

    trip: Trip | None = None  # the journey that it may move
    mail_to: str = ""
    code_wrong: bool = False  # whether a code was given that is not to be accepted
    passwords: dict[str, str] = field(default_factory=dict)  # user → the new one
    account: Mapping[str, str] | None = None  # name, mail, password, city
    city: dict[str, str | None] = field(default_factory=dict)  # user → the new one


@dataclass
class Book:
    """`now` is the time of the request at hand."""

    now: datetime
    people: dict[str, Person] = field(default_factory=dict)
    trips: dict[str, Trip] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)  # by the cookie's value
    grants: dict[str, Grant] = field(default_factory=dict)  # by authorization code
    refreshes: dict[str, Grant] = field(default_factory=dict)  # by refresh token
    spent: dict[str, datetime] = field(default_factory=dict)  # refresh tokens, when used

    def named(self, name: str) -> Person | None:
        wanted = name.strip().casefold()
        return next((one for one in self.people.values() if one.name.casefold() == wanted), None)

    def authenticated(self, name: str, password: str) -> Person | None:
        """Who signs in with this name and this password."""
        person = self.named(name)
        right = person is not None and person.enabled and person.password == password
        return person if right else None

    def journey(self, sent: Sent, browser: int, token: str) -> Trip | None:
        """The journey that a request may move: this browser's, by one of our own pages in it
        (`token` is the browser's), through this flow, in time."""
        trip = self.trips.get(sent.tx)
        if trip is None or trip.ended or trip.browser != browser:
            return None
        if trip.flow.id.casefold() != sent.flow.casefold():
            return None
        if self.now >= trip.began + JOURNEY_LIFETIME:
            return None
        looks = sent.method == "GET" and not meant(sent).action and "confirmed" not in sent.tail
        genuine = {**sent.query, **sent.form}.get("csrf_token") == token != ""
        return trip if looks or genuine else None

    def foresee(self, sent: Sent, trip: Trip, page: str, *, turn: str, choosing: bool) -> May:
        """Note what a request proves in its journey, and what it may change, given the page that
        the journey shows."""
        wish, may = meant(sent), May(trip)
        if not wish.action or wish.turn not in ("", turn):
            return may
        match page, wish.action:
            case (_, "cancel"):
                return may
            case ("signuporsignin", "signin" | "continue"):
                self._sign_in(trip, wish)
            case ("localaccountsignup", "create" | "continue"):
                may.account = self._account(trip, wish)
            case ("localaccountpasswordreset" | "localaccountpasswordchange", "continue") if (
                choosing
            ):
                may.passwords = self._passwords(trip, wish, page)
            case ("localaccountsignup" | "localaccountpasswordreset", action) if not choosing:
                self._proving(trip, wish, page, action, may)
            case ("selfasserted.profileupdate", "continue") if wish.get("city"):
                may.city[trip.user] = wish.get("city")
        return may

    def _sign_in(self, trip: Trip, wish: Meant) -> None:
        names = ("signInName", "email", "logonIdentifier")
        name = next((wish.fields[one] for one in names if one in wish.fields), "")
        person = self.authenticated(name, wish.fields.get("password", ""))
        if person is None:
            return
        if not person.must_change:
            trip.let_in(person.id, self.now)
        elif trip.flow.settings["forcedPasswordReset"]:
            trip.proofs = {person.id: self.now}

    def _proving(self, trip: Trip, wish: Meant, page: str, action: str, may: May) -> None:
        mailed = trip.mailed.get(page)
        if action in ("send_code", "change_email"):
            trip.verified, trip.proofs = "", {}
        if action == "send_code":
            may.mail_to = wish.get("email").casefold()
        if action == "change_email":
            trip.mailed.pop(page, None)
        if action != "verify_code":
            return
        if mailed is None or not self._right(mailed, wish):
            may.code_wrong = True
            return
        if page == SIGN_UP:
            trip.verified = mailed.to
        elif person := self._reader(trip, mailed):
            trip.proofs = {person.id: self.now}

    def _right(self, mailed: Mailed, wish: Meant) -> bool:
        """Whether it is the code that was mailed, in time, and not tried too often."""
        typed = wish.get("code")
        if wish.get("email", mailed.to).casefold() != mailed.to.casefold():
            return False
        if len(typed) != len(mailed.code) or not typed.isdecimal():
            return False
        mailed.tries += 1
        in_time = self.now < mailed.at + CODE_LIFETIME
        if mailed.used or mailed.tries > CODE_TRIES or not in_time or typed != mailed.code:
            return False
        mailed.used = True
        return True

    def _reader(self, trip: Trip, mailed: Mailed) -> Person | None:
        """Whose account it is that codes to this address are for."""
        person = self.named(mailed.name if trip.by_name else mailed.to)
        return person if person and person.mail.casefold() == mailed.to.casefold() else None

    def _passwords(self, trip: Trip, wish: Meant, page: str) -> dict[str, str]:
        """The accounts whose password may be set, each to what was typed twice."""
        new = wish.fields.get("newPassword", "")
        if new != wish.fields.get("reenterPassword") or len(new) < SHORTEST_PASSWORD:
            return {}
        return {
            user: new
            for user, at in trip.proofs.items()
            if self.now < at + PROOF_LIFETIME
            and self.people[user].enabled
            and not (page == CHANGE and self.people[user].password == new)
        }

    def _account(self, trip: Trip, wish: Meant) -> Mapping[str, str] | None:
        """The account that may be made of the form; None if something is missing."""
        new, city = wish.fields.get("newPassword", ""), wish.get("city")
        if new != wish.fields.get("reenterPassword") or len(new) < SHORTEST_PASSWORD:
            return None
        mail = wish.get("email", trip.verified)
        if not trip.verified or mail.casefold() != trip.verified.casefold():
            return None
        if trip.flow.attributes and not city:
            return None
        name = wish.get("signInName") if trip.by_name else trip.verified
        if not name or self.named(name):
            return None
        return {"name": name, "mail": trip.verified, "password": new, "city": city}

    # ------------------------------------------------------------------ what has happened

    def mail(self, trip: Trip, page: str, code: str, to: str, name: str) -> None:
        """A code was mailed, and ends the ones before it."""
        trip.mailed[page] = Mailed(code, to, self.now, name)

    def set_password(self, person: Person, password: str, trip: Trip) -> None:
        """A new password ends whatever else was proven for, or begun by, the person."""
        person.password, person.must_change = password, False
        person.since = self.now.replace(microsecond=0)
        for one in self.trips.values():
            one.proofs.pop(person.id, None)
        trip.let_in(person.id, self.now)
        trip.reset = True

    # ------------------------------------------------------------------ sessions and grants

    def joins(self, trip: Trip, cookies: Mapping[str, str], prompt: str) -> None:
        """A journey may begin with the session of its browser."""
        if trip.flow.type not in ("signUpOrSignIn", "signIn", "profileUpdate"):
            return
        if prompt in ("login", "select_account"):
            return
        for value in cookies.values():
            session = self.sessions.get(value)
            if session is None or cookies.get(session.cookie) != value:
                continue
            reaches = session.cookie.endswith(reach(trip.flow))
            if reaches and session.lives(self.now):
                session.used = self.now
                if self.people[session.user].trusts(session.since):
                    trip.user, trip.since = session.user, session.since

    def redeems(self, grant: Grant | None, flow: str) -> str:
        """Why a code or refresh token may not be redeemed; "" if it may."""
        if grant is None:
            return "unknown"
        if grant.dead:
            return "revoked with its family"
        if of(grant.flow).id.casefold() != flow.casefold():
            return "of another flow"
        return "" if self.people[grant.user].trusts(grant.at) else "the person is not to be trusted"


def reach(flow: Flow) -> str:
    """How the names of a flow's session cookies end."""
    return "_0" if flow.settings["ssoScope"] == "tenant" else f"_{flow.id.lower()}"
