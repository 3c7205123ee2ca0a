"""``qc report``: sources and conversion, time in stages, grades beside outcomes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from qc.cli.stored import open_database
from qc.errors import BadInput
from qc.grade import preset_of
from qc.leads.reports import USUAL, Asked, Column, Dimension, Report, ReportName
from qc.rulebook import load_rulebook
from qc.spreadsheet import csv_file, shown_rows, xlsx_file
from qc.store.paging import now
from qc.store.reports import read_report
from qc.store.settings import Settings

DAY: Final = ["%Y-%m-%d"]


class Form(StrEnum):
    """How a report is written."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


WRITTEN: Final[Mapping[Form, Callable[[Report], bytes]]] = {
    Form.JSON: lambda made: made.model_dump_json(indent=1).encode() + b"\n",
    Form.CSV: csv_file,
    Form.XLSX: xlsx_file,
}


def report(
    name: Annotated[ReportName, typer.Argument(help="Which report.")],
    by: Annotated[str | None, typer.Option(help="What to count by: source, store, consultant, month; commas.")] = None,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=DAY, help="Leads created on this day or later.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=DAY, help="Leads created on this day or earlier.")
    ] = None,
    store: Annotated[str | None, typer.Option(help="Leads of this store alone.")] = None,
    form: Annotated[Form, typer.Option("--format", help="csv and xlsx are for spreadsheets.")] = Form.TEXT,
    out: Annotated[
        Path | None, typer.Option(help="The file to write json, csv or xlsx to; else standard output.")
    ] = None,
) -> None:
    """Count leads, grades and outcomes: sources (conversion), stages (time in them), grades (beside orders)."""
    settings = Settings.read()
    asked = Asked(
        by=USUAL[name] if by is None else _dimensions(by),
        since=since and since.replace(tzinfo=settings.zone),
        until=until and until.replace(tzinfo=settings.zone) + timedelta(days=1),
        made_at=now(),
        zone=settings.zone,
    )
    preset = preset_of(load_rulebook(settings.lexicons).grading, settings.grading_preset)
    database = open_database(settings)
    with database.reading() as session:
        made = read_report(session, name, asked, preset, store=store)
    if form is Form.TEXT:
        print_report(Console(markup=False, emoji=False, highlight=False), made)  # names of other systems are no markup
        return
    written = WRITTEN[form](made)
    if out is None:
        sys.stdout.buffer.write(written)
    else:
        out.write_bytes(written)


def print_report(console: Console, made: Report) -> None:
    """The report as a table, with what to mind under it."""
    table = Table(*(column.title for column in made.columns), title=made.title)
    for row in shown_rows(made):
        table.add_row(*(_cell(row[column.name], column) for column in made.columns))
    console.print(table)
    for note in made.notes:
        console.print(note)


def _cell(value: str | float | None, column: Column) -> str:
    if value is None:
        return ""
    if column.kind == "share" and not isinstance(value, str):
        return f"{value:.1%}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _dimensions(by: str) -> tuple[Dimension, ...]:
    named = by.split(",") if by else []
    unknown = [one for one in named if one not in list(Dimension)]
    if unknown or len(set(named)) < len(named):
        raise BadInput(
            "bad-parameter",
            f"cannot count by {by!r}.",
            way_out=f"Name each of {', '.join(Dimension)} at most once, with commas between.",
            where="--by",
        )
    return tuple(Dimension(one) for one in named)
