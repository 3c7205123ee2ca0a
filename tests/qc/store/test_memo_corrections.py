from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from stored import a_chat, an_inspection

from qc.corrections import Correction, FieldState, current_memo
from qc.domain import Budget, Evidence, Letter, Memo, PurchaseTime
from qc.errors import QcError
from qc.grade import RuleGrader
from qc.leads import LeadLetter, memo_in_words
from qc.measure.corrected import measure_corrected
from qc.review import Person
from qc.rulebook import Rulebook
from qc.store.corrections import NewCorrection, add_correction, each_corrected_memo, get_correction
from qc.store.database import Database
from qc.store.grade_feed import changes_of_lead
from qc.store.inspections import current_inspection
from qc.store.lead_grades import keep_inspection
from qc.store.leads import find_leads
from qc.store.memo_trails import read_corrections
from qc.store.tables import CorrectionRow

LEI = Person(name="王磊")
LINES = ("客服：您预算多少？", "客户：二十万吧，迈腾。")
BUDGET = (Evidence(utterance=1, start=0, end=4, quote="二十万吧"),)
CAR = (Evidence(utterance=1, start=5, end=7, quote="迈腾"),)
MEMO = Memo(budget=Budget(min=200_000, max=200_000), vehicles=("迈腾",), evidence={"budget": BUDGET, "vehicles": CAR})


@pytest.fixture(scope="module")
def grader(rulebook: Rulebook) -> RuleGrader:
    return RuleGrader(rulebook.grading, "default")


@pytest.fixture
def call(database: Database, grader: RuleGrader) -> str:
    with database.writing() as session:
        chat = a_chat(session, *LINES, lead="XS-1")
        keep_inspection(session, chat.id, an_inspection(letter=Letter.C, memo=MEMO), grader)
    return chat.id


def correct(database: Database, call: str, grader: RuleGrader, **said: Any) -> Correction:
    with database.writing() as session:
        inspected = current_inspection(session, call)
        seen = {"inspection_id": inspected.id if inspected else "ins_0", **said}
        return add_correction(session, call, NewCorrection.model_validate(seen), LEI, lambda: grader)


def refusal(database: Database, call: str, grader: RuleGrader, **said: Any) -> str:
    with pytest.raises(QcError) as caught:
        correct(database, call, grader, **said)
    return caught.value.code


def test_a_correction_is_kept_beside_the_machines_value(database: Database, call: str, grader: RuleGrader) -> None:
    made = correct(database, call, grader, fields={"budget": None, "payment": "贷款"}, note="听错了")
    assert (made.note, made.by) == ("听错了", LEI)
    assert made.fields["budget"].machine == MEMO.budget
    assert made.fields["budget"].value is None
    with database.reading() as session:
        assert read_corrections(session, call) == (made,)
        assert get_correction(session, made.id) == made
        inspected = current_inspection(session, call)
    assert inspected is not None
    assert inspected.inspection.memo == MEMO


def test_saying_that_the_rest_is_right_confirms_what_nobody_spoke_of(
    database: Database, call: str, grader: RuleGrader
) -> None:
    first = correct(database, call, grader, fields={"budget": None})
    rest = correct(database, call, grader, rest_is_right=True, after=first.id)
    assert set(rest.fields) == set(Memo.fields()) - {"budget"}
    current = current_memo(MEMO, (first, rest))
    assert current["budget"].state is FieldState.NOT_SAID
    assert {field.state for name, field in current.items() if name != "budget"} == {FieldState.CONFIRMED}


def test_a_correction_stands_when_the_call_is_inspected_again(
    database: Database, call: str, grader: RuleGrader
) -> None:
    made = correct(database, call, grader, fields={"budget": None})
    with database.writing() as session:
        keep_inspection(session, call, an_inspection(letter=Letter.C, memo=MEMO, rulebook="rules-2"), grader)
        assert read_corrections(session, call) == (made,)


def test_who_has_not_seen_the_newest_is_told(database: Database, call: str, grader: RuleGrader) -> None:
    made = correct(database, call, grader, fields={"budget": None})
    assert refusal(database, call, grader, fields={"budget": None}) == "corrected-meanwhile"
    assert refusal(database, call, grader, fields={"budget": None}, after="cor_0") == "corrected-meanwhile"
    assert (
        refusal(database, call, grader, fields={"budget": None}, after=made.id, inspection_id="ins_old")
        == "inspected-meanwhile"
    )


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({}, "nothing-corrected"),
        ({"fields": {"colour": "白色"}}, "no-such-field"),
        ({"fields": {"budget": "二十万"}}, "bad-value"),
        ({"fields": {"budget": None}, "note": "长" * 2001}, "text-too-long"),
        ({"fields": {"budget": None}, "after": "cor_0"}, "corrected-meanwhile"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    database: Database, call: str, grader: RuleGrader, said: dict[str, Any], code: str
) -> None:
    assert refusal(database, call, grader, **said) == code
    with database.reading() as session:
        assert read_corrections(session, call) == ()


