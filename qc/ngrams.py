"""N-grams of characters and of syllables of many texts at once, as numbers: what a linear model of words looks at.

A recogniser's errors are mostly homophones: syllables survive them. Everything is done on arrays, since a transcript
of 20 turns holds some ten thousand n-grams and has a millisecond.
"""

from __future__ import annotations

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
    """A 32-bit number an n-gram, as often as it stands there; equal n-grams have equal numbers."""
    sentence: np.ndarray
    """The sentence each n-gram stands in; none reaches over a sentence's end, but its edges count as a character."""
    at: np.ndarray
    """The character of its sentence each n-gram begins with; -1 is the edge before it."""
    size: np.ndarray
    """How many characters each n-gram has, edges included."""


def sentences_of(texts: Sequence[str]) -> Sentences:
    """The n-grams of these normalised texts. An empty text has one empty sentence."""
    stripped = [text.strip(SENTENCE_END) for text in texts]
    joined = SENTENCE_END + SENTENCE_END.join(stripped) + SENTENCE_END
    characters = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    syllables = np.fromiter((_syllable(c) for c in joined), dtype=np.uint64, count=len(joined))
    ends = characters == _END
    before = np.cumsum(ends)
    counts = [text.count(SENTENCE_END) + 1 for text in stripped]
    edges = np.flatnonzero(ends)
    parts = [
        _grams(codes, length, salt, ends, before, edges)
        for salt, codes, lengths in ((1, characters, CHARACTERS), (2, syllables, SYLLABLES))
        for length in lengths
    ]
    grams, sentence, at, size = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Sentences(np.cumsum([0, *counts]), np.diff(edges) - 1, grams, sentence, at, size)


def _grams(
    codes: np.ndarray, length: int, salt: int, ends: np.ndarray, before: np.ndarray, edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The n-grams of one length: number, sentence, beginning, length."""
    count = len(codes) - length + 1
    if count < 1:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing.astype(np.uint32), nothing, nothing, nothing
    number = np.full(count, length * 16 + salt, dtype=np.uint64)
    for offset in range(length):
        number = (number ^ codes[offset : offset + count]) * _FACTOR
        number ^= number >> _SHIFT
    starts = np.arange(count)
    stops = starts + length
    # A sentence's end may be the first or the last character and nothing between.
    inner = before[stops - 2] - before[starts] if length > 2 else np.zeros(count, dtype=np.int64)  # noqa: PLR2004
    marks = before[stops - 1] - before[starts] + ends[starts]
    kept = np.flatnonzero((inner == 0) & (marks < length))
    sentence = before[kept] - 1
    return number[kept].astype(np.uint32), sentence, kept - edges[sentence] - 1, np.full(len(kept), length)


class Windows(NamedTuple):
    """The characters of some texts, one after the other, and the n-grams around each."""

    first: np.ndarray
    """The number of each text's first character, and at the end the number of all characters."""
    numbers: np.ndarray
    """A row a character: 32-bit numbers of the n-grams within `AROUND` of it, each with where it stands from there."""


def windows_of(texts: Sequence[str]) -> Windows:
    """The characters of these texts with the n-grams around them; a text's edges count as characters."""
    edge = SENTENCE_END * AROUND
    joined = edge + edge.join(texts) + edge
    characters = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    first = np.append(0, np.cumsum(lengths))
    at = np.arange(first[-1]) + AROUND * (np.repeat(np.arange(len(texts)), lengths) + 1)
    columns = []
    for length in WINDOWS:
        for offset in range(-AROUND, AROUND + 2 - length):
            number = np.full(len(at), length * 16 + offset + 8, dtype=np.uint64)
            for step in range(length):
                number = (number ^ characters[at + offset + step]) * _FACTOR
                number ^= number >> _SHIFT
            columns.append(number.astype(np.uint32))
    return Windows(first, np.column_stack(columns))


@lru_cache(maxsize=20_000)
def _syllable(character: str) -> int:
    """A number for how a character sounds."""
    return _END if character == SENTENCE_END else crc32("".join(sound_of(character)).encode()) | 1 << 32
