"""Reports as files for spreadsheets: CSV and XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

import xlsxwriter

from qc.leads.reports.tables import Column, Report, Row, Value

CSV_TYPE: Final = "text/csv"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ALL: Final = "合计"
EMPTY: Final = "（未填）"
_STARTS_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_FORMATS: Final = {"text": "@", "count": "0", "share": "0.0%", "days": "0.0"}


def csv_file(report: Report) -> bytes:
    """The report as CSV in UTF-8 with a mark at its beginning, without which Excel takes Chinese for another encoding.

    Text that a spreadsheet would take for a formula gets an apostrophe before it, as OWASP has it (CSV injection): names
    of sources and consultants come from other systems.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([column.title for column in report.columns])
    for row in shown_rows(report):
        writer.writerow([_harmless(row[column.name]) for column in report.columns])
    return file.getvalue().encode("utf-8-sig")


def xlsx_file(report: Report) -> bytes:
    """The report as a workbook: the table, and a sheet that says what each column is.

    Text is written as text, so that none becomes a formula or a link. The same report gives the same bytes.
    """
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as book:
        book.set_properties({"title": report.title, "created": report.made_at.replace(tzinfo=None)})
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        formats = {kind: book.add_format({"num_format": written}) for kind, written in _FORMATS.items()}
        sheet = book.add_worksheet(report.title)
        sheet.freeze_panes(1, len(report.by))
        for number, column in enumerate(report.columns):
            sheet.write_string(0, number, column.title, head)
            sheet.set_column(number, number, 16 if column.kind == "text" else 10, formats[column.kind])
        last = 0
        for last, row in enumerate(shown_rows(report), start=1):
            for number, column in enumerate(report.columns):
                value = row[column.name]
                if isinstance(value, str):
                    sheet.write_string(last, number, value, formats["text"])
                elif value is not None:
                    sheet.write_number(last, number, value, formats[column.kind])
        sheet.autofilter(0, 0, last, len(report.columns) - 1)
        _explain(book.add_worksheet("说明"), report, head)
    return file.getvalue()


def _explain(sheet: xlsxwriter.worksheet.Worksheet, report: Report, head: object) -> None:
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, "列", head)
    sheet.write_string(0, 1, "含义", head)
    lines = [(column.title, column.what) for column in report.columns]
    lines += [("线索建档时间", _span(report)), ("生成时间", report.made_at.isoformat(timespec="minutes"))]
    lines += [("注意", note) for note in report.notes]
    for number, (left, right) in enumerate(lines, start=1):
        sheet.write_string(number, 0, left)
        sheet.write_string(number, 1, right)


def _span(report: Report) -> str:
    since = "最早" if report.since is None else report.since.isoformat(timespec="minutes")
    until = "现在" if report.until is None else f"{report.until.isoformat(timespec='minutes')} 之前"
    return f"{since} 至 {until}"


def shown_rows(report: Report) -> Iterator[Row]:
    """The rows as they are shown, the totals last and named so."""
    by: list[Column] = [column for column in report.columns if column.name in set(report.by)]
    for row in report.rows:
        yield {**row, **{column.name: row[column.name] or EMPTY for column in by}}
    for row in report.totals:
        yield {**{column.name: ALL for column in by}, **row}


def _harmless(value: Value) -> Value:
    if isinstance(value, str) and value.lstrip().startswith(_STARTS_FORMULA):
        return f"'{value}"
    return value
