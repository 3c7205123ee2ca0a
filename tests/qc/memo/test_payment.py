from __future__ import annotations

import pytest
from memo_reading import memo_of

ASKED = "客服：您是全款还是贷款？"


@pytest.mark.parametrize(
    ("lines", "way"),
    [
        ((ASKED, "客户：全款吧，省得麻烦。"), "全款"),
        ((ASKED, "客户：分期啦。"), "贷款"),
        ((ASKED, "客户：贷吧，贷个十万。"), "贷款"),
        ((ASKED, "客户：还没想好，看情况。"), "未定"),
        ((ASKED, "客户：我不贷款，现金一把付清。"), "全款"),
        ((ASKED, "客户：不想贷，不喜欢欠银行钱。"), "全款"),
        (("客户：首付我能拿八万，剩下的慢慢还。",), "贷款"),
        (("客户：月供三千以内能不能做？我想做三年。",), "贷款"),
        (("客户：我们公司对公转账，一次付清。",), "全款"),
        (("客户：先付一半，剩下的走你们厂家金融，我付现那部分下周给。",), "贷款"),
        (("客户：上一台是贷的，这回我一次性付清。",), "全款"),
        (("客服：那您是做分期，对吧？", "客户：对。"), "贷款"),
        (("客服：厂家有两年免息。", "客户：就这个，我办免息的。"), "贷款"),
        (("客户：贷款吧……算了，我还是全款。",), "全款"),
    ],
)
def test_payment(lines: tuple[str, ...], way: str) -> None:
    assert memo_of(*lines).payment == way


@pytest.mark.parametrize(
    "lines",
    [
        ("客服：全款优惠一万，贷款再多优惠三千。",),
        ("客户：我还着房贷呢，压力大。",),
        ("客户：我弟买车走的贷款。",),
        ("客户：有没有免息的政策？",),
        ("客户：他们家必须贷款才有这个价。",),
        (ASKED, "客户：先不说这个，车我还没看过呢。"),
    ],
)
def test_no_payment(lines: tuple[str, ...]) -> None:
    assert memo_of(*lines).payment is None
