"""The forms in which the API speaks of recordings, inspections and keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from qc.changes import Changes
from qc.domain import Category, Direction, Finding, Letter, Severity
from qc.memo_text import MemoText, put_in_words, stated
from qc.report import InspectionDocument, inspection_document
from qc.review import Status, Trail
from qc.rulebook.conduct import Figure
from qc.store.records import AgentChannel, InspectionSummary, Kind, RecordingState, StoredInspection, StoredRecording
from qc.store.team import TeamMedian
from qc.store.trails import trails_of_findings

T = TypeVar("T")


class Shape(BaseModel):
    """A record of the API's own; clients should ignore fields they do not know, since more may come."""

    model_config = ConfigDict(frozen=True)


class PageOf(Shape, Generic[T]):
    """A stretch of a list, newest first."""

    items: tuple[T, ...] = Field(description="Newest first.")
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null on the last one.")


class CallShape(Shape):
    """What is known about the call from outside it."""

    external_id: str | None = Field(description="The caller's own id.")
    agent: str | None = Field(description="The consultant.")
    customer: str | None = Field(description="The customer, as the caller names him.")
    lead: str | None = Field(description="The lead in the CRM.")
    store: str | None = Field(description="The 4S store.")
    brand: str | None = Field(description="The dealer's brand; others are competitors.")
    direction: Direction | None = Field(description="Who called whom, seen from the dealer.")
    started_at: datetime = Field(description="When the call began; spoken dates count from it.")
    source: str | None = Field(description="Where the lead came from.")
    crm_grade: str | None = Field(description="The grade the CRM had when the call came in.")
    card: str | None = Field(description="The scorecard it is to be scored by; null where its own words decide.")

    @classmethod
    def of(cls, recording: StoredRecording) -> Self:
        """The circumstances of this recording."""
        return cls(**{name: getattr(recording, name) for name in CallShape.model_fields})


class FailureShape(Shape):
    """Why a recording stopped."""

    code: str = Field(description="Stable, for programs.", examples=["truncated-audio"])
    detail: str = Field(description="What went wrong.")


class ProgressShape(Shape):
    """Which recording, and how far it has come."""

    id: str = Field(description="Opaque.")
    kind: Kind = Field(description="Whether it came in as audio or as text.")
    state: RecordingState = Field(description="How far it has come.")
    progress: int = Field(ge=0, le=100, description="Per cent transcribed; moves while `transcribing`.")
    error: FailureShape | None = Field(description="Why it failed; null unless `failed`.")
    attempts: int = Field(description="How often a worker has begun the present stage.")


class RecordingShape(CallShape, ProgressShape):
    """A recording or conversation: how far it has come, what is known about it, and what it is."""

    agent_channel: AgentChannel | None = Field(description="The channel of a stereo recording with the agent's voice.")
    filename: str | None = Field(description="The file's name as it came in, without folders.")
    media_type: str | None = Field(description="What the file was found to be.")
    size_bytes: int = Field(description="Of the file, or of the turns as JSON.")
    sha256: str = Field(description="Of the file's bytes, or of the turns as JSON.")
    duration_ms: int = Field(description="How long the call is.")
    channels: int | None = Field(description="Of the audio; null for a conversation.")
    duplicate_of: str | None = Field(description="The first recording with the same bytes; its transcript is shared.")
    inspection_id: str | None = Field(description="The current inspection, once there is one.")
    created_at: datetime = Field(description="When it was accepted.")
    updated_at: datetime = Field(description="When its state last changed.")
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

    id: str = Field(description="Opaque.")
    recording_id: str = Field(description="The recording it is about.")
    created_at: datetime = Field(description="When it was made.")
    current: bool = Field(description="Whether it is the newest of its recording.")
    call: CallShape = Field(description="What is known about the call from outside it.")
    duration_ms: int = Field(description="How long the call is.")
    flagged: bool = Field(description="Whether anything was found.")
    severity: Severity | None = Field(description="The worst; `alert` only where there is nothing else.")
    categories: tuple[Category, ...] = Field(description="What was found, each category once.")
    grade: Letter = Field(description="The suggested grade.")
    grade_probability: float = Field(description="How sure it is, 0 to 1.")
    next_contact_by: date | None = Field(description="Until when to contact the customer.")
    points: float | None = Field(description="Of the scorecard.")
    unreviewed: int = Field(description="How many of its findings nobody has judged.")
    rulebook: str = Field(description="The version of the rulebook it was made with.")
    grader: str = Field(description="The version of what graded it.")
    links: dict[str, str] = Field(description="Paths of the whole inspection and of its recording.")

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

    id: str = Field(description="Opaque.")
    recording_id: str = Field(description="The recording it is about.")
    created_at: datetime = Field(description="When it was made.")
    current: bool = Field(description="Whether it is the newest of its recording.")
    call: CallShape = Field(description="What is known about the call from outside it.")


