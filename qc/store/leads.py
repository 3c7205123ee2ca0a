"""Leads: how they are begun, found, and what is known about each.

A lead begins with the CRM's post, with the first inspected call of it, or with the first news about it, whichever
comes first; the systems that send them do not wait for each other. Whoever writes about a lead holds its name until
the end of the transaction (`lead_row`), so that its grades follow each other in one order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

from pydantic import AwareDatetime, TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from qc.domain import Inspection, Record, Transcript
from qc.errors import Conflict, NotFound
from qc.leads import (
    GivenBy,
    LeadCall,
    LeadGrade,
    LeadLetter,
    LeadOutcome,
    LeadTag,
    MergedField,
    Misjudged,
    OutcomeKind,
    ReviewedGrade,
    Theirs,
    compare_grades,
    read_grade,
)
from qc.store.lead_tags import found_tags, index_tags
from qc.store.memo_trails import corrections_of
from qc.store.paging import new_id, now, read_page
from qc.store.recordings import as_record, call_of
from qc.store.records import Page, StoredRecording
from qc.store.requests import lock_name
from qc.store.tables import InspectionRow, LeadRow, LeadTagRow, OutcomeRow, RecordingRow, TranscriptRow
from qc.store.trails import about, trails_of

_MEMO = TypeAdapter(dict[str, MergedField])

Attention = Literal["misjudged"]


class NewLead(Record):
    """What the CRM knows about a lead when it is created."""

    external_id: str
    at: AwareDatetime
    source: str | None = None
    store: str | None = None
    consultant: str | None = None
    customer: str | None = None
    crm_grade: str | None = None
    tags: tuple[str, ...] = ()


class LeadUpdate(Record):
    """What the CRM has changed about a lead; what is not set stays as it is."""

    source: str | None = None
    store: str | None = None
    consultant: str | None = None
    customer: str | None = None
    tags: tuple[str, ...] | None = None


class StoredLead(Record):
    """A lead and its grade now."""

    id: str
    external_id: str
    at: datetime | None
    """When it was created, as the CRM says; ``None`` while the CRM has not posted it."""
    source: str | None
    store: str | None
    consultant: str | None
    customer: str | None
    tags: tuple[str, ...]
    """The CRM's."""
    found_tags: tuple[LeadTag, ...]
    """By the customer's own words."""
    grade: LeadGrade | None
    """``None`` while there is neither an inspected call nor news that decide."""
    memo: dict[str, MergedField]
    """The merged memo that the grade was given by."""
    theirs: tuple[Theirs, ...]
    """The grades that the CRM and the consultant gave it last."""
    misjudged: Misjudged | None
    created_at: datetime
    updated_at: datetime


def lead_row(session: Session, external_id: str) -> LeadRow:
    """The row of this lead, begun if there is none; nobody else writes about the lead until the transaction ends."""
    lock_name(session, f"lead:{external_id}")
    statement = select(LeadRow).where(LeadRow.external_id == external_id)
    # What this session read of it before the lock may be over.
    row = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        at = now()
        row = LeadRow(
            id=new_id("lead"), external_id=external_id, tags=[], offset_s=0, changes=0, created_at=at, updated_at=at
        )
        session.add(row)
        session.flush()
    return row


