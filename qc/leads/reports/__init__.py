"""Reports about leads: tables whose columns say what they are, computed from the leads' facts alone. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Final, NamedTuple, Protocol

from qc.leads.facts import LeadFacts
from qc.leads.reports.grades import GRADES, GRADES_NOTES, GradeTally
from qc.leads.reports.sources import SOURCES, SOURCES_NOTES, SourceTally
from qc.leads.reports.stages import STAGES, STAGES_NOTES, StageTally
from qc.leads.reports.tables import DIMENSIONS, Column, Dimension, Report, ReportName, Row
from qc.rulebook.grading import Preset

__all__ = ["USUAL", "Asked", "Column", "Dimension", "Report", "ReportName", "Row", "columns_of", "make_report"]


class Asked(NamedTuple):
    """What a report is to be of."""

    by: tuple[Dimension, ...]
    since: datetime | None
    until: datetime | None
    made_at: datetime
    """Now: what is not over yet is counted up to it."""
    zone: tzinfo
    """The dealer's: months and days begin there."""


class Tally(Protocol):
    """What a report counts of leads, one after the other, so that it need not hold them."""

    def add(self, lead: LeadFacts) -> None:
        """Counts one more lead."""

    def rows(self) -> Iterable[Row]:
        """The rows of all leads that were counted."""


class _Kind(NamedTuple):
    """A kind of report."""

    title: str
    columns: tuple[Column, ...]
    notes: tuple[str, ...]
    tally: Callable[[Asked, Preset], Tally]


_KINDS: Final[Mapping[ReportName, _Kind]] = {
    ReportName.SOURCES: _Kind("来源与成交", SOURCES, SOURCES_NOTES, lambda asked, _: SourceTally(asked.made_at)),
    ReportName.STAGES: _Kind("阶段停留", STAGES, STAGES_NOTES, lambda asked, _: StageTally(asked.made_at)),
    ReportName.GRADES: _Kind(
        "级别与成交对照",
        GRADES,
        GRADES_NOTES,
        lambda asked, preset: GradeTally(asked.made_at, asked.zone, preset),
    ),
}
USUAL: Final[Mapping[ReportName, tuple[Dimension, ...]]] = {
    ReportName.SOURCES: (Dimension.SOURCE,),
    ReportName.STAGES: (),
    ReportName.GRADES: (),
}
"""What each is counted by unless something else is asked for."""


def columns_of(name: ReportName) -> tuple[Column, ...]:
    """The columns of this report after those it is counted by."""
    return _KINDS[name].columns


def make_report(name: ReportName, leads: Iterable[LeadFacts], asked: Asked, preset: Preset) -> Report:
    """The report of this name over these leads, its times in the zone asked for.

    ``preset`` has the horizons that grades promise.
    """
    kind = _KINDS[name]
    totals = kind.tally(asked, preset)
    groups: defaultdict[tuple[str, ...], Tally] = defaultdict(lambda: kind.tally(asked, preset))
    for lead in leads:
        totals.add(lead)
        if asked.by:
            groups[tuple(_value(lead, dimension, asked.zone) for dimension in asked.by)].add(lead)
    rows = [
        {**{by.value: part or None for by, part in zip(asked.by, key, strict=True)}, **row}
        for key in sorted(groups)
        for row in groups[key].rows()
    ]
    return Report(
        report=name,
        title=kind.title,
        by=asked.by,
        since=asked.since and asked.since.astimezone(asked.zone),
        until=asked.until and asked.until.astimezone(asked.zone),
        made_at=asked.made_at.astimezone(asked.zone),
        columns=(*(DIMENSIONS[by] for by in asked.by), *kind.columns),
        rows=tuple(rows),
        totals=tuple(totals.rows()),
        notes=kind.notes,
    )


def _value(lead: LeadFacts, dimension: Dimension, zone: tzinfo) -> str:
    match dimension:
        case Dimension.SOURCE:
            return lead.source or ""
        case Dimension.STORE:
            return lead.store or ""
        case Dimension.CONSULTANT:
            return lead.consultant or ""
        case Dimension.MONTH:
            return lead.at.astimezone(zone).strftime("%Y-%m")
