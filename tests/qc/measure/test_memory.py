from __future__ import annotations

from functools import partial
from mmap import mmap
from typing import TYPE_CHECKING

import pytest
from recognisers import ScriptedRecogniser
from spoken import exchange, wav_of

from qc.errors import BadSettings, NotFound
from qc.grade import RuleGrader
from qc.measure.memory import SETTLED_AFTER, ManyCallsReport, peak_mib, resident_mib, run_long_call, run_many_calls
from qc.measure.show import to_markdown
from qc.speech.recogniser import NOTHING_EXPECTED
from qc.store.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from qc.rulebook import Rulebook

CALLS = SETTLED_AFTER + 3


def a_recording(folder: Path, *, channels: int = 1) -> Path:
    path = folder / f"call-{channels}.wav"
    path.write_bytes(wav_of(exchange(end_s=7)[:channels]))
    return path


def test_memory_is_what_the_process_holds() -> None:
    before = resident_mib()
    # Straight from the system: what earlier tests have freed is still the process's, and would be given again.
    with mmap(-1, 64 * 2**20) as block:
        block.write(b"1" * len(block))
        assert resident_mib() - before == pytest.approx(64, abs=8)
        assert peak_mib() >= resident_mib()


def test_recordings_are_heard_in_turn_until_all_calls_are_done(tmp_path: Path, rulebook: Rulebook) -> None:
    recogniser = ScriptedRecogniser()
    told: list[float] = []
    report = run_many_calls(
        [a_recording(tmp_path)] * 2,
        CALLS,
        recogniser=recogniser,
        expecting=NOTHING_EXPECTED,
        rulebook=rulebook,
        grader=RuleGrader(rulebook.grading),
        progress=told.append,
    )
    assert recogniser.heard == len(told) == CALLS
    assert told[-1] == 1
    assert report.most_mib >= max(report.settled_mib, report.last_mib) > 0
    assert f"{CALLS} calls in one process, 2 recordings in turn" in to_markdown(report)


def test_growth_is_a_part_of_what_was_held_when_all_had_settled() -> None:
    report = ManyCallsReport(
        recogniser="r", recordings=1, calls=200, seconds=400, settled_mib=400, last_mib=412, most_mib=500
    )
    assert report.growth == pytest.approx(0.03)
    assert "| growth | +3.0 % |" in to_markdown(report)


def test_what_cannot_be_measured_is_refused(tmp_path: Path, rulebook: Rulebook) -> None:
    run = partial(
        run_many_calls,
        recogniser=ScriptedRecogniser(),
        expecting=NOTHING_EXPECTED,
        rulebook=rulebook,
        grader=RuleGrader(rulebook.grading),
    )
    mono, stereo = a_recording(tmp_path), a_recording(tmp_path, channels=2)
    with pytest.raises(BadSettings, match="more calls"):
        run([mono], SETTLED_AFTER)
    with pytest.raises(NotFound):
        run([], CALLS)
    settings = Settings(data_dir=tmp_path, _env_file=None)
    with pytest.raises(BadSettings, match="channels"):
        run_long_call([mono, stereo], 1, model=None, settings=settings)
    with pytest.raises(BadSettings, match="above 0"):
        run_long_call([mono], 0, model=None, settings=settings)


@pytest.mark.speech
def test_a_long_call_is_made_of_short_ones_and_heard_in_a_fresh_process(tmp_path: Path) -> None:
    report = run_long_call(
        [a_recording(tmp_path, channels=2)],
        7 / 3600,
        model=None,
        settings=Settings(data_dir=tmp_path, _env_file=None),
    )
    assert report.hours == pytest.approx(7 / 3600)
    assert report.channels == 2
    assert 145 < report.loaded_mib <= report.most_mib  # the weights alone are 145
    assert report.rtf == pytest.approx(report.seconds / 7)
    assert "one stereo recording of 0.00194 h" in to_markdown(report)
