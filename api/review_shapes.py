"""The forms in which the API speaks of verdicts, appeals, decisions, and of how often a rule is right."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from api.shapes import Shape
from qc.domain import Category, Evidence, Finding
from qc.precision import RulePrecision
from qc.review import Appeal, AppealOutcome, Decision, DismissReason, Status, Trail, Verdict, VerdictKind
from qc.store.records import StoredAppeal


class VerdictShape(Shape):
    """One thing one reviewer said; it is never changed."""

    id: str = Field(description="Send it as `after` to overrule it.")
    recording_id: str = Field(description="The recording it is about.")
    kind: VerdictKind = Field(description="What the reviewer did.")
    category: Category = Field(description="What was claimed of the words.")
    evidence: Evidence = Field(description="The words.")
    finding: Finding | None = Field(description="The machine's value as it was then; null for what it had missed.")
    new_category: Category | None = Field(description="What the words are instead, if re-categorised.")
    reason: DismissReason | None = Field(description="Why it is a false alarm, if dismissed.")
    comment: str = Field(description="In the reviewer's words.")
    by: str = Field(description="Who said so.")
    key_id: str | None = Field(description="The API key that was shown; null for the command line.")
    created_at: datetime = Field(description="When.")

    @classmethod
    def of(cls, verdict: Verdict) -> Self:
        """The written form of this verdict."""
        alike = VerdictShape.model_fields.keys() & Verdict.model_fields.keys() - {"by"}
        return cls(
            **{name: getattr(verdict, name) for name in alike},
            evidence=verdict.place,
            by=verdict.by.name,
            key_id=verdict.by.key_id,
        )


class DecisionShape(Shape):
    """The last word about an appeal."""

    id: str = Field(description="Opaque.")
    appeal_id: str = Field(description="The appeal it is about.")
    outcome: AppealOutcome = Field(description="What became of the verdict.")
    new_category: Category | None = Field(description="What the words are instead, if re-categorised.")
    reason: DismissReason | None = Field(description="Why it is a false alarm, if dismissed.")
    comment: str = Field(description="In the reviewer's words.")
    by: str = Field(description="Who decided.")
    key_id: str | None = Field(description="The API key that was shown; null for the command line.")
    created_at: datetime = Field(description="When.")

    @classmethod
    def of(cls, decision: Decision) -> Self:
        """The written form of this decision."""
        alike = DecisionShape.model_fields.keys() & Decision.model_fields.keys() - {"by"}
        own = {name: getattr(decision, name) for name in alike}
        return cls(**own, by=decision.by.name, key_id=decision.by.key_id)


AppealState = Literal["open", "decided"]


class AppealShape(Shape):
    """A consultant's objection to a verdict."""

    id: str = Field(description="Opaque.")
    verdict_id: str = Field(description="The verdict it is about.")
    recording_id: str = Field(description="The recording it is about.")
    reason: str = Field(description="In the consultant's words.")
    state: AppealState = Field(description="Whether it was decided.")
    by: str = Field(description="Who appealed.")
    key_id: str | None = Field(description="The API key that was shown; null for the command line.")
    created_at: datetime = Field(description="When.")
    decision: DecisionShape | None = Field(description="Null while it is open.")

    @classmethod
    def of(cls, appeal: Appeal, decision: Decision | None) -> Self:
        """The written form of this appeal."""
        alike = AppealShape.model_fields.keys() & Appeal.model_fields.keys() - {"by"}
        return cls(
            **{name: getattr(appeal, name) for name in alike},
            state="open" if decision is None else "decided",
            by=appeal.by.name,
            key_id=appeal.by.key_id,
            decision=None if decision is None else DecisionShape.of(decision),
        )


