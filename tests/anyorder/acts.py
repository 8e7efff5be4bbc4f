"""Requests that a page's forms, links and scripts make, and what somebody does there who wants to
get on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from anyorder.book import CHANGE, RESET, SIGN_IN, SIGN_UP, Book
from anyorder.browser import CONTROL, SELF_ASSERTED, Sent
from anyorder.check import Shown
from anyorder.entries import Trip

HOST = "contoso.example"
NEW = ("Fresh-Horse-2", "Fresh-Horse-3")
LINKS = {
    "signup": ("api/CombinedSigninAndSignup/unified", {"local": "signup"}),
    "forgot": ("api/CombinedSigninAndSignup/forgotPassword", {}),
    "cancel": ("api/SelfAsserted/error", {"code": "cancel"}),
    "confirmed": ("api/CombinedSigninAndSignup/confirmed", {}),
    "unified": ("api/CombinedSigninAndSignup/unified", {}),
}


@dataclass(frozen=True, slots=True)
class Page:
    """What a tab shows; `token` is the browser's, as the page has it."""

    trip: Trip
    shown: Shown
    token: str

    def form(self, action: str, fields: Mapping[str, str]) -> Sent:
        """The page's form as its script sends it."""
        form = {"csrf_token": self.token, "turn": self.shown.turn, "action": action, **fields}
        flow, tx = self.trip.flow.id, self.trip.tx
        return Sent("POST", flow, SELF_ASSERTED, {"tx": tx}, form, scripted=True)

    def link(self, action: str) -> Sent:
        tail, more = LINKS[action]
        query = {"tx": self.trip.tx, "csrf_token": self.token, "turn": self.shown.turn}
        return Sent("GET", self.trip.flow.id, tail, {**query, **more})

    def spoken(self, action: str, fields: Mapping[str, str], dialect: str) -> Sent:
        """The action in one of the ways of the page protocol, if it has one there."""
        form = self.form(action, fields)
        mail, code, token = fields["email"], fields.get("code", ""), {"csrf_token": self.token}
        claim = {**token, "claim_id": "email", "claim_value": mail}
        match dialect, action:
            case "control", "send_code":
                return replace(form, tail=f"{CONTROL}/SendCode", form={**token, **fields})
            case "control", "verify_code":
                typed = {**token, "email": mail, "verificationCode": code}
                return replace(form, tail=f"{CONTROL}/VerifyCode", form=typed)
            case "request", "send_code":
                return replace(form, form={**claim, "request_type": "VERIFICATION_REQUEST"})
            case "request", "verify_code":
                typed = {**claim, "request_type": "VALIDATION_REQUEST", "user_input": code}
                return replace(form, form=typed)
            case "request", _:
                return replace(form, form={**token, **fields})
        return form

    def sensible(self, book: Book, who: str, wish: str) -> Sent:
        """The next step of somebody who wants to get on; `wish` decides at the first page."""
        model, mail = self.shown.model, f"{who}@{HOST}"
        name = who if self.trip.by_name else mail
        person = book.named(name)
        new = NEW[0] if person is None or person.password != NEW[0] else NEW[1]
        both = {"newPassword": new, "reenterPassword": new}
        proving = self.shown.page in (SIGN_UP, RESET) and not model.get("choosing")
        if proving and not model["verified"]:
            return self._proving(mail, name)
        if self.shown.page == SIGN_IN:
            if wish == "forgot" or (wish == "signup" and model["show_sign_up"]):
                return self.link(wish)
            password = person.password if person else NEW[0]
            return self.form("signin", {"email": name, "password": password})
        if self.shown.page == SIGN_UP:
            typed = {"email": self.trip.verified, "signInName": name, "city": "Bonn"}
            return self.form("create", {**typed, **both})
        if self.shown.page in (RESET, CHANGE):
            return self.form("continue", {"email": model["email"]} if proving else both)
        if self.shown.page in ("Finish", "Stop"):
            return self.link("confirmed")
        return self.form("continue", {"city": "Köln" if wish == "signup" else "Bonn"})

    def ahead(self, action: str, who: str) -> Sent:
        """A later step, with all that it asks for, whatever the page asks for now."""
        if action in LINKS:
            return self.link(action)
        typed = {"email": f"{who}@{HOST}", "signInName": who, "city": "Bonn"}
        return self.form(action, {**typed, "newPassword": NEW[0], "reenterPassword": NEW[0]})

    def _proving(self, mail: str, name: str) -> Sent:
        mailed = self.trip.mailed.get(self.shown.page)
        if mailed is None or not self.shown.model["code_sent"]:
            return self.form("send_code", {"email": mail, "signInName": name})
        return self.form("verify_code", {"email": mailed.to, "code": mailed.code})


def changed(sent: Sent, name: str, value: str) -> Sent:
    """The same request with another value, where it has such a one."""
    form, query = dict(sent.form), dict(sent.query)
    for part in (form, query):
        if name in part:
            part[name] = value
    return replace(sent, form=form, query=query)
