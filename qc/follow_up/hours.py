"""Working time: the working days of the official calendar, between the hours of ``follow_up.yaml``.

Nights, weekends and holidays do not count: a lead of Saturday night whose call is due within five minutes is late at
five past opening on Monday. Weekends that were made working days (调休) count.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from chinese_calendar.constants import holidays, workdays

from qc.grade import next_working_day
from qc.rulebook.follow_up import Hours

DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_WEEK: Final = 7
_FIRST_MONDAY: Final = date.min.toordinal()
_FREE_WEEKDAYS: Final = sorted(day for day in holidays if day.weekday() < _SATURDAY and day not in workdays)
_WORKING_WEEKENDS: Final = sorted(day for day in workdays if day.weekday() >= _SATURDAY)

Span = tuple[time, time]
"""A stretch of a day, its end not included."""


def is_working_day(day: date) -> bool:
    """Whether this is a working day by the official calendar."""
    return next_working_day(day - DAY) == day


def is_free_weekend(day: date) -> bool:
    """Whether this is a Saturday or Sunday off that belongs to no official holiday."""
    return day.weekday() >= _SATURDAY and day not in holidays and not is_working_day(day)


def working_day_from(day: date) -> date:
    """This day if it is a working day, else the first one after it."""
    return next_working_day(day - DAY)


def working_day_until(day: date) -> date:
    """This day if it is a working day, else the last one before it."""
    while not is_working_day(day):
        day -= DAY
    return day


def working_days_before(day: date) -> int:
    """How many working days there are before this day, from the first day of the calendar.

    Counted in weeks of five, less the holidays on weekdays, plus the weekends that were made working days.
    """
    weeks, rest = divmod(day.toordinal() - _FIRST_MONDAY, _WEEK)
    weekdays = _SATURDAY * weeks + min(rest, _SATURDAY)
    return weekdays - bisect_left(_FREE_WEEKDAYS, day) + bisect_left(_WORKING_WEEKENDS, day)


def add_working_days(day: date, count: int) -> date:
    """The working day that is ``count`` working days after this day."""
    for _ in range(count):
        day = next_working_day(day)
    return day


@dataclass(frozen=True)
class WorkingTime:
    """A dealer's working hours in the dealer's time zone."""

    hours: Hours
    zone: ZoneInfo

    def at(self, day: date, clock: time) -> datetime:
        """This time of this day."""
        return datetime.combine(day, clock, self.zone)

    def opening(self, day: date) -> datetime:
        """When work begins on this day."""
        return self.at(day, self.hours.from_)

    def closing(self, day: date) -> datetime:
        """When work ends on this day."""
        return self.at(day, self.hours.to)

    def local(self, moment: datetime) -> datetime:
        """The moment by the dealer's clock."""
        return moment.astimezone(self.zone)

    def holds(self, moment: datetime) -> bool:
        """Whether the moment is working time."""
        here = self.local(moment)
        return is_working_day(here.date()) and self.hours.from_ <= here.time() < self.hours.to

    def next_moment(self, moment: datetime) -> datetime:
        """The moment itself if it is working time, else when work begins next."""
        here = self.local(moment)
        if is_working_day(here.date()) and here.time() < self.hours.to:
            return max(here, self.opening(here.date()))
        return self.opening(next_working_day(here.date()))

    def after(self, moment: datetime, minutes: int) -> datetime:
        """The moment until which this many working minutes have passed."""
        here, left = self.next_moment(moment), timedelta(minutes=minutes)
        while left > (until := self.closing(here.date()) - here):
            left -= until
            here = self.opening(next_working_day(here.date()))
        return here + left

    def between(self, first: datetime, last: datetime) -> timedelta:
        """How much working time lies between these moments, however far apart; none if ``last`` is not the later one."""
        return max(self._before(self.local(last)) - self._before(self.local(first)), timedelta())

    def _before(self, here: datetime) -> timedelta:
        """How much working time there is before this local time, from the first day of the calendar."""
        day = here.date()
        opening, closing = self.opening(day), self.closing(day)
        today = min(max(here, opening), closing) - opening if is_working_day(day) else timedelta()
        return working_days_before(day) * (closing - opening) + today


def overlap(one: Iterable[Span], others: Iterable[Span]) -> tuple[Span, ...]:
    """What both sets of stretches have in common, in order of time."""
    mine = tuple(others)
    found = [(max(a, c), min(b, d)) for a, b in one for c, d in mine]
    return tuple(sorted((a, b) for a, b in found if a < b))


def without(spans: Iterable[Span], closed: Iterable[Span]) -> tuple[Span, ...]:
    """These stretches less the closed ones, in order of time."""
    left = list(spans)
    for start, end in closed:
        left = [piece for a, b in left for piece in ((a, min(b, start)), (max(a, end), b)) if piece[0] < piece[1]]
    return tuple(sorted(left))
