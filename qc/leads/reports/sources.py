"""Where leads come from and what becomes of them: grades, visits, orders, conversion."""

from __future__ import annotations

from collections.abc import Sequence
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


def source_row(leads: Sequence[LeadFacts], made_at: datetime) -> Row:
    """The one row of these leads."""

    def told(kind: OutcomeKind) -> int:
        return sum(any(one.kind is kind for one in lead.outcomes) for lead in leads)

    ordered = sum(lead.ordered_at() is not None for lead in leads)
    ripe = [lead for lead in leads if lead.at <= made_at - timedelta(days=ORDER_DAYS)]
    interval = wilson(Count(ordered, len(leads)))
    letters = [lead.letter for lead in leads]
    return {
        "leads": len(leads),
        "called": sum(lead.first_call is not None for lead in leads),
        "visited": told(OutcomeKind.VISITED),
        "ordered": ordered,
        "delivered": told(OutcomeKind.DELIVERED),
        "lost": letters.count(LeadLetter.F),
        "open": sum(lead.is_open for lead in leads),
        **{f"grade_{letter.lower()}": letters.count(letter) for letter in LETTERS},
        "ungraded": letters.count(None),
        "conversion": share(ordered, len(leads)),
        "conversion_low": round(interval.low, 4) if leads else None,
        "conversion_high": round(interval.high, 4) if leads else None,
        "young": len(leads) - len(ripe),
        "ripe_conversion": share(sum(lead.won_within(ORDER_DAYS) for lead in ripe), len(ripe)),
        "undervalued": sum(lead.misjudged == "undervalued" for lead in leads),
        "overvalued": sum(lead.misjudged == "overvalued" for lead in leads),
        "note": FEW_NOTE if len(leads) < FEW else "",
    }
