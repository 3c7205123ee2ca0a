"""The suggested grade of a lead (客户级别), from the customer's words and not from how well the agent spoke.

What is seen (`features_of`) is kept apart from what follows from it (`RuleGrader`), so that a learned grader can
replace the second and read the first.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Protocol

from chinese_calendar.constants import holidays, workdays

from qc.domain import Call, Category, Evidence, Finding, Grade, Letter, Memo, Reason, Record, Speaker, Transcript
from qc.errors import BadSettings
from qc.outcome import find_outcomes
from qc.rulebook.grading import HORIZONS, Grading, Outcome

_INTEREST = (
    "vehicles", "budget", "purchase_time", "payment", "trade_in", "competitors", "use", "preferences", "concerns", "decision_makers",
)  # fmt: skip
"""Memo fields that show a need when they rest on the customer's own words."""

_LOST_FINDINGS = {Category.LOST_TO_COMPETITOR: Outcome.BOUGHT_ELSEWHERE, Category.DO_NOT_CALL: Outcome.DO_NOT_CALL}


class OutcomeSeen(Record):
    """An outcome with why and where it shows."""

    outcome: Outcome
    reason: str
    evidence: Evidence


class LeadFeatures(Record):
    """What a good manager would weigh about a lead, each readable on its own."""

    outcomes: tuple[OutcomeSeen, ...] = ()
    speech: bool
    """Whether anything was said at all."""
    purchase_until: date | None = None
    """The last day of the stated horizon."""
    days_to_purchase: int | None = None
    in_haste: bool = False
    """马上, 尽快, 这几天: H whatever the last day."""
    visit_in_days: int | None = None
    """Days until an agreed visit, test drive or home visit; None without one."""
    budget_known: bool = False
    model_chosen: bool = False
    payment_or_trade_in: bool = False
    interest: tuple[str, ...] = ()
    """Memo fields that rest on the customer's own words."""

    asks: Evidence | None = None
    """The customer's words of interest (还没定, 什么价) where no need was named."""

    @property
    def engagement(self) -> int:
        """How many of budget, chosen model, payment or trade-in were talked about."""
        return self.budget_known + self.model_chosen + self.payment_or_trade_in


class Grader(Protocol):
    """Anything that grades a lead; ``version`` becomes part of `MadeWith`."""

    @property
    def version(self) -> str:
        """Name, settings and version of the grader."""

    def grade(self, call: Call, transcript: Transcript, memo: Memo, findings: tuple[Finding, ...]) -> Grade:
        """The grade of this call's lead, with reasons."""


def features_of(
    call: Call, transcript: Transcript, memo: Memo, findings: tuple[Finding, ...], grading: Grading
) -> LeadFeatures:
    """What this call shows about the lead."""
    today = call.time.date()
    until = memo.purchase_time.to if memo.purchase_time else None
    appointment = memo.appointment
    visit = (
        date.fromisoformat(appointment.at[:10])
        if appointment and appointment.kind in ("到店", "试驾", "上门")
        else None
    )
    return LeadFeatures(
        outcomes=_outcomes(transcript, findings, grading),
        speech=any(utterance.text.strip() for utterance in transcript.utterances),
        purchase_until=until,
        days_to_purchase=(until - today).days if until else None,
        in_haste=bool(memo.purchase_time and grading.soon.search(memo.purchase_time.said)),
        visit_in_days=(visit - today).days if visit else None,
        budget_known=memo.budget is not None,
        model_chosen=bool(memo.vehicles),
        payment_or_trade_in=memo.payment is not None or memo.trade_in is not None,
        interest=tuple(name for name in _INTEREST if _said_by_customer(memo, name, transcript)),
        asks=_asks(transcript, grading),
    )


