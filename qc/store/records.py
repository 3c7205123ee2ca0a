"""What the store hands out: frozen records, detached from any database session."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Generic, Literal, TypeVar

from qc.changes import Changes
from qc.domain import Category, Direction, Inspection, Letter, Record, Severity, Transcript
from qc.review import Appeal, Decision, Verdict

T = TypeVar("T")

Kind = Literal["audio", "text"]
AgentChannel = Literal[0, 1]


class RecordingState(StrEnum):
    """How far a recording has come."""

    RECEIVED = "received"
    """Stored and safe; not yet known to the queue."""
    QUEUED = "queued"
    TRANSCRIBING = "transcribing"
    INSPECTING = "inspecting"
    """Transcribed; being inspected, or waiting for it."""
    DONE = "done"
    FAILED = "failed"
    """Stopped with a reason; only an explicit retry goes on."""


class StoredRecording(Record):
    """A recording or conversation that was accepted, and how far it has come."""

    id: str
    kind: Kind
    state: RecordingState
    progress: int
    """Per cent transcribed; 100 once there is a transcript."""
    error_code: str | None = None
    error_detail: str | None = None
    attempts: int = 0
    """How often a worker has begun the present stage."""
    external_id: str | None = None
    agent: str | None = None
    customer: str | None = None
    lead: str | None = None
    store: str | None = None
    brand: str | None = None
    direction: Direction | None = None
    started_at: datetime
    """When the call began, with the offset it was given with."""
    source: str | None = None
    crm_grade: str | None = None
    card: str | None = None
    """The scorecard to fill in; the call's own words decide where none is named, or it is there no more."""
    agent_channel: AgentChannel | None = None
    filename: str | None = None
    media_type: str | None = None
    size_bytes: int = 0
    sha256: str
    """Of the file's bytes, or of the turns in canonical JSON."""
    blob_key: str | None = None
    """Where the audio lies in blob storage."""
    duration_ms: int = 0
    channels: int | None = None
    transcript_id: str | None = None
    inspection_id: str | None = None
    """The current inspection."""
    duplicate_of: str | None = None
    """The first recording with the same bytes."""
    created_at: datetime
    updated_at: datetime

    @property
    def counts_as_call(self) -> bool:
        """Whether it shows that there was a call: it was heard, or nothing yet says that it cannot be."""
        return self.state != RecordingState.FAILED or self.transcript_id is not None


class StoredTranscript(Record):
    """A transcript and its id."""

    id: str
    transcript: Transcript
    created_at: datetime


class StoredInspection(Record):
    """One inspection with everything it rests on."""

    id: str
    recording: StoredRecording
    transcript_id: str
    transcript: Transcript
    inspection: Inspection
    created_at: datetime
    current: bool
    """Whether it is the newest of its recording; older ones are kept."""
    changes: Changes | None = None
    """What differs from the inspection before it."""


class InspectionSummary(Record):
    """One inspection as a line of a list."""

    id: str
    recording: StoredRecording
    created_at: datetime
    current: bool
    grade: Letter
    grade_probability: float
    next_contact_by: date | None
    flagged: bool
    """Whether it has any finding."""
    severity: Severity | None
    """The worst of its findings; an alert counts only where there is nothing else."""
    categories: tuple[Category, ...]
    """Of its findings, each once, in order of appearance."""
    points: float | None
    unreviewed: int
    """How many of its findings nobody has judged."""
    rulebook: str
    grader: str
    model: str | None = None
    """The learned model of findings; None where rules judged alone."""


class InspectionFilter(Record):
    """Which inspections to list; a field left out does not narrow."""

    flagged: bool | None = None
    """Whether it has any finding."""
    unreviewed: bool | None = None
    """Whether it has any finding that nobody has judged."""
    severity: Severity | None = None
    category: Category | None = None
    grade: Letter | None = None
    agent: str | None = None
    store: str | None = None
    since: datetime | None = None
    """Calls that began at or after this time."""
    until: datetime | None = None
    """Calls that began before this time."""
    text: str | None = None
    """Words that some utterance holds, letter for letter."""
    recording_id: str | None = None
    current: bool = True
    """Only the newest of each recording; else older ones too."""


class StoredAppeal(Record):
    """An appeal, the verdict it is about, and its decision once there is one."""

    appeal: Appeal
    verdict: Verdict
    decision: Decision | None


class KeyRecord(Record):
    """An API key without its secret."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None = None


class Page(Record, Generic[T]):
    """A stretch of a list, newest first; ``next_cursor`` is ``None`` on the last one."""

    items: tuple[T, ...]
    next_cursor: str | None = None
