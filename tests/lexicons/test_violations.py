"""Other ways to say the same things than the rules' own examples: the last line of each exchange must be found.

An exchange that begins with 漏： is known to be missed; when a rule learns to find it, the test says so.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import a_transcript

from qc.domain import Category
from qc.phrases import find_phrases
from qc.rulebook import SHIPPED
from qc.rulebook.phrases import load_phrases

RULES = load_phrases(SHIPPED / "phrases")
MISSED = "漏："


def _exchanges() -> list[pytest.ParameterSet]:
    found = []
    for path in sorted((Path(__file__).parent / "violations").glob("*.txt")):
        for number, exchange in enumerate(path.read_text(encoding="utf-8").strip().split("\n\n")):
            marks = [pytest.mark.xfail(strict=True, reason="found by now: drop the mark")] * exchange.startswith(MISSED)
            found.append(
                pytest.param(
                    Category(path.stem), exchange.removeprefix(MISSED), id=f"{path.stem}:{number}", marks=marks
                )
            )
    return found


@pytest.mark.parametrize(("category", "exchange"), _exchanges())
def test_a_violation_is_found_however_it_is_said(category: Category, exchange: str) -> None:
    lines = exchange.splitlines()
    found = find_phrases(a_transcript(*lines), RULES)
    assert category in {f.category for f in found if f.evidence[0].utterance == len(lines) - 1}
