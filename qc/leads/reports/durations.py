"""How long things take, where some are still going on."""

from __future__ import annotations

from array import array
from typing import Final

import numpy as np

ROUNDING: Final = 1e-12
"""The product of fractions may miss a share by so much."""


class Spells:
    """Stretches of time, in days: how long some lasted, and how long others have lasted so far."""

    def __init__(self) -> None:
        self.ended = array("d")
        self.going_on = array("d")

    def __len__(self) -> int:
        """How many there are of both."""
        return len(self.ended) + len(self.going_on)

    def add(self, days: float, *, ended: bool) -> None:
        """One more."""
        (self.ended if ended else self.going_on).append(days)


def quantile(spells: Spells, share: float) -> float | None:
    """After how many days this share of the spells has ended; None while that cannot be told yet.

    By the estimator of E. L. Kaplan and P. Meier, Nonparametric estimation from incomplete observations, JASA 53
    (1958): a spell that still goes on counts as long as it has been seen. The median of the ended ones alone would be
    too short, since long ones are the last to end.
    """
    days, place = np.unique(np.array(spells.ended + spells.going_on), return_inverse=True)
    count = np.bincount(place, minlength=len(days))
    ended = np.bincount(place[: len(spells.ended)], minlength=len(days))
    left = len(spells) - np.cumsum(count) + count
    going_on = np.cumprod(1 - ended / left)
    reached = np.flatnonzero((ended > 0) & (going_on <= 1 - share + ROUNDING))
    return float(days[reached[0]]) if reached.size else None
