"""Plans of following leads up: kept beside each lead, made anew when the lead or the rules have changed, and listed.

A plan depends on nothing but what is stored about the lead and on the rules, never on the moment at which it is made;
what is due or overdue follows from the plan when a list is read. The general worker makes plans within seconds of a
change (`workers.planning`), so that neither inspecting nor the feed of grades waits for them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from qc.domain import Record
from qc.errors import Unavailable
from qc.follow_up import (
    CalendarEntry,
    Callback,
    CallbackKind,
    FollowUp,
    KnownAnswer,
    KnownLead,
    Planner,
    Reminder,
    WorkingTime,
    talking_points,
)
from qc.leads import LeadGrade, LeadLetter, MergedField
from qc.store.database import Database
from qc.store.leads import calls_of_lead, lead_row, outcomes_of_lead, recordings_of_lead, theirs_of
from qc.store.paging import now, read_page
from qc.store.records import Page
from qc.store.tables import FollowUpRow, LeadRow, ReminderRow
from qc.traces import log_error

log = logging.getLogger(__name__)

_MEMO = TypeAdapter(dict[str, MergedField])
_ANSWERS = TypeAdapter(tuple[KnownAnswer, ...])


class FollowUpState(StrEnum):
    """Whether it is time."""

    OVERDUE = "overdue"
    DUE = "due"
    """For today, or since an earlier day, and not overdue."""
    UPCOMING = "upcoming"


class LeadInShort(Record):
    """Which lead it is about."""

    id: str
    external_id: str
    store: str | None
    consultant: str | None
    """As the CRM says, else who spoke in its last call."""
    customer: str | None
    letter: LeadLetter | None


class ToDo(Record):
    """A reminder as one line of a list."""

    id: str
    lead: LeadInShort
    state: FollowUpState
    reminder: Reminder
    talk: tuple[str, ...]
    """What there is to talk about, in few words each."""


class ToCall(Record):
    """A lead that is worth a return call."""

    lead: LeadInShort
    callback: Callback
    answers: tuple[KnownAnswer, ...]
    talk: tuple[str, ...]


# ---------------------------------------------------------------- making plans


class StaleLead(NamedTuple):
    """A lead that is to be planned for, and the state of it that was seen."""

    external_id: str
    updated_at: datetime


def find_stale(session: Session, planner: Planner, limit: int) -> tuple[StaleLead, ...]:
    """Leads that have changed since they were planned for, the one waiting longest first; then those of other rules.

    Asked every few seconds, so each of its queries reads an index in its order, and no more of it than ``limit``.
    """
    changed = or_(LeadRow.planned_for.is_(None), LeadRow.planned_for != LeadRow.updated_at)
    by = LeadRow.planned_by
    # Other rules are the hashes before and after this one: what is unequal cannot be looked up.
    ways = ((changed, LeadRow.updated_at), (by < planner.version, by), (by > planner.version, by))
    stale: dict[str, StaleLead] = {}
    for condition, order in ways:
        rows = session.execute(
            select(LeadRow.external_id, LeadRow.updated_at)
            .where(condition)
            .order_by(order, LeadRow.id)
            .limit(limit - len(stale))
        )
        stale |= {row.external_id: StaleLead(row.external_id, row.updated_at) for row in rows}
    return tuple(stale.values())


def plan_stale(
    database: Database, planner: Planner, limit: int = 200, *, stopped: Callable[[], bool] = lambda: False
) -> int:
    """How many leads were planned for anew, each in a transaction of its own, until it is to be ``stopped``.

    One that cannot be planned for is logged and keeps its old plan until it changes again, so that neither the others
    nor the log suffer from it.
    """
    with database.reading() as session:
        stale = find_stale(session, planner, limit)
    planned = 0
    for lead in stale:
        if stopped():
            break
        try:
            with database.writing() as session:
                plan_again(session, lead.external_id, planner)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is logged, and the others do not wait for it
            log_error(log, error, "nothing is planned for lead %s", lead.external_id)
            with database.writing() as session:
                _set_aside(session, lead, planner)
        else:
            planned += 1
    return planned


def _set_aside(session: Session, lead: StaleLead, planner: Planner) -> None:
    """Counts this state of the lead as planned for, if it still is the lead's."""
    session.execute(
        update(LeadRow)
        .where(LeadRow.external_id == lead.external_id, LeadRow.updated_at == lead.updated_at)
        .values(planned_for=lead.updated_at, planned_by=planner.version)
    )


