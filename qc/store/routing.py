"""Who of a lead's store might take it, from what is stored about all leads of the store."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from qc.domain import Record
from qc.leads.facts import LeadFacts
from qc.leads.routing import (
    ACTIVE_DAYS,
    ORDER_DAYS,
    PAST_DAYS,
    RECENT_DAYS,
    TEAM_DAYS,
    Limits,
    Load,
    PastLead,
    Suggestion,
    suggest_consultants,
)
from qc.store.lead_facts import read_lead_facts
from qc.store.leads import get_lead, recordings_of_lead
from qc.store.tables import RecordingRow


class Team(Record):
    """A lead's store, the tags it is matched by, and the store's consultants in the order in which to offer it."""

    store: str | None
    """``None`` if neither the CRM nor a call names the lead's store: then there is nobody to suggest."""
    tags: tuple[str, ...]
    past_leads: int
    """How many leads of the store the rates are of: those whose time to order is over."""
    suggestions: tuple[Suggestion, ...]


def suggest_for_lead(session: Session, lead_id: str, limits: Limits, now: datetime) -> Team:
    """Whom to offer this lead, best first.

    Raises:
        NotFound: ``no-such-lead``.
    """
    lead = get_lead(session, lead_id)
    calls = recordings_of_lead(session, lead.external_id)
    store = lead.store or next((call.store for call in reversed(calls) if call.store), None)
    current = lead.consultant or next((call.agent for call in reversed(calls) if call.agent), None)
    tags = tuple(dict.fromkeys((*lead.tags, *(tag.tag for tag in lead.found_tags))))
    if store is None:
        return Team(store=None, tags=tags, past_leads=0, suggestions=())
    since = now - timedelta(days=PAST_DAYS + ORDER_DAYS)
    others = [one for one in read_lead_facts(session, since=since, store=store, with_grades=False) if one.id != lead_id]
    past = [
        PastLead(one.consultant, one.tags, one.won_within(ORDER_DAYS))
        for one in others
        if one.consultant is not None and one.at <= now - timedelta(days=ORDER_DAYS)
    ]
    team = _callers(session, store, now) | ({current} if current is not None else set())
    loads = _loads(others, team, now)
    suggestions = suggest_consultants(tags, past, loads, limits, current=current)
    return Team(store=store, tags=tags, past_leads=len(past), suggestions=suggestions)


def _callers(session: Session, store: str, now: datetime) -> set[str]:
    """Whoever called for the store lately."""
    rows = session.scalars(
        select(RecordingRow.agent)
        .where(
            RecordingRow.store == store,
            RecordingRow.agent.is_not(None),
            RecordingRow.started_at >= now - timedelta(days=TEAM_DAYS),
        )
        .distinct()
    )
    return {agent for agent in rows if agent is not None}


def _loads(leads: list[LeadFacts], team: set[str], now: datetime) -> dict[str, Load]:
    def younger(lead: LeadFacts, days: int) -> bool:
        return lead.at > now - timedelta(days=days)

    lately = {lead.consultant for lead in leads if lead.consultant is not None and younger(lead, TEAM_DAYS)}
    return {
        name: Load(
            open_leads=sum(lead.is_open and younger(lead, ACTIVE_DAYS) for lead in leads if lead.consultant == name),
            recent_leads=sum(younger(lead, RECENT_DAYS) for lead in leads if lead.consultant == name),
        )
        for name in sorted(team | lately)
    }
