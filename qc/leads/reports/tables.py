"""The tables that reports are: columns that say what they are, and rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from qc.domain import Record

Value = str | int | float | None
Row = Mapping[str, Value]


class Dimension(StrEnum):
    """What leads may be counted by."""

    SOURCE = "source"
    STORE = "store"
    CONSULTANT = "consultant"
    MONTH = "month"


class ReportName(StrEnum):
    """Which report."""

    SOURCES = "sources"
    STAGES = "stages"
    GRADES = "grades"


class Column(Record):
    """One column of a report."""

    name: str
    """For programs."""
    title: str
    """For readers, in Chinese."""
    what: str
    """What it counts, in Chinese."""
    kind: Literal["text", "count", "share", "days"] = "count"
    """Shares are 0 to 1; times are days."""


class Report(Record):
    """A report about leads."""

    report: ReportName
    title: str
    """For readers, in Chinese."""
    by: tuple[Dimension, ...]
    since: datetime | None
    """Of leads created since then."""
    until: datetime | None
    """Of leads created before then."""
    made_at: datetime
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    """By the names of the columns; null where there is nothing to tell."""
    totals: tuple[Row, ...]
    """The same of all leads together, without what they are counted by."""
    notes: tuple[str, ...]
    """What to mind, in Chinese."""


DIMENSIONS: Final[Mapping[Dimension, Column]] = {
    Dimension.SOURCE: Column(
        name="source", title="来源", what="线索来源，CRM 没写的看通话资料；都没有的留空", kind="text"
    ),
    Dimension.STORE: Column(name="store", title="门店", what="门店，CRM 没写的看通话资料；都没有的留空", kind="text"),
    Dimension.CONSULTANT: Column(
        name="consultant", title="顾问", what="现在的跟进人，CRM 没写的取最近一通电话的顾问；都没有的留空", kind="text"
    ),
    Dimension.MONTH: Column(name="month", title="月份", what="线索建档的月份，门店当地时间", kind="text"),
}
FEW: Final = 30
"""Of fewer leads a share is called a small sample: its 95 % interval is then up to 35 points wide."""
FEW_NOTE: Final = "样本少"


def share(hits: int, cases: int) -> float | None:
    """The part as reports have it; None of nothing."""
    return round(hits / cases, 4) if cases else None
