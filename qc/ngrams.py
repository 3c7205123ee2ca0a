"""N-grams of characters and of syllables of many texts at once, as numbers: what a linear model of words looks at.

A recogniser's errors are mostly homophones: syllables survive them. Everything is done on arrays, since a transcript
of 20 turns holds some ten thousand n-grams and has a millisecond.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple
from zlib import crc32

import numpy as np

from qc.phonetics import sound_of
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
    """A 32-bit number an n-gram, as often as it stands there, in order; equal n-grams have equal numbers."""
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
    characters = _codes(SENTENCE_END + SENTENCE_END.join(stripped) + SENTENCE_END)
    ends = characters == _END
    edges = np.flatnonzero(ends)
    sentence = np.cumsum(ends) - 1
    at = np.arange(len(characters)) - edges[sentence] - 1
    inside = {length: _inside(ends, length) for length in {*CHARACTERS, *SYLLABLES}}
    begin, kind = np.nonzero(np.column_stack([inside[length] for _, length in _KINDS]))
    return Sentences(
        first=np.cumsum([0, *(text.count(SENTENCE_END) + 1 for text in stripped)]),
        lengths=np.diff(edges) - 1,
        grams=_numbers(characters)[kind, begin],
        sentence=sentence[begin],
        at=at[begin],
        size=_SIZES[kind],
    )


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
