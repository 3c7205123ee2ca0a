"""What the optional writer made of calls: added, never changed."""

from __future__ import annotations

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from qc.domain import Record
from qc.store.paging import new_id, now
from qc.store.records import StoredInspection
from qc.store.tables import WritingRow
from qc.writing import NO_ANSWER, WriterOutcome, Writing


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


def find_unanswered(session: Session, *, limit: int) -> tuple[str, ...]:
    """The recordings that the writer was asked about and never answered, those that wait the longest first.

    A recording waits from when it was asked about last, so that one that fails again holds up no other.
    """
    waiting = _unanswered().order_by(func.max(WritingRow.created_at), WritingRow.recording_id).limit(limit)
    return tuple(session.scalars(waiting))


def count_unanswered(session: Session) -> int:
    """How many recordings the writer was asked about and never answered."""
    return session.scalar(select(func.count()).select_from(_unanswered().subquery())) or 0


def _unanswered() -> Select[str]:
    other = aliased(WritingRow)
    answered = select(other.id).where(other.recording_id == WritingRow.recording_id, other.outcome.not_in(NO_ANSWER))
    return (
        select(WritingRow.recording_id)
        .where(WritingRow.outcome.in_(NO_ANSWER), ~answered.exists())
        .group_by(WritingRow.recording_id)
    )


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
