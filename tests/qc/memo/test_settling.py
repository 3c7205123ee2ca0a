from __future__ import annotations

from functools import cache

import pytest
from builders import a_call, a_transcript

from qc.domain import Grade, Letter, Memo, Reason
from qc.memo import settle_memo, write_memo
from qc.rulebook import Rulebook, load_rulebook

LINES = (
    "客服：李先生，您上次看的凯美瑞，十八万落地，这个月能定吗？",
    "客户：凯美瑞嘛，预算是十八万以内，贷款，原来想下个月底买。",
)


@cache
def rulebook() -> Rulebook:
    return load_rulebook()


def settled(letter: Letter, lines: tuple[str, ...] = LINES, *, likely: float = 0.9) -> tuple[Memo, Memo]:
    call, transcript = a_call(brand="广汽丰田"), a_transcript(*lines)
    draft = write_memo(call, transcript, rulebook())
    grade = Grade(letter=letter, probability=likely, likely={letter: likely}, reasons=(Reason(text="测试"),))
    return draft, settle_memo(draft, grade, call, transcript, rulebook())


def test_a_lost_lead_wants_no_car_and_its_other_words_stay() -> None:
    draft, memo = settled(Letter.F)
    assert draft.vehicles == ("凯美瑞",)
    assert draft.budget is not None
    assert (memo.vehicles, memo.budget, memo.purchase_time, memo.payment) == ((), None, None, None)
    assert memo.customer_name == draft.customer_name == "李先生"
    assert memo.evidence.keys() == draft.evidence.keys() - {"vehicles", "budget", "purchase_time", "payment"}


def test_who_has_ordered_buys_at_no_other_time() -> None:
    draft, memo = settled(Letter.O)
    assert draft.purchase_time is not None
    assert memo.purchase_time is None
    assert memo.budget == draft.budget


def test_what_an_order_costs_is_no_budget_but_a_limit_is() -> None:
    draft, memo = settled(
        Letter.O, ("客服：还有什么要确认的吗？", "客户：价格还是昨天那个，预算十九万三？行，那我定了。")
    )
    assert draft.budget is not None
    assert draft.budget.min == draft.budget.max
    assert memo.budget is None
    draft, memo = settled(Letter.O, ("客服：您预算多少？", "客户：最多十九万，定了。"))
    assert memo.budget == draft.budget is not None
    assert settled(Letter.O, ("客服：您预算多少？", "客户：预算十九万。"), likely=0.4)[1].budget is not None


@pytest.mark.parametrize(
    "said",
    ["前天提的凯美瑞，保养灯亮了。", "我是凯美瑞车主，问保养的。", "凯美瑞，车牌尾号三五二，你们能修不？"],
)
def test_where_nothing_can_be_judged_the_car_of_an_owner_is_not_looked_at(said: str) -> None:
    lines = ("客服：您好，丰田店。", "客户：喂，凯美瑞的事。", f"客户：{said}")
    assert settled(Letter.N, lines)[1].vehicles == ()
    assert settled(Letter.C, lines)[1].vehicles == ("凯美瑞",)


def test_a_car_asked_about_stays_where_nothing_can_be_judged() -> None:
    draft, memo = settled(Letter.N, ("客服：您看过凯美瑞吧？", "客户：嗯，在忙，晚点说，我车钥匙找不到了。"))
    assert memo.vehicles == draft.vehicles == ("凯美瑞",)


@pytest.mark.parametrize("letter", [Letter.H, Letter.A, Letter.B, Letter.C])
def test_what_an_open_lead_wants_stays_as_it_was_read(letter: Letter) -> None:
    draft, memo = settled(letter)
    assert memo == draft


def test_the_car_on_order_is_the_one_the_call_is_about() -> None:
    draft, memo = settled(Letter.O, ("客服：您好，丰田店。", "客户：我现在开的凯美瑞就是你们这儿买的。"))
    assert draft.vehicles == ()
    assert memo.vehicles == ("凯美瑞",)
    assert memo.evidence["vehicles"][0].quote == "凯美瑞"


def test_no_car_is_found_where_none_was_named_or_it_was_turned_down() -> None:
    assert settled(Letter.C, ("客服：您好。", "客户：我再看看。"))[1].vehicles == ()
    assert settled(Letter.C, ("客服：凯美瑞您还考虑吗？", "客户：凯美瑞不要了。"))[1].vehicles == ()
    assert settled(Letter.N, ("客服：您好。", "客户：我现在开的凯美瑞该保养了。"))[1].vehicles == ()


def test_somebody_elses_car_and_one_that_is_answered_with_no_are_not_put_back() -> None:
    assert settled(Letter.C, ("客服：汉兰达有活动，您感兴趣吗？", "客户：不感兴趣。"))[1].vehicles == ()
    assert settled(Letter.C, ("客户：我朋友开的凯美瑞，我想看看别的。",))[1].vehicles == ()


def test_a_loss_that_is_hardly_likely_takes_nothing() -> None:
    draft, memo = settled(Letter.F, likely=0.45)
    assert memo == draft
