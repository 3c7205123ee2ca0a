"""How soon new leads were called: the CRM's leads beside the calls that were sent to us."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import Session

from qc.domain import Record
from qc.follow_up import FirstContact, Planner, Promptness, first_contact, promptness
from qc.store.follow_ups import LeadInShort, in_short
from qc.store.paging import read_page
from qc.store.records import Page
from qc.store.tables import FollowUpRow, LeadRow, OutcomeRow, RecordingRow

PERIOD: Final = timedelta(days=30)
"""What is summed up where nobody names a period."""
GroupBy = Literal["consultant", "store"]
AT_ONCE: Final = 1000
"""So many leads are asked about in one query; SQLite takes 32,766 values in one."""


class NewLeadContact(Record):
    """How soon one new lead was called."""

    lead: LeadInShort
    at: datetime
    """When the lead was created."""
    contact: FirstContact


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
    return Page(items=_contacts(session, rows, at, planner), next_cursor=next_cursor)


def summarise_first_contacts(
    session: Session, at: datetime, planner: Planner, by: GroupBy, *, since: datetime, until: datetime
) -> tuple[PromptnessOf, ...]:
    """How soon each consultant or store called the leads created in this period, the latest of them first."""
    rows = session.scalars(select(LeadRow).where(*_posted(since, until)).order_by(LeadRow.at, LeadRow.id)).all()
    groups: dict[str | None, list[FirstContact]] = defaultdict(list)
    for start in range(0, len(rows), AT_ONCE):
        for one in _contacts(session, rows[start : start + AT_ONCE], at, planner):
            groups[getattr(one.lead, by)].append(one.contact)
    found = [PromptnessOf(name=name, promptness=promptness(contacts)) for name, contacts in groups.items()]
    return tuple(sorted(found, key=lambda one: (-one.promptness.late / one.promptness.leads, one.name or "")))


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
        conditions.append(func.coalesce(LeadRow.consultant, FollowUpRow.agent) == consultant)
    if store is not None:
        conditions.append(LeadRow.store == store)
    return tuple(conditions)


def _called_at() -> ScalarSelect[datetime]:
    return (
        select(func.min(RecordingRow.started_at))
        .where(RecordingRow.lead == LeadRow.external_id)
        .correlate(LeadRow)
        .scalar_subquery()
    )


def _contacts(session: Session, leads: Sequence[LeadRow], at: datetime, planner: Planner) -> tuple[NewLeadContact, ...]:
    ids, names = [lead.id for lead in leads], [lead.external_id for lead in leads]
    calls = {
        name: (first, received)
        for name, first, received in session.execute(
            select(RecordingRow.lead, func.min(RecordingRow.started_at), func.min(RecordingRow.created_at))
            .where(RecordingRow.lead.in_(names))
            .group_by(RecordingRow.lead)
        )
    }
    told = (
        select(OutcomeRow.lead_id, func.min(OutcomeRow.created_at))
        .where(OutcomeRow.lead_id.in_(ids))
        .group_by(OutcomeRow.lead_id)
    )
    news = {row[0]: row[1] for row in session.execute(told)}
    plans = {row.lead_id: row for row in session.scalars(select(FollowUpRow).where(FollowUpRow.lead_id.in_(ids)))}
    found = []
    for lead in leads:
        created = lead.at or at
        called_at, received = calls.get(lead.external_id, (None, None))
        heard = [moment for moment in (received, news.get(lead.id)) if moment is not None]
        contact = first_contact(
            created, called_at, min(heard, default=None), at, planner.rules.first_contact, planner.working
        )
        found.append(NewLeadContact(lead=in_short(lead, plans.get(lead.id)), at=created, contact=contact))
    return tuple(found)
