from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from qc.domain import Letter
from qc.leads import GivenBy, LeadReason, Misjudged, Theirs, WordsGrade, compare_grades, read_grade

AT = datetime(2026, 3, 12, tzinfo=UTC)


def words(letter: str, probability: float = 0.8) -> WordsGrade:
    return WordsGrade(
        letter=Letter(letter),
        probability=probability,
        reasons=(LeadReason(text="约定周六到店"),),
        next_contact_by=date(2026, 3, 14),
        recording_id="rec_1",
        told_at=AT,
        grader="rules",
    )


def compare(ours: str, *theirs: str, probability: float = 0.8) -> Misjudged | None:
    given = [Theirs(by=by, said=said, grade=read_grade(said), at=AT) for by, said in zip(GivenBy, theirs, strict=False)]
    return compare_grades(words(ours, probability), given)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("H", "H"),
        ("b", "B"),
        (" A级 ", "A"),
        ("Ｈ级", "H"),
        ("C类客户", "C"),
        ("休眠", "dormant"),
        ("休眠客户", "dormant"),
        ("战败", "F"),
        ("无效线索", "F"),
        ("已订车", "O"),
        ("已交车", "D"),
        ("低意向", "C"),
        ("高意向", "H"),
        ("3星", None),
        ("Haval", None),
        ("", None),
    ],
)
def test_what_a_crms_grade_means(said: str, meant: str | None) -> None:
    assert read_grade(said) == meant


@pytest.mark.parametrize(
    ("ours", "theirs", "direction"),
    [
        ("H", "休眠", "undervalued"),
        ("B", "休眠", "undervalued"),
        ("B", "战败", "undervalued"),
        ("A", "C", "undervalued"),
        ("O", "C", "undervalued"),
        ("B", "C", None),
        ("C", "休眠", None),
        ("H", "B", None),
        ("H", "A", None),
        ("F", "H", "overvalued"),
        ("C", "A", "overvalued"),
        ("B", "H", "overvalued"),
        ("A", "H", None),
        ("C", "B", None),
        ("F", "O", None),
        ("N", "H", None),
        ("H", "3星", None),
    ],
)
def test_who_is_misjudged(ours: str, theirs: str, direction: str | None) -> None:
    found = compare(ours, theirs)
    assert (found and found.direction) == direction


def test_the_manager_reads_who_said_what_and_why() -> None:
    found = compare("H", "C", "休眠")
    assert found is not None
    assert found.by is GivenBy.CONSULTANT
    assert found.text == "可能低估：顾问标为“休眠”，按客户的话是 H（约定周六到店）"


def test_an_unsure_grade_doubts_nobody() -> None:
    assert compare("H", "休眠", probability=0.49) is None
    assert compare_grades(None, [Theirs(by=GivenBy.CRM, said="H", grade=read_grade("H"), at=AT)]) is None
