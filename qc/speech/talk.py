"""How likely a character is after others in this trade's calls: a character n-gram model of all talk in ``lexicons``."""

from __future__ import annotations

import json
import math
import re
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from qc.phonetics import sound_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

ORDER: Final = 4
"""A character is looked at after the three before it."""
ALPHABET: Final = 7000
"""Characters in use; what the model has never seen shares what is left of the probability among so many."""
REMEMBERED: Final = 100_000
"""Probabilities that are kept, some 20 MB: a call needs 50,000 to 400,000, the same ones over and over."""
START: Final = "^"
END: Final = "$"
_BITS: Final = 16
"""A character's number takes so many bits, so that an n-gram fits an integer of 64."""
_UNKNOWN: Final = 0
"""The number of characters that do not occur."""
_NONE: Final = frozenset[str]()
_PAUSES: Final = re.compile(r"[。？！，、；：…,.?!;:\s]+")
_TURN: Final = re.compile(r"^(?:客服|客户)：")


def talk_files(lexicons: Path) -> list[Path]:
    """The files of these lexicons that hold talk: calls, labelled utterances, and exchanges labelled for the memo."""
    return [path for pattern in _FILES for path in sorted(lexicons.glob(pattern))]


_FILES: Final = ("talk/*.txt", "calls/*.jsonl", "utterances/*.jsonl", "memos/*.jsonl")


def read_talk(lexicons: Path) -> tuple[str, ...]:
    """The utterances of all `talk_files`, whatever they are labelled for."""
    return tuple(text for path in talk_files(lexicons) for text in _utterances(path))


def _utterances(path: Path) -> Iterator[str]:
    """Lines ``客服：…`` and ``客户：…`` of calls; ``turns``, or ``before`` and ``text``, of labelled lines."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if path.suffix == ".txt":
            if _TURN.match(line):
                yield _TURN.sub("", line)
        elif line.strip():
            labelled = json.loads(line)
            said = [turn["text"] for turn in labelled.get("turns", ())]
            yield from filter(None, [*said, labelled.get("before"), labelled.get("text")])


def phrases_of(text: str) -> list[str]:
    """The text cut at its pauses, letters and digits only."""
    return ["".join(c for c in part if c.isalnum()) for part in _PAUSES.split(text) if any(map(str.isalnum, part))]


class _Table:
    """Numbers by key, in a tenth of the room that a dictionary takes: millions are kept while a worker lives."""

    def __init__(self, keys: NDArray[np.uint64], numbers: NDArray[np.float64]) -> None:
        """``keys`` ascend."""
        self._keys, self._numbers = array("Q", keys.tobytes()), array("d", numbers.tobytes())

    def get(self, key: int) -> float | None:
        at = bisect_left(self._keys, key)
        return self._numbers[at] if at < len(self._keys) and self._keys[at] == key else None


class TalkModel:
    """An interpolated character n-gram model with Witten-Bell smoothing, over phrases between pauses.

    Source: Witten and Bell, "The zero-frequency problem", IEEE Transactions on Information Theory 37(4), 1991.

    A worker learns it when it starts, from as much talk as there is, so counting is left to NumPy. An n-gram is kept as
    one integer, beside its interpolated probability; a context, beside what it leaves to what never came after it.
    """

    def __init__(self, utterances: Iterable[str]) -> None:
        padded = [START * (ORDER - 1) + phrase + END for utterance in utterances for phrase in phrases_of(utterance)]
        codes = np.frombuffer("".join(padded).encode("utf-32-le"), np.uint32)
        alphabet = np.unique(codes)
        characters = [chr(code) for code in alphabet]
        self._number = {character: number for number, character in enumerate(characters, start=_UNKNOWN + 1)}
        self._likely: list[_Table] = []
        self._left: list[_Table] = []
        self._known: dict[str, float] = {}
        numbers = np.searchsorted(alphabet, codes).astype(np.uint64) + np.uint64(_UNKNOWN + 1)
        at = np.flatnonzero(codes != ord(START))
        all_grams = np.zeros(len(at), np.uint64)
        shorter, likely_shorter = np.zeros(1, np.uint64), np.array([1 / ALPHABET])
        for size in range(ORDER):
            all_grams |= numbers[at - size] << np.uint64(_BITS * size)
            grams, counts = np.unique(all_grams, return_counts=True)
            contexts, first, kinds = np.unique(grams >> np.uint64(_BITS), return_index=True, return_counts=True)
            totals = np.diff(np.append(0, counts.cumsum())[np.append(first, len(grams))])
            end = np.searchsorted(shorter, grams & np.uint64((1 << _BITS * size) - 1))
            each = np.repeat(np.arange(len(contexts)), kinds)
            likely = (counts + kinds[each] * likely_shorter[end]) / (totals + kinds)[each]
            self._likely.append(_Table(grams, likely))
            self._left.append(_Table(contexts, kinds / (totals + kinds)))
            shorter, likely_shorter = grams, likely
            if size == 1:
                pairs = grams
        self._followers: dict[str, set[str]] = defaultdict(set)
        for pair in pairs.tolist():
            before, after = divmod(pair, 1 << _BITS)
            self._followers[characters[before - 1 - _UNKNOWN]].add(characters[after - 1 - _UNKNOWN])
        self._by_sound: dict[tuple[str, str], list[str]] = defaultdict(list)
        for character in characters:
            if character not in (START, END) and character.isalpha():
                self._by_sound[sound_of(character)].append(character)

    @property
    def sounds(self) -> Sequence[tuple[str, str]]:
        """The sounds of all characters it knows."""
        return tuple(self._by_sound)

    def spelled(self, sound: tuple[str, str]) -> Sequence[str]:
        """The characters it knows that sound like this."""
        return self._by_sound.get(sound, ())

    def followers(self, character: str) -> AbstractSet[str]:
        """The characters that come right after this one in its texts."""
        return self._followers.get(character, _NONE)

    def logprob(self, before: str, character: str) -> float:
        """The natural logarithm of the character's probability after the last characters before it."""
        key = before[1 - ORDER :] + character
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[key] = math.log(self._probability(key[:-1], character))
        return known

    def _probability(self, context: str, character: str) -> float:
        key = 0
        for each in context + character:
            key = key << _BITS | self._number.get(each, _UNKNOWN)
        left = 1.0
        for size in range(len(context), -1, -1):
            likely = self._likely[size].get(key)
            if likely is not None:
                return left * likely
            left *= self._left[size].get(key >> _BITS) or 1
            key &= (1 << _BITS * size) - 1
        return left / ALPHABET
