"""Inspections, append-only: the newest of a recording is current, older ones are kept."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from qc.changes import Changes, compare_inspections
from qc.domain import Category, Finding, Inspection, Severity, Transcript
from qc.errors import NotFound
from qc.store.paging import new_id, now, read_page
from qc.store.recordings import as_record, recording_row
from qc.store.records import InspectionFilter, InspectionSummary, Page, StoredInspection
from qc.store.tables import FindingRow, InspectionRow, RecordingRow, TranscriptRow
from qc.store.trails import count_unreviewed, read_trails


def save_inspection(session: Session, recording_id: str, inspection: Inspection) -> StoredInspection:
    """The stored inspection of the recording's transcript, current from now on, with what it changed.

    Raises:
        NotFound: ``no-such-recording``, ``no-such-transcript``.
    """
    recording = recording_row(session, recording_id, for_update=True)
    if recording.transcript_id is None:
        raise NotFound("no-such-transcript", f"The recording {recording_id} has no transcript yet.")
    previous = _current_row(session, recording_id)
    changes = None
    if previous is not None:
        previous.current = False
        session.flush()
        changes = compare_inspections(Inspection.model_validate(previous.content), inspection)
    row = InspectionRow(
        id=new_id("ins"),
        recording_id=recording_id,
        transcript_id=recording.transcript_id,
        content=inspection.model_dump(mode="json"),
        changes=None if changes is None else changes.model_dump(mode="json"),
        current=True,
        grade=inspection.grade.letter,
        grade_probability=inspection.grade.probability,
        next_contact_by=inspection.grade.next_contact_by,
        flagged=bool(inspection.findings),
        severity=_worst(inspection.findings),
        points=inspection.scorecard.points,
        unreviewed=count_unreviewed(inspection.findings, read_trails(session, recording_id), recording.transcript_id),
        rulebook=inspection.made_with.rulebook,
        grader=inspection.made_with.grader,
        created_at=now(),
    )
    session.add(row)
    session.flush()
    session.add_all(_finding_rows(row.id, inspection.findings))
    recording.inspection_id = row.id
    session.flush()
    return _as_record(session, row)


def recount_unreviewed(session: Session, recording_id: str) -> None:
    """Notes how many findings of the current inspection nobody has judged by now."""
    row = _current_row(session, recording_id)
    if row is not None:
        findings = Inspection.model_validate(row.content).findings
        row.unreviewed = count_unreviewed(findings, read_trails(session, recording_id), row.transcript_id)
        session.flush()


def get_inspection(session: Session, inspection_id: str) -> StoredInspection:
    """The inspection.

    Raises:
        NotFound: ``no-such-inspection``.
    """
    row = session.get(InspectionRow, inspection_id)
    if row is None:
        raise NotFound("no-such-inspection", f"There is no inspection {inspection_id}.")
    return _as_record(session, row)


def current_inspection(session: Session, recording_id: str) -> StoredInspection | None:
    """The newest inspection of this recording, if it has one."""
    row = _current_row(session, recording_id)
    return None if row is None else _as_record(session, row)


def require_inspection(session: Session, recording_id: str) -> StoredInspection:
    """The newest inspection of this recording.

    Raises:
        NotFound: ``no-such-recording``, ``not-inspected-yet``.
    """
    recording = recording_row(session, recording_id)
    stored = current_inspection(session, recording_id)
    if stored is None:
        raise NotFound(
            "not-inspected-yet",
            f"This recording has no inspection yet; its state is {recording.state}.",
            way_out="Wait until its state is done; a failed one can be retried.",
        )
    return stored


def find_inspections(
    session: Session, wanted: InspectionFilter, *, cursor: str | None = None, limit: int = 50
) -> Page[InspectionSummary]:
    """The inspections that fit, newest first.

    Raises:
        BadInput: ``bad-cursor``.
    """
    rows, next_cursor = read_page(
        session,
        _statement(wanted),
        (InspectionRow.created_at, InspectionRow.id),
        cursor=cursor,
        limit=limit,
    )
    recordings = _by_id(session, {row.recording_id for row in rows})
    categories = _categories(session, [row.id for row in rows])
    return Page(
        items=tuple(_summary(row, recordings[row.recording_id], categories.get(row.id, ())) for row in rows),
        next_cursor=next_cursor,
    )


def _statement(wanted: InspectionFilter) -> Select[InspectionRow]:
    conditions = (
        not wanted.current or InspectionRow.current,
        wanted.flagged is None or InspectionRow.flagged.is_(wanted.flagged),
        wanted.unreviewed is None or (InspectionRow.unreviewed > 0).is_(wanted.unreviewed),
        wanted.grade is None or InspectionRow.grade == wanted.grade,
        wanted.agent is None or RecordingRow.agent == wanted.agent,
        wanted.store is None or RecordingRow.store == wanted.store,
        wanted.recording_id is None or RecordingRow.id == wanted.recording_id,
        wanted.since is None or RecordingRow.started_at >= wanted.since,
        wanted.until is None or RecordingRow.started_at < wanted.until,
        not wanted.text or _is_spoken(wanted.text),
        (wanted.severity is None and wanted.category is None) or _is_found(wanted.severity, wanted.category),
    )
    return (
        select(InspectionRow)
        .join(RecordingRow, InspectionRow.recording_id == RecordingRow.id)
        .where(*(condition for condition in conditions if condition is not True))
    )


def _is_spoken(words: str | None) -> ColumnElement[bool]:
    spoken = select(TranscriptRow.id).where(
        TranscriptRow.id == InspectionRow.transcript_id, TranscriptRow.text.icontains(words, autoescape=True)
    )
    return spoken.exists()


def _is_found(severity: Severity | None, category: Category | None) -> ColumnElement[bool]:
    conditions = (
        severity is None or FindingRow.severity == severity,
        category is None or FindingRow.category == category,
    )
    found = select(FindingRow.position).where(
        FindingRow.inspection_id == InspectionRow.id, *(condition for condition in conditions if condition is not True)
    )
    return found.exists()


def _current_row(session: Session, recording_id: str) -> InspectionRow | None:
    return session.scalars(
        select(InspectionRow).where(InspectionRow.recording_id == recording_id, InspectionRow.current)
    ).one_or_none()


def _finding_rows(inspection_id: str, findings: Iterable[Finding]) -> list[FindingRow]:
    return [
        FindingRow(
            inspection_id=inspection_id,
            position=position,
            rule_id=finding.rule_id,
            category=finding.category,
            severity=finding.severity,
            probability=finding.probability,
        )
        for position, finding in enumerate(findings)
    ]


def _worst(findings: Iterable[Finding]) -> Severity | None:
    made = {finding.severity for finding in findings}
    return next((severity for severity in Severity if severity in made), None)


def _by_id(session: Session, ids: set[str]) -> dict[str, RecordingRow]:
    return {row.id: row for row in session.scalars(select(RecordingRow).where(RecordingRow.id.in_(ids)))}


def _categories(session: Session, inspection_ids: list[str]) -> dict[str, tuple[Category, ...]]:
    found: dict[str, dict[Category, None]] = {}
    rows = session.execute(
        select(FindingRow.inspection_id, FindingRow.category)
        .where(FindingRow.inspection_id.in_(inspection_ids))
        .order_by(FindingRow.inspection_id, FindingRow.position)
    )
    for inspection_id, category in rows:
        found.setdefault(inspection_id, {})[Category(category)] = None
    return {inspection_id: tuple(categories) for inspection_id, categories in found.items()}


def _summary(row: InspectionRow, recording: RecordingRow, categories: tuple[Category, ...]) -> InspectionSummary:
    own = {
        name: getattr(row, name)
        for name in InspectionSummary.model_fields
        if name not in {"recording", "categories", "model"}
    }
    own["model"] = row.content["made_with"].get("model")
    return InspectionSummary.model_validate(own | {"recording": as_record(recording), "categories": categories})


def _as_record(session: Session, row: InspectionRow) -> StoredInspection:
    transcript = session.get_one(TranscriptRow, row.transcript_id)
    return StoredInspection(
        id=row.id,
        recording=as_record(session.get_one(RecordingRow, row.recording_id)),
        transcript_id=row.transcript_id,
        transcript=Transcript.model_validate(transcript.content),
        inspection=Inspection.model_validate(row.content),
        created_at=row.created_at,
        current=row.current,
        changes=None if row.changes is None else Changes.model_validate(row.changes),
    )
