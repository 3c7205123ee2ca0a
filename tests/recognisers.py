"""Recognisers for tests that are about everything but hearing."""

from __future__ import annotations

import time
from collections.abc import Callable

from qc.speech.audio import Samples
from qc.speech.recogniser import Progress
from qc.turns import Word

SAID = "您好我是小王这个月有活动"


class ScriptedRecogniser:
    """Hears the same words in every channel, after doing what it is told to do meanwhile."""

    def __init__(
        self, *, name: str = "scripted/1", said: str = SAID, meanwhile: Callable[[Progress | None], None] | None = None
    ) -> None:
        self.name = name
        self.said = said
        self.heard = 0
        self._meanwhile = meanwhile

    def hear(self, channel: Samples, *, progress: Progress | None = None) -> list[Word]:
        del channel
        self.heard += 1
        if self._meanwhile:
            self._meanwhile(progress)
        return [Word(text=character, start_ms=at * 50, end_ms=at * 50 + 50) for at, character in enumerate(self.said)]


def taking_its_time(seconds: float) -> Callable[[Progress | None], None]:
    """Work that takes so long and tells how far it is."""

    def work(progress: Progress | None) -> None:
        for step in range(20):
            time.sleep(seconds / 20)
            if progress:
                progress((step + 1) / 20)

    return work
