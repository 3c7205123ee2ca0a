"""Log mel spectra, as Kaldi computes them and speaker networks are trained on."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from qc.speech.audio import RATE, Samples

FRAME: Final = 400
"""Samples of a frame: 25 ms."""
HOP: Final = 160
"""Samples from one frame to the next: 10 ms."""
BANDS: Final = 80
FFT: Final = 512
LEAST_POWER: Final = float(np.finfo(np.float32).eps)
"""Kaldi's floor; samples are between -1 and 1, so that the bands that a telephone does not carry lie on it."""


def log_mel(sound: Samples) -> NDArray[np.float32]:
    """The natural logarithm of 80 mel bands from 20 Hz to 8 kHz, ``(frames, 80)``, 100 frames a second.

    Kaldi's ``compute-fbank-feats`` without dither: frames within the sound only, mean removed, pre-emphasis 0.97,
    Povey's window. Sound shorter than a frame is filled up with silence.
    """
    padded = np.pad(sound, (0, max(FRAME - sound.size, 0)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP].astype(np.float64)
    frames = frames - frames.mean(axis=1, keepdims=True)
    frames = frames - 0.97 * np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    power = np.abs(np.fft.rfft(frames * POVEY, FFT)) ** 2
    logs: NDArray[np.float32] = np.log(np.maximum(power @ MEL_BANK.T, LEAST_POWER)).astype(np.float32)
    return logs


def _mel_bank() -> NDArray[np.float64]:
    """The triangles that sum a power spectrum into mel bands, ``(80, 257)``."""
    edges = np.linspace(_mel(20), _mel(RATE / 2), BANDS + 2)
    bins = np.array([_mel(bin_ * RATE / FFT) for bin_ in range(FFT // 2 + 1)])
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    bank: NDArray[np.float64] = np.maximum(np.minimum(rising, falling), 0)
    return bank


def _mel(hertz: float) -> float:
    return 1127 * math.log1p(hertz / 700)


POVEY: Final = np.hanning(FRAME) ** 0.85
MEL_BANK: Final = _mel_bank()
