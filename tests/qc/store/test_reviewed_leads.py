"""What reviewers decide about findings reaches the lead's grade, the feed and its follow-up."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from builders import a_call, a_transcript
from stored import a_chat

from qc.domain import Category, Letter
from qc.errors import QcError
from qc.follow_up import Planner, ReminderKind
from qc.grade import Grader, RuleGrader
from qc.grading_model import LearnedGrader, shipped_grade_model
from qc.leads import LeadLetter
from qc.pipeline import inspect_call
from qc.review import Person, Verdict
from qc.rulebook import Rulebook
from qc.store.appeals import NewDecision, add_appeal, add_decision
from qc.store.database import Database
from qc.store.follow_ups import find_follow_ups, find_stale, plan_stale
from qc.store.grade_feed import GradeChange, read_changes
from qc.store.inspections import current_inspection
from qc.store.lead_grades import keep_inspection
from qc.store.leads import StoredLead, calls_of_lead, find_leads
from qc.store.requests import record_once
from qc.store.verdicts import NewVerdict, add_verdict

MEI, LAN, LEI = Person(name="梅姐"), Person(name="兰姐"), Person(name="王磊")
CALLED = "2026-03-12T10:15:00+08:00"
LATER = datetime.fromisoformat("2026-03-12T11:00:00+08:00")
STOP = "以后别再给我打电话了"
REFUSES = ("客服：您好，凯美瑞考虑得怎么样？", f"客户：{STOP}。")
INTERESTED = (
    "客服：您好，凯美瑞考虑得怎么样？",
    "客户：还在考虑，预算二十万，落地多少钱？",
    "客户：你们那个小张老给我发短信。",
)

Judge = Callable[..., Verdict]


@pytest.fixture(params=["rules", "learned"])
def grader(rulebook: Rulebook, request: pytest.FixtureRequest) -> Grader:
    if request.param == "rules":
        return RuleGrader(rulebook.grading)
    model = shipped_grade_model()
    assert model is not None
    return LearnedGrader(model, rulebook.grading)


@pytest.fixture
def planner(rulebook: Rulebook) -> Planner:
    return Planner.by(rulebook, ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def inspect(database: Database, rulebook: Rulebook, grader: Grader) -> Callable[..., str]:
    def inspected(*lines: str, recording_id: str | None = None) -> str:
        inspection = inspect_call(a_call(CALLED, brand="丰田"), a_transcript(*lines), rulebook, grader)
        with database.writing() as session:
            if recording_id is None:
                known: dict[str, Any] = {"lead": "XS-1", "agent": "王磊", "brand": "丰田"}
                chat = a_chat(session, *lines, started_at=datetime.fromisoformat(CALLED), **known)
                recording_id = chat.id
            keep_inspection(session, recording_id, inspection, grader)
        return recording_id

    return inspected


@pytest.fixture
def judge(database: Database, grader: Grader) -> Judge:
    def judged(call: str, kind: str, words: str = STOP, category: str = "do-not-call", **more: Any) -> Verdict:
        with database.writing() as session:
            return add_verdict(session, call, said(database, call, kind, words, category, **more), MEI, lambda: grader)

    return judged


def said(database: Database, call: str, kind: str, words: str, category: str, **more: Any) -> NewVerdict:
    with database.reading() as session:
        inspected = current_inspection(session, call)
    assert inspected is not None
    texts = [utterance.text for utterance in inspected.transcript.utterances]
    index = next(index for index, text in enumerate(texts) if words in text)
    start = texts[index].index(words)
    known = {"kind": kind, "category": category, "utterance": index, "start": start, "end": start + len(words)}
    return NewVerdict.model_validate({"reason": "misheard" if kind == "dismiss" else None, **known, **more})


def the_lead(database: Database) -> StoredLead:
    with database.reading() as session:
        (lead,) = find_leads(session, external_id="XS-1").items
    return lead


def changes(database: Database) -> tuple[GradeChange, ...]:
    with database.reading() as session:
        return read_changes(session).items


def reminders(database: Database, planner: Planner) -> list[ReminderKind]:
    plan_stale(database, planner)
    with database.reading() as session:
        return [one.reminder.kind for one in find_follow_ups(session, LATER, planner.working).items]


def letter(lead: StoredLead) -> LeadLetter | None:
    return lead.grade and lead.grade.letter


def test_a_dismissed_request_stops_nobody_from_calling(
    database: Database, inspect: Callable[..., str], judge: Judge, planner: Planner
) -> None:
    call = inspect(*REFUSES)
    assert letter(the_lead(database)) == "F"
    assert reminders(database, planner) == []
    judge(call, "dismiss")
    lead = the_lead(database)
    assert letter(lead) not in {"F", None}
    assert lead.grade is not None
    assert lead.grade.next_contact_by is not None
    first, second = changes(database)
    assert (first.move.after, second.move.before, second.recording_id) == ("F", "F", call)
    assert second.move.text.startswith(f"F → {letter(lead)}：质检驳回了“客户要求不再联系”")
    assert second.move.reasons[0].evidence[0].quote in STOP
    assert reminders(database, planner) == [ReminderKind.CONTACT]


def test_the_machines_findings_and_grade_stay_as_they_are(
    database: Database, inspect: Callable[..., str], judge: Judge
) -> None:
    call = inspect(*REFUSES)
    with database.reading() as session:
        before = current_inspection(session, call)
    judge(call, "dismiss")
    with database.reading() as session:
        after = current_inspection(session, call)
        (of_lead,) = calls_of_lead(session, "XS-1")
    assert before is not None
    assert before == after
    assert after.inspection.grade.letter is Letter.F
    assert of_lead.inspection == after.inspection
    assert of_lead.letter is not Letter.F
    assert of_lead.decisive == ()
    assert all(
        place.quote == of_lead.transcript.utterances[place.utterance].text[place.start : place.end]
        for reason in of_lead.grade.reasons
        for place in reason.evidence
    )


def test_what_a_reviewer_adds_stops_the_calls(
    database: Database, inspect: Callable[..., str], judge: Judge, planner: Planner
) -> None:
    call = inspect(*INTERESTED)
    before = letter(the_lead(database))
    assert before not in {"F", None}
    assert reminders(database, planner) == [ReminderKind.CONTACT]
    words = "你们那个小张老给我发短信"
    judge(call, "add", words)
    lead = the_lead(database)
    assert lead.grade is not None
    assert lead.grade.next_contact_by is None
    told = changes(database)[-1]
    assert told.move.reasons[0].text == "质检补记了“客户要求不再联系”"
    assert told.move.reasons[0].evidence[0].quote == words
    assert reminders(database, planner) == []


def test_only_what_changes_the_lead_is_told_and_once(
    database: Database, inspect: Callable[..., str], judge: Judge, planner: Planner, grader: Grader
) -> None:
    call = inspect(*REFUSES)
    plan_stale(database, planner)
    confirmed = judge(call, "confirm")
    judge(call, "comment", comment="听得很清楚")
    with database.reading() as session:
        assert find_stale(session, planner, 10) == ()
    new = said(database, call, "dismiss", STOP, "do-not-call", after=confirmed.id)
    for created in (True, False):
        verdict_id, fresh = record_once(
            database, "k", "f", lambda session: (call, add_verdict(session, call, new, LAN, lambda: grader).id)
        )
        assert fresh is created
    assert [change.lead_number for change in changes(database)] == [1, 2]
    judge(call, "confirm", after=verdict_id)
    assert letter(the_lead(database)) == "F"
    assert changes(database)[-1].move.reasons[0].text == "质检认定了“客户要求不再联系”"


def test_what_was_decided_about_an_appeal_counts_last(
    database: Database, inspect: Callable[..., str], judge: Judge, grader: Grader
) -> None:
    verdict = judge(inspect(*REFUSES), "confirm")
    decided = NewDecision.model_validate({"outcome": "dismiss", "reason": "wrong-speaker"})
    with database.writing() as session:
        appeal = add_appeal(session, verdict.id, "那是旁边的人说的", LEI)
        add_decision(session, appeal.id, decided, LAN, lambda: grader)
    assert letter(the_lead(database)) != "F"
    assert changes(database)[-1].move.reasons[0].text == "申诉裁定驳回了“客户要求不再联系”"


def test_a_moved_finding_counts_as_what_it_is(database: Database, inspect: Callable[..., str], judge: Judge) -> None:
    call = inspect(*REFUSES)
    judge(call, "recategorise", new_category="lost-to-competitor")
    with database.reading() as session:
        (of_lead,) = calls_of_lead(session, "XS-1")
    assert [finding.category for finding in of_lead.decisive] == [Category.LOST_TO_COMPETITOR]
    lead = the_lead(database)
    assert letter(lead) == "F"
    assert lead.grade is not None
    assert lead.grade.next_contact_by is not None
    assert "改判为“客户已在别处购车”" in changes(database)[-1].move.text


def test_verdicts_still_count_when_the_call_is_inspected_again(
    database: Database, inspect: Callable[..., str], judge: Judge
) -> None:
    call = inspect(*REFUSES)
    judge(call, "dismiss")
    before = the_lead(database)
    inspect(*REFUSES, recording_id=call)
    assert the_lead(database).grade == before.grade
    assert len(changes(database)) == 2


def test_verdicts_of_before_revision_0007_count_from_the_next_inspection(
    database: Database, inspect: Callable[..., str], judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = inspect(*REFUSES)
    machines = the_lead(database).grade
    with monkeypatch.context() as before:
        before.setattr("qc.store.verdicts.grade_after_review", lambda *_: None)  # as it was then
        judge(call, "dismiss")
    assert the_lead(database).grade == machines
    inspect(*REFUSES, recording_id=call)
    assert the_lead(database).grade != machines


@pytest.mark.services
def test_of_many_verdicts_at_once_one_moves_the_lead(
    database: Database, inspect: Callable[..., str], judge: Judge
) -> None:
    call = inspect(*REFUSES)

    def try_once(_: int) -> str:
        try:
            return judge(call, "dismiss").id
        except QcError as refused:
            return refused.code

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(try_once, range(4)))
    assert told.count("judged-meanwhile") == 3
    assert len(changes(database)) == 2
