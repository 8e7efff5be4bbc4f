"""A Problem as Graph words it: status, code, and the error body with its inner error.

Source: OData JSON 4.01, section 21.1; graph-surface 5; design/defaults.md, last paragraph.
"""

from __future__ import annotations

from typing import Any

import msgspec

from vestibule import errors
from vestibule.edm.validate import Missing
from vestibule.errors import Problem
from vestibule.odata.call import JSON, Call, Reply, reply

KINDS: tuple[tuple[type[Problem], int, str], ...] = (
    (errors.Invalid, 400, "BadRequest"),
    (errors.Unauthenticated, 401, "InvalidAuthenticationToken"),
    (errors.Forbidden, 403, "Authorization_RequestDenied"),
    (errors.NotFound, 404, "Request_ResourceNotFound"),
    (errors.NotAllowed, 405, "MethodNotAllowed"),
    (errors.NotAcceptable, 406, "NotAcceptable"),
    (errors.Conflict, 409, "Request_MultipleObjectsWithSameKeyValue"),
    (errors.Stale, 412, "resourceModified"),
    (errors.TooLarge, 413, "RequestEntityTooLarge"),
    (errors.UnsupportedMedia, 415, "UnsupportedMediaType"),
    (errors.TooMany, 429, "TooManyRequests"),
    (errors.Unavailable, 503, "serviceNotAvailable"),
)
"""Status and code of each kind of problem, where it does not bring its own."""

_IDENTITY = "AADB2C"
_UNDER_IDENTITY = (errors.Forbidden, errors.Conflict, Missing)
"""What the service behind /identity reports under one code of its own (graph-surface 5.7)."""


def classified(problem: Problem, path: str) -> tuple[int, str]:
    """Status and code of a problem that arose at a path."""
    status, code = next(
        ((status, code) for kind, status, code in KINDS if isinstance(problem, kind)),
        (500, "generalException"),
    )
    area = path.strip("/").partition("/")[0].casefold()
    duplicate = isinstance(problem, errors.Conflict)
    if duplicate or (area == "identity" and isinstance(problem, _UNDER_IDENTITY)):
        code = _IDENTITY
    return problem.status or status, problem.code or code


def fault(problem: Problem, call: Call) -> Reply:
    """The reply that tells the caller of a problem."""
    status, code = classified(problem, call.path)
    error: dict[str, Any] = {"code": code, "message": problem.message}
    if problem.target:
        error["target"] = problem.target
    error["innerError"] = {
        "date": call.now.strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": call.request_id,
        "client-request-id": call.client_request_id or call.request_id,
    }
    answer = reply(call, status, msgspec.json.encode({"error": error}), JSON.format("minimal"))
    if isinstance(problem, errors.Unauthenticated):
        answer = answer.plus(WWW_Authenticate='Bearer realm=""')
    if isinstance(problem, errors.NotAllowed):
        answer = answer.plus(Allow="GET")  # what is left when a rule refuses; others name more
    if problem.retry_after_s is not None:
        answer = answer.plus(Retry_After=str(problem.retry_after_s))
    return answer
