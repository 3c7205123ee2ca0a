from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from builders import a_call, a_transcript
from sqlalchemy import update
from sqlalchemy.orm import Session
from stored import a_chat, a_recording

from qc.errors import BadInput, NotFound
from qc.follow_up import CallbackKind, Planner, ReminderKind
from qc.grade import RuleGrader
from qc.leads import OutcomeKind
from qc.pipeline import inspect_call
from qc.rulebook import Rulebook
from qc.store.calendars import calendar_of, create_calendar, list_calendars, revoke_calendar, rotate_calendar
from qc.store.database import Database
from qc.store.first_contacts import find_first_contacts, summarise_first_contacts
from qc.store.follow_ups import (
    FollowUpState,
    entries_of,
    find_callbacks,
    find_follow_ups,
    plan_stale,
)
from qc.store.lead_facts import read_lead_facts
from qc.store.lead_grades import NewOutcome, keep_inspection, post_lead, report_outcome
from qc.store.leads import NewLead
from qc.store.leases import claim, fail
from qc.store.recordings import retry_recording
from qc.store.tables import LeadRow

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALLED = "2026-03-12T10:15:00+08:00"
VISITS = ("客服：这周六能来店里看看凯美瑞吗？", "客户：行，周六下午三点到。", "客户：预算二十万，这周就想定。")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.fixture
def planner(rulebook: Rulebook) -> Planner:
    return Planner.by(rulebook, SHANGHAI)


@pytest.fixture
def grader(rulebook: Rulebook) -> RuleGrader:
    return RuleGrader(rulebook.grading)


def lead(session: Session, grader: RuleGrader, external_id: str = "XS-1", **known: Any) -> str:
    new = {"at": moment("2026-03-12T10:00:00"), "consultant": "王磊", "store": "天河店", "customer": "李女士"} | known
    return post_lead(session, NewLead(external_id=external_id, **new), grader)[0]


def call(session: Session, rulebook: Rulebook, *lines: str, time: str = CALLED, **known: Any) -> str:
    known = {"lead": "XS-1", "started_at": datetime.fromisoformat(time), "brand": "丰田"} | known
    recording = a_chat(session, *lines, **known)
    grader = RuleGrader(rulebook.grading)
    inspection = inspect_call(a_call(time, brand="丰田"), a_transcript(*lines), rulebook, grader)
    keep_inspection(session, recording.id, inspection, grader)
    return recording.id


def news(session: Session, grader: RuleGrader, kind: str, at: str, **more: Any) -> None:
    new = NewOutcome(lead="XS-1", kind=OutcomeKind(kind), at=datetime.fromisoformat(f"{at}+08:00"), **more)
    report_outcome(session, new, grader)


def to_do(database: Database, planner: Planner, at: str, **asked: Any) -> list[tuple[str, str]]:
    plan_stale(database, planner)
    with database.reading() as session:
        page = find_follow_ups(session, moment(at), planner.working, **asked)
    return [(one.reminder.kind.value, one.state.value) for one in page.items]


def test_other_rules_make_other_plans(
    database: Database, rulebook: Rulebook, planner: Planner, grader: RuleGrader
) -> None:
    with database.writing() as session:
        lead(session, grader, at=moment("2026-03-12T20:00:00"))
    plan_stale(database, planner)
    hours = rulebook.follow_up.hours.model_copy(update={"from_": rulebook.follow_up.hours.from_.replace(hour=8)})
    rules = rulebook.follow_up.model_copy(update={"hours": hours})
    earlier = Planner.by(rulebook.model_copy(update={"follow_up": rules}), SHANGHAI)
    assert plan_stale(database, earlier) == 1
    with database.reading() as session:
        (one,) = find_follow_ups(session, moment("2026-03-12T21:00:00"), earlier.working).items
    assert one.reminder.at == moment("2026-03-13T08:00:00")


