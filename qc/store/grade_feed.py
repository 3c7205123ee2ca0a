"""The feed of grade changes: numbered in the order of commits, so that a reader who has seen a number missed none.

A number from a sequence would be taken when a transaction begins to write and be seen when it commits: a reader could
see 8, remember it, and never hear of 7. Here the number comes from a row that `append_change` locks and that stays
locked until the transaction ends. So numbers become visible in their order, a rollback gives its number back, and a
writer that is killed leaves neither a gap nor half a change. Appending is the last thing a transaction does, since
all others that append wait for it.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from qc.domain import Record
from qc.errors import BadInput
from qc.leads import LeadGrade, Move
from qc.store.paging import now
from qc.store.tables import FeedRow, GradeChangeRow, LeadRow

FEED: Final = "grades"
_CURSOR: Final = re.compile(r"g(\d{1,18})")


class GradeChange(Record):
    """One change of a lead's grade."""

    cursor: str
    """To go on after it."""
    lead_id: str
    external_id: str
    """The lead in the CRM."""
    lead_number: int
    """Its place among the changes of its lead: 1, 2, 3 …"""
    move: Move
    grade: LeadGrade
    """After the change."""
    recording_id: str | None
    """The call whose inspection brought it about."""
    outcome_id: str | None
    """The CRM's news that brought it about."""
    created_at: datetime


class Changes(Record):
    """A stretch of the feed, oldest first."""

    items: tuple[GradeChange, ...]
    next_cursor: str
    """To ask for what comes after; the same as before if there is nothing new."""


def append_change(
    session: Session, lead: LeadRow, move: Move, grade: LeadGrade, *, recording_id: str | None, outcome_id: str | None
) -> None:
    """Adds a change at the end of the feed; whoever calls holds the lead (`qc.store.leads.lead_row`)."""
    lead.changes += 1
    session.flush()
    number = session.execute(
        update(FeedRow)
        .where(FeedRow.name == FEED)
        .values(last=FeedRow.last + 1)
        .returning(FeedRow.last)
        .execution_options(synchronize_session=False)
    ).scalar_one()
    row = GradeChangeRow(
        number=number,
        lead_id=lead.id,
        lead_number=lead.changes,
        recording_id=recording_id,
        outcome_id=outcome_id,
        content={"move": move.model_dump(mode="json"), "grade": grade.model_dump(mode="json")},
        created_at=now(),
    )
    session.add(row)
    session.flush()


def read_changes(session: Session, since: str | None = None, limit: int = 100) -> Changes:
    """The changes after this cursor, or from the very first on.

    Raises:
        BadInput: ``bad-cursor``: not one of ours, or beyond the feed's end, as after a restored backup.
    """
    after = _number(since)
    rows = session.execute(
        select(GradeChangeRow, LeadRow.external_id)
        .join(LeadRow, LeadRow.id == GradeChangeRow.lead_id)
        .where(GradeChangeRow.number > after)
        .order_by(GradeChangeRow.number)
        .limit(limit)
    ).all()
    if not rows and after > session.execute(select(FeedRow.last).where(FeedRow.name == FEED)).scalar_one():
        raise BadInput(
            "bad-cursor",
            "This cursor is beyond the end of the feed; the database may have been restored from a backup.",
            way_out="Start again without a cursor.",
            where="since",
        )
    items = tuple(_change(row, external_id) for row, external_id in rows)
    return Changes(items=items, next_cursor=items[-1].cursor if items else f"g{after}")


def changes_of_lead(session: Session, lead_id: str) -> tuple[GradeChange, ...]:
    """All changes of this lead's grade, the first one first."""
    rows = session.execute(
        select(GradeChangeRow, LeadRow.external_id)
        .join(LeadRow, LeadRow.id == GradeChangeRow.lead_id)
        .where(GradeChangeRow.lead_id == lead_id)
        .order_by(GradeChangeRow.lead_number)
    )
    return tuple(_change(row, external_id) for row, external_id in rows)


def _change(row: GradeChangeRow, external_id: str) -> GradeChange:
    return GradeChange(
        cursor=f"g{row.number}",
        lead_id=row.lead_id,
        external_id=external_id,
        lead_number=row.lead_number,
        move=Move.model_validate(row.content["move"]),
        grade=LeadGrade.model_validate(row.content["grade"]),
        recording_id=row.recording_id,
        outcome_id=row.outcome_id,
        created_at=row.created_at,
    )


def _number(cursor: str | None) -> int:
    if cursor is None:
        return 0
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise BadInput(
            "bad-cursor", "This cursor is not one we gave.", way_out="Start again without a cursor.", where="since"
        )
    return int(match.group(1))
