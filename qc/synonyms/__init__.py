"""Sets of words that say the same on a sales call, and where they stand in a text.

A linear model over characters knows the words that labelled talk holds. That a word of a set stands there, or one of this
set near one of that, it knows of words it has never met as well (decision 49). The sets are written by hand in the ``*.txt``
files of this folder, one a line: its name, a colon, and its words in the form of `qc.text.normalise`. A word may stand in
several. Models have learned with just these sets, so a change of them asks for ``qc train`` and all three models.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from zlib import crc32

import numpy as np
from ahocorasick import Automaton

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDER: Final = Path(__file__).parent


class Places(NamedTuple):
    """Where words of sets stand in a text, in order; a word within a longer one stands nowhere."""

    start: np.ndarray
    stop: np.ndarray
    sets: np.ndarray
    """The number of each one's set, made from its name: the same whatever other sets there are."""


class Synonyms:
    """Sets of words, ready to be found in texts."""

    def __init__(self, sets: Iterable[tuple[str, tuple[str, ...]]]) -> None:
        """Each set is a name and its words."""
        numbers: dict[str, list[int]] = {}
        digest = sha256()
        for name, words in sets:
            for word in words:
                numbers.setdefault(word, []).append(crc32(name.encode()))
            digest.update(repr((name, words)).encode())
        self.version = digest.hexdigest()[:12]
        self._lengths = np.array([len(word) for word in numbers], np.int64)
        self._counts = np.array([len(own) for own in numbers.values()], np.int64)
        self._first = np.cumsum(self._counts) - self._counts
        self._sets = np.array([number for own in numbers.values() for number in own], np.uint64)
        self._automaton = Automaton()
        for row, word in enumerate(numbers):
            self._automaton.add_word(word, row)
        self._automaton.make_automaton()

    def places_in(self, text: str) -> Places:
        """Where words of the sets stand in this text."""
        last, row = np.fromiter(chain.from_iterable(self._automaton.iter(text)), np.int64).reshape(-1, 2).T
        stop = last + 1
        start = stop - self._lengths[row]
        order = np.lexsort((-stop, start))
        start, stop, row = start[order], stop[order], row[order]
        outside = stop > np.append(0, np.maximum.accumulate(stop))[:-1]
        start, stop, row = start[outside], stop[outside], row[outside]
        counts = self._counts[row]
        word = np.repeat(np.arange(len(row)), counts)
        nth = np.arange(len(word)) - np.repeat(np.cumsum(counts) - counts, counts)
        return Places(start[word], stop[word], self._sets[self._first[row[word]] + nth])


@lru_cache(maxsize=1)
def shipped_synonyms() -> Synonyms:
    """The sets of this folder."""
    return Synonyms(read_synonyms(FOLDER))


def read_synonyms(folder: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The sets in the ``*.txt`` of this folder, each by the name of its file and its own: ``money/pays-deposit``."""
    for path in sorted(folder.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            name, _, words = line.partition(": ")
            yield f"{path.stem}/{name}", tuple(words.split())
