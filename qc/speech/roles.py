"""Who is the agent, judged by what each side of a call says; the model is learned by `qc.measure.roles`.

A linear model over n-grams of characters and of toneless syllables. Recognition errors are mostly homophones: the
syllables survive them. The shipped model, ``roles.json`` beside this module, has learned from the practice calls and
the talk corpus alone, never from the annotated calls ``da-*``, ``db-*`` and ``dc-*``, so that all of these measure it;
its header lists what it was trained on.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

from pydantic import Field

from qc.domain import Record
from qc.phonetics import sound_of
from qc.text import QUESTION, SENTENCE_END, normalise

SHIPPED: Final = Path(__file__).with_name("roles.json")

SURE_ENOUGH: Final = 0.8
"""Below this probability the agent is unknown: one swapped call does more harm than several undecided ones."""

SURE_OF_SWAP: Final = 0.98
"""So probable must the roles be on either side of a swap: recorders rarely swap channels, so a claim needs proof."""

LEAST_OF_SWAP: Final = 270
"""So many characters, a minute of talk, must be heard on either side of a swap: on whole minutes by unknown writers
the model was never wrong, on three turns in two calls of a hundred."""

UNMARKED: Final = str.maketrans("", "", QUESTION + SENTENCE_END)
"""Takes out the marks that `normalise` leaves: recognisers punctuate at will."""


class RoleGuess(NamedTuple):
    """The side that is the agent's, ``None`` where the words do not tell, and how probable the likelier side is."""

    agent: Literal[0, 1] | None
    probability: float


class Swap(NamedTuple):
    """The channels are swapped from this part on; ``agent`` is the agent's side before it."""

    part: int
    agent: Literal[0, 1]
    probability: float


class Evidence(NamedTuple):
    """What a side's words say for its being the agent: a sum of weights over so many characters."""

    points: float = 0.0
    characters: int = 0

    @property
    def score(self) -> float:
        """The sum of each n-gram's weight times the root of its relative frequency (the Hellinger map).

        The root keeps a few frequent n-grams from drowning the telling rare ones.
        """
        return self.points / math.sqrt(self.characters) if self.characters else 0.0


class NGrams(Record):
    """The lengths of the n-grams a model looks at."""

    characters: tuple[int, ...]
    syllables: tuple[int, ...]

    def count(self, text: str) -> tuple[Counter[str], int]:
        """How often each n-gram occurs in this text, and how many characters of it count.

        Punctuation, hesitations and line breaks do not. An n-gram of syllables ends each one with ``/``.
        """
        characters = normalise(text).text.translate(UNMARKED)
        syllables = ["".join(sound_of(character)) + "/" for character in characters]
        counts = Counter(_grams(characters, self.characters))
        counts.update(_grams(syllables, self.syllables))
        return counts, len(characters)


def _grams(items: Sequence[str], lengths: Iterable[int]) -> Iterable[str]:
    for length in lengths:
        for start in range(len(items) - length + 1):
            yield "".join(items[start : start + length])


class TrainedOn(Record):
    """A source of training calls."""

    source: str
    calls: int
    turns: int


