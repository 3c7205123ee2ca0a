from __future__ import annotations

from datetime import date

from lead_calls import a_lead_call, day

from qc.leads import memo_in_words, merge_memos

LAST = date(2026, 3, 12)


def test_a_leads_memo_in_words_is_what_holds_after_all_calls() -> None:
    calls = (
        a_lead_call(day(2), "C", customer_name="张先生", vehicles=("迈腾",), budget=160_000, preferences=("白色",)),
        a_lead_call(day(12), "A", budget=200_000, preferences=("顶配",), promises=("明天发报价单",)),
    )
    assert memo_in_words(merge_memos(calls), LAST).summary == (
        "3月12日周四与张先生通话：想买迈腾。预算20万。偏好顶配、白色。我方答应明天发报价单。"
    )


def test_a_day_that_is_over_and_an_old_promise_are_left_out() -> None:
    calls = (
        a_lead_call(day(2), "A", vehicles=("迈腾",), appointment="2026-03-07", promises=("明天发报价单",)),
        a_lead_call(day(12), "C", concerns=("价格",)),
    )
    memo = merge_memos(calls)
    assert memo["appointment"].lapsed
    assert memo_in_words(memo, LAST).summary == "3月12日周四与客户通话：想买迈腾。顾虑价格。"
