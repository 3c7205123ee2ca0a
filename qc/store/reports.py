"""Reports about the leads that are stored."""

from __future__ import annotations

from sqlalchemy.orm import Session

from qc.leads.reports import Asked, Report, ReportName, make_report
from qc.rulebook.grading import Preset
from qc.store.lead_facts import read_lead_facts


def read_report(
    session: Session, name: ReportName, asked: Asked, preset: Preset, *, store: str | None = None
) -> Report:
    """The report of this name over the leads created in the time asked for, of one store or of all."""
    with_grades = name is not ReportName.SOURCES
    leads = read_lead_facts(session, since=asked.since, until=asked.until, store=store, with_grades=with_grades)
    return make_report(name, leads, asked, preset)
