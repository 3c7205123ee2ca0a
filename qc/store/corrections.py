"""Corrections of memos: added, never changed; each addition grades the call's lead again by what holds then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from qc.corrections import CorrectedField, Correction, current_memo, read_fields
from qc.domain import Memo, Record
from qc.errors import BadInput, Conflict, NotFound
from qc.grade import Grader
from qc.review import Person
from qc.store.inspections import require_inspection
from qc.store.lead_grades import grade_again
from qc.store.leads import lead_row
from qc.store.memo_trails import correction_of, read_corrections
from qc.store.paging import new_id, now
from qc.store.recordings import recording_row
from qc.store.records import StoredInspection
from qc.store.tables import CorrectionRow, InspectionRow
from qc.store.verdicts import MAX_TEXT


class NewCorrection(Record):
    """What somebody says about the memo of an inspection that he or she has seen."""

    inspection_id: str
    fields: Mapping[str, Any] = {}
    """New values as JSON in the memo's form; null for what was not said."""
    rest_is_right: bool = False
    """All other fields are right as they stand, and right to be missing where they are."""
    note: str = ""
    after: str | None = None
    """The id of the last correction that was seen; ``None`` if there was none."""


def add_correction(
    session: Session, recording_id: str, new: NewCorrection, by: Person, grader: Callable[[], Grader]
) -> Correction:
    """The correction, kept; the call's lead, if it has one, is graded anew.

    The ``grader`` is asked for only then.

    Raises:
        NotFound: ``no-such-recording``, ``not-inspected-yet``.
        BadInput: ``nothing-corrected``, ``no-such-field``, ``bad-value``, ``text-too-long``.
        Conflict: ``inspected-meanwhile``, ``corrected-meanwhile``.
    """
    recording = recording_row(session, recording_id, for_update=True)
    inspected = require_inspection(session, recording_id)
    earlier = read_corrections(session, recording_id)
    _check_seen(new, inspected, earlier)
    if len(new.note) > MAX_TEXT:
        raise BadInput("text-too-long", f"A note has at most {MAX_TEXT} characters.", where="note")
    fields = _compared(new, inspected.inspection.memo, earlier)
    if not fields:
        raise BadInput("nothing-corrected", "Name a field, or say that the rest is right.", where="fields")
    row = CorrectionRow(
        id=new_id("cor"),
        recording_id=recording_id,
        number=len(earlier),
        inspection_id=inspected.id,
        fields={name: field.model_dump(mode="json") for name, field in fields.items()},
        note=new.note,
        by_name=by.name,
        by_key=by.key_id,
        by_named=by.named,
        created_at=now(),
    )
    session.add(row)
    session.flush()
    if recording.lead is not None:
        grade_again(session, lead_row(session, recording.lead), grader(), recording_id=recording_id)
    return correction_of(row)


def _check_seen(new: NewCorrection, inspected: StoredInspection, earlier: tuple[Correction, ...]) -> None:
    if new.inspection_id != inspected.id:
        raise Conflict(
            "inspected-meanwhile",
            "The call was inspected again since, and its memo may be another one.",
            way_out=f"Look at the memo again, and send inspection_id={inspected.id}.",
        )
    last = earlier[-1] if earlier else None
    if new.after != (last and last.id):
        raise Conflict(
            "corrected-meanwhile",
            f"{last.by.name} corrected it at {last.created_at.isoformat(timespec='seconds')}."
            if last
            else "Nobody has corrected this memo yet.",
            way_out=f"Look at the memo again, and send after={last.id}." if last else "Leave out `after`.",
        )


def _compared(new: NewCorrection, memo: Memo, earlier: tuple[Correction, ...]) -> dict[str, CorrectedField]:
    current = current_memo(memo, earlier)
    values = read_fields(new.fields)
    if new.rest_is_right:
        untouched = {name: field.value for name, field in current.items() if field.correction_id is None}
        values = {**untouched, **values}
    return {name: CorrectedField(machine=current[name].machine, value=value) for name, value in values.items()}


def get_correction(session: Session, correction_id: str) -> Correction:
    """The correction.

    Raises:
        NotFound: ``no-such-correction``.
    """
    row = session.get(CorrectionRow, correction_id)
    if row is None:
        raise NotFound("no-such-correction", f"There is no correction {correction_id}.")
    return correction_of(row)


def each_corrected_memo(session: Session) -> Iterator[tuple[Memo, tuple[Correction, ...]]]:
    """The machine's memo now and the corrections, of each call that anybody has looked at."""
    rows: Iterable[CorrectionRow] = session.scalars(
        select(CorrectionRow).order_by(CorrectionRow.recording_id, CorrectionRow.number)
    )
    for recording_id, group in groupby(rows, key=lambda row: row.recording_id):
        content = session.scalars(
            select(InspectionRow.content).where(InspectionRow.recording_id == recording_id, InspectionRow.current)
        ).one()
        yield Memo.model_validate(content["memo"]), tuple(correction_of(row) for row in group)
