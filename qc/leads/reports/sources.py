"""Where leads come from and what becomes of them: grades, visits, orders, conversion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from qc.leads.facts import LeadFacts
from qc.leads.history import LeadLetter, OutcomeKind
from qc.leads.rates import Count, wilson
from qc.leads.reports.tables import FEW, FEW_NOTE, Column, Row, share
from qc.leads.routing import ORDER_DAYS

LETTERS: Final = tuple(LeadLetter)
SOURCES: Final = (
    Column(name="leads", title="线索", what="建档的线索数"),
    Column(name="called", title="已通话", what="至少有一通电话的线索数"),
    Column(name="visited", title="到店", what="CRM 报告到过店的线索数"),
    Column(name="ordered", title="订车", what="CRM 报告订车或交车、之后没有报告战败的线索数"),
    Column(name="delivered", title="交车", what="CRM 报告已交车的线索数"),
    Column(name="lost", title="战败", what="现在级别是 F 的线索数"),
    Column(name="open", title="在跟", what="现在级别不是 O、D、F 的线索数"),
    *(
        Column(name=f"grade_{letter.lower()}", title=f"{letter} 级", what=f"现在级别是 {letter} 的线索数")
        for letter in LETTERS
    ),
    Column(name="ungraded", title="未定级", what="没有通话也没有订车、交车、战败消息的线索数"),
    Column(name="conversion", title="成交率", what="订车 ÷ 线索，到目前为止", kind="share"),
    Column(name="conversion_low", title="成交率下限", what="成交率的 95% 区间（Wilson）下限", kind="share"),
    Column(name="conversion_high", title="成交率上限", what="成交率的 95% 区间（Wilson）上限", kind="share"),
    Column(name="young", title=f"未满{ORDER_DAYS}天", what=f"建档未满 {ORDER_DAYS} 天的线索数：成交率还会变"),
    Column(
        name="ripe_conversion",
        title=f"满{ORDER_DAYS}天成交率",
        what=f"建档已满 {ORDER_DAYS} 天的线索里，{ORDER_DAYS} 天内订车的比例；不同月份之间请比这一列",
        kind="share",
    ),
    Column(name="undervalued", title="疑似低估", what="CRM 或顾问的级别比客户的话低两级以上的线索数"),
    Column(name="overvalued", title="疑似高估", what="CRM 或顾问的级别比客户的话高两级以上的线索数"),
    Column(name="note", title="备注", what=f"不到 {FEW} 条线索的写“{FEW_NOTE}”", kind="text"),
)
SOURCES_NOTES: Final = (
    "没有报告的订车、交车、战败不算；CRM 不报，成交率就偏低。",
    "区间重叠的两行不能说谁好谁差。",
)


class SourceTally:
    """The one row of some leads, counted one after the other."""

    def __init__(self, made_at: datetime) -> None:
        self._made_at = made_at
        self._counts: Counter[str] = Counter()

    def add(self, lead: LeadFacts) -> None:
        """Counts one more lead."""
        self._counts.update(_counted_as(lead, self._made_at))

    def rows(self) -> tuple[Row]:
        """The row."""
        counts = self._counts
        leads, ripe = counts["leads"], counts["ripe"]
        interval = wilson(Count(counts["ordered"], leads))
        return (
            {
                "leads": leads,
                **{name: counts[name] for name in ("called", "visited", "ordered", "delivered")},
                "lost": counts[_column(LeadLetter.F)],
                "open": counts["open"],
                **{_column(letter): counts[_column(letter)] for letter in LETTERS},
                "ungraded": counts["ungraded"],
                "conversion": share(counts["ordered"], leads),
                "conversion_low": round(interval.low, 4) if leads else None,
                "conversion_high": round(interval.high, 4) if leads else None,
                "young": leads - ripe,
                "ripe_conversion": share(counts["won while ripe"], ripe),
                "undervalued": counts["undervalued"],
                "overvalued": counts["overvalued"],
                "note": FEW_NOTE if leads < FEW else "",
            },
        )


def _counted_as(lead: LeadFacts, made_at: datetime) -> Iterator[str]:
    """Everything that this lead counts as, each once."""
    yield "leads"
    yield "ungraded" if lead.letter is None else _column(lead.letter)
    told = {one.kind for one in lead.outcomes}
    ripe = lead.at <= made_at - timedelta(days=ORDER_DAYS)
    holding = {
        "called": lead.first_call is not None,
        "visited": OutcomeKind.VISITED in told,
        "ordered": lead.ordered_at() is not None,
        "delivered": OutcomeKind.DELIVERED in told,
        "open": lead.is_open,
        "ripe": ripe,
        "won while ripe": ripe and lead.won_within(ORDER_DAYS),
    }
    yield from (name for name, holds in holding.items() if holds)
    if lead.misjudged is not None:
        yield lead.misjudged


def _column(letter: LeadLetter) -> str:
    return f"grade_{letter.lower()}"
