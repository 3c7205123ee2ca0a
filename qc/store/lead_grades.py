"""Grading leads as calls are inspected and news come in, and telling the feed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence

from pydantic import AwareDatetime
from sqlalchemy import select
from sqlalchemy.orm import Session

from qc.domain import Inspection, Record
from qc.errors import BadInput, Conflict, NotFound
from qc.grade import Grader
from qc.leads import (
    GivenBy,
    LeadGrade,
    LeadOutcome,
    LeadReason,
    MergedField,
    OutcomeKind,
    compare_grades,
    explain_move,
    explain_review,
    grade_as_reviewed,
    grade_lead,
    merge_memos,
    merge_tags,
)
from qc.leads.grading import losses_of
from qc.leads.reviewed import decisive_findings
from qc.review import Trail
from qc.store.grade_feed import append_change
from qc.store.inspections import save_inspection
from qc.store.lead_tags import keep_found_tags
from qc.store.leads import (
    NewLead,
    add_lead,
    calls_of_lead,
    lead_row,
    offset_s,
    outcome_of,
    outcomes_of_lead,
    recordings_of_lead,
    theirs_of,
)
from qc.store.paging import new_id, now
from qc.store.recordings import call_of
from qc.store.records import StoredInspection
from qc.store.requests import lock_name
from qc.store.tables import InspectionRow, LeadRow, OutcomeRow
from qc.store.trails import about, read_trails


class NewOutcome(Record):
    """News from the CRM about a lead."""

    lead: str
    """The lead's external id."""
    kind: OutcomeKind
    at: AwareDatetime
    external_id: str | None = None
    """The CRM's own id of the news."""
    reason: str | None = None
    grade: str | None = None
    by: GivenBy = GivenBy.CRM


class StoredOutcome(LeadOutcome):
    """News from the CRM, kept."""

    lead_id: str
    lead: str
    """The lead's external id."""
    external_id: str | None
    """The CRM's own id of the news."""


def keep_inspection(session: Session, recording_id: str, inspection: Inspection, grader: Grader) -> StoredInspection:
    """The stored inspection, current from now on; its lead, if the call names one, is graded anew.

    What people said about findings of an earlier inspection of the same words still counts.

    Raises:
        NotFound: ``no-such-recording``, ``no-such-transcript``.
    """
    stored = save_inspection(session, recording_id, inspection)
    if stored.recording.lead is not None:
        _keep_reviewed_grade(session, stored, read_trails(session, recording_id), grader)
        grade_again(session, lead_row(session, stored.recording.lead), grader, recording_id=recording_id)
    return stored


def grade_after_review(
    session: Session, inspected: StoredInspection, before: Sequence[Trail], trail_id: str, grader: Callable[[], Grader]
) -> None:
    """Grades the call's lead again if other findings decide it since somebody spoke about this trail.

    ``before`` are the recording's trails as they were then; ``inspected`` is its current inspection. The ``grader`` is
    asked for only then.
    """
    lead = inspected.recording.lead
    if lead is None:
        return
    trails = read_trails(session, inspected.recording.id)
    held, holds = (
        decisive_findings(inspected.inspection.findings, about(inspected.transcript_id, then))
        for then in (before, trails)
    )
    if held == holds:
        return
    by = grader()
    _keep_reviewed_grade(session, inspected, trails, by)
    said = next(trail for trail in trails if trail.id == trail_id)
    row = lead_row(session, lead)
    grade_again(session, row, by, recording_id=inspected.recording.id, review=explain_review(said))


def _keep_reviewed_grade(
    session: Session, inspected: StoredInspection, trails: Sequence[Trail], grader: Grader
) -> None:
    reviewed = grade_as_reviewed(
        call_of(inspected.recording),
        inspected.transcript,
        inspected.inspection,
        about(inspected.transcript_id, trails),
        grader,
    )
    row = session.get_one(InspectionRow, inspected.id)
    row.reviewed_grade = None if reviewed is None else reviewed.model_dump(mode="json")
    session.flush()


def post_lead(session: Session, new: NewLead, grader: Grader) -> tuple[str, bool]:
    """The id of the lead that the CRM posts and true, or false where it had posted the very same before.

    Raises:
        Conflict: ``external-id-taken``.
    """
    row, created = add_lead(session, new)
    if created:
        grade_again(session, row, grader)
    return row.id, created


