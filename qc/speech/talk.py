"""How likely a character is after others in this trade's calls: a character n-gram model of all talk in ``lexicons``."""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final

from qc.phonetics import sound_of

ORDER: Final = 4
"""A character is looked at after the three before it."""
ALPHABET: Final = 7000
"""Characters in use; what the model has never seen shares what is left of the probability among so many."""
REMEMBERED: Final = 100_000
"""Probabilities that are kept, some 20 MB: a call needs 50,000 to 400,000, the same ones over and over."""
START: Final = "^"
END: Final = "$"
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


class TalkModel:
    """An interpolated character n-gram model with Witten-Bell smoothing, over phrases between pauses.

    Source: Witten and Bell, "The zero-frequency problem", IEEE Transactions on Information Theory 37(4), 1991.
    """

    def __init__(self, utterances: Iterable[str]) -> None:
        padded = [START * (ORDER - 1) + phrase + END for utterance in utterances for phrase in phrases_of(utterance)]
        self._count: Counter[str] = Counter()
        self._total: dict[str, int] = defaultdict(int)
        self._kinds: dict[str, int] = defaultdict(int)
        self._known: dict[str, float] = {}
        self._followers: dict[str, set[str]] = defaultdict(set)
        for size in range(ORDER):  # one pass a length: counting in C takes a third of the time of a loop
            self._count.update(text[at - size : at + 1] for text in padded for at in range(ORDER - 1, len(text)))
        for gram, count in self._count.items():
            self._kinds[gram[:-1]] += 1
            self._total[gram[:-1]] += count
            if len(gram) == 2:  # noqa: PLR2004 - a character and the one after it
                self._followers[gram[0]].add(gram[1])
        self._by_sound: dict[tuple[str, str], list[str]] = defaultdict(list)
        for gram in self._count:
            if len(gram) == 1 and gram not in (START, END) and gram.isalpha():
                self._by_sound[sound_of(gram)].append(gram)

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
        likely = 1 / ALPHABET
        for size in range(len(context) + 1):
            end = context[len(context) - size :]
            total = self._total.get(end)
            if total is None:
                break
            kinds = self._kinds[end]
            likely = (self._count.get(end + character, 0) + kinds * likely) / (total + kinds)
        return likely
