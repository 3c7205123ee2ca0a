"""How workers take recordings: a lease, which its holder renews, and which anybody may take over once it has run out.

Every write of a worker names the lease's token, so that one who was given up for dead changes nothing when it
wakes up. Times are those of the machines; their clocks may differ by less than a lease lasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session, aliased

from qc.errors import Conflict
from qc.store.paging import new_id, now
from qc.store.recordings import BEFORE_TRANSCRIPT, as_record, recording_row, touch_lead
from qc.store.records import RecordingState, StoredRecording
from qc.store.tables import RecordingRow

Stage = Literal["transcribe", "inspect"]


@dataclass(frozen=True)
class Claim:
    """A recording that this worker has, until it finishes, fails, gives it back, or the lease runs out."""

    recording: StoredRecording
    token: str


@dataclass(frozen=True)
class Waiting:
    """A recording that nobody works on and somebody should."""

    recording_id: str
    stage: Stage
    duration_ms: int


def claim(session: Session, recording_id: str, stage: Stage, *, lease_s: float, max_attempts: int) -> Claim | None:
    """The recording, ours from now on; ``None`` if there is nothing (more) to do or somebody else has it.

    One over which too many workers died is failed with ``worker-lost`` instead.
    """
    row = session.get(RecordingRow, recording_id, with_for_update=True, populate_existing=True)
    at = now()
    if row is None or _stage(row) != stage or (row.lease_until is not None and row.lease_until > at):
        return None
    if stage == "transcribe" and _waits_for_twin(session, row):
        return None
    if row.attempts >= max_attempts:
        _fail_lost(session, row, at)
        return None
    row.state = RecordingState.TRANSCRIBING if stage == "transcribe" else RecordingState.INSPECTING
    row.attempts += 1
    row.error_code = row.error_detail = None
    row.lease_token = new_id("lease")
    row.lease_until = at + timedelta(seconds=lease_s)
    row.updated_at = at
    session.flush()
    return Claim(as_record(row), row.lease_token)


def renew(session: Session, held: Claim, *, lease_s: float, progress: int | None = None) -> bool:
    """Whether the lease is still ours, now for another ``lease_s``; the progress is noted in per cent."""
    at = now()
    values: dict[str, Any] = {"lease_until": at + timedelta(seconds=lease_s), "updated_at": at}
    if progress is not None:
        values["progress"] = min(max(progress, 0), 99)
    changed = session.execute(
        update(RecordingRow)
        .where(RecordingRow.id == held.recording.id, RecordingRow.lease_token == held.token)
        .values(values)
    )
    assert isinstance(changed, CursorResult)  # noqa: S101 - what an UPDATE without RETURNING gives
    return changed.rowcount == 1


def finish_transcription(session: Session, held: Claim, transcript_id: str) -> tuple[StoredRecording, ...]:
    """The recording with its transcript, and all that waited for the same one: every one is to be inspected now.

    Raises:
        Conflict: ``lease-lost``.
    """
    row = _held_row(session, held)
    twins = session.scalars(
        select(RecordingRow)
        .where(
            RecordingRow.id != row.id,
            RecordingRow.kind == "audio",
            RecordingRow.sha256 == row.sha256,
            RecordingRow.agent_channel.is_not_distinct_from(row.agent_channel),
            RecordingRow.state.in_((RecordingState.RECEIVED, RecordingState.QUEUED)),
        )
        .with_for_update()
    ).all()
    for each in (row, *twins):
        _let_go(each, RecordingState.INSPECTING)
        each.transcript_id = transcript_id
        each.progress = 100
        each.attempts = 0
        each.error_code = each.error_detail = None
    session.flush()
    return tuple(as_record(each) for each in (row, *twins))


def finish_inspection(session: Session, held: Claim) -> StoredRecording:
    """The recording, done.

    Raises:
        Conflict: ``lease-lost``.
    """
    row = _held_row(session, held)
    _let_go(row, RecordingState.DONE)
    row.attempts = 0
    session.flush()
    return as_record(row)


def fail(session: Session, held: Claim, code: str, detail: str) -> None:
    """Stops the recording with the reason; only an explicit retry goes on.

    Raises:
        Conflict: ``lease-lost``.
    """
    row = _held_row(session, held)
    _let_go(row, RecordingState.FAILED)
    row.error_code, row.error_detail = code, detail
    touch_lead(session, row)


def give_back(session: Session, held: Claim, *, pause_s: float = 0, reason: tuple[str, str] | None = None) -> None:
    """Lets go of unfinished work that is nobody's fault, to be taken up again after the pause; not an attempt.

    Raises:
        Conflict: ``lease-lost``.
    """
    row = _held_row(session, held)
    _let_go(row, RecordingState.INSPECTING if row.transcript_id else RecordingState.RECEIVED)
    row.attempts -= 1
    row.progress = 100 if row.transcript_id else 0
    row.error_code, row.error_detail = reason or (None, None)
    if pause_s:
        row.lease_until = row.updated_at + timedelta(seconds=pause_s)


def find_waiting(session: Session, stage: Stage, *, settled_before: datetime, limit: int) -> Sequence[Waiting]:
    """The oldest unfinished recordings that nobody has and that were not touched since ``settled_before``.

    A recording whose twin is on its way to the same transcript is left out: it is finished together with it.
    """
    at = now()
    states = BEFORE_TRANSCRIPT if stage == "transcribe" else (RecordingState.INSPECTING,)
    twin = aliased(RecordingRow)
    statement = (
        select(RecordingRow.id, RecordingRow.duration_ms)
        .outerjoin(twin, RecordingRow.duplicate_of == twin.id)
        .where(
            RecordingRow.state.in_(states),
            or_(RecordingRow.lease_until.is_(None), RecordingRow.lease_until < at),
            RecordingRow.updated_at < settled_before,
        )
        .order_by(RecordingRow.created_at, RecordingRow.id)
        .limit(limit)
    )
    if stage == "transcribe":
        statement = statement.where(or_(twin.id.is_(None), twin.state.not_in(BEFORE_TRANSCRIPT)))
    return [Waiting(recording_id, stage, duration_ms) for recording_id, duration_ms in session.execute(statement)]


def _stage(row: RecordingRow) -> Stage | None:
    if row.state == RecordingState.INSPECTING:
        return "inspect"
    return "transcribe" if row.state in BEFORE_TRANSCRIPT else None


def _waits_for_twin(session: Session, row: RecordingRow) -> bool:
    if row.duplicate_of is None:
        return False
    first = session.get(RecordingRow, row.duplicate_of)
    return first is not None and first.state in BEFORE_TRANSCRIPT


def _held_row(session: Session, held: Claim) -> RecordingRow:
    row = recording_row(session, held.recording.id, for_update=True)
    if row.lease_token != held.token:
        raise Conflict("lease-lost", f"Another worker has taken over {row.id}.")
    return row


def _let_go(row: RecordingRow, state: RecordingState) -> None:
    row.state = state
    row.lease_token = row.lease_until = None
    row.updated_at = now()


def _fail_lost(session: Session, row: RecordingRow, at: datetime) -> None:
    stage = "transcribing" if row.transcript_id is None else "inspecting"
    _let_go(row, RecordingState.FAILED)
    row.updated_at = at
    row.error_code = "worker-lost"
    row.error_detail = f"{row.attempts} workers stopped answering while {stage} this recording."
    touch_lead(session, row)
