"""Learning the models of `qc.memo.signs`: which places of the talk are what is looked for, by the signs around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from qc.domain import Record
from qc.errors import BadCall
from qc.memo.signs import SignModel, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qc.measure.show import Titled

MOST_WEIGHTS: Final = 6000
"""So many signs are kept, those that move a score most: the model stays small enough to read."""
PLACES: Final = 4
"""Decimal places of a weight."""
FEWEST: Final = 100


class Example(NamedTuple):
    """A place in an exchange of this source, its signs, and whether it is what is looked for."""

    source: str
    signs: frozenset[str]
    true: bool


class Counts(Record):
    """How exchanges were read: right and false ones, by the rules alone and with the model."""

    source: str
    exchanges: int
    present: int
    """Exchanges in which there is something to read."""
    right_alone: int
    right: int
    false_alone: int
    """Exchanges with nothing to read in which the rules read something."""
    false: int


class SignReport(Record):
    """What a model learned from, and how models like it do on each source when they learned from the others."""

    trained_on: tuple[Source, ...]
    weights: int
    left_out: tuple[Counts, ...]

    def headline(self) -> str:
        """What was learned from."""
        places = sum(source.places for source in self.trained_on)
        return f"{places} places of {len(self.trained_on)} sources · {self.weights} weights"

    def tables(self) -> list[Titled]:
        """Each source left out, by rules alone and with the model."""
        names = ("", "exchanges", "present", "right by rules", "with model", "false by rules", "with model")
        rows = [
            tuple(
                str(value)
                for value in (o.source, o.exchanges, o.present, o.right_alone, o.right, o.false_alone, o.false)
            )
            for o in self.left_out
        ]
        return [("Sources left out of the training", names, rows)]


def check_enough(examples: Sequence[Example]) -> None:
    """Refuses to learn from too few.

    Raises:
        BadCall: for fewer than a hundred examples.
    """
    if len(examples) < FEWEST:
        raise BadCall(
            "too-few-places", f"{len(examples)} places are too few to learn from", way_out="Give 100 or more."
        )


def learn(examples: Sequence[Example], *, softness: float, threshold: float, rules: float = 0.0) -> SignModel:
    """The model of these examples: a logistic regression with ``softness`` as the inverse of its L2 penalty."""
    vectoriser = DictVectorizer()
    rows = vectoriser.fit_transform([dict.fromkeys(sorted(one.signs), 1.0) for one in examples])
    learned = LogisticRegression(C=softness, max_iter=2000).fit(rows, [one.true for one in examples])
    weights = learned.coef_[0]
    moves = np.abs(weights) * np.sqrt(rows.mean(axis=0).A1)
    kept = np.sort(np.argsort(-moves, kind="stable")[:MOST_WEIGHTS])
    names = vectoriser.get_feature_names_out()
    return SignModel(
        trained_on=tuple(_counted(source, examples) for source in sorted({one.source for one in examples})),
        threshold=threshold,
        bias=round(float(learned.intercept_[0]), PLACES),
        rules=rules,
        weights={str(names[at]): round(float(weights[at]), PLACES) for at in kept},
    )


def _counted(source: str, examples: Iterable[Example]) -> Source:
    own = [one for one in examples if one.source == source]
    return Source(name=source, places=len(own), true=sum(one.true for one in own))


def count(source: str, present: Sequence[bool], alone: Sequence[bool], both: Sequence[bool]) -> Counts:
    """How the exchanges of a source were read: by exchange, is there something, and was it read right."""
    return Counts(
        source=source,
        exchanges=len(present),
        present=sum(present),
        right_alone=sum(right and there for right, there in zip(alone, present, strict=True)),
        right=sum(right and there for right, there in zip(both, present, strict=True)),
        false_alone=sum(not right and not there for right, there in zip(alone, present, strict=True)),
        false=sum(not right and not there for right, there in zip(both, present, strict=True)),
    )


def to_json(model: SignModel) -> str:
    """The model as it is kept in a file: one weight a line, so that differences can be read."""
    return f"{model.model_dump_json(indent=1)}\n"
