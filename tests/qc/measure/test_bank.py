from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from builders import a_call

from qc.domain import OMISSIONS, Speaker
from qc.errors import BadCall
from qc.grade import RuleGrader
from qc.measure.bank import MUTE_CALL, BankReport, Sentences, evaluate_bank
from qc.measure.scoring import Rate, Tally
from qc.measure.show import to_markdown
from qc.pipeline import inspect_call
from qc.turns import Turn, transcript_of_turns

if TYPE_CHECKING:
    from pathlib import Path

    from qc.rulebook import Rulebook


def evaluate(tmp_path: Path, rulebook: Rulebook, *lines: dict[str, Any]) -> BankReport:
    path = tmp_path / "bank.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n\n", "utf-8")
    return evaluate_bank(path, rulebook=rulebook, grader=RuleGrader(rulebook.grading, preset="default"))


def a_sentence(category: str, text: str, *, label: bool, speaker: str = "agent", before: str = "") -> dict[str, Any]:
    return {"category": category, "label": label, "speaker": speaker, "before": before, "text": text, "quote": ""}


def test_sentences_found_and_hard_negatives_fired(tmp_path: Path, rulebook: Rulebook) -> None:
    report = evaluate(
        tmp_path,
        rulebook,
        a_sentence("do-not-call", "不要再联系我了，别再打电话了", label=True, speaker="customer"),
        a_sentence("do-not-call", "今天天气不错", label=True, speaker="customer"),
        a_sentence("do-not-call", "好的谢谢", label=False, speaker="customer"),
    )
    assert report.categories == {"do-not-call": Sentences(found=Rate(hits=1, of=2), fired=Rate(hits=0, of=1))}
    assert "| do-not-call | 1/2 | 0.500 | 0/1 | 0.000 |" in to_markdown(report)


def test_what_the_other_party_said_before_is_not_counted(tmp_path: Path, rulebook: Rulebook) -> None:
    line = a_sentence(
        "do-not-call", "好的，我给您登记。", label=False, speaker="agent", before="不要再联系我了，别再打电话了"
    )
    assert evaluate(tmp_path, rulebook, line).categories["do-not-call"].fired == Rate(hits=0, of=1)


def test_in_the_mute_call_every_must_say_line_is_missing(rulebook: Rulebook) -> None:
    turns = [Turn(speaker=speaker, text=text) for speaker, text in MUTE_CALL]
    grader = RuleGrader(rulebook.grading, preset="default")
    inspection = inspect_call(a_call(), transcript_of_turns(turns), rulebook, grader)
    assert {finding.category for finding in inspection.findings} == OMISSIONS
    assert {speaker for speaker, _ in MUTE_CALL} == {Speaker.AGENT, Speaker.CUSTOMER}


@pytest.mark.parametrize(
    ("category", "text"),
    [
        ("self-introduction", "您好，我是天河店的销售顾问小李。"),
        ("recording-notice", "为了保证服务质量，我们的通话会被录音。"),
        ("needs-probing", "您买车主要是什么用途，预算大概多少呢？"),
        ("next-step", "那我明天下午三点再给您打电话，您看行吗？"),
    ],
)
def test_a_must_say_line_is_found_when_its_absence_is_not(
    tmp_path: Path, rulebook: Rulebook, category: str, text: str
) -> None:
    report = evaluate(
        tmp_path, rulebook, a_sentence(category, text, label=True), a_sentence(category, "嗯，对的。", label=False)
    )
    assert report.categories[category] == Sentences(found=Rate(hits=1, of=1), fired=Rate(hits=0, of=1))


def test_times_count_whole_end_appointment_and_grade(tmp_path: Path, rulebook: Rulebook) -> None:
    line = {
        "call_time": "2026-03-12T10:15:00+08:00",
        "before": "您打算什么时候买？",
        "speaker": "customer",
        "text": "下个月买。",
        "purchase_time": {"from": "2026-04-01", "to": "2026-04-30", "said": "下个月"},
        "appointment": None,
        "grade": "C",
    }
    report = evaluate(tmp_path, rulebook, line, line | {"grade": None}, line | {"purchase_time": None})
    assert report.fields["purchase_time"] == Rate(hits=2, of=3)
    assert report.fields["purchase_end"] == Rate(hits=2, of=3)
    assert report.fields["appointment"] == Rate(hits=3, of=3)
    assert report.fields["grade"].of == 2


def test_needs_count_only_the_fields_in_question(tmp_path: Path, rulebook: Rulebook) -> None:
    line = {
        "dealer_brand": "广汽丰田",
        "before": "",
        "speaker": "customer",
        "text": "我全款买，预算二十万左右。",
        "memo": {"payment": "全款", "budget": {"min": 200000, "max": 200000, "basis": None}},
    }
    report = evaluate(tmp_path, rulebook, line, {**line, "memo": {"vehicles": []}}, {**line, "memo": {"use": ["拉货"]}})
    assert report.fields == {"budget": Rate(hits=1, of=1), "payment": Rate(hits=1, of=1)}
    assert report.lists == {"vehicles": Tally(), "use": Tally(fn=1)}


def test_a_wrong_line_is_named(tmp_path: Path, rulebook: Rulebook) -> None:
    good = a_sentence("do-not-call", "好的", label=False, speaker="customer")
    with pytest.raises(BadCall) as error:
        evaluate(tmp_path, rulebook, good, {"category": "do-not-call"})
    assert error.value.where.endswith("bank.jsonl:2")


def test_an_exchange_is_asked_for_every_field_it_names(tmp_path: Path, rulebook: Rulebook) -> None:
    line = {
        "dealer_brand": "吉利",
        "call_time": "2026-03-12T10:15:00+08:00",
        "turns": [["agent", "您预算多少？"], ["customer", "十万以内，星越L。"]],
        "memo": {"budget": {"min": None, "max": 100000}, "payment": None, "trade_in": "飞度", "vehicles": ["星越L"]},
    }
    report = evaluate(tmp_path, rulebook, line)
    right, wrong = Rate(hits=1, of=1), Rate(hits=0, of=1)
    assert report.fields == {"budget": right, "payment": right, "trade_in": wrong}
    assert report.lists == {"vehicles": Tally(tp=1)}
