from __future__ import annotations

from datetime import date

import pytest
from lead_calls import a_lead_call, an_outcome, day

from qc.grade import RuleGrader
from qc.leads import LeadCall, LeadOutcome, Move, explain_move, grade_lead, merge_memos
from qc.leads.grading import losses_of
from qc.rulebook import Rulebook

FIRST = a_lead_call(day(2), "C", "客户：下个月想买凯美瑞。", vehicles=("凯美瑞",), purchase_time="2026-04-01")


@pytest.fixture(scope="module")
def grader(rulebook: Rulebook) -> RuleGrader:
    return RuleGrader(rulebook.grading)


def last_move(grader: RuleGrader, calls: list[LeadCall], *outcomes: LeadOutcome, fresh: int = 1) -> Move:
    """How the grade moved with the last call, or with the last news where there are any."""
    earlier = (calls, outcomes[:-1]) if outcomes else (calls[:-fresh], ())
    before = grade_lead(*earlier, grader)
    after = grade_lead(calls, outcomes, grader)
    assert after is not None
    old, new = merge_memos(earlier[0], losses_of(earlier[1])), merge_memos(calls, losses_of(outcomes))
    return explain_move(before, after, old, new, calls[-1].call.time.date() if calls else date(2026, 3, 12))


def test_a_rise_is_told_by_what_is_new(grader: RuleGrader) -> None:
    hot = a_lead_call(
        day(12), "H", "客户：周六来，这周定。", appointment="2026-03-14", purchase_time="2026-03-15", budget=200_000
    )
    move = last_move(grader, [FIRST, hot])
    assert move.text == "B → H：约定周六到店，购车时间提前到3月15日（2026-03-15），预算已确认（20万）"
    assert {one.recording_id for reason in move.reasons for one in reason.evidence} == {hot.recording_id}


def test_the_first_grade_is_told_by_its_own_reasons(grader: RuleGrader) -> None:
    assert last_move(grader, [FIRST]).text.startswith("初次定级 B：客户说“2026-04-01”买车")


def test_a_later_day_is_why_a_grade_falls(grader: RuleGrader) -> None:
    later = a_lead_call(day(12), "C", "客户：六月再说吧。", purchase_time="2026-06-30", budget=200_000)
    assert last_move(grader, [FIRST, later]).text == "B → C：购车时间推后到6月30日（2026-06-30）"


def test_a_plan_that_is_over_is_why_a_grade_falls(grader: RuleGrader) -> None:
    again = a_lead_call(day(12, 4), "C", "客户：还在看凯美瑞。", vehicles=("凯美瑞",))
    assert last_move(grader, [FIRST, again]).text == "B → C：说好的购车时间（2026-04-01）已过"


def test_a_changed_mind_is_called_a_change(grader: RuleGrader) -> None:
    other = a_lead_call(
        day(12),
        "A",
        "客户：汉兰达，月底定。",
        vehicles=("汉兰达",),
        purchase_time="2026-03-25",
        appointment="2026-03-18T15:30",
    )
    assert last_move(grader, [FIRST, other]).text == (
        "B → A：约定下周三15点30分到店，购车时间提前到3月25日（2026-03-25），改看汉兰达"
    )


def test_news_and_refusals_are_their_own_reason(grader: RuleGrader) -> None:
    assert last_move(grader, [FIRST], an_outcome("lost", day(5), reason="价格")).text == "B → F：CRM 报告战败：价格"
    refusal = a_lead_call(day(12), "F", "客户：不买了。", budget=200_000)
    assert last_move(grader, [FIRST, refusal]).text == "B → F：听到的是F"
