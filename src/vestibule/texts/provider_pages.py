"""What the sentences are called of pages that lead to identity providers, and back from them.

Keys are B2C's where it has such a sentence, ours in its style elsewhere. Source: runtime 5.9, 7.3.
"""

from __future__ import annotations

from vestibule.texts.keys import (
    ADDRESS,
    CLAIM,
    EVERY_QUESTION,
    QUESTIONS,
    REFUSALS,
    UX,
    WAYS_OUT,
    keys,
)

PROVIDERS = keys(UX, {"divider_title": "page.provider.or", "button_social": "page.provider.signin"})
"""On a page with other ways to sign in."""

SELECTION = {
    **EVERY_QUESTION,
    **WAYS_OUT,
    **PROVIDERS,
    **keys(
        UX,
        {
            "heading": "page.signin.title",
            "initial_intro": "page.select.lead",
            "heading_signup": "page.signup.title",
            "initial_intro_signup": "page.select.lead.signup",
            "button_social_signup": "page.provider.signup",
            "button_email": "page.select.email",
            "button_username": "page.select.username",
            "away_heading": "page.away.title",
            "away_intro": "page.away.lead",
            "button_away_continue": "page.away.go",
            "button_away_other": "page.away.other",
        },
    ),
}

SOCIAL_SIGN_UP = {
    **EVERY_QUESTION,
    **REFUSALS,
    **ADDRESS,
    **QUESTIONS,
    **WAYS_OUT,
    **keys(
        UX,
        {
            "heading": "page.signup.title",
            "initial_intro": "page.social.lead",
            "account_legend": "page.signup.account",
            "button_continue": "page.signup.create",
        },
    ),
    **keys(CLAIM, {"email UserHelpText": "page.social.email.hint"}),
}
