"""Taking in recordings and conversations: checked, stored durably, then hinted at.

The order is what keeps an accepted call safe: the audio is on disk before the database row is committed, the row is
committed before the queue is told, and the queue may forget. What is rejected leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from qc.domain import YEARS, YEARS_SAID, Direction
from qc.errors import BadCall, Unavailable
from qc.speech.audio import AudioFacts, probe
from qc.store.blobs import Blobs, audio_key
from qc.store.database import Database
from qc.store.queues import Queues, transcribe_timeout_s
from qc.store.recordings import (
    NewRecording,
    add_recording,
    get_recording,
    is_blob_used,
    lock_bytes,
    mark_queued,
    retry_recording,
)
from qc.store.records import AgentChannel, RecordingState, StoredRecording
from qc.store.requests import Request, answered_earlier, store_once
from qc.store.settings import Settings
from qc.store.transcripts import save_transcript
from qc.store.uploads import spooled
from qc.turns import Turn, transcript_of_turns

MAX_TURNS: Final = 10_000
MAX_CONVERSATION_MS: Final = 7 * 24 * 3600 * 1000
"""A chat may go on for days; what claims more has its times in another unit."""

AUDIO_TYPES: Final = {
    "aac": "audio/aac",
    "aiff": "audio/aiff",
    "amr": "audio/amr",
    "asf": "video/x-ms-asf",
    "au": "audio/basic",
    "avi": "video/x-msvideo",
    "caf": "audio/x-caf",
    "flac": "audio/flac",
    "gsm": "audio/x-gsm",
    "matroska": "video/x-matroska",
    "mov": "video/mp4",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "w64": "audio/x-w64",
    "wav": "audio/wav",
}
"""Media types by FFmpeg's name of the container; the rest is ``application/octet-stream``."""


def _storable(text: str) -> str:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("NUL and half characters (lone surrogates) are not allowed")
    return text


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_storable)]


def in_living_memory(moment: date) -> date:
    """The moment, if it is of the `YEARS` that are accepted.

    Raises:
        ValueError: if it is not.
    """
    if not YEARS[0] <= moment.year <= YEARS[1]:
        raise ValueError(YEARS_SAID)
    return moment


Time = Annotated[AwareDatetime, AfterValidator(in_living_memory)]


class RecordingDetails(BaseModel):
    """What is known about a call from outside it; every field may be left out, no other is taken."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    external_id: Name | None = None
    """The caller's own id; sending it again gives the first recording."""
    agent: Name | None = None
    customer: Name | None = None
    lead: Name | None = None
    store: Name | None = None
    brand: Name | None = None
    """The dealer's; other brands are competitors."""
    direction: Direction | None = None
    started_at: Time | None = None
    """When the call began; the time of its arrival if left out."""
    agent_channel: AgentChannel | None = None
    """Which channel of a two-channel recording is the agent's; means nothing for others."""
    source: Name | None = None
    crm_grade: Name | None = None
    """The grade the CRM has at present."""
    card: Name | None = None
    """The scorecard to fill in, by its id in the rulebook; the call's own words decide where it is left out."""


@dataclass(frozen=True)
class Service:
    """The settings and the three places where things are kept."""

    settings: Settings
    database: Database
    blobs: Blobs
    queues: Queues


@dataclass(frozen=True)
class Accepted:
    """The stored recording, and whether this request made it."""

    recording: StoredRecording
    created: bool


def open_service(settings: Settings) -> Service:
    """The service of these settings. Nothing is connected yet, and the database is as it was (see `migrate`).

    Raises:
        BadSettings: naming the address that cannot be used.
    """
    return Service(settings, Database(settings.database), Blobs(settings.blobs), Queues(settings.redis))


def parse_details(content: object) -> RecordingDetails:
    """The details in a decoded JSON object.

    Raises:
        BadCall: ``bad-metadata``, naming the first field that does not fit.
    """
    try:
        return RecordingDetails.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        known = ", ".join(RecordingDetails.model_fields)
        raise BadCall(
            "bad-metadata",
            f"{field or 'the metadata'}: {first['msg']}.",
            way_out=f"The fields are {known}." if first["type"] == "extra_forbidden" else "",
            where=field,
        ) from error


def accept_recording(
    service: Service,
    file: BinaryIO,
    filename: str | None,
    details: RecordingDetails,
    idempotency_key: str | None = None,
    check: Callable[[RecordingDetails], None] | None = None,
) -> Accepted:
    """The recording in this file, stored and on its way; or the first one, if this request came before.

    The file is read once, in pieces. Keys of different callers share one space: who serves several callers puts
    the caller's id in front. ``check`` raises for details that are taken no more; a repeat is not asked about.

    Raises:
        BadAudio: with the codes of its class.
        BadInput: ``bad-idempotency-key``.
        Conflict: ``idempotency-key-reused``, ``external-id-taken``.
        Unavailable: if the database or the blob storage does not answer.
    """
    with spooled(service.settings, file) as (path, sha256, size_bytes):
        request = Request(idempotency_key, _fingerprint("audio", sha256, details), details.external_id, sha256)
        earlier = answered_earlier(service.database, request)
        if earlier is not None:
            return Accepted(earlier, created=False)
        if check is not None:
            check(details)
        facts = probe(path, max_duration_s=service.settings.max_duration_s)
        container = facts.container.partition(",")[0]
        new = NewRecording(
            kind="audio",
            sha256=sha256,
            filename=_plain_name(filename),
            media_type=AUDIO_TYPES.get(container, "application/octet-stream"),
            size_bytes=size_bytes,
            blob_key=audio_key(sha256, container),
            duration_ms=facts.duration_ms,
            channels=facts.channels,
            **_known(service, details, facts),
        )
        accepted = _store_recording(service, request, new, path)
    return Accepted(hint(service, accepted.recording), created=True) if accepted.created else accepted


