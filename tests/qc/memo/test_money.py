from __future__ import annotations

import pytest
from memo_reading import memo_of

from qc.domain import Budget


@pytest.mark.parametrize(
    ("lines", "budget"),
    [
        # an answer to the question for it
        (("客服：您预算大概多少？", "客户：十八九万吧。"), (180_000, 190_000, None)),
        (("客服：打算花多少钱买车呢？", "客户：嗯，二十个吧。"), (200_000, 200_000, None)),
        (("客服：您心理价位是多少？", "客户：三十万左右。"), (300_000, 300_000, None)),
        (("客服：您这边总共打算花多少？", "客户：我爱人说不能超过二十五万，落地。"), (None, 250_000, "落地")),
        (("客服：您预算多少？", "客户：十五。"), (150_000, 150_000, None)),
        # said unasked
        (("客户：我预算就十二万，有合适的没有？",), (120_000, 120_000, None)),
        (("客户：落地二十万以内的，给我推荐一款。",), (None, 200_000, "落地")),
        (("客户：裸车最多出十六万，再多我就不考虑了。",), (None, 160_000, "裸车")),
        (("客户：我手里就准备了八万。",), (80_000, 80_000, None)),
        (("客户：你们要是十七万八能给我，我今天就定。",), (178_000, 178_000, None)),
        # corrections: the last word counts
        (("客户：预算十五万……不对，最多十六万。",), (None, 160_000, None)),
        (("客户：我想着二十万，呃，说错了，是二十二万以内。",), (None, 220_000, None)),
        (("客服：您之前说二十万左右？", "客户：原来说二十万，现在不行了，十八万以内吧。"), (None, 180_000, None)),
        # a figure and a limit
        (("客户：心里是十五万，顶多十五万五，落地。",), (150_000, 155_000, "落地")),
        (("客户：最少十八万的车，最多别超过二十二万。",), (180_000, 220_000, None)),
        # the basis comes from the question or the exchange after it
        (("客服：裸车您能接受多少？", "客户：十三万以内吧。"), (None, 130_000, "裸车")),
        (
            ("客服：预算多少？", "客户：二十万。", "客服：是裸车还是落地？", "客户：全部办下来。"),
            (200_000, 200_000, "落地"),
        ),
        # what the agent says counts once the customer agrees
        (("客服：系统里您预算是十五到十八万，对吧？", "客户：对，没变。"), (150_000, 180_000, None)),
        (("客服：系统里您预算是十五到十八万，对吧？", "客户：那是以前，现在二十万吧。"), (200_000, 200_000, None)),
    ],
)
def test_budget(lines: tuple[str, ...], budget: tuple[int | None, int | None, str | None]) -> None:
    low, high, basis = budget
    assert memo_of(*lines).budget == Budget(min=low, max=high, basis=basis)


@pytest.mark.parametrize(
    "lines",
    [
        ("客服：这款裸车二十一万八，落地二十四万。", "客户：哦，这么贵。"),
        ("客户：网上说不到二十万就能拿下来，真的假的？",),
        ("客户：隔壁那家给我报十八万五。",),
        ("客户：我首付八万，月供别超过三千。",),
        ("客户：我贷十万，三年的。",),
        ("客户：旧车你们能给我抵五万不？",),
        ("客户：我朋友花二十万买的。",),
        ("客服：您一年跑多少公里？", "客户：两三万吧。"),
        ("客服：您预算多少？", "客户：预算不是问题。"),
        ("客户：最低配落地多少？十六万，还是十八万？",),
        ("客户：定金两万我可不交。",),
        ("客服：您预算是二十万以内吧？", "客户：先不说这个。"),
    ],
)
def test_no_budget(lines: tuple[str, ...]) -> None:
    assert memo_of(*lines).budget is None