def test_a_call_counts_from_when_it_is_sent_whenever_it_is_inspected(
    database: Database, planner: Planner, grader: RuleGrader
) -> None:
    with database.writing() as session:
        lead(session, grader)
        lead(session, grader, "XS-2")
    assert to_do(database, planner, "2026-03-12T10:06:00") == [("first", "overdue"), ("first", "overdue")]
    with database.writing() as session:
        a_recording(session, lead="XS-1", started_at=moment("2026-03-12T10:03:00"))
        a_recording(session, lead="XS-3", started_at=moment("2026-03-12T10:03:00"))
    assert to_do(database, planner, "2026-03-12T10:06:00") == [("first", "overdue")]
    with database.reading() as session:
        found = find_first_contacts(session, moment("2026-03-12T10:06:00"), planner, consultant="王磊").items
    assert {one.lead.external_id: one.contact.called_at for one in found} == {
        "XS-1": moment("2026-03-12T10:03:00"),
        "XS-2": None,
    }


def failed_in_hearing(session: Session, recording_id: str) -> None:
    held = claim(session, recording_id, "transcribe", lease_s=30, max_attempts=3)
    assert held is not None
    fail(session, held, "unreadable-audio", "Nothing in it can be decoded.")


def lost_with_its_worker(session: Session, recording_id: str) -> None:
    assert claim(session, recording_id, "transcribe", lease_s=30, max_attempts=0) is None


@pytest.mark.parametrize("ended", [failed_in_hearing, lost_with_its_worker])
def test_a_recording_that_cannot_be_heard_is_no_first_contact_until_it_is_tried_again(
    database: Database, planner: Planner, grader: RuleGrader, ended: Callable[[Session, str], None]
) -> None:
    at = "2026-03-12T10:06:00"

    def contact() -> tuple[datetime | None, datetime | None, int, bool]:
        with database.reading() as session:
            (one,) = find_first_contacts(session, moment(at), planner).items
            (facts,) = read_lead_facts(session)
        assert facts.first_call == one.contact.called_at
        return one.contact.called_at, one.contact.feedback_at, one.contact.unheard, one.contact.reassign is not None

    with database.writing() as session:
        lead(session, grader)
        sent = a_recording(session, lead="XS-1", started_at=moment("2026-03-12T10:03:00"))
    assert to_do(database, planner, at) == []
    called = (moment("2026-03-12T10:03:00"), sent.created_at, 0, False)
    assert contact() == called
    with database.writing() as session:
        ended(session, sent.id)
    assert to_do(database, planner, at) == [("first", "overdue")]
    assert contact() == (None, None, 1, True)
    with database.reading() as session:
        (first,) = find_follow_ups(session, moment(at), planner.working).items
        (new,) = find_first_contacts(session, moment(at), planner, late=True).items
    assert first.reminder.reasons[0].text.startswith("新线索，发来的 1 通录音没能识别，不算通话：")
    assert "没有听到首次通话（发来的 1 通录音没能识别）" in (new.contact.reassign or "")
    with database.writing() as session:
        retry_recording(session, sent.id)
    assert to_do(database, planner, at) == []
    assert contact() == called


def test_a_call_that_was_heard_and_could_not_be_judged_is_a_first_contact(
    database: Database, planner: Planner, grader: RuleGrader
) -> None:
    with database.writing() as session:
        lead(session, grader)
        chat = a_chat(session, *VISITS, lead="XS-1", started_at=moment("2026-03-12T10:03:00"))
        held = claim(session, chat.id, "inspect", lease_s=30, max_attempts=3)
        assert held is not None
        fail(session, held, "inspection-failed", "KeyError")
    assert to_do(database, planner, "2026-03-12T10:06:00") == []
    with database.reading() as session:
        (one,) = find_first_contacts(session, moment("2026-03-12T10:06:00"), planner).items
    assert (one.contact.called_at, one.contact.unheard) == (moment("2026-03-12T10:03:00"), 0)


