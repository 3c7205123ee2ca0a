"""The model of `qc.memo.figures`: learned from exchanges whose budget is known, measured on sources left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from qc.domain import Record
from qc.errors import BadCall
from qc.measure.annotated import LabelledBudget, annotated_calls, marked_calls
from qc.measure.bank import FindingLine, TimeLine, bank_lines, said_in
from qc.memo.car_names import car_places, find_mentions
from qc.memo.figures import FigureModel, Source, signs_of
from qc.memo.money import find_budget
from qc.memo.sums import find_amounts
from qc.memo.talk import Talk
from qc.turns import transcript_of_turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from qc.domain import Call
    from qc.measure.show import Titled
    from qc.rulebook import Rulebook
    from qc.turns import Turn

SOFTNESS: Final = 0.5
"""Inverse strength of the penalty on weights (L2); 0.2 and 1 are alike on sources left out."""
THRESHOLD: Final = 0.7
"""Below it false budgets in whole calls grow faster than found ones."""
MOST_WEIGHTS: Final = 6000
"""So many signs are kept, those that move a score most: the model stays small enough to read."""
PLACES: Final = 4
FEWEST: Final = 100


class Exchange(NamedTuple):
    """A talk with its labelled budget, and where its cars are named by numbers."""

    source: str
    talk: Talk
    cars: dict[int, list[tuple[int, int]]]
    budget: LabelledBudget | None


class Sum(NamedTuple):
    """A sum the customer names: its signs, and whether it is (an end of) the budget."""

    source: str
    signs: frozenset[str]
    is_budget: bool


class LeftOut(Record):
    """Budgets of a source that the model has not learned from, by the rules alone and with the model."""

    source: str
    exchanges: int
    budgets: int
    right_alone: int
    """Budgets that the rules read right."""
    right: int
    false_alone: int
    """Exchanges without a budget in which the rules read one."""
    false: int


class FiguresReport(Record):
    """What the model learned from, and how it does on each source when learned from the others."""

    trained_on: tuple[Source, ...]
    weights: int
    left_out: tuple[LeftOut, ...]

    def headline(self) -> str:
        """What was learned from."""
        sums = sum(source.sums for source in self.trained_on)
        return f"{sums} sums of {len(self.trained_on)} sources · {self.weights} weights"

    def tables(self) -> list[Titled]:
        """Each source left out, by rules alone and with the model."""
        names = ("", "exchanges", "budgets", "right by rules", "with model", "false by rules", "with model")
        rows = [
            tuple(
                str(value)
                for value in (o.source, o.exchanges, o.budgets, o.right_alone, o.right, o.false_alone, o.false)
            )
            for o in self.left_out
        ]
        return [("Sources left out of the training", names, rows)]


def train_figures(exchanges: Sequence[Exchange]) -> tuple[FigureModel, FiguresReport]:
    """The model of these exchanges, and how it does on every source when it has learned from the others only.

    Raises:
        BadCall: if the customers name fewer than a hundred sums.
    """
    sums = [one for exchange in exchanges for one in sums_of(exchange)]
    if len(sums) < FEWEST:
        raise BadCall(
            "too-few-sums", f"{len(sums)} sums are too few to learn budgets from", way_out="Give 100 or more."
        )
    sources = sorted({exchange.source for exchange in exchanges})
    model = _learn(sums)
    left_out = tuple(
        _measure(
            source,
            [exchange for exchange in exchanges if exchange.source == source],
            _learn([one for one in sums if one.source != source]),
        )
        for source in sources
        if len(sources) > 1
    )
    return model, FiguresReport(trained_on=model.trained_on, weights=len(model.weights), left_out=left_out)


def sums_of(exchange: Exchange) -> Iterator[Sum]:
    """The sums the customer names; one is a budget where it is an end of the labelled one."""
    for line in exchange.talk.customer.lines:
        for amount in find_amounts(line.text, exchange.cars.get(line.index, ())):
            ends = (exchange.budget.min, exchange.budget.max) if exchange.budget else ()
            yield Sum(
                exchange.source,
                frozenset(signs_of(exchange.talk, line, amount)),
                amount.low in ends or amount.high in ends,
            )


def _learn(sums: Sequence[Sum]) -> FigureModel:
    vectoriser = DictVectorizer()
    rows = vectoriser.fit_transform([dict.fromkeys(sorted(one.signs), 1.0) for one in sums])
    learned = LogisticRegression(C=SOFTNESS, max_iter=2000).fit(rows, [one.is_budget for one in sums])
    weights = learned.coef_[0]
    moves = np.abs(weights) * np.sqrt(rows.mean(axis=0).A1)
    kept = np.sort(np.argsort(-moves, kind="stable")[:MOST_WEIGHTS])
    names = vectoriser.get_feature_names_out()
    return FigureModel(
        trained_on=tuple(_counted(source, sums) for source in sorted({one.source for one in sums})),
        threshold=THRESHOLD,
        bias=round(float(learned.intercept_[0]), PLACES),
        weights={str(names[at]): round(float(weights[at]), PLACES) for at in kept},
    )


def _counted(source: str, sums: Iterable[Sum]) -> Source:
    own = [one for one in sums if one.source == source]
    return Source(name=source, sums=len(own), budgets=sum(one.is_budget for one in own))


def _measure(source: str, exchanges: Sequence[Exchange], model: FigureModel) -> LeftOut:
    alone = [_is_right(exchange, None) for exchange in exchanges]
    both = [_is_right(exchange, model) for exchange in exchanges]
    has = [exchange.budget is not None for exchange in exchanges]
    return LeftOut(
        source=source,
        exchanges=len(exchanges),
        budgets=sum(has),
        right_alone=sum(right and labelled for right, labelled in zip(alone, has, strict=True)),
        right=sum(right and labelled for right, labelled in zip(both, has, strict=True)),
        false_alone=sum(not right and not labelled for right, labelled in zip(alone, has, strict=True)),
        false=sum(not right and not labelled for right, labelled in zip(both, has, strict=True)),
    )


def _is_right(exchange: Exchange, model: FigureModel | None) -> bool:
    found = find_budget(exchange.talk, exchange.cars, model)
    got = (found[0].min, found[0].max) if found else None
    return got == ((exchange.budget.min, exchange.budget.max) if exchange.budget else None)


def read_exchanges(lexicons: Path, evaluation: Path, cases: Path, rulebook: Rulebook) -> list[Exchange]:
    """All exchanges of the project whose budget is known, but for what is held out."""
    exchanges = [
        *exchanges_of(evaluation / "calls", "d[ab]-*", rulebook),
        *exchanges_of(evaluation / "practice", "*", rulebook),
    ]
    for source, call in marked_calls(lexicons / "calls"):
        exchanges.append(_exchange(f"calls/{source}", call.call, call.turns, call.memo.budget, rulebook))
    banks = [evaluation / "bank" / f"{name}.open.jsonl" for name in ("needs", "time")]
    for bank in (
        *banks,
        *(cases / f"{name}.jsonl" for name in ("needs", "time")),
        *sorted(lexicons.glob("facts/*.jsonl")),
    ):
        exchanges += exchanges_in(bank, rulebook)
    return exchanges


def to_json(model: FigureModel) -> str:
    """The model as it is kept in a file: one weight a line, so that differences can be read."""
    return f"{model.model_dump_json(indent=1)}\n"


def exchanges_of(calls: Path, only: str, rulebook: Rulebook) -> Iterator[Exchange]:
    """The annotated calls of this folder whose name matches ``only``."""
    for call in annotated_calls(calls, only):
        yield _exchange(f"{calls.name}/{only}", call.call, call.turns, call.memo.budget, rulebook)


def exchanges_in(bank: Path, rulebook: Rulebook) -> Iterator[Exchange]:
    """The lines of this bank that say what the budget is, or that there is none."""
    for line in bank_lines(bank):
        if isinstance(line, FindingLine):
            continue
        budget = None if isinstance(line, TimeLine) else line.memo.get("budget")
        label = LabelledBudget.model_validate(budget) if budget else None
        call, turns = said_in(line)
        yield _exchange(bank.stem, call, turns, label, rulebook)


def _exchange(
    source: str, call: Call, turns: Sequence[Turn], budget: LabelledBudget | None, rulebook: Rulebook
) -> Exchange:
    talk = Talk(transcript_of_turns(turns))
    return Exchange(source, talk, car_places(find_mentions(talk, call, rulebook.vehicles)), budget)
