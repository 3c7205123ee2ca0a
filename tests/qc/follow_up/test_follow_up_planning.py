from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from builders import a_call
from chinese_calendar.constants import holidays
from hypothesis import given
from hypothesis import strategies as some
from lead_calls import a_lead_call, an_outcome, day
from stored import a_finding

from qc.domain import Appointment, Category, Direction
from qc.follow_up import KnownLead, Means, Plan, Reminder, ReminderKind, WorkingTime, plan_lead
from qc.follow_up.hours import is_free_weekend, is_working_day
from qc.grade import RuleGrader
from qc.leads import LeadCall, LeadGrade, LeadLetter, LeadOutcome, LeadReason, grade_lead, merge_memos
from qc.leads.memo import MergedField, SaidInCall
from qc.rulebook import SHIPPED
from qc.rulebook.follow_up import load_follow_up
from qc.rulebook.grading import load_grading

GRADING = load_grading(SHIPPED / "grading.yaml")
RULES = load_follow_up(SHIPPED / "follow_up.yaml")
SHANGHAI = ZoneInfo("Asia/Shanghai")
ASKS = "客服：我什么时候给您打电话方便？"


def planned(*calls: LeadCall, outcomes: tuple[LeadOutcome, ...] = (), by: str | None = None) -> Plan:
    """The plan of a lead of these calls, graded as its last call is, with this day of the cadence."""
    grade = grade_lead(calls, outcomes, RuleGrader(GRADING))
    if by is not None and calls:
        letter = LeadLetter(calls[-1].letter.value)
        reasons = (LeadReason(text="因为"),)
        grade = LeadGrade(letter=letter, probability=1, reasons=reasons, next_contact_by=date.fromisoformat(by))
    facts = KnownLead(None, grade, merge_memos(calls), calls, outcomes)
    return plan(facts)


def plan(facts: KnownLead) -> Plan:
    working = WorkingTime(RULES.hours, SHANGHAI)
    return plan_lead(facts, RULES, GRADING.cadence, working)


def said(*words: str, letter: str = "B", time: str = "2026-03-12T10:15:00+08:00", **memo: Any) -> LeadCall:
    return a_lead_call(time, letter, ASKS, *(f"客户：{one}" for one in words), **memo)


def only(found: Plan) -> Reminder:
    (reminder,) = found.reminders
    return reminder


def at(reminder: Reminder) -> str:
    assert reminder.at.utcoffset() == reminder.by.utcoffset()
    return f"{reminder.at:%Y-%m-%d %H:%M}"


def test_the_cadence_of_the_grade_holds_where_nothing_else_was_said() -> None:
    contact = only(planned(said("再看看。"), by="2026-03-27"))
    assert (contact.kind, at(contact), contact.means) == (ReminderKind.CONTACT, "2026-03-27 10:00", Means.CALL)
    assert contact.by == datetime(2026, 3, 27, 18, tzinfo=SHANGHAI)
    assert contact.reasons[0].text == "B 级：十五天内再联系"


@pytest.mark.parametrize(
    ("by", "on"),
    [
        ("2026-03-14", "2026-03-13"),  # a Saturday: the Friday before
        ("2026-10-06", "2026-09-30"),  # 国庆: the last working day before it
        ("2026-02-14", "2026-02-14"),  # a Saturday that is a working day
    ],
)
def test_days_off_move_a_contact_forward(by: str, on: str) -> None:
    start = f"{by[:8]}01T10:15:00+08:00" if not by.startswith("2026-10") else "2026-09-29T10:15:00+08:00"
    contact = only(planned(said("再看看。", time=start), by=by))
    assert at(contact)[:10] == on
    assert any("提前到" in reason.text for reason in contact.reasons) == (by != on)


def test_over_a_holiday_the_first_working_day_after_it_has_to_do() -> None:
    contact = only(planned(said("再看看。", time="2026-09-30T17:00:00+08:00"), by="2026-10-02"))
    assert at(contact) == "2026-10-08 10:00"
    assert any("顺延到10月8日" in reason.text for reason in contact.reasons)


