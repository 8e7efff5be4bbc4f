"""The one loop: what is given to a journey moves it along its plan until it rests. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from vestibule.journey.state import (
    Ask,
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
    """
    if isinstance(given, Form | Returned):
        if _stale(journey, given):
            return journey
        journey = replace(journey, turn=journey.turn + 1, ordinal=0)
    journey = replace(journey, pending=None)
    for _ in range(_TOO_MANY_STEPS):
        row = _due(plan, journey)
        if row.step != journey.step:
            given = Entered()  # what was given was meant for another step
        journey = replace(journey.know(row.told), step=row.step)
        outcome = STEPS[row.step](journey, given, world)
        journey = journey.know(outcome.facts)
        match outcome:
            case Do(effect=effect):
                return replace(journey, pending=effect, ordinal=journey.ordinal + 1)
            case Ask() | Leave() | Finish() | Stop():
                return replace(journey, shown=outcome)
            case Next(drop=drop) | Back(drop=drop):
                journey = journey.forget(drop)
                given = Entered()
    raise RuntimeError(f"The plan of {journey.flow} never rests: it came to {journey.step} again.")


def ended(journey: Journey) -> bool:
    """Nothing that a person does can move it any more."""
    return isinstance(journey.shown, Finish | Stop)


def _stale(journey: Journey, given: Form | Returned) -> bool:
    earlier = isinstance(given, Form) and given.turn is not None and given.turn != journey.turn
    return earlier or ended(journey)


def _due(plan: Plan, journey: Journey) -> Row:
    for row in plan:
        if row.gives not in journey.facts and row.when(journey.facts):
            return row
    raise RuntimeError(f"The plan of {journey.flow} ends without a Finish.")
