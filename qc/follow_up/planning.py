"""When to contact a lead next, why, and by which means.

The grade's cadence gives a day until when; working days and hours, what the customer said in his calls, and what was
agreed with him move it. Who asked not to be called is not called. Suggestions with reasons: people decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from pydantic import AwareDatetime

from qc.domain import Appointment, Category, Direction, Letter, Record
from qc.follow_up.hours import (
    DAY,
    Span,
    WorkingTime,
    is_free_weekend,
    is_working_day,
    overlap,
    without,
    working_day_from,
    working_day_until,
)
from qc.follow_up.wishes import DayWish, HoursWish, WeekendWish, Wish, read_wishes, wishes_of_words
from qc.grade import next_working_day
from qc.leads import (
    CallEvidence,
    LeadCall,
    LeadGrade,
    LeadLetter,
    LeadOutcome,
    LeadReason,
    MergedField,
    OutcomeKind,
)
from qc.rulebook.follow_up import FollowUpRules
from qc.rulebook.grading import Cadence

SOON: Final = timedelta(hours=1)
"""Nobody is called again sooner after a call."""
_CALLED_BACK: Final = "回访电话"
_TO_BUY: Final = ("到店", "试驾")
"""Appointments that have served their purpose once the car is ordered."""


class ReminderKind(StrEnum):
    """What there is to do; a lead has at most one of each."""

    FIRST = "first"
    """Call a new lead."""
    CONTACT = "contact"
    """Contact the customer again, by the grade's cadence or as agreed."""
    CONFIRM = "confirm"
    """Confirm an appointment on the working day before."""
    VISIT = "visit"
    """The appointment is today."""
    AFTER = "after"
    """The appointment is over: what came of it?"""


class Means(StrEnum):
    """By which way to reach the customer."""

    CALL = "电话"
    WECHAT = "微信"
    SMS = "短信"
    IN_PERSON = "当面"


class Reminder(Record):
    """One thing to do about a lead."""

    kind: ReminderKind
    at: AwareDatetime
    """When."""
    by: AwareDatetime
    """After this it is overdue."""
    ends: AwareDatetime | None = None
    """After this it is pointless; ``None`` while only news about the lead end it."""
    means: Means
    reasons: tuple[LeadReason, ...]


class Plan(Record):
    """What to do next about a lead: nothing for what is ordered, delivered, lost, or wants no calls."""

    reminders: tuple[Reminder, ...] = ()
    """In order of time."""
    stopped: LeadReason | None = None
    """The customer asked not to be contacted."""


class KnownLead(NamedTuple):
    """All that is known about a lead."""

    at: datetime | None
    """When it was created, as the CRM says."""
    grade: LeadGrade | None
    memo: Mapping[str, MergedField]
    calls: Sequence[LeadCall]
    """Its inspected calls, the first one first."""
    outcomes: Sequence[LeadOutcome]
    called_at: datetime | None = None
    """When its first call began, whether or not that is inspected by now."""
    unheard: int = 0
    """How many calls were sent whose recording could not be heard; none of them is its first call."""


class _Moved(NamedTuple):
    """Wishes that hold, newest word of each sort."""

    day: DayWish | None
    open: tuple[HoursWish, ...]
    closed: tuple[HoursWish, ...]
    weekend: WeekendWish | None
    means: tuple[Means, LeadReason] | None


def plan_lead(lead: KnownLead, rules: FollowUpRules, cadence: Mapping[Letter, Cadence], working: WorkingTime) -> Plan:
    """What to do next about this lead, at times in the dealer's zone; the same facts give the same plan."""
    stopped = asked_to_stop(lead.calls)
    if stopped is not None:
        return Plan(stopped=stopped)
    letter = None if lead.grade is None else lead.grade.letter
    if letter is None:
        return Plan(reminders=_first_contact(lead, rules, working))
    if letter in (LeadLetter.D, LeadLetter.F):
        return Plan()
    moved = _wishes(lead, rules)
    meeting = _meeting(lead)
    if letter is LeadLetter.O and meeting is not None and meeting[0].kind in _TO_BUY:
        return Plan()
    if meeting is not None and meeting[0].kind != _CALLED_BACK:
        found = _around(meeting, lead, rules, moved, working)
    else:
        found = _contact(lead, rules, cadence, moved, working)
    return Plan(reminders=tuple(sorted(found, key=lambda one: (one.at, one.kind))))


