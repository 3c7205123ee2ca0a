from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lead_calls import a_lead_call, an_outcome, day

from qc.domain import Call, Finding, Grade, Letter, Memo, Reason, Transcript
from qc.grade import RuleGrader
from qc.leads import LeadCall, LeadLetter, LeadOutcome, grade_lead
from qc.rulebook import Rulebook

INTEREST = a_lead_call(day(2), "C", "客户：我想看看凯美瑞。", vehicles=("凯美瑞",))
PLANNED = a_lead_call(
    day(2), "C", "客服：打算哪天买？", "客户：下个月吧，就凯美瑞。", purchase_time="2026-04-30", vehicles=("凯美瑞",)
)
NOBODY = a_lead_call(day(20, 4), "N", "客户：您好，机主不方便接听，请在滴声后留言。")
REFUSED = a_lead_call(day(9), "F", "客户：不买了。")
ORDERED = a_lead_call(day(9), "O", "客户：定金我付了。")
CANCELLED = a_lead_call(day(20), "F", "客户：我要退订，车不要了。")
BACK = a_lead_call(day(25), "H", "客户：没买呢，这周就想定。", purchase_time="2026-03-29")


@pytest.fixture(scope="module")
def grader(rulebook: Rulebook) -> RuleGrader:
    return RuleGrader(rulebook.grading)


def letter(grader: RuleGrader, calls: list[LeadCall], *outcomes: LeadOutcome) -> LeadLetter | None:
    grade = grade_lead(calls, outcomes, grader)
    return None if grade is None else grade.letter


def test_without_calls_or_news_there_is_no_grade(grader: RuleGrader) -> None:
    assert letter(grader, []) is None
    assert letter(grader, [], an_outcome("visited", day(2)), an_outcome("graded", day(2), grade="H")) is None


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([INTEREST], "C"),
        ([PLANNED], "C"),
        ([NOBODY], "N"),
        ([PLANNED, REFUSED], "F"),
        ([REFUSED, BACK], "H"),
        ([ORDERED], "O"),
        ([PLANNED, ORDERED, NOBODY], "O"),
        ([ORDERED, a_lead_call(day(12), "C", "客户：车什么时候到？")], "O"),
        ([ORDERED, CANCELLED], "F"),
        ([ORDERED, CANCELLED, BACK], "H"),
    ],
)
def test_the_grade_by_words(grader: RuleGrader, calls: list[LeadCall], expected: str) -> None:
    assert letter(grader, calls) == expected


def test_an_unanswered_call_takes_nothing_away_but_time_goes_on(grader: RuleGrader) -> None:
    grade = grade_lead([PLANNED, NOBODY], [], grader)
    assert grade is not None
    assert grade.letter == "A"
    assert grade.words is not None
    assert grade.words.recording_id == PLANNED.recording_id
    assert "距通话 10 天" in grade.reasons[0].text


def test_what_was_planned_and_is_over_makes_nobody_hot(grader: RuleGrader) -> None:
    later = a_lead_call(day(5, 5), "C", "客户：还在看凯美瑞。", vehicles=("凯美瑞",))
    assert letter(grader, [PLANNED, later]) == "C"


@pytest.mark.parametrize(
    ("kind", "expected"), [("ordered", "O"), ("delivered", "D"), ("lost", "F"), ("visited", "H"), ("graded", "H")]
)
def test_orders_deliveries_and_losses_decide(grader: RuleGrader, kind: str, expected: str) -> None:
    news = an_outcome(kind, day(26), grade="C")
    grade = grade_lead([BACK], [news], grader)
    assert grade is not None
    assert grade.letter == expected
    assert (grade.outcome_id == news.id) == (expected != "H")
    assert grade.words is not None
    assert grade.words.letter == "H"


@pytest.mark.parametrize(
    ("kind", "call", "expected"),
    [
        ("lost", BACK, "H"),
        ("lost", NOBODY, "F"),
        ("ordered", BACK, "O"),
        ("ordered", CANCELLED, "F"),
        ("delivered", BACK, "D"),
        ("delivered", CANCELLED, "D"),
    ],
)
def test_words_after_the_news_may_overrule_them(grader: RuleGrader, kind: str, call: LeadCall, expected: str) -> None:
    assert letter(grader, [INTEREST, call], an_outcome(kind, day(10))) == expected


