"""How well leads are graded: right, one step off, and whether the probabilities say what they mean."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from pydantic import computed_field

from qc.domain import Letter, Record
from qc.measure.scoring import Rate, is_near
from qc.measure.show import Rows, Titled, rate_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

BINS: Final = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""The edges between which probabilities are put together."""


class Surety(Record):
    """The grades given with about the same probability."""

    low: float
    high: float
    count: int = 0
    right: int = 0
    said: float = 0.0
    """The sum of their probabilities."""


class Calibration(Record):
    """How far probabilities are from what came true, by `BINS`."""

    bins: tuple[Surety, ...]

    @computed_field  # type: ignore[prop-decorator] # pydantic's own pattern
    @property
    def error(self) -> float:
        """Expected calibration error: how far the share right is from the mean probability, over all grades."""
        count = sum(one.count for one in self.bins)
        return sum(abs(one.right - one.said) for one in self.bins) / count if count else 0.0

    def rows(self) -> list[tuple[str, ...]]:
        """A row for each bin that holds something, and the error."""
        held = [
            (
                f"{one.low:.1f}-{one.high:.1f}",
                str(one.count),
                f"{one.said / one.count:.3f}",
                f"{one.right / one.count:.3f}",
            )
            for one in self.bins
            if one.count
        ]
        return [*held, ("expected calibration error", "", "", f"{self.error:.3f}")]


CALIBRATED: Final = ("probability", "calls", "mean", "right")
"""The heads over `Calibration.rows`."""


def calibration_of(graded: Iterable[tuple[float, bool]]) -> Calibration:
    """From the probability that was given with each grade, and whether the grade is right."""
    bins = [Surety(low=low, high=high) for low, high in pairwise(BINS)]
    for probability, right in graded:
        at = next(number for number, one in enumerate(bins) if probability <= one.high)
        one = bins[at]
        bins[at] = one.model_copy(
            update={"count": one.count + 1, "right": one.right + right, "said": one.said + probability}
        )
    return Calibration(bins=tuple(bins))


class Graded(Record):
    """A call's grade, and what a model that had not seen the call gave it."""

    source: str
    call: str
    """The annotated call's name; empty for others."""
    grade: Letter
    given: Letter
    likely: dict[Letter, float]
    abstained: bool
    by_rules: Letter


class SourceReport(Record):
    """The calls of one source."""

    source: str
    right: Rate
    near: Rate
    by_rules: Rate


class GradeReport(Record):
    """How models of grades do on calls that they have not learned from."""

    count: int
    right: Rate
    near: Rate
    by_rules: Rate
    """How often the guide's rules alone are right on the same calls."""
    by_rules_near: Rate
    abstained: Rate
    """Of the calls left ungraded, how many the likeliest letter would have got wrong or nobody could grade."""
    log_loss: float
    calibration: Calibration
    sources: tuple[SourceReport, ...]
    confusion: dict[str, int]
    """``should be->was``: how often, wrong ones only."""
    temperature: float
    threshold: float

    def headline(self) -> str:
        """What was measured, and with what."""
        return (
            f"{self.count} graded calls, each by a model that has not learned from it · log loss {self.log_loss:.3f} · "
            f"temperature {self.temperature:.2f} · nothing graded below {self.threshold:.2f}"
        )

    def tables(self) -> list[Titled]:
        """The figures as tables."""
        together = [
            rate_row("right", self.right),
            rate_row("right, or one step off", self.near),
            rate_row("right by the rules alone", self.by_rules),
            rate_row("right, or one step off, by the rules alone", self.by_rules_near),
            rate_row("left ungraded, rightly", self.abstained),
        ]
        rows: Rows = [
            (
                one.source,
                str(one.right.of),
                f"{one.right.share:.3f}",
                f"{one.near.share:.3f}",
                f"{one.by_rules.share:.3f}",
            )
            for one in self.sources
        ]
        return [
            ("Grades", ("", "calls", "share"), together),
            ("By source", ("", "calls", "right", "near", "rules alone"), rows),
            ("How sure", CALIBRATED, self.calibration.rows()),
            ("Should be -> was", ("", "calls"), [(pair, str(count)) for pair, count in self.confusion.items()]),
        ]

    def metrics(self) -> dict[str, float]:
        """What the model's file says about itself."""
        return {
            "calls": self.count,
            "right": round(self.right.share, 4),
            "near": round(self.near.share, 4),
            "log_loss": round(self.log_loss, 4),
            "calibration_error": round(self.calibration.error, 4),
        }


def grade_report(graded: Sequence[Graded], log_loss: float, temperature: float, threshold: float) -> GradeReport:
    """The sum of these grades."""
    wrong = Counter(f"{one.grade}->{one.given}" for one in graded if one.given is not one.grade)
    return GradeReport(
        count=len(graded),
        right=rate_of(one.given is one.grade for one in graded),
        near=rate_of(is_near(one.grade, one.given) for one in graded),
        by_rules=rate_of(one.by_rules is one.grade for one in graded),
        by_rules_near=rate_of(is_near(one.grade, one.by_rules) for one in graded),
        abstained=rate_of(is_rightly_ungraded(one.grade, one.likely) for one in graded if one.abstained),
        log_loss=log_loss,
        calibration=calibration_of((one.likely[one.given], one.given is one.grade) for one in graded),
        sources=tuple(
            SourceReport(
                source=source,
                right=rate_of(one.given is one.grade for one in graded if one.source == source),
                near=rate_of(is_near(one.grade, one.given) for one in graded if one.source == source),
                by_rules=rate_of(one.by_rules is one.grade for one in graded if one.source == source),
            )
            for source in sorted({one.source for one in graded})
        ),
        confusion=dict(sorted(wrong.items())),
        temperature=temperature,
        threshold=threshold,
    )


def rate_of(hits: Iterable[bool]) -> Rate:
    """How many of them hold."""
    told = list(hits)
    return Rate(hits=sum(told), of=len(told))


def is_rightly_ungraded(grade: Letter, likely: Mapping[Letter, float]) -> bool:
    """Whether nobody could grade this call, or its likeliest letter is wrong."""
    return grade is Letter.N or max(likely, key=likely.__getitem__) is not grade
