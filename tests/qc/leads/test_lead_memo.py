from __future__ import annotations

from datetime import datetime

import pytest
from lead_calls import a_lead_call, day

from qc.domain import Budget
from qc.leads import merge_memos


def test_the_newest_word_wins_and_the_older_one_stays_visible() -> None:
    calls = [a_lead_call(day(2), "C", budget=160_000), a_lead_call(day(9), "C", budget=200_000)]
    budget = merge_memos(calls)["budget"]
    assert budget.value == Budget(min=200_000, max=200_000)
    assert [one.recording_id for one in budget.said] == [calls[1].recording_id]
    assert [(one.value, one.recording_id) for one in budget.conflicts] == [
        (Budget(min=160_000, max=160_000), calls[0].recording_id)
    ]


def test_what_is_said_again_is_no_conflict() -> None:
    calls = [
        a_lead_call(day(2), "C", budget=160_000, purchase_time="2026-04-30"),
        a_lead_call(day(9), "C", budget=160_000),
        a_lead_call(day(12), "C", trade_in="卡罗拉"),
    ]
    merged = merge_memos(calls)
    assert [len(merged["budget"].said), len(merged["budget"].conflicts)] == [2, 0]
    assert list(merged) == ["budget", "purchase_time", "trade_in"]


def test_lists_gather_and_wishes_that_exclude_each_other_do_not() -> None:
    calls = [
        a_lead_call(day(2), "C", preferences=("白色", "真皮座椅", "七座"), concerns=("油耗",)),
        a_lead_call(day(9), "C", preferences=("黑色", "天窗"), concerns=("保值率", "油耗")),
    ]
    merged = merge_memos(calls)
    assert merged["preferences"].value == ("黑色", "天窗", "真皮座椅", "七座")
    assert [one.value for one in merged["preferences"].conflicts] == [("白色",)]
    assert merged["concerns"].value == ("保值率", "油耗")
    assert merged["concerns"].conflicts == ()


def test_another_car_takes_the_place_of_the_first() -> None:
    calls = [a_lead_call(day(2), "C", vehicles=("凯美瑞",)), a_lead_call(day(9), "C", vehicles=("汉兰达",))]
    assert merge_memos(calls)["vehicles"].value == ("汉兰达",)
    assert [one.value for one in merge_memos(calls)["vehicles"].conflicts] == [("凯美瑞",)]


@pytest.mark.parametrize(("last_call", "lapsed"), [(day(14), False), (day(15), True), (day(30), True)])
def test_a_day_that_is_over_lapses(last_call: str, lapsed: bool) -> None:  # noqa: FBT001 - a table of examples
    calls = [
        a_lead_call(day(2), "H", purchase_time="2026-03-14", appointment="2026-03-14T15:00", budget=160_000),
        a_lead_call(last_call, "N"),
    ]
    merged = merge_memos(calls)
    assert [merged[name].lapsed for name in ("purchase_time", "appointment")] == [lapsed] * 2
    assert not merged["budget"].lapsed


def test_a_refusal_voids_what_was_planned_before_it() -> None:
    calls = [a_lead_call(day(2), "C", purchase_time="2026-04-30", budget=160_000), a_lead_call(day(9), "F")]
    merged = merge_memos(calls)
    assert merged["purchase_time"].lapsed
    assert not merged["budget"].lapsed


def test_a_reported_loss_voids_only_once_the_customer_has_spoken_again() -> None:
    loss = [datetime.fromisoformat(day(5))]
    planned = a_lead_call(day(2), "C", purchase_time="2026-04-30")
    assert not merge_memos([planned], loss)["purchase_time"].lapsed
    assert not merge_memos([planned, a_lead_call(day(6), "N")], loss)["purchase_time"].lapsed
    assert merge_memos([planned, a_lead_call(day(6), "C")], loss)["purchase_time"].lapsed


def test_a_next_step_is_over_with_the_next_call() -> None:
    first = a_lead_call(day(2), "C", next_step="周五前再联系")
    assert not merge_memos([first, a_lead_call(day(3), "N")])["next_step"].lapsed
    assert merge_memos([first, a_lead_call(day(5), "C")])["next_step"].lapsed


def test_no_calls_no_memo() -> None:
    assert merge_memos([]) == {}
