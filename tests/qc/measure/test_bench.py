from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from recognisers import ScriptedRecogniser
from spoken import spoken_wav

from qc.errors import NotFound
from qc.grade import RuleGrader
from qc.measure.bench import BenchReport, Timed, run_bench
from qc.measure.show import to_markdown
from qc.speech.recogniser import NOTHING_EXPECTED

if TYPE_CHECKING:
    from pathlib import Path

    from qc.rulebook import Rulebook
    from qc.speech.whisper import FasterWhisper


@pytest.mark.speech
def test_times_the_pipeline_beside_recognition_alone(
    tmp_path: Path, recogniser: FasterWhisper, rulebook: Rulebook
) -> None:
    path = tmp_path / "start.wav"
    path.write_bytes(spoken_wav())
    told: list[float] = []
    report = run_bench(
        [path],
        recogniser=recogniser,
        expecting=NOTHING_EXPECTED,
        bare=recogniser.whisper,
        rulebook=rulebook,
        grader=RuleGrader(rulebook.grading),
        progress=told.append,
    )
    (one,) = report.recordings
    assert one.recording.endswith("/start.wav")
    assert report.audio_s == one.audio_s == pytest.approx(5, abs=0.01)
    assert report.channel_s == 2 * report.audio_s
    assert 0 < one.first_second_s <= one.pipeline_s
    assert 0 < one.inspection_ms < 1000 * one.pipeline_s
    assert told == [0.5, 1.0]


def a_recording(name: str, *, pipeline_s: float, bare_s: float, audio_s: float = 60) -> Timed:
    return Timed(
        recording=name,
        audio_s=audio_s,
        channel_s=2 * audio_s,
        pipeline_s=pipeline_s,
        bare_s=bare_s,
        first_second_s=0.5,
        inspection_ms=2,
    )


def test_throughput_is_over_all_recordings_and_each() -> None:
    report = BenchReport(
        recogniser="r",
        cores=2,
        recordings=(
            a_recording("short", pipeline_s=1, bare_s=4, audio_s=20),
            a_recording("long", pipeline_s=9, bare_s=16, audio_s=180),
        ),
    )
    assert report.times_bare == 2
    assert (report.pipeline_rtf, report.bare_rtf) == (0.05, 0.1)
    markdown = to_markdown(report)
    assert "2 recordings, 200 s (400 s of channels) · r · 2 cores" in markdown
    assert "| short | 20 | 1.0 | 4.0 | 4.00 | 0.50 |" in markdown
    assert "| throughput, times bare | 2.00 |" in markdown
    assert "| … the least of a recording | 1.78 |" in markdown


def test_needs_something_to_time(rulebook: Rulebook) -> None:
    with pytest.raises(NotFound):
        run_bench(
            [],
            recogniser=ScriptedRecogniser(),
            expecting=NOTHING_EXPECTED,
            bare=None,  # type: ignore[arg-type] # nothing is heard
            rulebook=rulebook,
            grader=RuleGrader(rulebook.grading),
        )
