from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from qc.errors import NotFound
from qc.grade import RuleGrader
from qc.measure.bench import run_bench
from qc.speech.audio import RATE, decode

if TYPE_CHECKING:
    from pathlib import Path

    from qc.rulebook import Rulebook
    from qc.speech.recogniser import FasterWhisper


@pytest.mark.speech
def test_times_the_pipeline_beside_recognition_alone(
    tmp_path: Path, samples: Path, recogniser: FasterWhisper, rulebook: Rulebook
) -> None:
    seconds = 5
    sound = next(decode(samples / "01-appointment-reminder.opus"))[:, : seconds * RATE]
    path = tmp_path / "start.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE, layout="stereo")
        whole = (np.ascontiguousarray(sound.T).reshape(1, -1) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(whole, format="s16", layout="stereo")
        frame.rate = RATE
        container.mux(stream.encode(frame))
    told: list[float] = []
    report = run_bench(
        [path], recogniser=recogniser, rulebook=rulebook, grader=RuleGrader(rulebook.grading), progress=told.append
    )
    assert (report.recordings, report.audio_s, report.channel_s) == (1, seconds, 2 * seconds)
    assert report.pipeline_rtf == report.pipeline_s / seconds > 0
    assert report.slowdown == pytest.approx(report.pipeline_rtf / report.bare_rtf)
    assert 0 < report.inspection_ms <= report.slowest_inspection_ms < 1000 * report.pipeline_s
    assert report.peak_memory_mib > 145  # the weights alone
    assert told == [0.5, 1.0]


def test_needs_something_to_time(rulebook: Rulebook) -> None:
    with pytest.raises(NotFound):
        run_bench([], recogniser=None, rulebook=rulebook, grader=RuleGrader(rulebook.grading))  # type: ignore[arg-type]
