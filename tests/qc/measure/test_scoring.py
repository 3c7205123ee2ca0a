from __future__ import annotations

from typing import Any

import pytest
from builders import CALL_TIME

from qc.domain import (
    Category,
    Conduct,
    Evidence,
    Finding,
    Grade,
    Inspection,
    Letter,
    MadeWith,
    Memo,
    Reason,
    Scorecard,
    Severity,
    Speaker,
    Timing,
    Transcript,
    Utterance,
)
from qc.measure.annotated import AnnotatedCall, LabelledMemo, TimedTurn
from qc.measure.report import make_report
from qc.measure.scoring import Rate, Tally, alike, compare_fields, compare_lists, is_near, score_inspection

MADE_WITH = MadeWith(rulebook="r", recogniser="text", grader="g")
EMPTY_MEMO = {"evidence": {}}
WORDS = (Evidence(utterance=0, start=0, end=1, quote="您"),)


def a_labelled_call(
    *findings: tuple[str, int], omissions: tuple[str, ...] = (), grade: str = "N", memo: dict[str, Any] | None = None
) -> AnnotatedCall:
    """Four turns, agent and customer by turns."""
    return AnnotatedCall.model_validate(
        {
            "id": "call",
            "call_time": CALL_TIME,
            "turns": [{"speaker": ["agent", "customer"][i % 2], "text": f"您{i}"} for i in range(4)],
            "findings": [{"category": category, "turn": turn} for category, turn in findings],
            "omissions": omissions,
            "memo": memo or {},
            "grade": grade,
        }
    )


def an_inspection(*findings: tuple[str, tuple[int, ...]], grade: str = "N", memo: Memo | None = None) -> Inspection:
    return Inspection(
        findings=tuple(
            Finding(
                rule_id="rule",
                category=Category(category),
                severity=Severity.MAJOR,
                probability=1,
                evidence=tuple(Evidence(utterance=i, start=0, end=1, quote="您") for i in utterances),
                reason="原因",
            )
            for category, utterances in findings
        ),
        conduct=Conduct(),
        scorecard=Scorecard(card="", points=None, max_points=0),
        memo=memo or Memo(),
        grade=Grade(letter=Letter(grade), probability=0.5, reasons=(Reason(text="没有提到时间"),)),
        made_with=MADE_WITH,
    )


def tallies(call: AnnotatedCall, inspection: Inspection) -> dict[str, Tally]:
    categories = score_inspection(call, call.transcript, inspection).categories
    return {category: tally for category, tally in categories.items() if tally != Tally()}


def test_a_finding_in_its_turn_is_right() -> None:
    assert tallies(a_labelled_call(("abuse", 2)), an_inspection(("abuse", (2,)))) == {"abuse": Tally(tp=1)}


def test_the_right_category_in_another_turn_is_missed_and_false() -> None:
    assert tallies(a_labelled_call(("abuse", 2)), an_inspection(("abuse", (0,)))) == {"abuse": Tally(fp=1, fn=1)}


def test_another_category_in_the_right_turn_is_missed_and_false() -> None:
    assert tallies(a_labelled_call(("abuse", 2)), an_inspection(("evasive", (2,)))) == {
        "abuse": Tally(fn=1),
        "evasive": Tally(fp=1),
    }


def test_two_findings_on_one_label_are_one_right_and_none_false() -> None:
    assert tallies(a_labelled_call(("abuse", 2)), an_inspection(("abuse", (2,)), ("abuse", (2,)))) == {
        "abuse": Tally(tp=1)
    }


def test_one_finding_over_two_turns_finds_both_labels() -> None:
    call = a_labelled_call(("pestering", 0), ("pestering", 2))
    assert tallies(call, an_inspection(("pestering", (0, 2)))) == {"pestering": Tally(tp=2)}


def test_false_findings_that_begin_in_one_turn_are_one() -> None:
    call = a_labelled_call()
    assert tallies(call, an_inspection(("abuse", (2,)), ("abuse", (2, 3)), ("abuse", (0,)))) == {"abuse": Tally(fp=2)}