def test_a_lead_goes_from_first_call_to_appointment_to_its_result(
    database: Database, rulebook: Rulebook, planner: Planner, grader: RuleGrader
) -> None:
    with database.writing() as session:
        lead(session, grader)
    assert to_do(database, planner, "2026-03-12T10:03:00") == [("first", "due")]
    assert to_do(database, planner, "2026-03-12T10:06:00") == [("first", "overdue")]
    with database.writing() as session:
        call(session, rulebook, *VISITS)
    later = [("confirm", "upcoming"), ("visit", "upcoming"), ("after", "upcoming")]
    assert to_do(database, planner, "2026-03-12T11:00:00") == later
    assert to_do(database, planner, "2026-03-13T09:00:00") == [("confirm", "due"), *later[1:]]
    assert to_do(database, planner, "2026-03-14T08:00:00") == [("confirm", "overdue"), ("visit", "due"), later[2]]
    assert to_do(database, planner, "2026-03-15T08:00:00") == [("after", "upcoming")]
    assert to_do(database, planner, "2026-03-17T08:00:00", state=FollowUpState.OVERDUE) == [("after", "overdue")]
    with database.writing() as session:
        news(session, grader, "ordered", "2026-03-14T17:00:00")
    assert to_do(database, planner, "2026-03-17T08:00:00") == []


