from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from builders import CALL_TIME
from recognisers import ScriptedRecogniser
from rich.console import Console
from spoken import exchange, wav_of

from qc.domain import Category, Dealer, Speaker, Utterance
from qc.errors import BadCall, NotFound
from qc.grade import RuleGrader
from qc.measure.evaluate import evaluate_audio, evaluate_calls
from qc.measure.scoring import Rate, Tally
from qc.measure.show import render, to_markdown
from qc.speech.recogniser import NOTHING_EXPECTED, Expectations

if TYPE_CHECKING:
    from qc.measure.report import Report
    from qc.rulebook import Rulebook

Bare = Callable[[Path], list[list[Utterance]]]
AGENT, CUSTOMER = "您好我是天河四S店的销售顾问小李这边给您介绍一下", "别再给我打电话了不要再联系我"


def write_call(folder: Path, name: str, **changes: Any) -> Path:
    content = {
        "id": name,
        "call_time": CALL_TIME,
        "dealer": {"store": "天河店", "brand": "广汽丰田"},
        "turns": [{"speaker": "agent", "text": AGENT}, {"speaker": "customer", "text": CUSTOMER}],
        "findings": [{"category": "do-not-call", "turn": 1, "quote": "不要再联系我"}],
        "omissions": [],
        "memo": {"vehicles": [], "budget": None, "purchase_time": None},
        "grade": "F",
    }
    path = folder / f"{name}.json"
    path.write_text(json.dumps(content | changes, ensure_ascii=False), "utf-8")
    return path


def grader(rulebook: Rulebook) -> RuleGrader:
    return RuleGrader(rulebook.grading, preset="default")


def test_calls_are_inspected_and_scored(tmp_path: Path, rulebook: Rulebook) -> None:
    write_call(tmp_path, "aa-1")
    write_call(tmp_path, "aa-2", findings=[])
    write_call(tmp_path, "bb-1")
    report = evaluate_calls(tmp_path, rulebook=rulebook, grader=grader(rulebook), only="aa-*")
    assert (report.calls, report.count) == ("aa-*", 2)
    assert report.categories[Category.DO_NOT_CALL] == Tally(tp=1, fp=1)
    assert report.alerts == Tally(tp=1, fp=1)
    assert report.clean_flagged == Rate(hits=1, of=1)
    assert report.fields["budget"] == Rate(hits=2, of=2)
    assert report.made_with.rulebook == rulebook.version
    assert report.hearing is None


def test_a_pattern_is_shown_as_it_was_given(tmp_path: Path, rulebook: Rulebook) -> None:
    write_call(tmp_path, "aa-1")
    report = evaluate_calls(tmp_path, rulebook=rulebook, grader=grader(rulebook), only="[ab]a-*")
    out = StringIO()
    render(report, Console(file=out, width=160))
    assert "1 calls ([ab]a-*)" in out.getvalue()


def test_a_pattern_without_calls_is_an_error(tmp_path: Path, rulebook: Rulebook) -> None:
    with pytest.raises(NotFound, match="no annotated call"):
        evaluate_calls(tmp_path, rulebook=rulebook, grader=grader(rulebook))


@pytest.mark.parametrize("changes", [{"grade": "Z"}, {"findings": [{"category": "rude", "turn": 0}]}, {"turns": 3}])
def test_wrong_labels_name_the_file(tmp_path: Path, rulebook: Rulebook, changes: dict[str, Any]) -> None:
    path = write_call(tmp_path, "aa-1", **changes)
    with pytest.raises(BadCall) as error:
        evaluate_calls(tmp_path, rulebook=rulebook, grader=grader(rulebook))
    assert error.value.where == str(path)


def record(folder: Path, name: str) -> None:
    """A stereo recording of two parties who each speak once, and the times of its two turns."""
    (folder / f"{name}.wav").write_bytes(wav_of(exchange(start_s=30, end_s=39)))
    turns = [
        {"speaker": "agent", "start_ms": 142, "end_ms": 5652},
        {"speaker": "customer", "start_ms": 6309, "end_ms": 8886},
    ]
    (folder / f"{name}.turns.json").write_text(
        json.dumps({"id": name, "channels": 2, "agent_channel": 0, "duration_ms": 9000, "turns": turns}), "utf-8"
    )


def nothing_expected(dealer: Dealer) -> Expectations:
    assert dealer.brand == "广汽丰田"
    return NOTHING_EXPECTED


def hear(folder: Path, rulebook: Rulebook, *said: str, bare: Bare | None = None) -> Report:
    write_call(folder, "aa-1")
    (folder / "audio").mkdir()
    record(folder / "audio", "aa-1")
    heard: list[tuple[str, float]] = []
    report = evaluate_audio(
        folder,
        [folder / "audio"],
        recogniser=ScriptedRecogniser(said=said),
        expecting=nothing_expected,
        rulebook=rulebook,
        grader=grader(rulebook),
        bare=bare,
        progress=lambda name, done: heard.append((name, done)),
    )
    assert heard[-1] == ("audio/aa-1.wav", 1.0)
    return report


