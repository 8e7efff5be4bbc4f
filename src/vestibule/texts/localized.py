"""Our sentences under the names that B2C gives to those of its pages: one table for all.

`PAGES` holds, page by page, the key of every sentence that can be seen there. Whatever the API
shows or accepts, whatever scripts find in a page's CONTENT, is read from it. Keys are B2C's
where it has such a sentence (runtime 7.3) and ours, in its style, where it has none.
Source: runtime 5.9, 7.2, 7.3; graph-surface 11.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

UX = "UxElement"
ERROR = "ErrorMessage"
CLAIM = "ClaimType"
PREDICATE = "Predicate"
MAIL = "GetLocalizedStringsTransformationClaimType"

LABEL = "label."
CHOICE = "choice."
"""Texts that our files need not have: `label.{attribute}` is what an attribute is called,
`choice.{attribute}.{value}` one of its options."""

RESTRICTION = "Restriction"
"""TargetCollection of the options of an attribute."""


@dataclass(frozen=True, slots=True)
class Key:
    """What names a sentence within a page."""

    type: str
    string: str
    element: str | None = None


def _keys(type: str, texts: Mapping[str, str]) -> dict[Key, str]:
    """Keys written "string", or "element string" where the element is named."""
    keys = {}
    for name, text in texts.items():
        element, _, string = name.rpartition(" ")
        keys[Key(type, string, element or None)] = text
    return keys


_EVERY_QUESTION = _keys(
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

_SIGN_IN = {
    **_EVERY_QUESTION,
    **_keys(
        UX,
        {
            "heading": "page.signin.title",
            "local_intro_email": "page.signin.lead",
            "logonIdentifier_email": "page.email",
            "requiredField_email": "email.required",
            "invalid_email": "email.invalid",
            "password": "page.password",
            "requiredField_password": "password.required",
            "forgotpassword_link": "page.signin.forgot",
            "button_signin": "page.signin.button",
            "createaccount_intro": "page.signin.new",
            "createaccount_one_link": "page.signin.signup",
            "cancel_message": "app.forgot_password",
        },
    ),
    **_keys(
        ERROR,
        {
            "UserMessageIfInvalidPassword": "password.wrong",
            "UserMessageIfClaimsPrincipalDoesNotExist": "account.unknown",
            "UserMessageIfUserAccountDisabled": "account.disabled",
            "UserMessageIfUserAccountLocked": "account.locked",
            "AADRequestsThrottled": "server.busy",
            "DefaultMessage": "account.refused",
        },
    ),
}

_SIGN_UP = {
    **_EVERY_QUESTION,
    **_keys(
        UX,
        {
            "heading": "page.signup.title",
            "ver_intro_msg": "page.signup.lead",
            "ver_info_msg": "page.signup.lead.sent",
            "ver_success_intro": "page.signup.lead.verified",
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
            "initial_intro": "page.signup.lead.form",
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
            "account_legend": "page.signup.account",
            "requiredField_email": "email.required",
            "requiredField_newPassword": "password.required",
            "error_passwordEntryMismatch": "password.mismatch",
            "button_continue": "page.signup.create",
            "button_cancel": "page.cancel",
            "cancel_message": "app.cancelled",
        },
    ),
    **_keys(
        CLAIM,
        {
            "email DisplayName": "page.email",
            "email UserHelpText": "page.signup.email.hint",
            "email PatternHelpText": "email.invalid",
            "verificationCode UserHelpText": "page.signup.code.hint",
            "newPassword DisplayName": "page.signup.password",
            "newPassword PatternHelpText": "password.rules",
            "reenterPassword DisplayName": "page.signup.again",
        },
    ),
    **_keys(
        PREDICATE,
        {
            "IsLengthRange HelpText": "page.signup.rule.length",
            "CharacterClasses HelpText": "page.signup.rule.classes",
        },
    ),
    **_keys(
        ERROR,
        {
            "UserMessageIfClaimsPrincipalAlreadyExists": "account.exists",
            "UserMessageIfClaimNotVerified": "email.unverified",
            "ServiceThrottled": "server.busy",
        },
    ),
    **_keys(
        MAIL,
        {
            "email_subject": "mail.code.subject",
            "email_message": "mail.code.body",
            "email_exists_subject": "mail.exists.subject",
            "email_exists_message": "mail.exists.body",
        },
    ),
}

_ERROR = {
    **_keys(
        UX,
        {
            "skip_to_content": "page.skip",
            "heading": "page.error.title",
            "heading_request": "page.error.title.request",
            "heading_stopped": "page.error.title.stopped",
            "heading_lost": "page.error.title.lost",
            "heading_logout": "page.error.title.logout",
            "error_code": "page.error.code",
            "correlation_id": "page.error.correlation",
            "timestamp": "page.error.time",
            "remedy": "page.error.remedy",
            "button_start_again": "page.error.again",
            "button_copy": "page.copy",
            "copied": "page.copied",
            "sign_out_heading": "page.signout.title",
            "sign_out_message": "page.signout.text",
            "button_sign_out": "page.signout.button",
            "signed_out_heading": "page.signedout.title",
            "signed_out_message": "page.signedout.text",
            "signed_out_others": "page.signedout.others",
            "working_heading": "page.working.title",
            "working_message": "page.working.text",
            "working_link": "page.working.now",
            "returning_heading": "page.formpost.title",
            "returning_message": "page.formpost.text",
            "button_continue": "page.continue",
        },
    ),
    **_keys(
        ERROR,
        {
            "UserMessageIfUserAccountDisabled": "account.disabled",
            "UserMessageIfClaimsPrincipalDoesNotExist": "account.gone",
            "UserMessageIfSessionDoesNotExist": "page.error.lost",
            "UserMessageIfRequestForged": "page.error.forgery",
            "UserMessageIfJourneyNotSupported": "flow.cannot_run",
        },
    ),
}

ERRORS = "error"
PAGES: Mapping[str, Mapping[Key, str]] = {
    "signuporsignin": _SIGN_IN,
    "localaccountsignup": _SIGN_UP,
    ERRORS: _ERROR,
}
"""Page → key → id of the text. A page is named as B2C's content definition, without "api."; on
`error` stands whatever is no question: fatal pages, "signed out", "still working"."""

ASKS_ATTRIBUTES = frozenset({"localaccountsignup"})
"""Pages on which labels of attributes stand, as ClaimType/{attribute}/DisplayName."""

_PAGES_OF: Mapping[str, tuple[str, ...]] = {
    "signUpOrSignIn": ("signuporsignin", "localaccountsignup", ERRORS),
    "signUp": ("localaccountsignup", ERRORS),
    "signIn": ("signuporsignin", ERRORS),
    "passwordReset": (ERRORS,),
    "profileUpdate": (ERRORS,),
    "resourceOwner": (),
}


def pages_of(type: str, version: float) -> tuple[str, ...]:
    """The pages that a user flow shows, as far as this version of the server has them."""
    if (type, version) == ("signIn", 1.0):  # its page belongs to another service (runtime 5.1)
        return (ERRORS,)
    return _PAGES_OF.get(type, ())


def text_of(page: str, key: Key) -> str | None:
    """The id of the text that a key of a page names, also of an attribute's label; None for a
    key that means nothing there."""
    if page not in PAGES:
        return None
    return PAGES[page].get(key) or (_of_attribute(key) if page in ASKS_ATTRIBUTES else None)


def choice(element: str, value: str) -> Key:
    """The key of an option's name. It stands in no document: there options are collections."""
    return Key(CLAIM, f"{RESTRICTION}/{value}", element)


def _of_attribute(key: Key) -> str | None:
    if key.type != CLAIM or not key.element:
        return None
    if key.string == "DisplayName":
        return f"{LABEL}{key.element}"
    collection, _, value = key.string.partition("/")
    return f"{CHOICE}{key.element}.{value}" if collection == RESTRICTION else None


def content(page: str) -> Mapping[str, str]:
    """What scripts find in the page's CONTENT: string id → id of the text."""
    return {key.string: text for key, text in PAGES[page].items() if key.type == UX}
