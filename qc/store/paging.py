"""Ids and pages: lists are read newest first, by creation time and id, and lists of what is to be done soonest first."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

from qc.errors import BadInput

Row = TypeVar("Row")


def new_id(kind: str) -> str:
    """An opaque id such as ``rec_9f86d081884c7d659a2feaa0``; safe in addresses, file names and job ids."""
    return f"{kind}_{secrets.token_hex(12)}"


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def read_page(
    session: Session,
    statement: Select[Row],
    order: tuple[InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None], InstrumentedAttribute[str]],
    *,
    cursor: str | None,
    limit: int,
    soonest_first: bool = False,
) -> tuple[list[Row], str | None]:
    """The rows after the cursor, and the cursor of the page after them.

    Newest first by the time of creation, rows added meanwhile come before the first page, so that no page repeats or skips
    one. By a time that moves, such as a reminder's, a row that moved meanwhile may be on two pages or on none.

    Raises:
        BadInput: ``bad-cursor``, ``bad-limit``.
    """
    if limit < 1:
        raise BadInput("bad-limit", f"limit is {limit}, it has to be 1 or more.", where="limit")
    time, row_id = order
    if cursor is not None:
        at, seen = _read_cursor(cursor)
        beyond, behind = (time > at, row_id > seen) if soonest_first else (time < at, row_id < seen)
        statement = statement.where(or_(beyond, and_(time == at, behind)))
    sorted_by = (time, row_id) if soonest_first else (time.desc(), row_id.desc())
    found = list(session.scalars(statement.order_by(*sorted_by).limit(limit + 1)))
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], _write_cursor(getattr(last, time.key), getattr(last, row_id.key))


def _write_cursor(at: datetime, row_id: str) -> str:
    content = json.dumps([at.astimezone(UTC).isoformat(), row_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    bad = BadInput(
        "bad-cursor", "This cursor is not one we gave.", way_out="Start again without a cursor.", where="cursor"
    )
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        content: Any = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (UnicodeError, binascii.Error, ValueError) as error:
        raise bad from error
    if not isinstance(content, list) or len(content) != 2 or not all(isinstance(part, str) for part in content):  # noqa: PLR2004 - a time and an id
        raise bad
    if "\0" in content[1]:  # PostgreSQL cannot be asked for it
        raise bad
    try:
        at = datetime.fromisoformat(content[0])
    except ValueError as error:
        raise bad from error
    if at.tzinfo is None or not MINYEAR < at.year < MAXYEAR:
        raise bad
    return at, content[1]
