"""The OpenAPI document: what routes need to describe themselves, and the parts all of them share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api.guide import GUIDE, TAGS
from api.problems import MEDIA_TYPE, Problem

Replies = dict[int | str, dict[str, Any]]

PROBLEMS: Final = {
    400: ("The request is not well-formed.", "bad-request", "There was an error parsing the body"),
    401: ("No API key, or one we do not know.", "key-missing", "This request shows no API key."),
    403: ("The key lacks a scope.", "scope-missing", "This key lacks the scope 'audio'."),
    404: ("Nothing is stored under this id.", "no-such-recording", "There is no recording rec_x."),
    409: ("It contradicts what is stored.", "idempotency-key-reused", "This Idempotency-Key came with other content."),
    413: ("Too large.", "recording-too-large", "The recording is larger than 536870912 bytes."),
    415: ("Another content type.", "not-multipart", "The body is not multipart/form-data with a boundary."),
    416: ("There are no such bytes.", "range-not-satisfiable", "The recording has 48044 bytes."),
    422: ("The input cannot be used.", "bad-parameter", "limit: Input should be less than or equal to 200"),
    500: ("The rulebook cannot be used.", "bad-rulebook", "the file is missing"),
    503: ("A part of the service does not answer.", "database-unavailable", "The database does not answer."),
}
"""For each status: what it means, and an example's code and detail."""


def schema_of(name: str) -> dict[str, str]:
    """A reference to a schema of this document."""
    return {"$ref": f"#/components/schemas/{name}"}


def problems(*statuses: int) -> Replies:
    """The problem documents that a route may answer with, for its ``responses``."""
    return {status: _problem(status) for status in statuses}


def _problem(status: int) -> dict[str, Any]:
    description, code, detail = PROBLEMS[status]
    example = {
        "type": f"urn:problem:{code}",
        "title": description.rstrip("."),
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": "5d1c0e6f3b0a4f6f9e1b6c1d2a3f4b5c",
        "way_out": "",
        "errors": [],
    }
    reply: dict[str, Any] = {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": schema_of("Problem"), "example": example}},
    }
    headers = {401: "WWW-Authenticate", 403: "WWW-Authenticate", 416: "Content-Range", 503: "Retry-After"}
    if status in headers:
        reply["headers"] = {headers[status]: {"schema": {"type": "string"}}}
    return reply


REPLAYED: Final = {
    "Idempotent-Replayed": {
        "description": "`true` if this repeats an earlier request; nothing new was stored.",
        "schema": {"type": "string"},
    }
}


def json_reply(description: str, example: Any, *, location: bool = False, repeatable: bool = False) -> dict[str, Any]:
    """A reply in JSON with an example, for a route's ``responses``."""
    reply: dict[str, Any] = {"description": description, "content": {"application/json": {"example": example}}}
    if location:
        where = {"description": "Where to ask how far it is.", "schema": {"type": "string"}}
        reply["headers"] = {"Location": where, **REPLAYED}
    if repeatable:
        reply["headers"] = dict(REPLAYED)
    return reply


def describe(app: FastAPI, routes: Iterable[APIRoute]) -> dict[str, Any]:
    """The OpenAPI document of this app, made once; ``routes`` are those it was put together from."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=GUIDE,
            routes=app.routes,
            tags=TAGS,
            license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        )
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(schema.pop("$defs"))
        schemas["Problem"] = schema
        operations = [one for methods in document["paths"].values() for one in methods.values()]
        for operation in operations:
            _tell_request_id(operation)
        _restore_examples({one["operationId"]: one for one in operations}, routes)
        app.openapi_schema = document
    return app.openapi_schema


def _tell_request_id(operation: dict[str, Any]) -> None:
    header = {"description": "Yours if you sent one, else new; quote it in a report.", "schema": {"type": "string"}}
    for reply in operation["responses"].values():
        reply.setdefault("headers", {})["X-Request-Id"] = header


def _restore_examples(operations: Mapping[str, dict[str, Any]], routes: Iterable[APIRoute]) -> None:
    """Put the examples back as they were written: FastAPI leaves out every null in the document."""
    for route in routes:
        replies = operations[route.operation_id or ""]["responses"]
        for status, reply in route.responses.items():
            for media_type, content in reply.get("content", {}).items():
                if "example" in content:
                    replies[str(status)]["content"][media_type]["example"] = content["example"]
