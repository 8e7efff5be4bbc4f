"""What can be wrong with a grant or the client that presents it, at the token endpoint.

Source: runtime.md 3.1, 3.2, Appendix A; RFC 6749 section 5.2.
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.oidc.catalogue.entry import Entry

_METHOD = 405

GRANTS: Mapping[str, Entry] = {
    "90079": Entry(
        "invalid_request",
        "Clients must send a client_secret when redeeming a confidential grant.",
        "Send it, or a client_assertion.",
        standard="invalid_client",
    ),
    "90080": Entry(
        "invalid_grant",
        "The provided grant has expired. Current time: {now}, Grant issued time: {issued}, Grant"
        " sliding window expiration time: {until}.",
        "Please re-authenticate and try again.",
    ),
    "90081": Entry(
        "invalid_client",
        "The specified client credentials do not match the expected value for this client.",
        "Correct them and try again.",
    ),
    "90084": Entry(
        "invalid_request",
        "Public clients should not send client credentials when redeeming a publicly acquired"
        " grant.",
        "Leave them out.",
        standard="invalid_client",
    ),
    "90085": Entry(
        "invalid_grant",
        "The provided grant cannot be used.",
        "Please sign in again.",
    ),
    "90086": Entry(
        "unsupported_grant_type",
        "The specified grant_type '{value}' is not supported here.",
        "Send one that the discovery document names.",
    ),
    "90088": Entry(
        "invalid_grant",
        "The provided grant has not been issued for this endpoint. Actual value: {actual} and"
        " expected value: {expected}.",
        "Redeem it at the user flow that gave it.",
    ),
    "90128": Entry(
        "invalid_grant",
        "The account associated with this grant no longer exists.",
        "Please re-authenticate and try again.",
    ),
    "90129": Entry(
        "invalid_grant",
        "The provided grant has been revoked.",
        "Please re-authenticate and try again.",
    ),
    "90182": Entry(
        "invalid_grant",
        "The supplied code_verifier does not match the code_challenge.",
        "Send the one that the challenge was made of.",
    ),
    "90183": Entry(
        "invalid_grant",
        "The supplied code_verifier is invalid.",
        "{remedy}",
    ),
    "90224": Entry(
        "unauthorized_client",
        "Resource owner flow has not been enabled for the application.",
        "Set its isFallbackPublicClient to true.",
    ),
    "90225": Entry(
        "access_denied",
        "The username or password provided in the request are invalid.",
        "Correct them and try again.",
        standard="invalid_grant",
    ),
    "90226": Entry(
        "invalid_request",
        "This exchange is only allowed by POST.",
        "Use POST.",
        status=_METHOD,
    ),
    "90279": Entry(
        "invalid_grant",
        "The provided client id '{client}' does not match the client id that issued the grant.",
        "Redeem the grant as the application that was given it.",
    ),
    "99013": Entry(
        "invalid_request",
        "The grant_type '{grant}' and the token type '{type}' do not go together.",
        "Send the response_type 'token id_token'.",
    ),
    "99068": Entry(
        "invalid_scope",
        "The scope '{scope}' of a program must be one resource.",
        "Send https://{{application id URI}}/.default.",
    ),
}
