"""How soon new leads were called: the CRM's leads beside the calls that were sent to us."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from qc.domain import Record
from qc.follow_up import FirstContact, Planner, Promptness, first_contact, promptness
from qc.store.follow_ups import LeadInShort, in_short
from qc.store.paging import read_page
from qc.store.recordings import counts_as_call
from qc.store.records import Page
from qc.store.tables import FollowUpRow, LeadRow, OutcomeRow, RecordingRow

PERIOD: Final = timedelta(days=30)
"""What is summed up where nobody names a period."""
GroupBy = Literal["consultant", "store"]
AT_ONCE: Final = 1000
"""So many leads are taken from the database in one go."""
_ITS_RECORDINGS: Final = RecordingRow.lead == LeadRow.external_id


class NewLeadContact(Record):
    """How soon one new lead was called."""

    lead: LeadInShort
    at: datetime
    """When the lead was created."""
    contact: FirstContact


class _Moments(NamedTuple):
    """What is known of one lead's first contact."""

    created: datetime
    called: datetime | None
    received: datetime | None
    """When the first call's record reached us."""
    told: datetime | None
    """When the first news about the lead did."""
    unheard: int
    """How many calls were sent whose recording could not be heard."""


class PromptnessOf(Record):
    """How soon a consultant or a store calls new leads."""

    name: str | None
    """``None`` for leads that name none."""
    promptness: Promptness


def find_first_contacts(
    session: Session,
    at: datetime,
    planner: Planner,
    *,
    consultant: str | None = None,
    store: str | None = None,
    late: bool | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[NewLeadContact]:
    """The leads that the CRM has posted, the newest first, and how soon each was called as of this moment.

    Raises:
        BadInput: ``bad-cursor``.
    """
    statement = (
        select(LeadRow)
        .outerjoin(FollowUpRow, FollowUpRow.lead_id == LeadRow.id)
        .where(*_posted(since, until), *_of(consultant, store))
    )
    if late is not None:
        too_late = func.coalesce(_called_at(), at) > FollowUpRow.call_due
        statement = statement.where(too_late if late else ~too_late)
    rows, next_cursor = read_page(session, statement, (LeadRow.at, LeadRow.id), cursor=cursor, limit=limit)
    contacts = _contacts(session, [row.id for row in rows], at, planner)
    return Page(items=tuple(contacts[row.id] for row in rows), next_cursor=next_cursor)


def summarise_first_contacts(
    session: Session, at: datetime, planner: Planner, by: GroupBy, *, since: datetime, until: datetime
) -> tuple[PromptnessOf, ...]:
    """How soon each consultant or store called the leads created in this period, the latest of them first.

    The leads pass through one after the other, so that any number of them takes no more memory than a few.
    """
    name = LeadRow.store if by == "store" else _consultant()
    statement = (
        select(name, *_moments())
        .outerjoin(FollowUpRow, FollowUpRow.lead_id == LeadRow.id)
        .where(*_posted(since, until))
        .order_by(name)
        .execution_options(yield_per=AT_ONCE)
    )
    found = [
        PromptnessOf(name=who, promptness=promptness(_contact(_Moments(*row[1:]), at, planner) for row in rows))
        for who, rows in groupby(session.execute(statement), key=itemgetter(0))
    ]
    return tuple(sorted(found, key=lambda one: (-one.promptness.late / one.promptness.leads, one.name or "")))


def _contacts(session: Session, ids: Sequence[str], at: datetime, planner: Planner) -> dict[str, NewLeadContact]:
    statement = (
        select(LeadRow, FollowUpRow, *_moments())
        .outerjoin(FollowUpRow, FollowUpRow.lead_id == LeadRow.id)
        .where(LeadRow.id.in_(ids))
    )
    found = ((lead, plan, _Moments(*moments)) for lead, plan, *moments in session.execute(statement))
    return {
        lead.id: NewLeadContact(lead=in_short(lead, plan), at=known.created, contact=_contact(known, at, planner))
        for lead, plan, known in found
    }


def _contact(known: _Moments, at: datetime, planner: Planner) -> FirstContact:
    feedback_at = min((moment for moment in (known.received, known.told) if moment is not None), default=None)
    limits = planner.rules.first_contact
    return first_contact(known.created, known.called, feedback_at, at, limits, planner.working, unheard=known.unheard)


def _posted(since: datetime | None, until: datetime | None) -> tuple[ColumnElement[bool], ...]:
    conditions: list[ColumnElement[bool]] = [LeadRow.at.is_not(None)]
    if since is not None:
        conditions.append(LeadRow.at >= since)
    if until is not None:
        conditions.append(LeadRow.at < until)
    return tuple(conditions)


def _of(consultant: str | None, store: str | None) -> tuple[ColumnElement[bool], ...]:
    conditions = []
    if consultant is not None:
        conditions.append(_consultant() == consultant)
    if store is not None:
        conditions.append(LeadRow.store == store)
    return tuple(conditions)


def _consultant() -> ColumnElement[str | None]:
    return func.coalesce(LeadRow.consultant, FollowUpRow.agent)


def _called_at() -> ScalarSelect[datetime]:
    return _first(RecordingRow.started_at, _ITS_RECORDINGS, counts_as_call())


def _moments() -> tuple[ColumnElement[Any], ...]:
    """The columns of `_Moments`."""
    received = _first(RecordingRow.created_at, _ITS_RECORDINGS, counts_as_call())
    told = _first(OutcomeRow.created_at, OutcomeRow.lead_id == LeadRow.id)
    unheard = select(func.count()).where(_ITS_RECORDINGS, ~counts_as_call()).correlate(LeadRow).scalar_subquery()
    return LeadRow.at.expression, _called_at(), received, told, unheard


def _first(moment: InstrumentedAttribute[datetime], *of_lead: ColumnElement[bool]) -> ScalarSelect[datetime]:
    """The earliest of these moments of each lead; an index lookup a lead."""
    return select(func.min(moment)).where(*of_lead).correlate(LeadRow).scalar_subquery()
