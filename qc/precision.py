"""How often each rule is right, by what reviewers said about its findings."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist
from typing import Final

from qc.domain import Category, Probability, Record
from qc.review import DismissReason

CONFIDENCE: Final = 0.95
MIN_VERDICTS: Final = 10
"""Fewer verdicts say too little about a rule to call it noisy: of ten, one more mistake is ten points."""
NOISY_BELOW: Final = 0.8
"""Below this a rule costs a reviewer more than one false alarm in five."""


class RulePrecision(Record):
    """What became of the judged findings of one rule; each finding counts once, by what holds in the end."""

    rule_id: str
    category: Category
    confirmed: int
    dismissed: int
    recategorised: int
    """Something was wrong with the words, but it was of another category: counted as a mistake of the rule."""
    reasons: dict[DismissReason, int]
    """Why findings were dismissed, the most frequent reason first."""

    @property
    def judged(self) -> int:
        """How many findings there are verdicts about."""
        return self.confirmed + self.dismissed + self.recategorised

    @property
    def precision(self) -> Probability:
        """The share that was right."""
        return round(self.confirmed / self.judged, 4)

    @property
    def interval(self) -> tuple[Probability, Probability]:
        """Where the precision lies with 95 % confidence."""
        return wilson_interval(self.confirmed, self.judged)

    def is_noisy(self, *, min_verdicts: int = MIN_VERDICTS, below: float = NOISY_BELOW) -> bool:
        """Whether enough verdicts say that the rule is right too rarely."""
        return self.judged >= min_verdicts and self.precision < below


def wilson_interval(right: int, judged: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The bounds of a share, 0 to 1, by Wilson's score interval (J. Am. Stat. Assoc. 22, 1927, p. 209).

    Unlike the normal interval it stays within 0 and 1 and means something for few verdicts and for shares near 1.
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = right / judged
    spread = z * sqrt(share * (1 - share) / judged + z * z / (4 * judged * judged))
    middle = share + z * z / (2 * judged)
    scale = 1 + z * z / judged
    return round(max(0.0, (middle - spread) / scale), 4), round(min(1.0, (middle + spread) / scale), 4)
