"""What the optional writer made of calls: added, never changed."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from qc.domain import Record
from qc.store.paging import new_id, now
from qc.store.records import StoredInspection
from qc.store.tables import WritingRow
from qc.writing import WriterOutcome, Writing


class WriterFigures(Record):
    """What an operator watches of the writer."""

    outcomes: dict[str, int]
    """How often it was asked, by how that ended."""
    kept: int
    dropped: int
    """How many summaries and proposals passed the checks, and how many did not."""


def save_writing(session: Session, inspected: StoredInspection, writing: Writing) -> None:
    """Keeps what was written about the transcript of this inspection."""
    row = WritingRow(
        id=new_id("wri"),
        recording_id=inspected.recording.id,
        transcript_id=inspected.transcript_id,
        inspection_id=inspected.id,
        model=writing.model,
        outcome=writing.outcome,
        content=writing.model_dump(mode="json"),
        kept=len(writing.proposals) + (writing.summary is not None),
        dropped=len(writing.dropped),
        created_at=now(),
    )
    session.add(row)
    session.flush()


def newest_writing(session: Session, inspected: StoredInspection) -> Writing | None:
    """What was written last about the same transcript, or else what came of asking last.

    Of an earlier inspection too, since the words are the same.
    """
    row = session.scalars(
        select(WritingRow)
        .where(WritingRow.recording_id == inspected.recording.id, WritingRow.transcript_id == inspected.transcript_id)
        .order_by((WritingRow.outcome == WriterOutcome.WRITTEN).desc(), WritingRow.created_at.desc(), WritingRow.id)
        .limit(1)
    ).one_or_none()
    return None if row is None else Writing.model_validate(row.content)


def read_writer_figures(session: Session) -> WriterFigures:
    """The figures over all calls."""
    rows = session.execute(
        select(WritingRow.outcome, func.count(), func.sum(WritingRow.kept), func.sum(WritingRow.dropped)).group_by(
            WritingRow.outcome
        )
    ).all()
    return WriterFigures(
        outcomes={outcome: count for outcome, count, *_ in rows},
        kept=sum(kept for *_, kept, _ in rows),
        dropped=sum(dropped for *_, dropped in rows),
    )