def add_lead(session: Session, new: NewLead) -> tuple[LeadRow, bool]:
    """The lead's row and true, or false where the CRM has posted the very same before.

    Raises:
        Conflict: ``external-id-taken``.
    """
    row = lead_row(session, new.external_id)
    content = json.dumps(new.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
    fingerprint = hashlib.sha256(content.encode()).hexdigest()
    if row.fingerprint is not None:
        if row.fingerprint != fingerprint:
            raise Conflict(
                "external-id-taken",
                f"{new.external_id} was already posted with other content, as {row.id}.",
                way_out=f"Send what has changed with PATCH /v1/leads/{row.id}.",
                where="external_id",
            )
        return row, False
    for name in ("source", "store", "consultant", "customer", "crm_grade"):
        setattr(row, name, getattr(new, name))
    row.fingerprint = fingerprint
    row.at, row.offset_s = new.at, offset_s(new.at)
    row.tags = list(new.tags)
    row.updated_at = now()
    session.flush()
    index_tags(session, row)
    return row, True


def update_lead(session: Session, lead_id: str, update: LeadUpdate) -> StoredLead:
    """The lead with what the CRM has changed about it.

    Raises:
        NotFound: ``no-such-lead``.
    """
    row = lead_row(session, _row(session, lead_id).external_id)
    for name in update.model_fields_set:
        value = getattr(update, name)
        setattr(row, name, list(value or ()) if name == "tags" else value)
    row.updated_at = now()
    session.flush()
    index_tags(session, row)
    return stored_lead(session, row)


def get_lead(session: Session, lead_id: str) -> StoredLead:
    """The lead.

    Raises:
        NotFound: ``no-such-lead``.
    """
    return stored_lead(session, _row(session, lead_id))


def find_leads(
    session: Session,
    *,
    external_id: str | None = None,
    attention: Attention | None = None,
    letter: LeadLetter | None = None,
    store: str | None = None,
    consultant: str | None = None,
    tag: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[StoredLead]:
    """The leads that fit, the one begun last first; ``misjudged`` are those the customer's words speak against.

    Raises:
        BadInput: ``bad-cursor``.
    """
    wanted = (
        external_id is None or LeadRow.external_id == external_id,
        attention is None or LeadRow.misjudged.is_not(None),
        letter is None or LeadRow.letter == letter,
        store is None or LeadRow.store == store,
        consultant is None or LeadRow.consultant == consultant,
        tag is None or LeadRow.id.in_(select(LeadTagRow.lead_id).where(LeadTagRow.tag == tag)),
    )
    statement = select(LeadRow).where(*(condition for condition in wanted if condition is not True))
    rows, next_cursor = read_page(session, statement, (LeadRow.created_at, LeadRow.id), cursor=cursor, limit=limit)
    return Page(items=tuple(stored_lead(session, row) for row in rows), next_cursor=next_cursor)


def recordings_of_lead(session: Session, external_id: str) -> tuple[StoredRecording, ...]:
    """All calls of the lead, the first one first, inspected or not."""
    rows = session.scalars(
        select(RecordingRow).where(RecordingRow.lead == external_id).order_by(RecordingRow.started_at, RecordingRow.id)
    )
    return tuple(as_record(row) for row in rows)


def calls_of_lead(session: Session, external_id: str) -> tuple[LeadCall, ...]:
    """The inspected calls of the lead with what was said and concluded, and what holds of it, the first one first."""
    rows = session.execute(
        select(RecordingRow, InspectionRow, TranscriptRow)
        .join(InspectionRow, InspectionRow.recording_id == RecordingRow.id)
        .join(TranscriptRow, TranscriptRow.id == InspectionRow.transcript_id)
        .where(RecordingRow.lead == external_id, InspectionRow.current)
        .order_by(RecordingRow.started_at, RecordingRow.id)
    )
    stored = [(recording, inspection, transcript) for recording, inspection, transcript in rows]
    ids = {recording.id for recording, _, _ in stored}
    corrections, trails = corrections_of(session, ids), trails_of(session, ids)
    return tuple(
        LeadCall(
            recording_id=recording.id,
            call=call_of(as_record(recording)),
            transcript=Transcript.model_validate(transcript.content),
            inspection=Inspection.model_validate(inspection.content),
            corrections=corrections.get(recording.id, ()),
            trails=about(transcript.id, trails.get(recording.id, ())),
            reviewed=inspection.reviewed_grade and ReviewedGrade.model_validate(inspection.reviewed_grade),
        )
        for recording, inspection, transcript in stored
    )


def outcomes_of_lead(session: Session, lead_id: str) -> tuple[LeadOutcome, ...]:
    """The CRM's news about the lead, as they happened; what happened at once is in the order it was told."""
    rows = session.scalars(
        select(OutcomeRow)
        .where(OutcomeRow.lead_id == lead_id)
        .order_by(OutcomeRow.at, OutcomeRow.created_at, OutcomeRow.id)
    )
    return tuple(outcome_of(row) for row in rows)


def outcome_of(row: OutcomeRow) -> LeadOutcome:
    """The row as others see it."""
    return LeadOutcome(
        id=row.id,
        kind=OutcomeKind(row.kind),
        at=_local(row.at, row.offset_s),
        reason=row.reason,
        grade=row.grade,
        by=GivenBy(row.given_by),
    )


def theirs_of(
    row: LeadRow, outcomes: Sequence[LeadOutcome], recordings: Sequence[StoredRecording]
) -> tuple[Theirs, ...]:
    """The grade that the CRM gave the lead last, and the consultant's.

    The CRM's comes with the lead, with a call, or as news; an order, a delivery or a loss it reports is a grade as
    well.
    """
    given: list[Theirs] = []
    if row.crm_grade is not None and row.at is not None:
        given.append(_theirs(GivenBy.CRM, row.crm_grade, _local(row.at, row.offset_s)))
    given += [_theirs(GivenBy.CRM, one.crm_grade, one.started_at) for one in recordings if one.crm_grade is not None]
    told = {OutcomeKind.ORDERED: "已订车", OutcomeKind.DELIVERED: "已交车", OutcomeKind.LOST: "战败"}
    for outcome in outcomes:
        if outcome.kind is OutcomeKind.GRADED and outcome.grade is not None:
            given.append(_theirs(outcome.by, outcome.grade, outcome.at))
        elif outcome.kind in told:
            given.append(_theirs(outcome.by, told[outcome.kind], outcome.at))
    newest = {one.by: one for one in sorted(given, key=lambda one: one.at)}
    return tuple(newest[by] for by in GivenBy if by in newest)


def stored_lead(session: Session, row: LeadRow) -> StoredLead:
    """The row as others see it."""
    theirs = theirs_of(row, outcomes_of_lead(session, row.id), recordings_of_lead(session, row.external_id))
    grade = None if row.grade is None else LeadGrade.model_validate(row.grade)
    return StoredLead(
        id=row.id,
        external_id=row.external_id,
        at=None if row.at is None else _local(row.at, row.offset_s),
        source=row.source,
        store=row.store,
        consultant=row.consultant,
        customer=row.customer,
        tags=tuple(row.tags),
        found_tags=found_tags(row),
        grade=grade,
        memo=_MEMO.validate_python(row.memo or {}),
        theirs=theirs,
        misjudged=None if grade is None else compare_grades(grade.words, theirs),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _row(session: Session, lead_id: str) -> LeadRow:
    row = session.get(LeadRow, lead_id)
    if row is None:
        raise NotFound("no-such-lead", f"There is no lead {lead_id}.", way_out="Look for it by its external_id.")
    return row


def _theirs(by: GivenBy, said: str, at: datetime) -> Theirs:
    return Theirs(by=by, said=said, grade=read_grade(said), at=at)


def offset_s(at: datetime) -> int:
    """Seconds east of UTC."""
    return int((at.utcoffset() or timedelta()).total_seconds())


def _local(at: datetime, offset_s: int) -> datetime:
    return at.astimezone(timezone(timedelta(seconds=offset_s)) if offset_s else UTC)
