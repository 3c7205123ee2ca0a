"""What a recogniser may have made up: subtitle credits over silence, loops, wild guesses; kept, but quarantined."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from qc.domain import Doubt
from qc.speech.recogniser import Heard
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
LOOPING: Final = 2.4
"""Whisper's own limit: text that compresses better repeats itself."""
MOST_PER_S: Final = 12.0
"""Characters a second of speech that nobody says; 3 to 7 are usual."""
LOOP: Final = 5
"""A phrase said so many times in a row is a loop of the decoder; 对对对对 is not yet."""


def doubted(heard: Heard, seconds: float) -> tuple[Word, ...]:
    """The words of a piece of so many seconds, those quarantined that may have been made up, loops cut to one round."""
    words = without_loops(heard.words)
    text = "".join(word.text for word in words)
    doubt = _doubt(heard, text, seconds)
    if doubt is None and 2 * len(words) < len(heard.words):  # most of it was a loop: so may be what is left
        doubt = Doubt.LOOP
    return tuple(word.model_copy(update={"doubt": doubt}) for word in words) if doubt else words


def _doubt(heard: Heard, text: str, seconds: float) -> Doubt | None:
    bare = "".join(character for character in text if character.isalnum())
    if PHANTOMS.search(bare):
        return Doubt.PHANTOM
    if heard.repetition > LOOPING:
        return Doubt.LOOP
    if heard.no_speech > NO_SPEECH and heard.logprob < DOUBTED_LOGPROB:
        return Doubt.NO_VOICE
    if heard.logprob < HOPELESS_LOGPROB or len(bare) > MOST_PER_S * seconds:
        return Doubt.GUESS
    return None


def without_loops(words: Sequence[Word], longest: int = 12) -> tuple[Word, ...]:
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
