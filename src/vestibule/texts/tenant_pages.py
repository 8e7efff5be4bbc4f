"""The sentences of the pages at the tenant's own authority, under B2C's style of names.

Source: runtime 7.3, 8.5.
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.texts.keys import ERROR, EVERY_QUESTION, MAIL, REFUSALS, UX, Key, keys
from vestibule.texts.provider_pages import PROVIDERS

_ANOTHER = keys(UX, {"button_another": "page.account.another"})
_FAILED_CODES = keys(
    UX,
    {
        "ver_incorrect_format": "code.malformed",
        "ver_fail_retry": "code.wrong",
        "ver_fail_no_retry": "code.spent",
        "ver_fail_code_expired": "code.expired",
        "ver_fail_throttled": "code.throttled",
        "ver_fail_server": "code.failed",
    },
)

_ACCOUNT_NAME = {
    **PROVIDERS,
    **EVERY_QUESTION,
    **keys(
        UX,
        {
            "heading": "page.signin.title",
            "local_intro_generic": "page.signin.lead",
            "logonIdentifier_generic": "page.account.name",
            "requiredField_generic": "name.required",
            "invalid_generic": "name.invalid",
            "button_next": "page.account.next",
            "createaccount_intro": "page.account.new",
            "createaccount_one_link": "page.account.create",
            "heading_create": "page.account.title.create",
            "create_intro": "page.account.lead.create",
            "logonIdentifier_email": "page.email",
            "button_existing": "page.account.existing",
        },
    ),
    **keys(ERROR, {"UserMessageIfClaimsPrincipalDoesNotExist": "name.unknown"}),
}

_ACCOUNT_PASSWORD = {
    **EVERY_QUESTION,
    **_ANOTHER,
    **keys(
        UX,
        {
            "heading": "page.account.password.title",
            "account_intro": "page.account.as",
            "password": "page.password",
            "requiredField_password": "password.required",
            "button_signin": "page.signin.button",
            "button_code": "page.account.by_code",
        },
    ),
    **keys(
        ERROR,
        {
            "UserMessageIfInvalidPassword": "account.refused",
            "UserMessageIfPasswordExpired": "password.expired",
            "UserMessageIfUserAccountDisabled": "account.disabled",
            "UserMessageIfUserAccountLocked": "account.locked",
            "AADRequestsThrottled": "server.busy",
        },
    ),
}

_EMAIL_PASSCODE = {
    **EVERY_QUESTION,
    **_ANOTHER,
    **_FAILED_CODES,
    **keys(
        UX,
        {
            "heading": "page.passcode.title",
            "ver_intro_msg": "page.passcode.lead",
            "ver_but_send": "page.passcode.send",
            "heading_sent": "page.passcode.title.sent",
            "ver_info_msg": "page.passcode.lead.sent",
            "ver_input": "page.passcode.code",
            "ver_input_help": "page.passcode.code.hint",
            "ver_but_verify": "page.passcode.verify",
            "ver_but_resend": "page.signup.resend",
        },
    ),
    **keys(MAIL, {"email_subject": "mail.passcode.subject", "email_message": "mail.passcode.body"}),
}

_ANSWERS = keys(
    UX,
    {
        "required_field": "attribute.required",
        "invalid_choice": "attribute.choice",
        "invalid_number": "attribute.number",
        "invalid_date": "attribute.date",
        "invalid_length": "attribute.long",
        "invalid_characters": "attribute.characters",
        "invalid_email": "email.invalid",
        "optional_field": "page.optional",
        "choose": "page.choose",
        "day": "page.date.day",
        "month": "page.date.month",
        "year": "page.date.year",
    },
)

_GUEST_DETAILS = {
    **EVERY_QUESTION,
    **REFUSALS,
    **_ANSWERS,
    **keys(
        UX,
        {
            "heading": "page.details.title",
            "initial_intro": "page.details.lead",
            "button_continue": "page.continue",
            "button_cancel": "page.cancel",
            "cancel_message": "app.cancelled",
        },
    ),
}

_NOT_FROM_HERE = {
    **EVERY_QUESTION,
    **_ANOTHER,
    **keys(
        UX,
        {
            "heading": "page.error.title.stopped",
            "error_code": "page.error.code",
            "correlation_id": "page.error.correlation",
        },
    ),
    **keys(
        ERROR,
        {
            "UserMessageIfUserIsNoGuest": "guest.unknown",
            "UserMessageIfAccountIsPersonal": "guest.personal",
            "UserMessageIfProviderNotSupported": "guest.provider",
            "UserMessageIfNoEmailFromProvider": "guest.no_address",
        },
    ),
}

TENANT_PAGES: Mapping[str, Mapping[Key, str]] = {
    "accountname": _ACCOUNT_NAME,
    "accountpassword": _ACCOUNT_PASSWORD,
    "emailpasscode": _EMAIL_PASSCODE,
    "guestdetails": _GUEST_DETAILS,
    "notfromhere": _NOT_FROM_HERE,
}
"""Page → key → id of the text, in the order in which people meet them."""

DEVICES = keys(
    UX,
    {
        "button_cancel": "page.cancel",
        "device_heading": "page.device.title",
        "device_message": "page.device.lead",
        "device_code": "page.device.code",
        "device_code_required": "device.code.required",
        "device_code_wrong": "device.code.wrong",
        "device_code_throttled": "device.code.throttled",
        "device_question_heading": "page.device.confirm.title",
        "device_question_message": "page.device.confirm.lead",
        "device_question_warning": "page.device.confirm.warning",
        "device_approved_heading": "page.device.approved.title",
        "device_approved_message": "page.device.approved.text",
        "device_declined_heading": "page.device.declined.title",
        "device_declined_message": "page.device.declined.text",
        "device_late_heading": "page.device.late.title",
        "device_late_message": "page.device.late.text",
    },
)
"""What pages about a device say; none of them is a question of a journey."""
