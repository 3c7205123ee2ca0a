"""Sound as it comes off a telephone line, 8 kHz A-law, and WAV files of it."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING, Final

import av
import numpy as np

from qc.speech.audio import PAIR, RATE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from qc.speech.audio import Samples

LINE_RATE: Final = 8000
"""Samples a second on a telephone line."""
FULL_SCALE: Final = 32768
LEAST_OCTAVE: Final = 8
"""A-law's steps are even below 2^9 of 16-bit full scale, and double with every octave above."""
STEPS_AN_OCTAVE: Final = 16


def after_the_line(sound: Samples) -> Samples:
    """Sound at 16 kHz, ``(channels, n)``, as it arrives over a telephone: 8 kHz, A-law."""
    return a_law(to_line_rate(sound))


def to_line_rate(sound: Samples) -> Samples:
    """Sound at 16 kHz, ``(channels, n)``, at 8 kHz."""
    layout = "stereo" if len(sound) == PAIR else "mono"
    resampler = av.AudioResampler(format="fltp", layout=layout, rate=LINE_RATE)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound), format="fltp", layout=layout)
    frame.rate = RATE
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([piece.to_ndarray() for piece in frames if piece.samples], axis=1)


def a_law(sound: Samples) -> Samples:
    """The same sound after 8-bit A-law coding and decoding (ITU-T G.711): the middle of each sample's step.

    Silence comes back as a constant of half a step, 8 of 32768, as it does from a real line.
    """
    size = np.minimum(np.abs(sound) * FULL_SCALE, FULL_SCALE - 1)
    octave = np.maximum(np.floor(np.log2(np.maximum(size, 1))), LEAST_OCTAVE)
    step = np.exp2(octave) / STEPS_AN_OCTAVE
    level = (np.floor(size / step) + 0.5) * step
    coded: Samples = (np.where(sound < 0, -level, level) / FULL_SCALE).astype(np.float32)
    return coded


def write_wav(path: Path, pieces: Iterable[Samples], *, channels: int) -> float:
    """The seconds written: an 8 kHz, 16-bit WAV of these pieces, ``(channels, n)`` each, laid end to end."""
    samples = 0
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(LINE_RATE)
        for piece in pieces:
            whole = np.clip(np.round(piece.T * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1)
            file.writeframes(whole.astype("<i2").tobytes())
            samples += piece.shape[1]
    return samples / LINE_RATE
