"""One-time codes by e-mail or text message: six digits, ten minutes, five tries, ten codes an hour.

Where requests are throttled (settings), an address gets fewer and an IP address asks for fewer.
A guest's passcode has eight digits and half an hour (runtime 8.4).

A code is bound to journey, purpose and address. Only its keyed hash is stored, as the key of
its ticket, so checking is one atomic take: of any number of requests one is right.
Source: runtime 5.8; security.md 5.
"""

from __future__ import annotations

from datetime import timedelta

from vestibule.journey.effects import (
    CheckCode,
    CodeNotSent,
    CodeRight,
    CodeSent,
    CodeWrong,
    SendCode,
    UserGone,
)
from vestibule.journey.realms import PASSCODE, PASSCODE_LENGTH
from vestibule.perform.accounts import find_by_address, find_by_name, reads, standing
from vestibule.perform.auditing import note
from vestibule.perform.mail import Mail, MailNotSent
from vestibule.perform.proofs import issued
from vestibule.perform.sms import Sms, SmsNotSent
from vestibule.perform.tools import Occasion, Tools
from vestibule.ports import Row, Ticket

LENGTH = 6
LIFETIME = timedelta(seconds=600)
TRIES = 5
CODES_PER_ADDRESS = 10
_WINDOW = timedelta(hours=1)  # of the codes per address
_MINUTES, _DAY = timedelta(minutes=10), timedelta(days=1)
_REMEMBERED = timedelta(hours=1)  # how long a late code is still told from a wrong one

PASSCODE_LIFETIME = timedelta(minutes=30)

_PAGES = {  # purpose → the page that asks for the code
    "signUp": "localaccountsignup",
    "passwordReset": "localaccountpasswordreset",
    "userNameSignUp": "localaccountsignup",
    "federatedSignUp": "socialccountsignup",
    "userNameReset": "localaccountpasswordreset",
    PASSCODE: "emailpasscode",
    "phoneNumber": "localaccountsignin",
}
_BY_SMS = frozenset({"phoneNumber"})
_OF_AN_ACCOUNT = frozenset({"passwordReset", "userNameReset"})
"""Purposes that lead nowhere without an account."""
_OF_NO_ACCOUNT = frozenset({"signUp"})
"""Purposes that lead nowhere with one. Many accounts with user names may share an address."""

_CODE = "emailCode"
_TRIES = "emailCodeTries"
_SENT = "emailCodesSent"


async def send_code(tools: Tools, occasion: Occasion, effect: SendCode) -> CodeSent | CodeNotSent:
    """A new code ends the ones before it. Performed twice, it mails twice and the last one counts.

    Where it is hidden whether an account exists, whoever reads the mail of an address for which
    there is nothing to do is told so by mail instead; the page cannot tell the difference, and
    no code would be right. A text message always holds a code: whose the number is, the page tells
    whoever has read it.
    """
    if not await _may_send(tools, occasion, effect):
        return CodeNotSent("throttled")
    if effect.purpose in _BY_SMS:
        return await _text_code(tools, occasion, effect)
    vain = await _in_vain(tools, occasion, effect) if tools.hide_account_existence else ""
    if vain:
        await _end_earlier(tools, occasion, effect)
        mail = _mail(occasion, effect, vain)
    else:
        text = "mail.passcode" if effect.purpose == PASSCODE else "mail.code"
        mail = _mail(occasion, effect, text, await _new_code(tools, occasion, effect))
    try:
        await tools.mailer.send(mail)
    except MailNotSent:
        return CodeNotSent("failed")
    return CodeSent()


async def _text_code(tools: Tools, occasion: Occasion, effect: SendCode) -> CodeSent | CodeNotSent:
    if tools.texter is None:
        return CodeNotSent("failed")
    code = await _new_code(tools, occasion, effect)
    body = occasion.voice(_PAGES[effect.purpose]).say("sms.code", _words(occasion, effect, code))
    sms = Sms(occasion.tenant.id, effect.address, occasion.now, body, code, occasion.correlation)
    try:
        await tools.texter.send(sms)
    except SmsNotSent:
        return CodeNotSent("failed")
    return CodeSent()


async def check_code(
    tools: Tools, occasion: Occasion, effect: CheckCode
) -> CodeRight | CodeWrong | UserGone:
    tenant, now = occasion.tenant.id, occasion.now
    family = _family(tools, occasion, effect)
    tried = await tools.tickets.count(_TRIES, tenant, family, TRIES, now, now + _REMEMBERED)
    if tried is None:
        return CodeWrong("spent")
    key = _key(tools, family, effect.code)
    ticket = await tools.tickets.get(_CODE, tenant, key, now)
    if ticket is not None and ticket.body["until"] <= now.timestamp():
        return CodeWrong("expired")
    if ticket is None:
        return CodeWrong("wrong")
    if effect.purpose in _OF_AN_ACCOUNT:
        user = await _holder(tools, occasion, effect)
        return await _right_for(tools, occasion, effect, key, user)
    if await tools.tickets.take(_CODE, tenant, key, now) is None:
        return CodeWrong("wrong")
    if effect.purpose in _BY_SMS:
        return await _called(tools, occasion, effect.address)
    return CodeRight(effect.address)