def plan_again(session: Session, external_id: str, planner: Planner) -> None:
    """Plans for the lead by all that is stored about it, unless another worker just has.

    Nobody else writes about it meanwhile.
    """
    lead = lead_row(session, external_id)
    if (lead.planned_for, lead.planned_by) == (lead.updated_at, planner.version):
        return
    calls = calls_of_lead(session, external_id)
    outcomes = outcomes_of_lead(session, lead.id)
    recordings = recordings_of_lead(session, external_id)
    called = [one.started_at for one in recordings if one.counts_as_call]
    facts = KnownLead(
        at=lead.at,
        grade=None if lead.grade is None else LeadGrade.model_validate(lead.grade),
        memo=_memo(lead),
        calls=calls,
        outcomes=outcomes,
        called_at=called[0] if called else None,
        unheard=len(recordings) - len(called),
    )
    follow_up = planner.follow_up(facts, theirs_of(lead, outcomes, recordings))
    agent = next((one.agent for one in reversed(recordings) if one.agent is not None), None)
    session.merge(_row(lead, follow_up, agent))
    lead.planned_for, lead.planned_by = lead.updated_at, planner.version
    _keep_reminders(session, lead.id, follow_up.plan.reminders)


def _row(lead: LeadRow, made: FollowUp, agent: str | None) -> FollowUpRow:
    callback = made.callback
    return FollowUpRow(
        lead_id=lead.id,
        agent=agent,
        call_due=made.call_due,
        feedback_due=made.feedback_due,
        callback=callback and callback.kind,
        callback_since=callback and callback.since,
        callback_until=callback and callback.until,
        content={
            "stopped": made.plan.stopped and made.plan.stopped.model_dump(mode="json"),
            "callback": callback and callback.model_dump(mode="json"),
            "answers": [one.model_dump(mode="json") for one in made.answers],
        },
    )


def _keep_reminders(session: Session, lead_id: str, reminders: tuple[Reminder, ...]) -> None:
    """Leaves a reminder as it is that has not changed, so that calendars see no change either."""
    kept = {row.kind: row for row in session.scalars(select(ReminderRow).where(ReminderRow.lead_id == lead_id))}
    for reminder in reminders:
        content = reminder.model_dump(mode="json")
        row = kept.pop(reminder.kind, None)
        if row is not None and row.content == content:
            continue
        if row is None:
            row = ReminderRow(id=f"{lead_id}-{reminder.kind}", lead_id=lead_id, kind=reminder.kind)
            session.add(row)
        row.at, row.due_by, row.ends_at = reminder.at, reminder.by, reminder.ends
        row.content, row.changed_at = content, now()
    for row in kept.values():
        session.delete(row)
    session.flush()


# ---------------------------------------------------------------- reading them


def find_follow_ups(
    session: Session,
    at: datetime,
    working: WorkingTime,
    *,
    consultant: str | None = None,
    store: str | None = None,
    state: FollowUpState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ToDo]:
    """What there is to do as of this moment, by when it was or is to be done, the earliest first.

    Raises:
        BadInput: ``bad-cursor``.
    """
    tomorrow = working.at(working.local(at).date() + timedelta(days=1), time.min)
    conditions = [_alive(at)]
    if consultant is not None:
        conditions.append(_follows_up() == consultant)
    if store is not None:
        conditions.append(LeadRow.store == store)
    if state is FollowUpState.OVERDUE:
        conditions.append(ReminderRow.due_by < at)
    elif state is FollowUpState.DUE:
        conditions.append(and_(ReminderRow.due_by >= at, ReminderRow.at < tomorrow))
    elif state is FollowUpState.UPCOMING:
        conditions.append(and_(ReminderRow.due_by >= at, ReminderRow.at >= tomorrow))
    rows, next_cursor = read_page(
        session,
        _reminders().where(*conditions),
        (ReminderRow.at, ReminderRow.id),
        cursor=cursor,
        limit=limit,
        soonest_first=True,
    )
    leads = _leads_of(session, [row.lead_id for row in rows])
    items = tuple(_to_do(row, *leads[row.lead_id], at, tomorrow) for row in rows)
    return Page(items=items, next_cursor=next_cursor)