def report_outcome(session: Session, new: NewOutcome, grader: Grader) -> tuple[str, bool]:
    """The id of the news, kept, and true; or false where the very same was told before.

    A lead that nobody has spoken of yet begins with them.

    Raises:
        BadInput: ``reason-needed``, ``grade-needed``.
        Conflict: ``external-id-taken``.
    """
    if new.kind is OutcomeKind.LOST and not (new.reason or "").strip():
        raise BadInput("reason-needed", "A lost lead needs a reason.", where="reason")
    if new.kind is OutcomeKind.GRADED and not (new.grade or "").strip():
        raise BadInput("grade-needed", "Say which grade was given.", where="grade")
    row = lead_row(session, new.lead)
    content = json.dumps(new.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
    fingerprint = hashlib.sha256(content.encode()).hexdigest()
    told = session.scalars(select(OutcomeRow).where(OutcomeRow.fingerprint == fingerprint)).one_or_none()
    if told is not None:
        return told.id, False
    if new.external_id is not None:
        _check_free(session, new.external_id)
    outcome = OutcomeRow(
        id=new_id("out"),
        lead_id=row.id,
        external_id=new.external_id,
        fingerprint=fingerprint,
        kind=new.kind,
        at=new.at,
        offset_s=offset_s(new.at),
        reason=new.reason,
        grade=new.grade,
        given_by=new.by,
        created_at=now(),
    )
    session.add(outcome)
    session.flush()
    grade_again(session, row, grader, outcome_id=outcome.id)
    return outcome.id, True


def get_outcome(session: Session, outcome_id: str) -> StoredOutcome:
    """The news, and the lead they are about.

    Raises:
        NotFound: ``no-such-outcome``.
    """
    row = session.get(OutcomeRow, outcome_id)
    if row is None:
        raise NotFound("no-such-outcome", f"There is no outcome {outcome_id}.")
    lead = session.get_one(LeadRow, row.lead_id)
    return StoredOutcome(**dict(outcome_of(row)), lead_id=lead.id, lead=lead.external_id, external_id=row.external_id)


def grade_again(
    session: Session,
    row: LeadRow,
    grader: Grader,
    *,
    recording_id: str | None = None,
    outcome_id: str | None = None,
    review: LeadReason | None = None,
) -> None:
    """Grades the lead by all that is stored about it, and tells the feed if letter or next contact are others now.

    ``row`` is held (`qc.store.leads.lead_row`). The ids and the review name what brought this about. Nothing else is to be locked
    after it in the same transaction: whoever tells the feed holds up all others that do.
    """
    calls = calls_of_lead(session, row.external_id)
    outcomes = outcomes_of_lead(session, row.id)
    grade = grade_lead(calls, outcomes, grader)
    memo = merge_memos(calls, losses_of(outcomes))
    before = None if row.grade is None else LeadGrade.model_validate(row.grade)
    old = {name: MergedField.model_validate(field) for name, field in (row.memo or {}).items()}
    row.memo = {name: field.model_dump(mode="json") for name, field in memo.items()}
    row.grade = None if grade is None else grade.model_dump(mode="json")
    row.letter = None if grade is None else grade.letter
    keep_found_tags(session, row, merge_tags(calls))
    theirs = theirs_of(row, outcomes, recordings_of_lead(session, row.external_id))
    misjudged = None if grade is None else compare_grades(grade.words, theirs)
    row.misjudged = None if misjudged is None else misjudged.direction
    row.updated_at = now()
    if grade is not None and (before is None or _acts_differently(before, grade)):
        today = calls[-1].call.time.date() if calls else outcomes[-1].at.date()
        move = explain_move(before, grade, old, memo, today, review=review)
        append_change(session, row, move, grade, recording_id=recording_id, outcome_id=outcome_id)


def _acts_differently(before: LeadGrade, after: LeadGrade) -> bool:
    return (before.letter, before.next_contact_by) != (after.letter, after.next_contact_by)


def _check_free(session: Session, external_id: str) -> None:
    lock_name(session, f"outcome:{external_id}")
    taken = session.scalars(select(OutcomeRow.id).where(OutcomeRow.external_id == external_id)).one_or_none()
    if taken is not None:
        raise Conflict(
            "external-id-taken",
            f"{external_id} was already posted with other content, as {taken}.",
            way_out="News are never changed: post what is true now as news of its own.",
            where="external_id",
        )
