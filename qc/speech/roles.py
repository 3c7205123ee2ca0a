"""Who is the agent, judged by what each side of a call says; the model is learned by `qc.measure.roles`.

A linear model over n-grams of characters and of toneless syllables. Recognition errors are mostly homophones: the
syllables survive them. The shipped model, ``roles.json`` beside this module, has learned from the practice calls and
the talk corpus alone, never from the annotated calls ``da-*``, ``db-*`` and ``dc-*``, so that all of these measure it;
its header lists what it was trained on.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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

    def __add__(self, other: object) -> Evidence:
        """The evidence of both texts."""
        if not isinstance(other, Evidence):
            return NotImplemented
        return Evidence(self.points + other.points, self.characters + other.characters)

    @property
    def score(self) -> float:
        """The points over the root of the length, as the sum of equally uncertain marks is weighed."""
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
        counts, characters = self.ngrams.count(text)
        weight = self.weights.get
        return Evidence(sum(weight(gram, 0.0) * count for gram, count in counts.items()), characters)

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
        heard = [(self.evidence(first), self.evidence(second)) for first, second in parts]
        swaps = [swap for at in range(1, len(heard)) if (swap := self._swap(heard[:at], heard[at:], at))]
        return max(swaps, key=lambda swap: swap.probability, default=None)

    def _swap(
        self, before: Sequence[tuple[Evidence, Evidence]], after: Sequence[tuple[Evidence, Evidence]], at: int
    ) -> Swap | None:
        (first, second), (later_first, later_second) = _total(before), _total(after)
        was, is_now = self.first_is_agent(first, second), self.first_is_agent(later_first, later_second)
        agent: Literal[0, 1] = 0 if was > is_now else 1
        probability = min(was, 1 - is_now) if agent == 0 else min(1 - was, is_now)
        # Either channel must change on its own: where a colleague takes over, or the phone is passed on, one does.
        changes = (first.score - later_first.score, later_second.score - second.score)
        both = min(changes) > 0 if agent == 0 else max(changes) < 0
        return Swap(at, agent, probability) if both and probability >= SURE_OF_SWAP else None


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


def _total(parts: Sequence[tuple[Evidence, Evidence]]) -> tuple[Evidence, Evidence]:
    return sum((first for first, _ in parts), Evidence()), sum((second for _, second in parts), Evidence())
