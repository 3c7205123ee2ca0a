"""Recordings: how they are added, found and retried. How workers take them is in `qc.store.leases`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from sqlalchemy import ColumnElement, or_, select, text, update
from sqlalchemy.orm import Session

from qc.domain import Call, Dealer, Direction
from qc.errors import Conflict, NotFound
from qc.store.paging import new_id, now, read_page
from qc.store.records import AgentChannel, Kind, Page, RecordingState, StoredRecording
from qc.store.tables import LeadRow, RecordingRow, TranscriptRow

BEFORE_TRANSCRIPT = (RecordingState.RECEIVED, RecordingState.QUEUED, RecordingState.TRANSCRIBING)
UNFINISHED = (*BEFORE_TRANSCRIPT, RecordingState.INSPECTING)


@dataclass(frozen=True, kw_only=True)
class NewRecording:
    """Everything known about a recording before it is stored."""

    kind: Kind
    sha256: str
    started_at: datetime
    external_id: str | None = None
    agent: str | None = None
    customer: str | None = None
    lead: str | None = None
    store: str | None = None
    brand: str | None = None
    direction: Direction | None = None
    source: str | None = None
    crm_grade: str | None = None
    card: str | None = None
    agent_channel: AgentChannel | None = None
    filename: str | None = None
    media_type: str | None = None
    size_bytes: int = 0
    blob_key: str | None = None
    duration_ms: int = 0
    channels: int | None = None


def add_recording(session: Session, new: NewRecording, *, transcript_id: str | None = None) -> StoredRecording:
    """The stored recording; with a transcript, or with one to share, it goes straight on to be inspected.

    The same bytes with the same channel of the agent are transcribed once: a later recording of them points to the
    first one and takes over its transcript, if what heard it is still the recogniser in use, or waits for it.
    """
    first = _first_with_same_bytes(session, new)
    if transcript_id is None and first is not None:
        transcript_id = _transcript_to_share(session, first)
    offset = new.started_at.utcoffset() or timedelta()
    at = now()
    row = RecordingRow(
        id=new_id("rec"),
        state=RecordingState.INSPECTING if transcript_id else RecordingState.RECEIVED,
        progress=100 if transcript_id else 0,
        attempts=0,
        started_offset_s=int(offset.total_seconds()),
        transcript_id=transcript_id,
        duplicate_of=first.id if first is not None else None,
        created_at=at,
        updated_at=at,
        **vars(new),
    )
    session.add(row)
    session.flush()
    touch_lead(session, row)
    return as_record(row)


def touch_lead(session: Session, recording: RecordingRow) -> None:
    """Has the call's lead planned for anew: whether and when it was called may be another now."""
    if recording.lead is not None:
        session.execute(update(LeadRow).where(LeadRow.external_id == recording.lead).values(updated_at=now()))


def counts_as_call() -> ColumnElement[bool]:
    """`StoredRecording.counts_as_call`, for a query."""
    return or_(RecordingRow.state != RecordingState.FAILED, RecordingRow.transcript_id.is_not(None))


def _first_with_same_bytes(session: Session, new: NewRecording) -> RecordingRow | None:
    return session.scalars(
        select(RecordingRow)
        .where(
            RecordingRow.kind == new.kind,
            RecordingRow.sha256 == new.sha256,
            RecordingRow.agent_channel.is_not_distinct_from(new.agent_channel),
        )
        .order_by(RecordingRow.created_at, RecordingRow.id)
        .limit(1)
    ).one_or_none()


def _transcript_to_share(session: Session, first: RecordingRow) -> str | None:
    """The newest transcript of these bytes, if the recogniser that made it made the newest of all as well.

    Whoever takes a recording in has no speech model at hand; what heard last is the recogniser in use. The speech
    worker, which does know, shares whatever is missed here.
    """
    heard = (
        select(TranscriptRow).where(TranscriptRow.fingerprint.is_not(None)).order_by(TranscriptRow.created_at.desc())
    )
    in_use = session.scalars(heard.limit(1)).one_or_none()
    if in_use is None:
        return None
    return session.scalars(
        select(TranscriptRow.id)
        .join(RecordingRow, RecordingRow.transcript_id == TranscriptRow.id)
        .where(
            RecordingRow.sha256 == first.sha256,
            RecordingRow.kind == "audio",
            RecordingRow.agent_channel.is_not_distinct_from(first.agent_channel),
            TranscriptRow.recogniser == in_use.recogniser,
        )
        .limit(1)
    ).one_or_none()