class RoleModel(Record):
    """Weights of n-grams: positive ones are the agent's. Read with `load_role_model`."""

    format: Literal[1] = 1
    trained_on: tuple[TrainedOn, ...]
    ngrams: NGrams
    steepness: float = Field(gt=0)
    """Turns the difference of the sides' scores into log odds, as measured on calls left out of the training."""
    steepness_alone: float = Field(gt=0)
    """The same where one side is silent; it is smaller, since there is nobody to compare with."""
    surest: float = Field(ge=0.5, lt=1)
    """No probability exceeds this: so many calls left out cannot prove more."""
    weights: Mapping[str, float]

    def evidence(self, text: str) -> Evidence:
        """What this side's words say for its being the agent."""
        return next(self.running((text,)))

    def running(self, texts: Iterable[str]) -> Iterator[Evidence]:
        """The evidence of the first text, of the first two together, and so on."""
        so_far: Counter[str] = Counter()
        points, characters = 0.0, 0
        for text in texts:
            counts, length = self.ngrams.count(text)
            for gram in counts.keys() & self.weights.keys():
                before = so_far[gram]
                so_far[gram] = before + counts[gram]
                points += self.weights[gram] * (math.sqrt(so_far[gram]) - math.sqrt(before))
            characters += length
            yield Evidence(points, characters)

    def probability(self, lead: float, *, alone: bool = False) -> float:
        """That a side whose score leads by so much is the agent's; ``alone`` where a side says nothing."""
        likely = 1 / (1 + math.exp(-(self.steepness_alone if alone else self.steepness) * abs(lead)))
        return min(likely, self.surest) if lead >= 0 else max(1 - likely, 1 - self.surest)

    def first_is_agent(self, first: Evidence, second: Evidence) -> float:
        """The probability that the first side is the agent's."""
        return self.probability(first.score - second.score, alone=not (first.characters and second.characters))

    def decide(self, sides: tuple[str, str]) -> RoleGuess:
        """As `decide_roles`, by this model."""
        first, second = (self.evidence(text) for text in sides)
        return _guess(self.first_is_agent(first, second))

    def swapped_at(self, parts: Sequence[tuple[str, str]]) -> Swap | None:
        """As `swapped_at`, by this model."""
        until = self._sides(parts)[:-1]
        since = self._sides(parts[::-1])[-2::-1]
        swaps = [self._swap(before, after, at) for at, (before, after) in enumerate(zip(until, since, strict=True), 1)]
        return max((swap for swap in swaps if swap), key=lambda swap: swap.probability, default=None)

    def _sides(self, parts: Sequence[tuple[str, str]]) -> list[tuple[Evidence, Evidence]]:
        first, second = zip(*parts, strict=True) if parts else ((), ())
        return list(zip(self.running(first), self.running(second), strict=True))

    def _swap(self, before: tuple[Evidence, Evidence], after: tuple[Evidence, Evidence], at: int) -> Swap | None:
        was, is_now = self.first_is_agent(*before), self.first_is_agent(*after)
        agent: Literal[0, 1] = 0 if was > is_now else 1
        probability = min(was, 1 - is_now) if agent == 0 else min(1 - was, is_now)
        # Either channel must change on its own: where a colleague takes over, or the phone is passed on, one does.
        less_like_agent = [then.score > now.score for then, now in zip(before, after, strict=True)]
        both = less_like_agent == [agent == 0, agent == 1]
        enough = all(first.characters + second.characters >= LEAST_OF_SWAP for first, second in (before, after))
        return Swap(at, agent, probability) if both and enough and probability >= SURE_OF_SWAP else None


def decide_roles(sides: tuple[str, str]) -> RoleGuess:
    """The side that talks like the agent, by what both sides say in a call or a part of one, and how probable it is.

    Punctuation and line breaks do not matter. One side may be empty. ``agent`` is ``None`` below `SURE_ENOUGH`.
    """
    return shipped_model().decide(sides)


def swapped_at(parts: Sequence[tuple[str, str]]) -> Swap | None:
    """The part from which on the recorder has the channels swapped, or nothing where that is not all but certain.

    A part is what either side says in a minute or so of the call, in order.
    """
    return shipped_model().swapped_at(parts)


@lru_cache(maxsize=1)
def shipped_model() -> RoleModel:
    """The model that ships with this package."""
    return load_role_model(SHIPPED)


def load_role_model(path: Path) -> RoleModel:
    """The model in this file.

    Raises:
        ValueError: if it does not fit; the file is ours, so that is a fault of the installation.
    """
    return RoleModel.model_validate_json(path.read_bytes())


def _guess(probability: float) -> RoleGuess:
    likelier: Literal[0, 1] = 0 if probability >= 0.5 else 1  # noqa: PLR2004 - even odds
    sure = max(probability, 1 - probability)
    return RoleGuess(likelier if sure >= SURE_ENOUGH else None, sure)
