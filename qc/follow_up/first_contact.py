"""How soon new leads are called and what came of it is told, in working time."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from pydantic import AwareDatetime

from qc.domain import Record
from qc.follow_up.hours import WorkingTime
from qc.rulebook.follow_up import FirstContactLimits

_MINUTE: Final = timedelta(minutes=1)


class FirstContact(Record):
    """How soon one lead was called. Minutes are working minutes: nights, weekends and holidays do not count."""

    call_due: AwareDatetime
    called_at: AwareDatetime | None
    """When the first call began; ``None`` while there is none."""
    unheard: int
    """How many calls were sent whose recording could not be heard; they do not count as calls."""
    call_minutes: float
    """From the lead's creation to the call, or to now while there is none; 0 for a call before the creation."""
    call_late: bool
    feedback_due: AwareDatetime
    feedback_at: AwareDatetime | None
    """When the first call's record, or the first news about the lead, reached us; not a record that says nothing."""
    feedback_late: bool
    reassign: str | None
    """Why somebody else should take the lead, in Chinese; only for one that is late and still not called."""


class Promptness(Record):
    """The same over many leads."""

    leads: int
    called: int
    in_time: int
    """Called, and not late."""
    late: int
    """Called late, or overdue and still not called."""
    waiting: int
    """Not called yet."""
    median_minutes: float | None
    """Of the called ones; ``None`` without any."""
    feedback_late: int


def first_contact(
    at: datetime,
    called_at: datetime | None,
    feedback_at: datetime | None,
    now: datetime,
    limits: FirstContactLimits,
    working: WorkingTime,
    *,
    unheard: int = 0,
) -> FirstContact:
    """How soon the lead that was created at ``at`` was called, as it stands at ``now``.

    ``unheard`` calls beside were sent that could not be heard.
    """
    call_due, feedback_due = due_times(at, limits, working)
    minutes = working.between(at, called_at or now) / _MINUTE
    late = (called_at or now) > call_due
    reassign = None
    if late and called_at is None:
        told = f"{working.local(at):%m-%d %H:%M}"
        so_far = f"没有听到首次通话（发来的 {unheard} 通录音没能识别）" if unheard else "还没有首次通话"
        reassign = f"线索 {told} 建立，已过 {minutes:.0f} 个工作分钟（限 {limits.call_minutes} 分钟）{so_far}，建议改派"
    return FirstContact(
        call_due=call_due,
        called_at=called_at,
        unheard=unheard,
        call_minutes=round(minutes, 1),
        call_late=late,
        feedback_due=feedback_due,
        feedback_at=feedback_at,
        feedback_late=(feedback_at or now) > feedback_due,
        reassign=reassign,
    )


def due_times(at: datetime, limits: FirstContactLimits, working: WorkingTime) -> tuple[datetime, datetime]:
    """Until when a lead created at ``at`` is to be called, and until when what came of it is to be told."""
    return working.after(at, limits.call_minutes), working.after(at, limits.feedback_minutes)


def promptness(contacts: Iterable[FirstContact]) -> Promptness:
    """How soon these leads were called, taken together; of each no more is kept than how many minutes it took."""
    minutes = array("d")
    leads = in_time = late = feedback_late = 0
    for one in contacts:
        leads += 1
        late += one.call_late
        feedback_late += one.feedback_late
        if one.called_at is not None:
            in_time += not one.call_late
            minutes.append(one.call_minutes)
    return Promptness(
        leads=leads,
        called=len(minutes),
        in_time=in_time,
        late=late,
        waiting=leads - len(minutes),
        median_minutes=round(median(minutes), 1) if minutes else None,
        feedback_late=feedback_late,
    )
