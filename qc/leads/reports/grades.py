"""Whether grades keep what they promise: orders within the horizon beside the probability that was given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final, NamedTuple

from qc.domain import Letter
from qc.leads.facts import Graded, LeadFacts
from qc.leads.history import LeadLetter
from qc.leads.rates import Count, wilson
from qc.leads.reports.tables import FEW, FEW_NOTE, Column, Row, Value, share
from qc.rulebook.grading import Horizon, Preset

GRADES: Final = (
    Column(name="grade", title="级别", what="线索第一次凭客户的话到达的级别，每条线索每个级别算一次", kind="text"),
    Column(
        name="horizon_days", title="期限天数", what="这个级别说的购车期限；C、N、F 没有期限，按 B 级的看", kind="count"
    ),
    Column(name="leads", title="线索", what="到达过这个级别的线索数"),
    Column(name="ripe", title="期限已过", what="其中期限已经过完的线索数，后面几列都只看它们"),
    Column(name="ordered", title="期限内订车", what="到达级别以后、期限之内订车（之后没有报告战败）的线索数"),
    Column(name="share", title="期限内成交率", what="期限内订车 ÷ 期限已过", kind="share"),
    Column(name="share_low", title="成交率下限", what="95% 区间（Wilson）下限", kind="share"),
    Column(name="share_high", title="成交率上限", what="95% 区间（Wilson）上限", kind="share"),
    Column(
        name="expected",
        title="预计",
        what="定级时给出的把握（级别判得对的概率）的平均；只有 H、A、B 说的是会在期限内买，其他留空",
        kind="share",
    ),
    Column(name="gap", title="差距", what="期限内成交率减预计；负的是级别给得乐观", kind="share"),
    Column(name="ordered_ever", title="最终订车", what="到达级别以后订车的线索数，不限期限，也包括期限未过的"),
    Column(
        name="note",
        title="备注",
        what=f"期限已过的不到 {FEW} 条写“{FEW_NOTE}”；预计落在区间外时写偏乐观或偏保守",
        kind="text",
    ),
)
GRADES_NOTES: Final = (
    "预计的是“客户的话说到这个级别”的把握；客户说了要买、没有买成，也会成为差距，不都是判错。",
    "级别只看通话之后的事：定级时已经订车的不算。",
    "标低了、标高了的逐条看：GET /v1/leads?attention=misjudged。",
)
PROMISED: Final = {LeadLetter.H: Letter.H, LeadLetter.A: Letter.A, LeadLetter.B: Letter.B}
"""The letters that say by when the customer will buy."""
GRADED_BY_WORDS: Final = (LeadLetter.H, LeadLetter.A, LeadLetter.B, LeadLetter.C, LeadLetter.N, LeadLetter.F)


class GradeTally:
    """A row a letter, of leads counted one after the other; the horizon's days are the dealer's own, in ``zone``."""

    def __init__(self, made_at: datetime, zone: tzinfo, preset: Preset) -> None:
        self._made_at = made_at
        self._zone = zone
        self._horizons = {letter: preset.horizons[PROMISED.get(letter, Letter.B)] for letter in GRADED_BY_WORDS}
        self._counts = {letter: _Counts() for letter in GRADED_BY_WORDS}

    def add(self, lead: LeadFacts) -> None:
        """Counts one more lead."""
        for letter, counts in self._counts.items():
            grade = _first_by_words(lead, letter)
            if grade is not None:
                counts.add(_Case(lead, grade, self._horizons[letter], self._zone), self._made_at)

    def rows(self) -> Iterator[Row]:
        """The rows."""
        today = self._made_at.date()
        for letter, counts in self._counts.items():
            yield _grade_row(letter, counts, (self._horizons[letter].end(today) - today).days)


class _Case(NamedTuple):
    """A lead that came to a letter."""

    lead: LeadFacts
    grade: Graded
    horizon: Horizon
    zone: tzinfo

    @property
    def over_at(self) -> datetime:
        """The first moment after the last day of the horizon."""
        last = self.horizon.end(self.grade.at.astimezone(self.zone).date())
        return datetime.combine(last + timedelta(days=1), time(), self.zone)

    @property
    def ordered_at(self) -> datetime | None:
        return self.lead.ordered_at(self.grade.at)

    @property
    def ordered_in_time(self) -> bool:
        return self.ordered_at is not None and self.ordered_at < self.over_at


@dataclass
class _Counts:
    """What is counted of the leads that came to one letter."""

    leads: int = 0
    ripe: int = 0
    ordered_in_time: int = 0
    ordered_ever: int = 0
    promised: float = 0.0
    """The probabilities of the ripe ones, summed up."""

    def add(self, case: _Case, made_at: datetime) -> None:
        self.leads += 1
        self.ordered_ever += case.ordered_at is not None
        if case.over_at <= made_at:
            self.ripe += 1
            self.ordered_in_time += case.ordered_in_time
            self.promised += case.grade.probability


def _first_by_words(lead: LeadFacts, letter: LeadLetter) -> Graded | None:
    return next((grade for grade in lead.grades if grade.by_words and grade.letter is letter), None)


def _grade_row(letter: LeadLetter, counts: _Counts, horizon_days: int) -> Row:
    count = Count(counts.ordered_in_time, counts.ripe)
    expected = counts.promised / counts.ripe if counts.ripe and letter in PROMISED else None
    part = share(*count)
    interval = wilson(count)
    row: dict[str, Value] = {
        "grade": letter.value,
        "horizon_days": horizon_days,
        "leads": counts.leads,
        "ripe": count.cases,
        "ordered": count.hits,
        "share": part,
        "share_low": round(interval.low, 4) if count.cases else None,
        "share_high": round(interval.high, 4) if count.cases else None,
        "expected": None if expected is None else round(expected, 4),
        "gap": None if expected is None or part is None else round(part - expected, 4),
        "ordered_ever": counts.ordered_ever,
        "note": FEW_NOTE if count.cases < FEW else "",
    }
    if count.cases >= FEW and expected is not None and not interval.low <= expected <= interval.high:
        row["note"] = "偏乐观" if expected > interval.high else "偏保守"
    return row
