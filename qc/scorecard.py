"""The points a call earns on a scorecard, line by line, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.domain import Conduct, ConductRemark, Finding, Scorecard, ScorecardItem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qc.domain import Evidence
    from qc.rulebook.scorecards import CardItem, ScorecardRules


def score_call(findings: Sequence[Finding], conduct: Conduct, cards: Sequence[ScorecardRules]) -> Scorecard:
    """The first card filled in; its points are None, with the reason, for a call that cannot be scored.

    A veto finding makes the points 0 and leaves the lines as they are, so that a reader still sees what was good.
    A figure that could not be measured costs nothing.
    """
    if not cards:
        return Scorecard(card="", points=None, max_points=0, reason="没有设置评分卡。")
    card = cards[0]
    if reason := _not_scorable(conduct):
        return Scorecard(card=card.id, points=None, max_points=card.max_points, reason=reason)
    items = tuple(_by_findings(item, findings) if item.absent else _by_conduct(item, conduct) for item in card.items)
    vetoes = [finding for finding in findings if finding.severity in card.veto_severities]
    points = 0.0 if vetoes else sum(item.points for item in items)
    return Scorecard(
        card=card.id,
        points=points,
        max_points=card.max_points,
        vetoed_by=tuple(dict.fromkeys(finding.rule_id for finding in vetoes)),
        items=items,
        reason=_in_words(items, vetoes, points, card),
    )


def _not_scorable(conduct: Conduct) -> str:
    share = conduct.talk_share
    if share.agent is None or share.customer is None:
        return "没有听到可评分的对话，或分不清哪一方是顾问，不评分。"
    if share.agent == 0:
        return "顾问没有说话，不评分。"
    if share.customer == 0:
        return "客户没有说话，不评分。"
    return ""


def _by_findings(item: CardItem, findings: Sequence[Finding]) -> ScorecardItem:
    against = [finding for finding in findings if finding.category in item.absent]
    return _line(
        item,
        lost=len(against),
        reasons=[finding.reason for finding in against],
        evidence=[evidence for finding in against for evidence in finding.evidence],
        kept="没有发现问题。",
    )


def _by_conduct(item: CardItem, conduct: Conduct) -> ScorecardItem:
    against: list[ConductRemark] = [remark for remark in conduct.remarks if remark.rule_id in item.remarks]
    measured = item.figure is not None and item.figure.of(conduct) is not None
    return _line(
        item,
        lost=len(against),
        reasons=[remark.reason for remark in against],
        evidence=[evidence for remark in against for evidence in remark.evidence],
        kept="在要求之内。" if measured else "这通对话没有这项数据，不扣分。",
    )


def _line(
    item: CardItem, *, lost: int, reasons: Sequence[str], evidence: Sequence[Evidence], kept: str
) -> ScorecardItem:
    cost = min(item.points, lost * (item.each or item.points))
    told = " ".join(dict.fromkeys(reasons))
    return ScorecardItem(
        id=item.id,
        group=item.group,
        title=item.title,
        points=item.points - cost,
        max_points=item.points,
        reason=f"扣 {cost:g} 分：{told}" if cost else kept,
        evidence=tuple(dict.fromkeys(evidence)),
    )


def _in_words(items: Sequence[ScorecardItem], vetoes: Sequence[Finding], points: float, card: ScorecardRules) -> str:
    if vetoes:
        return f"一票否决：{vetoes[0].reason}"
    lost = [item.title for item in items if item.points < item.max_points]
    total = f"{points:g} / {card.max_points:g} 分"
    return f"{total}；扣分项：{'、'.join(lost)}。" if lost else f"{total}，没有扣分。"
