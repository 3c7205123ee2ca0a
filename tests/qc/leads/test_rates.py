from __future__ import annotations

import random

import pytest

from qc.leads.rates import LEAST_STRENGTH, MOST_STRENGTH, Count, Prior, fit_prior, joined, shrink, wilson


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [
        # R: prop.test(x, n, correct = FALSE)$conf.int
        (Count(10, 20), 0.2993, 0.7007),
        (Count(0, 10), 0.0, 0.2775),
        (Count(1, 29), 0.0061, 0.1718),
        (Count(81, 263), 0.2553, 0.3662),
        (Count(7, 7), 0.6457, 1.0),
        (Count(0, 0), 0.0, 1.0),
    ],
)
def test_wilson_intervals_of_the_literature(count: Count, low: float, high: float) -> None:
    interval = wilson(count)
    assert interval.low == pytest.approx(low, abs=1e-4)
    assert interval.high == pytest.approx(high, abs=1e-4)


def test_consultants_who_differ_by_chance_alone_are_taken_for_alike() -> None:
    prior = fit_prior([Count(20, 100), Count(21, 100), Count(19, 100)])
    assert prior.mean == pytest.approx(60.5 / 301)
    assert prior.strength == MOST_STRENGTH
    assert fit_prior([]) == Prior(0.5, MOST_STRENGTH)
    assert fit_prior([Count(3, 10)]).strength == MOST_STRENGTH


def test_the_moments_by_hand() -> None:
    # Two of 100 cases each, 10 and 30 hits: p = 0.2 (but for the half hit), S = 200 · 0.1² = 2, pq = 0.16,
    # rho = (2 - 0.16) / (0.16 · (200 - 100 - 1)) = 0.11616, strength 1/rho - 1 = 7.609: below the least.
    assert fit_prior([Count(10, 100), Count(30, 100)]).strength == LEAST_STRENGTH
    # With 15 and 25: S = 0.5, rho = 0.34 / 15.84 = 0.021465, strength 45.6; the half hit moves it a little.
    assert fit_prior([Count(15, 100), Count(25, 100)]).strength == pytest.approx(45.6, rel=0.02)


def test_the_strength_of_a_known_distribution_is_found_again() -> None:
    chance = random.Random(7)  # noqa: S311 - drawn the same each time
    counts = []
    for _ in range(3000):
        rate = chance.betavariate(12, 48)
        cases = chance.randint(20, 120)
        counts.append(Count(sum(chance.random() < rate for _ in range(cases)), cases))
    prior = fit_prior(counts)
    assert prior.mean == pytest.approx(0.2, abs=0.01)
    assert prior.strength == pytest.approx(60, rel=0.15)


def test_few_cases_are_drawn_to_the_mean_and_many_stand_for_themselves() -> None:
    prior = Prior(0.2, 40)
    assert shrink(Count(0, 0), prior).rate == pytest.approx(0.2)
    assert shrink(Count(2, 2), prior).rate == pytest.approx(10 / 42)
    assert shrink(Count(500, 1000), prior).rate == pytest.approx(508 / 1040)
    assert shrink(Count(1, 2), prior).deviation > shrink(Count(500, 1000), prior).deviation


def test_odds_are_joined() -> None:
    assert joined(0.2, 0.2, 0.2) == pytest.approx(0.2)
    assert joined(0.5, 0.2, 0.2) == pytest.approx(0.5)
    assert joined(1 / 3, 1 / 3, 0.2) == pytest.approx(0.5)  # odds 1/2 · 1/2 : 1/4 = 1
