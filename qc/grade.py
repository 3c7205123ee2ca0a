"""The suggested grade of a lead (客户级别): the rules of the annotation guide, and what every grader shares.

What is seen (`qc.lead_signs.see_lead`) is kept apart from what follows from it, so that the learned grader
(`qc.grading_model`) can replace the second and read the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple, Protocol

from chinese_calendar.constants import holidays, workdays

from qc.domain import (
    Call,
    Finding,
    Grade,
    LeadFeatures,
    Letter,
    Memo,
    Outcome,
    Probability,
    Reason,
    Transcript,
)
from qc.errors import BadSettings
from qc.lead_signs import LeadSigns, see_lead
from qc.rulebook.grading import Grading, Preset

_BY_OUTCOME: Mapping[Outcome, Letter] = {
    Outcome.CANCELLED: Letter.F,
    Outcome.ORDERED: Letter.O,
    Outcome.BOUGHT_ELSEWHERE: Letter.F,
    Outcome.WRONG_NUMBER: Letter.F,
    Outcome.UNANSWERED: Letter.N,
    Outcome.NOT_IN_PERSON: Letter.N,
    Outcome.REFUSED: Letter.F,
    Outcome.DO_NOT_CALL: Letter.F,
    Outcome.AFTER_SALES: Letter.N,
}
"""The letter of each outcome, the one that counts first first: a cancelled order is lost, a standing one is O whatever
else was said."""

_UNLESS_BUYING = (Outcome.BOUGHT_ELSEWHERE, Outcome.REFUSED, Outcome.DO_NOT_CALL, Outcome.AFTER_SALES)
"""Outcomes that a day to buy or meet on speaks against: what sounded like a purchase was then another's car."""


REVIEWED: Final = "review"
"""The ``rule_id`` of a finding that people found, or let stand: no grader weighs it against anything else."""


class Grader(Protocol):
    """Anything that grades a lead; ``version`` becomes part of `MadeWith`."""

    @property
    def version(self) -> str:
        """Name, settings and version of the grader."""

    def grade(
        self,
        call: Call,
        transcript: Transcript,
        memo: Memo,
        findings: tuple[Finding, ...],
        *,
        earlier_calls: int = 0,
    ) -> Grade:
        """The grade of this call's lead, with reasons and what it was made of.

        ``earlier_calls`` of the same lead came before this one.
        """


class Ground(NamedTuple):
    """What the annotation guide's rules rest a grade on."""

    name: str
    """A field of `qc.rulebook.grading.Prior`."""
    letter: Letter
    outcome: Outcome | None = None


def preset_of(grading: Grading, name: str) -> Preset:
    """The dealer's table of this name.

    Raises:
        BadSettings: if the rulebook has no preset of that name.
    """
    if name not in grading.presets:
        raise BadSettings(
            "bad-settings",
            f"there is no grading preset {name!r}",
            way_out=f"Choose one of {', '.join(sorted(grading.presets))}.",
            where="QC_GRADING_PRESET",
        )
    return grading.presets[name]


def ground_of(features: LeadFeatures, grading: Grading) -> Ground:
    """What the rules rest the grade on: silence, an outcome, or else `open_ground_of`."""
    if not features.speech:
        return Ground("no_speech", Letter.N)
    buying = features.purchase_until is not None or features.visit_in_days is not None
    for outcome, letter in _BY_OUTCOME.items():
        if outcome in features.outcomes and not (buying and outcome in _UNLESS_BUYING):
            return Ground("outcome", letter, outcome)
    return open_ground_of(features, grading)


def open_ground_of(features: LeadFeatures, grading: Grading) -> Ground:
    """What the rules rest the grade on while nothing has decided the lead: the stated time, or else engagement."""
    if features.horizon is not None:
        return Ground("soon" if features.in_haste else "horizon", features.horizon)
    if features.visit_in_days is not None:
        if features.visit_in_days <= grading.visit_days and features.engagement >= grading.engagement:
            return Ground("visit_with_needs", Letter.A)
        return Ground("visit", Letter.B)
    if features.interest or features.asks:
        return Ground("interest", Letter.C)
    return Ground("nothing", Letter.N)


def reasons_of(ground: Ground, signs: LeadSigns, memo: Memo) -> tuple[Reason, ...]:
    """Why, in words, with the customer's own as evidence."""
    if ground.outcome is not None:
        seen = next(seen for seen in signs.outcomes if seen.outcome is ground.outcome)
        return (Reason(text=seen.reason, evidence=(seen.evidence,)),)
    if ground.name in ("soon", "horizon"):
        return (_time(signs.features, memo),)
    if ground.name in ("visit", "visit_with_needs"):
        needs = _engagement(signs.features, memo) if ground.name == "visit_with_needs" else ()
        return (_visit(memo), *needs, _NO_TIME)
    if ground.name == "interest":
        return (_interest(signs, memo),)
    return (_SILENT if ground.name == "no_speech" else _EMPTY,)


