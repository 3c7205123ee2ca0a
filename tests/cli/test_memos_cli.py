"""Memos and their corrections on the command line, as their users type it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import CALL_TIME, a_transcript
from click.testing import Result
from stored import an_inspection
from typer.testing import CliRunner
from writer_server import reply, writer_server

from qc.cli.main import app
from qc.domain import Budget, Evidence, Memo
from qc.errors import QcError
from qc.ingest import RecordingDetails, accept_conversation, open_service
from qc.store.inspections import save_inspection
from qc.store.settings import Settings
from qc.turns import Turn

LINES = ("客服：您预算多少？", "客户：二十万吧，迈腾。")
MEMO = Memo(
    budget=Budget(min=200_000, max=200_000),
    vehicles=("迈腾",),
    evidence={
        "budget": (Evidence(utterance=1, start=0, end=4, quote="二十万吧"),),
        "vehicles": (Evidence(utterance=1, start=5, end=7, quote="迈腾"),),
    },
)
Run = Callable[..., Result]


@pytest.fixture
def qc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in (
        "REDIS_URL",
        "DATABASE_URL",
        "BLOB_URL",
        "QC_LEXICONS",
        "QC_REVIEWER",
        "QC_WRITER_URL",
        "QC_WRITER_MODEL",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def call(qc: Run) -> str:
    assert "revision" in qc("db", "migrate").stdout
    inspected_call("crm-7")
    return "crm-7"


def inspected_call(external_id: str) -> str:
    service = open_service(Settings.read())
    turns = [Turn(speaker=said.speaker, text=said.text) for said in a_transcript(*LINES).utterances]
    details = RecordingDetails.model_validate({"external_id": external_id, "started_at": CALL_TIME})
    recording = accept_conversation(service, turns, details).recording
    with service.database.writing() as session:
        save_inspection(session, recording.id, an_inspection(memo=MEMO))
    return recording.id


def refusal(result: Result) -> str:
    assert isinstance(result.exception, QcError)
    return result.exception.code


def test_a_memo_is_shown_in_words(qc: Run, call: str) -> None:
    assert "3月12日周四与客户通话：想买迈腾。预算20万。" in qc("memo", "show", call).stdout
    assert qc("memo", "show", call, "--wechat").stdout == "客户 3月12日周四通话\n想买：迈腾\n预算：20万\n"


def test_a_corrected_field_shows_the_machines_value_beside_it(qc: Run, call: str) -> None:
    budget = '{"min": null, "max": 180000, "basis": "落地"}'
    made = qc("memo", "correct", call, "budget", budget, "--consultant", "王磊")
    assert "王磊 更正了预算  cor_" in made.stdout
    qc("memo", "correct", call, "preferences", "白色、顶配", "--consultant", "王磊")
    qc("memo", "correct", call, "vehicles", "--not-said", "--consultant", "王磊")
    shown = qc("memo", "show", call).stdout
    assert "预算落地18万以内。偏好白色、顶配。" in shown
    lines = {line.split()[0]: line.split()[1:] for line in shown.splitlines()[2:]}
    assert lines["预算"] == ["落地18万以内", "已更正（系统：20万）", "王磊"]
    assert lines["意向车型"] == ["—", "没有谈到（系统：迈腾）", "王磊"]


def test_corrections_measure_the_memos_of_this_installation(qc: Run, call: str) -> None:
    qc("memo", "correct", call, "budget", "--not-said", "--consultant", "王磊")
    assert "王磊 确认了备忘" in qc("memo", "confirm", call, "--consultant", "王磊").stdout
    report = json.loads(qc("evaluate", "--corrections", "--format", "json").stdout)
    assert report["calls"] == 1
    assert (report["fields"]["budget"]["hits"], report["fields"]["payment"]["hits"]) == (0, 1)
    assert report["states"] == {"confirmed": 14, "corrected": 0, "not-said": 1}


def test_a_writer_may_be_asked_again(qc: Run, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(qc("memo", "write", call)) == "no-writer"
    with writer_server() as server:
        monkeypatch.setenv("QC_WRITER_URL", server.url)
        monkeypatch.setenv("QC_WRITER_MODEL", "qwen3")
        budget = {"field": "payment", "value": "全款", "quote": "二十万吧"}
        server.says({"summary": "客户想买迈腾，预算20万。", "proposals": [budget]})
        told = qc("memo", "write", call).stdout
    assert "qwen3（written）" in told
    assert "  客户想买迈腾，预算20万。\n  未通过核对 1 处\n" in told
    assert told in qc("memo", "show", call).stdout


def test_what_an_outage_left_is_asked_about_oldest_first(qc: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "revision" in qc("db", "migrate").stdout
    ids = [inspected_call(name) for name in ("crm-1", "crm-2", "crm-3", "crm-4")]
    with writer_server() as server:
        monkeypatch.setenv("QC_WRITER_URL", server.url)
        monkeypatch.setenv("QC_WRITER_MODEL", "qwen3")
        server.says({"summary": "客户想买迈腾，预算20万。"})
        qc("memo", "write", ids[1])
        server.answer = lambda handler: reply(handler, b"", 503)
        for failing in (ids[2], ids[0], ids[1]):
            assert "（failed）" in qc("memo", "write", failing).stdout
        still_down = qc("memo", "write", "--paused")
        assert still_down.exit_code == 1
        assert "问了 1 通，写成 0 通，还有 2 通没有答复" in still_down.stdout
        server.says({"summary": "客户想买迈腾，预算20万。"})
        monkeypatch.setattr("qc.cli.memos.AT_ONCE", 1)
        asked = len(server.asked)
        assert "问了 1 通，写成 1 通，还有 1 通没有答复" in qc("memo", "write", "--paused").stdout
        assert "（written）" in qc("memo", "show", ids[0]).stdout
        assert "（failed）" in qc("memo", "show", ids[2]).stdout
        assert "问了 1 通，写成 1 通，还有 0 通没有答复" in qc("memo", "write", "--paused").stdout
        assert "问了 0 通，写成 0 通，还有 0 通没有答复" in qc("memo", "write", "--paused").stdout
        assert len(server.asked) == asked + 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("write",), "bad-option"),
        (("write", "crm-7", "--paused"), "bad-option"),
        (("correct", "crm-7", "budget", "二十万", "--consultant", "王磊"), "bad-value"),
        (("correct", "crm-7", "budget", "--consultant", "王磊"), "bad-option"),
        (("correct", "crm-7", "payment", "全款", "--not-said", "--consultant", "王磊"), "bad-option"),
        (("correct", "crm-7", "colour", "白", "--consultant", "王磊"), "no-such-field"),
        (("confirm", "crm-7", "--consultant", " "), "bad-name"),
        (("show", "crm-8"), "no-such-recording"),
    ],
)
def test_what_cannot_be_used_is_refused(qc: Run, call: str, arguments: tuple[str, ...], code: str) -> None:
    assert refusal(qc("memo", *arguments)) == code
