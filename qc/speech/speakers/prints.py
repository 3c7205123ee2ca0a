"""Voice prints: a vector for each second and a half of speech, and what tells two voices' prints apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from qc.speech.audio import RATE, Samples
from qc.speech.channels import Span
from qc.speech.speakers.clusters import Floats, Integers

Vectors = NDArray[np.float32]
Stretch = tuple[int, int]
"""Start and end in milliseconds."""

WINDOW_MS: Final = 1500
"""What a print is taken of: shorter says more of the words than of the voice, longer may hold two voices."""
SHIFT_MS: Final = 750
LEAST_MS: Final = 300
"""Speech shorter than this gets no print; it takes its voice from what is around it."""


class Prints(NamedTuple):
    """What was taken of a block of sound; some 10 MB for three hours."""

    speech: tuple[Stretch, ...]
    windows: tuple[Stretch, ...]
    """What each print was taken of; windows overlap, and each lies within one stretch of speech."""
    stretches: tuple[int, ...]
    """Within which stretch of ``speech`` each window lies."""
    vectors: Vectors
    """``(windows, size)``."""


class Apart(NamedTuple):
    """Prints in two groups, of which ``confidence`` says how likely they are two people's."""

    lean: Floats
    """Towards which voice each print leans, ``(windows,)``: above 0 to one, below to the other, about 1 in size."""
    confidence: float


class VoiceEngine(Protocol):
    """Takes prints and tells them apart. Prints of different engines cannot be compared."""

    @property
    def name(self) -> str:
        """What makes the prints, for the record of how a transcript was made."""

    def vectors(self, sound: Samples, windows: Sequence[Stretch]) -> Vectors:
        """The prints of these windows of one channel, ``(windows, size)``."""

    def apart(self, vectors: Vectors, lengths_ms: Integers, stretches: Integers) -> Apart | None:
        """All of a call's prints in two groups; nothing where they are too few.

        ``lengths_ms`` is how much sound each was taken of. Prints with the same number in ``stretches`` are of one
        unbroken stretch of speech, mostly of one voice.
        """


def take_prints(sound: Samples, speech: Iterable[Span], engine: VoiceEngine, *, at_ms: int = 0) -> Prints:
    """The voice prints of the speech in this sound.

    ``sound`` is one channel, ``speech`` in samples from its start; ``at_ms`` is where in the call the sound begins,
    and is added to all times given back, which are milliseconds.
    """
    spoken: list[Stretch] = []
    for start, stop in sorted(speech):
        begin = max(start * 1000 // RATE, spoken[-1][1] if spoken else 0)
        end = min(stop, sound.size) * 1000 // RATE
        if begin < end:
            spoken.append((begin, end))
    windows = [(window, index) for index, stretch in enumerate(spoken) for window in _windows(*stretch)]
    return Prints(
        speech=tuple((start + at_ms, stop + at_ms) for start, stop in spoken),
        windows=tuple((start + at_ms, stop + at_ms) for (start, stop), _ in windows),
        stretches=tuple(index for _, index in windows),
        vectors=engine.vectors(sound, [window for window, _ in windows]),
    )


def cut_out(sound: Samples, window: Stretch) -> Samples:
    """The samples of this window."""
    start, end = window
    return sound[start * RATE // 1000 : end * RATE // 1000]


def _windows(start: int, end: int) -> list[Stretch]:
    """Windows of one length, evenly over this speech; short speech is one window."""
    if end - start < LEAST_MS:
        return []
    if end - start <= WINDOW_MS:
        return [(start, end)]
    count = -(-(end - start - WINDOW_MS) // SHIFT_MS) + 1
    starts = np.linspace(start, end - WINDOW_MS, count).round().astype(int)
    return [(int(first), int(first) + WINDOW_MS) for first in starts]
