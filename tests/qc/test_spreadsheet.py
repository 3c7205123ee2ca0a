from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from qc.leads.facts import LeadFacts
from qc.leads.reports import Asked, Dimension, Report, ReportName, make_report
from qc.rulebook import Rulebook
from qc.spreadsheet import csv_file, xlsx_file

NOW = datetime(2026, 6, 30, 4, tzinfo=UTC)
EVIL = ("=1+1", "+86 138", "-1", "@SUM(A1)", "\t=1", "＝1+1", '=HYPERLINK("http://x")')


def a_report(rulebook: Rulebook, *consultants: str | None) -> Report:
    leads = [
        LeadFacts(f"lead_{n}", NOW, "抖音", None, name, None, None, frozenset(), (), (), None)
        for n, name in enumerate(consultants)
    ]
    asked = Asked((Dimension.CONSULTANT, Dimension.MONTH), None, None, NOW, ZoneInfo("Asia/Shanghai"))
    return make_report(ReportName.SOURCES, leads, asked, rulebook.grading.presets["default"])


def test_csv_opens_in_excel_and_has_the_totals_last(rulebook: Rulebook) -> None:
    written = csv_file(a_report(rulebook, "王磊", None, "李,娜"))
    assert written.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""))
    assert head[:4] == ["顾问", "月份", "线索", "已通话"]
    assert [row[:3] for row in rows] == [
        ["（未填）", "2026-06", "1"],
        ["李,娜", "2026-06", "1"],
        ["王磊", "2026-06", "1"],
        ["合计", "合计", "3"],
    ]


@pytest.mark.parametrize("name", EVIL)
def test_no_text_becomes_a_formula(rulebook: Rulebook, name: str) -> None:
    report = a_report(rulebook, name)
    rows = list(csv.reader(io.StringIO(csv_file(report).decode("utf-8-sig"), newline="")))
    assert rows[1][0] == f"'{name}"
    sheet = load_workbook(io.BytesIO(xlsx_file(report))).worksheets[0]
    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["A2"].hyperlink) == (name, "s", None)


def test_a_negative_number_is_no_formula(rulebook: Rulebook) -> None:
    report = a_report(rulebook, "王磊")
    shown = report.model_copy(update={"rows": ({**report.rows[0], "conversion": -0.25},)})
    assert ",-0.25," in csv_file(shown).decode("utf-8-sig")


def test_a_workbook_reads_back_with_what_each_column_is(rulebook: Rulebook) -> None:
    report = a_report(rulebook, "王磊", "李娜")
    book = load_workbook(io.BytesIO(xlsx_file(report)))
    assert book.sheetnames == ["来源与成交", "说明"]
    table, meanings = book.worksheets
    heads = [cell.value for cell in table[1]]
    assert heads == [column.title for column in report.columns]
    assert [row[0].value for row in table.iter_rows(min_row=2)] == ["李娜", "王磊", "合计"]
    leads, share = heads.index("线索"), heads.index("成交率上限")
    assert [row[leads].value for row in table.iter_rows(min_row=2)] == [1, 1, 2]
    assert (table.cell(4, share + 1).number_format, table.cell(4, share + 1).data_type) == ("0.0%", "n")
    explained = {row[0].value: row[1].value for row in meanings.iter_rows(min_row=2)}
    assert all(explained[column.title] == column.what for column in report.columns)
    assert xlsx_file(report) == xlsx_file(report)
