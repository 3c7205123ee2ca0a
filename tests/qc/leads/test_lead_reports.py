from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from qc.leads import LeadLetter, OutcomeKind
from qc.leads.facts import Graded, Happened, LeadFacts
from qc.leads.reports import Asked, Dimension, Report, ReportName, Row, make_report
from qc.rulebook import Rulebook

NOW = datetime(2026, 6, 30, 4, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def a_lead(number: int = 0, days: float = 100, **known: Any) -> LeadFacts:
    plain: dict[str, Any] = {
        "id": f"lead_{number}",
        "at": ago(days),
        "source": "抖音",
        "store": "天河店",
        "consultant": "王磊",
        "letter": None,
        "misjudged": None,
        "tags": frozenset(),
        "outcomes": (),
        "grades": (),
        "first_call": None,
    }
    return LeadFacts(**(plain | known))


def happened(kind: str, days: float) -> Happened:
    return Happened(OutcomeKind(kind), ago(days))


def graded(letter: str, days: float, probability: float = 0.8, *, by_words: bool = True) -> Graded:
    return Graded(LeadLetter(letter), ago(days), probability, by_words)


@pytest.fixture
def made(rulebook: Rulebook) -> Any:
    def make(name: str, *leads: LeadFacts, by: tuple[str, ...] = ()) -> Report:
        asked = Asked(tuple(Dimension(one) for one in by), None, None, NOW, ZONE)
        return make_report(ReportName(name), leads, asked, rulebook.grading.presets["default"])

    return make


def row_of(report: Report, name: str, value: str) -> Row:
    (row,) = (row for row in (*report.rows, *report.totals) if row.get(name) == value)
    return row


def test_sources_count_leads_and_what_became_of_them(made: Any) -> None:
    won = {"letter": LeadLetter.O, "outcomes": (happened("visited", 95), happened("ordered", 90))}
    back = {"letter": LeadLetter.F, "outcomes": (happened("ordered", 90), happened("lost", 80))}
    late = {"letter": LeadLetter.O, "outcomes": (happened("ordered", 20),)}
    report = made(
        "sources",
        a_lead(1, **won, first_call=ago(99)),
        a_lead(2, **back),
        a_lead(3, **late),
        a_lead(4, 10, letter=LeadLetter.H, misjudged="undervalued"),
        a_lead(5, source=None),
        by=("source",),
    )
    row = row_of(report, "source", "抖音")
    counted = {"leads": 4, "called": 1, "visited": 1, "ordered": 2, "lost": 1, "open": 1, "young": 1, "grade_h": 1}
    assert {name: row[name] for name in counted} == counted
    assert (row["conversion"], row["conversion_low"], row["conversion_high"]) == (0.5, 0.15, 0.85)
    assert row["ripe_conversion"] == pytest.approx(1 / 3, abs=1e-4)  # the order after 80 days came too late to count
    assert (row["undervalued"], row["note"]) == (1, "样本少")
    assert [one["source"] for one in report.rows] == [None, "抖音"]
    assert report.totals[0]["leads"] == 5


def test_rows_by_several_things_and_months_in_the_dealers_zone(made: Any) -> None:
    midnight = datetime(2026, 4, 30, 16, tzinfo=UTC)
    report = made(
        "sources",
        a_lead(1, at=midnight),
        a_lead(2, at=midnight - timedelta(seconds=1)),
        a_lead(3, at=midnight, source="到店"),
        by=("month", "source"),
    )
    assert [(row["month"], row["source"], row["leads"]) for row in report.rows] == [
        ("2026-04", "抖音", 1),
        ("2026-05", "到店", 1),
        ("2026-05", "抖音", 1),
    ]
    assert [column.name for column in report.columns[:3]] == ["month", "source", "leads"]
    assert report.made_at == NOW
    assert report.made_at.utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize("name", list(ReportName))
def test_every_row_has_every_column(made: Any, name: str) -> None:
    lead = a_lead(1, grades=(graded("B", 50), graded("H", 40)), letter=LeadLetter.H)
    report = made(name, lead, by=("store", "month"))
    assert len({column.title for column in report.columns}) == len(report.columns)
    for row in report.rows:
        assert list(row) == [column.name for column in report.columns]
    for row in report.totals:
        assert list(row) == [column.name for column in report.columns[2:]]
    assert made(name).totals


def test_time_in_stages(made: Any) -> None:
    leads = [
        a_lead(1, grades=(graded("B", 90), graded("H", 80), graded("O", 76)), outcomes=(happened("ordered", 76),)),
        a_lead(2, grades=(graded("B", 90), graded("H", 70))),
        a_lead(3, grades=(graded("B", 90),)),
        a_lead(4, grades=(graded("B", 50), graded("F", 44)), letter=LeadLetter.F),
    ]
    report = made("stages", *leads)
    b = row_of(report, "stage", "B 级")
    assert (b["entered"], b["left"], b["staying"], b["longest_days"]) == (4, 3, 1, 90)
    assert (b["median_days"], b["p90_days"]) == (10, None)  # S: 6 d 0.75, 10 d 0.5, 20 d 0.25
    h = row_of(report, "stage", "H 级")
    assert (h["entered"], h["left"], h["median_days"], h["longest_days"]) == (2, 1, 4, 70)
    order = row_of(report, "stage", "建档→订车")
    assert (order["entered"], order["left"], order["median_days"], order["longest_days"]) == (4, 1, None, 100)
    handover = row_of(report, "stage", "订车→交车")
    assert (handover["entered"], handover["staying"], handover["longest_days"]) == (1, 1, 76)


def test_grades_beside_orders(made: Any) -> None:
    in_time = [
        a_lead(number, grades=(graded("H", 60, 0.9),), outcomes=(happened("ordered", 55),)) for number in range(10)
    ]
    too_late = [a_lead(20 + n, grades=(graded("H", 60, 0.9),), outcomes=(happened("ordered", 40),)) for n in range(5)]
    never = [a_lead(40 + number, grades=(graded("H", 60, 0.9),)) for number in range(25)]
    unripe = [a_lead(80, 5, grades=(graded("H", 4, 0.9),), outcomes=(happened("ordered", 1),))]
    by_crm = [a_lead(90, grades=(graded("O", 50, 1.0, by_words=False),))]
    report = made("grades", *in_time, *too_late, *never, *unripe, *by_crm)
    row = row_of(report, "grade", "H")
    expected = {"leads": 41, "ripe": 40, "ordered": 10, "share": 0.25, "expected": 0.9, "gap": -0.65}
    assert {name: row[name] for name in expected} == expected
    assert (row["horizon_days"], row["ordered_ever"], row["note"]) == (7, 16, "偏乐观")
    assert row_of(report, "grade", "C")["expected"] is None
    assert [one["grade"] for one in report.totals] == ["H", "A", "B", "C", "N", "F"]


def test_a_horizon_ends_with_its_last_day(made: Any) -> None:
    graded_at = datetime(2026, 3, 12, 2, tzinfo=UTC)  # the 12th, 10 o'clock in Shanghai: H until the end of the 19th
    last = datetime(2026, 3, 19, 15, 59, tzinfo=UTC)
    for ordered, hits in ((last, 1), (last + timedelta(minutes=1), 0)):
        lead = a_lead(
            at=graded_at,
            grades=(Graded(LeadLetter.H, graded_at, 0.8, by_words=True),),
            outcomes=(Happened(OutcomeKind.ORDERED, ordered),),
        )
        assert row_of(made("grades", lead), "grade", "H")["ordered"] == hits


def test_a_well_kept_promise_is_not_remarked_on(made: Any) -> None:
    leads = [
        a_lead(n, grades=(graded("B", 90, 0.5),), outcomes=(happened("ordered", 80),) if n % 2 else ())
        for n in range(40)
    ]
    assert row_of(made("grades", *leads), "grade", "B")["note"] == ""
    doubted = [one._replace(grades=(graded("B", 90, 0.2),)) for one in leads]
    assert row_of(made("grades", *doubted), "grade", "B")["note"] == "偏保守"
