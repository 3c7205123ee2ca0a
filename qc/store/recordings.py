"""Recordings: how they are found, and how workers take and finish them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from qc.store.records import Page, RecordingState, StoredRecording


def get_recording(session: Session, recording_id: str) -> StoredRecording:
    """The recording; NotFound ``no-such-recording``."""
    ...


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
    """Newest first; BadInput ``bad-cursor``."""
    ...


def retry_recording(session: Session, recording_id: str) -> StoredRecording:
    """The failed recording, set back to go on where it stopped; Conflict ``not-failed``; call `hint` afterwards."""
    ...