def _outcomes(transcript: Transcript, findings: tuple[Finding, ...], grading: Grading) -> tuple[OutcomeSeen, ...]:
    seen = [
        OutcomeSeen(outcome=sign.outcome, reason=sign.rule.reason, evidence=sign.evidence)
        for sign in find_outcomes(transcript, grading)
    ]
    found = {outcome.outcome for outcome in seen}
    for finding in findings:
        outcome = _LOST_FINDINGS.get(finding.category)
        if outcome is not None and outcome not in found:
            seen.append(OutcomeSeen(outcome=outcome, reason=finding.reason, evidence=finding.evidence[0]))
    return tuple(seen)


def _asks(transcript: Transcript, grading: Grading) -> Evidence | None:
    for index, utterance in enumerate(transcript.utterances):
        match = grading.interest.search(utterance.text) if utterance.speaker is not Speaker.AGENT else None
        if match is not None:
            return Evidence(utterance=index, start=match.start(), end=match.end(), quote=match.group())
    return None


def _said_by_customer(memo: Memo, name: str, transcript: Transcript) -> bool:
    return any(
        transcript.utterances[evidence.utterance].speaker is not Speaker.AGENT
        for evidence in memo.evidence.get(name, ())
    )


class RuleGrader:
    """Grades by the annotation guide's rules and one of the rulebook's presets.

    Raises:
        BadSettings: if the rulebook has no preset of that name.
    """

    def __init__(self, grading: Grading, preset: str = "default") -> None:
        if preset not in grading.presets:
            raise BadSettings(
                "bad-settings",
                f"there is no grading preset {preset!r}",
                way_out=f"Choose one of {', '.join(sorted(grading.presets))}.",
                where="QC_GRADING_PRESET",
            )
        self._grading = grading
        self._preset = grading.presets[preset]
        self.version = f"rules-1/{preset}"

    def grade(self, call: Call, transcript: Transcript, memo: Memo, findings: tuple[Finding, ...]) -> Grade:
        """The grade of this call's lead, with reasons, and until when to contact the customer next."""
        today = call.time.date()
        features = features_of(call, transcript, memo, findings, self._grading)
        letter, probability, reasons = self._decide(features, memo, today)
        asked_to_stop = any(seen.outcome is Outcome.DO_NOT_CALL for seen in features.outcomes)
        if asked_to_stop:
            stop = next(seen for seen in features.outcomes if seen.outcome is Outcome.DO_NOT_CALL)
            if not any(stop.evidence in reason.evidence for reason in reasons):
                reasons = (*reasons, Reason(text=f"{stop.reason}，不再安排联系", evidence=(stop.evidence,)))
        return Grade(
            letter=letter,
            probability=probability,
            reasons=reasons,
            next_contact_by=None if asked_to_stop else self._next_contact(letter, today),
        )

    def _decide(self, features: LeadFeatures, memo: Memo, today: date) -> tuple[Letter, float, tuple[Reason, ...]]:
        prior = self._grading.prior
        if not features.speech:
            return Letter.N, prior.no_speech, (Reason(text="录音里没有听到说话，无从判断"),)
        decided = _decided_by_outcome(features)
        if decided is not None:
            letter, reasons = decided
            return letter, prior.outcome, reasons
        if features.purchase_until is not None and memo.purchase_time is not None:
            return self._by_horizon(features, memo, today)
        return self._by_engagement(features, memo)

    def _by_horizon(self, features: LeadFeatures, memo: Memo, today: date) -> tuple[Letter, float, tuple[Reason, ...]]:
        assert memo.purchase_time is not None  # noqa: S101 - the caller has checked
        said, until = memo.purchase_time.said, memo.purchase_time.to
        assert until is not None  # noqa: S101
        evidence = memo.evidence["purchase_time"]
        if features.in_haste:
            return Letter.H, self._grading.prior.soon, (Reason(text=f"客户说“{said}”就要买", evidence=evidence),)
        letter = next((letter for letter in HORIZONS if until <= self._preset.horizons[letter].end(today)), Letter.C)
        text = f"客户说“{said}”买车，最晚 {until.isoformat()}，距通话 {features.days_to_purchase} 天"
        return letter, self._grading.prior.horizon, (Reason(text=text, evidence=evidence),)

    def _by_engagement(self, features: LeadFeatures, memo: Memo) -> tuple[Letter, float, tuple[Reason, ...]]:
        prior = self._grading.prior
        no_time = Reason(text="没有说购车时间")
        if features.visit_in_days is not None and memo.appointment is not None:
            visit = Reason(
                text=f"约定 {memo.appointment.at.replace('T', ' ')} {memo.appointment.kind}",
                evidence=memo.evidence["appointment"],
            )
            near = features.visit_in_days <= self._grading.visit_days
            if near and features.engagement >= self._grading.engagement:
                return Letter.A, prior.visit_with_needs, (visit, *_engagement(features, memo), no_time)
            return Letter.B, prior.visit, (visit, no_time)
        if features.interest or features.asks is not None:
            evidence = tuple(quote for name in features.interest[:3] for quote in memo.evidence[name][:1])
            evidence = evidence or ((features.asks,) if features.asks else ())
            return Letter.C, prior.interest, (Reason(text="有意向，没有说购车时间，也没有约到店", evidence=evidence),)
        return Letter.N, prior.nothing, (Reason(text="没有说到需求、时间或到店，依据不足，不作判断"),)

    def _next_contact(self, letter: Letter, today: date) -> date | None:
        cadence = self._grading.cadence[letter]
        if cadence.next_working_day:
            return next_working_day(today)
        return None if cadence.days is None else today + timedelta(days=cadence.days)


