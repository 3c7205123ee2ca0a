"""How words sound: toneless pinyin keys, and phrases found by sound where a recogniser wrote other characters.

Of 60 labelled violations in telephone recordings, 5 survive letter for letter in what Whisper base recognises and
16 in toneless pinyin, so a phrase is also looked for by sound, a little mishearing allowed in longer phrases.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import count, pairwise
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

from pypinyin import Style, lazy_pinyin

from qc.literals import START, Literals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

FAR: Final = inf
"""The cost of a syllable that sounds like another one: more than any phrase allows."""
NEAR: Final = 0.5
"""The cost of a syllable heard as a near one: same initial and a close final, or the same final."""

_INITIALS: Final = {"zh": "z", "ch": "c", "sh": "s", "n": "l", "r": "l", "h": "h", "f": "h"}
"""Initials that telephone lines and southern accents confuse: zh/z, ch/c, sh/s, n/l/r, h/f."""
_NASALS: Final = {"ang": "an", "eng": "en", "ing": "in", "iang": "ian", "uang": "uan"}
"""Finals that accents confuse; ong stays apart."""


class SoundMatch(NamedTuple):
    """A stretch ``text[start:end]`` that sounds like phrase number ``phrase``; ``cost`` 0 is the very same sound."""

    phrase: int
    start: int
    end: int
    cost: float


@lru_cache(maxsize=20_000)
def sound_of(character: str) -> tuple[str, str]:
    """The toneless sound of one character as (initial, final), confusable ones folded; Latin letters stand for themselves."""
    spelled = lazy_pinyin(character, style=Style.NORMAL, errors="default")[0]
    if spelled == character:
        return (character, "")
    initial = next((i for i in ("zh", "ch", "sh", *"bpmfdtnlgkhjqxzcsryw") if spelled.startswith(i)), "")
    final = spelled[len(initial) :]
    return (_INITIALS.get(initial, initial), _NASALS.get(final, final))


class _Sounds(dict[int, str]):
    """For each character one that stands for its sound, given out as characters are met."""

    _given: Final[dict[tuple[str, str], str]] = {}
    _free: Final = count(0xF0000)
    """The supplementary private use area: in no text that anyone means to be read."""

    def __missing__(self, code: int) -> str:
        sound = sound_of(chr(code))
        self[code] = self._given.setdefault(sound, chr(next(self._free)))
        return self[code]


_SOUNDS: Final = _Sounds({ord(START): START})


@lru_cache(maxsize=256)
def in_sounds(text: str) -> str:
    """The text with one character for each sound: texts that sound alike are equal. Only for comparing."""
    return text.translate(_SOUNDS)


@lru_cache(maxsize=200_000)
def syllable_distance(one: tuple[str, str], other: tuple[str, str]) -> float:
    """0 for the same sound, `NEAR` for one that is easily taken for the other, else `FAR`."""
    if one == other:
        return 0.0
    if not one[1] or not other[1]:
        return FAR
    same_initial = one[0] == other[0]
    if one[1] == other[1] or (same_initial and (one[1][:1] == other[1][:1] or one[1][-1:] == other[1][-1:])):
        return NEAR
    return FAR


_ALLOWANCES: Final = (0.0, 0.0, 0.0, 0.0, 0.0, NEAR)


def allowance(syllables: int) -> float:
    """How much a phrase of so many syllables may differ: nothing up to four, then one near syllable, from six on two."""
    return _ALLOWANCES[syllables] if syllables < len(_ALLOWANCES) else 2 * NEAR


class SoundIndex:
    """Phrases by their sound, ready to be looked for in many texts; made once for a rulebook.

    A phrase that may differ in some syllables is cut into one piece more than that: one of them must be heard as it
    is, and all pieces of all phrases are looked for in one pass.
    """

    def __init__(self, phrases: Sequence[str], *, allowed: Callable[[int], float] = allowance) -> None:
        """Of ``allowed`` a phrase may differ, by its number of syllables."""
        self.phrases = tuple(phrases)
        self._allowed = [allowed(len(phrase)) for phrase in phrases]
        self._starts: list[tuple[int, int]] = []
        """Phrase and place in it of each piece."""
        pieces: list[tuple[str, int]] = []
        for number, phrase in enumerate(phrases):
            sounds = in_sounds(phrase)
            for start, end in _cut(len(phrase), int(self._allowed[number] / NEAR) + 1):
                pieces.append((sounds[start:end], len(self._starts)))
                self._starts.append((number, start))
        self._pieces = Literals(pieces)

    def find(self, text: str) -> Iterable[SoundMatch]:
        """The best place of each phrase that can be heard in this normalised text, in the phrases' order."""
        worth_a_try: set[tuple[int, int]] = set()
        for piece, at in self._pieces.places_in(in_sounds(text)):
            number, offset = self._starts[piece]
            if 0 <= at - offset <= len(text) - len(self.phrases[number]):
                worth_a_try.add((number, at - offset))
        best: dict[int, SoundMatch] = {}
        for number, start in sorted(worth_a_try):
            cost = self._cost(number, text, start)
            if cost <= self._allowed[number] and (number not in best or cost < best[number].cost):
                best[number] = SoundMatch(number, start, start + len(self.phrases[number]), cost)
        return best.values()

    def _cost(self, number: int, text: str, start: int) -> float:
        """What differs; too much of it is not added up."""
        cost, allowed = 0.0, self._allowed[number]
        for at, one in enumerate(self.phrases[number], start):
            other = text[at]
            if one != other:
                cost += syllable_distance(sound_of(one), sound_of(other))
                if cost > allowed:
                    break
        return cost


def _cut(length: int, pieces: int) -> Iterator[tuple[int, int]]:
    """Start and end of so many pieces of about the same length; fewer if there are not so many syllables."""
    pieces = min(pieces, length)
    borders = [length * piece // pieces for piece in range(pieces + 1)] if pieces else []
    return pairwise(borders)


def sounds_like(phrase: str, text: str) -> SoundMatch | None:
    """Where this normalised text sounds like the phrase, or None."""
    return next(iter(SoundIndex([phrase]).find(text)), None)
