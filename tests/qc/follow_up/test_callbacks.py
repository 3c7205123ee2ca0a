from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lead_calls import a_lead_call, an_outcome, day
from stored import a_finding

from qc.domain import AnswerState, CardAnswer, Category
from qc.follow_up import CallbackKind, FollowUp, KnownLead, Planner
from qc.grade import RuleGrader
from qc.leads import GivenBy, LeadCall, LeadOutcome, Theirs, grade_lead, merge_memos
from qc.rulebook import Rulebook

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def planner(rulebook: Rulebook) -> Planner:
    return Planner.by(rulebook, SHANGHAI)


def follow_up(
    planner: Planner, *calls: LeadCall, news: tuple[LeadOutcome, ...] = (), theirs: tuple[Theirs, ...] = ()
) -> FollowUp:
    facts = KnownLead(None, grade_lead(calls, news, RuleGrader(planner.grading)), merge_memos(calls), calls, news)
    return planner.follow_up(facts, theirs)


def dormant(at: str) -> Theirs:
    return Theirs(by=GivenBy.CONSULTANT, said="休眠", grade="dormant", at=datetime.fromisoformat(at))


def interested(time: str = "2026-03-12T10:15:00+08:00", **memo: Any) -> LeadCall:
    return a_lead_call(time, "C", "客服：您好。", "客户：我想买车，预算二十万，就怕油耗高。", **memo)


def with_findings(call: LeadCall, category: Category) -> LeadCall:
    findings = (a_finding("rule", category, utterance=1),)
    return call.model_copy(update={"inspection": call.inspection.model_copy(update={"findings": findings})})


def return_visit(time: str, **answers: str) -> LeadCall:
    """A call in which these questions were asked and answered."""
    call = a_lead_call(time, "N", "客服：您好，做个回访。", "客户：你说。")
    place = call.inspection.grade.reasons[0].evidence
    told = tuple(
        CardAnswer(id=name, title=name, state=AnswerState.ANSWERED, value=value, asked=place, evidence=place)
        for name, value in answers.items()
    )
    card = call.inspection.scorecard.model_copy(update={"answers": told})
    return call.model_copy(update={"inspection": call.inspection.model_copy(update={"scorecard": card})})


def test_a_lost_lead_is_called_the_next_working_day_until_somebody_has(planner: Planner) -> None:
    lost = (an_outcome("lost", "2026-03-13T17:00:00+08:00", reason="价格"),)
    found = follow_up(planner, interested(), news=lost).callback
    assert found is not None
    assert (found.kind, found.since) == (CallbackKind.LOST, datetime(2026, 3, 16, 9, tzinfo=SHANGHAI))
    assert found.until == datetime(2026, 6, 12, tzinfo=SHANGHAI)
    assert follow_up(planner, interested(), return_visit(day(17), bought="已买"), news=lost).callback is None
    assert follow_up(planner, return_visit(day(10), bought="没买"), news=lost).callback is not None


def test_a_dormant_lead_is_called_unless_somebody_has_since(planner: Planner) -> None:
    marked = dormant("2026-03-20T10:00:00+08:00")
    found = follow_up(planner, interested(), theirs=(marked,)).callback
    assert found is not None
    assert (found.kind, found.since) == (CallbackKind.DORMANT, datetime(2026, 3, 23, 9, tzinfo=SHANGHAI))
    assert found.reasons[0].text == "顾问 3月20日标为“休眠”，此后没有通话"
    later = follow_up(planner, interested(), interested(day(23)), theirs=(marked,)).callback
    assert later is None or later.kind is CallbackKind.STALLED


def test_a_stalled_lead_is_called_days_after_its_contact_was_due(planner: Planner) -> None:
    found = follow_up(planner, interested())
    (contact,) = found.plan.reminders
    assert found.callback is not None
    assert found.callback.kind is CallbackKind.STALLED
    assert (found.callback.since.date() - contact.by.date()).days >= planner.rules.stalled_after
    assert found.callback.reasons[1:] == contact.reasons


@pytest.mark.parametrize("kind", ["ordered", "delivered"])
def test_who_bought_here_is_not_called(planner: Planner, kind: str) -> None:
    assert follow_up(planner, interested(), news=(an_outcome(kind, day(13)),)).callback is None


def test_nor_is_who_wants_no_calls_or_is_another_person(planner: Planner) -> None:
    lost = (an_outcome("lost", day(13), reason="不想买"),)
    stopped = follow_up(planner, with_findings(interested(), Category.DO_NOT_CALL), news=lost)
    assert (stopped.callback, stopped.answers, stopped.plan.reminders) == (None, (), ())
    wrong = a_lead_call(day(12), "F", "客服：请问是李女士吗？", "客户：你打错了，我不姓李。")
    assert follow_up(planner, wrong).callback is None


def test_the_newest_answer_counts_and_a_return_visits_most(planner: Planner) -> None:
    lost = (an_outcome("lost", day(20), reason="价格没谈拢"),)
    bought = with_findings(interested(concerns=("油耗高",)), Category.LOST_TO_COMPETITOR)
    answers = {one.id: one for one in follow_up(planner, bought, news=lost).answers}
    assert len(answers) == 10
    known = {name: (one.value, one.source) for name, one in answers.items() if one.value is not None}
    assert known == {"bought": ("已买", "memo"), "why-not-here": ("价格没谈拢", "crm"), "doubts": ("油耗高", "memo")}
    assert answers["doubts"].evidence[0].quote == "油耗高"
    assert answers["satisfied"].state is AnswerState.NOT_ASKED
    visits = (return_visit(day(14), satisfied="一般", bought="没买"), return_visit(day(16), satisfied="满意"))
    answers = {one.id: one for one in follow_up(planner, bought, *visits, news=lost).answers}
    assert [(answers[name].value, answers[name].source) for name in ("satisfied", "bought")] == [
        ("满意", "call"),
        ("没买", "call"),
    ]


def test_a_lead_of_which_nothing_is_known_is_called_only_if_marked_dormant(planner: Planner) -> None:
    assert follow_up(planner).callback is None
    assert follow_up(planner, theirs=(dormant(day(12)),)).callback is not None
