"""``qc conduct``: a call's figures beside its store's medians."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from stored import a_chat, an_inspection
from typer.testing import CliRunner

from qc.cli.conduct import TITLES
from qc.cli.main import app
from qc.domain import Conduct, ConductRemark, Severity, Share
from qc.rulebook.conduct import Figure
from qc.store.database import Database
from qc.store.inspections import save_inspection
from qc.store.settings import Settings
from qc.store.team import FEWEST_CALLS

REMARK = ConductRemark(
    rule_id="talk", severity=Severity.MINOR, value=0.9, limit=0.7, reason="顾问说话占 90%，超过 70%。"
)


@pytest.fixture(autouse=True)
def _stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two calls of one store with enough others, and one each of a store of its own and of none."""
    monkeypatch.setenv("QC_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    database = Database(Settings.read().database)
    database.migrate()
    shares: list[tuple[str | None, str, float]] = [
        ("城东店", f"E-{number}", number / 100) for number in range(FEWEST_CALLS)
    ]
    with database.writing() as session:
        for store, name, share in (*shares, ("城东店", "E-x", 0.9), ("城西店", "W-1", 0.4), (None, "N-1", 0.4)):
            conduct = Conduct(
                talk_share=Share(agent=share, customer=1 - share),
                agent_questions=int(share * 100),
                remarks=(REMARK,) if name == "E-x" else (),
            )
            call = a_chat(session, "客服：您好", store=store, external_id=name)
            save_inspection(session, call.id, an_inspection().model_copy(update={"conduct": conduct}))
    database.close()


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["conduct", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_figures_stand_beside_the_medians_of_the_store() -> None:
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in run("E-x").splitlines()]
    assert ["销售说话占", "90%", "14%", "30"] in lines
    assert ["提问", "90 个问题", "14.5 个问题", "30"] in lines
    assert "! 顾问说话占 90%，超过 70%。" in run("E-x")


def test_a_store_with_few_calls_has_no_median() -> None:
    shown = run("W-1")
    assert f"不到 {FEWEST_CALLS} 通" in shown
    assert "40%" in shown
    assert "没有注明门店" in run("N-1")


def test_programs_get_both() -> None:
    shown = json.loads(run("E-x", "--json"))
    assert shown["team_median"]["talk-share"] == {"median": 0.145, "calls": FEWEST_CALLS}
    assert shown["conduct"]["talk_share"]["agent"] == 0.9


def test_every_figure_has_a_name() -> None:
    assert set(TITLES) == set(Figure)
