"""What routes depend on: the service, and parameters that mean the same everywhere.

Routes open their own database session with ``with service.database.writing()`` instead of a ``yield`` dependency:
FastAPI replies before such a dependency commits, and a commit that failed would have answered 2xx.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

from qc.errors import NotFound
from qc.ingest import Service

ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


ServiceOfApp = Annotated[Service, Depends(_service)]


def _could_be_an_id(text: str) -> str:
    """The id, unless nothing can be stored under it: a NUL, say, never gets as far as the database."""
    if not ID.fullmatch(text):
        raise NotFound("no-such-id", "Nothing is stored under this id.", way_out="Use an id that a list or 202 gave.")
    return text


Id = Annotated[
    str,
    Path(
        description="An opaque id, as a 202, a list or a link gave it.",
        json_schema_extra={"pattern": f"^{ID.pattern}$"},
    ),
    AfterValidator(_could_be_an_id),
]


def storable(text: str) -> str:
    """The text, if every database can hold it.

    Raises:
        ValueError: for NUL characters (PostgreSQL has none) and lone surrogates (UTF-8 has none).
    """
    if "\x00" in text:
        raise ValueError("text must not hold NUL characters")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("text must not hold lone surrogates")
    return text


def storable_throughout(content: Any) -> Any:
    """Decoded JSON, if every text in it is `storable`.

    Raises:
        ValueError: as `storable` does.
    """
    if isinstance(content, str):
        storable(content)
    elif isinstance(content, dict):
        for key, value in content.items():
            storable(key)
            storable_throughout(value)
    elif isinstance(content, list):
        for value in content:
            storable_throughout(value)
    return content


Words = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(storable)]

Cursor = Annotated[
    str | None,
    Query(description="The `next_cursor` of the page before; leave it out for the first page.", max_length=500),
    AfterValidator(lambda cursor: cursor if cursor is None else storable(cursor)),
]
Limit = Annotated[int, Query(description="How many to list at most.", ge=1, le=200)]


def _in_living_memory(moment: datetime | date) -> datetime | date:
    if not 1970 <= moment.year <= 2200:  # noqa: PLR2004 - years in which times convert between zones without overflow
        raise ValueError("the year must be between 1970 and 2200")
    return moment


def _written_out(value: Any) -> Any:
    if isinstance(value, str) and "-" not in value.strip()[1:]:
        raise ValueError("a date such as 2026-03-12, or a time with its offset such as 2026-03-12T10:15:00+08:00")
    return value


Moment = Annotated[
    Annotated[AwareDatetime | date, Field(union_mode="left_to_right")],
    AfterValidator(_in_living_memory),
    BeforeValidator(_written_out, json_schema_input_type=AwareDatetime | date),
]
"""A time with its offset (in a URL, ``+`` is written ``%2B``), or a date in the dealer's time zone."""


def beginning(moment: datetime | date | None, zone: ZoneInfo) -> datetime | None:
    """The time itself, or the first moment of the date, in UTC."""
    if moment is None or isinstance(moment, datetime):
        return moment and moment.astimezone(UTC)
    return datetime.combine(moment, time(), zone).astimezone(UTC)


def ending(moment: datetime | date | None, zone: ZoneInfo) -> datetime | None:
    """The time itself, or the first moment after the date, in UTC."""
    if moment is None or isinstance(moment, datetime):
        return moment and moment.astimezone(UTC)
    return beginning(moment + timedelta(days=1), zone)


def known_parameters_only(request: Request) -> None:
    """Refuse query parameters that the OpenAPI does not list for this route, or that are given twice.

    A misspelt filter that is ignored lists everything, and looks as if it had worked.
    """
    if not request.query_params:
        return
    operations = request.app.openapi()["paths"][request.scope["route"].path_format]
    operation = operations.get(request.method.lower(), {})
    known = sorted(one["name"] for one in operation.get("parameters", ()) if one["in"] == "query")
    errors: list[dict[str, Any]] = []
    for name in request.query_params:
        if name not in known:
            message = f"unknown parameter; there is {', '.join(known) or 'none'}"
            errors.append({"type": "unknown_parameter", "loc": ("query", name), "msg": message})
        elif len(request.query_params.getlist(name)) > 1:
            errors.append({"type": "repeated_parameter", "loc": ("query", name), "msg": "given more than once"})
    if errors:
        raise RequestValidationError(errors)
