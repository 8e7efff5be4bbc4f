"""What a request asks of a journey, read off the wire as runtime.md 5.10 has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from anyorder.browser import CONTROL, SELF_ASSERTED, Sent


@dataclass(frozen=True, slots=True)
class Meant:
    """What a request asks of a journey, read off the wire as runtime.md 5.10 has it."""

    action: str
    fields: Mapping[str, str]
    turn: str = ""

    def get(self, name: str, default: str = "") -> str:
        return self.fields.get(name, default).strip()


def meant(sent: Sent) -> Meant:
    """Action "" for a look at where the journey rests."""
    fields, query = sent.form, sent.query
    if sent.tail == f"{CONTROL}/SendCode":
        return Meant("send_code", fields)
    if sent.tail == f"{CONTROL}/VerifyCode":
        return Meant("verify_code", {**fields, "code": fields.get("verificationCode", "")})
    if sent.tail == SELF_ASSERTED:
        match fields.get("request_type", "RESPONSE"):
            case "VERIFICATION_REQUEST":
                return Meant("send_code", {"email": fields.get("claim_value", "")})
            case "VALIDATION_REQUEST":
                typed = {"email": fields.get("claim_value", ""), "code": fields["user_input"]}
                return Meant("verify_code", typed)
        action = fields.get("action") or ("signin" if "password" in fields else "continue")
        return Meant(action, fields, fields.get("turn", ""))
    turn = query.get("turn", "")
    if sent.tail.endswith("/error"):
        return Meant("cancel", {}, turn)
    if query.get("local") == "signup":
        return Meant("signup", {}, turn)
    if query.get("claimsexchange") == "ForgotPasswordExchange" or "forgot" in sent.tail:
        return Meant("forgot", {}, turn)
    return Meant("", {})
