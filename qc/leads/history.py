"""The nouns of a lead's history: its calls, what the CRM reported, and the grade that follows."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from qc.corrections import Correction
from qc.domain import (
    Call,
    Evidence,
    Finding,
    Grade,
    Inspection,
    LeadFeatures,
    Letter,
    Memo,
    Probability,
    Record,
    Transcript,
)
from qc.leads.reviewed import ReviewedGrade, decisive_findings
from qc.review import Trail


class LeadLetter(StrEnum):
    """客户级别 of a lead: a call's letters, and D (delivered), which only the CRM knows."""

    H = "H"
    A = "A"
    B = "B"
    C = "C"
    N = "N"
    O = "O"  # noqa: E741 - the trade's own letter
    D = "D"
    F = "F"


class LeadCall(Record):
    """One inspected call of a lead."""

    recording_id: str
    call: Call
    transcript: Transcript
    inspection: Inspection
    corrections: tuple[Correction, ...] = ()
    """What people said about its memo, oldest first."""
    trails: tuple[Trail, ...] = ()
    """What people said about the findings in this transcript."""
    reviewed: ReviewedGrade | None = None
    """Its grade where people changed something that decides a lead."""

    @property
    def decisive(self) -> tuple[Finding, ...]:
        """The findings that decide a lead, as they hold."""
        return decisive_findings(self.inspection.findings, self.trails)

    @property
    def grade(self) -> Grade:
        """What this call alone is graded by what holds."""
        return self.inspection.grade if self.reviewed is None else self.reviewed.grade

    @property
    def memo(self) -> Memo:
        """Its memo; as it was read, where the grade that finished it does not stand."""
        stands = self.letter is self.inspection.grade.letter
        return self.inspection.memo if stands else self.inspection.draft or self.inspection.memo

    @property
    def letter(self) -> Letter:
        """The letter of that grade."""
        return self.grade.letter

    @property
    def grader(self) -> str:
        """The version of what graded it."""
        return self.inspection.made_with.grader if self.reviewed is None else self.reviewed.grader


class OutcomeKind(StrEnum):
    """What the CRM reports about a lead."""

    ORDERED = "ordered"
    """The customer has paid a deposit (订车)."""
    DELIVERED = "delivered"
    """The car was handed over (交车)."""
    LOST = "lost"
    """Given up, with a reason (战败)."""
    VISITED = "visited"
    """The customer came to the store."""
    GRADED = "graded"
    """The CRM or the consultant gave the lead a grade."""


class GivenBy(StrEnum):
    """Whose grade or news it is."""

    CRM = "crm"
    CONSULTANT = "consultant"


class LeadOutcome(Record):
    """One piece of the CRM's news about a lead."""

    id: str
    kind: OutcomeKind
    at: AwareDatetime
    """When it happened, which may be long before it was reported."""
    reason: str | None = None
    """Why the lead was lost, in the CRM's words."""
    grade: str | None = None
    """The grade that was given, in the CRM's words."""
    by: GivenBy = GivenBy.CRM


class CallEvidence(Evidence):
    """Words of one of the lead's calls; the positions count in that call's transcript."""

    recording_id: str


class LeadReason(Record):
    """One reason, in Chinese, with the words it rests on; news from the CRM and reasons of absence have none."""

    text: str
    evidence: tuple[CallEvidence, ...] = ()


class WordsGrade(Record):
    """What the customer's words in all calls make of the lead, whatever the CRM says."""

    letter: Letter
    probability: Probability
    reasons: Annotated[tuple[LeadReason, ...], Field(min_length=1)]
    next_contact_by: date | None
    recording_id: str
    """The call that decided: the newest that told something, or that in which the customer ordered."""
    told_at: AwareDatetime
    """When that call began."""
    grader: str
    """The version of what graded it."""
    features: Annotated[LeadFeatures | None, Field(exclude_if=lambda features: features is None)] = None
    """What the grade was made of; missing in grades made before it was kept."""


class LeadGrade(Record):
    """What a lead is worth by all that is known, and why."""

    letter: LeadLetter
    probability: Probability
    """1 where the CRM's news decide."""
    reasons: Annotated[tuple[LeadReason, ...], Field(min_length=1)]
    next_contact_by: date | None
    outcome_id: str | None = None
    """The news from the CRM that decided; ``None`` where the customer's words did."""
    words: WordsGrade | None = None
    """The grade by words alone; ``None`` before the first inspected call."""
