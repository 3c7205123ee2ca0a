"""How likely a sum that was named is what the customer would spend, by its words: a linear model over n-grams.

The rules of `qc.memo.money` know the ways of saying it that their writers thought of; on calls by writers they had not
seen they read half of the budgets (`docs/decisions/0048-budgets-learned.md`). Their word is one sign among the others.
The shipped model, ``figures.json`` beside this module, is learned by ``qc train budget``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from qc.memo.answers import says_yes
from qc.memo.signs import grams_beside, grams_of
from qc.memo.sums import WAN, find_amounts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qc.memo.sums import Amount
    from qc.memo.talk import Line, Talk

SHIPPED: Final = Path(__file__).with_name("figures.json")

_BEFORE, _AFTER, _ASKED, _ANSWERED = 12, 14, 24, 10
"""So many characters before and after the sum, at the end of the question and at the head of the answer are looked at."""
_ALONE = 2
"""A clause of so few characters more than the sum says nothing else."""


def signs_of(talk: Talk, line: Line, amount: Amount) -> Iterator[str]:
    """What tells of a sum whether it is a budget: who names it, n-grams around it and of the other party's, how it stands."""
    party = "C" if line.by_customer else "A"
    yield from grams_beside(f"{party}<", line.text[max(0, amount.start - _BEFORE) : amount.start][::-1])
    yield from grams_beside(f"{party}>", line.text[amount.end : amount.end + _AFTER])
    yield from _of_the_other(talk, line)
    clause, before = line.clause_at(amount.start), talk.before(line)
    here = list(find_amounts(line.text))
    others = (talk.agent if line.by_customer else talk.customer).lines
    said = [(other.index, sum_.low, sum_.high) for other in others for sum_ in find_amounts(other.text)]
    same = [at for at, low, high in said if (low, high) == (amount.low, amount.high)]
    stands = {
        "other-named-it": any(at < line.index for at in same),
        "other-says-it-later": any(at > line.index for at in same),
        "other-named-sums": any(at < line.index for at, _, _ in said),
        "ceiling": amount.ceiling,
        "floor": amount.floor,
        "unit": amount.sure,
        "close": amount.close,
        "range": amount.low < amount.high,
        "round": amount.low % WAN == 0,
        "only": len(here) == 1,
        "last": amount.start == here[-1].start if here else False,
        "alone": len(clause.text) <= amount.end - amount.start + _ALONE,
        "question": clause.mark in ("？", "?"),
        "answer": before is not None and before.asks,
    }
    yield from (f"#{party}-{name}" for name, holds in stands.items() if holds)


def _of_the_other(talk: Talk, line: Line) -> Iterator[str]:
    """What the agent said before the customer's sum, or the customer answers to the agent's."""
    before, after = talk.before(line), talk.after(line)
    if line.by_customer and before is not None:
        yield from grams_of("?", before.text[-_ASKED:])
    if not line.by_customer and after is not None:
        yield from grams_of("!", after.text[:_ANSWERED])
        answered = {"yes": says_yes(line, after), "no": after.refuses, "sums": any(find_amounts(after.text))}
        yield from (f"#after-{name}" for name, holds in answered.items() if holds)
