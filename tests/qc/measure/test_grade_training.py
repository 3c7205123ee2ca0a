from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from qc.domain import Letter
from qc.errors import BadCall
from qc.grading_model import NEVER_LOWERS, NEVER_RAISES, read_grade_model
from qc.measure.grade_report import calibration_of, is_rightly_ungraded
from qc.measure.grade_talks import GradedTalk, read_graded
from qc.measure.grade_training import LeftOut, fit_temperature, learn_by_folds, leave_out, train_grade
from qc.rulebook import SHIPPED, Rulebook, load_rulebook

EVALUATION = Path("tests/evaluation")


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rulebook()


@pytest.fixture(scope="module")
def talks() -> list[GradedTalk]:
    """Some of everything, so that learning takes a second."""
    every = read_graded(SHIPPED, EVALUATION)
    return [talk for talk in every if talk.grade is not None and not talk.annotated][::5]


@pytest.fixture(scope="module")
def left_out(talks: list[GradedTalk], rulebook: Rulebook) -> LeftOut:
    return leave_out(talks, rulebook, None)


def test_all_sources_are_read_and_none_that_is_held() -> None:
    talks = read_graded(SHIPPED, EVALUATION)
    sources = {talk.source for talk in talks}
    assert {"da", "db", "pa", "bank/time.open", "grades/ends", "grades/times", "grades/visits"} <= sources
    assert not any(talk.name.startswith("dc") for talk in talks)
    assert sum(talk.source.startswith("grades/") for talk in talks) >= 250
    assert {talk.grade for talk in talks} >= set(Letter)


def test_the_lines_we_wrote_are_each_another_call() -> None:
    names = [talk.name for talk in read_graded(SHIPPED, EVALUATION) if talk.source.startswith("grades/")]
    assert len(names) == len(set(names))


def test_each_talk_is_graded_by_a_model_that_has_not_seen_it(left_out: LeftOut, talks: list[GradedTalk]) -> None:
    assert len(left_out.graded) == len(talks)
    for graded in left_out.graded:
        assert sum(graded.likely.values()) == pytest.approx(1)


def test_the_same_talk_gives_the_same_file(left_out: LeftOut, talks: list[GradedTalk], rulebook: Rulebook) -> None:
    content, report = train_grade(left_out, rulebook)
    assert train_grade(leave_out(talks, rulebook, None), rulebook)[0] == content
    header = read_grade_model(content).header
    assert header.metrics == report.metrics()
    assert report.count == len(talks)
    assert report.right.share > 0.5
    assert "one" in header.status["open"]


def test_weights_point_the_way_they_must(left_out: LeftOut, rulebook: Rulebook) -> None:
    for model in (*learn_by_folds(left_out), read_grade_model(train_grade(left_out, rulebook)[0])):
        for ground, urgency in model.header.urgency.items():
            assert all(urgency[name] >= 0 for name in NEVER_LOWERS)
            assert all(urgency[name] <= 0 for name in NEVER_RAISES)
            assert list(model.header.cuts[ground]) == sorted(model.header.cuts[ground])


def test_a_temperature_takes_back_what_is_too_sure() -> None:
    likely = np.tile([0.98, 0.02], (100, 1))
    true = np.array([0] * 80 + [1] * 20)
    assert fit_temperature(likely, true) > 2


def test_calibration_error_is_how_far_words_are_from_deeds() -> None:
    good = calibration_of([(0.75, True)] * 3 + [(0.75, False)])
    assert good.error == pytest.approx(0)
    boastful = calibration_of([(1.0, True)] * 3 + [(1.0, False)])
    assert boastful.error == pytest.approx(0.25)
    assert calibration_of([]).error == 0


def test_leaving_ungraded_is_right_where_the_guess_is_wrong() -> None:
    likely = {Letter.C: 0.4, Letter.B: 0.3, Letter.N: 0.3}
    assert is_rightly_ungraded(Letter.B, likely)
    assert is_rightly_ungraded(Letter.N, likely)
    assert not is_rightly_ungraded(Letter.C, likely)


@pytest.mark.parametrize(
    "line",
    [
        {"call_time": "2026-03-12T10:15:00+08:00", "turns": [], "grade": "H"},
        {
            "call_time": "2026-03-12T10:15:00+08:00",
            "turns": [{"speaker": "agent", "text": "您好"}],
            "signs": [{"turn": 1, "sign": "ordered"}],
            "grade": "O",
        },
        {
            "call_time": "2026-03-12T10:15:00+08:00",
            "turns": [{"speaker": "agent", "text": "您好"}],
            "signs": [{"turn": 0, "sign": "happy"}],
            "grade": "O",
        },
    ],
)
def test_a_line_that_does_not_fit_is_named(tmp_path: Path, line: dict[str, object]) -> None:
    (tmp_path / "grades").mkdir()
    (tmp_path / "grades" / "own.jsonl").write_text(json.dumps(line, ensure_ascii=False), encoding="utf-8")
    with pytest.raises(BadCall, match=r"own\.jsonl:1|graded call|no turn"):
        read_graded(tmp_path, tmp_path)
