"""What is usual in a team: each figure of conduct as the median of the team's other calls."""

from __future__ import annotations

from statistics import median
from typing import Final

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from qc.domain import Conduct, Record
from qc.rulebook.conduct import Figure
from qc.store.records import StoredRecording
from qc.store.tables import InspectionRow, RecordingRow

FEWEST_CALLS: Final = 30
"""A median of fewer says little: with 30 calls its 95 % interval runs from about the 10th to the 21st of them (order
statistics of the binomial)."""
MOST_CALLS: Final = 300
"""So many of the latest calls are looked at: what is usual now, and quickly read."""


class TeamMedian(Record):
    """The usual value of one figure, in its own unit: times in ms, shares 0 to 1, pace in characters a minute."""

    median: float
    calls: int = Field(description="How many calls it is the median of.")


def team_medians(session: Session, recording: StoredRecording) -> dict[Figure, TeamMedian]:
    """The median of each figure over the latest other calls of the same store that were inspected.

    Empty without a store; a figure measured in fewer than `FEWEST_CALLS` of them is left out.
    """
    if recording.store is None:
        return {}
    rows = session.scalars(
        select(InspectionRow.content["conduct"])
        .join(RecordingRow, InspectionRow.recording_id == RecordingRow.id)
        .where(InspectionRow.current, RecordingRow.store == recording.store, RecordingRow.id != recording.id)
        .order_by(RecordingRow.started_at.desc())
        .limit(MOST_CALLS)
    ).all()
    if len(rows) < FEWEST_CALLS:
        return {}
    calls = [Conduct.model_validate(row) for row in rows]
    measured = {figure: [value for call in calls if (value := figure.of(call)) is not None] for figure in Figure}
    return {
        figure: TeamMedian(median=round(median(values), 4), calls=len(values))
        for figure, values in measured.items()
        if len(values) >= FEWEST_CALLS
    }
