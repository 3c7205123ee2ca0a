from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from qc.cli.main import app

CALL: dict[str, Any] = {
    "id": "t-1",
    "call_time": "2026-03-12T10:15:00+08:00",
    "direction": "outbound",
    "dealer": {"store": "嘉兴申联上汽大众", "brand": "上汽大众"},
    "turns": [
        {"speaker": "agent", "text": "您好，我是申联上汽大众的小沈，通话有录音。您看途观L大概预算多少？"},
        {"speaker": "customer", "text": "最多二十二万，下个月买。"},
        {"speaker": "agent", "text": "行，定金您直接转我个人微信就行。"},
        {"speaker": "customer", "text": "那不太好吧。"},
    ],
    "findings": [{"category": "abuse", "turn": 0, "quote": "您好"}],
}
EVIDENCE = {
    "type": "object",
    "required": ["utterance", "start", "end", "quote"],
    "additionalProperties": False,
    "properties": {
        "utterance": {"type": "integer"},
        "start": {"type": "integer"},
        "end": {"type": "integer"},
        "quote": {"type": "string"},
    },
}
CONTRACT = {
    "type": "object",
    "required": ["source", "transcript", "findings", "conduct", "scorecard", "memo", "grade", "made_with"],
    "properties": {
        "transcript": {
            "type": "object",
            "required": ["utterances"],
            "properties": {
                "utterances": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["speaker", "start_ms", "end_ms", "text"],
                        "properties": {
                            "speaker": {"enum": ["agent", "customer", "unknown"]},
                            "start_ms": {"type": "integer"},
                            "end_ms": {"type": "integer"},
                        },
                    },
                }
            },
        },
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["rule_id", "category", "severity", "probability", "evidence", "reason"],
                "properties": {
                    "severity": {"enum": ["critical", "major", "minor", "alert"]},
                    "evidence": {"type": "array", "minItems": 1, "items": EVIDENCE},
                },
            },
        },
        "memo": {
            "type": "object",
            "required": ["customer_name", "budget", "purchase_time", "vehicles", "appointment", "evidence"],
            "properties": {
                "purchase_time": {"anyOf": [{"type": "null"}, {"type": "object", "required": ["from", "to", "said"]}]},
                "evidence": {"type": "object", "additionalProperties": {"type": "array", "items": EVIDENCE}},
            },
        },
        "grade": {
            "type": "object",
            "required": ["letter", "probability", "reasons", "next_contact_by"],
            "properties": {"letter": {"enum": list("HABCNOF")}},
        },
        "made_with": {"type": "object", "required": ["rulebook", "recogniser", "grader"]},
    },
}


@pytest.fixture
def call_file(tmp_path: Path) -> Path:
    path = tmp_path / "t-1.json"
    path.write_text(json.dumps(CALL, ensure_ascii=False), "utf-8")
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["inspect", *map(str, arguments)])


def test_json_keeps_the_contract_and_ignores_labels(call_file: Path) -> None:
    result = run("--format", "json", call_file)
    assert result.exit_code == 0
    (line,) = result.stdout.splitlines()
    document = json.loads(line)
    jsonschema.validate(document, CONTRACT)
    assert document["source"] == str(call_file)
    assert {finding["category"] for finding in document["findings"]} == {"private-dealing"}
    assert document["memo"]["budget"] == {"min": None, "max": 220000, "basis": None}
    assert document["memo"]["purchase_time"] == {"from": "2026-04-01", "to": "2026-04-30", "said": "下个月"}
    assert ", " not in line.split('"findings"')[0].replace("，", ""), "the line is compact"


def test_the_memo_is_told_in_words(call_file: Path) -> None:
    words = json.loads(run("--format", "json", call_file).stdout)["memo_text"]
    assert "预算22万以内" in words["summary"]
    assert "预算：22万以内" in words["wechat"].splitlines()
    assert run("--format", "wechat", call_file).stdout == f"{words['wechat']}\n"


def test_one_line_a_file_in_the_order_given_and_failures_in_place(call_file: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{", "utf-8")
    missing = tmp_path / "missing.wav"
    noise = tmp_path / "noise.wav"
    noise.write_bytes(b"this is no recording")
    result = run("--format", "json", broken, call_file, missing, noise)
    documents = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [document["source"] for document in documents] == [str(p) for p in (broken, call_file, missing, noise)]
    assert [document.get("error", {}).get("code") for document in documents] == [
        "bad-call",
        None,
        "no-such-file",
        "not-audio",
    ]


def test_a_mistake_of_ours_is_told_without_what_was_said(call_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = "我的电话是幺三八"

    def stumble(*_: object) -> None:
        raise KeyError(words)

    monkeypatch.setattr("qc.cli.inspect.inspect_call", stumble)
    result = run("--format", "json", call_file)
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"] == {"code": "internal-error", "detail": "KeyError", "way_out": ""}
    assert words not in result.output
    assert "in stumble" in result.stderr


def test_options_override_what_the_file_says(call_file: Path) -> None:
    result = run("--format", "json", "--call-time", "2026-06-01T09:00:00+08:00", call_file)
    assert json.loads(result.stdout)["memo"]["purchase_time"]["from"] == "2026-07-01"


def test_the_report_for_people_says_what_where_and_why(call_file: Path) -> None:
    result = run(call_file)
    assert result.exit_code == 0
    for words in ("建议级别", "私下交易", "联络备忘", "22万以内", "下个月", "沟通表现"):
        assert words in result.stdout


@pytest.mark.parametrize("moment", ["yesterday", "2026-13-01T00:00"])
def test_a_call_time_that_is_none_is_refused_with_the_way_out(call_file: Path, moment: str) -> None:
    result = run("--call-time", moment, call_file)
    assert result.exit_code != 0
    assert "--call-time" in str(result.exception)
    assert "2026-03-12T10:15+08:00" in str(result.exception)