def asked_to_stop(calls: Sequence[LeadCall]) -> LeadReason | None:
    """The customer's word that he wants no more calls, unless a review dismissed it; void once he has called since."""
    for call in reversed(calls):
        for finding in call.decisive:
            if finding.category is Category.DO_NOT_CALL:
                evidence = tuple(CallEvidence(recording_id=call.recording_id, **dict(one)) for one in finding.evidence)
                return LeadReason(text="客户要求不再联系，不安排任何跟进", evidence=evidence)
        if call.call.direction is Direction.INBOUND:
            return None
    return None


# ---------------------------------------------------------------- what moves a contact


def _wishes(lead: KnownLead, rules: FollowUpRules) -> _Moved:
    day: DayWish | None = None
    hours: tuple[HoursWish, ...] = ()
    weekend: WeekendWish | None = None
    told = False
    for call in reversed(lead.calls):
        said = read_wishes(call, rules)
        # A day that was put off to holds until the customer has spoken of his needs again.
        day = day or (None if told else _last(said))
        hours = hours or tuple(wish for wish in said if isinstance(wish, HoursWish))
        weekend = weekend or next((wish for wish in reversed(said) if isinstance(wish, WeekendWish)), None)
        told = told or call.letter is not Letter.N
    preference = lead.memo.get("contact_preference")
    if preference is None or not isinstance(preference.value, str):
        return _moved(day, hours, weekend, None)
    evidence = preference.said[0].evidence
    named = wishes_of_words(preference.value, evidence, rules)
    hours = hours or tuple(wish for wish in named if isinstance(wish, HoursWish))
    weekend = weekend or next((wish for wish in named if isinstance(wish, WeekendWish)), None)
    first = min((means for means in Means if means in preference.value), key=preference.value.index, default=None)
    reason = LeadReason(text=f"客户希望的联系方式：{preference.value}", evidence=evidence)
    return _moved(day, hours, weekend, None if first is None else (first, reason))


def _last(said: Sequence[Wish]) -> DayWish | None:
    return next((wish for wish in reversed(said) if isinstance(wish, DayWish)), None)


def _moved(
    day: DayWish | None,
    hours: tuple[HoursWish, ...],
    weekend: WeekendWish | None,
    means: tuple[Means, LeadReason] | None,
) -> _Moved:
    opened = tuple(wish for wish in hours if wish.kind == "open")
    closed = tuple(wish for wish in hours if wish.kind == "closed")
    return _Moved(day, opened, closed, weekend, means)


def _meeting(lead: KnownLead) -> tuple[Appointment, LeadReason] | None:
    field = lead.memo.get("appointment")
    if field is None or field.lapsed or not isinstance(field.value, Appointment):
        return None
    agreed = field.value
    return agreed, LeadReason(
        text=f"已约定 {said_day(date.fromisoformat(agreed.at[:10]))}{agreed.at[11:16]} {agreed.kind}",
        evidence=field.said[0].evidence,
    )


# ---------------------------------------------------------------- a new lead


def _first_contact(lead: KnownLead, rules: FollowUpRules, working: WorkingTime) -> tuple[Reminder, ...]:
    if lead.at is None or lead.called_at is not None:
        return ()
    minutes = rules.first_contact.call_minutes
    so_far = f"发来的 {lead.unheard} 通录音没能识别，不算通话" if lead.unheard else "还没有通话"
    reason = LeadReason(text=f"新线索，{so_far}：{minutes} 个工作分钟内打首次电话")
    first = Reminder(
        kind=ReminderKind.FIRST,
        at=working.next_moment(lead.at),
        by=working.after(lead.at, minutes),
        means=Means.CALL,
        reasons=(reason,),
    )
    return (first,)


# ---------------------------------------------------------------- the next contact


