"""The tags of leads: the CRM's and those of the customer's words, kept so that leads can be listed by them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from qc.leads.tags import LeadTag
from qc.store.tables import LeadRow, LeadTagRow


def keep_found_tags(session: Session, row: LeadRow, found: Iterable[LeadTag]) -> None:
    """Keeps what the customer's words show; whoever calls holds the lead (`qc.store.leads.lead_row`)."""
    row.found_tags = [tag.model_dump(mode="json") for tag in found]
    index_tags(session, row)


def index_tags(session: Session, row: LeadRow) -> None:
    """Makes the lead be found by the tags it has now, the CRM's and the words'."""
    wanted = {*row.tags, *(tag.tag for tag in found_tags(row))}
    kept = set(session.scalars(select(LeadTagRow.tag).where(LeadTagRow.lead_id == row.id)))
    if gone := kept - wanted:
        session.execute(delete(LeadTagRow).where(LeadTagRow.lead_id == row.id, LeadTagRow.tag.in_(gone)))
    session.add_all(LeadTagRow(lead_id=row.id, tag=tag) for tag in sorted(wanted - kept))


def found_tags(row: LeadRow) -> tuple[LeadTag, ...]:
    """The tags that the customer's words show, the newest call's first."""
    return tuple(LeadTag.model_validate(tag) for tag in row.found_tags or ())
