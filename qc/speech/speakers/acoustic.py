"""Voices told apart by pitch and timbre alone: what the default install has.

No network and nothing trained: a call's own speech tells which differences are those of voices. What changes within
an unbroken stretch of speech is words; what changes from stretch to stretch beyond that is voices. The two are
set against each other by a discriminant analysis without labels, which is then refined with the groups it found
(LDA-Km; C. Ding and T. Li, "Adaptive dimension reduction using discriminant analysis and K-means clustering", ICML
2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from qc.speech.audio import RATE, Samples
from qc.speech.speakers.clusters import Floats, Integers, means, two_means
from qc.speech.speakers.prints import Apart, Stretch, Vectors, cut_out
from qc.speech.speakers.spectra import FRAME, HOP, log_mel

Flags = NDArray[np.bool_]

TELEPHONE_BANDS: Final = slice(2, 60)
"""The mel bands that a telephone carries, 60 Hz to 4 kHz."""
CEPSTRA: Final = 13

PITCH_FRAME: Final = 640
"""40 ms: three periods of the deepest voice."""
PITCH_FFT: Final = 2048
PITCH_LAGS: Final = (40, 230)
"""70 to 400 Hz."""
OCTAVE_COST: Final = 0.01
"""What a frame's pitch must gain to be taken an octave lower: two periods are as alike as one."""
VOICED: Final = 0.55
"""The autocorrelation from which a frame has a pitch."""
LEAST_VOICED: Final = 5
"""Frames; with fewer, all frames of the window are taken."""

LONG_MS: Final = 700
"""Prints of shorter windows vary too much to learn from; they are only told apart."""
LEAST_LONG: Final = 12
LEAST_PAIRS: Final = 3
LEAST_OF_A_VOICE: Final = 3
OUTLIER: Final = 6.0
SHRUNK: Final = 0.4
"""The part in which covariances are taken without their off-diagonal, since the prints are few."""
ROUNDS: Final = 8


class Acoustic:
    """Prints of pitch and mean cepstrum."""

    name: Final = "pitch-and-timbre"

    def vectors(self, sound: Samples, windows: Sequence[Stretch]) -> Vectors:
        """The prints of these windows, ``(windows, 14)``."""
        if not windows:
            return np.zeros((0, 1 + CEPSTRA), np.float32)
        return np.stack([_print(cut_out(sound, window)) for window in windows]).astype(np.float32)

    def apart(self, vectors: Vectors, lengths_ms: Integers, stretches: Integers) -> Apart | None:
        """The prints in two groups, and how likely that is two people's; nothing where they are too few."""
        long = lengths_ms >= LONG_MS
        pairs = _pairs(stretches, long)
        if long.sum() < LEAST_LONG or len(pairs) < LEAST_PAIRS:
            return None
        return _refined(vectors, long, _first_split(vectors, long, pairs))


def _first_split(vectors: Vectors, long: Flags, pairs: Integers) -> Integers:
    """Two groups along the direction that differs most over the call and least within a stretch."""
    steps = vectors[pairs[:, 0]] - vectors[pairs[:, 1]]
    scale = np.sqrt((steps**2).mean(axis=0) / 2) + np.finfo(np.float32).eps
    points = np.clip((vectors - np.median(vectors[long], axis=0)) / scale, -OUTLIER, OUTLIER)
    steps = steps / scale
    within = np.linalg.cholesky(_shrunk(steps.T @ steps / len(steps) / 2))
    whitened = np.linalg.solve(within, points.T).T
    direction = np.linalg.eigh(np.cov(whitened[long].T))[1][:, -1]
    along = (whitened @ direction)[:, None]
    group = two_means(along[long])
    if group.min() == group.max():
        return np.zeros(len(vectors), np.int64)
    centres = means(along[long], group)
    nearest: Integers = np.argmin(np.abs(along - centres.T), axis=1)
    return nearest


def _refined(vectors: Vectors, long: Flags, group: Integers) -> Apart:
    """The groups sharpened by turns: the direction that tells them best apart, then the groups along it."""
    scale = vectors[long].std(axis=0) + np.finfo(np.float32).eps
    points = np.clip((vectors - np.median(vectors[long], axis=0)) / scale, -OUTLIER, OUTLIER)
    for _ in range(ROUNDS):
        if np.bincount(group[long], minlength=2).min() < LEAST_OF_A_VOICE:
            return Apart(np.zeros(len(vectors)), 0.0)
        centres = means(points[long], group[long])
        residuals = points[long] - centres[group[long]]
        weights = np.linalg.solve(_shrunk(residuals.T @ residuals / long.sum()), centres[0] - centres[1])
        lean: Floats = (points - centres.mean(axis=0)) @ weights
        now = (lean < 0).astype(np.int64)
        if np.array_equal(now, group):
            break
        group = now
    separation = float((centres[0] - centres[1]) @ weights)
    return Apart(lean / (np.abs(lean).mean() + np.finfo(np.float32).eps), _probability(separation, int(long.sum())))


