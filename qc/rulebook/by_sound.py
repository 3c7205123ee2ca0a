"""Patterns looked for by their sound: where a text would meet a rule if its characters were others of the same sound.

A concrete phrase can be looked for by pinyin as it stands, a pattern stands for thousands of wordings. So the text is
respelled towards each pattern, every character that the pattern does not know by one of its own that sounds the same;
what the pattern then finds is a wording of the rule as it may have been said. Of 56 labelled violations in 18
development recordings as Whisper base hears them, 37 are found letter for letter, 42 sound nearly like a watched
phrase and 46 like a pattern, which proposes 189 stretches in 406 utterances: each needs a second listen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import regex

from qc.literals import Prefilter
from qc.phonetics import in_sounds, sound_of
from qc.rulebook.needed import needed_literals
from qc.rulebook.patterns import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qc.literals import Clauses

Sound = tuple[str, str]

_HAN = regex.compile(r"\p{Han}")


class Respelling(NamedTuple):
    """``text[start:end]``, spelled as ``phrase``, is what pattern number ``pattern`` looks for."""

    pattern: int
    start: int
    end: int
    phrase: str


class _Pattern(NamedTuple):
    said: regex.Pattern[str]
    known: frozenset[str]
    by_sound: dict[Sound, str]


class PatternsBySound:
    """Many patterns, ready to be looked for by sound in normalised texts."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = [_prepared(pattern) for pattern in patterns]
        self._prefilter = Prefilter([_heard_in(pattern) for pattern in patterns])

    def find(self, text: str) -> Iterator[Respelling]:
        """Every stretch that meets a pattern by its sound, but not to the letter; as little respelled as can be."""
        heard = [sound_of(character) for character in text]
        for number in self._prefilter.candidates(in_sounds(text)):
            pattern = self._patterns[number]
            spelled = [
                character if character in pattern.known else pattern.by_sound.get(sound, character)
                for character, sound in zip(text, heard, strict=True)
            ]
            changed = [at for at, character in enumerate(text) if spelled[at] != character]
            if not changed:
                continue
            for match in pattern.said.finditer("".join(spelled)):
                start, end = match.span()
                phrase = _as_heard_where_it_can(pattern.said, text, spelled, start, end)
                if phrase != text[start:end]:
                    yield Respelling(number, start, end, phrase)


def _prepared(pattern: str) -> _Pattern:
    known = dict.fromkeys(_HAN.findall(pattern))
    by_sound: dict[Sound, str] = {}
    for character in known:
        by_sound.setdefault(sound_of(character), character)
    return _Pattern(compiled(pattern), frozenset(known), by_sound)


def _heard_in(pattern: str) -> Clauses:
    """What a text must sound like somewhere for the pattern to be heard in it: one of each set."""
    return tuple(frozenset(map(in_sounds, clause)) for clause in needed_literals(pattern))


def _as_heard_where_it_can(said: regex.Pattern[str], text: str, spelled: list[str], start: int, end: int) -> str:
    """The words found, each character again as it was heard unless the pattern then no longer finds them."""
    least = list(spelled)
    for at in range(start, end):
        if least[at] != text[at]:
            respelled, least[at] = least[at], text[at]
            match = said.match("".join(least), start)
            if match is None or match.end() != end:
                least[at] = respelled
    return "".join(least[start:end])