def test_omissions_count_once_a_call_and_apart_from_findings() -> None:
    call = a_labelled_call(omissions=("no-next-step", "no-recording-notice"))
    inspection = an_inspection(("no-next-step", (3,)), ("no-needs-probing", (1,)))
    score = score_inspection(call, call.transcript, inspection)
    assert tallies(call, inspection) == {
        "no-next-step": Tally(tp=1),
        "no-recording-notice": Tally(fn=1),
        "no-needs-probing": Tally(fp=1),
    }
    assert score.clean_flagged == Rate(hits=0, of=1)
    report = make_report("some", [score], MADE_WITH)
    assert report.omissions == Tally(tp=1, fp=1, fn=1)
    assert report.findings == report.alerts == Tally()


def test_a_clean_call_that_is_flagged_counts_and_a_guilty_one_does_not() -> None:
    clean, guilty = a_labelled_call(), a_labelled_call(("abuse", 2))
    scores = [
        score_inspection(clean, clean.transcript, an_inspection(("do-not-call", (1,)))),
        score_inspection(clean, clean.transcript, an_inspection()),
        score_inspection(guilty, guilty.transcript, an_inspection(("evasive", (0,)))),
    ]
    assert make_report("some", scores, MADE_WITH).clean_flagged == Rate(hits=1, of=2)


def test_alerts_are_summed_apart_from_what_the_agent_said() -> None:
    call = a_labelled_call(("do-not-call", 1), ("abuse", 2))
    report = make_report(
        "some", [score_inspection(call, call.transcript, an_inspection(("do-not-call", (1,))))], MADE_WITH
    )
    assert report.alerts == Tally(tp=1)
    assert report.findings == Tally(fn=1)


def test_mistakes_name_call_category_and_turn() -> None:
    call = a_labelled_call(("abuse", 2))
    score = score_inspection(call, call.transcript, an_inspection(("evasive", (3, 0))))
    assert [(m.call, m.category, m.turn, m.kind) for m in score.mistakes] == [
        ("call", "abuse", 2, "missed"),
        ("call", "evasive", 0, "false"),
    ]


def heard(*spans: tuple[int, int]) -> Transcript:
    utterances = tuple(
        Utterance(speaker=Speaker.UNKNOWN, start_ms=start, end_ms=end, text="您好") for start, end in spans
    )
    return Transcript(utterances=utterances, duration_ms=99_000, timing=Timing.RECORDED, recogniser="test")


@pytest.mark.parametrize(
    ("span", "found"),
    [
        ((10_000, 12_000), True),
        ((12_799, 14_000), True),  # within the tolerance after the turn
        ((12_800, 14_000), False),
        ((8_000, 9_201), True),  # within the tolerance before it
        ((8_000, 9_200), False),
    ],
)
def test_in_a_recording_a_finding_is_matched_by_time(span: tuple[int, int], *, found: bool) -> None:
    call = a_labelled_call(("abuse", 1))
    times = [TimedTurn(start_ms=start, end_ms=start + 2_000) for start in (0, 10_000, 20_000, 30_000)]
    score = score_inspection(call, heard(span), an_inspection(("abuse", (0,))), times)
    assert score.categories[Category.ABUSE] == (Tally(tp=1) if found else Tally(fp=1, fn=1))


