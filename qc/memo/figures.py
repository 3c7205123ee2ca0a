"""How likely a sum the customer names is what they would spend, by its words: a linear model over n-grams.

The rules of `qc.memo.money` know the ways of saying it that their writers thought of; on exchanges by a writer they had
not seen they found 10 of 27 such sums, the model 18 (`docs/decisions/0048-budgets-learned.md`). It is asked where they find
nothing. The shipped model, ``figures.json`` beside this module, is learned by ``qc train budget``.
"""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from pydantic import Field

from qc.domain import Record
from qc.memo.sums import find_amounts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qc.memo.sums import Amount
    from qc.memo.talk import Line, Talk

SHIPPED: Final = Path(__file__).with_name("figures.json")

_BEFORE, _AFTER, _ASKED = 12, 14, 24
"""So many characters before and after the sum, and at the end of what the other party had said, are looked at."""
_CLOSE = 4
"""So many of them right beside the sum count apart from the others."""
_LONGEST = 3
"""Characters of the longest n-gram."""
_ALONE = 2
"""A clause of so few characters more than the sum says nothing else."""


class Source(Record):
    """Where a model's sums came from."""

    name: str
    sums: int
    budgets: int


class FigureModel(Record):
    """Weights of the signs of `signs_of`; positive ones are a budget's. Read with `load_figures`."""

    format: Literal[1] = 1
    trained_on: tuple[Source, ...]
    threshold: float = Field(gt=0, lt=1)
    """A sum at least so likely is taken for the budget."""
    bias: float
    weights: dict[str, float]

    def probability(self, talk: Talk, line: Line, amount: Amount) -> float:
        """That this sum, named by the customer in this line, is what they would spend, 0 to 1."""
        points = self.bias + sum(self.weights.get(sign, 0.0) for sign in set(signs_of(talk, line, amount)))
        return 1 / (1 + math.exp(-points))


@lru_cache(maxsize=2)
def load_figures(path: Path = SHIPPED) -> FigureModel:
    """The model in this file."""
    return FigureModel.model_validate_json(path.read_bytes())


def signs_of(talk: Talk, line: Line, amount: Amount) -> Iterator[str]:
    """What tells of a sum whether it is a budget: n-grams on either side and of the question, and how it stands."""
    clause = line.clause_at(amount.start)
    before = talk.before(line)
    yield from _grams("<", line.text[max(0, amount.start - _BEFORE) : amount.start][::-1])
    yield from _grams(">", line.text[amount.end : amount.end + _AFTER])
    if before is not None:
        asked = before.text[-_ASKED:]
        yield from (f"?{asked[i : i + n]}" for n in range(2, _LONGEST + 1) for i in range(len(asked) - n + 1))
    said = [other for earlier in talk.agent.lines if earlier.index < line.index for other in find_amounts(earlier.text)]
    stands = {
        "agent-named-it": any((other.low, other.high) == (amount.low, amount.high) for other in said),
        "agent-named-sums": bool(said),
        "ceiling": amount.ceiling,
        "floor": amount.floor,
        "unit": amount.sure,
        "close": amount.close,
        "alone": len(clause.text) <= amount.end - amount.start + _ALONE,
        "question": clause.mark in ("？", "?"),
        "answer": before is not None and before.asks,
    }
    yield from (f"#{name}" for name, holds in stands.items() if holds)


def _grams(side: str, text: str) -> Iterator[str]:
    """N-grams of one side, nearest first; those that begin right beside the sum are marked."""
    for start in range(len(text)):
        near = "=" if start < _CLOSE else "~"
        for end in range(start + 1, min(start + _LONGEST, len(text)) + 1):
            yield f"{side}{near}{text[start:end]}"
