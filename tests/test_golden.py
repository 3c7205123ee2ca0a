"""Whole inspections as readable JSON. ``pytest --update-golden`` rewrites them; the diff is the review."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qc.callfile import read_call_file
from qc.grade import RuleGrader
from qc.pipeline import inspect_call

if TYPE_CHECKING:
    from qc.rulebook import Rulebook

HERE = Path(__file__).resolve().parent
CALLS = HERE / "evaluation" / "calls"
GOLDEN = HERE / "golden"


def inspected(call: str, rulebook: Rulebook) -> str:
    """The inspection of this call as JSON, without the rulebook's version: it changes with every comma."""
    file = read_call_file(CALLS / f"{call}.json")
    grader = RuleGrader(rulebook.grading, preset="default")
    inspection = inspect_call(file.call, file.transcript, rulebook, grader).model_dump(mode="json")
    inspection["made_with"].pop("rulebook")
    return json.dumps(inspection, ensure_ascii=False, indent=1) + "\n"


@pytest.mark.parametrize("call", ["da-001", "da-006", "da-007", "db-002", "db-010"])
def test_the_inspection_is_as_reviewed(call: str, rulebook: Rulebook, request: pytest.FixtureRequest) -> None:
    golden = GOLDEN / f"{call}.json"
    now = inspected(call, rulebook)
    if request.config.getoption("--update-golden"):
        golden.write_text(now, "utf-8")
    assert now == golden.read_text("utf-8")