def test_the_latest_news_decide_in_whatever_order_they_come(grader: RuleGrader) -> None:
    news = [an_outcome("ordered", day(3)), an_outcome("lost", day(5)), an_outcome("ordered", day(7))]
    news.append(an_outcome("delivered", day(9)))
    assert {letter(grader, [INTEREST], *order) for order in permutations(news)} == {"D"}
    assert letter(grader, [], an_outcome("ordered", day(3)), an_outcome("lost", day(3))) == "F"


def test_a_lost_lead_is_called_the_next_working_day_unless_it_forbade_it(grader: RuleGrader) -> None:
    lost = an_outcome("lost", day(13), reason="价格")  # a Friday
    grade = grade_lead([], [lost], grader)
    assert grade is not None
    assert str(grade.next_contact_by) == "2026-03-16"
    assert grade.reasons[0].text == "CRM 报告战败：价格"
    forbidden = grade_lead([REFUSED], [lost], grader)
    assert forbidden is not None
    assert forbidden.next_contact_by is None


class Listening:
    """A grader that keeps what it was given."""

    version = "listening"

    def grade(
        self, call: Call, transcript: Transcript, memo: Memo, findings: tuple[Finding, ...], *, earlier_calls: int = 0
    ) -> Grade:
        self.call, self.transcript, self.memo, self.findings = call, transcript, memo, findings
        self.earlier_calls = earlier_calls
        evidence = tuple(place for places in memo.evidence.values() for place in places)
        return Grade(letter=Letter.B, probability=0.7, reasons=(Reason(text="因为", evidence=evidence),))


def test_a_grader_gets_all_calls_as_one() -> None:
    listening = Listening()
    second = a_lead_call(day(9), "B", "客服：怎么付？", "客户：我贷款。", payment="贷款")
    grade = grade_lead([PLANNED, NOBODY, second], [], listening)
    assert listening.call.time == NOBODY.call.time
    assert listening.earlier_calls == 2
    assert [(said.speaker, said.text) for said in listening.transcript.utterances] == [
        ("customer", "凯美瑞"),
        ("customer", "下"),
        ("agent", "怎么付？"),
        ("customer", "我贷款。"),
    ]
    assert listening.memo.vehicles == ("凯美瑞",)
    assert listening.memo.payment == "贷款"
    assert grade is not None
    assert [(one.recording_id, one.utterance, one.start, one.quote) for one in grade.reasons[0].evidence] == [
        (PLANNED.recording_id, 1, 6, "凯美瑞"),
        (PLANNED.recording_id, 1, 0, "下"),
        (second.recording_id, 1, 1, "贷款"),
    ]


CALLS = st.lists(
    st.builds(
        lambda at, grade, plan, car, wish: a_lead_call(
            day(at),
            grade,
            "客服：您好。",
            f"客户：我要{car}，{wish}，行。",
            **({"purchase_time": plan} if plan else {}),
            vehicles=(car,),
            preferences=(wish,),
        ),
        st.integers(1, 30),
        st.sampled_from("HABCNOF"),
        st.sampled_from([None, "2026-03-10", "2026-03-31", "2026-06-30"]),
        st.sampled_from(["凯美瑞", "汉兰达"]),
        st.sampled_from(["白色", "黑色", "天窗"]),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda call: call.recording_id,
)


@given(calls=CALLS)
@settings(deadline=None, max_examples=60)
def test_evidence_leads_to_its_call_and_order_of_arrival_counts_for_nothing(
    calls: list[LeadCall],
) -> None:
    listening = Listening()
    grade = grade_lead(calls, [], listening)
    assert grade is not None
    assert grade_lead(calls[::-1], [], Listening()) == grade
    said = {call.recording_id: call.transcript.utterances for call in calls}
    for reason in grade.reasons:
        for one in reason.evidence:
            assert said[one.recording_id][one.utterance].text[one.start : one.end] == one.quote
    if hasattr(listening, "memo"):
        for places in listening.memo.evidence.values():
            for place in places:
                assert listening.transcript.utterances[place.utterance].text[place.start : place.end] == place.quote
