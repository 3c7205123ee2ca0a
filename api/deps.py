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
from pydantic import AfterValidator, AwareDatetime, PlainValidator, StringConstraints

from qc.errors import NotFound
from qc.ingest import Service, in_living_memory

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

Prose = Annotated[str, StringConstraints(max_length=2000), AfterValidator(storable)]
"""A few sentences in somebody's own words."""

Cursor = Annotated[
    str | None,
    Query(description="The `next_cursor` of the page before; leave it out for the first page.", max_length=500),
    AfterValidator(lambda cursor: cursor if cursor is None else storable(cursor)),
]
Limit = Annotated[int, Query(description="How many to list at most.", ge=1, le=200)]


def _moment(text: str) -> datetime | date:
    try:
        moment = date.fromisoformat(text) if len(text) == DATE_LENGTH else datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(MOMENT_FORM) from error
    if isinstance(moment, datetime) and moment.tzinfo is None:
        raise ValueError(MOMENT_FORM)
    return in_living_memory(moment)


DATE_LENGTH: Final = len("2026-03-12")
MOMENT_FORM: Final = (
    "must be a date such as 2026-03-12, or a time with its offset such as 2026-03-12T10:15:00+08:00 "
    "(in an address, + is written %2B)"
)
Moment = Annotated[datetime | date, PlainValidator(_moment, json_schema_input_type=AwareDatetime | date)]
"""A time with its offset (in a URL, ``+`` is written ``%2B``), or a date in the dealer's time zone."""


def beginning(moment: datetime | date | None, zone: ZoneInfo) -> datetime | None:
    """The time itself, or the first moment of the date, in UTC."""
    if moment is None or isinstance(moment, datetime):
        return moment and moment.astimezone(UTC)
    return datetime.combine(moment, time(), zone).astimezone(UTC)


def check_period(name: str, begin: datetime, end: datetime, longest: timedelta) -> None:
    """Returns if the period that the query's ``name`` begins is no longer than this.

    Raises:
        RequestValidationError: if it is longer.
    """
    if end - begin > longest:
        message = f"the period has {(end - begin).days} days, more than {longest.days}; ask for less at a time"
        raise RequestValidationError([{"type": "period_too_long", "loc": ("query", name), "msg": message}])


def ending(moment: datetime | date | None, zone: ZoneInfo) -> datetime | None:
    """The time itself, or the first moment after the date, in UTC."""
    if moment is None or isinstance(moment, datetime):
        return moment and moment.astimezone(UTC)
    return beginning(moment + timedelta(days=1), zone)
