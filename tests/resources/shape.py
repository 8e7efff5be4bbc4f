"""The shape of every failure of Graph's face, checked in one place."""

from __future__ import annotations

import re
from typing import Any

import httpx2

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")  # Graph writes no zone
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MEMBERS = {"code", "message", "target", "details", "innerError"}


def refused(
    response: httpx2.Response,
    status: int | None = None,
    *,
    code: str | None = None,
    target: str | None = None,
    names: str = "",
) -> dict[str, Any]:
    """The error of a refusal, after everything that holds for all of them was checked.

    `names` must occur in the message or be the target. Source: graph-surface 2.8, 5.1 and 5.3.
    """
    text = response.text
    assert 400 <= response.status_code < 500, (response.status_code, text[:500])
    if status is not None:
        assert response.status_code == status, text[:500]
    assert response.headers["content-type"].startswith("application/json"), text[:200]
    assert response.headers["x-content-type-options"] == "nosniff"
    body = response.json()
    assert set(body) == {"error"}, text[:500]
    error: dict[str, Any] = body["error"]
    assert set(error) <= _MEMBERS, error
    assert isinstance(error["code"], str)
    assert error["code"]
    assert isinstance(error["message"], str)
    assert error["message"]
    assert "Traceback" not in text
    _check_ids(response, error["innerError"])
    if code is not None:
        assert error["code"] == code, error
    if target is not None:
        assert error.get("target") == target, error
    if names:
        said = f"{error.get('target', '')} {error['message']}".casefold()
        assert names.casefold() in said, error
    return error


def _check_ids(response: httpx2.Response, inner: dict[str, str]) -> None:
    assert set(inner) == {"date", "request-id", "client-request-id"}, inner
    assert _DATE.fullmatch(inner["date"]), inner
    assert _GUID.fullmatch(inner["request-id"]), inner
    assert response.headers["request-id"] == inner["request-id"]
    assert response.headers["client-request-id"] == inner["client-request-id"]
    sent = response.request.headers.get("client-request-id")
    assert inner["client-request-id"] == (sent or inner["request-id"])