@pytest.mark.parametrize(
    ("words", "when", "quote"),
    [
        ("上午别打，我在上课。", "2026-03-27 15:00", "上午别打"),
        ("下午不方便。", "2026-03-27 10:00", "下午不方便"),
        ("中午打吧。", "2026-03-27 12:00", "中午打吧"),
        ("晚上七点以后吧。", "2026-03-27 19:00", "晚上七点以后吧"),
        ("白天太吵，听不见。", "2026-03-27 18:00", "白天太吵"),
        ("下班以后打给我。", "2026-03-27 18:00", "下班以后打给我"),
        ("月底再联系。", "2026-03-27 10:00", "月底再联系"),
        ("下个月再打。", "2026-04-01 10:00", "下个月再打"),
        ("下周三以后再说。", "2026-03-27 10:00", "下周三以后再说"),
        ("等清明过了再联系吧。", "2026-04-07 10:00", "等清明过了再联系吧"),
        ("过两天再打。", "2026-03-27 10:00", "过两天再打"),
        ("下周三之前给我回个话。", "2026-03-17 10:00", "下周三之前给我回个话"),
        ("周末给我打。", "2026-03-22 10:00", "周末给我打"),
    ],
)
def test_what_the_customer_said_moves_it(words: str, when: str, quote: str) -> None:
    contact = only(planned(said(words), by="2026-03-27"))
    assert at(contact) == when
    assert quote in {one.quote for reason in contact.reasons for one in reason.evidence}


@pytest.mark.parametrize(
    "words",
    [
        "我上班天天打车。",
        "上午来店里试驾行吗？",
        "昨天下午打过了。",
        "他上午休息。",
        "下周三我去店里看车。",
        "这车过两年再说。",
    ],
)
def test_other_talk_of_times_moves_nothing(words: str) -> None:
    contact = only(planned(said(words), by="2026-03-27"))
    assert at(contact) == "2026-03-27 10:00"


def test_what_the_agent_proposed_counts_once_the_customer_agrees() -> None:
    for answer, on in (("行。", "2026-04-20"), ("不用了。", "2026-03-27")):
        lines = ("客服：那我四月二十号再给您打电话？", f"客户：{answer}")
        contact = only(planned(a_lead_call(day(12), "B", *lines), by="2026-03-27"))
        assert at(contact)[:10] == on


def test_a_day_put_off_to_holds_until_the_customer_speaks_of_his_needs_again() -> None:
    put_off = said("月底再联系。")
    unanswered = said("喂？", letter="N", time=day(16))
    spoken = said("我再看看。", letter="B", time=day(16))
    for later, on in ((unanswered, "2026-03-27"), (spoken, "2026-03-20")):
        assert at(only(planned(put_off, later, by="2026-03-20")))[:10] == on


def test_hours_hold_from_call_to_call() -> None:
    contact = only(planned(said("晚上七点以后打。"), said("再看看。", time=day(16)), by="2026-03-27"))
    assert at(contact)[11:] == "19:00"


def test_who_wants_a_message_gets_one() -> None:
    call = said("白天别打，发微信就行。", contact_preference="微信")
    contact = only(planned(call, by="2026-03-27"))
    assert (contact.means, at(contact)) == (Means.WECHAT, "2026-03-27 10:00")
    evening = said("发微信说吧，晚上电话。", contact_preference="晚上电话")
    contact = only(planned(evening, by="2026-03-27"))
    assert (contact.means, at(contact)) == (Means.CALL, "2026-03-27 18:00")


def test_before_on_and_after_an_appointment() -> None:
    call = said("行，周六下午三点到。", letter="A", appointment="2026-03-14T15:00")
    confirm, visit, after = planned(call).reminders
    assert [(one.kind, at(one)) for one in (confirm, visit, after)] == [
        (ReminderKind.CONFIRM, "2026-03-13 10:00"),
        (ReminderKind.VISIT, "2026-03-14 09:00"),
        (ReminderKind.AFTER, "2026-03-16 10:00"),
    ]
    assert confirm.ends == datetime(2026, 3, 14, 15, tzinfo=SHANGHAI)
    assert "已约定 3月14日15:00 到店" in visit.reasons[0].text
    came = an_outcome("visited", "2026-03-14T15:20:00+08:00")
    kinds = [one.kind for one in planned(call, outcomes=(came,)).reminders]
    assert ReminderKind.AFTER not in kinds


def test_an_appointment_tomorrow_needs_no_confirmation_today() -> None:
    call = said("行，明天到。", letter="A", appointment="2026-03-13")
    assert [one.kind for one in planned(call).reminders] == [ReminderKind.VISIT, ReminderKind.AFTER]


@pytest.mark.parametrize(
    ("agreed", "when"), [("2026-03-21T19:30", "2026-03-21 19:30"), ("2026-03-20", "2026-03-20 10:00")]
)
def test_a_call_that_was_agreed_on_is_kept(agreed: str, when: str) -> None:
    call = said("行。", letter="B")
    memo = call.inspection.memo
    field = Appointment(at=agreed, kind="回访电话")
    evidence = {"appointment": call.inspection.grade.reasons[0].evidence}
    memo = memo.model_copy(update={"appointment": field, "evidence": evidence})
    call = call.model_copy(update={"inspection": call.inspection.model_copy(update={"memo": memo})})
    contact = only(planned(call, by="2026-03-27"))
    assert at(contact) == when
    assert any("值班" in reason.text for reason in contact.reasons) == (agreed.startswith("2026-03-21"))