def _contact(
    lead: KnownLead,
    rules: FollowUpRules,
    cadence: Mapping[Letter, Cadence],
    moved: _Moved,
    working: WorkingTime,
) -> tuple[Reminder, ...]:
    agreed = _meeting(lead)
    if agreed is not None:
        return (_agreed_call(agreed, rules, moved, working),)
    grade = lead.grade
    if grade is None or grade.next_contact_by is None:
        return ()
    since = _last_heard(lead, working)
    letter = grade.letter.value
    reasons = [LeadReason(text=f"{letter} 级：{cadence[Letter(letter)].what}", evidence=grade.reasons[0].evidence)]
    day, until, why = _day(since.date(), grade.next_contact_by, moved)
    reasons += why
    at, closes, when = _hour(day, since, moved, rules, working)
    reasons += when
    by = max(closes, working.closing(until)) if is_working_day(until) else closes
    means = Means.CALL if moved.means is None else moved.means[0]
    return (Reminder(kind=ReminderKind.CONTACT, at=at, by=max(at, by), means=means, reasons=tuple(reasons)),)


def _last_heard(lead: KnownLead, working: WorkingTime) -> datetime:
    """When the lead's last call began, or the CRM last reported something where there is none; a grade has either."""
    return working.local(max([call.call.time for call in lead.calls] or [one.at for one in lead.outcomes]))


def _day(since: date, until: date, moved: _Moved) -> tuple[date, date, tuple[LeadReason, ...]]:
    """The day to contact on, the last day for it, and what moved it from the cadence's own."""
    reasons = []
    earliest = since + DAY
    wish = moved.day
    if wish is not None and wish.kind == "not-before" and wish.day > since:
        reasons.append(_because(f"客户说“{wish.said}”，不早于{said_day(wish.day)}", wish.evidence))
        earliest = max(earliest, wish.day)
        until = max(until, wish.day)
    if wish is not None and wish.kind == "until" and since <= wish.day < until:
        reasons.append(_because(f"客户说“{wish.said}”，最晚{said_day(wish.day)}", wish.evidence))
        until = wish.day
        earliest = min(earliest, until)
    if moved.weekend is not None and moved.weekend.kind == "weekend":
        weekend = _weekend(earliest, until)
        weekly = moved.weekend
        if weekend is not None:
            reasons.append(
                _because(f"{_said_by(weekly)}“{weekly.said}”，安排在{said_day(weekend)}（周末）", weekly.evidence)
            )
            return weekend, max(until, weekend), tuple(reasons)
    day = _working_day(earliest, until)
    if day != until:
        moved_by = "非工作日，提前到" if day < until else "非工作日，顺延到"
        reasons.append(LeadReason(text=f"{said_day(until)}是{moved_by}{said_day(day)}"))
    return day, day, tuple(reasons)


def _working_day(earliest: date, until: date) -> date:
    """The last working day up to ``until`` that is not before ``earliest``, else the first one after."""
    last = working_day_until(until)
    return last if last >= earliest else working_day_from(earliest)


def _weekend(earliest: date, until: date) -> date | None:
    """The last free weekend day up to ``until``, else the first within a week after it."""
    last = max(until, earliest)
    days = [last - count * DAY for count in range((last - earliest).days + 1)]
    days += [last + count * DAY for count in range(1, 8)]
    return next((day for day in days if is_free_weekend(day)), None)


def _hour(
    day: date, since: datetime, moved: _Moved, rules: FollowUpRules, working: WorkingTime
) -> tuple[datetime, datetime, tuple[LeadReason, ...]]:
    """When on this day to begin, when it is too late, and what was said about it."""
    spans, reasons = _spans(moved, rules)
    soonest = since + SOON
    not_before = soonest.time() if soonest.date() == day else time.max if soonest.date() > day else time.min
    left = tuple((max(start, not_before), end) for start, end in spans if end > not_before)
    if not left:  # too late for today
        return _hour(working_day_from(day + DAY), since, moved, rules, working)
    at, end = _suitable(left, rules)
    return working.at(day, at), working.at(day, end), reasons


def _suitable(spans: Sequence[Span], rules: FollowUpRules) -> Span:
    """A usual hour that lies in one of these stretches, else the beginning of the first; and the stretch's end."""
    usual = ((at, end) for at in rules.usual for start, end in spans if start <= at < end)
    return next(usual, spans[0])


