"""N-grams of characters, syllables and meanings of many texts at once, as numbers: what a linear model of words looks at.

A recogniser's errors are mostly homophones: syllables survive them. A meaning is that of a set of synonyms
(`qc.synonyms`), alone or in pairs: it survives other words. Everything is done on arrays, since a transcript of 20 turns
holds some ten thousand n-grams and has a millisecond.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple
from zlib import crc32

import numpy as np

from qc.phonetics import sound_of
from qc.synonyms import shipped_synonyms
from qc.text import SENTENCE_END

if TYPE_CHECKING:
    from collections.abc import Sequence

CHARACTERS: Final = (1, 2, 3, 4)
"""Lengths of the n-grams of characters."""
SYLLABLES: Final = (2, 3)
"""Lengths of the n-grams of syllables; one syllable alone says too little."""
AROUND: Final = 3
"""So many characters to either side of one are looked at by `windows_of`."""
WINDOWS: Final = (1, 2, 3)
"""Lengths of the n-grams around a character."""


class _Kind(NamedTuple):
    of: int
    """0: characters, 1: syllables."""
    length: int


_KINDS: Final = sorted(
    (*(_Kind(0, length) for length in CHARACTERS), *(_Kind(1, length) for length in SYLLABLES)),
    key=lambda kind: kind.length,
)
_SIZES: Final = np.array([kind.length for kind in _KINDS])
_BEGINNINGS: Final = np.array([[kind.length * 16 + kind.of + 1] for kind in _KINDS], np.uint64)
"""What the numbers of each kind begin with: no n-gram of one kind has the number of another's."""
_SET, _PAIR = (np.uint64(length * 16 + 3) for length in (1, 2))
"""What the numbers of sets of synonyms and of their pairs begin with."""
_APART: Final = 10
"""Two words are a pair if so many characters stand between them, at most,"""
_FOLLOWING: Final = 8
"""and the second is among so many that follow the first, a word of several sets counted once for each."""
_END: Final = ord(SENTENCE_END)
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(32)


class Sentences(NamedTuple):
    """The sentences of some texts, one after the other, and their n-grams."""

    first: np.ndarray
    """The number of each text's first sentence, and at the end the number of all sentences."""
    lengths: np.ndarray
    """Characters of each sentence, its question mark included."""
    grams: np.ndarray
    """A 32-bit number an n-gram, as often as it stands there; equal n-grams have equal numbers. Those of characters and
    syllables come first, in order, then those of meanings."""
    sentence: np.ndarray
    """The sentence each n-gram stands in; none reaches over a sentence's end, but its edges count as a character."""
    at: np.ndarray
    """The character of its sentence each n-gram begins with; -1 is the edge before it."""
    size: np.ndarray
    """How many characters each n-gram has, edges included."""


@lru_cache(maxsize=1)
def sentences_of_call(texts: tuple[str, ...]) -> Sentences:
    """As `sentences_of`; the last call's are remembered, since findings and grade are judged by the same ones."""
    return sentences_of(texts)


def sentences_of(texts: Sequence[str]) -> Sentences:
    """The n-grams of these normalised texts. An empty text has one empty sentence."""
    stripped = [text.strip(SENTENCE_END) for text in texts]
    joined = SENTENCE_END + SENTENCE_END.join(stripped) + SENTENCE_END
    characters = _codes(joined)
    ends = characters == _END
    edges = np.flatnonzero(ends)
    sentence = np.cumsum(ends) - 1
    at = np.arange(len(characters)) - edges[sentence] - 1
    inside = {length: _inside(ends, length) for length in {*CHARACTERS, *SYLLABLES}}
    begin, kind = np.nonzero(np.column_stack([inside[length] for _, length in _KINDS]))
    meant = _meant(joined, sentence)
    begins = np.append(begin, meant.begin)
    return Sentences(
        first=np.cumsum([0, *(text.count(SENTENCE_END) + 1 for text in stripped)]),
        lengths=np.diff(edges) - 1,
        grams=np.append(_numbers(characters)[kind, begin], meant.numbers),
        sentence=sentence[begins],
        at=at[begins],
        size=np.append(_SIZES[kind], meant.size),
    )


class _Meant(NamedTuple):
    """Sets of synonyms whose words stand in a text, and pairs of such sets, as n-grams."""

    begin: np.ndarray
    numbers: np.ndarray
    size: np.ndarray