def refusing(call: LeadCall) -> LeadCall:
    findings = (a_finding("stop", Category.DO_NOT_CALL, utterance=len(call.transcript.utterances) - 1),)
    return call.model_copy(update={"inspection": call.inspection.model_copy(update={"findings": findings})})


def test_who_wants_no_calls_is_not_called_until_he_calls_himself() -> None:
    refused = refusing(said("别再打了。", letter="B", appointment="2026-03-14"))
    found = planned(refused, by="2026-03-27")
    assert (found.reminders, found.stopped and found.stopped.evidence[0].utterance) == ((), 1)
    later = said("喂？", time=day(16))
    assert planned(refused, later, by="2026-03-27").reminders == ()
    inbound = later.model_copy(update={"call": a_call(day(16)).model_copy(update={"direction": Direction.INBOUND})})
    assert planned(refused, inbound, by="2026-03-27").reminders


def test_what_is_over_needs_no_next_contact() -> None:
    for kind in ("ordered", "delivered", "lost"):
        assert planned(said("再看看。"), outcomes=(an_outcome(kind, day(13)),)).reminders == ()


def test_a_new_lead_is_called_within_minutes_of_working_time() -> None:
    created = datetime(2026, 3, 13, 22, 0, tzinfo=SHANGHAI)  # a Friday night
    first = only(plan(KnownLead(created, None, {}, (), ())))
    assert (first.kind, at(first), f"{first.by:%m-%d %H:%M}") == (ReminderKind.FIRST, "2026-03-16 09:00", "03-16 09:05")
    assert plan(KnownLead(None, None, {}, (), ())).reminders == ()
    assert plan(KnownLead(created, None, {}, (), (), called_at=created)).reminders == ()


WORDS = (
    "下午别打。", "上午不方便。", "中午方便。", "晚上七点以后打。", "白天别打。", "月底再联系。", "下周三以后再打。",
    "这周别打。", "过几天再打。", "周五之前给我回个话。", "十点以后打。", "别打电话，发微信。", "国庆之后再说。", "再看看。",
)  # fmt: skip


MOMENTS = some.integers(0, 60 * 24 * 715).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=SHANGHAI) + timedelta(minutes=minutes)
)
"""Moments of two years whose holidays have been announced."""


@given(called=MOMENTS, words=some.lists(some.sampled_from(WORDS), max_size=3), days=some.integers(0, 30))
def test_contacts_keep_to_working_days_and_to_hours_the_customer_may_be_called(
    called: datetime, words: list[str], days: int
) -> None:
    call = said(*words, time=called.isoformat())
    by = (called.date() + timedelta(days=days)).isoformat()
    found = planned(call, by=by)
    assert found == planned(call, by=by)
    contact = only(found)
    assert called < contact.at <= contact.by
    assert contact.at.date() not in holidays
    assert is_working_day(contact.at.date())
    asked = {one.quote for reason in contact.reasons for one in reason.evidence}
    hours = RULES.asked_for if asked & {"晚上七点以后打", "白天别打", "十点以后打"} else RULES.hours
    assert hours.from_ <= contact.at.time() < hours.to
    assert contact.by.time() <= RULES.asked_for.to
    assert planned(refusing(call), by=by).reminders == ()


@given(called=MOMENTS, days=some.integers(1, 30))
def test_who_asked_for_weekends_is_called_at_one_that_is_no_holiday(called: datetime, days: int) -> None:
    by = (called.date() + timedelta(days=days)).isoformat()
    contact = only(planned(said("周末给我打。", time=called.isoformat()), by=by))
    assert contact.at > called
    assert is_free_weekend(contact.at.date()) or is_working_day(contact.at.date())
    assert contact.at.date() not in holidays
    assert time(9) <= contact.at.time() < time(18)


def test_a_preference_that_a_consultant_set_right_counts_without_words() -> None:
    call = said("再看看。")
    told = SaidInCall(value="晚上七点以后", recording_id=call.recording_id, at=call.call.time, evidence=())
    grade = LeadGrade(
        letter=LeadLetter.B, probability=1, reasons=(LeadReason(text="因为"),), next_contact_by=date(2026, 3, 27)
    )
    memo = {"contact_preference": MergedField(value=told.value, said=(told,))}
    contact = only(plan(KnownLead(None, grade, memo, (call,), ())))
    assert at(contact) == "2026-03-27 19:00"
    assert contact.reasons[-1].text == "顾问更正的备忘是“晚上七点以后”，安排在19:00–21:00"
