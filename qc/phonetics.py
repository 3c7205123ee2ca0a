"""How words sound: toneless pinyin keys, and phrases found by sound where a recogniser wrote other characters.

Of 60 labelled violations in telephone recordings, 5 survive letter for letter in what Whisper base recognises and
16 in toneless pinyin, so a phrase is also looked for by sound, a little mishearing allowed in longer phrases.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

from pypinyin import Style, lazy_pinyin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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
    """Phrases by their sound, ready to be looked for in many texts; made once for a rulebook."""

    def __init__(self, phrases: Sequence[str], *, allowed: Callable[[int], float] = allowance) -> None:
        """Of ``allowed`` a phrase may differ, by its number of syllables."""
        self.phrases = tuple(phrases)
        self._allowed = [allowed(len(phrase)) for phrase in phrases]
        self._sounds = [tuple(sound_of(c) for c in phrase) for phrase in phrases]
        self._by_sound: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, sounds in enumerate(self._sounds):
            for sound in set(sounds):
                self._by_sound[sound].append(number)
        self._needed = [len(set(s)) - 2 * most for s, most in zip(self._sounds, self._allowed, strict=True)]

    def find(self, text: str) -> Iterable[SoundMatch]:
        """The best place of each phrase that can be heard in this normalised text."""
        heard = [sound_of(c) for c in text]
        common = Counter(n for sound in set(heard) for n in self._by_sound.get(sound, ()))
        for number, shared in common.items():
            if shared >= self._needed[number]:
                match = self._best(number, heard)
                if match is not None:
                    yield match

    def _best(self, number: int, heard: Sequence[tuple[str, str]]) -> SoundMatch | None:
        sounds = self._sounds[number]
        allowed = self._allowed[number]
        best: SoundMatch | None = None
        for start in range(len(heard) - len(sounds) + 1):
            cost = 0.0
            for one, other in zip(sounds, heard[start : start + len(sounds)], strict=True):
                cost += 0.0 if one == other else syllable_distance(one, other)
                if cost > allowed:
                    break
            else:
                if best is None or cost < best.cost:
                    best = SoundMatch(number, start, start + len(sounds), cost)
        return best


def sounds_like(phrase: str, text: str) -> SoundMatch | None:
    """Where this normalised text sounds like the phrase, or None."""
    return next(iter(SoundIndex([phrase]).find(text)), None)