async def _called(tools: Tools, occasion: Occasion, number: str) -> CodeRight | UserGone:
    """Who signs in with a phone number, told to somebody who has it at hand."""
    user = await find_by_name(tools, occasion, number, frozenset({"phoneNumber"}))
    if user is None:
        return CodeRight(number)
    id, why = user["id"], standing(user)
    await note(
        tools, occasion.audit("signIn", why or "success", actor="" if why else id, target=id)
    )
    return UserGone(why) if why else CodeRight(number, id)


async def _right_for(
    tools: Tools, occasion: Occasion, effect: CheckCode, key: str, user: Row | None
) -> CodeRight | CodeWrong | UserGone:
    """A right code turns into a proof for the account, in one statement; or into the word that
    there is none, which only somebody hears who reads the mail of the address."""
    tenant, now = occasion.tenant.id, occasion.now
    why = standing(user)
    if user is None or why:
        taken = await tools.tickets.take(_CODE, tenant, key, now)
        return CodeWrong("wrong") if taken is None else UserGone(why)
    proof, ticket = issued(tools, occasion, user["id"])
    if await tools.tickets.take(_CODE, tenant, key, now, then=(ticket,)) is None:
        return CodeWrong("wrong")
    return CodeRight(effect.address, user["id"], proof)


async def _in_vain(tools: Tools, occasion: Occasion, effect: SendCode) -> str:
    """The text of the mail that tells why a code would lead nowhere; "" if it would not."""
    exists = await _holder(tools, occasion, effect) is not None
    if exists and effect.purpose in _OF_NO_ACCOUNT:
        return "mail.exists"
    if not exists and effect.purpose in _OF_AN_ACCOUNT:
        return "mail.no_account"
    return ""


async def _holder(tools: Tools, occasion: Occasion, effect: SendCode | CheckCode) -> Row | None:
    """The account that the address belongs to."""
    if not effect.user_name:
        return await find_by_address(tools, occasion, effect.address)
    user = await find_by_name(tools, occasion, effect.user_name, frozenset({"userName"}))
    return user if reads(user, effect.address) else None


async def _may_send(tools: Tools, occasion: Occasion, effect: SendCode) -> bool:
    """Count the code about to be sent against every limit; False if one of them is reached."""
    tenant, now, limits = occasion.tenant.id, occasion.now, tools.limits
    keyed, address = tools.vault.keyed, effect.address.casefold()
    of_address = keyed("recipient", tenant, address)
    counters = (
        (_SENT, keyed("recipient", tenant, effect.purpose, address), CODES_PER_ADDRESS, _WINDOW),
        (f"{_SENT}InTenMinutes", of_address, limits.codes_in_ten_minutes, _MINUTES),
        (f"{_SENT}InADay", of_address, limits.codes_in_a_day, _DAY),
        (f"{_SENT}FromIp", keyed("ip", occasion.ip), limits.codes_from_an_ip_in_an_hour, _WINDOW),
    )
    for kind, key, most, window in counters:
        if most is None:
            continue
        if await tools.tickets.count(kind, tenant, key, most, now, now + window) is None:
            return False
    return True


async def _end_earlier(tools: Tools, occasion: Occasion, effect: SendCode) -> str:
    """End the codes sent before and their count of tries; the family of the next one."""
    family = _family(tools, occasion, effect)
    await tools.tickets.drop(occasion.tenant.id, kind=_CODE, family=family)
    await tools.tickets.reset(_TRIES, occasion.tenant.id, family)
    return family


async def _new_code(tools: Tools, occasion: Occasion, effect: SendCode) -> str:
    family = await _end_earlier(tools, occasion, effect)
    code = tools.world.digits(PASSCODE_LENGTH if effect.purpose == PASSCODE else LENGTH)
    until = occasion.now + _lifetime(effect)
    await tools.tickets.put(
        Ticket(
            _CODE,
            occasion.tenant.id,
            _key(tools, family, code),
            until + _REMEMBERED,
            {"until": int(until.timestamp())},
            family=family,
        )
    )
    return code


def _lifetime(effect: SendCode) -> timedelta:
    return PASSCODE_LIFETIME if effect.purpose == PASSCODE else LIFETIME


def _family(tools: Tools, occasion: Occasion, effect: SendCode | CheckCode) -> str:
    """What the codes for one address in one journey have in common."""
    address = effect.address.casefold()
    return tools.vault.keyed("code", occasion.tenant.id, occasion.journey, effect.purpose, address)


def _key(tools: Tools, family: str, code: str) -> str:
    return tools.vault.keyed("code", family, code)


def _words(occasion: Occasion, effect: SendCode, code: str) -> dict[str, object]:
    return {
        "tenant": occasion.tenant.display_name,
        "code": code,
        "minutes": int(_lifetime(effect).total_seconds()) // 60,
    }


def _mail(occasion: Occasion, effect: SendCode, text: str, code: str = "") -> Mail:
    words = _words(occasion, effect, code)
    voice = occasion.voice(_PAGES[effect.purpose])
    return Mail(
        tenant=occasion.tenant.id,
        to=effect.address,
        at=occasion.now,
        subject=voice.say(f"{text}.subject", words),
        body=voice.say(f"{text}.body", words),
        code=code,
        journey=occasion.correlation,
        language=voice.heard,
    )
