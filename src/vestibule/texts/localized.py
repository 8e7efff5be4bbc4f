"""Our sentences under the names that B2C gives to those of its pages: one table for all.

`PAGES` holds, page by page, the key of every sentence that can be seen there. Whatever the API
shows or accepts, whatever scripts find in a page's CONTENT, is read from it.
Source: runtime 5.9, 7.2, 7.3; graph-surface 11.6.
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.flow_settings import PHONE_SINCE, PHONE_TYPES
from vestibule.texts import keys
from vestibule.texts.error_page import ERROR_PAGE
from vestibule.texts.keys import CLAIM, ERROR, MAIL, PREDICATE, UX, Key
from vestibule.texts.number_page import SIGN_IN_BY_NUMBER
from vestibule.texts.provider_pages import PROVIDERS, SELECTION, SOCIAL_SIGN_UP
from vestibule.texts.tenant_pages import DEVICES, TENANT_PAGES

__all__ = [
    "ASKS_ATTRIBUTES", "CHOICE", "CLAIM", "ERROR", "ERRORS", "LABEL", "MAIL", "PAGES", "PREDICATE",
    "RESTRICTION", "UX", "Key", "choice", "content", "pages_of", "text_of",
]  # fmt: skip

LABEL = "label."
CHOICE = "choice."
"""Texts that our files need not have: `label.{attribute}` is what an attribute is called,
`choice.{attribute}.{value}` one of its options."""

RESTRICTION = "Restriction"
"""TargetCollection of the options of an attribute."""

ERRORS = "error"
PAGES: Mapping[str, Mapping[Key, str]] = {
    "signuporsignin": {**keys.SIGN_IN, **PROVIDERS},
    "idpselections": SELECTION,
    "localaccountsignin": {**SIGN_IN_BY_NUMBER, **PROVIDERS},
    "localaccountsignup": keys.SIGN_UP,
    "socialccountsignup": SOCIAL_SIGN_UP,
    "localaccountpasswordreset": keys.RESET,
    "localaccountpasswordchange": keys.CHANGE,
    "selfasserted.profileupdate": keys.PROFILE,
    **TENANT_PAGES,
    ERRORS: {**ERROR_PAGE, **DEVICES},
}
"""Page → key → id of the text. A page is named as B2C's content definition, without "api."; on
`error` stands whatever is no question: fatal pages, "signed out", "still working"."""

ASKS_ATTRIBUTES = frozenset(
    {"localaccountsignup", "socialccountsignup", "selfasserted.profileupdate", "guestdetails"}
)
"""Pages on which labels of attributes stand, as ClaimType/{attribute}/DisplayName."""

_PAGES_OF: Mapping[str, tuple[str, ...]] = {
    "signUpOrSignIn": (
        "signuporsignin",
        "idpselections",
        "localaccountsignup",
        "socialccountsignup",
        ERRORS,
    ),
    "signUp": ("idpselections", "localaccountsignup", "socialccountsignup", ERRORS),
    "signIn": ("signuporsignin", "idpselections", ERRORS),
    "passwordReset": ("localaccountpasswordreset", ERRORS),
    "profileUpdate": ("signuporsignin", "idpselections", "selfasserted.profileupdate", ERRORS),
    "resourceOwner": (),
}
_NUMBER = ("localaccountsignin",)
_SINCE_3 = ("localaccountpasswordreset", "localaccountpasswordchange")
"""Pages that the third version of a flow which signs in can be set to show."""


def pages_of(type: str, version: float, kind: str = "b2c") -> tuple[str, ...]:
    """The pages that a user flow shows, as far as this version of the server has them."""
    if kind == "b2x":
        return (*TENANT_PAGES, ERRORS)
    if (type, version) == ("signIn", 1.0):  # its page belongs to another service (runtime 5.1)
        return (ERRORS,)
    more: tuple[str, ...] = ()
    if version >= PHONE_SINCE:
        more += _NUMBER if type in PHONE_TYPES else ()
        more += _SINCE_3 if type in {"signUpOrSignIn", "signIn"} else ()
    return (*_PAGES_OF.get(type, ()), *more)


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
