"""The one loop: what is given to a journey moves it along its plan until it rests. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from vestibule.journey.state import (
    Back,
    Do,
    Entered,
    Finish,
    Form,
    Given,
    Journey,
    Leave,
    Next,
    Returned,
    Stop,
)
from vestibule.journey.steps import STEPS
from vestibule.journey.trail import Entry, Trail, due
from vestibule.world import World

Facts = Mapping[str, Any]


def always(_facts: Facts) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a plan: run `step` when the condition holds and `gives` is not yet known.

    `told` are facts that the plan tells the step (what the flow is set to), known beforehand.
    """

    step: str
    gives: str
    when: Callable[[Facts], bool] = always
    told: Facts = field(default_factory=dict)


Plan = tuple[Row, ...]

_TOO_MANY_STEPS = 100


def advance(plan: Plan, journey: Journey, given: Given, world: World) -> Journey:
    """The journey after what was given: at rest (`shown`), or with an effect to do (`pending`).

    The very same journey comes back when nothing is accepted: a form of an earlier turn, or
    one for a journey that has ended. The result of an effect is given to the step that asked.
    What each step did is added to the journey's trail, if it has one.
    """
    if isinstance(given, Form | Returned):
        if _stale(journey, given):
            return journey
        journey = _present(plan, replace(journey, turn=journey.turn + 1, ordinal=0), given)
    trail = None if journey.trail is None else Trail(journey.trail, world)
    for _ in range(_TOO_MANY_STEPS):
        row = _due(plan, journey)
        reached = row.step != journey.step
        if reached:
            given = Entered()  # what was given was meant for another step
        facts = {**journey.facts, **row.told} if row.told else journey.facts
        journey = replace(journey, step=row.step, facts=facts)
        outcome = STEPS[row.step](journey, given, world)
        if trail is not None:
            trail.add(journey, given, outcome, _why(plan, row, journey) if reached else {})
        facts = {**journey.facts, **outcome.facts}
        if isinstance(outcome, Next | Back):
            kept = {name: value for name, value in facts.items() if name not in outcome.drop}
            journey, given = replace(journey, facts=kept), Entered()
            continue
        known = replace(journey, facts=facts, trail=None if trail is None else trail.whole())
        if isinstance(outcome, Do):
            return replace(known, pending=outcome.effect, ordinal=journey.ordinal + 1)
        return replace(known, pending=None, shown=outcome)
    raise RuntimeError(f"The plan of {journey.flow} never rests: it came to {journey.step} again.")


def ended(journey: Journey) -> bool:
    """Nothing that a person does can move it any more."""
    return isinstance(journey.shown, Finish | Stop)


def _stale(journey: Journey, given: Form | Returned) -> bool:
    """While somebody is away, the page that they left is still there to go back to."""
    away = isinstance(journey.shown, Leave)
    if ended(journey) or (isinstance(given, Returned) and not away):
        return True
    turn = given.turn if isinstance(given, Form) else None
    return turn is not None and turn != journey.turn and not (away and turn == journey.turn - 1)


def _present(plan: Plan, journey: Journey, given: Form | Returned) -> Journey:
    """The journey where the form was sent: of who was away, at the question before that."""
    if not isinstance(journey.shown, Leave) or isinstance(given, Returned):
        return journey
    journey = journey.forget(tuple(journey.shown.undone))
    return replace(journey, step=_due(plan, journey).step)


def _why(plan: Plan, row: Row, journey: Journey) -> Entry:
    """Why it is this row's turn, and not that of one before it."""
    done: dict[str, None] = {}
    unmet: dict[str, None] = {}
    for earlier in plan[: plan.index(row)]:
        (done if earlier.gives in journey.facts else unmet)[earlier.step] = None
    condition = row.when.__qualname__.partition(".")[0].lstrip("_")
    return due(row.gives, condition, [*done], [*unmet])


def _due(plan: Plan, journey: Journey) -> Row:
    for row in plan:
        if row.gives not in journey.facts and row.when(journey.facts):
            return row
    raise RuntimeError(f"The plan of {journey.flow} ends without a Finish.")