def test_lists_are_narrowed_and_paged(database: Database, planner: Planner, grader: RuleGrader) -> None:
    with database.writing() as session:
        for number in range(5):
            at = moment("2026-03-12T10:00:00") + timedelta(minutes=number)
            lead(
                session, grader, f"XS-{number}", at=at, consultant="王磊" if number % 2 else "李娜", store=f"店{number}"
            )
    plan_stale(database, planner)
    seen, cursor = [], None
    with database.reading() as session:
        at = moment("2026-03-12T12:00:00")
        while True:
            page = find_follow_ups(session, at, planner.working, cursor=cursor, limit=2)
            seen += [one.lead.external_id for one in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert seen == [f"XS-{number}" for number in range(5)]
        assert len(find_follow_ups(session, at, planner.working, consultant="王磊").items) == 2
        assert [one.lead.external_id for one in find_follow_ups(session, at, planner.working, store="店3").items] == [
            "XS-3"
        ]
        with pytest.raises(BadInput, match="cursor"):
            find_follow_ups(session, at, planner.working, cursor="x")


def test_who_spoke_last_follows_up_where_the_crm_names_nobody(
    database: Database, rulebook: Rulebook, planner: Planner
) -> None:
    with database.writing() as session:
        call(session, rulebook, *VISITS, agent="赵敏")
    assert to_do(database, planner, "2026-03-12T11:00:00", consultant="赵敏")
    assert to_do(database, planner, "2026-03-12T11:00:00", consultant="王磊") == []


def test_a_calendar_sees_a_change_only_where_there_is_one(
    database: Database, rulebook: Rulebook, planner: Planner, grader: RuleGrader
) -> None:
    with database.writing() as session:
        lead(session, grader)
        call(session, rulebook, *VISITS)
    plan_stale(database, planner)

    def entries() -> dict[ReminderKind, tuple[str, datetime]]:
        with database.reading() as session:
            found = entries_of(session, "王磊", moment("2026-03-12T11:00:00"))
        return {one.reminder.kind: (one.id, one.changed_at) for one in found}

    before = entries()
    assert set(before) == {ReminderKind.CONFIRM, ReminderKind.VISIT, ReminderKind.AFTER}
    with database.writing() as session:
        session.execute(update(LeadRow).values(updated_at=moment("2026-03-12T12:00:00")))
    assert plan_stale(database, planner) == 1
    assert entries() == before


def test_return_calls(database: Database, rulebook: Rulebook, planner: Planner, grader: RuleGrader) -> None:
    def listed(at: str, **asked: Any) -> list[CallbackKind]:
        plan_stale(database, planner)
        with database.reading() as session:
            return [one.callback.kind for one in find_callbacks(session, moment(at), **asked).items]

    with database.writing() as session:
        lead(session, grader)
        call(session, rulebook, "客服：您好。", "客户：预算二十万，下个月买，就怕油耗高。")
    assert listed("2026-03-20T10:00:00") == []
    assert listed("2026-06-01T10:00:00") == [CallbackKind.STALLED]
    with database.writing() as session:
        news(session, grader, "graded", "2026-03-18T10:00:00", grade="休眠", by="consultant")
    assert listed("2026-03-18T12:00:00") == []
    assert listed("2026-03-19T09:00:00") == [CallbackKind.DORMANT]
    with database.writing() as session:
        news(session, grader, "lost", "2026-03-20T10:00:00", reason="价格没谈拢")
    assert listed("2026-03-23T09:00:00", kind=CallbackKind.LOST, store="天河店", consultant="王磊") == [
        CallbackKind.LOST
    ]
    assert listed("2026-03-23T09:00:00", kind=CallbackKind.DORMANT) == []
    assert listed("2026-07-01T09:00:00") == []
    with database.reading() as session:
        (one,) = find_callbacks(session, moment("2026-03-23T09:00:00")).items
    assert one.callback.reasons[0].text == "CRM 报告战败：价格没谈拢"
    known = {answer.id: (answer.value, answer.source) for answer in one.answers if answer.value}
    assert len(one.answers) == 10
    assert known["why-not-here"] == ("价格没谈拢", "crm")
    assert known["doubts"][1] == "memo"


def test_how_soon_new_leads_are_called(database: Database, planner: Planner, grader: RuleGrader) -> None:
    def received(session: Session, external_id: str, time: str) -> None:
        a_recording(session, lead=external_id, started_at=moment(time), sha256=f"{external_id:x<64}")

    with database.writing() as session:
        lead(session, grader, "soon")
        received(session, "soon", "2026-03-12T10:03:00")
        lead(session, grader, "late", consultant="李娜")
        received(session, "late", "2026-03-12T10:30:00")
        lead(session, grader, "never", consultant="李娜", at=moment("2026-03-12T10:10:00"))
        lead(session, grader, "night", at=moment("2026-03-12T22:00:00"))
    plan_stale(database, planner)
    at = moment("2026-03-12T22:30:00")
    with database.reading() as session:
        found = {one.lead.external_id: one.contact for one in find_first_contacts(session, at, planner).items}
        late = [one.lead.external_id for one in find_first_contacts(session, at, planner, late=True).items]
        timely = [one.lead.external_id for one in find_first_contacts(session, at, planner, late=False).items]
        day = {"since": moment("2026-03-12T00:00:00"), "until": moment("2026-03-13T00:00:00")}
        groups = summarise_first_contacts(session, at, planner, "consultant", **day)
    assert list(found) == ["night", "never", "soon", "late"] or list(found) == ["night", "never", "late", "soon"]
    assert {name: (one.call_minutes, one.call_late) for name, one in found.items()} == {
        "soon": (3, False),
        "late": (30, True),
        "never": (470, True),
        "night": (0, False),
    }
    assert found["never"].reassign == "线索 03-12 10:10 建立，已过 470 个工作分钟（限 5 分钟）还没有首次通话，建议改派"
    assert found["late"].reassign is None
    assert (set(late), set(timely)) == ({"late", "never"}, {"soon", "night"})
    assert [(one.name, one.promptness.leads, one.promptness.late, one.promptness.waiting) for one in groups] == [
        ("李娜", 2, 2, 1),
        ("王磊", 2, 0, 1),
    ]


def test_a_calendar_that_is_full_keeps_what_is_to_come(
    database: Database, planner: Planner, grader: RuleGrader
) -> None:
    with database.writing() as session:
        for day in (9, 10, 11):
            lead(session, grader, f"XS-{day}", at=moment(f"2026-03-{day:02}T10:00:00"))
    plan_stale(database, planner)
    with database.reading() as session:
        shown = [one.lead for one in entries_of(session, "王磊", moment("2026-03-12T10:00:00"), limit=2)]
    assert shown == ["XS-10", "XS-11"]


def test_a_calendars_token_is_shown_once_and_can_be_changed(database: Database) -> None:
    with database.writing() as session:
        made, token = create_calendar(session, " 王磊 ")
        assert calendar_of(session, token) == made
        other, new_token = rotate_calendar(session, made.id)
        assert (other.consultant, calendar_of(session, new_token)) == ("王磊", other)
        for wrong in (token, "", "cal", "\0", "cal_x_y", new_token + "x", new_token[:-1]):
            with pytest.raises(NotFound, match="no such calendar"):
                calendar_of(session, wrong)
        revoke_calendar(session, other.id)
        with pytest.raises(NotFound):
            calendar_of(session, new_token)
        assert [one.revoked_at is None for one in list_calendars(session, "王磊")] == [False, False]
        assert list_calendars(session, "李娜") == ()
        with pytest.raises(NotFound):
            revoke_calendar(session, "cal_none")
        with pytest.raises(BadInput):
            create_calendar(session, " ")
