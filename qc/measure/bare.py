"""Bare faster-whisper: what a program hears that calls the library and adds nothing. The yardstick of our figures."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import opencc
from faster_whisper.audio import decode_audio

from qc.domain import Speaker, Utterance
from qc.speech.audio import PAIR, RATE, probe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from faster_whisper import WhisperModel
    from faster_whisper.transcribe import Segment
    from numpy.typing import NDArray


def bare_channels(path: Path) -> tuple[NDArray[np.float32], ...]:
    """The recording's channels at 16 kHz as faster-whisper's own decoder gives them: two of a stereo file, else one."""
    if probe(path, max_duration_s=float("inf")).channels == PAIR:
        left, right = decode_audio(str(path), sampling_rate=RATE, split_stereo=True)
        return left, right
    return (decode_audio(str(path), sampling_rate=RATE),)


def bare_segments(path: Path, whisper: WhisperModel) -> list[list[Segment]]:
    """faster-whisper's segments, channel by channel: its defaults, ``language="zh"``, ``vad_filter=True``."""
    return [list(whisper.transcribe(channel, language="zh", vad_filter=True)[0]) for channel in bare_channels(path)]


def hear_bare(path: Path, whisper: WhisperModel) -> list[list[Utterance]]:
    """Each channel's segments as utterances of an unknown speaker, in simplified characters.

    Whisper often writes traditional ones; they are converted (OpenCC ``tw2s``, as our own are), so that the
    comparison is about hearing and not about script.
    """
    simplify = _simplifier()
    return [
        [
            Utterance(
                speaker=Speaker.UNKNOWN,
                start_ms=round(segment.start * 1000),
                end_ms=round(max(segment.start, segment.end) * 1000),
                text=simplify(segment.text),
            )
            for segment in segments
        ]
        for segments in bare_segments(path, whisper)
    ]


@cache
def _simplifier() -> Callable[[str], str]:
    convert: Callable[[str], str] = opencc.OpenCC("tw2s").convert
    return convert
