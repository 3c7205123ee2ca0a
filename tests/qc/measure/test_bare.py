from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qc.domain import Speaker, Utterance
from qc.measure.bare import hear_bare
from qc.measure.telephone import LINE_RATE, write_wav

if TYPE_CHECKING:
    from pathlib import Path


class Segment:
    def __init__(self, start: float, end: float, text: str) -> None:
        self.start, self.end, self.text = start, end, text


class Whisper:
    """Hears the same in every channel, and keeps what it was asked."""

    def __init__(self, *segments: Segment) -> None:
        self.segments = segments
        self.asked: list[tuple[int, dict[str, Any]]] = []

    def transcribe(self, channel: np.ndarray[tuple[int], np.dtype[np.float32]], **options: Any) -> Any:
        self.asked.append((len(channel), options))
        return iter(self.segments), None


def test_each_channel_is_heard_by_the_defaults_and_simplified(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    write_wav(path, [np.zeros((2, LINE_RATE), np.float32)], channels=2)
    whisper = Whisper(Segment(0.25, 0.9, "邁騰這車"), Segment(0.9, 0.8, "嗯"))
    channels = hear_bare(path, whisper)  # type: ignore[arg-type]
    assert channels == 2 * [
        [
            Utterance(speaker=Speaker.UNKNOWN, start_ms=250, end_ms=900, text="迈腾这车"),
            Utterance(speaker=Speaker.UNKNOWN, start_ms=900, end_ms=900, text="嗯"),
        ]
    ]
    assert whisper.asked == 2 * [(2 * LINE_RATE, {"language": "zh", "vad_filter": True})]


def test_mono_is_one_channel(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    write_wav(path, [np.zeros((1, LINE_RATE), np.float32)], channels=1)
    assert hear_bare(path, Whisper()) == [[]]  # type: ignore[arg-type]
