"""How long things take, where some are still going on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

ROUNDING: Final = 1e-12
"""The product of fractions may miss a share by so much."""


class Spell(NamedTuple):
    """A stretch of time: how long it lasted, or how long it has lasted so far."""

    days: float
    ended: bool


def quantile(spells: Sequence[Spell], share: float) -> float | None:
    """After how many days this share of the spells has ended; None while that cannot be told yet.

    By the estimator of E. L. Kaplan and P. Meier, Nonparametric estimation from incomplete observations, JASA 53
    (1958): a spell that still goes on counts as long as it has been seen. The median of the ended ones alone would be
    too short, since long ones are the last to end.
    """
    at_days: defaultdict[float, list[bool]] = defaultdict(list)
    for spell in spells:
        at_days[spell.days].append(spell.ended)
    left, going_on = len(spells), 1.0
    for days, ended in sorted(at_days.items()):
        going_on *= 1 - sum(ended) / left
        if any(ended) and going_on <= 1 - share + ROUNDING:
            return days
        left -= len(ended)
    return None
