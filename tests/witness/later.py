"""Families of a later release: the segment does not exist, and nothing is stored."""

from __future__ import annotations

from resources.shape import refused
from witness.case import Case
from witness.operations import segments


def absent(case: Case) -> None:
    operation = case.operation
    address = operation.address("one", "two", "three")
    body = {"displayName": "x"} if operation.method in {"POST", "PATCH", "PUT"} else None
    query = "?@id=x" if operation.path.endswith("{url}") else ""
    with case.place.watch.unchanged():
        answer = case.place.client.request(operation.method, address + query, json=body)
    error = refused(answer, 400, code="BadRequest")
    first, *more = segments(operation.path)
    unknown = more[0] if first == "identity" else first
    said = error["message"]
    assert said.startswith(f"Resource not found for the segment '{unknown}"), said
