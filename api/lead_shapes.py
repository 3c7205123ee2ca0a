"""The forms in which the API speaks of leads, the CRM's news about them, and changes of their grades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self

from pydantic import Field

from api.shapes import Shape
from qc.domain import Direction, Grade, Letter
from qc.leads import (
    GivenBy,
    LeadGrade,
    LeadLetter,
    LeadOutcome,
    LeadReason,
    LeadTag,
    MergedField,
    Misjudged,
    OutcomeKind,
    Theirs,
    memo_in_words,
)
from qc.memo_text import MemoText
from qc.store.grade_feed import GradeChange
from qc.store.leads import StoredLead
from qc.store.records import RecordingState, StoredRecording


class LeadLine(Shape):
    """A lead as one line of a list."""

    id: str = Field(description="Opaque.")
    external_id: str = Field(description="The lead in the CRM: `lead` of its recordings.")
    at: datetime | None = Field(description="When it was created; null while the CRM has not posted it.")
    source: str | None = Field(description="Where it came from.")
    store: str | None = Field(description="The 4S store.")
    consultant: str | None = Field(description="Who looks after it.")
    customer: str | None = Field(description="The customer, as the CRM names him.")
    tags: tuple[str, ...] = Field(description="What kind of customer, by the CRM: 首购, 换购, 公司用车 …")
    found_tags: tuple[LeadTag, ...] = Field(
        description="What kind of customer, by the customer's own words, the newest call's first."
    )
    grade: LeadGrade | None = Field(description="Now; null while there is neither an inspected call nor decisive news.")
    theirs: tuple[Theirs, ...] = Field(description="The grades that CRM and consultant gave it last.")
    misjudged: Misjudged | None = Field(description="Set if the customer's words speak against one of `theirs`.")
    created_at: datetime = Field(description="When we first heard of it.")
    updated_at: datetime = Field(description="When something about it last changed.")
    links: dict[str, str] = Field(description="The path of the whole of it.")

    @classmethod
    def of(cls, lead: StoredLead) -> Self:
        """The written form of this line."""
        alike = LeadLine.model_fields.keys() & StoredLead.model_fields.keys()
        return cls(**{name: getattr(lead, name) for name in alike}, links={"self": f"/v1/leads/{lead.id}"})


class LeadCallShape(Shape):
    """One call of a lead."""

    recording_id: str = Field(description="The recording or conversation.")
    started_at: datetime = Field(description="When the call began.")
    state: RecordingState = Field(description="How far it has come.")
    direction: Direction | None = Field(description="Who called whom, seen from the dealer.")
    agent: str | None = Field(description="The consultant.")
    duration_ms: int = Field(description="How long it is.")
    crm_grade: str | None = Field(description="The grade the CRM had when the call came in.")
    grade: Letter | None = Field(
        description="What this call alone is graded, by what reviewers left standing; null before its inspection."
    )
    grade_probability: float | None = Field(description="How sure that is, 0 to 1.")
    inspection_id: str | None = Field(description="Its current inspection.")

    @classmethod
    def of(cls, recording: StoredRecording, grade: Grade | None) -> Self:
        """The written form of this call."""
        alike = LeadCallShape.model_fields.keys() & StoredRecording.model_fields.keys()
        return cls(
            **{name: getattr(recording, name) for name in alike},
            recording_id=recording.id,
            grade=grade and grade.letter,
            grade_probability=grade and grade.probability,
        )


class OutcomeShape(Shape):
    """News from the CRM about a lead; they are never changed."""

    id: str = Field(description="Opaque.")
    kind: OutcomeKind = Field(description="What happened.")
    at: datetime = Field(description="When it happened.")
    reason: str | None = Field(description="Why the lead was lost.")
    grade: str | None = Field(description="The grade that was given.")
    by: GivenBy = Field(description="Who gave it, or whose news these are.")

    @classmethod
    def of(cls, outcome: LeadOutcome) -> Self:
        """The written form of these news."""
        return cls(**dict(outcome))


class OutcomeReply(OutcomeShape):
    """News that were kept, and the lead they are about."""

    lead_id: str = Field(description="Our id of the lead.")
    external_id: str | None = Field(description="The CRM's own id of the news.")
    lead: str = Field(description="The lead in the CRM.")
    links: dict[str, str] = Field(description="The path of the lead.")


class GradeChangeShape(Shape):
    """One change of a lead's grade, or of the day until which to contact the customer."""

    cursor: str = Field(description="Send it as `since` to go on after this one. Unique, so that repeats can be known.")
    lead_id: str = Field(description="Our id of the lead.")
    external_id: str = Field(description="The lead in the CRM.")
    lead_number: int = Field(description="Counts the changes of this lead: 1, 2, 3 …")
    before: LeadLetter | None = Field(description="The grade before; null for the first one.")
    after: LeadLetter = Field(description="The grade since then.")
    text: str = Field(description="The change with its reasons, for readers.")
    reasons: tuple[LeadReason, ...] = Field(description="Why it changed, with the words.")
    grade: LeadGrade = Field(description="The whole grade after the change.")
    recording_id: str | None = Field(description="The call that brought it about.")
    outcome_id: str | None = Field(description="The CRM's news that brought it about.")
    created_at: datetime = Field(description="When.")

    @classmethod
    def of(cls, change: GradeChange) -> Self:
        """The written form of this change."""
        alike = GradeChangeShape.model_fields.keys() & GradeChange.model_fields.keys()
        move = change.move
        return cls(
            **{name: getattr(change, name) for name in alike},
            before=move.before,
            after=move.after,
            text=move.text,
            reasons=move.reasons,
        )


class GradeChangesShape(Shape):
    """A stretch of the feed, oldest first."""

    items: tuple[GradeChangeShape, ...] = Field(description="Oldest first; empty when there is nothing new.")
    next_cursor: str = Field(description="Send it as `since` for what comes after. Never null: the feed has no end.")


class LeadShape(LeadLine):
    """A lead with its history."""

    memo: dict[str, MergedField] = Field(
        description="By field of the memo: what holds after all calls, the calls it rests on, and what they contradict."
    )
    memo_text: MemoText | None = Field(
        description="What holds of `memo` in words, as seen from the day of the last call; null before the first one."
    )
    calls: tuple[LeadCallShape, ...] = Field(description="Oldest first.")
    outcomes: tuple[OutcomeShape, ...] = Field(description="The CRM's news, oldest first.")
    changes: tuple[GradeChangeShape, ...] = Field(description="How the grade moved, oldest first.")

    @classmethod
    def whole(
        cls,
        lead: StoredLead,
        recordings: Sequence[StoredRecording],
        grades: Mapping[str, Grade],
        outcomes: Sequence[LeadOutcome],
        changes: Sequence[GradeChange],
    ) -> Self:
        """The written form of this lead; ``grades`` are those of its inspected calls, by recording."""
        days = [one.started_at.date() for one in recordings if one.id in grades]
        return cls(
            **dict(LeadLine.of(lead)),
            memo=lead.memo,
            memo_text=memo_in_words(lead.memo, max(days)) if days else None,
            calls=tuple(LeadCallShape.of(one, grades.get(one.id)) for one in recordings),
            outcomes=tuple(OutcomeShape.of(one) for one in outcomes),
            changes=tuple(GradeChangeShape.of(one) for one in changes),
        )
