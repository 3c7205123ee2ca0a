from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.leads.reports.durations import Spells, quantile

# Freireich et al., Blood 21 (1963): weeks of remission of 21 patients under 6-MP, relapsed and still in remission.
RELAPSED = (6, 6, 6, 7, 10, 13, 16, 22, 23)
IN_REMISSION = (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
PLACEBO = (1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)


def some(ended: Sequence[float], going_on: Sequence[float] = ()) -> Spells:
    spells = Spells()
    for days in ended:
        spells.add(days, ended=True)
    for days in going_on:
        spells.add(days, ended=False)
    return spells


def test_the_medians_that_textbooks_print() -> None:
    spells = some(RELAPSED, IN_REMISSION)
    assert quantile(spells, 0.5) == 23
    assert quantile(spells, 0.25) == 13  # S(13) = 0.690, S(10) = 0.753
    assert quantile(spells, 0.9) is None
    assert quantile(some(PLACEBO), 0.5) == 8


def test_of_nothing_and_of_what_has_not_ended_there_is_none() -> None:
    assert quantile(some(()), 0.5) is None
    assert quantile(some((), (30,) * 5), 0.5) is None


@given(
    st.lists(st.integers(0, 50), min_size=1, max_size=40),
    st.sampled_from([0.25, 0.5, 0.9]),
)
def test_where_all_have_ended_it_is_the_least_that_covers_the_share(days: list[int], share: float) -> None:
    found = quantile(some(days), share)
    assert found == min(day for day in days if sum(one <= day for one in days) >= share * len(days) - 1e-9)


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_longer_waits_make_no_quantile_shorter(share: float) -> None:
    before, after = quantile(some(range(1, 21)), share), quantile(some(range(1, 21), (40, 40)), share)
    assert before is not None
    assert after is None or after >= before
