"""What people would not guess about a connector's answer, in words: one table for API and page.

Source: runtime 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Kind = Literal[
    # No answer
    "forbidden",
    "timeout",
    "unreachable",
    "certificate",
    "own_certificate",
    "too_large",
    "breaker_open",
    "busy",
    "retried",
    # An answer that is not one
    "status",
    "credentials",
    "redirect",
    "not_json",
    "not_an_object",
    "media_type",
    "version_missing",
    # What it wants done
    "action_missing",
    "action_unknown",
    "action_refused",
    "status_in_body",
    "status_of_http",
    "message_missing",
    "message_cut",
    # Its claims
    "unassigned",
    "unselected",
    "unknown_claim",
    "reserved",
    "null_claim",
    "wrong_type",
    "too_long",
]
"""What a note may be about. Every one has its sentence below."""

Step = Literal["postFederationSignup", "postAttributeCollection", "preTokenIssuance"]

ACTIONS: Mapping[str, str] = {
    "postFederationSignup": "Continue or ShowBlockPage",
    "postAttributeCollection": "Continue, ShowBlockPage or ValidationError",
    "preTokenIssuance": "Continue",
}
"""What an answer may ask for at each step (runtime 6.1)."""

_SENTENCES: Mapping[Kind, str] = {
    "forbidden": (
        "The address of targetUrl is not public, so nothing was sent. Name the host or its network "
        "in VESTIBULE_EGRESS_ALLOW if it is yours."
    ),
    "timeout": (
        "No answer came in time. Answer faster, and do what takes long after answering; "
        "VESTIBULE_CONNECTOR_TIMEOUT_S sets how long is waited."
    ),
    "unreachable": (
        "The connection could not be made, or broke before the answer was whole. See that the "
        "server of targetUrl runs and that its name and port are right."
    ),
    "certificate": (
        "The TLS certificate of the server was refused. Give it one for the host of targetUrl from "
        "an authority that is trusted here, or name its authority in VESTIBULE_EGRESS_CA."
    ),
    "own_certificate": (
        "None of the connector's client certificates is valid now. Upload one by "
        "uploadClientCertificate."
    ),
    "too_large": "The answer is larger than is read. Send only the claims that are to be changed.",
    "breaker_open": (
        "Nothing was sent: calls failed too often one after another, and the breaker is open until "
        "{name}. Then one call tries again; mend the connector meanwhile."
    ),
    "busy": (
        "Nothing was sent: too many calls of this connector are under way. Answer faster; what "
        "takes long can be done after answering."
    ),
    "retried": (
        "The first attempt failed, so it was sent once more with the same "
        "client-request-id. The connector may have seen both: let the second change nothing twice."
    ),
    "status": (
        "The HTTP status is {name}. Only 200 counts, and 400 of a ValidationError; every other one "
        "ends the journey with an error."
    ),
    "credentials": (
        "The connector answered {name}: it did not accept our credentials. Compare user name and "
        "password, or the thumbprint of the client certificate, with what it expects."
    ),
    "redirect": (
        "The connector answered with a redirect, and none is followed. Put the address it leads to "
        "into targetUrl."
    ),
    "not_json": "The body is not JSON. Send a JSON object, in UTF-8.",
    "not_an_object": "The body is JSON but not an object. Send the action and claims in an object.",
    "media_type": "The Content-Type is {name}. Send application/json.",
    "version_missing": (
        'The body has no "version". Add "version": "1.0.0"; it is the version of your API, and '
        "any text will do."
    ),
    "action_missing": 'The body has no "action". Add "action": "Continue", for instance.',
    "action_unknown": "There is no action {name}. Answer with {actions}; case matters.",
    "action_refused": (
        "{name} does not work at {step}, so the journey ended with an error. Answer with "
        "{actions} there."
    ),
    "status_in_body": (
        'A ValidationError must have "status": 400 in the body too. Without it the person sees '
        "an error page, not your message."
    ),
    "status_of_http": (
        "A ValidationError must come with HTTP status 400 too; this one came with {name}. "
        "Otherwise the person sees an error page, not your message."
    ),
    "message_missing": (
        'The body has no "userMessage", so there is nothing to show. Add one for the person.'
    ),
    "message_cut": "userMessage is longer than a page shows; the end was cut.",
    "unassigned": (
        "The claim {name} is not assigned to the flow, so its value was dropped. Add the attribute "
        "to the flow's userAttributeAssignments."
    ),
    "unselected": (
        "The claim {name} is not an application claim of the flow, so its value was dropped. Add "
        "it to applicationClaims of the flow's settings."
    ),
    "unknown_claim": (
        "There is no attribute {name} in this tenant, so it was ignored. Custom attributes are "
        "written extension_{{application id without hyphens}}_{{Name}} or extension_{{Name}}."
    ),
    "reserved": (
        "{name} is a reserved claim: the server alone sets it. Return your value under the name of "
        "a custom attribute."
    ),
    "null_claim": "{name} is null, which leaves the claim as it is. Leave it out, or send a value.",
    "wrong_type": (
        "The value of {name} has another type than the attribute, so the answer does not count. "
        "Send what the attribute's dataType says."
    ),
    "too_long": (
        "The value of {name} is longer than the attribute may be, so the answer does not count."
    ),
}


def sentence(kind: Kind, name: str, step: str) -> str:
    """What a note of a call at this step means, and how to mend it."""
    actions = ACTIONS.get(step, "Continue")
    return _SENTENCES[kind].format(name=name, step=step, actions=actions)