def find_callbacks(
    session: Session,
    at: datetime,
    *,
    kind: CallbackKind | None = None,
    consultant: str | None = None,
    store: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ToCall]:
    """The leads worth a return call as of this moment, the one that became so last first.

    Raises:
        BadInput: ``bad-cursor``.
    """
    until = FollowUpRow.callback_until
    conditions = [FollowUpRow.callback_since <= at, or_(until.is_(None), until > at)]
    if kind is not None:
        conditions.append(FollowUpRow.callback == kind)
    if consultant is not None:
        conditions.append(_follows_up() == consultant)
    if store is not None:
        conditions.append(LeadRow.store == store)
    statement = select(FollowUpRow).join(LeadRow, LeadRow.id == FollowUpRow.lead_id).where(*conditions)
    order = (FollowUpRow.callback_since, FollowUpRow.lead_id)
    rows, next_cursor = read_page(session, statement, order, cursor=cursor, limit=limit)
    leads = _leads_of(session, [row.lead_id for row in rows])
    items = tuple(
        ToCall(
            lead=in_short(*leads[row.lead_id]),
            callback=Callback.model_validate(row.content["callback"]),
            answers=_ANSWERS.validate_python(row.content["answers"]),
            talk=talking_points(_memo(leads[row.lead_id][0])),
        )
        for row in rows
    )
    return Page(items=items, next_cursor=next_cursor)


def entries_of(session: Session, consultant: str, at: datetime, limit: int = 500) -> tuple[CalendarEntry, ...]:
    """The consultant's reminders as of this moment, for a calendar; the soonest first.

    Of more than ``limit`` the last ones, so that none to come is crowded out by what was never done.
    """
    latest = session.scalars(
        _reminders()
        .where(_alive(at), _follows_up() == consultant)
        .order_by(ReminderRow.at.desc(), ReminderRow.id.desc())
        .limit(limit)
    ).all()
    rows = latest[::-1]
    leads = _leads_of(session, [row.lead_id for row in rows])
    return tuple(_entry(row, leads[row.lead_id][0]) for row in rows)


def in_short(lead: LeadRow, plan: FollowUpRow | None) -> LeadInShort:
    """Which lead this is, and who follows it up."""
    return LeadInShort(
        id=lead.id,
        external_id=lead.external_id,
        store=lead.store,
        consultant=lead.consultant or (plan and plan.agent),
        customer=lead.customer,
        letter=None if lead.letter is None else LeadLetter(lead.letter),
    )


def _reminders() -> Select[ReminderRow]:
    return (
        select(ReminderRow)
        .join(LeadRow, LeadRow.id == ReminderRow.lead_id)
        .join(FollowUpRow, FollowUpRow.lead_id == ReminderRow.lead_id)
    )


def _alive(at: datetime) -> ColumnElement[bool]:
    return or_(ReminderRow.ends_at.is_(None), ReminderRow.ends_at > at)


def _follows_up() -> ColumnElement[str | None]:
    return func.coalesce(LeadRow.consultant, FollowUpRow.agent)


def _leads_of(session: Session, ids: list[str]) -> dict[str, tuple[LeadRow, FollowUpRow]]:
    statement = (
        select(LeadRow, FollowUpRow).join(FollowUpRow, FollowUpRow.lead_id == LeadRow.id).where(LeadRow.id.in_(ids))
    )
    return {lead.id: (lead, plan) for lead, plan in session.execute(statement)}


def _memo(lead: LeadRow) -> dict[str, MergedField]:
    return _MEMO.validate_python(lead.memo or {})


def _to_do(row: ReminderRow, lead: LeadRow, plan: FollowUpRow, at: datetime, tomorrow: datetime) -> ToDo:
    state = FollowUpState.UPCOMING if row.at >= tomorrow else FollowUpState.DUE
    return ToDo(
        id=row.id,
        lead=in_short(lead, plan),
        state=FollowUpState.OVERDUE if row.due_by < at else state,
        reminder=Reminder.model_validate(row.content),
        talk=talking_points(_memo(lead)),
    )


def _entry(row: ReminderRow, lead: LeadRow) -> CalendarEntry:
    return CalendarEntry(
        id=row.id,
        lead=lead.external_id,
        customer=lead.customer,
        letter=None if lead.letter is None else LeadLetter(lead.letter),
        memo=_memo(lead),
        reminder=Reminder.model_validate(row.content),
        changed_at=row.changed_at,
    )
