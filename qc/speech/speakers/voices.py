"""Two voices out of a call's prints, or the word that they are not known to be two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from qc.domain import Milliseconds, Probability, Record
from qc.speech.speakers.prints import Prints, Prints32, VoiceEngine, of_length_one

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.int64]

LEAST_PRINTS: Final = 12
"""Fewer, some ten seconds of speech, tell nothing: halves of one voice may be as far apart as two voices."""
LEAST_CONFIDENCE: Final = 0.5
LEAST_OF_A_VOICE: Final = 2
"""Prints that a voice must have, so that a cough is not a party."""
ROUNDS: Final = 50

CELL_MS: Final = 100
"""The step in which a turn's border is sought."""
CHANGE_IN_SPEECH: Final = 1.5
"""What a change of voice within a stretch of speech costs, in units of a second heard as the other voice."""
CHANGE_AT_PAUSE: Final = 0.3
"""The same between two stretches."""


class VoiceSpan(Record):
    """Speech of one voice; ``voice`` is 0 or 1, 0 the one heard first."""

    start_ms: Milliseconds
    end_ms: Milliseconds
    voice: int


class Voices(Record):
    """Who of two speaks when. Without ``confidence`` of at least one half there are no spans: it is not known."""

    spans: tuple[VoiceSpan, ...] = ()
    confidence: Probability | None = None
    """How likely there are two voices, and told apart; nothing where there is too little speech to say."""
    engine: str | None = None

    @property
    def known(self) -> bool:
        """Whether the two voices were told apart."""
        return bool(self.spans)


def tell_voices_apart(prints: Sequence[Prints], engine: VoiceEngine) -> Voices:
    """Where each of two voices speaks, from all prints of a call in order; no spans where that is not known."""
    windows = np.array([window for part in prints for window in part.windows]).reshape(-1, 2)
    if len(windows) < LEAST_PRINTS:
        return Voices(engine=engine.name)
    vectors = np.concatenate([part.vectors for part in prints])
    centres, counts = _two_means(vectors)
    confidence = engine.probability_of_two(float(centres[0] @ centres[1]), len(vectors))
    confidence = min(max(confidence, 0.0), 1.0) if counts.min() >= LEAST_OF_A_VOICE else 0.0
    if confidence < LEAST_CONFIDENCE:
        return Voices(confidence=confidence, engine=engine.name)
    lean = vectors @ (centres[0] - centres[1])
    scale = float(np.mean(np.abs(lean)))
    spans = _spans([stretch for part in prints for stretch in part.speech], windows, lean / scale)
    return Voices(spans=spans, confidence=confidence, engine=engine.name)


def _two_means(vectors: Prints32) -> tuple[Prints32, Integers]:
    """The centres of two voices, ``(2, size)`` of length 1, and how many prints each has.

    Spherical 2-means, begun with the two sides of the direction in which the prints differ most: no chance in it.
    """
    centred = vectors - vectors.mean(axis=0)
    direction = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    voice = (centred @ direction > 0).astype(np.int64)
    centres = _centres(vectors, voice)
    for _ in range(ROUNDS):
        nearest = np.argmax(vectors @ centres.T, axis=1)
        if np.array_equal(nearest, voice):
            break
        voice = nearest
        centres = _centres(vectors, voice)
    return centres, np.bincount(voice, minlength=2)


def _centres(vectors: Prints32, voice: Integers) -> Prints32:
    return of_length_one(np.stack([vectors[voice == one].sum(axis=0) for one in (0, 1)]))


def _spans(speech: Sequence[tuple[int, int]], windows: Integers, lean: Floats) -> tuple[VoiceSpan, ...]:
    """The voices' spans within the speech; ``lean`` is each window's, above 0 towards voice 0."""
    cells = [
        (start, min(start + CELL_MS, end), start == first)
        for first, end in speech
        for start in range(first, end, CELL_MS)
    ]
    starts, ends, begins = (np.array(column) for column in zip(*cells, strict=True))
    evidence = _evidence((starts + ends) / 2, windows, lean) * (ends - starts) / 1000
    voice = likeliest_path(np.stack([-evidence, evidence]), np.where(begins, CHANGE_AT_PAUSE, CHANGE_IN_SPEECH)[1:])
    voice = voice ^ voice[0]
    spans: list[VoiceSpan] = []
    for start, end, new, who in zip(starts, ends, begins, voice, strict=True):
        if not new and spans[-1].voice == who:
            spans[-1] = spans[-1].model_copy(update={"end_ms": int(end)})
        else:
            spans.append(VoiceSpan(start_ms=int(start), end_ms=int(end), voice=int(who)))
    return tuple(spans)


def _evidence(middles: Floats, windows: Integers, lean: Floats) -> Floats:
    """Each moment's lean: the mean over the windows around it, those counting most that are centred on it."""
    total, weights = np.zeros(middles.size), np.zeros(middles.size)
    for (start, end), towards in zip(windows, lean, strict=True):
        first, last = np.searchsorted(middles, (start, end))
        reach = (end - start) / 2
        near = 1.05 - np.abs(middles[first:last] - (start + end) / 2) / reach
        total[first:last] += near * towards
        weights[first:last] += near
    return np.divide(total, weights, out=np.zeros_like(total), where=weights > 0)


def likeliest_path(cost: Floats, change: Floats) -> Integers:
    """The cheapest way through two states by dynamic programming (Viterbi): 0 or 1 for each step.

    ``cost`` is that of each state at each step, ``(2, steps)``; ``change`` that of changing between two steps,
    ``(steps - 1,)``.
    """
    best = cost[:, 0]
    came_from = np.zeros((cost.shape[1], 2), np.int64)
    for step in range(1, cost.shape[1]):
        other = best[::-1] + change[step - 1]
        came_from[step] = np.where(other < best, (1, 0), (0, 1))
        best = np.minimum(best, other) + cost[:, step]
    path = [int(np.argmin(best))]
    for step in range(cost.shape[1] - 1, 0, -1):
        path.append(int(came_from[step][path[-1]]))
    return np.array(path[::-1])
