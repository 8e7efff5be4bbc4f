"""What can be wrong, as a caller may be told. No HTTP here: faces choose status and shape.

Problem
├── Invalid            the request does not mean anything; `target` names the property
├── Unauthenticated    nobody, or nobody we can verify
├── Forbidden          somebody, but not allowed
├── NotFound           no such thing, or not in this tenant
├── NotAllowed         the thing exists, the verb does not
├── NotAcceptable      no representation that the caller accepts
├── Conflict           it exists already, or something still needs it
├── Stale              it changed since the caller read it
├── TooLarge           more than the limit
├── UnsupportedMedia   a body in a form we do not read
├── TooMany            slow down; `retry_after_s`
├── Unavailable        try again; nothing was done; `retry_after_s`
└── Misconfigured      the server cannot start with these settings; every message names one
"""

from __future__ import annotations


class Problem(Exception):
    """A fact for the caller: a sentence that names the property and the remedy.

    `code` overrides the face's default code for this kind of problem; `target` names the
    property at fault; `status` overrides the face's default status, where Graph departs.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        target: str | None = None,
        status: int | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.target = target
        self.status = status
        self.retry_after_s = retry_after_s


class Invalid(Problem): ...


class Unauthenticated(Problem): ...


class Forbidden(Problem): ...


class NotFound(Problem): ...


class NotAllowed(Problem): ...


class NotAcceptable(Problem): ...


class Conflict(Problem): ...


class Stale(Problem): ...


class TooLarge(Problem): ...


class UnsupportedMedia(Problem): ...


class TooMany(Problem): ...


class Unavailable(Problem): ...


class Misconfigured(Problem): ...
