"""The shape of ``lexicons/grading.yaml``: the dealers' tables of letters, and what decides a lead on its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from qc.domain import Letter, Outcome, Probability, Record, Speaker
from qc.literals import Prefilter
from qc.rulebook.loading import fit, read_yaml
from qc.rulebook.needed import needed_literals

HORIZONS = (Letter.H, Letter.A, Letter.B)
"""The letters a purchase time can earn, most urgent first; whatever is later is C."""


class Horizon(Record):
    """How far ahead a purchase may lie: calendar days or months from the call, the last day included."""

    days: Annotated[int, Field(ge=0)] | None = None
    months: Annotated[int, Field(ge=1, le=24)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.days is None) == (self.months is None):
            raise ValueError("give either days or months")
        return self

    def end(self, today: date) -> date:
        """The last day that is still within it."""
        if self.days is not None:
            return today + timedelta(days=self.days)
        year, month = divmod(today.year * 12 + today.month - 1 + (self.months or 0), 12)
        following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
        return min(following - timedelta(days=1), date(year, month + 1, 1) + timedelta(days=today.day - 1))


class Preset(Record):
    """One dealer's table: which horizon earns which letter."""

    title: str
    horizons: dict[Letter, Horizon]

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if set(self.horizons) != set(HORIZONS):
            raise ValueError(f"horizons are needed for exactly {', '.join(HORIZONS)}")
        ends = [self.horizons[letter].end(date(2026, 1, 1)) for letter in HORIZONS]
        if ends != sorted(set(ends)):
            raise ValueError("horizons must rise from H to B")
        return self


class Cadence(Record):
    """Until when to contact the customer again: calendar days, or the first working day after the call."""

    days: Annotated[int, Field(ge=0)] | None = None
    next_working_day: bool = False
    what: str
    """What the contact is for, in Chinese."""

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        if self.days is not None and self.next_working_day:
            raise ValueError("give days or next_working_day, not both")
        return self


Pattern = re.Pattern[str]


class OutcomeRule(Record):
    """Words that show an outcome, in one party's mouth, and the words in the same sentence that excuse them."""

    id: str
    outcome: Outcome
    speaker: Speaker
    reason: str
    """Why, in Chinese; stands in the grade's reasons."""
    say: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    unless: tuple[Pattern, ...] = ()
    asked: Pattern | None = None
    """If given, the other party's line before must contain it."""


class Prior(Record):
    """How sure each ground of a grade is: set by judgement, not yet measured against what customers did."""

    outcome: Probability
    horizon: Probability
    soon: Probability
    visit_with_needs: Probability
    visit: Probability
    interest: Probability
    nothing: Probability
    no_speech: Probability


class Grading(Record):
    """Presets, cadence, outcomes and the priors of each ground."""

    presets: Annotated[dict[str, Preset], Field(min_length=1)]
    cadence: dict[Letter, Cadence]
    outcomes: tuple[OutcomeRule, ...]
    interest: Pattern
    """Words of a customer who is interested without saying in what."""
    soon: Pattern
    """Words of haste (马上, 尽快, 这几天) that mean H whatever their last day."""
    unhurried: Pattern
    """Words of a customer who puts it off (不急, 先看看)."""
    hedged: Pattern
    """Words that leave a way out of what was agreed (有空就来, 看情况)."""
    declines: Pattern
    """Words of a no to what was offered, without refusing the car."""
    trims: Pattern
    """Words that name a trim."""
    engagement: Annotated[int, Field(ge=1, le=3)]
    """How many of budget, chosen model, payment or trade-in make an early visit an A."""
    visit_days: Annotated[int, Field(ge=1)]
    """How near an agreed visit must be for that."""
    prior: Prior

    @cached_property
    def _outcomes_by_words(self) -> tuple[Prefilter, tuple[int, ...]]:
        said = [(number, pattern) for number, rule in enumerate(self.outcomes) for pattern in rule.say]
        return Prefilter([needed_literals(pattern.pattern) for _, pattern in said]), tuple(number for number, _ in said)

    @cached_property
    def outcomes_worth_a_try(self) -> Callable[[str], frozenset[int]]:
        """Tells the numbers of the outcomes whose words may stand in a text: it holds what one of their patterns needs.

        The last few texts are remembered: memo and grade both ask.
        """
        prefilter, outcomes = self._outcomes_by_words
        return lru_cache(maxsize=256)(
            lambda text: frozenset(outcomes[candidate] for candidate in prefilter.candidates(text))
        )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if "default" not in self.presets:
            raise ValueError("a preset named default is needed")
        missing = [letter.value for letter in Letter if letter not in self.cadence]
        if missing:
            raise ValueError(f"cadence is missing for {', '.join(missing)}")
        ids = [rule.id for rule in self.outcomes]
        twice = {rule_id for rule_id in ids if ids.count(rule_id) > 1}
        if twice:
            raise ValueError(f"outcome ids stand twice: {', '.join(sorted(twice))}")
        return self


def load_grading(path: Path) -> Grading:
    """The grading in this file.

    Raises:
        BadRulebook: naming file and field of the first mistake.
    """
    return fit(read_yaml(path), Grading, where=path.name)