def test_shares_of_nothing_and_of_something() -> None:
    assert (Tally().precision, Tally().recall, Tally().f1) == (1.0, 1.0, 1.0)
    assert (Tally(fp=2).precision, Tally(fp=2).recall, Tally(fp=2).f1) == (0.0, 1.0, 0.0)
    assert Tally(tp=1, fp=1, fn=3).precision == 0.5
    assert Tally(tp=1, fp=1, fn=3).recall == 0.25
    assert Tally(tp=1, fp=1, fn=3).f1 == pytest.approx(1 / 3)
    assert Rate().share == 0.0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("途观L", "上汽大众途观l", True),
        ("空间大一点", "空间要大一点", True),  # three of four pairs
        ("接送孩子", "接送小孩", False),  # one of three
        ("油耗高", "价格高", False),
        ("Model Y", "modely", True),
        ("", "白色", False),
    ],
)
def test_phrases_are_alike_by_containment_or_shared_pairs(one: str, other: str, *, same: bool) -> None:
    assert alike(one, other) is alike(other, one) is same


def test_list_fields_by_overlap() -> None:
    assert compare_lists(["白色", "七座"], ["白色车", "天窗"]) == Tally(tp=1, fp=1, fn=1)
    assert compare_lists([], []) == Tally()
    assert compare_lists([], ["白色"]) == Tally(fp=1)


def test_an_empty_field_that_should_be_empty_is_right() -> None:
    assert all(rate == Rate(hits=1, of=1) for rate in compare_fields(LabelledMemo(), Memo()).values())


def a_memo(**fields: Any) -> Memo:
    return Memo.model_validate(fields | {"evidence": dict.fromkeys(fields, WORDS)})


def wrong_fields(label: dict[str, Any], memo: Memo) -> set[str]:
    rates = compare_fields(LabelledMemo.model_validate(label), memo)
    return {name for name, rate in rates.items() if not rate.hits}


def test_single_fields_one_by_one() -> None:
    label = {
        "customer_name": "张先生",
        "budget": {"min": None, "max": 200_000, "basis": "落地"},
        "purchase_time": {"from": "2026-04-01", "to": "2026-04-30", "said": "下个月"},
        "payment": "全款",
        "trade_in": "2012款卡罗拉",
        "appointment": {"at": "2026-03-14T15:00", "kind": "到店"},
    }
    right = {
        **label,
        "budget": {"min": None, "max": 200_000, "basis": None},  # the basis is not scored
        "trade_in": "卡罗拉",
        "appointment": {"at": "2026-03-14T15:00", "kind": "试驾"},  # nor the kind
    }
    assert wrong_fields(label, a_memo(**right)) == set()
    assert wrong_fields(label, a_memo(**right | {"customer_name": "章先生"})) == {"customer_name"}
    assert wrong_fields(label, a_memo(**right | {"budget": {"min": 200_000, "max": 200_000}})) == {"budget"}
    later = right | {"purchase_time": {"from": "2026-04-11", "to": "2026-04-30", "said": "下个月中"}}
    assert wrong_fields(label, a_memo(**later)) == {"purchase_time"}
    assert wrong_fields(label, a_memo(**right | {"payment": "贷款"})) == {"payment"}
    assert wrong_fields(label, a_memo(**right | {"trade_in": "朗逸"})) == {"trade_in"}
    at_four = right | {"appointment": {"at": "2026-03-14T16:00", "kind": "到店"}}
    assert wrong_fields(label, a_memo(**at_four)) == {"appointment"}
    assert wrong_fields(label, Memo()) == {
        "customer_name", "budget", "purchase_time", "purchase_end", "payment", "trade_in", "appointment_day",
        "appointment",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("label", "got", "near"),
    [("H", "H", True), ("H", "A", True), ("H", "B", False), ("F", "F", True), ("N", "C", False)],
)
def test_near_is_one_horizon_off(label: str, got: str, *, near: bool) -> None:
    assert is_near(Letter(label), Letter(got)) is near


def test_grades_and_their_confusion() -> None:
    call = a_labelled_call(grade="H")
    scores = [score_inspection(call, call.transcript, an_inspection(grade=grade)) for grade in "HAAF"]
    report = make_report("some", scores, MADE_WITH)
    assert report.grade == Rate(hits=1, of=4)
    assert report.grade_near == Rate(hits=3, of=4)
    assert report.confusion == {"H->A": 2, "H->F": 1}
    assert report.count == 4
