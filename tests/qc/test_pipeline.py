from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from builders import a_call, a_transcript
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.callfile import read_call_file
from qc.domain import (
    OMISSIONS,
    Call,
    Category,
    Evidence,
    Finding,
    Grade,
    Inspection,
    Letter,
    Memo,
    Reason,
    Speaker,
    Transcript,
    Utterance,
)
from qc.grade import RuleGrader
from qc.pipeline import inspect_call
from qc.rulebook import load_rulebook
from qc.turns import Turn, transcript_of_turns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qc.rulebook import Rulebook

CALLS = Path(__file__).resolve().parents[1] / "evaluation" / "calls"
READABLE = sorted([*CALLS.glob("da-*.json"), *CALLS.glob("db-*.json")])
"""The annotated calls that rules may be written on; the others stay unread until they measure."""


@cache
def shipped() -> Rulebook:
    """No fixture: hypothesis would print the whole rulebook with a failing example."""
    return load_rulebook()


def inspect(call: Call, transcript: Transcript) -> Inspection:
    rulebook = shipped()
    return inspect_call(call, transcript, rulebook, RuleGrader(rulebook.grading, preset="default"))


def evidence_of(inspection: Inspection) -> Iterator[tuple[str, Evidence]]:
    """Every piece of evidence, with the name of the claim it is for."""
    for finding in inspection.findings:
        yield from ((f"finding {finding.rule_id}", evidence) for evidence in finding.evidence)
    for remark in inspection.conduct.remarks:
        yield from ((f"remark {remark.rule_id}", evidence) for evidence in remark.evidence)
    for item in inspection.scorecard.items:
        yield from ((f"item {item.id}", evidence) for evidence in item.evidence)
    for field, words in inspection.memo.evidence.items():
        yield from ((f"memo {field}", evidence) for evidence in words)
    for reason in inspection.grade.reasons:
        yield from ((f"grade {reason.text}", evidence) for evidence in reason.evidence)


def check(call: Call, transcript: Transcript) -> Inspection:
    """The inspection, after what must hold for every inspection has been checked."""
    inspection = inspect(call, transcript)
    for claim, evidence in evidence_of(inspection):
        said = transcript.utterances[evidence.utterance].text
        assert evidence.quote == said[evidence.start : evidence.end], claim
    assert inspection == inspect(call, transcript)
    assert Inspection.model_validate_json(inspection.model_dump_json()) == inspection
    return inspection


@pytest.mark.parametrize("path", READABLE, ids=lambda path: path.stem)
def test_every_claim_about_a_call_rests_on_its_words(path: Path) -> None:
    file = read_call_file(path)
    check(file.call, file.transcript)


fragments = st.sampled_from(
    [
        "嗯，", "您好，我是小李。", "全程录音", "保证最低价", "我们不能保证", "加我个人微信", "转我卡上", "预算二十万左右",
        "落地十八九万", "下个月底", "周六下午三点", "下礼拜六", "国庆前", "2026-02-30", "三十二号", "试驾", "贷款", "全款",
        "凯美瑞", "Model Y", "SUV", "GL8", "4S店", "🚗", "😀😀", "ﾊﾝｶｸ", "è̀", "\u200b", "\ufeff", "  ", "\n", "？！", "零零零",
        "一百万亿", "9" * 30, "投诉你们", "别再打了", "已经在别家订了", "不知道", "爱买不买", "（", "[", "\\", "*", "𠮷",
    ]
)  # fmt: skip
texts = st.one_of(st.just(""), st.text(max_size=40), st.lists(fragments, max_size=8).map("".join))
turns = st.lists(st.builds(Turn, speaker=st.sampled_from(Speaker), text=texts), max_size=16)
relaxed = settings(max_examples=60, deadline=None)


@relaxed
@given(turns=turns)
def test_no_text_breaks_the_inspection(turns: list[Turn]) -> None:
    check(a_call(brand="广汽丰田"), transcript_of_turns(turns))


timed = st.tuples(st.sampled_from(Speaker), st.integers(0, 90_000), st.integers(0, 30_000), texts)


@relaxed
@given(lines=st.lists(timed, max_size=12))
def test_no_timing_breaks_the_inspection(lines: list[tuple[Speaker, int, int, str]]) -> None:
    utterances = tuple(
        Utterance(speaker=speaker, start_ms=start, end_ms=start + length, text=text)
        for speaker, start, length, text in sorted(lines, key=lambda line: line[1])
    )
    check(a_call(), Transcript(utterances=utterances, duration_ms=120_000, recogniser="test"))


@pytest.mark.parametrize("transcript", [Transcript(recogniser="test"), a_transcript("客服：", "客户：  ")])
def test_a_call_without_speech_is_inspected_and_accuses_nobody(transcript: Transcript) -> None:
    inspection = check(a_call(), transcript)
    assert inspection.findings == ()
    assert inspection.memo == Memo()
    assert inspection.grade.letter is Letter.N
    assert inspection.scorecard.points is None
    assert inspection.conduct.remarks == ()


ABRUPT = tuple(
    f"{who}：{said}" for _ in range(5) for who, said in (("客服", "白色的有现车。"), ("客户", "哦，白色的。"))
)


PAID = "定金我上礼拜转过去了，五千，付成功了。"


@pytest.mark.parametrize(
    ("lines", "missing"),
    [
        ((*ABRUPT, "客服：那您怎么说？", "客户：我再想想。"), True),
        ((*ABRUPT, "客服：那您怎么说？", "客户：定金我刚转过去了，五千，付成功了。"), True),
        (("客服：您好。", f"客户：{PAID}", *ABRUPT), False),
    ],
)
def test_what_must_be_said_is_missing_unless_an_order_stands(lines: tuple[str, ...], missing: bool) -> None:  # noqa: FBT001 - a row of cases
    inspection = inspect(a_call(), a_transcript(*lines))
    assert any(finding.category in OMISSIONS for finding in inspection.findings) is missing


class _GuessesAnOrder:
    """Grades every call O without any words for it, as a learned grader may."""

    version = "guesses"

    def grade(self, call: Call, transcript: Transcript, memo: Memo, findings: Sequence[Finding]) -> Grade:
        del call, transcript, memo, findings
        return Grade(letter=Letter.O, probability=0.4, reasons=(Reason(text="综合各项特征更像 O", evidence=()),))


def test_an_order_that_nobody_speaks_of_excuses_nothing() -> None:
    said = a_transcript(*ABRUPT, "客服：那您怎么说？", "客户：我再想想。")
    inspection = inspect_call(a_call(), said, load_rulebook(), _GuessesAnOrder())
    assert any(finding.category in OMISSIONS for finding in inspection.findings)


def test_where_an_appointment_is_agreed_a_next_step_was_offered() -> None:
    said = (*ABRUPT, "客户：那我礼拜六下午三点过来看车。", "客服：哦，白色的。")
    inspection = inspect(a_call(), a_transcript(*said))
    assert inspection.memo.appointment is not None
    missing = {finding.category for finding in inspection.findings}
    assert Category.NO_NEXT_STEP not in missing
    assert Category.NO_RECORDING_NOTICE in missing
