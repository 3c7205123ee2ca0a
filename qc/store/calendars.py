"""Calendar feeds of consultants: whoever has the address reads it, so the token in it is kept like an API key's secret.

A phone's calendar can send no header, which is why the secret is in the address. Only a SHA-256 of it is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from qc.domain import Record
from qc.errors import BadInput, NotFound
from qc.store.paging import new_id, now
from qc.store.tables import CalendarRow

MAX_NAME: Final = 200
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,120}")
"""What can be a token; the database need not be asked about anything else."""


class CalendarRecord(Record):
    """A calendar feed without its token."""

    id: str
    consultant: str
    created_at: datetime
    revoked_at: datetime | None = None


def create_calendar(session: Session, consultant: str) -> tuple[CalendarRecord, str]:
    """A new feed of this consultant's reminders, and its token, which cannot be shown again.

    Raises:
        BadInput: ``bad-name``.
    """
    name = consultant.strip()
    if not 0 < len(name) <= MAX_NAME:
        raise BadInput("bad-name", f"A consultant's name has 1 to {MAX_NAME} characters.", where="consultant")
    row = CalendarRow(id=new_id("cal"), consultant=name, created_at=now())
    token = f"{row.id}_{secrets.token_urlsafe(32)}"
    row.token_hash = _hash(token)
    session.add(row)
    session.flush()
    return _as_record(row), token


def rotate_calendar(session: Session, calendar_id: str) -> tuple[CalendarRecord, str]:
    """A feed of the same consultant under a new token; the old one is of no use from now on.

    Raises:
        NotFound: ``no-such-calendar``.
    """
    revoked = revoke_calendar(session, calendar_id)
    return create_calendar(session, revoked.consultant)


def revoke_calendar(session: Session, calendar_id: str) -> CalendarRecord:
    """The feed, of no use from now on.

    Raises:
        NotFound: ``no-such-calendar``.
    """
    row = session.get(CalendarRow, calendar_id)
    if row is None:
        raise NotFound("no-such-calendar", f"There is no calendar {calendar_id}.")
    row.revoked_at = row.revoked_at or now()
    session.flush()
    return _as_record(row)


def list_calendars(session: Session, consultant: str | None = None) -> tuple[CalendarRecord, ...]:
    """All feeds, or one consultant's, revoked ones too, oldest first."""
    statement = select(CalendarRow).order_by(CalendarRow.created_at, CalendarRow.id)
    if consultant is not None:
        statement = statement.where(CalendarRow.consultant == consultant)
    return tuple(_as_record(row) for row in session.scalars(statement))


def calendar_of(session: Session, token: str) -> CalendarRecord:
    """The feed that this token opens.

    Raises:
        NotFound: ``no-such-calendar``: unknown or revoked, which nobody can tell apart.
    """
    row = session.get(CalendarRow, "_".join(token.split("_")[:2])) if _TOKEN.fullmatch(token) else None
    if row is None or row.revoked_at is not None or not hmac.compare_digest(row.token_hash, _hash(token)):
        raise NotFound(
            "no-such-calendar", "There is no such calendar.", way_out="Ask who runs the service for a new address."
        )
    return _as_record(row)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _as_record(row: CalendarRow) -> CalendarRecord:
    return CalendarRecord(id=row.id, consultant=row.consultant, created_at=row.created_at, revoked_at=row.revoked_at)
