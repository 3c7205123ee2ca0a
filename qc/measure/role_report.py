"""How right a model of roles is, and whether its probabilities mean what they say."""

from __future__ import annotations

from itertools import pairwise
from math import log
from typing import TYPE_CHECKING, Final

from qc.domain import Record
from qc.speech.roles import SURE_ENOUGH, TrainedOn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qc.measure.show import Titled

BINS: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)
"""Borders of the reliability table, by the probability of the side held likelier."""


class Outcomes(Record):
    """The probability given to the true assignment of each call left out, in one condition."""

    measured_on: str
    condition: str
    probabilities: tuple[float, ...]

    @property
    def right(self) -> float:
        """The share of calls in which the agent is named and is the agent."""
        return _share([p >= SURE_ENOUGH for p in self.probabilities])

    @property
    def wrong(self) -> float:
        """The share of calls in which the customer is named as the agent."""
        return _share([1 - p >= SURE_ENOUGH for p in self.probabilities])

    @property
    def brier(self) -> float:
        """The mean squared distance of the probabilities from the truth."""
        return _mean([(1 - p) ** 2 for p in self.probabilities])

    def row(self) -> tuple[str, ...]:
        """Condition, calls, shares right, wrong and unknown, Brier score, log loss."""
        shares = (self.right, self.wrong, 1 - self.right - self.wrong)
        return (
            self.condition,
            str(len(self.probabilities)),
            *(f"{100 * share:.1f} %" for share in shares),
            f"{self.brier:.4f}",
            f"{_mean([-log(p) for p in self.probabilities]):.3f}",
        )


class RolesReport(Record):
    """The model's training set, and how it does on calls left out of it."""

    trained_on: tuple[TrainedOn, ...]
    weights: int
    outcomes: tuple[Outcomes, ...]

    def headline(self) -> str:
        """What the model was trained on."""
        sources = ", ".join(f"{source.source} ({source.calls})" for source in self.trained_on)
        return f"{self.weights} weights from {sum(s.calls for s in self.trained_on)} calls: {sources}"

    def tables(self) -> list[Titled]:
        """Shares and calibration for every set of calls it was measured on."""
        titled: list[Titled] = []
        for measured_on in dict.fromkeys(outcome.measured_on for outcome in self.outcomes):
            outcomes = [outcome for outcome in self.outcomes if outcome.measured_on == measured_on]
            heads = ("condition", "calls", "right", "wrong", "unknown", "Brier", "log loss")
            titled.append((measured_on, heads, [outcome.row() for outcome in outcomes]))
            given = [p for outcome in outcomes for p in outcome.probabilities]
            titled.append((f"{measured_on}: reliability", ("said", "cases", "mean", "right"), reliability(given)))
        return titled


def reliability(probabilities: Sequence[float]) -> list[tuple[str, ...]]:
    """For each stretch of probabilities: how many cases, the mean probability said, the share that was right."""
    rows: list[tuple[str, ...]] = []
    for low, high in pairwise(BINS):
        inside = [p for p in probabilities if low <= max(p, 1 - p) < high]
        if inside:
            said = _mean([max(p, 1 - p) for p in inside])
            right = _share([p >= BINS[0] for p in inside])
            rows.append((f"{low:.2f} to {high:.2f}", str(len(inside)), f"{said:.3f}", f"{right:.3f}"))
    return rows


def _share(truths: Sequence[bool]) -> float:
    return _mean([float(truth) for truth in truths])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
