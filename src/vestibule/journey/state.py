"""One person's journey through one flow, what may be given to it, and what a step may answer.

Frozen; JSON in and out (`dump`, `load`). No field of a saved journey ever holds a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec.structs import asdict, replace

from vestibule.journey.effects import EFFECTS, Effect, Result
from vestibule.texts.languages import DEFAULT_LANGUAGE

# --------------------------------------------------------------------------- outcomes


@dataclass(frozen=True, slots=True)
class Ask:
    """Show a page and wait for its form. `page` names a template in web/templates.

    `model` is JSON for the page; `errors` maps a field's name ("" for the whole page) to a
    text id of `texts` ("password.wrong"), with `arguments` for the sentence's placeholders.
    `code` is the AADB2C number that the page protocol reports with the first error.
    """

    page: str
    model: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Leave:
    """Go to another site and come back as `Returned`.

    Who takes another way instead, by a form of the page before, never went: then the facts in
    `undone` are forgotten.
    """

    url: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    undone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Do:
    """Have an effect carried out; its result is given to the same step."""

    effect: Effect
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Next:
    """This step is done; `facts` holds its result, `drop` names facts that nobody needs now."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    drop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Back:
    """Return to an earlier question: drop these facts and look at the plan again."""

    drop: tuple[str, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finish:
    """The plan is complete: `facts["claims"]` and `facts["user"]` are what tokens are made of."""

    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stop:
    """The journey ends without tokens.

    With `to_app` the application is told (`error` and the AADB2C `code`); otherwise the person
    sees a page with the sentence `text` (a text id), which may name things by `arguments`.
    """

    code: str  # AADB2C number, "90091"
    text: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    to_app: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


Outcome = Ask | Leave | Do | Next | Back | Finish | Stop
Shown = Ask | Leave | Finish | Stop
"""What a journey may rest at."""

# --------------------------------------------------------------------------- given


@dataclass(frozen=True, slots=True)
class Entered:
    """The step has just been reached (or the page is asked for again)."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form was sent. `action` says which button or link; `fields` as typed, never saved.

    `turn` is that of the page the form stood on, or None when the client does not say (the
    wire protocol of B2C's own pages has no such field).
    """

    action: str
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """Back from another site, with the parameters it sent."""

    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)


Given = Entered | Form | Returned | Result

# --------------------------------------------------------------------------- the journey


class Journey(msgspec.Struct, frozen=True):
    """`turn` rises with every accepted input; `ordinal` counts effects within a turn.

    `shown` is what the person sees now; `pending` is an effect to be carried out, or being
    carried out. Somebody works on the journey until `lease` (epoch seconds; 0: nobody).
    `request` is the validated authorization request, opaque here. Pages and mails of a journey
    speak the `language` in which it began. `correlation` is the number (a guid) by which people
    quote it. `trail` is its way so far (journey.trail); None: nobody wants to know.

    A Struct, because every step makes a new one: a dataclass takes fifty times as long for that.
    """

    id: str
    tenant: str
    flow: str
    request: Mapping[str, Any]
    facts: Mapping[str, Any] = msgspec.field(default_factory=dict)
    turn: int = 0
    ordinal: int = 0
    step: str = ""
    shown: Shown | None = None
    pending: Effect | None = None
    lease: int = 0
    language: str = DEFAULT_LANGUAGE
    correlation: str = ""
    trail: tuple[Mapping[str, Any], ...] | None = None

    @property
    def signed_in_at(self) -> float | None:
        """When credentials were entered, epoch seconds with their fraction; None: nobody knows."""
        entered: float | None = self.facts.get("auth_time")
        return entered

    def know(self, facts: Mapping[str, Any]) -> Journey:
        """The same journey, knowing more."""
        return replace(self, facts={**self.facts, **facts}) if facts else self

    def forget(self, names: tuple[str, ...]) -> Journey:
        """The same journey without these facts."""
        kept = {name: value for name, value in self.facts.items() if name not in names}
        return replace(self, facts=kept) if names else self


_SHOWN = {kind.__name__: kind for kind in (Ask, Leave, Finish, Stop)}


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__ if name != "secret"}


def dump(journey: Journey) -> dict[str, Any]:
    """The journey as JSON values. Raises ValueError if a secret effect were to be saved."""
    data = asdict(journey)
    if journey.pending is not None:
        if journey.pending.secret:
            raise ValueError("An effect that holds a secret is never saved.")
        data["pending"] = [type(journey.pending).__name__, _fields(journey.pending)]
    if journey.shown is not None:
        data["shown"] = [type(journey.shown).__name__, _fields(journey.shown)]
    return data


def load(data: Mapping[str, Any]) -> Journey:
    """The journey that `dump` wrote."""
    values = dict(data)
    if values["pending"] is not None:
        name, fields = values["pending"]
        values["pending"] = EFFECTS[name](**fields)
    if values["shown"] is not None:
        name, fields = values["shown"]
        values["shown"] = _SHOWN[name](**fields)
    if values.get("trail") is not None:
        values["trail"] = tuple(values["trail"])
    return Journey(**values)
