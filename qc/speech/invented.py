"""What a recogniser heard without what it made up: subtitle credits over silence, loops, wild guesses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from qc.domain import Record
from qc.turns import Word

PHANTOMS: Final = re.compile(
    r"请不吝点赞|明镜.{0,4}栏目|支持明镜|点点栏目|字幕(由|[by提制志组])|[Aa]mara|优优独播|独播剧场"
    r"|(谢谢|感谢)(大家)?(您|你)?(们)?(的)?(观看|收看|收听)|订阅.{0,6}(频道|转发|按赞)|下期再见|中文字幕"
)
"""Sentences of Whisper's training subtitles that it says over silence and music; nobody says them on the telephone."""

NO_SPEECH: Final = 0.6
DOUBTED_LOGPROB: Final = -1.0
"""Whisper's own pair of limits: no speech likely and the words unlikely."""
HOPELESS_LOGPROB: Final = -1.6
"""Below this even speech yields no words worth reading."""
LOOP: Final = 5
"""A phrase said so many times in a row is a loop of the decoder; 对对对对 is not yet."""


class Heard(Record):
    """A stretch of words the recogniser gave out together, and how sure it was.

    ``logprob`` is the mean log probability of its tokens, ``no_speech`` the probability that nobody speaks.
    """

    words: tuple[Word, ...]
    logprob: float
    no_speech: float


def without_inventions(heard: Iterable[Heard]) -> list[Heard]:
    """Only what was heard: phantom sentences and wild guesses are left out, loops cut to one round."""
    return [piece.model_copy(update={"words": without_loops(piece.words)}) for piece in heard if not is_invented(piece)]


def is_invented(piece: Heard) -> bool:
    """Whether this was made up rather than heard."""
    text = "".join(word.text for word in piece.words)
    if not text.strip(" ，。,.?？!！、"):
        return True
    unlikely = piece.no_speech > NO_SPEECH and piece.logprob < DOUBTED_LOGPROB
    return unlikely or piece.logprob < HOPELESS_LOGPROB or PHANTOMS.search(text.replace(" ", "")) is not None


def without_loops(words: tuple[Word, ...], longest: int = 12) -> tuple[Word, ...]:
    """The words with every phrase of up to ``longest`` words that repeats `LOOP` times or more kept once."""
    kept: list[Word] = []
    at = 0
    texts = [word.text.strip(" ，、,。") for word in words]
    while at < len(words):
        size = next((size for size in range(1, longest + 1) if _rounds(texts, at, size) >= LOOP), 0)
        if size:
            kept.extend(words[at : at + size])
            at += size * _rounds(texts, at, size)
        else:
            kept.append(words[at])
            at += 1
    return tuple(kept)


def _rounds(texts: list[str], at: int, size: int) -> int:
    phrase = texts[at : at + size]
    rounds = 1
    while texts[at + rounds * size : at + (rounds + 1) * size] == phrase:
        rounds += 1
    return rounds