_SILENT = Reason(text="录音里没有听到说话，无从判断")
_EMPTY = Reason(text="没有说到需求、时间或到店，依据不足，不作判断")
_NO_TIME = Reason(text="没有说购车时间")


def _time(features: LeadFeatures, memo: Memo) -> Reason:
    assert memo.purchase_time is not None  # noqa: S101 - only such a memo gives a horizon
    said, evidence = memo.purchase_time.said, memo.evidence["purchase_time"]
    if features.in_haste:
        return Reason(text=f"客户说“{said}”就要买", evidence=evidence)
    text = f"客户说“{said}”买车，最晚 {memo.purchase_time.to}，距通话 {features.days_to_purchase} 天"
    return Reason(text=text, evidence=evidence)


def _visit(memo: Memo) -> Reason:
    assert memo.appointment is not None  # noqa: S101 - only such a memo gives a visit
    text = f"约定 {memo.appointment.at.replace('T', ' ')} {memo.appointment.kind}"
    return Reason(text=text, evidence=memo.evidence["appointment"])


def _engagement(features: LeadFeatures, memo: Memo) -> tuple[Reason, ...]:
    known = (
        (features.budget_known, "谈到预算", ("budget",)),
        (features.model_chosen or features.trim_chosen, "看定了车型或配置", ("vehicles", "preferences")),
        (features.payment_known or features.trade_in_known, "谈到付款或置换", ("payment", "trade_in")),
    )
    return tuple(
        Reason(text=text, evidence=tuple(quote for name in names for quote in memo.evidence.get(name, ())[:1]))
        for present, text, names in known
        if present
    )


def _interest(signs: LeadSigns, memo: Memo) -> Reason:
    evidence = tuple(quote for name in signs.features.interest[:3] for quote in memo.evidence[name][:1])
    evidence = evidence or ((signs.asks,) if signs.asks else ())
    return Reason(text="有意向，没有说购车时间，也没有约到店", evidence=evidence)


def grade_by(
    letter: Letter,
    probability: float,
    reasons: tuple[Reason, ...],
    signs: LeadSigns,
    grading: Grading,
    today: date,
    *,
    likely: Mapping[Letter, Probability] | None = None,
    abstained: bool = False,
) -> Grade:
    """The grade, with until when to contact the customer next: never again who asked not to be called."""
    stop = next((seen for seen in signs.outcomes if seen.outcome is Outcome.DO_NOT_CALL), None)
    if stop is not None and not any(stop.evidence in reason.evidence for reason in reasons):
        reasons = (*reasons, Reason(text=f"{stop.reason}，不再安排联系", evidence=(stop.evidence,)))
    return Grade(
        letter=letter,
        probability=probability,
        reasons=reasons,
        next_contact_by=None if stop is not None else _next_contact(letter, grading, today),
        likely=likely or {},
        abstained=abstained,
        features=signs.features,
    )


def _next_contact(letter: Letter, grading: Grading, today: date) -> date | None:
    cadence = grading.cadence[letter]
    if cadence.next_working_day:
        return next_working_day(today)
    return None if cadence.days is None else today + timedelta(days=cadence.days)


class RuleGrader:
    """Grades by the annotation guide's rules and one of the rulebook's presets.

    Its probabilities are the rulebook's priors, one a ground.

    Raises:
        BadSettings: if the rulebook has no preset of that name.
    """

    def __init__(self, grading: Grading, preset: str = "default") -> None:
        self._grading = grading
        self._preset = preset_of(grading, preset)
        self.version = f"rules-2/{preset}"

    def grade(
        self,
        call: Call,
        transcript: Transcript,
        memo: Memo,
        findings: tuple[Finding, ...],
        *,
        earlier_calls: int = 0,
    ) -> Grade:
        """The grade of this call's lead, with reasons, and until when to contact the customer next."""
        signs = see_lead(call, transcript, memo, findings, self._grading, self._preset, earlier_calls=earlier_calls)
        ground = ground_of(signs.features, self._grading)
        probability = getattr(self._grading.prior, ground.name)
        reasons = reasons_of(ground, signs, memo)
        return grade_by(ground.letter, probability, reasons, signs, self._grading, call.time.date())


def next_working_day(today: date) -> date:
    """The first working day after this one, by the official calendar.

    `chinesecalendar` knows only announced years; in later ones Monday to Friday are taken for working days.
    """
    day = today + timedelta(days=1)
    while not (day in workdays or (day.weekday() < 5 and day not in holidays)):  # noqa: PLR2004 - Saturday
        day += timedelta(days=1)
    return day