def _probability(separation: float, prints: int) -> float:
    """How likely two groups of this many prints, this far apart (Mahalanobis, squared), are two people's.

    A logistic regression over 335 stretches of one voice or of two, of machine-spoken calls and a human
    conversation; true where the voices were told apart too, for nine prints of ten. One voice in two groups is 5 to
    30 apart, two machine voices 30 to 600, the two women of that conversation 22.
    """
    return float(1 / (1 + np.exp(12.65 + 61.3 / prints - 4.0 * np.log(max(separation, 1e-3)))))


def _shrunk(covariance: Floats) -> Floats:
    kept: Floats = (1 - SHRUNK) * covariance + SHRUNK * np.diag(np.diag(covariance))
    return kept + 1e-3 * np.eye(len(covariance))


def _pairs(stretches: Integers, long: Flags) -> Integers:
    """Indices of two long windows of one stretch that do not overlap but are near, ``(pairs, 2)``."""
    at = np.flatnonzero(long)
    pairs = [
        (first, second)
        for step in (2, 3)
        for first, second in zip(at, at[step:], strict=False)
        if stretches[first] == stretches[second]
    ]
    return np.array(pairs, np.int64).reshape(-1, 2)


def _print(sound: Samples) -> Floats:
    """The median pitch in octaves and the mean of the first cepstra, of the window's voiced frames."""
    spectrum = log_mel(sound)[:, TELEPHONE_BANDS]
    pitch, strength = _pitch(sound, len(spectrum))
    loudness = spectrum.max(axis=1)
    voiced = (strength > VOICED) & (loudness > np.percentile(loudness, QUIET_PART))
    if voiced.sum() < LEAST_VOICED:
        voiced = np.ones(len(spectrum), bool)
    return np.concatenate([[np.median(np.log2(pitch[voiced]))], spectrum[voiced].mean(axis=0) @ COSINES.T])


def _pitch(sound: Samples, frames: int) -> tuple[Floats, Floats]:
    """Each frame's pitch in Hz and the autocorrelation at its period, after P. Boersma (1993).

    The autocorrelation of the windowed sound is divided by the window's own, so that it does not fall with the lag.
    """
    padded = np.pad(sound, ((PITCH_FRAME - FRAME) // 2, PITCH_FRAME))
    pieces = np.lib.stride_tricks.sliding_window_view(padded, PITCH_FRAME)[::HOP][:frames]
    pieces = (pieces - pieces.mean(axis=1, keepdims=True)) * np.hanning(PITCH_FRAME)
    correlation = _autocorrelation(pieces)
    own = _autocorrelation(np.hanning(PITCH_FRAME)[None])
    lags = slice(*PITCH_LAGS)
    relative = correlation[:, lags] / np.maximum(correlation[:, :1], LEAST_ENERGY) * own[:, :1] / own[:, lags]
    best = (relative - OCTAVE_COST * np.log2(np.arange(*PITCH_LAGS))).argmax(axis=1)
    return RATE / (best + PITCH_LAGS[0]), relative[np.arange(frames), best]


def _autocorrelation(pieces: Floats) -> Floats:
    spectra = np.abs(np.fft.rfft(pieces, PITCH_FFT)) ** 2
    correlation: Floats = np.fft.irfft(spectra)
    return correlation


LEAST_ENERGY: Final = 1e-9
"""Below it a frame is digital silence and has no pitch."""
QUIET_PART: Final = 40
"""The per cent of a window's frames that are too quiet to say much of the voice: pauses, noise, line echo."""

_BANDS: Final = TELEPHONE_BANDS.stop - TELEPHONE_BANDS.start
COSINES: Final = np.sqrt(2 / _BANDS) * np.cos(
    np.pi / _BANDS * np.outer(np.arange(1, CEPSTRA + 1), np.arange(_BANDS) + 0.5)
)
"""The discrete cosine transform's rows 1 to 13; row 0 would be the loudness."""
