"""Lines written by another hand before the code's answers were seen.

First sight, before anything was changed: budget 77/96, payment 35/47, trade_in 27/32, customer_name 21/30,
vehicles F1 .928, competitors F1 .969. They have been read since, so they guard and no longer measure.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from memo_reading import shipped

from qc.grade import RuleGrader
from qc.measure.bank import BankReport, evaluate_bank

CASES = Path(__file__).parent / "cases" / "needs.jsonl"


@pytest.fixture(scope="module")
def report() -> BankReport:
    return evaluate_bank(CASES, rulebook=shipped(), grader=RuleGrader(shipped().grading, preset="default"))


@pytest.mark.parametrize("field", ["budget", "payment", "trade_in", "customer_name"])
def test_one_answer(report: BankReport, field: str) -> None:
    assert report.fields[field].share >= 0.93


@pytest.mark.parametrize("field", ["vehicles", "competitors"])
def test_lists(report: BankReport, field: str) -> None:
    assert report.lists[field].f1 >= 0.95
