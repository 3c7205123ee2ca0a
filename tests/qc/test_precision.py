from __future__ import annotations

import pytest

from qc.domain import Category
from qc.precision import RulePrecision, wilson_interval


def a_rule(confirmed: int, dismissed: int, recategorised: int = 0) -> RulePrecision:
    return RulePrecision(
        rule_id="r",
        category=Category.EVASIVE,
        confirmed=confirmed,
        dismissed=dismissed,
        recategorised=recategorised,
        reasons={},
    )


# Newcombe, Statistics in Medicine 17 (1998), p. 861, table I, method 3.
@pytest.mark.parametrize(
    ("right", "judged", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_the_published_one(right: int, judged: int, low: float, high: float) -> None:
    assert wilson_interval(right, judged) == (low, high)
    mirrored = wilson_interval(judged - right, judged)
    assert mirrored == (pytest.approx(1 - high), pytest.approx(1 - low))


def test_a_rule_is_noisy_by_enough_verdicts_and_too_little_precision() -> None:
    assert a_rule(7, 2, 1).is_noisy()
    assert a_rule(7, 2, 1).precision == 0.7
    assert not a_rule(8, 2).is_noisy()
    assert not a_rule(0, 9).is_noisy()
    assert a_rule(0, 9).is_noisy(min_verdicts=9)
    assert a_rule(8, 2).is_noisy(below=0.81)