def _meant(text: str, sentence: np.ndarray) -> _Meant:
    """The sets and the pairs of sets of a text; ``sentence`` says which one each of its characters is of."""
    start, stop, sets = shipped_synonyms().places_in(text)
    last = len(start) - 1
    following = np.arange(last + 1)[:, np.newaxis] + np.arange(1, _FOLLOWING + 1)
    other = np.minimum(following, last)
    one, nth = np.nonzero(
        (following <= last)
        & (start[other] > start[:, np.newaxis])
        & (start[other] <= stop[:, np.newaxis] + _APART)
        & (sets[other] != sets[:, np.newaxis])
        & (sentence[start[other]] == sentence[start][:, np.newaxis])
    )
    second = one + nth + 1
    begin = np.append(start, start[one])
    return _Meant(
        begin=begin,
        numbers=np.append(_number_of(_SET, sets), _number_of(_PAIR, sets[one], sets[second])),
        size=np.append(stop, stop[second]) - begin,
    )


def _number_of(kind: np.uint64, *sets: np.ndarray) -> np.ndarray:
    numbers = np.full(len(sets[0]), kind, np.uint64)
    for each in sets:
        _mix(numbers, each)
    return numbers.astype(np.uint32)


def _codes(text: str) -> np.ndarray:
    """The code points of a text."""
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


def _inside(ends: np.ndarray, length: int) -> np.ndarray:
    """Where an n-gram of this length begins that is of one sentence: a sentence's end is its first or last at most."""
    begins = np.zeros(len(ends), dtype=bool)
    if length == 1:
        begins[:] = ~ends
    elif length == 2:  # noqa: PLR2004 - two ends with nothing between say nothing
        begins[:-1] = ~(ends[:-1] & ends[1:])
    else:
        count = max(len(ends) - length + 1, 0)
        begins[:count] = ~np.logical_or.reduce([ends[offset : offset + count] for offset in range(1, length - 1)])
    return begins


def _numbers(characters: np.ndarray) -> np.ndarray:
    """A row for each of `_KINDS`: the number of its n-gram that begins with each character."""
    count = len(characters)
    padded = np.full((2, count + max(CHARACTERS)), _END, dtype=np.uint64)
    padded[0, :count] = characters
    padded[1, :count] = _syllables(characters)
    codes = padded[[kind.of for kind in _KINDS]]
    mixed = np.repeat(_BEGINNINGS, count, axis=1)
    for step in range(max(CHARACTERS)):
        # The shorter ones are done: only the rows from some row on go on.
        first = sum(kind.length <= step for kind in _KINDS)
        _mix(mixed[first:], codes[first:, step : step + count])
    return mixed.astype(np.uint32)


def _mix(numbers: np.ndarray, codes: np.ndarray) -> None:
    """Takes one more character into each of these numbers."""
    numbers ^= codes
    numbers *= _FACTOR
    numbers ^= numbers >> _SHIFT


class Windows(NamedTuple):
    """The characters of some texts, one after the other, and the n-grams around each."""

    first: np.ndarray
    """The number of each text's first character, and at the end the number of all characters."""
    numbers: np.ndarray
    """A row a character: 32-bit numbers of the n-grams within `AROUND` of it, each with where it stands from there."""


def windows_of(texts: Sequence[str]) -> Windows:
    """The characters of these texts with the n-grams around them; a text's edges count as characters."""
    edge = SENTENCE_END * AROUND
    characters = _codes(edge + edge.join(texts) + edge).astype(np.uint64)
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    first = np.append(0, np.cumsum(lengths))
    at = np.arange(first[-1]) + AROUND * np.repeat(np.arange(len(texts)), lengths)
    around = characters[at[:, np.newaxis] + np.arange(2 * AROUND + 1)]
    parts = []
    for length in WINDOWS:
        count = 2 * AROUND + 2 - length
        numbers = np.tile(np.arange(count, dtype=np.uint64) + np.uint64(length * 16 + 8 - AROUND), (len(at), 1))
        for step in range(length):
            _mix(numbers, around[:, step : step + count])
        parts.append(numbers.astype(np.uint32))
    return Windows(first, np.hstack(parts))


_SYLLABLES: Final = np.zeros(sys.maxunicode + 1, dtype=np.uint64)
"""For each character a number for how it sounds, 0 until it is met: what is never touched takes no memory."""


def _syllables(characters: np.ndarray) -> np.ndarray:
    """A number for how each of these characters sounds."""
    numbers: np.ndarray = _SYLLABLES[characters]
    if not numbers.all():
        for code in set(characters[numbers == 0].tolist()):
            _SYLLABLES[code] = _END if code == _END else crc32("".join(sound_of(chr(code))).encode()) | 1 << 32
        numbers = _SYLLABLES[characters]
    return numbers
