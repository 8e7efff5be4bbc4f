"""What a journey remembers of its way, for the trace: names and codes, never what anybody typed.

An entry is a JSON object: what was given to a step and what it answered (`Trail.add`). Names that a
request brings are told only if steps ask for them, so that nothing can be smuggled in by a name.
Pure; whether there is a trail at all is decided where the journey begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from vestibule.journey.state import (
    Ask,
    Back,
    Do,
    Finish,
    Form,
    Given,
    Journey,
    Leave,
    Next,
    Outcome,
    Returned,
    Stop,
)
from vestibule.world import World

Entry = Mapping[str, Any]

MOST_ENTRIES = 100
MOST_BYTES = 32 * 1024  # of JSON
_MOST_ENTRY_BYTES = 2048
_MARK_BYTES = 32
_HEAD = 10  # entries that stay when the middle goes
_MOST_NAMES = 40
_FEW_NAMES = 6
_LONGEST_NAME = 64

ACTIONS = frozenset(
    (
        "back", "cancel", "change_email", "change_number", "code", "continue", "create",
        "forgot", "next", "provider", "send_code", "signin", "signup", "verify", "verify_code",
    )
)  # fmt: skip
"""Buttons and links that a step knows; any other is told as "other"."""
FIELDS = frozenset(
    (
        "code", "countryCode", "email", "i0116", "i0118", "loginfmt", "logonIdentifier",
        "newPassword", "number", "otc", "passwd", "password", "provider", "reenterPassword",
        "rememberMe", "signInName", "username", "verificationCode",
    )
)  # fmt: skip
"""Fields of forms that a step reads, besides the attributes that it asks for."""
PARAMETERS = frozenset(
    (
        "access_token", "client_info", "code", "error", "error_description", "error_reason",
        "error_subcode", "error_uri", "expires_in", "id_token", "iss", "scope", "session_state",
        "state", "token_type", "user",
    )
)  # fmt: skip
"""What identity providers send along with the browser."""

_TEXT = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")  # the id of a sentence
_CODE = re.compile(r"[A-Za-z0-9_.:/-]{1,64}")
_encode = msgspec.json.encode


class Trail:
    """A trail while it grows. All that happens in one go happens at the same moment."""

    __slots__ = ("_at_ms", "_entries")

    def __init__(self, earlier: Sequence[Entry], world: World) -> None:
        self._entries = list(earlier)
        self._at_ms = int(world.now().timestamp() * 1000)

    def add(self, asked: Journey, given: Given, outcome: Outcome, reached: Entry) -> None:
        """One step's work: `asked` is the journey that it saw. `reached`: why it is this step's
        turn, when it has just been reached (`due`)."""
        told: dict[str, Any] = {
            "at": self._at_ms,
            "turn": asked.turn,
            "ordinal": asked.ordinal + isinstance(outcome, Do),
            "step": asked.step,
            "given": type(given).__name__,
            **_given(asked, given),
            **reached,
            "outcome": type(outcome).__name__,
            **_outcome(asked, outcome),
            **_facts(asked, outcome),
        }
        small = len(_encode(told)) <= _MOST_ENTRY_BYTES
        self._entries.append(told if small else _shortened(told))

    def whole(self) -> tuple[Entry, ...]:
        """The trail to be kept."""
        return bounded(self._entries)


def due(gives: str, condition: str, done: Sequence[str], unmet: Sequence[str]) -> Entry:
    """Why a row of the plan is due: its result is not known and its condition holds. Of the rows
    before it, `done` have their result, and the condition of `unmet` does not hold."""
    why = {"gives": gives, "when": condition, "done": list(done), "unmet": list(unmet)}
    return {name: value for name, value in why.items() if value}


def bounded(trail: Sequence[Entry]) -> tuple[Entry, ...]:
    """The trail, or its beginning and its end, and between them how many entries are left out."""
    if len(trail) <= _HEAD:
        return tuple(trail)
    sizes = [len(_encode(one)) + 1 for one in trail]
    excess, spare = len(trail) - MOST_ENTRIES, sum(sizes) - MOST_BYTES
    if excess <= 0 and spare <= 0:
        return tuple(trail)
    omitted, at = trail[_HEAD].get("omitted", 0), _HEAD
    at += bool(omitted)
    excess, spare = excess + (not omitted), spare + _MARK_BYTES
    while at < len(trail) - 1 and (excess > 0 or spare > 0):
        excess, spare = excess - 1, spare - sizes[at]
        omitted, at = omitted + 1, at + 1
    return (*trail[:_HEAD], {"omitted": omitted}, *trail[at:])


def _given(asked: Journey, given: Given) -> dict[str, Any]:
    match given:
        case Form(action=action, fields=fields):
            questions = {str(one["field"]) for one in asked.facts.get("questions", ())}
            known = action if action in ACTIONS else "other"
            return {"action": known, **_inputs(fields, FIELDS | questions)}
        case Returned(parameters=parameters):
            return _inputs(parameters, PARAMETERS)
    reasons = [getattr(given, name, "") for name in ("why", "realm", "code")]
    why = next((one for one in reasons if one), "")
    return {"why": why} if _CODE.fullmatch(why) else {}


def _inputs(sent: Mapping[str, str], known: frozenset[str]) -> dict[str, Any]:
    """Names that are known; of the parts of an answer ("born.day") its name. How many others."""
    names = [name.partition(".")[0] for name in sent]
    others = sum(name not in known for name in names)
    told = {"inputs": _names(name for name in names if name in known)}
    return {**told, **({"others": others} if others else {})}


def _outcome(asked: Journey, outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Ask(page=page, errors=errors, code=code):
            told = {name: _text(text) for name, text in errors.items()}
            return {"page": page, **({"errors": told} if told else {}), **_coded(code)}
        case Leave(url=url):
            return {"host": (urlsplit(url).hostname or "")[:_LONGEST_NAME]}
        case Do(effect=effect):
            return {"effect": type(effect).__name__, **_effect(effect)}
        case Finish():
            return {"claims": _names({**asked.facts, **outcome.facts}.get("claims", ()))}
        case Stop(code=code, text=text, to_app=to_app):
            return {**_coded(code), "text": _text(text), "to_app": to_app}
    return {}


def _effect(effect: Any) -> dict[str, Any]:
    """Which thing of the configuration it is about, and the names of what it takes along."""
    about = {
        name: str(getattr(effect, name))
        for name in ("connector", "provider", "purpose")
        if getattr(effect, name, "")
    }
    point = {"point": str(effect.step)} if getattr(effect, "step", "") else {}
    taken: set[str] = set()
    for name in ("attributes", "claims"):
        taken.update(getattr(effect, name, None) or ())
    return {**about, **point, **({"takes": _names(taken)} if taken else {})}


def _facts(asked: Journey, outcome: Outcome) -> dict[str, Any]:
    """Names of the facts that the step added, changed and dropped."""
    before, after = asked.facts, outcome.facts
    drop = outcome.drop if isinstance(outcome, Next | Back) else ()
    changes = {
        "added": _names(name for name in after if name not in before),
        "changed": _names(name for name in after if name in before and before[name] != after[name]),
        "dropped": _names(name for name in drop if name in before or name in after),
    }
    return {kind: names for kind, names in changes.items() if names}


def _coded(code: str) -> dict[str, str]:
    return {"code": code} if _CODE.fullmatch(code) else {}


def _text(text: str) -> str:
    return text if _TEXT.fullmatch(text) else "other"


def _names(names: Iterable[str]) -> list[str]:
    """Each once, in order; at most so many, each at most so long."""
    each = [name[:_LONGEST_NAME] for name in dict.fromkeys(names)]
    return each if len(each) <= _MOST_NAMES else [*each[:_MOST_NAMES], "…"]


def _shortened(told: Mapping[str, Any]) -> dict[str, Any]:
    """The entry with the first few names of each list."""
    return {name: _few(value) for name, value in told.items()}


def _few(value: Any) -> Any:
    match value:
        case list() if len(value) > _FEW_NAMES:
            return [*value[:_FEW_NAMES], "…"]
        case dict() if len(value) > _FEW_NAMES:
            return dict([*value.items()][:_FEW_NAMES])
    return value
