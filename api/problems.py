"""Every error as an RFC 9457 problem document, told apart by a stable ``code``."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from qc.errors import QcError

log = logging.getLogger("api")

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = "5"
STATUS_OF: Final = {"recording-too-large": 413, "bad-rulebook": 500, "bad-settings": 500}
"""Codes whose HTTP status is not that of their error class; a broken rulebook is no fault of who asks for it."""
HTTP_CODES: Final = {
    400: ("bad-request", "Send a request that follows HTTP and the content type it names."),
    404: ("no-such-path", "See /openapi.json for the paths there are."),
    405: ("method-not-allowed", "See the Allow header for the methods of this path."),
    413: ("request-too-large", "Send a smaller request."),
}
"""Code and way out of the errors that the framework itself raises."""


class FieldProblem(BaseModel):
    """One field that does not fit."""

    place: str = Field(
        description="Where the field stands: body, query, path, header; server, part.", examples=["body"]
    )
    field: str = Field(description="The field's name, with dots where it is nested.", examples=["metadata.started_at"])
    message: str = Field(description="What is wrong with it.", examples=["Input should have timezone info"])
    code: str = Field(description="The kind of mistake, for programs.", examples=["timezone_aware"])


class Problem(BaseModel):
    """What went wrong, by RFC 9457, with the members this service adds."""

    type: str = Field(description="Identifies the kind of problem; made of `code`.")
    title: str = Field(description="The kind of problem, in short.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What is wrong with this very request.")
    code: str = Field(description="Stable, for programs to tell problems apart.")
    request_id: str = Field(description="Also in the X-Request-Id header and in the server's log.")
    way_out: str = Field(default="", description="What to do about it.")
    errors: list[FieldProblem] = Field(default=[], description="The fields at fault, where fields are.")


def problem(
    request: Request,
    status: int,
    code: str,
    detail: str,
    *,
    title: str = "",
    way_out: str = "",
    errors: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The problem document as a response."""
    request_id: str = request.scope.get("qc.request_id", "")
    document = Problem(
        type=f"urn:problem:{code}",
        title=title or HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        request_id=request_id,
        way_out=way_out,
        errors=list(errors),
    )
    # What is quoted from a request may hold lone surrogates, which UTF-8 cannot.
    content = json.dumps(document.model_dump(), ensure_ascii=False).encode("utf-8", "replace")
    return Response(
        content, status, media_type=MEDIA_TYPE, headers={"X-Request-Id": request_id, **(dict(headers or {}))}
    )


def handle_problems(app: FastAPI) -> None:
    """Make every error of this app a problem document."""
    app.add_exception_handler(QcError, _of_ours)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(ClientDisconnect, _of_hangup)


def problem_of(request: Request, error: QcError) -> Response:
    """One of our own errors as a problem document."""
    status = STATUS_OF.get(error.code, error.status)
    place = "body" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "server"
    named = [FieldProblem(place=place, field=error.where, message=error.detail, code=error.code)]
    return problem(
        request,
        status,
        error.code,
        error.detail,
        title=error.title,
        way_out=error.way_out,
        errors=named if error.where else (),
        headers={"Retry-After": RETRY_AFTER_S} if status == HTTPStatus.SERVICE_UNAVAILABLE else None,
    )


async def _of_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, QcError)  # noqa: S101 - the framework's signature is wider than what it hands in
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("%s: %s", request.scope.get("qc.request_id"), error)
    return problem_of(request, error)


async def _of_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    errors = [_field_problem(one) for one in error.errors()]
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    if any(one.place != "body" for one in errors):
        code, title = "bad-parameter", "A parameter cannot be used"
    elif all(one.field.split(".")[0] == "metadata" for one in errors):
        code, title = "bad-metadata", "The metadata cannot be used"
    else:
        code, title = "bad-body", "The body cannot be used"
    return problem(
        request,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code,
        f"{first.field or first.place}: {first.message}{more}",
        title=title,
        way_out="Correct the fields named in errors; /openapi.json describes each.",
        errors=errors,
    )


def _field_problem(error: Mapping[str, Any]) -> FieldProblem:
    place, *path = error["loc"]
    if place != "body":
        path = path[:1]  # what comes after is about the form, such as the branch of a union
    broken_json = error["type"] == "json_invalid"
    return FieldProblem(
        place=str(place),
        field="" if broken_json else ".".join(str(part) for part in path)[:200],
        message=f"not JSON: {error['ctx']['error']}" if broken_json else _message(error),
        code=error["type"],
    )


def _message(error: Mapping[str, Any]) -> str:
    """What is wrong, without the words that pydantic puts around it."""
    if error["type"] == "extra_forbidden":
        return "there is no such field"
    return str(error["msg"]).removeprefix("Value error, ")


async def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    code, way_out = HTTP_CODES.get(error.status_code, (f"http-{error.status_code}", ""))
    return problem(request, error.status_code, code, str(error.detail), way_out=way_out, headers=error.headers)


async def _of_hangup(request: Request, _: Exception) -> Response:
    """The reply nobody hears to an upload that was broken off: no mistake of ours, so no 500 in the log."""
    return problem(request, HTTPStatus.BAD_REQUEST, "broken-off", "The connection ended before the request did.")


def mistake_of_ours(request: Request) -> Response:
    """The reply to an error nobody foresaw; it tells nothing of the inside."""
    return problem(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal-error",
        "The service made a mistake.",
        title="The service made a mistake",
        way_out="Try again; if it stays, report the request_id to who runs the service.",
    )
