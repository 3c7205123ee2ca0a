from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qc.cli.main import app
from qc.rulebook import SHIPPED


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QC_DATA_DIR", str(tmp_path / "data"))
    path = tmp_path / "call.json"
    turns = [
        {"speaker": "customer", "text": "贷款能过吗"},
        {"speaker": "agent", "text": "我们可不能说贷款包过"},
        {"speaker": "customer", "text": "那你们多少钱"},
    ]
    path.write_text(json.dumps({"call_time": "2026-03-12T10:15:00+08:00", "turns": turns}), "utf-8")
    return path


def test_a_call_file_is_explained_in_chinese_and_in_json(call: Path) -> None:
    told = CliRunner().invoke(app, ["explain", str(call), "finance-misleading"])
    assert told.exit_code == 0, told.output
    assert "放过「" in told.output
    assert "否定" in told.output
    document = json.loads(
        CliRunner().invoke(app, ["explain", str(call), "finance-misleading", "--format", "json"]).stdout
    )
    assert document["findings"] == []
    assert "excused" in {trace["outcome"] for rule in document["rules"] for trace in rule["traces"]}


def test_a_changed_file_is_previewed_on_call_files(call: Path, tmp_path: Path) -> None:
    changed = Path(shutil.copyfile(SHIPPED / "phrases" / "_guards.yaml", tmp_path / "_guards.yaml"))
    changed.write_text("never:\n  title: 从不\n  speaker: agent\n  unless: ['@从不出现的话']\n", "utf-8")
    told = CliRunner().invoke(app, ["lexicons", "preview", str(changed), "--call", str(call)])
    assert (told.exit_code, type(told.exception).__name__) == (1, "BadRulebook"), "rules name guards that are gone"
    words = Path(shutil.copyfile(SHIPPED / "phrases" / "_words.yaml", tmp_path / "_words.yaml"))
    told = CliRunner().invoke(app, ["lexicons", "preview", str(words), "--call", str(call)])
    assert told.exit_code == 0, told.output
    assert "看了 1 通，0 通有变化" in told.output


def test_a_folder_without_a_rule_says_what_would_be_gone(call: Path, tmp_path: Path) -> None:
    turns = [{"speaker": "customer", "text": "定金怎么付"}, {"speaker": "agent", "text": "定金您打到我个人卡上就行"}]
    call.write_text(json.dumps({"call_time": "2026-03-12T10:15:00+08:00", "turns": turns}), "utf-8")
    lexicons = Path(shutil.copytree(SHIPPED, tmp_path / "lexicons"))
    (lexicons / "phrases" / "private-dealing.yaml").write_text("[]", "utf-8")
    told = CliRunner().invoke(app, ["lexicons", "preview", str(lexicons), "--call", str(call)])
    assert told.exit_code == 0, told.output
    assert "- 第2句 私下交易" in told.output
    assert "看了 1 通，1 通有变化" in told.output
