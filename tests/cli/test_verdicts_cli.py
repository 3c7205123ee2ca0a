"""The trail of a finding on the command line, as its users type it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from builders import a_transcript
from click.testing import Result
from stored import an_inspection
from typer.testing import CliRunner

from qc.cli.main import app
from qc.domain import Category, Evidence, Finding, Severity
from qc.ingest import RecordingDetails, accept_conversation, open_service
from qc.rulebook import SHIPPED
from qc.store.inspections import save_inspection
from qc.store.settings import Settings
from qc.turns import Turn

LINES = (
    "客户：别家说包过，你们呢？",
    "客服：我们不能说包过，要看银行。",
    "客户：那价格呢？",
    "客服：全国我们家排第一，价格肯定最低。",
)
Run = Callable[..., Result]


@pytest.fixture
def qc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("REDIS_URL", "DATABASE_URL", "BLOB_URL", "QC_LEXICONS", "QC_REVIEWER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "300")
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


def a_finding(rule_id: str, category: Category, utterance: int, words: str) -> Finding:
    text = LINES[utterance].partition("：")[2]
    start = text.index(words)
    place = Evidence(utterance=utterance, start=start, end=start + len(words), quote=words)
    return Finding(
        rule_id=rule_id, category=category, severity=Severity.MAJOR, probability=0.6, evidence=(place,), reason="因为"
    )


FOUND = (
    a_finding("loan-guaranteed", Category.FINANCE_MISLEADING, 1, "包过"),
    a_finding("first-of-all", Category.ABSOLUTE_CLAIMS, 3, "排第一"),
)
LOAN, FIRST = "finance-misleading@1:4-6", "absolute-claims@3:5-8"


@pytest.fixture
def call(qc: Run) -> str:
    """A chat with two findings, known to its users as crm-7."""
    assert "revision" in qc("db", "migrate").stdout
    service = open_service(Settings.read())
    turns = [Turn(speaker=said.speaker, text=said.text) for said in a_transcript(*LINES).utterances]
    details = RecordingDetails.model_validate({"external_id": "crm-7", "agent": "王磊"})
    recording = accept_conversation(service, turns, details).recording
    with service.database.writing() as session:
        save_inspection(session, recording.id, an_inspection(FOUND))
    return recording.id


def made(result: Result) -> str:
    """The id that the command printed."""
    assert result.exit_code == 0, result.exception
    return re.findall(r"(?:ver|app|dec)_\w+", result.stdout)[-1]


def refusal(result: Result) -> str:
    assert result.exit_code == 1
    return getattr(result.exception, "code", "")


def test_a_trail_from_the_flag_to_the_decision(qc: Run, call: str) -> None:
    assert "查出 2 处，未判 2 处" in qc("verdict", "list", "crm-7").stdout
    confirmed = made(qc("verdict", "confirm", "crm-7", FIRST, "--reviewer", "梅姐"))
    assert (
        refusal(qc("verdict", "dismiss", call, FIRST, "--reviewer", "兰姐", "--reason", "policy")) == "judged-meanwhile"
    )
    appeal = made(qc("verdict", "appeal", confirmed, "有排名证书", "--consultant", "王磊"))
    assert "排第一" in qc("verdict", "appeals").stdout
    assert refusal(qc("verdict", "decide", appeal, "uphold", "--reviewer", "梅姐")) == "second-reviewer-needed"
    decided = qc(
        "verdict", "decide", appeal, "dismiss", "--reason", "permitted", "--reviewer", "兰姐", "--comment", "有证书"
    )
    made(decided)
    assert "0 件" in qc("verdict", "appeals").stdout
    assert "裁定驳回：有证书" in qc("verdict", "appeals", "--all").stdout
    shown = qc("verdict", "list", call).stdout
    assert "未判 1 处" in shown
    for line in ("梅姐 确认", "王磊 申诉：有排名证书", "兰姐 裁定驳回（本店允许）：有证书", "已驳回  极限词"):
        assert line in shown


def test_a_reviewer_changes_her_mind_and_moves_and_adds(qc: Run, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QC_REVIEWER", "梅姐")
    first = made(qc("verdict", "confirm", call, LOAN))
    made(qc("verdict", "dismiss", call, LOAN, "--reason", "negation", "--after", first))
    made(qc("verdict", "recategorise", call, FIRST, "overpromise"))
    made(qc("verdict", "comment", call, FIRST, "语气很重"))
    made(qc("verdict", "add", call, "absolute-claims", "价格肯定最低"))
    shown = qc("verdict", "list", call).stdout
    assert "未判 0 处，另有 1 处人工意见" in shown
    assert "已改类别  极限词  absolute-claims@3:5-8  → 虚假或过度承诺" in shown
    assert "梅姐 备注：语气很重" in shown
    assert "人工补充  极限词  absolute-claims@3:9-15  机器没有查出" in shown


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("confirm", "crm-7", "x"), "bad-finding"),
        (("confirm", "crm-7", "absolute@3:5-8"), "bad-finding"),
        (("confirm", "crm-7", "evasive@3:5-8"), "no-such-finding"),
        (("confirm", "crm-8", FIRST), "no-such-recording"),
        (("confirm", "crm-7", FIRST, "--reviewer", " "), "bad-name"),
        (("add", "crm-7", "evasive", "没人说的话"), "no-such-words"),
        (("add", "crm-7", "evasive", "价格"), "words-not-unique"),
    ],
)
def test_what_cannot_be_meant_is_explained(
    qc: Run, call: str, arguments: tuple[str, ...], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call
    monkeypatch.setenv("QC_REVIEWER", "梅姐")
    assert refusal(qc("verdict", *arguments)) == code


def test_words_said_twice_are_told_apart(qc: Run, call: str) -> None:
    made(qc("verdict", "add", call, "evasive", "价格", "--utterance", "3", "--reviewer", "梅姐"))
    assert "evasive@3:9-11" in qc("verdict", "list", call).stdout


@pytest.fixture
def judged(qc: Run, call: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("QC_REVIEWER", "梅姐")
    made(qc("verdict", "dismiss", call, LOAN, "--reason", "negation", "--comment", "说的是\n不能"))
    made(qc("verdict", "confirm", call, FIRST))
    made(qc("verdict", "add", call, "overpromise", "价格肯定最低"))
    return call


def test_dismissed_flags_are_candidate_misses_and_added_ones_candidate_hits(qc: Run, judged: str) -> None:
    result = qc("lexicons", "suggest")
    assert "1 candidate misses, 1 candidate hits; 0 are examples already" in result.stderr
    assert f"# {judged}" in result.stdout
    assert "梅姐" in result.stdout
    assert "否定：说的是 不能" in result.stdout
    assert yaml.safe_load(result.stdout) == [
        {
            "id": "loan-guaranteed",
            "misses": [{"before": "别家说包过，你们呢？", "text": "我们不能说包过，要看银行。"}],
        },
        {
            "category": "overpromise",
            "hits": [{"before": "那价格呢？", "text": "全国我们家排第一，价格肯定最低。"}],
        },
    ]


def test_the_learned_model_gets_labelled_lines(qc: Run, judged: str) -> None:
    assert judged
    result = qc("lexicons", "suggest", "--format", "jsonl")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    last: dict[str, Any] = {"speaker": "agent", "before": "那价格呢？", "text": "全国我们家排第一，价格肯定最低。"}
    assert lines == [
        {
            "category": "finance-misleading",
            "label": False,
            "speaker": "agent",
            "before": "别家说包过，你们呢？",
            "text": "我们不能说包过，要看银行。",
            "quote": "包过",
        },
        {"category": "absolute-claims", "label": True, **last, "quote": "排第一"},
        {"category": "overpromise", "label": True, **last, "quote": "价格肯定最低"},
    ]
    assert list(lines[0]) == ["category", "label", "speaker", "before", "text", "quote"]


def test_what_is_not_in_the_words_teaches_nothing(qc: Run, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QC_REVIEWER", "梅姐")
    made(qc("verdict", "dismiss", call, LOAN, "--reason", "misheard"))
    assert qc("lexicons", "suggest", "--format", "jsonl").stdout == ""
    shown = qc("lexicons", "suggest").stdout
    assert "一般不收：- {before: 别家说包过" in shown
    assert yaml.safe_load(shown) == [{"id": "loan-guaranteed", "misses": None}]


def test_a_sentence_with_a_real_violation_is_no_miss_of_its_category(
    qc: Run, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QC_REVIEWER", "梅姐")
    made(qc("verdict", "dismiss", call, FIRST, "--reason", "other-meaning"))
    made(qc("verdict", "add", call, "absolute-claims", "价格肯定最低"))
    (line,) = qc("lexicons", "suggest", "--format", "jsonl").stdout.splitlines()
    assert json.loads(line)["label"] is True


def test_what_the_rules_have_already_is_not_suggested_again(
    qc: Run, judged: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert judged
    lexicons = Path(shutil.copytree(SHIPPED, tmp_path / "lexicons"))
    path = lexicons / "phrases/finance-misleading.yaml"
    rules = yaml.safe_load(path.read_text("utf-8"))
    rule = next(rule for rule in rules if rule["id"] == "loan-guaranteed")
    rule["misses"].append("我们不能说包过，要看银行！")
    path.write_text(yaml.safe_dump(rules, allow_unicode=True), "utf-8")
    monkeypatch.setenv("QC_LEXICONS", str(lexicons))
    assert "0 candidate misses, 1 candidate hits; 1 are examples already" in qc("lexicons", "suggest").stderr


def test_noisy_rules_are_listed_with_counts(qc: Run, judged: str) -> None:
    assert judged
    assert "2 rules have verdicts, 0 are noisy" in qc("lexicons", "noisy").stdout
    shown = qc("lexicons", "noisy", "--min-verdicts", "1").stdout
    assert "loan-guaranteed" in shown
    assert "first-of-all" not in shown
    assert "否定 1" in shown
    assert "first-of-all" in qc("lexicons", "noisy", "--all").stdout
