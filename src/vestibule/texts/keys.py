"""Page by page, what B2C calls each sentence that can be seen there.

Keys are B2C's where it has such a sentence (runtime 7.3) and ours, in its style, where it has
none. A sentence has one key on a page. Source: runtime 5.9, 7.2, 7.3; graph-surface 11.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

UX = "UxElement"
ERROR = "ErrorMessage"
CLAIM = "ClaimType"
PREDICATE = "Predicate"
MAIL = "GetLocalizedStringsTransformationClaimType"


@dataclass(frozen=True, slots=True)
class Key:
    """What names a sentence within a page."""

    type: str
    string: str
    element: str | None = None


def keys(type: str, texts: Mapping[str, str]) -> dict[Key, str]:
    """Keys written "string", or "element string" where the element is named."""
    found = {}
    for name, text in texts.items():
        element, _, string = name.rpartition(" ")
        found[Key(type, string, element or None)] = text
    return found


EVERY_QUESTION = keys(
    UX,
    {
        "skip_to_content": "page.skip",
        "error_title": "page.title.error",
        "error_summary": "page.problem",
        "show_password": "page.password.show",
        "hide_password": "page.password.hide",
        "unknown_error": "page.unknown",
    },
)

SIGN_IN = {
    **EVERY_QUESTION,
    **keys(
        UX,
        {
            "heading": "page.signin.title",
            "local_intro_email": "page.signin.lead",
            "logonIdentifier_email": "page.email",
            "requiredField_email": "email.required",
            "logonIdentifier_username": "page.username",
            "requiredField_username": "username.required",
            "invalid_email": "email.invalid",
            "password": "page.password",
            "requiredField_password": "password.required",
            "forgotpassword_link": "page.signin.forgot",
            "remember_me": "page.signin.remember",
            "session_over": "proof.spent",
            "button_signin": "page.signin.button",
            "createaccount_intro": "page.signin.new",
            "createaccount_one_link": "page.signin.signup",
            "cancel_message": "app.forgot_password",
        },
    ),
    **keys(
        ERROR,
        {
            "UserMessageIfInvalidPassword": "password.wrong",
            "UserMessageIfPasswordExpired": "password.expired",
            "UserMessageIfClaimsPrincipalDoesNotExist": "account.unknown",
            "UserMessageIfUserAccountDisabled": "account.disabled",
            "UserMessageIfUserAccountLocked": "account.locked",
            "AADRequestsThrottled": "server.busy",
            "DefaultMessage": "account.refused",
        },
    ),
}

ADDRESS = {
    **keys(
        UX,
        {
            "ver_info_msg": "page.signup.lead.sent",
            "ver_success_msg": "page.signup.verified",
            "ver_but_send": "page.signup.send",
            "ver_but_edit": "page.signup.edit",
            "ver_but_verify": "page.signup.verify",
            "ver_but_resend": "page.signup.resend",
            "ver_legend": "page.signup.code.legend",
            "ver_input": "page.signup.code",
            "ver_incorrect_format": "code.malformed",
            "ver_fail_retry": "code.wrong",
            "ver_fail_no_retry": "code.spent",
            "ver_fail_code_expired": "code.expired",
            "ver_fail_throttled": "code.throttled",
            "ver_fail_server": "code.failed",
            "ver_not_sent": "code.not_sent",
            "requiredField_email": "email.required",
        },
    ),
    **keys(
        CLAIM,
        {
            "email DisplayName": "page.email",
            "email PatternHelpText": "email.invalid",
            "verificationCode UserHelpText": "page.signup.code.hint",
        },
    ),
    **keys(ERROR, {"UserMessageIfClaimNotVerified": "email.unverified"}),
    **keys(MAIL, {"email_subject": "mail.code.subject", "email_message": "mail.code.body"}),
}
"""Proving an address with a code."""

_USER_NAME = {
    **keys(UX, {"requiredField_username": "username.required"}),
    **keys(
        CLAIM,
        {
            "signInName DisplayName": "page.username",
            "signInName PatternHelpText": "username.invalid",
        },
    ),
}

_NEW_PASSWORD = {
    **keys(
        UX,
        {
            "requiredField_newPassword": "password.required",
            "error_passwordEntryMismatch": "password.mismatch",
        },
    ),
    **keys(
        CLAIM,
        {
            "newPassword DisplayName": "page.signup.password",
            "newPassword PatternHelpText": "password.rules",
            "reenterPassword DisplayName": "page.signup.again",
        },
    ),
    **keys(
        PREDICATE,
        {
            "IsLengthRange HelpText": "page.signup.rule.length",
            "IsLengthRange PatternHelpText": "password.length",
            "CharacterClasses HelpText": "page.signup.rule.classes",
            "Digits HelpText": "page.signup.rule.digits",
            "Digits PatternHelpText": "password.digits",
        },
    ),
    **keys(
        ERROR,
        {"UserMessageIfPasswordCommon": "password.common", "ServiceThrottled": "server.busy"},
    ),
}

QUESTIONS = keys(
    UX,
    {
        "required_field": "attribute.required",
        "invalid_choice": "attribute.choice",
        "invalid_number": "attribute.number",
        "invalid_date": "attribute.date",
        "invalid_length": "attribute.long",
        "invalid_characters": "attribute.characters",
        "optional_field": "page.optional",
        "choose": "page.choose",
        "day": "page.date.day",
        "month": "page.date.month",
        "year": "page.date.year",
    },
)

WAYS_OUT = keys(UX, {"button_cancel": "page.cancel", "cancel_message": "app.cancelled"})

REFUSALS = keys(
    ERROR,
    {"UserMessageFromApi": "connector.message", "UserMessageIfNotAccepted": "connector.invalid"},
)
"""What an API connector says about answers."""

SIGN_UP = {
    **EVERY_QUESTION,
    **REFUSALS,
    **ADDRESS,
    **_NEW_PASSWORD,
    **QUESTIONS,
    **WAYS_OUT,
    **keys(
        UX,
        {
            "heading": "page.signup.title",
            "ver_intro_msg": "page.signup.lead",
            "ver_success_intro": "page.signup.lead.verified",
            "initial_intro": "page.signup.lead.form",
            "account_legend": "page.signup.account",
            "initial_intro_phone": "page.phone.lead.new",
            "ver_success_msg_phone": "page.phone.verified",
            "button_continue": "page.signup.create",
        },
    ),
    **_USER_NAME,
    **keys(
        CLAIM,
        {
            "email UserHelpText": "page.signup.email.hint",
            "signInName UserHelpText": "page.signup.username.hint",
            "phoneNumber DisplayName": "page.phone",
        },
    ),
    **keys(ERROR, {"UserMessageIfClaimsPrincipalAlreadyExists": "account.exists"}),
    **keys(
        MAIL,
        {
            "email_exists_subject": "mail.exists.subject",
            "email_exists_message": "mail.exists.body",
        },
    ),
}

RESET = {
    **EVERY_QUESTION,
    **ADDRESS,
    **_NEW_PASSWORD,
    **_USER_NAME,
    **WAYS_OUT,
    **keys(
        UX,
        {
            "heading": "page.reset.title",
            "ver_intro_msg": "page.reset.lead",
            "ver_intro_msg_username": "page.reset.lead.username",
            "ver_success_intro": "page.reset.lead.verified",
            "heading_new_password": "page.reset.choose",
            "initial_intro": "page.reset.choose.lead",
            "session_over": "proof.spent",
            "button_continue": "page.continue",
            "button_save": "page.password.save",
        },
    ),
    **keys(
        ERROR,
        {
            "UserMessageIfClaimsPrincipalDoesNotExist": "account.not_found",
            "UserMessageIfUserAccountDisabled": "account.disabled",
        },
    ),
    **keys(
        MAIL,
        {
            "email_no_account_subject": "mail.no_account.subject",
            "email_no_account_message": "mail.no_account.body",
        },
    ),
}

CHANGE = {
    **EVERY_QUESTION,
    **_NEW_PASSWORD,
    **WAYS_OUT,
    **keys(
        UX,
        {
            "heading": "page.change.title",
            "initial_intro": "page.change.lead",
            "button_continue": "page.password.save",
        },
    ),
    **keys(ERROR, {"UserMessageIfOldPasswordUsed": "password.old"}),
}

PROFILE = {
    **EVERY_QUESTION,
    **QUESTIONS,
    **WAYS_OUT,
    **keys(
        UX,
        {
            "heading": "page.profile.title",
            "initial_intro": "page.profile.lead",
            "button_continue": "page.profile.save",
        },
    ),
    **keys(CLAIM, {"email PatternHelpText": "email.invalid"}),
}