def _decided_by_outcome(features: LeadFeatures) -> tuple[Letter, tuple[Reason, ...]] | None:
    """The letter of an outcome: a cancelled order is lost, a standing one is O whatever else was said."""
    by = {seen.outcome: seen for seen in reversed(features.outcomes)}
    for outcome in (
        Outcome.CANCELLED,
        Outcome.ORDERED,
        Outcome.BOUGHT_ELSEWHERE,
        Outcome.WRONG_NUMBER,
        Outcome.UNANSWERED,
        Outcome.NOT_IN_PERSON,
    ):
        if outcome in by and not (outcome is Outcome.BOUGHT_ELSEWHERE and _still_buying(features)):
            letter = {Outcome.ORDERED: Letter.O, Outcome.UNANSWERED: Letter.N, Outcome.NOT_IN_PERSON: Letter.N}.get(
                outcome, Letter.F
            )
            return letter, (Reason(text=by[outcome].reason, evidence=(by[outcome].evidence,)),)
    refused = by.get(Outcome.REFUSED) or by.get(Outcome.DO_NOT_CALL)
    if refused is not None and features.visit_in_days is None and features.purchase_until is None:
        return Letter.F, (Reason(text=refused.reason, evidence=(refused.evidence,)),)
    if Outcome.AFTER_SALES in by and features.visit_in_days is None and features.purchase_until is None:
        return Letter.N, (Reason(text=by[Outcome.AFTER_SALES].reason, evidence=(by[Outcome.AFTER_SALES].evidence,)),)
    return None


def _still_buying(features: LeadFeatures) -> bool:
    """Whether the customer names a day to buy or meet on: what sounded like a purchase was then another's car."""
    return features.visit_in_days is not None or features.purchase_until is not None


def _engagement(features: LeadFeatures, memo: Memo) -> tuple[Reason, ...]:
    known = (
        (features.budget_known, "谈到预算", ("budget",)),
        (features.model_chosen, "看定了车型", ("vehicles",)),
        (features.payment_or_trade_in, "谈到付款或置换", ("payment", "trade_in")),
    )
    return tuple(
        Reason(text=text, evidence=tuple(quote for name in names for quote in memo.evidence.get(name, ())[:1]))
        for present, text, names in known
        if present
    )


def next_working_day(today: date) -> date:
    """The first working day after this one, by the official calendar.

    `chinesecalendar` knows only announced years; in later ones Monday to Friday are taken for working days.
    """
    day = today + timedelta(days=1)
    while not (day in workdays or (day.weekday() < 5 and day not in holidays)):  # noqa: PLR2004 - Saturday
        day += timedelta(days=1)
    return day
