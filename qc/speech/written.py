"""A recogniser's text beside its sound: what each character's probability and time is, and the text as words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from qc.speech.repair import PAUSE, respelled
from qc.speech.talk import TalkModel
from qc.turns import Word

LOWEST: Final = -20.0
"""The logarithm of a probability that was rounded to nothing."""
CHINESE_MARKS: Final = str.maketrans({",": "，", "?": "？", "!": "！", ";": "；", ":": "："})


class Fit(NamedTuple):
    """How a text fits its piece of sound: each character's log probability and begin and end in milliseconds."""

    logprobs: list[float]
    starts_ms: list[int]
    ends_ms: list[int]


def fit_of(
    text: str,
    offsets: Sequence[tuple[int, int]],
    probabilities: Sequence[float],
    begins_ms: Mapping[int, int],
    end_ms: int,
) -> Fit:
    """How the text fits, from its tokens: the characters each covers, its probability, and when each begins.

    A character of several tokens has all their probabilities; a token of several characters is shared out among them.
    """
    starts = [-1] * len(text)
    ends = [0] * len(text)
    logprobs = [0.0] * len(text)
    begins = [begins_ms.get(number, end_ms) for number in range(len(offsets) + 1)]
    for (first, stop), probability, (begin, following) in zip(offsets, probabilities, pairwise(begins), strict=True):
        length = max(stop - first, 1)
        lasting = max(following - begin, 0)
        for place, at in enumerate(range(first, stop)):
            logprobs[at] += (math.log(probability) if probability > 0 else LOWEST) / length
            if starts[at] < 0:
                starts[at] = begin + lasting * place // length
            ends[at] = begin + lasting * (place + 1) // length
    for at in range(len(text)):
        if starts[at] < 0:  # white space has no token of its own
            starts[at] = ends[at] = ends[at - 1] if at else 0
    return Fit(logprobs, starts, ends)


def bare(text: str) -> str:
    """The letters and digits."""
    return "".join(filter(str.isalnum, text))


def _phrases(text: str) -> tuple[str, list[int | None]]:
    """Letters and digits with `PAUSE` where other marks stood, and where each stands in the text."""
    heard: list[str] = []
    places: list[int | None] = []
    for at, character in enumerate(text):
        if character.isalnum():
            heard.append(character)
            places.append(at)
        elif heard and heard[-1] != PAUSE:
            heard.append(PAUSE)
            places.append(None)
    return "".join(heard), places


def respelled_text(text: str, fit: Fit, talk: TalkModel | None) -> str:
    """The text with homophones respelled as the trade would write them."""
    if talk is None:
        return text
    heard, places = _phrases(text)
    sure = [1.0 if place is None else math.exp(fit.logprobs[place]) for place in places]
    said = respelled(heard, sure, talk)
    spelled = list(text)
    for place, character in zip(places, said, strict=True):
        if place is not None:
            spelled[place] = character
    return "".join(spelled)


def words_of(text: str, now: str, fit: Fit) -> tuple[Word, ...]:
    """A word a character, a run of Latin letters or digits being one, marks after it included."""
    words: list[Word] = []
    for start, end, stop in _cuts(now):
        marks = now[end:stop].translate(CHINESE_MARKS).strip().replace(" ", "，")
        # Whisper puts a space between Chinese characters where a speaker pauses.
        if end < stop < len(now) and not marks and _is_chinese(now[end - 1]) and _is_chinese(now[stop]):
            marks = "，"
        said, heard = now[start:end], text[start:end]
        words.append(
            Word(
                text=said + marks,
                start_ms=fit.starts_ms[start],
                end_ms=max(fit.ends_ms[end - 1], fit.starts_ms[start]),
                probability=math.exp(max(min(sum(fit.logprobs[start:end]), 0.0), LOWEST)),
                original=None if heard == said else heard,
            )
        )
    return tuple(words)


def _cuts(text: str) -> Iterator[tuple[int, int, int]]:
    """Each word's begin, its end, and the end of the marks after it."""
    at = 0
    while at < len(text) and not text[at].isalnum():
        at += 1
    while at < len(text):
        end = at + 1
        if not _is_chinese(text[at]):
            while end < len(text) and text[end].isalnum() and not _is_chinese(text[end]):
                end += 1
        stop = end
        while stop < len(text) and not text[stop].isalnum():
            stop += 1
        yield at, end, stop
        at = stop


def word_span(text: str, start: int, end: int) -> tuple[int, int]:
    """The words that these characters belong to."""
    inside = [number for number, (first, last, _) in enumerate(_cuts(text)) if first < end and last > start]
    return inside[0], inside[-1] + 1


def _is_chinese(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"