def _spans(moved: _Moved, rules: FollowUpRules) -> tuple[tuple[Span, ...], tuple[LeadReason, ...]]:
    """The hours that suit the customer, as early and late as calling goes, and his words."""
    usual = ((rules.hours.from_, rules.hours.to),)
    if moved.means is not None and moved.means[0] is not Means.CALL:  # a message disturbs nobody at work
        return usual, (moved.means[1],)
    widest = ((rules.asked_for.from_, rules.asked_for.to),)
    closed = tuple((wish.hours.from_, wish.hours.to) for wish in moved.closed)
    opened = tuple((wish.hours.from_, wish.hours.to) for wish in moved.open)
    reasons = [
        _because(f"{_said_by(wish)}“{wish.said}”，避开{_said_hours(wish)}", wish.evidence) for wish in moved.closed
    ]
    reasons += [
        _because(f"{_said_by(wish)}“{wish.said}”，安排在{_said_hours(wish)}", wish.evidence) for wish in moved.open
    ]
    for allowed in (
        without(overlap(opened, usual), closed),
        without(overlap(opened, widest), closed),
        overlap(opened, widest),
        without(usual, closed),
        without(widest, closed),
    ):
        if allowed:
            return allowed, tuple(reasons)
    return usual, (*reasons, LeadReason(text="客户说的时段都不合适，安排在工作时间，请先发消息"))


# ---------------------------------------------------------------- appointments


def _agreed_call(
    agreed: tuple[Appointment, LeadReason], rules: FollowUpRules, moved: _Moved, working: WorkingTime
) -> Reminder:
    """The call that was agreed on: at its hour whatever the hour, else when calling suits that day."""
    appointment, reason = agreed
    reasons: tuple[LeadReason, ...] = (reason,)
    day = date.fromisoformat(appointment.at[:10])
    if len(appointment.at) > len("2026-03-14"):
        at = working.at(day, time.fromisoformat(appointment.at[11:16]))
        closes = at + SOON
    else:
        spans, why = _spans(moved, rules)
        begin, end = _suitable(spans, rules)
        at, closes = working.at(day, begin), working.at(day, end)
        reasons = (reason, *why)
    if not is_working_day(day):
        reasons = (*reasons, LeadReason(text="当天不是工作日，请安排好值班"))
    return Reminder(kind=ReminderKind.CONTACT, at=at, by=closes, means=Means.CALL, reasons=reasons)


def _around(
    meeting: tuple[Appointment, LeadReason],
    lead: KnownLead,
    rules: FollowUpRules,
    moved: _Moved,
    working: WorkingTime,
) -> tuple[Reminder, ...]:
    """Before, on and after the day of a meeting; nothing after it once the customer was there."""
    appointment, reason = meeting
    day = date.fromisoformat(appointment.at[:10])
    since = _last_heard(lead, working)
    hour = appointment.at[11:16]
    begins = working.at(day, time.fromisoformat(hour)) if hour else working.opening(day)
    found = []
    before = working_day_until(day - DAY)
    if before > since.date():
        at, closes, why = _hour(before, since, moved, rules, working)
        means = Means.CALL if moved.means is None else moved.means[0]
        confirm = LeadReason(text="约定前一个工作日，和客户确认时间")
        found.append(
            Reminder(
                kind=ReminderKind.CONFIRM, at=at, by=closes, ends=begins, means=means, reasons=(reason, confirm, *why)
            )
        )
    morning = min(working.opening(day), begins)
    found.append(
        Reminder(
            kind=ReminderKind.VISIT,
            at=morning,
            by=max(begins, working.closing(day)),
            ends=working.at(day + DAY, time.min),
            means=Means.IN_PERSON,
            reasons=(reason,),
        )
    )
    if not any(one.kind is OutcomeKind.VISITED and working.local(one.at).date() >= day for one in lead.outcomes):
        following = next_working_day(day)
        at, closes, why = _hour(following, since, moved, rules, working)
        asked = LeadReason(text="约定的日子已过，还没有新的消息：问一下来了没有、下一步怎样")
        found.append(
            Reminder(kind=ReminderKind.AFTER, at=at, by=closes, means=Means.CALL, reasons=(reason, asked, *why))
        )
    return tuple(found)


# ---------------------------------------------------------------- words


def _because(text: str, evidence: tuple[CallEvidence, ...]) -> LeadReason:
    return LeadReason(text=text, evidence=evidence)


def _said_by(wish: HoursWish | WeekendWish) -> str:
    return "客户说" if wish.evidence else "顾问更正的备忘是"


def said_day(day: date) -> str:
    """The day as a reason names it: 3月14日."""
    return f"{day.month}月{day.day}日"


def _said_hours(wish: HoursWish) -> str:
    return f"{wish.hours.from_:%H:%M}–{wish.hours.to:%H:%M}"
