"""The forms in which the API speaks of recordings, inspections and keys."""

from __future__ import annotations

from datetime import date, datetime
from typing import Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from qc.changes import Changes
from qc.domain import Category, Direction, Letter, Severity
from qc.report import InspectionDocument, inspection_document
from qc.store.records import AgentChannel, InspectionSummary, Kind, RecordingState, StoredInspection, StoredRecording

T = TypeVar("T")


class Shape(BaseModel):
    """A record of the API's own; clients should ignore fields they do not know, since more may come."""

    model_config = ConfigDict(frozen=True)


class PageOf(Shape, Generic[T]):
    """A stretch of a list, newest first."""

    items: tuple[T, ...]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null on the last one.")


class CallShape(Shape):
    """What is known about the call from outside it."""

    external_id: str | None
    agent: str | None
    customer: str | None
    lead: str | None
    store: str | None
    brand: str | None
    direction: Direction | None
    started_at: datetime
    source: str | None
    crm_grade: str | None

    @classmethod
    def of(cls, recording: StoredRecording) -> Self:
        """The circumstances of this recording."""
        return cls(**{name: getattr(recording, name) for name in CallShape.model_fields})


class FailureShape(Shape):
    """Why a recording stopped."""

    code: str = Field(examples=["not-audio"])
    detail: str


class ProgressShape(Shape):
    """Which recording, and how far it has come."""

    id: str
    kind: Kind
    state: RecordingState
    progress: int = Field(ge=0, le=100, description="Per cent transcribed; moves while `transcribing`.")
    error: FailureShape | None = Field(description="Why it failed; null unless `failed`.")
    attempts: int = Field(description="How often a worker has begun the present stage.")


class RecordingShape(CallShape, ProgressShape):
    """A recording or conversation: how far it has come, what is known about it, and what it is."""

    agent_channel: AgentChannel | None
    filename: str | None
    media_type: str | None
    size_bytes: int
    sha256: str
    duration_ms: int
    channels: int | None
    duplicate_of: str | None = Field(description="The first recording with the same bytes; its transcript is shared.")
    inspection_id: str | None = Field(description="The current inspection, once there is one.")
    created_at: datetime
    updated_at: datetime
    links: dict[str, str] = Field(description="Paths of what belongs to this recording.")

    @classmethod
    def of(cls, recording: StoredRecording) -> Self:
        """The written form of this recording."""
        path = f"/v1/recordings/{recording.id}"
        links = {"self": path}
        if recording.transcript_id:
            links["transcript"] = f"{path}/transcript"
        if recording.inspection_id:
            links["inspection"] = f"{path}/inspection"
        if recording.kind == "audio":
            links["audio"] = f"{path}/audio"
        names = RecordingShape.model_fields.keys() - {"error", "links"}
        failed = recording.state is RecordingState.FAILED
        return cls(
            **{name: getattr(recording, name) for name in names},
            error=FailureShape(code=recording.error_code or "failed", detail=recording.error_detail or "")
            if failed
            else None,
            links=links,
        )


class InspectionLine(Shape):
    """An inspection as one line of a list."""

    id: str
    recording_id: str
    created_at: datetime
    current: bool = Field(description="Whether it is the newest of its recording.")
    call: CallShape
    duration_ms: int
    flagged: bool = Field(description="Whether anything was found.")
    severity: Severity | None = Field(description="The worst; `alert` only where there is nothing else.")
    categories: tuple[Category, ...] = Field(description="What was found, each category once.")
    grade: Letter
    grade_probability: float
    next_contact_by: date | None
    points: float | None = Field(description="Of the scorecard.")
    rulebook: str
    grader: str
    links: dict[str, str]

    @classmethod
    def of(cls, summary: InspectionSummary) -> Self:
        """The written form of this line."""
        alike = InspectionLine.model_fields.keys() & InspectionSummary.model_fields.keys()
        recording = summary.recording
        return cls(
            **{name: getattr(summary, name) for name in alike},
            recording_id=recording.id,
            call=CallShape.of(recording),
            duration_ms=recording.duration_ms,
            links={"self": f"/v1/inspections/{summary.id}", "recording": f"/v1/recordings/{recording.id}"},
        )


class InspectionAround(Shape):
    """What stands around the contract's keys in `GET /v1/inspections/{id}`."""

    id: str
    recording_id: str
    created_at: datetime
    current: bool = Field(description="Whether it is the newest of its recording.")
    call: CallShape


class InspectionShape(InspectionDocument, InspectionAround):
    """One inspection, whole: what was said, what we concluded, and the words each claim rests on."""

    changes: Changes | None = Field(description="What differs from the inspection before it; null for the first.")


def whole_inspection(stored: StoredInspection) -> dict[str, object]:
    """The inspection as JSON values: identity first, then the contract's keys in their order, then what changed."""
    around = InspectionAround(
        id=stored.id,
        recording_id=stored.recording.id,
        created_at=stored.created_at,
        current=stored.current,
        call=CallShape.of(stored.recording),
    )
    document = inspection_document(stored.transcript, stored.inspection, **around.model_dump(mode="json"))
    return {**document, "changes": stored.changes and stored.changes.model_dump(mode="json")}


ScopeName = Literal["ingest", "read", "audio", "admin"]


class KeyShape(Shape):
    """An API key without its secret."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None


class NewKeyShape(KeyShape):
    """A key just made; the secret is shown this once."""

    secret: str = Field(examples=["qck_5f2c…_…"], description="Only its hash is kept. Store it now.")
