from __future__ import annotations

from pathlib import Path
from shutil import copy

import pytest
from builders import a_transcript

from qc.errors import NotFound
from qc.grade import RuleGrader
from qc.measure.show import to_markdown
from qc.measure.text_bench import added_phrases, run_text_bench, with_phrases
from qc.phrases import find_phrases
from qc.rulebook import load_rulebook

RULEBOOK = load_rulebook()
GRADER = RuleGrader(RULEBOOK.grading)
CALLS = Path(__file__).parents[2] / "evaluation" / "calls"


def test_added_phrases_are_different_and_always_the_same() -> None:
    phrases = added_phrases(20_000)
    assert len(set(phrases)) == 20_000
    assert phrases == added_phrases(20_000)


def test_an_added_phrase_is_found() -> None:
    phrases = added_phrases(120)
    said = a_transcript(f"客服：好的，{phrases[-1]}。")
    assert "added-2" in {finding.rule_id for finding in find_phrases(said, with_phrases(RULEBOOK, phrases).phrases)}
    assert "added-2" not in {finding.rule_id for finding in find_phrases(said, RULEBOOK.phrases)}


def test_inspections_are_timed_beside_other_ways(tmp_path: Path) -> None:
    copy(CALLS / "da-001.json", tmp_path)
    report = run_text_bench(tmp_path, rulebook=RULEBOOK, grader=GRADER, model=None, added=200)
    assert (report.calls, report.added) == (1, 200)
    by_loop = {one.what: one.median_ms for one in report.loops}
    assert by_loop["plain loop, shipped"] > by_loop["prefiltered, shipped"]
    text = to_markdown(report)
    assert "| 200 phrases added |" in text
    assert "pyahocorasick alone" in text


def test_without_a_long_call_there_is_nothing_to_time(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        run_text_bench(tmp_path, rulebook=RULEBOOK, grader=GRADER, model=None)
