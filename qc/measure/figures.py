"""The model of `qc.memo.figures`: learned from exchanges whose budget is known, measured on sources left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from qc.measure.sign_models import Example, SignReport, check_enough, count, learn
from qc.memo.car_names import car_places, find_mentions
from qc.memo.figures import signs_of
from qc.memo.money import find_budget
from qc.memo.sums import find_amounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qc.measure.exchanges import Exchange
    from qc.measure.sign_models import Counts
    from qc.memo.money import CarPlaces
    from qc.memo.signs import SignModel
    from qc.rulebook import Rulebook

SOFTNESS: Final = 0.5
"""Inverse strength of the penalty on weights (L2); 0.2 and 1 are alike on sources left out."""
THRESHOLD: Final = 0.5
RULES: Final = 2.0
"""What the rules' word adds to the log odds. It cannot be learned: on talk they were mended with they are nearly always
right. Both were chosen on whole calls whose writers the model had not learned from (decision 48)."""


def train_figures(exchanges: Iterable[Exchange], rulebook: Rulebook) -> tuple[SignModel, SignReport]:
    """The model of these exchanges, and how it does on every source when it has learned from the others only.

    Raises:
        BadCall: if fewer than a hundred sums are named.
    """
    known = [exchange for exchange in exchanges if "budget" in exchange.settled]
    cars = [car_places(find_mentions(one.talk, one.call, rulebook.vehicles)) for one in known]
    sums = [sum_ for one, own in zip(known, cars, strict=True) for sum_ in sums_of(one, own)]
    check_enough(sums)
    model = learn(sums, softness=SOFTNESS, threshold=THRESHOLD, rules=RULES)
    sources = sorted({exchange.source for exchange in known})
    left_out = tuple(
        _measure(
            source,
            [(one, own) for one, own in zip(known, cars, strict=True) if one.source == source],
            learn(
                [sum_ for sum_ in sums if sum_.source != source], softness=SOFTNESS, threshold=THRESHOLD, rules=RULES
            ),
        )
        for source in sources
        if len(sources) > 1
    )
    return model, SignReport(trained_on=model.trained_on, weights=len(model.weights), left_out=left_out)


def sums_of(exchange: Exchange, cars: CarPlaces) -> Iterator[Example]:
    """The sums that are named; one is a budget where it is an end of the labelled one."""
    budget = exchange.memo.budget
    ends = (budget.min, budget.max) if budget else ()
    for line in exchange.talk.lines:
        for amount in find_amounts(line.text, cars.get(line.index, ())):
            signs = frozenset(signs_of(exchange.talk, line, amount))
            yield Example(exchange.source, signs, amount.low in ends or amount.high in ends)


def _measure(source: str, known: Sequence[tuple[Exchange, CarPlaces]], model: SignModel) -> Counts:
    return count(
        source,
        [one.memo.budget is not None for one, _ in known],
        [_is_right(one, cars, None) for one, cars in known],
        [_is_right(one, cars, model) for one, cars in known],
    )


def _is_right(exchange: Exchange, cars: CarPlaces, model: SignModel | None) -> bool:
    found = find_budget(exchange.talk, cars, model)
    got = (found[0].min, found[0].max) if found else None
    budget = exchange.memo.budget
    return got == ((budget.min, budget.max) if budget else None)
