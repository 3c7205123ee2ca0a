"""A lead as statistics see it: from where, with whom, and what became of it when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from qc.leads.history import LeadLetter, OutcomeKind

WON: Final = (OutcomeKind.ORDERED, OutcomeKind.DELIVERED)
CLOSED: Final = (LeadLetter.O, LeadLetter.D, LeadLetter.F)


class Happened(NamedTuple):
    """One piece of the CRM's news."""

    kind: OutcomeKind
    at: datetime


class Graded(NamedTuple):
    """A letter that the lead came to."""

    letter: LeadLetter
    at: datetime
    """When the words that decided were said, or what the CRM reports happened; never before the letter it had before."""
    probability: float
    by_words: bool
    """Whether the customer's words decided, and not the CRM's news."""


class LeadFacts(NamedTuple):
    """One lead."""

    id: str
    at: datetime
    """When it was created, by the CRM; when we first heard of it where the CRM has not told."""
    source: str | None
    store: str | None
    consultant: str | None
    """Who looks after it, by the CRM; else who called last."""
    letter: LeadLetter | None
    misjudged: str | None
    tags: frozenset[str]
    outcomes: tuple[Happened, ...]
    """As they happened."""
    grades: tuple[Graded, ...]
    """Every change of the letter, the first one first."""
    first_call: datetime | None

    def ordered_at(self, since: datetime | None = None) -> datetime | None:
        """When the customer ordered, the first time since then; None too where the order was lost again."""
        orders = [one for one in self.outcomes if one.kind in WON and (since is None or one.at >= since)]
        if not orders:
            return None
        lost = any(one.kind is OutcomeKind.LOST and one.at >= orders[-1].at for one in self.outcomes)
        return None if lost else orders[0].at

    def won_within(self, days: int) -> bool:
        """Whether an order came within so many days of the lead and still stands."""
        ordered = self.ordered_at()
        return ordered is not None and ordered <= self.at + timedelta(days=days)

    @property
    def is_open(self) -> bool:
        """Whether nothing has decided it yet."""
        return self.letter not in CLOSED
