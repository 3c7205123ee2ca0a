from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qc.domain import Category, Conduct, ConductRemark, Evidence, Finding, Severity, Share, Stretch
from qc.errors import BadRulebook
from qc.rulebook import SHIPPED
from qc.rulebook.conduct import load_conduct
from qc.rulebook.scorecards import ScorecardRules, load_scorecards
from qc.scorecard import ChosenCard, score_call

if TYPE_CHECKING:
    from pathlib import Path

WORDS = Evidence(utterance=3, start=0, end=2, quote="最低")
TALK = Conduct(talk_share=Share(agent=0.5, customer=0.5))


@pytest.fixture(scope="module")
def every_card() -> tuple[ScorecardRules, ...]:
    return load_scorecards(SHIPPED / "scorecards")


@pytest.fixture(scope="module")
def first(every_card: tuple[ScorecardRules, ...]) -> ChosenCard:
    return ChosenCard(every_card[0], "")


def a_finding(category: Category, severity: Severity = Severity.MINOR, reason: str = "说了不该说的话") -> Finding:
    return Finding(
        rule_id=f"rule-{category}",
        category=category,
        severity=severity,
        probability=1,
        evidence=(WORDS,),
        reason=reason,
    )


def test_a_call_with_nothing_wrong_earns_everything(first: ChosenCard) -> None:
    card = score_call((), TALK, first)
    assert (card.card, card.points, card.max_points) == ("first-invitation", 100, 100)
    assert card.vetoed_by == ()
    assert all(item.points == item.max_points for item in card.items)
    assert card.reason == "100 / 100 分，没有扣分。"


def test_every_line_stands_in_its_group(first: ChosenCard) -> None:
    assert [*dict.fromkeys(item.group for item in score_call((), TALK, first).items)] == [
        "开场", "需求", "产品", "异议", "邀约", "合规",
    ]  # fmt: skip


def test_a_finding_costs_its_line_with_reason_and_words(first: ChosenCard) -> None:
    card = score_call((a_finding(Category.NO_RECORDING_NOTICE, reason="没有告知录音"),), TALK, first)
    line = next(item for item in card.items if item.id == "recording-notice")
    assert (line.points, line.max_points) == (0, 7)
    assert line.reason == "扣 7 分：没有告知录音"
    assert line.evidence == (WORDS,)
    assert card.points == 93
    assert card.reason == "93 / 100 分；扣分项：告知通话录音。"


def test_each_finding_costs_its_part_and_never_more_than_the_line(first: ChosenCard) -> None:
    def left(count: int) -> float:
        findings = [a_finding(Category.OVERPROMISE, Severity.MAJOR) for _ in range(count)]
        return next(item.points for item in score_call(findings, TALK, first).items if item.id == "honest-promise")

    assert [left(count) for count in range(4)] == [8, 4, 0, 0]


def test_any_critical_finding_vetoes_the_card_and_leaves_the_lines(first: ChosenCard) -> None:
    findings = (
        a_finding(Category.PRIVATE_DEALING, Severity.CRITICAL, "要客户转账给个人"),
        a_finding(Category.PRIVATE_DEALING, Severity.CRITICAL, "又说了一次"),
        a_finding(Category.EVASIVE),
    )
    card = score_call(findings, TALK, first)
    assert card.points == 0
    assert card.vetoed_by == ("rule-private-dealing",)
    assert card.reason == "一票否决：要客户转账给个人"
    assert sum(item.points for item in card.items) == 95


def test_the_customers_alarms_cost_nothing(first: ChosenCard) -> None:
    findings = tuple(a_finding(c, Severity.ALERT) for c in (Category.COMPLAINT_ESCALATION, Category.DO_NOT_CALL))
    assert score_call(findings, TALK, first).points == 100


def test_a_remark_costs_its_line_and_an_unmeasured_figure_nothing(first: ChosenCard) -> None:
    remark = ConductRemark(
        rule_id="talk-share-high", severity=Severity.MINOR, value=0.9, limit=0.65, reason="说得太多", evidence=(WORDS,)
    )
    card = score_call((), TALK.model_copy(update={"remarks": (remark,)}), first)
    lines = {item.id: item for item in card.items}
    assert lines["listening"].points == 0
    assert lines["listening"].reason == "扣 4 分：说得太多"
    assert lines["listening"].evidence == (WORDS,)
    assert lines["pace"].reason == "这通对话没有这项数据，不扣分。"
    assert card.points == 96


@pytest.mark.parametrize(
    ("share", "reason"),
    [
        (Share(), "分不清哪一方是顾问"),
        (Share(agent=0.0, customer=1.0), "顾问没有说话"),
        (Share(agent=1.0, customer=0.0), "客户没有说话"),
    ],
)
def test_a_call_that_is_no_conversation_gets_no_points_and_a_reason(
    share: Share, reason: str, first: ChosenCard
) -> None:
    card = score_call((a_finding(Category.EVASIVE),), Conduct(talk_share=share), first)
    assert card.points is None
    assert reason in card.reason
    assert card.items == ()


def test_without_a_card_there_are_no_points() -> None:
    assert score_call((), TALK, None).points is None


def test_every_agent_category_is_on_the_card_or_vetoes_it(first: ChosenCard) -> None:
    on_lines = {category for item in first.rules.items for category in item.absent}
    critical = {"private-dealing", "privacy-leak", "abuse", "finance-misleading", "vehicle-concealment"}
    alerts = {"complaint-escalation", "do-not-call", "lost-to-competitor"}
    assert on_lines == {*Category} - critical - alerts


def test_every_remark_of_a_card_is_a_limit_on_its_figure(first: ChosenCard) -> None:
    limits = {limit.id: limit.figure for limit in load_conduct(SHIPPED / "conduct.yaml").limits}
    for item in first.rules.items:
        assert all(limits[remark] is item.figure for remark in item.remarks)


CARD = """\
id: card
title: 卡
veto_severities: [critical]
items:
  - {id: one, group: 开场, title: 一, points: 5, absent: [evasive]}
"""


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("absent: [evasive]", "absent: [rude]", "items.0.absent"),
        ("absent: [evasive]", "figure: pace", "items.0"),
        (", absent: [evasive]", "", "items.0"),
        ("points: 5", "points: 0", "items.0.points"),
        ("group: 开场", "group: 其他", "items.0.group"),
        ("title: 卡", "titel: 卡", "title"),
    ],
)
def test_a_wrong_card_is_named(tmp_path: Path, old: str, new: str, where: str) -> None:
    (tmp_path / "card.yaml").write_text(CARD.replace(old, new), "utf-8")
    with pytest.raises(BadRulebook) as error:
        load_scorecards(tmp_path)
    assert error.value.where.startswith(f"card.yaml:{where}")


def test_two_cards_with_one_id_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(CARD, "utf-8")
    (tmp_path / "b.yaml").write_text(CARD, "utf-8")
    with pytest.raises(BadRulebook, match="another card"):
        load_scorecards(tmp_path)


def test_a_monologue_is_measured_from_its_ends(first: ChosenCard) -> None:
    talk = TALK.model_copy(update={"longest_monologue": Stretch(start_ms=1_000, end_ms=4_000)})
    line = next(item for item in score_call((), talk, first).items if item.id == "monologue")
    assert line.reason == "在要求之内。"
