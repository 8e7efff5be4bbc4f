"""The catalogue as an OpenAPI 3.1 document: every route with what it takes and answers.

Derived from the linked model and `routes`, so that what is served and what is described cannot
part. Statuses of failures come from `faults`. Source: OpenAPI 3.1.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, get_args

from vestibule.edm.model import Model
from vestibule.odata.accept import Level
from vestibule.odata.batch import MOST
from vestibule.odata.described import HEADER, Operation, in_json, operation, phrase, refused
from vestibule.odata.faults import KINDS
from vestibule.odata.options import MAX_TOP
from vestibule.odata.path import Path, Tail
from vestibule.odata.routes import Route, methods, places
from vestibule.odata.schemas import ERROR, Schema, collection, ref, schemas

_TEXT_OPTION: Schema = {"type": "string"}
_NAMES: Schema = {"type": "array", "items": {"type": "string"}}
_NUMBER: Schema = {"type": "integer", "minimum": 0}
_FORMATS = [
    "json",
    *(f"application/json;odata.metadata={level}" for level in get_args(Level)),
]
_QUERY: Mapping[str, tuple[Schema, str]] = {
    "select": (_NAMES, "properties to return"),
    "expand": (_NAMES, "navigations to return inline"),
    "filter": (_TEXT_OPTION, "a condition, such as startswith(id,'B2C_1_')"),
    "orderby": (_NAMES, "properties, each perhaps followed by asc or desc"),
    "top": ({**_NUMBER, "maximum": MAX_TOP}, "how many at most"),
    "skip": (_NUMBER, "how many to leave out"),
    "skiptoken": (_TEXT_OPTION, "from @odata.nextLink"),
    "count": ({"type": "boolean"}, "whether to return @odata.count"),
    "format": ({"type": "string", "enum": _FORMATS}, "overrides Accept"),
}
_HEADERS: Mapping[str, tuple[str, str]] = {
    "prefer": ("Prefer", "return=minimal or return=representation, odata.maxpagesize=n"),
    "if-match": ("If-Match", "the ETag that the entity must still have, or *"),
}


def openapi(
    model: Model, *, patch_references: bool, more: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The document. `more` are path items of what a face serves beside the catalogue."""
    catalogue = model.catalogue
    paths: dict[str, dict[str, Operation]] = _of_the_service()
    for path, template in places(model):
        named, ids = _distinct(template)
        item: dict[str, Any] = {"parameters": [_in_path(id) for id in ids]} if ids else {}
        for method in methods(path, patch_references=patch_references):
            route = Route(method, template, path.access)
            item[method.lower()] = operation(path, route, _id(path, method, named))
        if item.keys() - {"parameters"}:
            paths[named] = item
    return {
        "openapi": "3.1.1",
        "info": {
            "title": f"{catalogue.namespace}, version {catalogue.version}",
            "version": catalogue.version,
        },
        "servers": [{"url": f"/{catalogue.version}"}],
        "paths": {**paths, **(more or {})},
        "components": {
            "schemas": schemas(model),
            "responses": {phrase(status): _failure(status) for status in _failures()},
            "parameters": dict(_parameters()),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The names are permissions, any one of which suffices: "
                    "roles of an application, or scopes of a delegation.",
                }
            },
        },
    }


# --------------------------------------------------------------------------- names

_VERBS: Mapping[tuple[str, Tail], str] = {
    ("GET", "$ref"): "getRef",
    ("POST", "$ref"): "addRef",
    ("PUT", "$ref"): "setRef",
    ("DELETE", "$ref"): "removeRef",
    ("GET", "$value"): "getContent",
    ("PUT", "$value"): "setContent",
    ("DELETE", "$value"): "deleteContent",
    ("GET", "$count"): "count",
    ("POST", ""): "create",
    ("PATCH", ""): "update",
    ("DELETE", ""): "delete",
    ("PUT", ""): "replace",
}


