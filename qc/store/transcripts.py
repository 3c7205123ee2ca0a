"""Transcripts: what was said, kept once for the same bytes, recogniser and agent's channel."""

from __future__ import annotations

import hashlib
import json

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from qc.domain import Transcript
from qc.errors import NotFound
from qc.store.paging import new_id, now
from qc.store.records import AgentChannel, StoredTranscript
from qc.store.tables import TranscriptRow


def transcript_fingerprint(sha256: str, recogniser: str, agent_channel: AgentChannel | None) -> str:
    """What makes two transcriptions the same work: the bytes, what hears them, and which channel is the agent's."""
    return hashlib.sha256(json.dumps([sha256, recogniser, agent_channel]).encode()).hexdigest()


def get_transcript(session: Session, transcript_id: str) -> StoredTranscript:
    """The transcript.

    Raises:
        NotFound: ``no-such-transcript``.
    """
    row = session.get(TranscriptRow, transcript_id)
    if row is None:
        raise NotFound("no-such-transcript", f"There is no transcript {transcript_id}.")
    return StoredTranscript(id=row.id, transcript=Transcript.model_validate(row.content), created_at=row.created_at)


def find_transcript(session: Session, fingerprint: str) -> str | None:
    """The id of the transcript with this fingerprint."""
    return session.scalars(select(TranscriptRow.id).where(TranscriptRow.fingerprint == fingerprint)).one_or_none()


def _searched(transcript: Transcript) -> str:
    """What a search looks through: what was said, without what nobody may have said."""
    said = (utterance.text for utterance in transcript.utterances if utterance.doubt is None)
    return "\n".join(said).replace("\0", "")


def save_transcript(session: Session, transcript: Transcript, *, fingerprint: str | None = None) -> str:
    """The id of the stored transcript; where one with this fingerprint exists, that one stays and is meant."""
    existing = None if fingerprint is None else find_transcript(session, fingerprint)
    if existing is not None:
        return existing
    row = TranscriptRow(
        id=new_id("tra"),
        fingerprint=fingerprint,
        recogniser=transcript.recogniser,
        content=transcript.model_dump(mode="json"),
        text=_searched(transcript),
        created_at=now(),
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # On PostgreSQL two workers may have heard the same bytes at once: the other one's is as good.
        existing = None if fingerprint is None else find_transcript(session, fingerprint)
        if existing is None:
            raise
        return existing
    return row.id
