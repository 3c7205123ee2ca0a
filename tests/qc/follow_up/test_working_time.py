from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from qc.follow_up import WorkingTime
from qc.follow_up.hours import (
    add_working_days,
    is_free_weekend,
    is_working_day,
    overlap,
    without,
    working_day_from,
    working_day_until,
)
from qc.rulebook.follow_up import Hours

SHANGHAI = ZoneInfo("Asia/Shanghai")
WORKING = WorkingTime(Hours(from_=time(9), to=time(18)), SHANGHAI)
MOMENTS = some.datetimes(
    datetime(2025, 1, 1), datetime(2026, 12, 1), timezones=some.just(UTC)  # noqa: DTZ001 - bounds are naive
)  # fmt: skip


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00").astimezone(SHANGHAI)


def test_days_by_the_official_calendar() -> None:
    friday, saturday, monday = (datetime(2026, 3, number, tzinfo=UTC).date() for number in (13, 14, 16))
    assert (working_day_from(saturday), working_day_until(saturday), add_working_days(friday, 1)) == (
        monday,
        friday,
        monday,
    )
    assert is_free_weekend(saturday)
    made_up = datetime(2026, 2, 14, tzinfo=UTC).date()  # 调休 for 春节
    assert is_working_day(made_up)
    assert not is_free_weekend(made_up)
    national = datetime(2026, 10, 3, tzinfo=UTC).date()  # a Saturday of 国庆
    assert not is_working_day(national)
    assert not is_free_weekend(national)


@pytest.mark.parametrize(
    ("since", "minutes", "due"),
    [
        ("2026-03-12T10:02:00", 5, "2026-03-12T10:07:00"),
        ("2026-03-12T07:30:00", 5, "2026-03-12T09:05:00"),
        ("2026-03-12T17:58:00", 5, "2026-03-13T09:03:00"),
        ("2026-03-13T22:00:00", 5, "2026-03-16T09:05:00"),
        ("2026-09-30T17:50:00", 20, "2026-10-08T09:10:00"),
        ("2026-03-12T09:00:00", 9 * 60, "2026-03-12T18:00:00"),
        ("2026-03-12T09:00:00", 9 * 60 + 1, "2026-03-13T09:01:00"),
    ],
)
def test_minutes_count_in_working_time(since: str, minutes: int, due: str) -> None:
    assert WORKING.after(moment(since), minutes) == moment(due)
    assert WORKING.between(moment(since), moment(due)) == timedelta(minutes=minutes)


@given(MOMENTS, some.integers(1, 2000), some.integers(1, 2000))
def test_working_time_adds_up(since: datetime, first: int, second: int) -> None:
    due = WORKING.after(since, first)
    assert WORKING.after(due, second) == WORKING.after(since, first + second)
    assert WORKING.between(since, due) == timedelta(minutes=first)
    assert is_working_day(due.date())
    assert time(9) < due.time() <= time(18)


def day_by_day(first: datetime, last: datetime) -> timedelta:
    """The working time between, by going through every day."""
    here, worked = WORKING.next_moment(first), timedelta()
    while here < last:
        worked += min(last.astimezone(SHANGHAI), WORKING.closing(here.date())) - here
        here = WORKING.next_moment(WORKING.closing(here.date()))
    return worked


@given(MOMENTS, some.timedeltas(timedelta(days=-3), timedelta(days=500)))
def test_working_time_between_is_what_the_days_add_up_to(first: datetime, later: timedelta) -> None:
    assert WORKING.between(first, first + later) == day_by_day(first, first + later)


def test_centuries_lie_between_no_slower_than_days() -> None:
    nine_hours = timedelta(hours=9)
    assert WORKING.between(moment("1970-01-05T00:00:00"), moment("1970-01-12T00:00:00")) == 5 * nine_hours
    weeks = (moment("2200-01-06T00:00:00") - moment("2100-01-04T00:00:00")) // timedelta(weeks=1)
    assert WORKING.between(moment("2100-01-04T00:00:00"), moment("2200-01-06T00:00:00")) == weeks * 5 * nine_hours
    began = monotonic()
    for _ in range(1000):
        WORKING.between(moment("1970-01-01T00:00:00"), moment("2200-01-01T00:00:00"))
    assert monotonic() - began < 2, "a day after the other would take minutes"


@given(MOMENTS)
def test_the_next_moment_is_working_time(since: datetime) -> None:
    here = WORKING.next_moment(since)
    assert WORKING.holds(here)
    assert here >= since
    assert (here == since) == WORKING.holds(since)
    assert WORKING.between(here, since) == timedelta()


def test_stretches_of_a_day() -> None:
    work, evening = (time(9), time(18)), (time(18), time(21))
    noon = (time(12), time(13, 30))
    assert without([work], [noon]) == ((time(9), time(12)), (time(13, 30), time(18)))
    assert without([work], [(time(8), time(18))]) == ()
    assert overlap([work], [evening]) == ()
    assert overlap([(time(17), time(20))], [work, evening]) == ((time(17), time(18)), (time(18), time(20)))
