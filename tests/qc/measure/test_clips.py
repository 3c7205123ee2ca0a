from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from recognisers import SAID, ScriptedRecogniser
from spoken import exchange, wav_of

from qc.domain import Speaker, Utterance
from qc.errors import BadCall, NotFound, QcError
from qc.measure.clips import evaluate_clips
from qc.measure.show import to_markdown
from qc.speech.recogniser import NOTHING_EXPECTED

if TYPE_CHECKING:
    from pathlib import Path


def bare(path: Path) -> list[list[Utterance]]:
    text = "您好我是小" if path.name == "line.wav" else f"{SAID}。"
    return [[Utterance(speaker=Speaker.UNKNOWN, start_ms=0, end_ms=900, text=text)]]


def a_table(folder: Path, *rows: str, head: str = "file\trate\treference") -> Path:
    said = exchange(end_s=7)[:1]
    (folder / "a.wav").write_bytes(wav_of(said))
    (folder / "b.wav").write_bytes(wav_of(np.repeat(said, 2, axis=0)))
    path = folder / "clips.tsv"
    path.write_text("\n".join((head, *rows)) + "\n", "utf-8")
    return path


def test_clips_are_measured_as_recorded_and_over_the_line(tmp_path: Path) -> None:
    table = a_table(tmp_path, f"a.wav\t8000\t{SAID}", f"b.wav\t8000\t{SAID}吗", "c.wav\t8000\t", "d.wav")
    told: list[str] = []
    report = evaluate_clips(
        table,
        recogniser=ScriptedRecogniser(),
        expecting=NOTHING_EXPECTED,
        bare=bare,
        progress=lambda name, _: told.append(name),
    )
    assert told == list(report.clips) == ["a.wav", "b.wav"]
    one = report.clips["a.wav"]
    assert one.ours.rate == one.bare.rate == one.ours_on_line.rate == 0
    assert one.bare_on_line.deletions == len(SAID) - 5
    assert report.clips["b.wav"].ours.deletions == 1
    markdown = to_markdown(report)
    assert "2 clips (clips.tsv)" in markdown
    assert f"| together | {2 * len(SAID) + 1} |" in markdown


@pytest.mark.parametrize(
    ("row", "head", "error", "words"),
    [
        ("a.wav\t1", "file\trate", BadCall, "no column reference"),
        ("a.wav\t", "file\treference", NotFound, "no clip"),
        ("z.wav\t您好", "file\treference", NotFound, "not beside"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(
    tmp_path: Path, row: str, head: str, error: type[QcError], words: str
) -> None:
    with pytest.raises(error, match=words):
        evaluate_clips(
            a_table(tmp_path, row, head=head), recogniser=ScriptedRecogniser(), expecting=NOTHING_EXPECTED, bare=bare
        )
