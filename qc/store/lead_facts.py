"""Leads as statistics see them, read as they are taken: however many there are, only some are in memory at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Row, case, func, select
from sqlalchemy.orm import Session

from qc.leads import LeadLetter, OutcomeKind
from qc.leads.facts import Graded, Happened, LeadFacts
from qc.store.recordings import counts_as_call
from qc.store.tables import GradeChangeRow, LeadRow, LeadTagRow, OutcomeRow, RecordingRow

AT_ONCE: Final = 1000
"""So many leads are read in one go, each kind of what belongs to them in one query."""


class _Calls(NamedTuple):
    """What the calls of a lead say of it where the CRM says nothing."""

    first: datetime | None
    source: str | None
    store: str | None
    agent: str | None


def read_lead_facts(
    session: Session,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    store: str | None = None,
    with_grades: bool = True,
) -> Iterator[LeadFacts]:
    """The leads created in this time, the oldest first; ``until`` is no longer in it.

    They are read while they are taken, from the session as it is then. Without ``with_grades`` they have none, which is quicker.
    """
    at = func.coalesce(LeadRow.at, LeadRow.created_at)
    wanted = (
        condition
        for condition in (
            None if since is None else at >= since,
            None if until is None else at < until,
            None if store is None else func.coalesce(LeadRow.store, store) == store,
        )
        if condition is not None
    )
    statement = (
        select(
            LeadRow.id,
            LeadRow.external_id,
            LeadRow.at,
            LeadRow.created_at,
            LeadRow.source,
            LeadRow.store,
            LeadRow.consultant,
            LeadRow.letter,
            LeadRow.misjudged,
        )
        .where(*wanted)
        .order_by(at, LeadRow.id)
        .execution_options(yield_per=AT_ONCE)
    )
    for rows in session.execute(statement).partitions():
        for one in _facts(session, rows, with_grades=with_grades):
            if store is None or one.store == store:
                yield one


def _facts(session: Session, rows: Sequence[Row[*tuple[Any, ...]]], *, with_grades: bool) -> Iterator[LeadFacts]:
    wanted = LeadRow.id.in_([row.id for row in rows])
    calls, outcomes = _calls(session, wanted), _outcomes(session, wanted)
    tags = _tags(session, wanted)
    grades = _grades(session, wanted) if with_grades else {}
    for row in rows:
        called = calls.get(row.external_id)
        yield LeadFacts(
            id=row.id,
            at=row.at or row.created_at,
            source=row.source or (called and called.source),
            store=row.store or (called and called.store),
            consultant=row.consultant or (called and called.agent),
            letter=None if row.letter is None else LeadLetter(row.letter),
            misjudged=row.misjudged,
            tags=frozenset(tags[row.id]),
            outcomes=tuple(outcomes[row.id]),
            grades=tuple(grades.get(row.id, ())),
            first_call=called and called.first,
        )


def _calls(session: Session, wanted: ColumnElement[bool]) -> dict[str, _Calls]:
    rows = session.execute(
        select(
            LeadRow.external_id,
            case((counts_as_call(), RecordingRow.started_at)),
            RecordingRow.source,
            RecordingRow.store,
            RecordingRow.agent,
        )
        .join(RecordingRow, LeadRow.external_id == RecordingRow.lead)
        .where(wanted)
        .order_by(RecordingRow.started_at, RecordingRow.id)
    )
    calls: dict[str, _Calls] = {}
    for lead, started_at, source, store, agent in rows:
        before = calls.get(lead)
        if before is None:
            calls[lead] = _Calls(started_at, source, store, agent)
        else:  # the newest that says something
            calls[lead] = _Calls(
                before.first or started_at, source or before.source, store or before.store, agent or before.agent
            )
    return calls


def _outcomes(session: Session, wanted: ColumnElement[bool]) -> defaultdict[str, list[Happened]]:
    rows = session.execute(
        select(OutcomeRow.lead_id, OutcomeRow.kind, OutcomeRow.at)
        .join(LeadRow, LeadRow.id == OutcomeRow.lead_id)
        .where(wanted)
        .order_by(OutcomeRow.at, OutcomeRow.created_at, OutcomeRow.id)
    )
    outcomes: defaultdict[str, list[Happened]] = defaultdict(list)
    for lead_id, kind, at in rows:
        outcomes[lead_id].append(Happened(OutcomeKind(kind), at))
    return outcomes


def _grades(session: Session, wanted: ColumnElement[bool]) -> defaultdict[str, list[Graded]]:
    grade = GradeChangeRow.content["grade"]
    rows = session.execute(
        select(
            GradeChangeRow.lead_id,
            grade["letter"].as_string(),
            grade["probability"].as_float(),
            grade["outcome_id"].as_string(),
            grade["words"]["told_at"].as_string(),
            OutcomeRow.at,
            GradeChangeRow.created_at,
        )
        .join(LeadRow, LeadRow.id == GradeChangeRow.lead_id)
        .outerjoin(OutcomeRow, OutcomeRow.id == GradeChangeRow.outcome_id)
        .where(wanted)
        .order_by(GradeChangeRow.lead_id, GradeChangeRow.lead_number)
    )
    grades: defaultdict[str, list[Graded]] = defaultdict(list)
    for lead_id, letter, probability, decided_by, told_at, reported_at, created_at in rows:
        so_far = grades[lead_id]
        if so_far and so_far[-1].letter == letter:
            continue  # only the day of next contact changed
        at = reported_at or (created_at if told_at is None else datetime.fromisoformat(told_at))
        if so_far:
            at = max(at, so_far[-1].at)
        so_far.append(Graded(LeadLetter(letter), at, probability, decided_by is None))
    return grades


def _tags(session: Session, wanted: ColumnElement[bool]) -> defaultdict[str, list[str]]:
    rows = session.execute(
        select(LeadTagRow.lead_id, LeadTagRow.tag).join(LeadRow, LeadRow.id == LeadTagRow.lead_id).where(wanted)
    )
    tags: defaultdict[str, list[str]] = defaultdict(list)
    for lead_id, tag in rows:
        tags[lead_id].append(tag)
    return tags
