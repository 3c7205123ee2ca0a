"""What a recogniser may have made up: subtitle credits over silence, loops, wild guesses; kept, but quarantined."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from qc.domain import Doubt
from qc.speech.recogniser import LOOPING, MOST_PER_S, Heard
from qc.turns import PAUSE_MS, STOPS, Word

PHANTOMS: Final = re.compile(
    r"请不吝点赞|明镜.{0,4}栏目|支持明镜|点点栏目|字幕(由|[by提制志组])|[Aa]mara|优优独播|独播剧场"
    r"|(谢谢|感谢)(大家)?(您|你)?(们)?(的)?(观看|收看|收听)|订阅.{0,6}(频道|转发|按赞)|下期再见|中文字幕"
)
"""Sentences of Whisper's training subtitles that it says over silence and music; nobody says them on the telephone."""

ANNOUNCEMENTS: Final = re.compile(
    r"您?(所)?(拨打|呼叫)的?(电话|用户|号码)|暂时?(无法|不能)接通|请(您)?[稍少]后再拨|正在通话中|(已|是)(关机|空号)"
    r"|语音信箱|[滴嘀]声后|留言请按|请按([#井零一二三四五六七八九\d]|[井米]号)键?|[零一二三四五六七八九\d]号?键(返回|结束|重听)"
    r"|(转接|接通)中?请(您)?(稍|不要挂)|坐席全忙|前面还有.{0,3}位"
)
"""What exchanges, voice menus and mailboxes say. A recording notice is left out: it is the agent's duty to give it."""

NO_VOICE: Final = 0.6
NO_SPEECH: Final = 0.3
DOUBTED_LOGPROB: Final = -1.1
"""Nobody speaks if Whisper's no-speech probability says so, or half says so and the words are unlikely. In 31 pieces of
telephone speech it was at most 0.12, in noisy speech of people up to 0.41 with words at -1.0; in 42 pieces of tones and
music that pass for speech it was above 0.3, but for three loops."""
HOPELESS_LOGPROB: Final = -1.6
"""Below this even speech yields no words worth reading."""
DIGITS: Final = frozenset("零一二三四五六七八九幺")
"""A number may have five zeros in a row."""
LOOP: Final = 5
"""A phrase said so many times in a row is a loop of the decoder; 对对对对 is not yet."""


def doubted(heard: Heard, seconds: float) -> tuple[Word, ...]:
    """The words of a piece of so many seconds, those quarantined that nobody may have said, loops cut to one round.

    Phantom sentences and announcements are doubted by themselves, everything else as a whole.
    """
    words = without_loops(heard.words)
    whole = _doubt(heard, words, seconds)
    return tuple(
        word if doubt is None else word.model_copy(update={"doubt": doubt})
        for sentence in _sentences(words)
        for doubt in [whole or _doubt_of_sentence(_bare(sentence))]
        for word in sentence
    )


def _doubt(heard: Heard, words: Sequence[Word], seconds: float) -> Doubt | None:
    # Most of it was a loop: then so may be what is left.
    if heard.repetition > LOOPING or 2 * len(words) < len(heard.words):
        return Doubt.LOOP
    if heard.no_speech > NO_VOICE or (heard.no_speech > NO_SPEECH and heard.logprob < DOUBTED_LOGPROB):
        return Doubt.NO_VOICE
    if heard.logprob < HOPELESS_LOGPROB or len(_bare(words)) > MOST_PER_S * seconds:
        return Doubt.GUESS
    return None


def _doubt_of_sentence(bare: str) -> Doubt | None:
    if PHANTOMS.search(bare):
        return Doubt.PHANTOM
    return Doubt.MACHINE if ANNOUNCEMENTS.search(bare) else None


def _sentences(words: Sequence[Word]) -> Iterator[list[Word]]:
    sentence: list[Word] = []
    for word in words:
        if sentence and (sentence[-1].text.endswith(STOPS) or word.start_ms - sentence[-1].end_ms >= PAUSE_MS):
            yield sentence
            sentence = []
        sentence.append(word)
    if sentence:
        yield sentence


def _bare(words: Sequence[Word]) -> str:
    return "".join(character for word in words for character in word.text if character.isalnum())


def without_loops(words: Sequence[Word], longest: int = 12) -> tuple[Word, ...]:
    """The words with every phrase of up to ``longest`` words that repeats `LOOP` times or more kept once."""
    kept: list[Word] = []
    at = 0
    texts = [word.text.strip(" ，、,。") for word in words]
    while at < len(words):
        said_again = (size for size in range(1, longest + 1) if _rounds(texts, at, size) >= LOOP)
        size = 0 if texts[at] in DIGITS else next(said_again, 0)
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