def test_recordings_are_heard_inspected_and_scored_by_time(tmp_path: Path, rulebook: Rulebook) -> None:
    report = hear(tmp_path, rulebook, AGENT, CUSTOMER)
    assert report.alerts == Tally(tp=1)
    assert report.made_with.recogniser == "scripted/1"
    assert report.hearing is not None
    together = report.hearing.together
    assert together == report.hearing.sets["stereo"]
    assert together.ours.in_order.rate == together.ours.by_party.rate == 0
    assert together.ours.words.right == together.ours.words.said == 2  # 四S店, 销售顾问
    assert together.bare is None
    assert together.speakers.share == together.parted.share == 1
    assert together.roles_right == Rate(hits=1, of=1)


def test_what_is_heard_wrong_is_counted(tmp_path: Path, rulebook: Rulebook) -> None:
    report = hear(tmp_path, rulebook, AGENT, "别再给我打电话了")
    assert report.hearing is not None
    errors = report.hearing.together.ours.by_party
    assert errors.deletions == len("不要再联系我")
    assert errors.said == len(AGENT + CUSTOMER)
    (one,) = report.hearing.recordings
    assert (one.call, one.recording, one.ours.by_party) == ("aa-1", "audio/aa-1.wav", errors)


def test_bare_hearing_is_measured_beside_and_told_whose_channel_is_whose(tmp_path: Path, rulebook: Rulebook) -> None:
    def bare(path: Path) -> list[list[Utterance]]:
        assert path.name == "aa-1.wav"
        return [
            [Utterance(speaker=Speaker.UNKNOWN, start_ms=242, end_ms=5600, text=AGENT)],
            [Utterance(speaker=Speaker.UNKNOWN, start_ms=7209, end_ms=8800, text="别再给我打电话了")],
        ]

    report = hear(tmp_path, rulebook, AGENT, CUSTOMER, bare=bare)
    assert report.hearing is not None
    stereo = report.hearing.sets["stereo"]
    assert stereo.bare is not None
    assert stereo.bare.by_party.deletions == len("不要再联系我")
    assert stereo.bare.words == stereo.ours.words
    assert stereo.bare.borders.starts_ms == (100, 900)
    markdown = to_markdown(report)
    assert "| stereo: bare | 2 | 0 | 0.000 | 0 |" in markdown
    assert f"| stereo, by party: ours | 0.000 | 0 | 0 | 0 | {len(AGENT + CUSTOMER)} | -100 % |" in markdown


def test_turn_times_without_a_recording_are_an_error(tmp_path: Path, rulebook: Rulebook) -> None:
    write_call(tmp_path, "aa-1")
    (tmp_path / "audio").mkdir()
    record(tmp_path / "audio", "aa-1")
    (tmp_path / "audio" / "aa-1.wav").unlink()
    with pytest.raises(NotFound, match="no recording"):
        evaluate_audio(
            tmp_path,
            [tmp_path / "audio"],
            recogniser=ScriptedRecogniser(),
            expecting=nothing_expected,
            rulebook=rulebook,
            grader=grader(rulebook),
        )


def test_the_report_is_shown_as_tables_markdown_and_json(tmp_path: Path, rulebook: Rulebook) -> None:
    report = hear(tmp_path, rulebook, AGENT, CUSTOMER)
    out = StringIO()
    render(report, Console(file=out, width=160))
    markdown = to_markdown(report)
    for text in (out.getvalue(), markdown):
        assert "1 calls (*)" in text
        assert rulebook.version in text
        for words in (
            "do-not-call",
            "customer alerts",
            "purchase_end",
            "decision_makers",
            "Domain words",
            "audio/aa-1.wav",
        ):
            assert words in text
    assert "| customer alerts | 1.000 | 1.000 | 1.000 | 1 | 0 | 0 |" in markdown
    content = json.loads(report.model_dump_json())
    assert content["alerts"] == {"tp": 1, "fp": 0, "fn": 0, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert content["hearing"]["sets"]["all"]["ours"]["in_order"]["rate"] == 0


def test_the_callers_labels_do_not_reach_the_inspection(tmp_path: Path, rulebook: Rulebook) -> None:
    write_call(tmp_path, "aa-1", turns=[{"speaker": Speaker.CUSTOMER, "text": "喂？"}] * 2)
    report = evaluate_calls(tmp_path, rulebook=rulebook, grader=grader(rulebook))
    assert report.alerts == Tally(fn=1)
