from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.corrections import CorrectedField, Correction, FieldState, current_memo, holding, read_fields
from qc.domain import Appointment, Budget, Evidence, Memo, PurchaseTime
from qc.errors import BadInput
from qc.memo_text import Value
from qc.review import Person

WORDS = (Evidence(utterance=1, start=0, end=4, quote="二十万吧"),)
TWENTY, EIGHTEEN = Budget(min=200_000, max=200_000), Budget(min=None, max=180_000)
MEMO = Memo(budget=TWENTY, vehicles=("迈腾",), evidence={"budget": WORDS, "vehicles": WORDS})


def a_correction(number: int = 1, **values: Value | None) -> Correction:
    return Correction(
        id=f"cor_{number}",
        recording_id="rec_1",
        inspection_id="ins_1",
        fields={
            name: CorrectedField(machine=getattr(MEMO, name) or None, value=value) for name, value in values.items()
        },
        by=Person(name="王磊"),
        created_at=datetime(2026, 3, 12, number, tzinfo=UTC),
    )


def test_the_machines_value_holds_until_somebody_speaks() -> None:
    current = current_memo(MEMO, ())
    assert list(current) == list(Memo.fields())
    assert {field.state for field in current.values()} == {FieldState.MACHINE}
    assert holding(current) == {"vehicles": ("迈腾",), "budget": TWENTY}


def test_a_correction_holds_and_the_machines_value_stays_beside_it() -> None:
    field = current_memo(MEMO, (a_correction(budget=EIGHTEEN),))["budget"]
    assert (field.value, field.machine, field.state) == (EIGHTEEN, TWENTY, FieldState.CORRECTED)
    assert (field.by, field.correction_id, field.evidence) == ("王磊", "cor_1", WORDS)


@pytest.mark.parametrize(
    ("values", "name", "state"),
    [
        ({"budget": TWENTY}, "budget", FieldState.CONFIRMED),
        ({"budget": None}, "budget", FieldState.NOT_SAID),
        ({"trade_in": None}, "trade_in", FieldState.CONFIRMED),
        ({"trade_in": "2012款卡罗拉"}, "trade_in", FieldState.CORRECTED),
        ({"budget": None}, "vehicles", FieldState.MACHINE),
    ],
)
def test_a_state_says_whose_value_holds(values: dict[str, Value | None], name: str, state: FieldState) -> None:
    assert current_memo(MEMO, (a_correction(**values),))[name].state is state


def test_of_two_corrections_the_newer_one_holds_field_by_field() -> None:
    current = current_memo(MEMO, (a_correction(1, budget=None, payment="贷款"), a_correction(2, budget=EIGHTEEN)))
    assert holding(current) == {"vehicles": ("迈腾",), "budget": EIGHTEEN, "payment": "贷款"}
    assert (current["budget"].correction_id, current["payment"].correction_id) == ("cor_2", "cor_1")


def test_a_correction_stands_when_the_machine_finds_something_else() -> None:
    again = Memo(budget=EIGHTEEN, evidence={"budget": WORDS})
    field = current_memo(again, (a_correction(budget=TWENTY),))["budget"]
    assert (field.value, field.machine, field.state) == (TWENTY, EIGHTEEN, FieldState.CORRECTED)


@pytest.mark.parametrize(
    ("name", "content", "value"),
    [
        ("budget", {"min": None, "max": 180000, "basis": "落地"}, Budget(min=None, max=180_000, basis="落地")),
        (
            "purchase_time",
            {"from": "2026-04-01", "to": "2026-04-30", "said": " 下个月 "},
            PurchaseTime(from_=date(2026, 4, 1), to=date(2026, 4, 30), said="下个月"),
        ),
        ("appointment", {"at": "2026-03-14T15:00", "kind": "到店"}, Appointment(at="2026-03-14T15:00", kind="到店")),
        ("vehicles", ["迈腾", " 迈腾 ", ""], ("迈腾",)),
        ("vehicles", [], None),
        ("trade_in", "  ", None),
        ("trade_in", " 2012款  卡罗拉 ", "2012款 卡罗拉"),
        ("payment", None, None),
    ],
)
def test_values_are_read_in_the_memos_form(name: str, content: Any, value: Value | None) -> None:
    assert read_fields({name: content}) == {name: value}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("budget", {"min": 200000, "max": 100000}),
        ("budget", {"min": None, "max": None}),
        ("budget", {"min": None, "max": -1}),
        ("budget", {"min": None, "max": 10**12}),
        ("budget", "二十万"),
        ("purchase_time", {"from": "2026-04-30", "to": "2026-04-01", "said": "四月"}),
        ("purchase_time", {"from": None, "to": None, "said": " "}),
        ("appointment", {"at": "周六", "kind": "到店"}),
        ("appointment", {"at": "2026-02-30", "kind": "到店"}),
        ("appointment", {"at": "20260314", "kind": "到店"}),
        ("appointment", {"at": "2026-03-14T25:00", "kind": "到店"}),
        ("appointment", {"at": "2026-03-14T9:00", "kind": "到店"}),
        ("appointment", {"at": "2026-03-14", "kind": "吃饭"}),
        ("appointment", {"at": "9999-12-31", "kind": "到店"}),
        ("purchase_time", {"from": "0001-01-01", "to": None, "said": "以前"}),
        ("payment", "现金"),
        ("vehicles", "迈腾"),
        ("vehicles", ["很" * 201]),
        ("vehicles", [str(number) for number in range(51)]),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(name: str, content: Any) -> None:
    with pytest.raises(BadInput) as caught:
        read_fields({name: content})
    assert (caught.value.code, caught.value.where) == ("bad-value", f"fields.{name}")


@pytest.mark.parametrize("name", ["evidence", "grade", ""])
def test_only_fields_of_the_memo_can_be_corrected(name: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_fields({name: None})
    assert caught.value.code == "no-such-field"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["min", "max", "from", "to", "said", "at", "kind"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from(Memo.fields()), anything)
def test_whatever_is_sent_is_read_or_refused(name: str, content: Any) -> None:
    with suppress(BadInput):
        values = read_fields({name: content})
        again = Correction.model_validate_json(a_correction(**values).model_dump_json())
        assert again.fields[name].value == values[name]
