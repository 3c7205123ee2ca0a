"""Rates of few cases: how far they can be trusted, and what they are worth beside those of others."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, sqrt
from typing import Final, NamedTuple

CONFIDENCE_Z: Final = 1.959964
"""Of a two-sided interval of 95 %."""
LEAST_STRENGTH: Final = 20
"""At most so eagerly own cases are believed: 20 of them weigh as much as everybody's. With a handful of consultants
the estimate of how much they differ is itself too rough to go lower."""
MOST_STRENGTH: Final = 1000
"""Where cases show no difference beyond chance, own ones hardly count."""


class Count(NamedTuple):
    """How many of how many."""

    hits: int
    cases: int


class Interval(NamedTuple):
    """Both ends, 0 to 1."""

    low: float
    high: float


class Prior(NamedTuple):
    """A Beta distribution by its mean and by how many cases it weighs as much as (alpha + beta)."""

    mean: float
    strength: float


class Estimate(NamedTuple):
    """A rate and its standard deviation."""

    rate: float
    deviation: float


def wilson(count: Count) -> Interval:
    """The 95 % score interval of a rate; all of 0 to 1 without cases.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927). It keeps near
    its confidence with few cases and rates near 0, where the usual p ± z·s does not (Brown, Cai and DasGupta, Interval
    estimation for a binomial proportion, Statistical Science 16 (2001)).
    """
    if count.cases == 0:
        return Interval(0, 1)
    n, rate, z2 = count.cases, count.hits / count.cases, CONFIDENCE_Z**2
    middle = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = CONFIDENCE_Z / (1 + z2 / n) * sqrt(rate * (1 - rate) / n + z2 / (4 * n * n))
    return Interval(max(middle - half, 0.0), min(middle + half, 1.0))


def fit_prior(counts: Sequence[Count]) -> Prior:
    """How the rates of a group lie, learned from the group itself (empirical Bayes).

    The mean is that of all cases, half a hit and half a miss added, so that it is never 0 or 1. The strength follows from
    how much more the rates differ than chance has them differ, by the moments of the beta-binomial: J. C. Kleinman,
    Proportions with extraneous variance, JASA 68 (1973), with the cases for weights.
    """
    told = [count for count in counts if count.cases]
    cases = sum(count.cases for count in told)
    mean = (sum(count.hits for count in told) + 0.5) / (cases + 1)
    spread = sum(count.cases * (count.hits / count.cases - mean) ** 2 for count in told)
    by_chance = mean * (1 - mean) * (len(told) - 1)
    room = mean * (1 - mean) * (cases - sum(count.cases**2 for count in told) / max(cases, 1) - (len(told) - 1))
    if len(told) < 2 or room <= 0 or spread <= by_chance:  # noqa: PLR2004 - one alone differs from nobody
        return Prior(mean, MOST_STRENGTH)
    correlation = (spread - by_chance) / room
    return Prior(mean, min(max(1 / correlation - 1, LEAST_STRENGTH), MOST_STRENGTH))


def shrink(count: Count, prior: Prior) -> Estimate:
    """The rate that own cases and the prior make together, and how sure it is: mean and deviation of the posterior."""
    alpha = count.hits + prior.mean * prior.strength
    total = count.cases + prior.strength
    rate = alpha / total
    return Estimate(rate, sqrt(rate * (1 - rate) / (total + 1)))


def joined(rate: float, other: float, usual: float) -> float:
    """What to expect where two things come together, each of which has its rate; both count as odds over the usual."""
    odds = _log_odds(rate) + _log_odds(other) - _log_odds(usual)
    return 1 / (1 + exp(-odds))


def _log_odds(rate: float) -> float:
    return log(rate / (1 - rate))
