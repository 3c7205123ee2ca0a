"""Each word's voice, decided from where the voices speak and where words pause and end."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from qc.speech.speakers.voices import VoiceSpan, likeliest_path
from qc.turns import Word

# What a change of voice between two words costs, in milliseconds heard against it. Whisper's word times are off by
# up to 300 ms, so that within a run of words a border must be worth three such errors, and at a pause very little.
CHANGE_IN_RUN: Final = 900.0
CHANGE_AT_COMMA: Final = 300.0
CHANGE_AT_STOP: Final = 80.0
PAUSE_MS: Final = 300
COMMAS: Final = ("，", "、", "；", "：", ",")
STOPS: Final = ("。", "？", "！", "?", "!", "…")


def by_voice(words: Sequence[Word], spans: Sequence[VoiceSpan]) -> list[int]:
    """The voice of each word, 0 or 1, from spans in order; all 0 where there are none.

    Voices change rather at pauses and after sentence marks than within a run of words, and not for a word alone.
    """
    if not words or not spans:
        return [0] * len(words)
    starts, ends = ([getattr(span, side) for span in spans] for side in ("start_ms", "end_ms"))
    around = ((bisect_right(ends, word.start_ms), bisect_left(starts, word.end_ms)) for word in words)
    against = np.array(
        [_against(word, spans[max(first - 1, 0) : last + 1]) for word, (first, last) in zip(words, around, strict=True)]
    ).T
    change = np.array([_change(word, following) for word, following in pairwise(words)])
    return [int(voice) for voice in likeliest_path(against, change)]


def _against(word: Word, spans: Sequence[VoiceSpan]) -> tuple[float, float]:
    """The milliseconds of this word that speak against voice 0 and against voice 1, from the spans around it."""
    heard = [0.0, 0.0]
    for span in spans:
        heard[span.voice] += max(min(word.end_ms, span.end_ms) - max(word.start_ms, span.start_ms), 0)
    if not any(heard):
        nearest = min(spans, key=lambda span: max(span.start_ms - word.end_ms, word.start_ms - span.end_ms))
        heard[nearest.voice] = 1.0
    return heard[1], heard[0]


def _change(word: Word, following: Word) -> float:
    if word.text.endswith(STOPS) or following.start_ms - word.end_ms >= PAUSE_MS:
        return CHANGE_AT_STOP
    return CHANGE_AT_COMMA if word.text.endswith(COMMAS) else CHANGE_IN_RUN
