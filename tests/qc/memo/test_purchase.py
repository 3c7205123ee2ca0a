from __future__ import annotations

import pytest
from memo_reading import memo_of

ASKED = "客服：您打算什么时候定呢？"


@pytest.mark.parametrize(
    ("lines", "first", "last"),
    [
        ((ASKED, "客户：下个月吧。"), "2026-04-01", "2026-04-30"),
        ((ASKED, "客户：怎么也得五一以后了。"), "2026-05-06", "2026-05-31"),
        ((ASKED, "客户：不着急，年底前买上就行。"), "2026-03-12", "2026-12-31"),
        ((ASKED, "客户：本来想三月买的，现在看来得五月了。"), "2026-05-01", "2026-05-31"),
        ((ASKED, "客户：再等两个月吧，年终奖还没发。"), "2026-05-12", "2026-05-12"),
        (("客服：您多久能考虑好？", "客户：半个月以内吧。"), "2026-03-12", "2026-03-27"),
        (("客服：您什么时候用车？", "客户：清明前要用，回老家上坟。"), "2026-03-12", "2026-04-04"),
        (("客服：您想哪天提车？", "客户：这个月二十号，日子好。"), "2026-03-20", "2026-03-20"),
        # unasked
        (("客户：我这个礼拜天之前必须定下来，老车已经卖了。",), "2026-03-12", "2026-03-14"),
        (("客户：价格合适的话我马上就买。",), "2026-03-12", "2026-03-19"),
        (("客户：五月份我驾照到手就买。",), "2026-05-01", "2026-05-31"),
        (("客户：月底前能提到车不？",), "2026-03-12", "2026-03-31"),
        (("客户：这个月底前提不到，我就拖到下半年了。",), "2026-03-12", "2026-03-31"),
        (("客户：要是贷款批下来，下周就订。",), "2026-03-16", "2026-03-22"),
        # the agent names it and the customer agrees
        (("客服：那您是这个月底就定下来，对吧？", "客户：对，差不多。"), "2026-03-21", "2026-03-31"),
        (("客服：下周能定吗？", "客户：行。"), "2026-03-16", "2026-03-22"),
        # … or names another
        (("客服：这周能定吗？", "客户：这周不行，得下个月了。"), "2026-04-01", "2026-04-30"),
    ],
)
def test_purchase_time(lines: tuple[str, ...], first: str, last: str) -> None:
    time = memo_of(*lines).purchase_time
    assert time is not None
    assert (str(time.from_), str(time.to)) == (first, last)


@pytest.mark.parametrize(
    "lines",
    [
        (ASKED, "客户：还没想好，再看看。"),
        (ASKED, "客户：我老婆下个月生，没工夫想这个。"),
        ("客户：上个月我去看过一回。",),
        ("客户：我弟去年五月买的。",),
        ("客服：这个月底前订有优惠。", "客户：哦。"),
        ("客服：新车下个月到店。", "客户：好的，知道了。"),
        ("客户：孩子九月份上小学。",),
        ("客户：周六上午十点我过去看看。",),
        ("客服：您下周能定吗？", "客户：不好说，看情况。"),
        ("客户：我这台车是二零一八年五月上的牌。",),
    ],
)
def test_no_purchase_time(lines: tuple[str, ...]) -> None:
    assert memo_of(*lines).purchase_time is None


def test_what_was_said_is_the_evidence() -> None:
    memo = memo_of(ASKED, "客户：嗯，下个月中吧。")
    assert memo.purchase_time is not None
    assert memo.purchase_time.said == "下个月中"
    assert [quote.quote for quote in memo.evidence["purchase_time"]] == ["下个月中"]


def test_days_count_in_the_dealers_own_time_zone() -> None:
    late = memo_of("客户：我明天就定。", time="2026-03-12T23:50:00+08:00")
    assert late.purchase_time is not None
    assert str(late.purchase_time.to) == "2026-03-13"
