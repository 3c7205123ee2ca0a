from __future__ import annotations

import pytest
from memo_reading import memo_of


@pytest.mark.parametrize(
    ("lines", "people"),
    [
        (("客户：我得跟我老婆商量商量。",), ("老婆",)),
        (("客户：这事儿我爸说了算。",), ("爸爸",)),
        (("客户：我媳妇儿嫌这个颜色老气。",), ("媳妇",)),
        (("客户：我闺女帮我把关，她说行才行。",), ("闺女",)),
        (("客户：下周带我老公一起来看。",), ("老公",)),
        (("客户：得我们老总签字才行。",), ("老总",)),
        (("客户：财务和办公室主任都得同意。",), ("财务", "办公室主任")),
        (("客户：我带媳妇跟丈母娘过来，她俩也得看上。",), ("媳妇", "丈母娘")),
        (("客户：得先问过我婆婆，家里她做主。",), ("婆婆",)),
        (("客服：您太太是什么意见呢？", "客户：她呀，嫌贵。"), ("太太",)),
        (("客户：我女朋友还没同意呢。",), ("女朋友",)),
    ],
)
def test_whose_view_counts(lines: tuple[str, ...], people: tuple[str, ...]) -> None:
    assert sorted(memo_of(*lines).decision_makers) == sorted(people)


@pytest.mark.parametrize(
    "lines",
    [
        ("客户：我自己说了算，不用跟谁商量。",),
        ("客户：平时就是接送孩子，周末带爸妈出去转转。",),
        ("客户：我弟去年买了一台。",),
        ("客服：您先生也一起来吗？", "客户：他来就是给我当司机，买啥我定。"),
        ("客户：我老婆在银行上班。",),
        ("客服：要不跟家里人商量一下？", "客户：不用。"),
    ],
)
def test_whose_view_does_not(lines: tuple[str, ...]) -> None:
    assert memo_of(*lines).decision_makers == ()