class AppealLine(AppealShape):
    """An appeal with the verdict it is about, as one line of a list."""

    verdict: VerdictShape = Field(description="What is appealed against.")
    links: dict[str, str] = Field(description="Paths of the trail and of the recording.")

    @classmethod
    def of_stored(cls, stored: StoredAppeal) -> Self:
        """The written form of this line."""
        recording = f"/v1/recordings/{stored.appeal.recording_id}"
        return cls(
            **dict(AppealShape.of(stored.appeal, stored.decision)),
            verdict=VerdictShape.of(stored.verdict),
            links={"trail": f"{recording}/verdicts", "recording": recording},
        )


class ReviewShape(Shape):
    """One finding, or something that people added, and everything that was said about it."""

    category: Category = Field(description="What was claimed of the words.")
    evidence: Evidence = Field(description="The words: those to send with a verdict.")
    finding: Finding | None = Field(
        description="In the current inspection; null for what only people found, or the present rules find no more."
    )
    status: Status = Field(description="What holds.")
    final_category: Category | None = Field(description="Of what holds; null if the finding was dismissed.")
    after: str | None = Field(description="Send it with a verdict that overrules this; null if nobody has judged yet.")
    verdicts: tuple[VerdictShape, ...] = Field(description="Oldest first.")
    appeal: AppealShape | None = Field(description="Null if nobody appealed.")

    @classmethod
    def of(cls, finding: Finding | None, trail: Trail | None) -> Self:
        """What is known about a finding, a trail, or a finding that continues a trail; one of them is given."""
        if trail is None:
            assert finding is not None  # noqa: S101 - by this method's contract
            return cls(
                category=finding.category,
                evidence=finding.evidence[0],
                finding=finding,
                status=Status.UNREVIEWED,
                final_category=finding.category,
                after=None,
                verdicts=(),
                appeal=None,
            )
        first = trail.verdicts[0]
        return cls(
            category=first.category,
            evidence=first.place,
            finding=finding,
            status=trail.value.status,
            final_category=trail.value.category,
            after=trail.head,
            verdicts=tuple(VerdictShape.of(one) for one in trail.verdicts),
            appeal=None if trail.appeal is None else AppealShape.of(trail.appeal, trail.decision),
        )


class ReviewsShape(Shape):
    """What was said about all findings of a recording."""

    recording_id: str = Field(description="The recording.")
    inspection_id: str | None = Field(description="The current inspection; null before the first.")
    unreviewed: int = Field(description="How many of its findings nobody has judged.")
    items: tuple[ReviewShape, ...] = Field(
        description="The findings of the current inspection in their order, then what only people said."
    )


class RulePrecisionShape(Shape):
    """How often one rule is right."""

    rule_id: str = Field(description="The rule.")
    category: Category = Field(description="What its findings are about.")
    judged: int = Field(description="Findings of it that there are verdicts about; each counts once, by what holds.")
    confirmed: int = Field(description="That were right.")
    dismissed: int = Field(description="That were false alarms.")
    recategorised: int = Field(description="That were something else: mistakes of the rule too.")
    precision: float = Field(description="Confirmed by judged.")
    low: float = Field(description="Lower bound of the precision, 95 % (Wilson).")
    high: float = Field(description="Upper bound of the precision, 95 % (Wilson).")
    noisy: bool = Field(description="Whether enough verdicts say that it is right too rarely.")
    reasons: dict[DismissReason, int] = Field(description="Why findings were dismissed, the most frequent first.")

    @classmethod
    def of(cls, rule: RulePrecision, *, min_verdicts: int, below: float) -> Self:
        """The written form of these counts."""
        low, high = rule.interval
        return cls(
            **dict(rule),
            judged=rule.judged,
            precision=rule.precision,
            low=low,
            high=high,
            noisy=rule.is_noisy(min_verdicts=min_verdicts, below=below),
        )


class PrecisionShape(Shape):
    """How often each rule is right."""

    min_verdicts: int = Field(description="So many findings must have been judged to call a rule noisy.")
    below: float = Field(description="A precision below this makes a rule noisy.")
    items: tuple[RulePrecisionShape, ...] = Field(description="The least precise rule first.")
