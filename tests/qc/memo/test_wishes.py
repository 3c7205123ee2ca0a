from __future__ import annotations

import pytest
from memo_reading import memo_of


@pytest.mark.parametrize(
    ("said", "use"),
    [
        ("平时就接送孩子。", "接送孩子"),
        ("上下班代步用。", "上下班代步"),
        ("我跑滴滴的。", "跑滴滴"),
        ("我天天跑工地。", "跑工地"),
        ("国庆要开车回湖南老家。", "国庆回湖南老家"),
        ("主要是商务接待用。", "商务接待"),
        ("结婚用的。", "结婚"),
        ("给我女儿买的。", "给女儿买"),
        ("平时拉货。", "拉货"),
        ("周末去山里钓鱼。", "周末去山里钓鱼"),
        ("一家五口出门。", "五口人出行"),
    ],
)
def test_use(said: str, use: str) -> None:
    assert use in memo_of(f"客户：{said}").use


@pytest.mark.parametrize("said", ["以前拉货，现在不干了。", "刚送完小孩，你说。", "我下班了再打给你。"])
def test_no_use(said: str) -> None:
    assert memo_of(f"客户：{said}").use == ()


@pytest.mark.parametrize(
    ("said", "preferences"),
    [
        ("我要白色的。", ("白色",)),
        ("黑的白的都行，就是不要红的。", ("黑色", "白色", "不要红色")),
        ("我要金的，算了，听老婆的，白的。", ("白色",)),
        ("把白的换成灰的行不行？", ("灰色",)),
        ("顶配，一步到位。", ("顶配",)),
        ("最低配就行。", ("低配",)),
        ("我要七座的，混动。", ("七座", "混动")),
        ("四驱，没得商量。", ("四驱",)),
        ("天窗我不要。", ("不要天窗",)),
        ("只看油车，电车不考虑。", ("燃油车",)),
        ("空间要大，底盘要高。", ("空间大", "底盘高")),
        ("就要手动挡的。", ("手动挡",)),
        ("有没有现车？", ("现车",)),
    ],
)
def test_preferences(said: str, preferences: tuple[str, ...]) -> None:
    assert sorted(memo_of(f"客户：{said}").preferences) == sorted(preferences)


@pytest.mark.parametrize(
    "said",
    ["定金，能退吗？", "我老婆银行上班的。", "你别跟我白话。", "绿本在家。", "这不黄了嘛。", "高配就不用了，没必要。"],
)
def test_no_preference(said: str) -> None:
    assert memo_of(f"客户：{said}").preferences == ()


def test_the_agents_words_are_no_wish() -> None:
    memo = memo_of("客服：这款白色的顶配，七座四驱，接送孩子特别好，就是油耗高点。", "客户：哦。")
    assert (memo.use, memo.preferences, memo.concerns) == ((), (), ())


@pytest.mark.parametrize(
    ("said", "concern"),
    [
        ("太贵了，再便宜点嘛。", "价格"),
        ("油耗怎么样？我怕费油。", "油耗"),
        ("我们小区装不了桩。", "充电桩"),
        ("冬天续航打几折啊？", "冬季续航"),
        ("就怕我前脚买，你们后脚降。", "买后降价"),
        ("三缸的抖得很。", "三缸抖动"),
        ("第三排坐人憋屈不？", "第三排空间"),
        ("还有啥手续费没有？", "手续费"),
        ("保险必须在你那买吗？", "店内保险"),
        ("我征信有两次逾期。", "征信逾期"),
        ("这不会是试驾车吧？", "试驾车"),
        ("指标还没摇上呢。", "指标"),
        ("定金能退不？", "退定金"),
    ],
)
def test_concern(said: str, concern: str) -> None:
    assert concern in memo_of(f"客户：{said}").concerns


@pytest.mark.parametrize("said", ["没啥顾虑，就等发工资呢。", "样子我挺喜欢，价格也能接受。", "您贵姓？"])
def test_no_concern(said: str) -> None:
    assert memo_of(f"客户：{said}").concerns == ()


@pytest.mark.parametrize(
    ("lines", "preference"),
    [
        (("客户：别打电话，有事微信上说。",), "微信"),
        (("客服：我加您微信？", "客户：我不用微信，你发短信。"), "短信"),
        (("客服：那我什么时候联系您方便？", "客户：下班后吧。"), "下班后"),
        (("客户：直接打电话吧，我不爱看字。",), "电话"),
    ],
)
def test_contact_preference(lines: tuple[str, ...], preference: str) -> None:
    assert memo_of(*lines).contact_preference == preference


def test_no_contact_preference() -> None:
    assert memo_of("客服：打电话还是发微信？", "客户：都行，看你方便。").contact_preference is None


@pytest.mark.parametrize(
    ("said", "promise"),
    [
        ("那我周五之前把报价单给您发过去。", "周五前报价单发"),
        ("行，下午三点前给您回电话。", "下午三点前回电话"),
        ("上牌我们给您代办。", "上牌我们代办"),
        ("我这就去找经理申请。", "去找经理申请"),
        ("白的那台我给您留到礼拜天。", "白的那台留到周天"),
    ],
)
def test_promise(said: str, promise: str) -> None:
    assert memo_of(f"客服：{said}").promises == (promise,)


@pytest.mark.parametrize(
    "said",
    [
        "这个我们不能跟您保证。",
        "要不要我给您发一份？",
        "质保是整车五年。",
        "我做不了主，不敢答应您。",
        "您把身份证带来就行。",
        "我们周一到周日都营业。",
    ],
)
def test_no_promise(said: str) -> None:
    assert memo_of(f"客服：{said}").promises == ()
