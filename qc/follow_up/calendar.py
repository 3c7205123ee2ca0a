"""A consultant's reminders as an iCalendar feed (RFC 5545, with the refresh hint of RFC 7986).

Phones show what is in it on locked screens and send it through other companies' servers: numbers are cut to their last
digits, and no transcript is in it beyond the quotes that a reason rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event

from qc.domain import Record
from qc.follow_up.planning import Reminder, ReminderKind
from qc.follow_up.talking import customer_in_short, masked, talking_points
from qc.leads import LeadLetter, MergedField

LENGTH: Final = timedelta(minutes=15)
REFRESH: Final = timedelta(minutes=15)
_AHEAD: Final = {
    ReminderKind.FIRST: timedelta(0),
    ReminderKind.CONTACT: timedelta(minutes=10),
    ReminderKind.CONFIRM: timedelta(minutes=10),
    ReminderKind.VISIT: timedelta(0),
    ReminderKind.AFTER: timedelta(minutes=10),
}
"""How long before its time the phone rings."""
_TO_DO: Final = {
    ReminderKind.FIRST: "首次联系",
    ReminderKind.CONTACT: "跟进",
    ReminderKind.CONFIRM: "确认约定",
    ReminderKind.VISIT: "今天有约",
    ReminderKind.AFTER: "问到店结果",
}


class CalendarEntry(Record):
    """One reminder with what a consultant should know of its lead."""

    id: str
    """The same for a lead's reminder of a kind, however often it moves."""
    lead: str
    """The CRM's id."""
    customer: str | None
    letter: LeadLetter | None
    memo: Mapping[str, MergedField]
    reminder: Reminder
    changed_at: datetime
    """When it last became another."""


def write_calendar(consultant: str, entries: Iterable[CalendarEntry], zone: ZoneInfo) -> bytes:
    """The feed: an event a reminder with an alarm, in the dealer's time zone. The same entries give the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", "-//car-call-qc//follow-up//ZH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"跟进提醒 {masked(consultant)}")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    for entry in entries:
        calendar.add_component(_event(entry, zone))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(entry: CalendarEntry, zone: ZoneInfo) -> Event:
    reminder = entry.reminder
    at = reminder.at.astimezone(zone)
    event = Event()
    event.add("uid", f"{entry.id}@car-call-qc")
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("dtstart", at)
    event.add("dtend", at + LENGTH)
    event.add("summary", summary(entry))
    event.add("description", description(entry, zone))
    event.add("categories", [_TO_DO[reminder.kind]])
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary(entry))
    alarm.add("trigger", -_AHEAD[reminder.kind])
    event.add_component(alarm)
    return event


def summary(entry: CalendarEntry) -> str:
    """One line: what to do, the grade, the customer, the first things to talk about."""
    grade = "新线索" if entry.letter is None else f"{entry.letter.value} 级"
    who = customer_in_short(entry.customer, entry.memo, entry.lead)
    points = "；".join(masked(point) for point in talking_points(entry.memo)[:2])
    what = _TO_DO[entry.reminder.kind]
    return f"{what}·{grade} {who}" + (f"：{points}" if points else "")


def description(entry: CalendarEntry, zone: ZoneInfo) -> str:
    """Some lines: by which means and until when, why, and all there is to talk about."""
    by = entry.reminder.by.astimezone(zone)
    lines = [f"方式：{entry.reminder.means.value}；最晚 {by:%m-%d %H:%M}", "为什么："]
    for reason in entry.reminder.reasons:
        quotes = "".join(f"“{one.quote}”" for one in reason.evidence if one.quote not in reason.text)
        lines.append(f"· {masked(reason.text)}" + (f"（{masked(quotes)}）" if quotes else ""))
    points = talking_points(entry.memo)
    if points:
        lines += ["可以谈：", *(f"· {masked(point)}" for point in points)]
    return "\n".join([*lines, f"线索 {masked(entry.lead)}"])
