from __future__ import annotations

import json
from pathlib import Path
from shutil import copyfile

import pytest
from stored import a_chat, an_inspection
from typer.testing import CliRunner

from qc.cli.main import app
from qc.ingest import open_service
from qc.inspecting import judge_recording, make_judge
from qc.store.inspections import save_inspection
from qc.store.settings import Settings

TURNS = [
    {"speaker": "agent", "text": "您打算什么时候定？"},
    {"speaker": "customer", "text": "月底前吧，途观L，预算二十万以内。"},
]


@pytest.fixture(autouse=True)
def migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated_sqlite: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    copyfile(migrated_sqlite, data / "qc.sqlite3")
    monkeypatch.setenv("QC_DATA_DIR", str(data))


def explained(call: str, *options: str) -> str:
    told = CliRunner().invoke(app, ["explain", call, "grade", *options])
    assert told.exit_code == 0, told.output
    return told.stdout


def test_a_call_files_grade_is_explained_by_its_features(tmp_path: Path) -> None:
    path = tmp_path / "call.json"
    path.write_text(json.dumps({"call_time": "2026-03-12T10:15:00+08:00", "turns": TURNS}), "utf-8")
    told = explained(str(path))
    assert "建议级别 B" in told
    assert "days_to_purchase 19" in told
    assert "urgency · by_B = 1" in told
    document = json.loads(explained(str(path), "--format", "json"))
    assert document["grade"]["features"]["horizon"] == "B"
    assert document["shares"][0]["adds"]


def test_a_stored_grade_is_explained_by_what_was_kept() -> None:
    settings = Settings.read()
    database = open_service(settings).database
    judge = make_judge(settings)
    with database.writing() as session:
        recording = a_chat(session, *(f"{'客服' if t['speaker'] == 'agent' else '客户'}：{t['text']}" for t in TURNS))
    inspection = judge_recording(database, recording, judge)
    with database.writing() as session:
        save_inspection(session, recording.id, inspection)
    document = json.loads(explained(recording.id, "--format", "json"))
    assert document["grader"] == judge.grader.version
    assert document["grade"] == inspection.grade.model_dump(mode="json")
    assert document["shares"]


def test_a_grade_from_before_features_were_kept_says_so() -> None:
    database = open_service(Settings.read()).database
    with database.writing() as session:
        recording = a_chat(session, "客服：您好。")
        save_inspection(session, recording.id, an_inspection())
    assert "早于特征留存" in explained(recording.id)
