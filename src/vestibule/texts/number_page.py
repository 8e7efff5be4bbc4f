"""What B2C calls the sentences of the page that asks for a phone number and its code.

Keys are those of its page for second factors where that has such a sentence (runtime 7.3).
"""

from __future__ import annotations

from vestibule.texts.keys import ERROR, EVERY_QUESTION, MAIL, UX, keys

SIGN_IN_BY_NUMBER = {
    **EVERY_QUESTION,
    **keys(
        UX,
        {
            "heading": "page.signin.title",
            "heading_signup": "page.signup.title",
            "intro_msg": "page.phone.lead",
            "intro_msg_signup": "page.phone.lead.both",
            "intro_msg_sent": "page.phone.lead.sent",
            "country_code_label": "page.phone.country",
            "choose": "page.choose",
            "number_label": "page.phone",
            "number_pattern": "phone.invalid",
            "required_number": "phone.required",
            "required_country_code": "phone.country",
            "code_label": "page.signup.code",
            "code_hint": "page.phone.code.hint",
            "code_pattern": "phone.malformed",
            "code_not_sent": "phone.not_sent",
            "button_send_code": "page.signup.send",
            "button_resend_code": "page.signup.resend",
            "button_verify_code": "page.signup.verify",
            "button_change_number": "page.phone.edit",
            "remember_me": "page.signin.remember",
            "error_incorrect_code": "code.wrong",
            "error_code_expired": "code.expired",
            "error_449": "code.spent",
            "error_448": "code.failed",
            "error_sms_throttled": "phone.throttled",
            "button_cancel": "page.cancel",
            "cancel_message": "app.cancelled",
        },
    ),
    **keys(
        ERROR,
        {
            "UserMessageIfClaimsPrincipalAlreadyExists": "account.exists",
            "UserMessageIfClaimsPrincipalDoesNotExist": "account.not_found",
            "UserMessageIfUserAccountDisabled": "account.disabled",
        },
    ),
    **keys(MAIL, {"sms_message": "sms.code"}),
}
