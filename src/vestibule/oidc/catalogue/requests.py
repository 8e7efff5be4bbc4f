"""What can be wrong with a request, at the authorization endpoint or wherever its parts recur.

Source: runtime.md 2, 2.2, 2.3, Appendix A; RFC 6749 section 4.1.2.1.
"""

from __future__ import annotations

from collections.abc import Mapping

from vestibule.oidc.catalogue.entry import Entry

REQUESTS: Mapping[str, Entry] = {
    "90006": Entry(
        "redirect_uri_mismatch",
        "The redirect URI '{uri}' provided in the request is not registered for the client id"
        " '{client}'.",
        "Register it, or send one that is, character by character.",
        standard="invalid_request",
    ),
    "90007": Entry(
        "redirect_uri_mismatch",
        "The application '{client}' has no registered redirect URIs.",
        "Register one.",
        standard="invalid_request",
    ),
    "90008": Entry(
        "invalid_request",
        "The request does not contain a client_id parameter.",
        "Send the application id.",
    ),
    "90010": Entry(
        "invalid_request",
        "The request does not contain a scope parameter.",
        "Send one, with openid to sign in.",
        standard="invalid_scope",
    ),
    "90013": Entry(
        "unsupported_response_type",
        "The response_type '{value}' provided in the request is not supported.",
        "Send one of these: {supported}.",
    ),
    "90014": Entry(
        "invalid_request",
        "The response_mode '{value}' provided in the request is not supported.",
        "For this response_type send {supported}.",
    ),
    "90018": Entry(
        "unauthorized_client",
        "The client id '{client}' specified in the request is not registered in tenant '{tenant}'.",
        "Correct it, or register the application.",
        standard="invalid_client",
    ),
    "90043": Entry(
        "invalid_request",
        "The prompt '{value}' is invalid.",
        "Send one of none, login, consent and select_account; none only alone.",
    ),
    "90055": Entry(
        "invalid_request",
        "The scope '{scope}' provided in the request must specify a resource for an access token.",
        "Add a scope of an API, or the client id itself.",
        standard="invalid_scope",
    ),
    "90057": Entry(
        "unauthorized_client",
        "The application '{client}' may not be given '{value}' by the browser.",
        "Set web.implicitGrantSettings.{switch} of the application, or send response_type=code.",
    ),
    "90077": Entry(
        "interaction_required",
        "Nobody is signed in whom the request would accept without a page.",
        "Send the request again without prompt=none.",
        standard="login_required",
    ),
    "90083": Entry(
        "invalid_request",
        "The request is missing the required parameter '{parameter}'.",
        "Send it.",
    ),
    "90092": Entry(
        "unauthorized_client",
        "The application '{client}' is disabled in tenant '{tenant}'.",
        "Enable it and try again.",
    ),
    "90110": Entry(
        "invalid_request",
        "The scope must contain 'openid' when requesting a response_type with 'id_token'.",
        "Add openid.",
        standard="invalid_scope",
    ),
    "90115": Entry(
        "invalid_scope",
        "When requesting a code, the scope must contain a resource, the client id or 'openid'.",
        "Add one of them.",
    ),
    "90117": Entry(
        "invalid_request",
        "The scope '{scope}' provided in the request is not supported.",
        "Send scopes that an application of the tenant exposes.",
        standard="invalid_scope",
    ),
    "90120": Entry(
        "invalid_request",
        "The max_age '{value}' is not a number of seconds in the valid range.",
        "Send one from 0 to 2147483647.",
    ),
    "90122": Entry(
        "invalid_request",
        "The parameter '{parameter}' is longer than {most} characters.",
        "Send a shorter one.",
    ),
    "90146": Entry(
        "invalid_request",
        "The scope '{scope}' provided in the request names more than one resource.",
        "Ask for the scopes of one API at a time.",
        standard="invalid_scope",
    ),
    "90184": Entry(
        "invalid_request",
        "The code_challenge_method '{value}' is not supported here.",
        "Supported: {supported}.",
    ),
    "90205": Entry(
        "unauthorized_client",
        "The application '{client}' has no permission to access the requested resource.",
        "Grant it one of the requested scopes.",
        standard="invalid_scope",
    ),
    "90276": Entry(
        "invalid_request",
        "The request is at odds with a setting or with itself. {reason}",
        "Correct what is named.",
    ),
    "90287": Entry(
        "invalid_request",
        "The redirect URI '{uri}' is not a valid absolute URI.",
        "Send one that is registered.",
    ),
    "99005": Entry(
        "invalid_scope",
        "The scope contains an illegal character.",
        "Send printable ASCII without quotation marks and backslashes.",
    ),
    "99059": Entry(
        "invalid_request",
        "The request must include a code_challenge.",
        "Use PKCE with S256.",
    ),
}
