"""The catalogue of protocol errors: number → OAuth error, sentence, status. One table.

B2C's numbers stand bare ("90118"), those of the tenant's own authority with AADSTS. The sentences
are our own; clients match on the number. Source: runtime.md 2.3, 3.2, 12.3, Appendix A; RFC 6749
sections 4.1.2.1 and 5.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_BAD, _UNAUTHORIZED, _MISSING, _METHOD = 400, 401, 404, 405


@dataclass(frozen=True, slots=True)
class Entry:
    error: str
    text: str
    status: int = _BAD


FAULTS: Mapping[str, Entry] = {
    "90006": Entry(
        "redirect_uri_mismatch",
        "The redirect URI '{uri}' provided in the request is not registered for the client id"
        " '{client}'. Register it, or send one that is, character by character.",
    ),
    "90007": Entry(
        "redirect_uri_mismatch",
        "The application '{client}' has no registered redirect URIs. Register one.",
    ),
    "90008": Entry("invalid_request", "The request does not contain a client_id parameter."),
    "90010": Entry("invalid_request", "The request does not contain a scope parameter."),
    "90013": Entry(
        "unsupported_response_type",
        "The response_type '{value}' provided in the request is not supported. Send 'code'.",
    ),
    "90014": Entry(
        "invalid_request",
        "The response_mode '{value}' provided in the request is not supported."
        " Send query, fragment or form_post.",
    ),
    "90018": Entry(
        "unauthorized_client",
        "The client id '{client}' specified in the request is not registered in tenant '{tenant}'.",
    ),
    "90043": Entry(
        "invalid_request",
        "The prompt '{value}' is invalid. Send one of none, login, consent and select_account;"
        " none only alone.",
    ),
    "90055": Entry(
        "invalid_request",
        "The scope provided in the request must name a resource, such as the client id.",
    ),
    "90067": Entry(
        "invalid_request",
        "The post_logout_redirect_uri '{uri}' is malformed or not allowed. Send an https URI that"
        " is registered for the application.",
    ),
    "90077": Entry(
        "interaction_required",
        "There is no session, but the request allows no page: prompt is 'none'.",
    ),
    "90079": Entry(
        "invalid_request",
        "Clients must send a client_secret when redeeming a confidential grant.",
    ),
    "90080": Entry(
        "invalid_grant",
        "The provided grant has expired. Please re-authenticate and try again. Current time:"
        " {now}, Grant issued time: {issued}, Grant sliding window expiration time: {until}",
    ),
    "90081": Entry(
        "invalid_client",
        "The specified client credentials do not match the expected value for this client."
        " Correct them and try again.",
    ),
    "90083": Entry(
        "invalid_request", "The request is missing the required parameter '{parameter}'."
    ),
    "90084": Entry(
        "invalid_request",
        "Public clients should not send client credentials when redeeming a publicly acquired"
        " grant.",
    ),
    "90085": Entry("invalid_grant", "The provided grant cannot be used. Please sign in again."),
    "90086": Entry(
        "unsupported_grant_type",
        "The specified grant_type '{value}' is not supported here.",
    ),
    "90088": Entry(
        "invalid_grant",
        "The provided grant has not been issued for this endpoint. Actual value: {actual} and"
        " expected value: {expected}",
    ),
    "90091": Entry("access_denied", "The user has cancelled entering self-asserted information."),
    "90092": Entry(
        "unauthorized_client",
        "The application '{client}' is disabled in tenant '{tenant}'. Enable it and try again.",
    ),
    "90115": Entry(
        "invalid_scope",
        "When requesting a code, the scope must contain a resource, the client id or 'openid'.",
    ),
    "90117": Entry(
        "invalid_request", "The scope '{scope}' provided in the request is not supported."
    ),
    "90118": Entry("access_denied", "The user has forgotten their password."),
    "90120": Entry(
        "invalid_request", "The max_age '{value}' is not a number of seconds in the valid range."
    ),
    "90122": Entry(
        "invalid_request",
        "The parameter '{parameter}' is longer than {most} characters. Send a shorter one.",
    ),
    "90128": Entry(
        "invalid_grant",
        "The account associated with this grant no longer exists. Please re-authenticate and try"
        " again.",
    ),
    "90129": Entry(
        "invalid_grant",
        "The provided grant has been revoked. Please re-authenticate and try again.",
    ),
    "90146": Entry(
        "invalid_request",
        "The scope '{scope}' provided in the request names more than one resource.",
    ),
    "90182": Entry(
        "invalid_grant", "The supplied code_verifier does not match the code_challenge."
    ),
    "90183": Entry("invalid_grant", "The supplied code_verifier is invalid. {remedy}"),
    "90184": Entry(
        "invalid_request",
        "The code_challenge_method '{value}' is not supported here. Supported: {supported}.",
    ),
    "90205": Entry(
        "unauthorized_client",
        "The application '{client}' has no permission to access the requested resource. Grant it"
        " one of the requested scopes.",
    ),
    "90224": Entry(
        "unauthorized_client",
        "Resource owner flow has not been enabled for the application. Set its"
        " isFallbackPublicClient to true.",
    ),
    "90225": Entry(
        "access_denied", "The username or password provided in the request are invalid."
    ),
    "90226": Entry("invalid_request", "This exchange is only allowed by POST.", _METHOD),
    "90235": Entry("invalid_request", "The id token of id_token_hint has expired."),
    "90237": Entry("invalid_request", "The audience of the id_token_hint is not this client."),
    "90238": Entry("invalid_request", "The issuer of the id_token_hint is not this authority."),
    "90239": Entry("invalid_request", "The signature of the id_token_hint is not valid."),
    "90240": Entry("invalid_request", "The id_token_hint is malformed."),
    "90272": Entry("invalid_request", "The id_token_hint parameter is missing."),
    "90276": Entry("invalid_request", "{reason}"),
    "90279": Entry(
        "invalid_grant",
        "The provided client id '{client}' does not match the client id that issued the grant.",
    ),
    "90287": Entry("invalid_request", "The redirect URI '{uri}' is not a valid absolute URI."),
    "99005": Entry("invalid_scope", "The scope contains an illegal character."),
    "99013": Entry(
        "invalid_request",
        "The grant_type '{grant}' and the token type '{type}' do not go together. Send the"
        " response_type 'token id_token'.",
    ),
    "99059": Entry("invalid_request", "The request must include a code_challenge."),
    # The tenant's own authority speaks as Entra does.
    "AADSTS50049": Entry("invalid_instance", "The instance '{instance}' is unknown or invalid."),
    "AADSTS70003": Entry(
        "unsupported_grant_type",
        "The app requested an unsupported grant type '{value}'.",
    ),
    "AADSTS70011": Entry(
        "invalid_scope",
        "The scope '{scope}' is not valid. Client credential flows must have a scope value with"
        " /.default suffixed to the resource identifier (application ID URI).",
    ),
    "AADSTS90002": Entry(
        "invalid_tenant",
        "Tenant '{tenant}' not found. Check that the address names the right tenant.",
        _MISSING,
    ),
    "AADSTS500011": Entry(
        "invalid_resource",
        "The resource principal named '{resource}' was not found in tenant '{tenant}'.",
    ),
    "AADSTS700016": Entry(
        "unauthorized_client",
        "Application with identifier '{client}' was not found in the directory '{tenant}'.",
    ),
    "AADSTS700025": Entry(
        "invalid_client",
        "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
        _UNAUTHORIZED,
    ),
    "AADSTS900144": Entry(
        "invalid_request", "The request body must contain the parameter '{parameter}'."
    ),
    "AADSTS900561": Entry("invalid_request", "The endpoint only accepts POST requests.", _METHOD),
    "AADSTS9002313": Entry("invalid_request", "The request is malformed. {reason}"),
    "AADSTS7000112": Entry("unauthorized_client", "Application '{client}' is disabled."),
    "AADSTS7000215": Entry(
        "invalid_client",
        "Invalid client credentials provided. Ensure the secret being sent in the request is the"
        " client secret value, not the client secret ID, and has not expired.",
        _UNAUTHORIZED,
    ),
    "AADSTS7000218": Entry(
        "invalid_client",
        "The request body must contain the parameter 'client_assertion' or 'client_secret'.",
        _UNAUTHORIZED,
    ),
}

IN_ENTRA: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "90008": ("AADSTS900144", {"parameter": "client_id"}),
    "90010": ("AADSTS900144", {"parameter": "scope"}),
    "90018": ("AADSTS700016", {}),
    "90079": ("AADSTS7000218", {}),
    "90081": ("AADSTS7000215", {}),
    "90083": ("AADSTS900144", {}),
    "90084": ("AADSTS700025", {}),
    "90086": ("AADSTS70003", {}),
    "90092": ("AADSTS7000112", {}),
    "90226": ("AADSTS900561", {}),
    "90276": ("AADSTS9002313", {}),
}
