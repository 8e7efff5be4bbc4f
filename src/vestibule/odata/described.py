"""One operation of a route as OpenAPI describes it: what it takes, what it answers, who may.

Source: OpenAPI 3.1.1, section 4.8.10; OData protocol 4.01, section 11.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from vestibule.edm.linked import Bound
from vestibule.odata.path import Path
from vestibule.odata.routes import Route
from vestibule.odata.schemas import REFERENCE, Schema, collection, parameters, printed, ref

Operation = dict[str, Any]

_JSON = "application/json"
_TEXT: Schema = {"text/plain": {"schema": {"type": "string"}}}
_BYTES: Schema = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
_LIST = ("select", "expand", "filter", "orderby", "top", "skip", "skiptoken", "count", "format")
_ONE = ("select", "expand", "format")
_REFERENCES = ("filter", "orderby", "top", "skip", "skiptoken", "count", "format")
_ALWAYS = (400, 401, 403, 404, 406, 429, 503)
_WRITING = (405, 409, 412, 413)
_WITH_BODY = (415,)
_DONE: Operation = {"description": "Done; there is nothing to show"}
HEADER: Schema = {"schema": {"type": "string"}}


def operation(path: Path, route: Route, id: str) -> Operation:
    """The operation object; `id` is its operationId."""
    method = route.method
    described: Operation = {"operationId": id}
    given = [*_query(path, method), *_conditions(path, method)]
    if given:
        described["parameters"] = [{"$ref": f"#/components/parameters/{name}"} for name in given]
    content = _content(path, method)
    if content is not None:
        needed = path.operation is None
        described["requestBody"] = {"required": needed, "content": content}
    failures: tuple[int, ...] = _ALWAYS
    if route.write:
        failures += _WRITING
    if content is not None:
        failures += _WITH_BODY
    described["responses"] = {
        **{str(status): answer for status, answer in _successes(path, method)},
        **{str(status): refused(status) for status in sorted(failures)},
    }
    if any(step.way.deprecated for step in path.steps):
        described["deprecated"] = True
    described["security"] = [{"bearer": [name]} for name in route.permissions]
    return described


def _query(path: Path, method: str) -> tuple[str, ...]:
    if method != "GET" or path.tail == "$value":
        return ()
    if path.operation is not None:
        return ("format",)
    if path.tail == "$count":
        return ("filter",)
    if path.tail == "$ref":
        return _REFERENCES if path.last.many else ("format",)
    return _LIST if path.last.many and path.shape is None else _ONE


def _conditions(path: Path, method: str) -> tuple[str, ...]:
    if path.tail or path.operation is not None:
        return ()
    found = ("prefer",) if method in {"POST", "PATCH"} or path.last.many else ()
    return (*found, "if-match") if method in {"PATCH", "DELETE"} else found


def _content(path: Path, method: str) -> Schema | None:
    """What is sent; None: nothing."""
    if method in {"GET", "DELETE"}:
        return None
    if path.operation is not None:
        return in_json(parameters(path.operation.parameters))
    if path.tail == "$ref":
        return in_json(ref(REFERENCE))
    if path.tail == "$value":
        return _BYTES
    sent = "update" if method == "PATCH" else "create"
    return in_json(ref(f"{path.last.type.name}.{sent}"))


def _successes(path: Path, method: str) -> Iterator[tuple[int, Operation]]:
    if path.operation is not None:
        yield from _results(path.operation)
        return
    if method == "GET":
        yield 200, {"description": "OK", "content": _read(path)}
        return
    one = {"description": "OK", "content": in_json(ref(path.last.type.name))}
    if path.tail or method == "DELETE":
        yield 204, _DONE
        return
    if method in {"PATCH", "PUT"}:
        yield 200, one
    if method in {"POST", "PUT"}:
        yield 201, {**one, "description": "Created", "headers": {"Location": HEADER}}
    yield 204, _DONE


def _results(bound: Bound) -> Iterator[tuple[int, Operation]]:
    returns = bound.declared.returns
    if not returns:
        yield 204, _DONE
        return
    if bound.returns_entity is not None:
        schema = ref(bound.returns_entity.name)
        schema = collection(schema) if returns.startswith("Collection(") else schema
    else:
        assert bound.returns is not None  # noqa: S101  # the model links one of two
        schema = printed(bound.returns)
        if bound.returns.complex is None or bound.returns.collection:
            schema = {"type": "object", "properties": {"value": schema}}
    yield 200, {"description": "OK", "content": in_json(schema)}


def _read(path: Path) -> Schema:
    """What a GET answers."""
    if path.tail == "$count":
        return _TEXT
    if path.tail == "$value":
        return {"*/*": {}}  # any contents: what they are the media type tells
    if path.shape is not None and path.shape.complex is not None:
        return in_json(ref(path.shape.complex.name))
    item = ref(REFERENCE) if path.tail == "$ref" else ref(path.last.type.name)
    return in_json(collection(item) if path.last.many else item)


def in_json(schema: Schema) -> Schema:
    """The content of a body that is JSON."""
    return {_JSON: {"schema": schema}}


def phrase(status: int) -> str:
    """What the response of a failure is called among the components."""
    return HTTPStatus(status).phrase.replace(" ", "").replace("-", "")


def refused(status: int) -> Schema:
    """A reference to the response of a failure."""
    return {"$ref": f"#/components/responses/{phrase(status)}"}
