"""How likely a sum the customer names is what they would spend, by its words: a linear model over n-grams.

The rules of `qc.memo.money` know the ways of saying it that their writers thought of; on exchanges by a writer they had
not seen they found 10 of 27 such sums, the model 18 (`docs/decisions/0048-budgets-learned.md`). It is asked where they find
nothing. The shipped model, ``figures.json`` beside this module, is learned by ``qc train budget``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from qc.memo.signs import grams_beside, grams_of
from qc.memo.sums import find_amounts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qc.memo.sums import Amount
    from qc.memo.talk import Line, Talk

SHIPPED: Final = Path(__file__).with_name("figures.json")

_BEFORE, _AFTER, _ASKED = 12, 14, 24
"""So many characters before and after the sum, and at the end of what the other party had said, are looked at."""
_ALONE = 2
"""A clause of so few characters more than the sum says nothing else."""


def signs_of(talk: Talk, line: Line, amount: Amount) -> Iterator[str]:
    """What tells of a sum whether it is a budget: n-grams on either side and of the question, and how it stands."""
    clause = line.clause_at(amount.start)
    before = talk.before(line)
    yield from grams_beside("<", line.text[max(0, amount.start - _BEFORE) : amount.start][::-1])
    yield from grams_beside(">", line.text[amount.end : amount.end + _AFTER])
    if before is not None:
        yield from grams_of("?", before.text[-_ASKED:])
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
