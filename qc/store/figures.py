"""Figures about the whole installation, read from the database when they are asked for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from qc.domain import Record
from qc.store.recordings import UNFINISHED
from qc.store.records import RecordingState
from qc.store.tables import InspectionRow, RecordingRow


class Figures(Record):
    """What an operator watches; true whichever process is asked."""

    recordings: dict[RecordingState, int]
    """How many are in each state; every state is named."""
    oldest_unfinished_s: float
    """How long the oldest recording that is neither done nor failed has been here; 0 if there is none."""
    inspections: dict[str, int]
    """Current inspections by the version of the rulebook."""


def read_figures(session: Session, now: datetime) -> Figures:
    """The figures at this moment."""
    counted = session.execute(select(RecordingRow.state, func.count()).group_by(RecordingRow.state))
    found = {RecordingState(state): count for state, count in counted}
    oldest = session.scalar(select(func.min(RecordingRow.created_at)).where(RecordingRow.state.in_(UNFINISHED)))
    by_rulebook = session.execute(
        select(InspectionRow.rulebook, func.count()).where(InspectionRow.current).group_by(InspectionRow.rulebook)
    )
    return Figures(
        recordings={state: found.get(state, 0) for state in RecordingState},
        oldest_unfinished_s=0 if oldest is None else max((now - oldest).total_seconds(), 0),
        inspections={version: count for version, count in by_rulebook},  # noqa: C416 - rows are no pairs to a type checker
    )
