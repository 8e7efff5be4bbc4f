"""What Entra says to people and devices that sign in at the tenant's own authority.

Source: runtime.md 8.5, 12.3; RFC 8628 section 3.5; Microsoft identity platform, AADSTS codes.
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.oidc.catalogue.entry import Entry

_BUSY = 503

TENANT: Mapping[str, Entry] = {
    "AADSTS28000": Entry(
        "invalid_request",
        "The scope '{scope}' is not valid because it contains more than one resource.",
        "Send scopes of one resource in each request.",
    ),
    "AADSTS50011": Entry(
        "invalid_request",
        "The redirect URI '{uri}' specified in the request does not match the redirect URIs"
        " configured for the application '{client}'.",
        "Register it, or send one that is, character by character.",
    ),
    "AADSTS50020": Entry(
        "access_denied",
        "The account does not exist in the tenant and cannot access the application.",
        "Invite it as a guest first.",
    ),
    "AADSTS50034": Entry(
        "invalid_grant",
        "The account does not exist in the directory of the tenant.",
        "Correct the name.",
    ),
    "AADSTS50053": Entry(
        "invalid_grant",
        "The account is locked because the user tried to sign in too many times with an incorrect"
        " user ID or password.",
        "Wait a minute and try again.",
    ),
    "AADSTS50055": Entry(
        "invalid_grant",
        "The password has expired or was set by an administrator, and has to be changed.",
        "Change it in a user flow, then sign in.",
    ),
    "AADSTS50057": Entry(
        "invalid_grant", "The user account is disabled.", "An administrator can enable it."
    ),
    "AADSTS50058": Entry(
        "login_required",
        "A silent sign-in request was sent but no user is signed in: prompt is 'none'.",
        "Send the user to sign in with a page.",
    ),
    "AADSTS50126": Entry(
        "invalid_grant",
        "Error validating credentials due to invalid username or password.",
        "Correct them.",
    ),
    "AADSTS50148": Entry(
        "invalid_grant",
        "The code_verifier does not match what PKCE demands.",
        "{remedy}",
    ),
    "AADSTS50173": Entry(
        "invalid_grant",
        "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
        "Sign in again.",
    ),
    "AADSTS54005": Entry(
        "invalid_grant",
        "OAuth2 Authorization code was already redeemed.",
        "Please retry with a new valid code.",
    ),
    "AADSTS65001": Entry(
        "consent_required",
        "Nobody has consented to the use of the application '{client}' with the scopes '{scopes}'.",
        "An administrator consents by POST /v1.0/oauth2PermissionGrants.",
    ),
    "AADSTS65004": Entry(
        "access_denied",
        "The user declined to sign in to the application.",
        "Offer to begin again.",
    ),
    "AADSTS70000": Entry(
        "invalid_grant",
        "The provided grant is not valid here: it is malformed, unknown, or was issued to another"
        " application or at another address.",
        "Sign in again.",
    ),
    "AADSTS70008": Entry(
        "invalid_grant",
        "The provided authorization code or refresh token has expired.",
        "Sign in again.",
    ),
    "AADSTS70016": Entry(
        "authorization_pending",
        "The person has not decided about the user code yet.",
        "Keep asking.",
    ),
    "AADSTS70018": Entry(
        "bad_verification_code",
        "The device_code is none of this tenant and application.",
        "Start anew.",
    ),
    "AADSTS70019": Entry("expired_token", "The device_code has expired.", "Start anew."),
    "AADSTS70020": Entry(
        "authorization_declined",
        "The person declined to sign in on the device.",
        "Start anew if they change their mind.",
    ),
    "AADSTS90023": Entry(
        "invalid_request",
        "Unsupported '{parameter}' value '{value}'.",
        "Send one that is documented.",
    ),
    "AADSTS90033": Entry(
        "temporarily_unavailable",
        "A transient error has occurred.",
        "Please try again.",
        status=_BUSY,
    ),
    "AADSTS90055": Entry(
        "slow_down",
        "The device asks too often.",
        "Wait as many seconds as 'interval' says.",
    ),
    "AADSTS90100": Entry(
        "invalid_request",
        "The parameter '{parameter}' is longer than {most} characters.",
        "Send a shorter one.",
    ),
    "AADSTS90102": Entry(
        "invalid_request",
        "'redirect_uri' value must be a valid absolute URI.",
        "Send one that is registered.",
    ),
    "AADSTS500113": Entry(
        "invalid_request",
        "No reply address is registered for the application '{client}'.",
        "Register one.",
    ),
    "AADSTS500200": Entry(
        "access_denied",
        "The account is a personal Microsoft account. Personal Microsoft accounts are not"
        " supported for this application unless explicitly invited to an organization.",
        "Use a work account, or invite it.",
    ),
    "AADSTS500341": Entry(
        "invalid_grant",
        "The user account has been deleted from the directory.",
        "Sign in again.",
    ),
    "AADSTS501481": Entry(
        "invalid_grant",
        "The code_verifier does not match the code_challenge supplied in the authorization"
        " request for PKCE.",
        "Send the one that the challenge is made of.",
    ),
    "AADSTS650053": Entry(
        "invalid_scope",
        "The application asked for scope '{scope}' that doesn't exist on the resource"
        " '{resource}'.",
        "Correct it, or let the resource expose it.",
    ),
    "AADSTS700051": Entry(
        "unsupported_response_type",
        "response_type '{value}' is not enabled for the application.",
        "Send code.",
    ),
    "AADSTS9002325": Entry(
        "invalid_request",
        "Proof Key for Code Exchange is required for this application.",
        "Send a code_challenge.",
    ),
}