class FindingStatus(Shape):
    """What people made of a finding."""

    status: Status = Field(
        description="What holds; `unreviewed` until somebody judged it, in this inspection or before."
    )
    final_category: Category | None = Field(description="Of what holds; null if the finding was dismissed.")
    after: str | None = Field(description="Send it with a verdict that overrules this; null if nobody has judged yet.")

    @classmethod
    def of(cls, finding: Finding, trail: Trail | None) -> Self:
        """What holds of this finding, which continues this trail if there is one."""
        if trail is None:
            return cls(status=Status.UNREVIEWED, final_category=finding.category, after=None)
        status, category = trail.value
        return cls(status=status, final_category=category, after=trail.head)


class InspectionShape(InspectionDocument, InspectionAround):
    """One inspection, whole: what was said, what we concluded, and the words each claim rests on."""

    changes: Changes | None = Field(description="What differs from the inspection before it; null for the first.")
    memo_text: MemoText = Field(description="`memo` in words, put together from its fields alone.")
    reviews: tuple[FindingStatus, ...] = Field(
        description="What people made of each of `findings`, in the same order; the machine's own value stays there."
    )
    team_median: dict[Figure, TeamMedian] = Field(
        description="Beside `conduct`: the median of each figure over the store's latest other calls, at this moment. "
        "A figure measured in fewer than 30 of them is left out."
    )


def whole_inspection(
    stored: StoredInspection, trails: Sequence[Trail], team: Mapping[Figure, TeamMedian]
) -> dict[str, object]:
    """The inspection as JSON values: identity first, then the contract's keys in their order, then what came of it.

    ``trails`` are those of the recording, ``team`` what is usual in its store.
    """
    around = InspectionAround(
        id=stored.id,
        recording_id=stored.recording.id,
        created_at=stored.created_at,
        current=stored.current,
        call=CallShape.of(stored.recording),
    )
    document = inspection_document(stored.transcript, stored.inspection, **around.model_dump(mode="json"))
    continued = trails_of_findings(stored.inspection.findings, trails, stored.transcript_id)
    reviews = [
        FindingStatus.of(finding, trail).model_dump(mode="json")
        for finding, trail in zip(stored.inspection.findings, continued, strict=True)
    ]
    return {
        **document,
        "changes": stored.changes and stored.changes.model_dump(mode="json"),
        "memo_text": put_in_words(stated(stored.inspection.memo), stored.recording.started_at.date()).model_dump(),
        "reviews": reviews,
        "team_median": {figure.value: usual.model_dump(mode="json") for figure, usual in team.items()},
    }


ScopeName = Literal["ingest", "read", "audio", "review", "appeal", "admin"]


class KeyShape(Shape):
    """An API key without its secret."""

    id: str = Field(description="Also the middle part of the secret.")
    name: str = Field(description="Who or what uses it.")
    scopes: tuple[ScopeName, ...] = Field(description="What it may do.")
    created_at: datetime = Field(description="When it was made.")
    revoked_at: datetime | None = Field(description="Since when it is of no use.")


class NewKeyShape(KeyShape):
    """A key just made; the secret is shown this once."""

    secret: str = Field(examples=["qck_5f2c…_…"], description="Only its hash is kept. Store it now.")
