"""Recognisers for tests that are about everything but hearing."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from qc.speech.audio import RATE, Samples
from qc.speech.recogniser import NOTHING_EXPECTED, Care, Expectations, Heard
from qc.turns import Word

SAID = "您好我是小王这个月有活动"


class ScriptedRecogniser:
    """Hears the same words in every piece of speech, or one line of a script after the other.

    Before each piece it does what it is told to do meanwhile. Where nobody speaks it is given no pieces.
    """

    longest_piece_s: Final = 15.0

    def __init__(
        self,
        *,
        name: str = "scripted/1",
        said: str | Sequence[str] = SAID,
        meanwhile: Callable[[], None] | None = None,
    ) -> None:
        self.name: Final = name
        self.heard = 0
        """How often it was given something to hear."""
        self._script = [said] if isinstance(said, str) else list(said)
        self._lines = 0
        self._meanwhile = meanwhile

    def hear(
        self, pieces: Sequence[Samples], expecting: Expectations = NOTHING_EXPECTED, *, care: Care = Care.USUAL
    ) -> Iterator[Heard]:
        del expecting, care
        self.heard += bool(pieces)
        for piece in pieces:
            if self._meanwhile:
                self._meanwhile()
            line = self._script[self._lines % len(self._script)]
            self._lines += 1
            yield Heard(words=spread(line, piece))


def spread(said: str, piece: Samples) -> tuple[Word, ...]:
    """A word a character with the marks after it, evenly over the piece."""
    words = re.findall(r"\w\W*", said)
    times = np.linspace(0, len(piece) * 1000 / RATE, len(words) + 1).round().astype(int).tolist()
    return tuple(
        Word(text=word, start_ms=start_ms, end_ms=end_ms)
        for word, (start_ms, end_ms) in zip(words, pairwise(times), strict=True)
    )


def taking_its_time(seconds: float) -> Callable[[], None]:
    """Work that takes so long and can be interrupted at any step."""

    def work() -> None:
        for _ in range(20):
            time.sleep(seconds / 20)

    return work