def lock_bytes(session: Session, sha256: str) -> None:
    """Waits until no other transaction adds or removes audio with this hash; SQLite writes one at a time anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": int(sha256[:15], 16)})


def is_blob_used(session: Session, key: str) -> bool:
    """Whether any recording keeps its audio there."""
    return session.scalars(select(RecordingRow.id).where(RecordingRow.blob_key == key).limit(1)).first() is not None


def find_by_external_id(session: Session, external_id: str) -> StoredRecording | None:
    """The recording that came in under this id."""
    row = session.scalars(select(RecordingRow).where(RecordingRow.external_id == external_id)).one_or_none()
    return None if row is None else as_record(row)


def get_recording(session: Session, recording_id: str) -> StoredRecording:
    """The recording.

    Raises:
        NotFound: ``no-such-recording``.
    """
    return as_record(recording_row(session, recording_id))


def find_recordings(
    session: Session,
    *,
    state: RecordingState | None = None,
    external_id: str | None = None,
    agent: str | None = None,
    store: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[StoredRecording]:
    """The recordings that fit, newest first; ``since`` and ``until`` are about when the call began.

    Raises:
        BadInput: ``bad-cursor``.
    """
    wanted = (
        state is None or RecordingRow.state == state,
        external_id is None or RecordingRow.external_id == external_id,
        agent is None or RecordingRow.agent == agent,
        store is None or RecordingRow.store == store,
        since is None or RecordingRow.started_at >= since,
        until is None or RecordingRow.started_at < until,
    )
    statement = select(RecordingRow).where(*(condition for condition in wanted if condition is not True))
    rows, next_cursor = read_page(
        session, statement, (RecordingRow.created_at, RecordingRow.id), cursor=cursor, limit=limit
    )
    return Page(items=tuple(as_record(row) for row in rows), next_cursor=next_cursor)


def mark_queued(session: Session, recording_ids: Iterable[str]) -> None:
    """Notes that the queue knows of recordings nobody has; those that went on meanwhile stay as they are."""
    at = now()
    nobody_has_it = or_(RecordingRow.lease_until.is_(None), RecordingRow.lease_until < at)
    for recording_id in recording_ids:
        session.execute(
            update(RecordingRow)
            .where(RecordingRow.id == recording_id, RecordingRow.state.in_(BEFORE_TRANSCRIPT), nobody_has_it)
            .values(state=RecordingState.QUEUED, progress=0, updated_at=at)
        )


def retry_recording(session: Session, recording_id: str) -> StoredRecording:
    """The failed recording, set back to go on where it stopped; the queue is to be told afterwards.

    Raises:
        NotFound: ``no-such-recording``.
        Conflict: ``not-failed``.
    """
    row = recording_row(session, recording_id, for_update=True)
    if row.state != RecordingState.FAILED:
        raise Conflict("not-failed", f"The recording is {row.state}; only a failed one can be retried.")
    row.state = RecordingState.INSPECTING if row.transcript_id else RecordingState.RECEIVED
    row.error_code = row.error_detail = row.lease_token = row.lease_until = None
    row.attempts = 0
    row.progress = 100 if row.transcript_id else 0
    row.updated_at = now()
    session.flush()
    touch_lead(session, row)
    return as_record(row)


def recording_row(session: Session, recording_id: str, *, for_update: bool = False) -> RecordingRow:
    """The row itself, for the store's own modules; locked until the end of the transaction if asked for."""
    statement = select(RecordingRow).where(RecordingRow.id == recording_id)
    row = session.scalars(statement.with_for_update() if for_update else statement).one_or_none()
    if row is None:
        raise NotFound("no-such-recording", f"There is no recording {recording_id}.")
    return row


def as_record(row: RecordingRow) -> StoredRecording:
    """The row as others see it; the call's start has the offset it came with."""
    values = {name: getattr(row, name) for name in StoredRecording.model_fields}
    zone = UTC if row.started_offset_s == 0 else timezone(timedelta(seconds=row.started_offset_s))
    return StoredRecording.model_validate(values | {"started_at": row.started_at.astimezone(zone)})


def call_of(recording: StoredRecording) -> Call:
    """The circumstances that inspection needs."""
    dealer = Dealer(store=recording.store, brand=recording.brand)
    return Call(time=recording.started_at, direction=recording.direction, dealer=dealer, card=recording.card)
