"""A linear model over signs: what stands at a place of the talk, by name, and n-grams of characters around it.

Three such models read the memo: which sum is the budget (`qc.memo.figures`), and on which days the customer means to buy
or has agreed to meet (`qc.memo.day_signs`). Their files are plain JSON, weights that can be read, learned by ``qc train``.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from pydantic import Field

from qc.domain import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_CLOSE = 4
"""So many characters right beside the place count apart from the others."""
LONGEST: Final = 3
"""Characters of the longest n-gram."""


class Source(Record):
    """Where a model's examples came from."""

    name: str
    places: int
    true: int


class SignModel(Record):
    """Weights of signs by name; positive ones speak for it. Read with `load_signs`."""

    format: Literal[2] = 2
    trained_on: tuple[Source, ...]
    threshold: float = Field(gt=0, lt=1)
    """A place at least so likely is taken."""
    bias: float
    rules: float = 0.0
    """What it adds that the rules take this place."""
    weights: dict[str, float]

    def probability(self, signs: Iterable[str], *, by_rules: bool = False) -> float:
        """That a place with these signs is what is looked for, 0 to 1."""
        points = self.bias + sum(self.weights.get(sign, 0.0) for sign in set(signs)) + self.rules * by_rules
        return 1 / (1 + math.exp(-points))


@lru_cache(maxsize=4)
def load_signs(path: Path) -> SignModel:
    """The model in this file."""
    return SignModel.model_validate_json(path.read_bytes())


def grams_beside(side: str, text: str) -> Iterator[str]:
    """N-grams of the text on one side of a place, nearest first; those that begin right beside it are marked."""
    for start in range(len(text)):
        near = "=" if start < _CLOSE else "~"
        for end in range(start + 1, min(start + LONGEST, len(text)) + 1):
            yield f"{side}{near}{text[start:end]}"


def grams_of(name: str, text: str) -> Iterator[str]:
    """N-grams of two and three characters of a text, wherever they stand."""
    return (f"{name}{text[i : i + n]}" for n in range(2, LONGEST + 1) for i in range(len(text) - n + 1))
