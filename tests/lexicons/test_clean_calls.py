"""Ordinary speech of good calls, full of the words that rules look for: stable rules say nothing about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import a_transcript

from qc.judgement import shipped_model
from qc.phrases import find_phrases
from qc.rulebook import SHIPPED
from qc.rulebook.phrases import load_phrases

RULES = load_phrases(SHIPPED / "phrases")
STABLE = RULES.stable()
FOLDER = Path(__file__).parent / "clean_calls"
EXCHANGES = [
    pytest.param(exchange, id=f"{path.stem}:{number}")
    for path in sorted(FOLDER.glob("*.txt"))
    for number, exchange in enumerate(path.read_text(encoding="utf-8").strip().split("\n\n"))
]


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_nothing_is_found_in_an_ordinary_exchange(exchange: str) -> None:
    found = find_phrases(a_transcript(*exchange.splitlines()), STABLE)
    assert [(finding.rule_id, finding.evidence[0].quote) for finding in found] == []


def test_rules_and_the_shipped_model_together_report_nothing_in_ordinary_exchanges() -> None:
    """The model has learned from them: this holds what is shipped together, it does not measure the model."""
    model = shipped_model()
    assert model is not None
    reported = {}
    for exchange in (exchange.values[0] for exchange in EXCHANGES):
        transcript = a_transcript(*str(exchange).splitlines())
        judged = model.judge(transcript, find_phrases(transcript, RULES), once=RULES.reported_once)
        if judged:
            reported[exchange] = [finding.rule_id for finding in judged]
    assert reported == {}


def test_there_are_sixty_ordinary_exchanges_for_every_category() -> None:
    counts = {path.stem: path.read_text(encoding="utf-8").strip().count("\n\n") + 1 for path in FOLDER.glob("*.txt")}
    assert {rule.category: counts[rule.category] for rule in RULES.rules if counts[rule.category] < 60} == {}
