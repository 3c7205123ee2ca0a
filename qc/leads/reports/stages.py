"""How long leads stay at a grade, and how long they take from one event to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from qc.leads.facts import Graded, LeadFacts
from qc.leads.history import LeadLetter, OutcomeKind
from qc.leads.reports.durations import Spells, quantile
from qc.leads.reports.tables import FEW, FEW_NOTE, Column, Row

DAY: Final = timedelta(days=1)
STAGES: Final = (
    Column(name="stage", title="阶段", what="级别，或从一件事到另一件事", kind="text"),
    Column(name="entered", title="进入", what="进入这个阶段的次数；一条线索可以多次进入同一级别"),
    Column(name="left", title="离开", what="已经离开的次数：级别变了，或后一件事发生了"),
    Column(name="staying", title="停留中", what="到现在还没离开，或没等到后一件事线索就战败的次数"),
    Column(
        name="median_days",
        title="中位天数",
        what="一半离开要多少天；停留中的按已停留时间参与估计（Kaplan–Meier），还看不出来时留空",
        kind="days",
    ),
    Column(name="p90_days", title="九成天数", what="九成离开要多少天，估计方法同上；还看不出来时留空", kind="days"),
    Column(name="longest_days", title="停留最久", what="停留中最久的一条已经多少天；没有停留中的留空", kind="days"),
    Column(name="note", title="备注", what=f"进入不到 {FEW} 次的写“{FEW_NOTE}”", kind="text"),
)
STAGES_NOTES: Final = (
    "级别的起止按客户说话、CRM 消息发生的时间算，不按系统处理的时间。",
    "战败的线索在战败那一刻不再计算，不当作走到了下一步。",
)
LETTER_STAGES: Final = (LeadLetter.H, LeadLetter.A, LeadLetter.B, LeadLetter.C, LeadLetter.N, LeadLetter.O)
"""D and F are where leads end."""
STEPS: Final[tuple[tuple[str, Callable[[LeadFacts], tuple[datetime | None, datetime | None]]], ...]] = (
    ("建档→首次通话", lambda lead: (lead.at, lead.first_call)),
    ("建档→到店", lambda lead: (lead.at, _first(lead, OutcomeKind.VISITED))),
    ("建档→订车", lambda lead: (lead.at, _first(lead, OutcomeKind.ORDERED))),
    ("订车→交车", lambda lead: (_first(lead, OutcomeKind.ORDERED), _first(lead, OutcomeKind.DELIVERED))),
)


def _first(lead: LeadFacts, kind: OutcomeKind) -> datetime | None:
    return next((one.at for one in lead.outcomes if one.kind is kind), None)


class StageTally:
    """A row a stage, the letters and then the steps from one event to the next; of each stay only its days are kept."""

    def __init__(self, made_at: datetime) -> None:
        self._made_at = made_at
        self._letters = {letter: Spells() for letter in LETTER_STAGES}
        self._steps = {title: Spells() for title, _ in STEPS}

    def add(self, lead: LeadFacts) -> None:
        """Counts one more lead."""
        ends: Sequence[Graded | None] = (*lead.grades[1:], None)
        for grade, following in zip(lead.grades, ends, strict=False):
            if grade.letter in self._letters:
                end = self._made_at if following is None else following.at
                self._letters[grade.letter].add(_days(grade.at, end), ended=following is not None)
        lost = lead.letter is LeadLetter.F and lead.grades
        seen_until = lead.grades[-1].at if lost else self._made_at
        for title, step in STEPS:
            begun, done = step(lead)
            if begun is not None:
                self._steps[title].add(_days(begun, done or seen_until), ended=done is not None)

    def rows(self) -> Iterator[Row]:
        """The rows."""
        for letter, spells in self._letters.items():
            yield _stage_row(f"{letter} 级", spells)
        for title, spells in self._steps.items():
            yield _stage_row(title, spells)


def _days(begun: datetime, ended: datetime) -> float:
    return max((ended - begun) / DAY, 0.0)


def _stage_row(stage: str, spells: Spells) -> Row:
    return {
        "stage": stage,
        "entered": len(spells),
        "left": len(spells.ended),
        "staying": len(spells.going_on),
        "median_days": _rounded(quantile(spells, 0.5)),
        "p90_days": _rounded(quantile(spells, 0.9)),
        "longest_days": _rounded(max(spells.going_on, default=None)),
        "note": FEW_NOTE if len(spells) < FEW else "",
    }


def _rounded(days: float | None) -> float | None:
    return None if days is None else round(days, 2)
