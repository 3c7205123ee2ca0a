from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from qc.cli.main import app
from qc.errors import BadInput
from qc.grade import RuleGrader
from qc.rulebook import Rulebook
from qc.store.database import Database
from qc.store.lead_grades import post_lead
from qc.store.leads import NewLead
from qc.store.settings import Settings


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rulebook: Rulebook) -> None:
    monkeypatch.setenv("QC_DATA_DIR", str(tmp_path))
    database = Database(Settings.read().database)
    database.migrate()
    for number, day in enumerate(("2026-03-01", "2026-03-31")):
        new = NewLead.model_validate({"external_id": f"XS-{number}", "at": f"{day}T23:59:00+08:00", "source": "抖音"})
        with database.writing() as session:
            post_lead(session, new, RuleGrader(rulebook.grading))
    database.close()


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["report", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_report_for_people_and_for_programs(stored: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    shown = run("sources")
    assert "来源与成交" in shown
    assert "抖音" in shown
    assert "样本少" in shown
    made = json.loads(run("sources", "--by", "month", "--to", "2026-03-31", "--from", "2026-03-02", "--format", "json"))
    assert [(row["month"], row["leads"]) for row in made["rows"]] == [("2026-03", 1)]
    assert run("stages", "--format", "csv").startswith("\ufeff阶段,")


def test_a_workbook_is_written(stored: None, tmp_path: Path) -> None:
    out = tmp_path / "级别.xlsx"
    run("grades", "--format", "xlsx", "--out", str(out))
    assert load_workbook(out).worksheets[0]["A2"].value == "H"


def test_what_cannot_be_counted_by_is_said(stored: None) -> None:
    with pytest.raises(BadInput, match="cannot count by"):
        run("sources", "--by", "brand")