def _id(path: Path, method: str, template: str) -> str:
    """`identity.b2cUserFlows.byId.update`: unique, and stable while the route is."""
    parts = ["byId" if part.startswith("{") else part for part in template.split("/")[1:]]
    if path.tail:
        parts.pop()
    verb = _VERBS.get((method, path.tail), "list" if path.last.many else "get")
    if path.operation is not None:
        verb = "call"
    return ".".join([*parts, verb])


def _distinct(template: str) -> tuple[str, list[str]]:
    """The template with every id named once, and the names: `{user-id}` … `{user-id2}`."""
    ids: list[str] = []
    parts = []
    for part in template.split("/"):
        if part.startswith("{"):
            name = part.strip("{}")
            again = sum(1 for id in ids if id.rstrip("0123456789") == name)
            ids.append(f"{name}{again + 1}" if again else name)
            parts.append(f"{{{ids[-1]}}}")
        else:
            parts.append(part)
    return "/".join(parts), ids


def _in_path(name: str) -> Schema:
    text = {"type": "string", "minLength": 1}
    return {"name": name, "in": "path", "required": True, "schema": text}


def _parameters() -> Iterator[tuple[str, Schema]]:
    for name, (schema, text) in _QUERY.items():
        listed = {"style": "form", "explode": False} if schema is _NAMES else {}
        yield (
            name,
            {"name": f"${name}", "in": "query", "description": text, "schema": schema, **listed},
        )
    for name, (header, text) in _HEADERS.items():
        yield name, {"name": header, "in": "header", "description": text, "schema": _TEXT_OPTION}


# --------------------------------------------------------------------------- failures


def _failures() -> list[int]:
    return sorted({status for _, status, _ in KINDS})


def _failure(status: int) -> Operation:
    headers = {401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After"}
    described: Operation = {
        "description": HTTPStatus(status).phrase,
        "content": in_json(ref(ERROR)),
    }
    if status in headers:
        described["headers"] = {headers[status]: HEADER}
    return described


# --------------------------------------------------------------------------- the service itself


def _of_the_service() -> dict[str, dict[str, Operation]]:
    """The service document, $metadata, this document and $batch."""
    anything = in_json({"type": "object"})
    xml = {"application/xml": {"schema": {"type": "string"}}}
    listed = in_json(collection({"type": "object"}))
    return {
        "/": {"get": _open("serviceDocument", listed, ("format",))},
        "/$metadata": {"get": _open("metadata", xml)},
        "/openapi.json": {"get": _open("openapi", anything)},
        "/$batch": {"post": _batch()},
    }


def _open(id: str, content: Schema, options: tuple[str, ...] = ()) -> Operation:
    return {
        "operationId": id,
        **(
            {"parameters": [{"$ref": f"#/components/parameters/{name}"} for name in options]}
            if options
            else {}
        ),
        "responses": {
            "200": {"description": "OK", "content": content},
            **{str(status): refused(status) for status in (400, 406)},
        },
        "security": [],
    }


def _batch() -> Operation:
    text: Schema = {"type": "string"}
    item: Schema = {
        "type": "object",
        "required": ["id", "method", "url"],
        "properties": {
            "id": text,
            "method": {"enum": ["GET", "POST", "PUT", "PATCH", "DELETE"]},
            "url": text,
            "headers": {"type": "object", "additionalProperties": text},
            "body": {},
            "dependsOn": _NAMES,
        },
    }
    answer: Schema = {
        "type": "object",
        "required": ["id", "status"],
        "properties": {
            "id": text,
            "status": {"type": "integer"},
            "headers": {"type": "object", "additionalProperties": text},
            "body": {},
        },
    }
    sent = {"type": "array", "items": item, "maxItems": MOST}
    responses = {"responses": {"type": "array", "items": answer}}
    return {
        "operationId": "batch",
        "requestBody": {
            "required": True,
            "content": in_json(
                {"type": "object", "required": ["requests"], "properties": {"requests": sent}}
            ),
        },
        "responses": {
            "200": {
                "description": "OK",
                "content": in_json({"type": "object", "properties": responses}),
            },
            **{str(status): refused(status) for status in (400, 401, 413, 415, 503)},
        },
        "security": [{"bearer": []}],
    }
