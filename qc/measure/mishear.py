"""Text as a recogniser might have heard it: what a model of recognised text is trained on, for want of recordings."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from qc.phonetics import NEAR, sound_of, syllable_distance
from qc.text import QUESTION, SENTENCE_END, normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.random import Generator

Item = TypeVar("Item")

LOST: Final = 0.15
"""Of the misheard characters so many are not heard at all."""
SAME_SOUND: Final = 0.45
"""So many are written with another character of the same sound, tones aside; the others with one of a near sound."""

_MARKS: Final = QUESTION + SENTENCE_END


class Homophones(NamedTuple):
    """The characters of a body of text by their sound, and which of these sounds are near each other."""

    written: Mapping[tuple[str, str], str]
    """The characters of a sound, each as often as the root of its count: recognisers favour common ones."""
    near: Mapping[tuple[str, str], Sequence[tuple[str, str]]]


def homophones_of(texts: Iterable[str]) -> Homophones:
    """The homophones among the Chinese characters of these texts."""
    counts = Counter(chain.from_iterable(normalise(text).text for text in texts))
    written: dict[tuple[str, str], str] = defaultdict(str)
    for character, count in sorted(counts.items()):
        if sound_of(character)[1]:
            written[sound_of(character)] += character * round(count**0.5)
    near = {one: [other for other in written if syllable_distance(one, other) == NEAR] for one in written}
    return Homophones(written, near)


def misheard(text: str, rate: float, homophones: Homophones, chance: Generator) -> str:
    """The text in matching form, each Chinese character lost or misheard with probability ``rate``."""
    return "".join(_heard(c, rate, homophones, chance) for c in normalise(text).text)


def _heard(character: str, rate: float, homophones: Homophones, chance: Generator) -> str:
    sound = sound_of(character)
    if character in _MARKS or not sound[1] or chance.random() >= rate:
        return character
    how = chance.random()
    if how < LOST:
        return ""
    if how >= LOST + SAME_SOUND and homophones.near.get(sound):
        sound = _one_of(homophones.near[sound], chance)
    return _one_of(homophones.written.get(sound, character), chance)


def _one_of(items: Sequence[Item], chance: Generator) -> Item:
    return items[int(chance.integers(len(items)))]