def test_without_an_inspection_there_is_nothing_to_correct(database: Database, grader: RuleGrader) -> None:
    with database.writing() as session:
        chat = a_chat(session, *LINES)
    assert refusal(database, chat.id, grader, fields={"budget": None}) == "not-inspected-yet"


def test_of_many_at_once_one_is_kept(database: Database, call: str, grader: RuleGrader) -> None:
    def try_once(_: int) -> str:
        try:
            return correct(database, call, grader, fields={"budget": None}).id
        except QcError as refused:
            return refused.code

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(try_once, range(4)))
    assert told.count("corrected-meanwhile") == 3


def test_nothing_of_a_correction_can_be_changed(database: Database, call: str, grader: RuleGrader) -> None:
    correct(database, call, grader, fields={"budget": None})
    with pytest.raises(DBAPIError, match="append-only"), database.engine.begin() as connection:
        connection.execute(update(CorrectionRow).values(note="别的"))


def test_the_leads_memo_uses_the_corrected_value(database: Database, call: str, grader: RuleGrader) -> None:
    correct(
        database,
        call,
        grader,
        fields={"budget": {"min": None, "max": 180000, "basis": "落地"}, "vehicles": None, "trade_in": "2012款卡罗拉"},
    )
    with database.reading() as session:
        (lead,) = find_leads(session, external_id="XS-1").items
    assert set(lead.memo) == {"budget", "trade_in"}
    assert lead.memo["budget"].value == Budget(min=None, max=180_000, basis="落地")
    assert (lead.memo["budget"].said[0].corrected_by, lead.memo["trade_in"].said[0].evidence) == ("王磊", ())
    assert lead.grade is not None
    text = memo_in_words(lead.memo, lead.memo["budget"].said[0].at.date())
    assert text.summary == "3月12日周四与客户通话：预算落地18万以内，有2012款卡罗拉要置换。"


def test_a_corrected_time_moves_the_leads_grade(database: Database, grader: RuleGrader) -> None:
    said = "五月底吧，不，这周六就定。"
    may = (Evidence(utterance=1, start=0, end=3, quote="五月底"),)
    memo = Memo(
        purchase_time=PurchaseTime(from_=date(2026, 5, 21), to=date(2026, 5, 31), said="五月底"),
        evidence={"purchase_time": may},
    )
    with database.writing() as session:
        chat = a_chat(session, "客服：您什么时候买？", f"客户：{said}", lead="XS-2")
        keep_inspection(session, chat.id, an_inspection(letter=Letter.C, memo=memo), grader)
    saturday = {"from": "2026-03-12", "to": "2026-03-14", "said": "这周六"}
    correct(database, chat.id, grader, fields={"purchase_time": saturday})
    with database.reading() as session:
        (lead,) = find_leads(session, external_id="XS-2").items
        letters = [change.move.after for change in changes_of_lead(session, lead.id)]
    assert letters == [LeadLetter.C, LeadLetter.H]


def test_memos_are_measured_by_what_people_said_of_them(database: Database, call: str, grader: RuleGrader) -> None:
    correct(database, call, grader, fields={"budget": None, "payment": None, "vehicles": ["迈腾", "帕萨特"]})
    with database.reading() as session:
        report = measure_corrected(each_corrected_memo(session))
    assert report.calls == 1
    assert {name: (rate.hits, rate.of) for name, rate in report.fields.items()} == {"budget": (0, 1), "payment": (1, 1)}
    vehicles = report.lists["vehicles"]
    assert (vehicles.tp, vehicles.fp, vehicles.fn) == (1, 0, 1)
    assert report.states == {FieldState.CONFIRMED: 1, FieldState.CORRECTED: 1, FieldState.NOT_SAID: 1}
    assert "1 calls" in report.headline()
    assert [title for title, _, _ in report.tables()] == [
        "Fields looked at", "Memo: one answer", "Memo: lists, by overlap",
    ]  # fmt: skip
