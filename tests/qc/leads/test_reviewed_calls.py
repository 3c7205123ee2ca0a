from __future__ import annotations

from typing import Any

import pytest
from builders import CALL_TIME
from lead_calls import a_lead_call, day

from qc.domain import Call, Category, Doubt, Evidence, Finding, Grade, Letter, Memo, Reason, Severity, Transcript
from qc.leads import LeadCall, grade_as_reviewed
from qc.review import Person, Trail, Verdict, VerdictKind

STOP = "别再打了"


def finding(utterance: int, quote: str, category: Category = Category.DO_NOT_CALL) -> Finding:
    place = Evidence(utterance=utterance, start=0, end=len(quote), quote=quote)
    return Finding(
        rule_id="r", category=category, severity=Severity.ALERT, probability=0.9, evidence=(place,), reason="因为"
    )


def a_trail(kind: str, of: Finding, **more: Any) -> Trail:
    verdict = Verdict.model_validate(
        {
            "id": "ver_1",
            "trail_id": f"ver_{kind}",
            "recording_id": "rec_1",
            "transcript_id": "tr_1",
            "kind": kind,
            "category": of.category,
            "place": of.evidence[0],
            "finding": None if kind == VerdictKind.ADD else of,
            "by": Person(name="梅姐"),
            "created_at": CALL_TIME,
        }
        | more
    )
    return Trail(verdicts=(verdict,))


class Listening:
    """A grader that keeps what it was given, and quotes the whole of the last utterance."""

    version = "listening"

    def grade(
        self, call: Call, transcript: Transcript, memo: Memo, findings: tuple[Finding, ...], *, earlier_calls: int = 0
    ) -> Grade:
        del call, earlier_calls
        self.memo = memo
        self.texts, self.findings = [said.text for said in transcript.utterances], findings
        last = len(self.texts) - 1
        place = Evidence(utterance=last, start=0, end=len(self.texts[last]), quote=self.texts[last])
        return Grade(letter=Letter.N, probability=0.7, reasons=(Reason(text="因为", evidence=(place,)),))


@pytest.fixture
def call() -> LeadCall:
    """An agent's greeting, doubted words, and a customer."""
    plain = a_lead_call(day(3), "F", "客服：您好。", "客户：别烦我。", f"客户：{STOP}，我在开车。")
    utterances = list(plain.transcript.utterances)
    utterances[1] = utterances[1].model_copy(update={"doubt": Doubt.GUESS})
    transcript = plain.transcript.model_copy(update={"utterances": tuple(utterances)})
    inspection = plain.inspection.model_copy(update={"findings": (finding(2, STOP),)})
    return plain.model_copy(update={"transcript": transcript, "inspection": inspection})


def test_dismissed_words_are_not_heard_again_and_quoted_as_they_were_said(call: LeadCall) -> None:
    listening = Listening()
    trails = (a_trail("dismiss", finding(2, STOP), reason="misheard"),)
    reviewed = grade_as_reviewed(call.call, call.transcript, call.inspection, trails, listening)
    assert listening.texts == ["您好。", "…………，我在开车。"]
    assert listening.findings == ()
    assert reviewed is not None
    assert reviewed.grader == "listening"
    (place,) = reviewed.grade.reasons[0].evidence
    assert (place.utterance, place.quote) == (2, f"{STOP}，我在开车。")


def test_a_loss_that_is_dismissed_gives_back_what_the_grade_took_from_the_memo(call: LeadCall) -> None:
    listening = Listening()
    draft = Memo(vehicles=("凯美瑞",), evidence={"vehicles": (finding(2, STOP).evidence[0],)})
    call = call.model_copy(update={"inspection": call.inspection.model_copy(update={"draft": draft})})
    trails = (a_trail("dismiss", finding(2, STOP), reason="misheard"),)
    reviewed = grade_as_reviewed(call.call, call.transcript, call.inspection, trails, listening)
    assert listening.memo.vehicles == ("凯美瑞",)
    assert call.memo == call.inspection.memo
    assert call.model_copy(update={"reviewed": reviewed}).memo == draft


def test_what_people_mark_was_said_for_certain(call: LeadCall) -> None:
    listening = Listening()
    trails = (a_trail("add", finding(1, "别烦我")),)
    assert grade_as_reviewed(call.call, call.transcript, call.inspection, trails, listening) is not None
    assert listening.texts == ["您好。", "别烦我。", f"{STOP}，我在开车。"]
    assert [one.evidence[0].utterance for one in listening.findings] == [2, 1]


@pytest.mark.parametrize(
    "trail",
    [
        a_trail("confirm", finding(2, STOP)),
        a_trail("comment", finding(2, STOP), comment="?"),
        a_trail("add", finding(2, "我在开车", Category.ABUSE)),
    ],
)
def test_a_review_that_changes_nothing_decisive_grades_nothing(call: LeadCall, trail: Trail) -> None:
    assert grade_as_reviewed(call.call, call.transcript, call.inspection, (trail,), Listening()) is None


def test_dismissed_words_are_not_heard_when_the_rules_no_longer_find_them(call: LeadCall) -> None:
    listening = Listening()
    trails = (a_trail("dismiss", finding(2, STOP), reason="misheard"),)
    inspection = call.inspection.model_copy(update={"findings": ()})
    assert grade_as_reviewed(call.call, call.transcript, inspection, trails, listening) is not None
    assert listening.texts == ["您好。", "…………，我在开车。"]


def test_a_confirmed_finding_holds_when_the_rules_no_longer_find_it(call: LeadCall) -> None:
    trail = a_trail("confirm", finding(2, STOP))
    inspection = call.inspection.model_copy(update={"findings": ()})
    later = call.model_copy(update={"inspection": inspection, "trails": (trail,)})
    assert [(one.category, one.rule_id) for one in later.decisive] == [(Category.DO_NOT_CALL, "review")]
