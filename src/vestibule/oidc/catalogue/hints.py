"""What can be wrong with an id token that is sent back to us, and with leaving.

Source: runtime.md 2, 3.7, Appendix A; OpenID Connect RP-Initiated Logout 2.
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.oidc.catalogue.entry import Entry

HINTS: Mapping[str, Entry] = {
    "90067": Entry(
        "invalid_request",
        "The post_logout_redirect_uri '{uri}' is malformed or not allowed.",
        "Send an https URI that is registered for the application.",
    ),
    "90209": Entry(
        "invalid_request",
        "The audience of the id_token_hint is not this client.",
        "Send an id token that this client was given.",
    ),
    "90210": Entry(
        "invalid_request",
        "The id_token_hint could not be validated: it is not an id token of this server.",
        "Send one as it was received.",
    ),
    "90232": Entry(
        "invalid_request",
        "The issuer of the id_token_hint is not this user flow.",
        "Send an id token that this user flow gave.",
    ),
    "90233": Entry(
        "invalid_request",
        "The signature of the id_token_hint is not valid.",
        "Send an id token as it was received.",
    ),
    "90235": Entry(
        "invalid_request",
        "The id token of id_token_hint has expired.",
        "Get a new one first.",
    ),
    "90237": Entry(
        "invalid_request",
        "The audience of the id_token_hint is not this client.",
        "Send an id token that this client was given.",
    ),
    "90238": Entry(
        "invalid_request",
        "The issuer of the id_token_hint is not this authority.",
        "Send an id token that this user flow gave.",
    ),
    "90239": Entry(
        "invalid_request",
        "The signature of the id_token_hint is not valid.",
        "Send an id token as it was received.",
    ),
    "90240": Entry(
        "invalid_request",
        "The id_token_hint is malformed.",
        "Send an id token as it was received.",
    ),
    "90272": Entry(
        "invalid_request",
        "The id_token_hint parameter is missing.",
        "Send it: the user flow demands one.",
    ),
}
