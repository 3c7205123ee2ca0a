"""Trails read back: what was said about the findings of a recording, whichever inspection they came from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from qc.domain import Evidence, Finding
from qc.review import Appeal, Decision, Person, Status, Trail, Verdict, trail_of
from qc.store.tables import AppealRow, DecisionRow, VerdictRow


def read_trails(session: Session, recording_id: str) -> tuple[Trail, ...]:
    """The trails of this recording, oldest first."""
    return as_trails(session, session.scalars(select(VerdictRow).where(VerdictRow.recording_id == recording_id)).all())


def trails_of(session: Session, recording_ids: Collection[str]) -> dict[str, tuple[Trail, ...]]:
    """The trails of these recordings, oldest first; those without any are missing."""
    rows = session.scalars(select(VerdictRow).where(VerdictRow.recording_id.in_(recording_ids))).all()
    found: dict[str, tuple[Trail, ...]] = {}
    for trail in as_trails(session, rows) if rows else ():
        recording_id = trail.verdicts[0].recording_id
        found[recording_id] = (*found.get(recording_id, ()), trail)
    return found


def each_trail(session: Session) -> Iterator[Trail]:
    """All trails there are, those of one recording together."""
    for recording_id in session.scalars(select(VerdictRow.recording_id).distinct().order_by(VerdictRow.recording_id)):
        yield from read_trails(session, recording_id)


def as_trails(session: Session, rows: Iterable[VerdictRow]) -> tuple[Trail, ...]:
    """These verdicts, all of each trail, with their appeals and decisions; the trail begun first comes first."""
    verdicts = sorted(rows, key=lambda row: (row.trail_id, row.number))
    appeals = {
        row.verdict_id: row
        for row in session.scalars(
            select(AppealRow).where(AppealRow.recording_id.in_({row.recording_id for row in verdicts}))
        )
    }
    decisions = {
        row.appeal_id: row
        for row in session.scalars(
            select(DecisionRow).where(DecisionRow.appeal_id.in_({row.id for row in appeals.values()}))
        )
    }
    trails = []
    for _, group in groupby(verdicts, key=lambda row: row.trail_id):
        own = list(group)
        appeal = next((appeals[row.id] for row in own if row.id in appeals), None)
        decision = None if appeal is None else decisions.get(appeal.id)
        trails.append(
            Trail(
                verdicts=tuple(verdict_of(row) for row in own),
                appeal=None if appeal is None else appeal_of(appeal),
                decision=None if decision is None else decision_of(decision),
            )
        )
    return tuple(sorted(trails, key=lambda trail: (trail.verdicts[0].created_at, trail.id)))


def trails_of_findings(
    findings: Sequence[Finding], trails: Iterable[Trail], transcript_id: str
) -> tuple[Trail | None, ...]:
    """For each finding of an inspection of this transcript, the trail that it continues, if any."""
    of_these_words = about(transcript_id, trails)
    return tuple(trail_of(finding.category, finding.evidence, of_these_words) for finding in findings)


def about(transcript_id: str, trails: Iterable[Trail]) -> tuple[Trail, ...]:
    """Those of the trails whose positions count in this transcript."""
    return tuple(trail for trail in trails if trail.verdicts[0].transcript_id == transcript_id)


def count_unreviewed(findings: Sequence[Finding], trails: Iterable[Trail], transcript_id: str) -> int:
    """How many of the findings nobody has judged yet."""
    continued = trails_of_findings(findings, trails, transcript_id)
    return sum(trail is None or trail.value.status is Status.UNREVIEWED for trail in continued)


def verdict_of(row: VerdictRow) -> Verdict:
    """The row as others see it."""
    return Verdict.model_validate(
        {name: getattr(row, name) for name in Verdict.model_fields if name not in {"place", "finding", "by"}}
        | {
            "place": Evidence.model_validate(row.place),
            "finding": None if row.finding is None else Finding.model_validate(row.finding),
            "by": _person(row),
        }
    )


def appeal_of(row: AppealRow) -> Appeal:
    """The row as others see it."""
    return Appeal.model_validate(
        {name: getattr(row, name) for name in Appeal.model_fields if name != "by"} | {"by": _person(row)}
    )


def decision_of(row: DecisionRow) -> Decision:
    """The row as others see it."""
    return Decision.model_validate(
        {name: getattr(row, name) for name in Decision.model_fields if name != "by"} | {"by": _person(row)}
    )


def _person(row: VerdictRow | AppealRow | DecisionRow) -> Person:
    return Person(name=row.by_name, key_id=row.by_key, named=row.by_named)
