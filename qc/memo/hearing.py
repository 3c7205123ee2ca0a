"""The trade's words where a recogniser wrote others of the same sound: 图观 is 途观, 请明前 is 清明前.

Only what was heard is mended, never a chat, and only for reading: evidence keeps the recogniser's own characters.
Sounds are compared whole but for their tones; the accents' confusions that phrase rules allow for (zh and z, ing and
in) would turn 亲民 into 清明.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pypinyin import Style, lazy_pinyin

from qc.domain import Timing
from qc.memo.talk import Talk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qc.domain import Call, Transcript
    from qc.rulebook import Rulebook

_LEAST = 2
"""A single syllable sounds like too many words."""


@lru_cache(maxsize=20_000)
def _sound(character: str) -> str:
    return lazy_pinyin(character, style=Style.NORMAL, errors="default")[0]


@lru_cache(maxsize=64)
def sounds_of(words: tuple[str, ...]) -> dict[tuple[str, ...], str]:
    """Each word of Chinese characters, by its sound; of two that sound the same the first."""
    sounds: dict[tuple[str, ...], str] = {}
    for word in words:
        if len(word) < _LEAST or not all("一" <= character <= "龥" for character in word):
            continue
        sounds.setdefault(tuple(_sound(character) for character in word), word)
    return sounds


def as_meant(text: str, words: tuple[str, ...], unlike: Iterable[str]) -> str:
    """The text with words of the trade in place of what sounds the same; as long as before.

    ``unlike`` are words that sound like one of them and mean themselves.
    """
    sounds = sounds_of(words)
    lengths = sorted({len(sound) for sound in sounds}, reverse=True)
    heard = [_sound(character) for character in text]
    kept = set(unlike)
    meant = list(text)
    at = 0
    while at < len(text):
        for length in lengths:
            word = sounds.get(tuple(heard[at : at + length]))
            if word is not None and text[at : at + length] not in kept:
                meant[at : at + length] = word
                at += length
                break
        else:
            at += 1
    return "".join(meant)


def talk_as_meant(call: Call, transcript: Transcript, rulebook: Rulebook) -> Talk:
    """The talk to read a memo from: the trade's words and our own cars by their sound where a recogniser heard it; a chat as it stands."""
    if transcript.timing is not Timing.RECORDED or transcript.recogniser == "text":
        return Talk(transcript)
    ours, _ = rulebook.vehicles.brand_of_dealer(call.dealer.brand, call.dealer.store)
    cars = [form for series in (ours.series if ours else ()) for form in (series.name, *series.also)]
    names = [ours.name, *ours.also] if ours else []
    words = (*rulebook.needs.heard, *names, *cars)
    return Talk(transcript, lambda text: as_meant(text, words, rulebook.needs.heard_as_said))
