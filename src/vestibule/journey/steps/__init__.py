"""STEPS: every step by name. A step is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vestibule.journey.state import Given, Journey, Outcome
from vestibule.journey.steps.account_name import account_name
from vestibule.journey.steps.account_password import account_password
from vestibule.journey.steps.admit_guest import admit_guest
from vestibule.journey.steps.ask_after_federation import ask_after_federation
from vestibule.journey.steps.ask_before_creating import ask_before_creating
from vestibule.journey.steps.ask_before_tokens import ask_before_tokens
from vestibule.journey.steps.cannot_run import cannot_run
from vestibule.journey.steps.check_consent import check_consent
from vestibule.journey.steps.check_credentials import check_credentials
from vestibule.journey.steps.choose_provider import choose_provider
from vestibule.journey.steps.create_account import create_account
from vestibule.journey.steps.create_federated import create_federated
from vestibule.journey.steps.create_guest import create_guest
from vestibule.journey.steps.edit_profile import edit_profile
from vestibule.journey.steps.email_passcode import email_passcode
from vestibule.journey.steps.federate import federate
from vestibule.journey.steps.federated_details import federated_details
from vestibule.journey.steps.finish import finish
from vestibule.journey.steps.guest_details import guest_details
from vestibule.journey.steps.not_from_here import not_from_here
from vestibule.journey.steps.prove_address import prove_address
from vestibule.journey.steps.prove_number import prove_number
from vestibule.journey.steps.provider_gone import provider_gone
from vestibule.journey.steps.read_user import read_user
from vestibule.journey.steps.reuse_session import reuse_session
from vestibule.journey.steps.set_password import set_password
from vestibule.journey.steps.sign_in_or_up import sign_in_or_up
from vestibule.journey.steps.sign_up import sign_up
from vestibule.journey.steps.sign_up_with_number import sign_up_with_number
from vestibule.journey.steps.stay_silent import stay_silent
from vestibule.world import World

Step = Callable[[Journey, Given, World], Outcome]

STEPS: Mapping[str, Step] = {
    "account_name": account_name,
    "account_password": account_password,
    "admit_guest": admit_guest,
    "ask_after_federation": ask_after_federation,
    "ask_before_creating": ask_before_creating,
    "ask_before_tokens": ask_before_tokens,
    "cannot_run": cannot_run,
    "check_consent": check_consent,
    "check_credentials": check_credentials,
    "choose_provider": choose_provider,
    "create_account": create_account,
    "create_federated": create_federated,
    "create_guest": create_guest,
    "edit_profile": edit_profile,
    "email_passcode": email_passcode,
    "federate": federate,
    "federated_details": federated_details,
    "finish": finish,
    "guest_details": guest_details,
    "not_from_here": not_from_here,
    "prove_address": prove_address,
    "prove_number": prove_number,
    "provider_gone": provider_gone,
    "read_user": read_user,
    "reuse_session": reuse_session,
    "set_password": set_password,
    "sign_in_or_up": sign_in_or_up,
    "sign_up": sign_up,
    "sign_up_with_number": sign_up_with_number,
    "stay_silent": stay_silent,
}
