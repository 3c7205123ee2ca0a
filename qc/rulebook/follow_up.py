"""The shape of ``lexicons/follow_up.yaml``: when customers may be called, what is late, how they ask for another time."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from qc.domain import Record
from qc.rulebook.loading import fit, read_yaml

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def _written_in_quotes(value: Any) -> Any:
    """Refuses what YAML makes of a bare 18:00, which is the number 1080."""
    if isinstance(value, time) or (isinstance(value, str) and _CLOCK.fullmatch(value)):
        return value
    raise ValueError('write a time of day in quotes, as "09:00"')


ClockTime = Annotated[time, BeforeValidator(_written_in_quotes)]
Pattern = re.Pattern[str]


class Hours(Record):
    """A stretch of a day; ``to`` is no part of it."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    from_: ClockTime = Field(alias="from")
    to: ClockTime

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.to <= self.from_:
            raise ValueError("'to' must be later than 'from'")
        return self


class PartOfDay(Hours):
    """A part of the day as customers name it."""

    say: Pattern


class VagueDays(Record):
    """A time without a date (过几天), and how many days to take it for."""

    say: Pattern
    days: Annotated[int, Field(ge=1, le=90)]


class FirstContactLimits(Record):
    """How soon a new lead is called and what came of it is told, in working minutes."""

    call_minutes: Annotated[int, Field(ge=1)]
    feedback_minutes: Annotated[int, Field(ge=1)]


class FollowUpRules(Record):
    """Hours and limits of following up, and the words that move a contact."""

    hours: Hours
    """Working hours: contacts nobody asked to have at another time lie in them."""
    asked_for: Hours
    """How early and how late a customer is called who asked for it; holds ``hours``."""
    usual: Annotated[tuple[ClockTime, ...], Field(min_length=1)]
    """When to call a customer who named no hour: the first of these that suits him."""
    first_contact: FirstContactLimits
    stalled_after: Annotated[int, Field(ge=1)]
    """Working days after which an overdue contact counts as stalled."""
    lost_within: Annotated[int, Field(ge=1)]
    """Days for which a lost lead is worth a return call."""
    parts: tuple[PartOfDay, ...]
    weekend: Pattern
    refuses: Pattern
    """Beside a part of the day: not then."""
    calls: Pattern
    """Beside a part of the day: call then."""
    suits: Pattern
    """Beside a part of the day, the same where the agent has just spoken of calling."""
    elsewhere: Pattern
    """What is talked about is a visit, not a call."""
    again: Pattern
    """Beside a day, in the customer's words: contact me then."""
    offers: Pattern
    """Beside a day, in the agent's words: I shall contact you then."""
    vague: tuple[VagueDays, ...] = ()

    @model_validator(mode="after")
    def _hours_nest(self) -> Self:
        hours, widest = self.hours, self.asked_for
        usual = all(hours.from_ <= one < hours.to for one in self.usual)
        if not usual or hours.from_ < widest.from_ or hours.to > widest.to:
            raise ValueError("'usual' must lie in 'hours', and 'hours' in 'asked_for'")
        return self


def load_follow_up(path: Path) -> FollowUpRules:
    """The rules of following up in this file.

    Raises:
        BadRulebook: naming file and field of the first mistake.
    """
    return fit(read_yaml(path), FollowUpRules, where=path.name)
