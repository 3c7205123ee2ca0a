"""Transcripts: what was said, kept once for each recording's bytes, recogniser and channel."""

from __future__ import annotations

from sqlalchemy.orm import Session

from qc.store.records import StoredTranscript


def get_transcript(session: Session, transcript_id: str) -> StoredTranscript:
    """The transcript; NotFound ``no-such-transcript``."""
    ...