def accept_conversation(
    service: Service,
    turns: Sequence[Turn],
    details: RecordingDetails,
    idempotency_key: str | None = None,
    check: Callable[[RecordingDetails], None] | None = None,
) -> Accepted:
    """The conversation, stored as a transcript and on its way; or the first one, if this request came before.

    ``check`` is as for `accept_recording`.

    Raises:
        BadCall: ``bad-call``.
        BadInput: ``bad-idempotency-key``.
        Conflict: ``idempotency-key-reused``, ``external-id-taken``.
        Unavailable: if the database does not answer.
    """
    if len(turns) > MAX_TURNS:
        raise BadCall("bad-call", f"{len(turns)} turns are too many; the limit is {MAX_TURNS}.", where="turns")
    try:
        transcript = transcript_of_turns([turn.model_copy(update={"text": _storable(turn.text)}) for turn in turns])
    except ValidationError as error:
        raise BadCall("bad-call", f"{error.errors()[0]['msg']}.", where="turns") from error
    except ValueError as error:
        raise BadCall("bad-call", f"{error}.", where="turns") from error
    if transcript.duration_ms > MAX_CONVERSATION_MS:
        raise BadCall("bad-call", "The turns go on for more than 7 days.", way_out="Times are in ms.", where="turns")
    said = json.dumps([turn.model_dump(mode="json") for turn in turns], ensure_ascii=False).encode()
    sha256 = hashlib.sha256(said).hexdigest()
    request = Request(idempotency_key, _fingerprint("text", sha256, details), details.external_id, sha256)
    if check is not None:
        earlier = answered_earlier(service.database, request)
        if earlier is not None:
            return Accepted(earlier, created=False)
        check(details)
    new = NewRecording(
        kind="text",
        sha256=sha256,
        size_bytes=len(said),
        duration_ms=transcript.duration_ms,
        **_known(service, details, None),
    )

    def store(session: Session) -> StoredRecording:
        return add_recording(session, new, transcript_id=save_transcript(session, transcript))

    accepted = Accepted(*store_once(service.database, request, store))
    return Accepted(hint(service, accepted.recording), created=True) if accepted.created else accepted


def hint(service: Service, recording: StoredRecording) -> StoredRecording:
    """The recording after the queue was told about it, where there is something to do.

    What is away here is no error, since the recording is safe: the reconciler tells the queue later.
    """
    with suppress(Unavailable):
        return _hinted(service, recording)
    return recording


def _hinted(service: Service, recording: StoredRecording) -> StoredRecording:
    if recording.state == RecordingState.INSPECTING:
        service.queues.hint_inspect(recording.id)
    elif (
        recording.state in {RecordingState.RECEIVED, RecordingState.QUEUED}
        and not _waits(service, recording)
        and service.queues.hint_transcribe(recording.id, transcribe_timeout_s(recording.duration_ms))
    ):
        with service.database.writing() as session:
            mark_queued(session, [recording.id])
            return get_recording(session, recording.id)
    return recording


def retry(service: Service, recording_id: str) -> StoredRecording:
    """The failed recording, going on where it stopped.

    Raises:
        NotFound: ``no-such-recording``.
        Conflict: ``not-failed``.
    """
    with service.database.writing() as session:
        recording = retry_recording(session, recording_id)
    return hint(service, recording)


def _waits(service: Service, recording: StoredRecording) -> bool:
    """Whether the first recording of these bytes is still on its way to the transcript they will share."""
    if recording.duplicate_of is None:
        return False
    with service.database.reading() as session:
        return get_recording(session, recording.duplicate_of).state in {
            RecordingState.RECEIVED,
            RecordingState.QUEUED,
            RecordingState.TRANSCRIBING,
        }


def _known(service: Service, details: RecordingDetails, facts: AudioFacts | None) -> dict[str, Any]:
    known = details.model_dump()
    known["started_at"] = details.started_at or datetime.now(service.settings.zone).replace(microsecond=0)
    if facts is None or facts.channels != 2:  # noqa: PLR2004 - in others nobody has a channel of his own
        known["agent_channel"] = None
    return known


def _fingerprint(kind: str, sha256: str, details: RecordingDetails) -> str:
    known = details.model_dump(mode="json")
    if details.card is None:  # as it was written before cards could be named, or repeats of then would be refused
        del known["card"]
    content = json.dumps([kind, sha256, known], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _plain_name(filename: str | None) -> str | None:
    """The name without folders and without what no database or header could hold."""
    if not filename:
        return None
    name = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in name if character.isprintable())[:200] or None


def _store_recording(service: Service, request: Request, new: NewRecording, path: Path) -> Accepted:
    """Audio first, row second; whoever loses a race for an external id takes its audio away again."""
    key = new.blob_key
    assert key is not None  # noqa: S101 - audio has one

    def store(session: Session) -> StoredRecording:
        lock_bytes(session, new.sha256)
        if not service.blobs.exists(key):  # a lost race for the same bytes took it away in between
            service.blobs.put(path, key)
        return add_recording(session, new)

    if not service.blobs.exists(key):
        service.blobs.put(path, key)
    try:
        return Accepted(*store_once(service.database, request, store))
    except Exception:
        with service.database.writing() as session:
            lock_bytes(session, new.sha256)
            if not is_blob_used(session, key):
                service.blobs.delete(key)
        raise
