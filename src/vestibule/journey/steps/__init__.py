"""STEPS: every step by name. A step is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vestibule.journey.state import Given, Journey, Outcome
from vestibule.journey.steps.cannot_run import cannot_run
from vestibule.journey.steps.check_credentials import check_credentials
from vestibule.journey.steps.create_account import create_account
from vestibule.journey.steps.finish import finish
from vestibule.journey.steps.read_user import read_user
from vestibule.journey.steps.reuse_session import reuse_session
from vestibule.journey.steps.sign_in_or_up import sign_in_or_up
from vestibule.journey.steps.sign_up import sign_up
from vestibule.journey.steps.stay_silent import stay_silent
from vestibule.world import World

Step = Callable[[Journey, Given, World], Outcome]

STEPS: Mapping[str, Step] = {
    "cannot_run": cannot_run,
    "check_credentials": check_credentials,
    "create_account": create_account,
    "finish": finish,
    "read_user": read_user,
    "reuse_session": reuse_session,
    "sign_in_or_up": sign_in_or_up,
    "sign_up": sign_up,
    "stay_silent": stay_silent,
}
