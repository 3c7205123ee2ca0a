from __future__ import annotations

import pytest
from builders import a_call, a_transcript
from memo_reading import memo_of, shipped

from qc.domain import Call
from qc.memo.car_names import find_mentions
from qc.memo.talk import Talk
from qc.memo.vehicle import CarsTalkedOf, find_cars
from qc.rulebook.needs import fold


@pytest.mark.parametrize(
    ("brand", "lines", "vehicles", "competitors"),
    [
        ("上汽大众", ("客户：我想看看途观L。",), ("途观L",), ()),
        ("宝马", ("客户：五系现在啥价？",), ("宝马5系",), ()),
        ("宝马", ("客户：我在五系跟奔驰那个E级里头挑。",), ("宝马5系",), ("奔驰E级",)),
        ("长安", ("客户：CS七五现在优惠多少？",), ("长安CS75",), ()),
        ("沃尔沃", ("客户：XC六零，我还看了宝马X三。",), ("沃尔沃XC60",), ("宝马X3",)),
        ("极氪", ("客服：您看的是零零一还是零零七？", "客户：零零七。"), ("极氪007",), ()),
        ("特斯拉", ("客户：model y 长续航版有现车吗？",), ("Model Y",), ()),
        ("小鹏", ("客户：G六试过了，小米的SU7也看了。",), ("小鹏G6",), ("小米SU7",)),
        ("问界", ("客户：M九什么时候能提？",), ("问界M9",), ()),
        ("理想", ("客户：L6跟问界M7我还在比。",), ("理想L6",), ("问界M7",)),
        ("比亚迪", ("客户：秦PLUS跟轩逸哪个省钱？",), ("秦PLUS",), ("轩逸",)),
        ("广汽丰田", ("客户：凯美瑞，还有你们的赛那。",), ("凯美瑞", "赛那"), ()),
        # the other joint venture sells its own cars
        ("一汽丰田", ("客户：亚洲龙跟凯美瑞我拿不定主意。",), ("亚洲龙",), ("凯美瑞",)),
        ("一汽大众", ("客户：途岳那不是上汽的嘛，我要的是探岳。",), ("探岳",), ()),
        # an old one is not looked at
        ("大众", ("客户：想看朗逸。", "客服：旧车呢？", "客户：一三年的五菱荣光，卖又卖不掉几个钱。"), ("朗逸",), ()),
        ("马自达", ("客户：CX五怎么卖？", "客服：您那老皇冠还开呢吧？", "客户：开着呢。"), ("CX-5",), ()),
        ("大众", ("客户：二五年的途观L现车还有吗？我想看看。",), ("途观L",), ()),
        # a brand bought elsewhere is one, the brand of the car before is not
        ("丰田", ("客户：我把蔚来订了，锋兰达不要了。",), (), ("蔚来",)),
        ("丰田", ("客户：我以前买的大众，现在想看凯美瑞。",), ("凯美瑞",), ()),
        ("丰田", ("客户：我家本田开了十年，想看凯美瑞。",), ("凯美瑞",), ()),
        # what was dropped is out
        ("小米", ("客户：SU7我不想了，YU7还能排上不？",), ("小米YU7",), ()),
        ("保时捷", ("客户：帕拉梅拉不看了，就卡宴。",), ("卡宴",), ()),
        ("广汽本田", ("客户：雅阁，型格太小了。",), ("雅阁",), ()),
        ("沃尔沃", ("客户：S九零，不要S六零。",), ("沃尔沃S90",), ()),
        # one character, or three in words
        ("比亚迪", ("客户：我想要汉，唐太大了。",), ("比亚迪汉",), ()),
        ("比亚迪", ("客户：我在武汉，汉口那边。",), (), ()),
        ("哈弗", ("客户：大狗，坦克三百我也看了。",), ("哈弗大狗",), ("坦克300",)),
        # the agent names it and the customer does not deny it
        ("日产", ("客服：您昨天在网上咨询的轩逸，是吧？", "客户：对。"), ("轩逸",), ()),
        ("日产", ("客服：十万的话可以看看轩逸。", "客户：太小了。"), (), ()),
        ("名爵", ("客服：您咨询的是MG七，对吗？", "客户：没听过，我问的是MG五。"), ("MG5",), ()),
        # other people's cars are nobody's choice
        ("日产", ("客户：我同事开的是卡罗拉。",), (), ()),
        ("日产", ("客服：卡罗拉的空间可没我们大。", "客户：哦。"), (), ()),
        # a brand, or a dealer, without a model
        ("比亚迪", ("客户：秦PLUS EV，长安那边给我报得低。",), ("秦PLUS EV",), ("长安",)),
        ("一汽丰田", ("客户：RAV4，洛阳那家给我三万二。",), ("RAV4荣放",), ("洛阳那家丰田店",)),
        ("一汽丰田", ("客户：RAV4，结果西青那边比你便宜八百。",), ("RAV4荣放",), ("西青那家丰田店",)),
        ("一汽丰田", ("客户：RAV4，你不让我就找新乡的店。",), ("RAV4荣放",), ("新乡那家丰田店",)),
        ("一汽丰田", ("客户：RAV4，我在奶茶店上班，银行那边给我报的利息高。",), ("RAV4荣放",), ()),
        ("小鹏", ("客服：您看小鹏吗？", "客户：打错了，我不买车。"), (), ()),
    ],
)
def test_wanted_and_considered(
    brand: str, lines: tuple[str, ...], vehicles: tuple[str, ...], competitors: tuple[str, ...]
) -> None:
    memo = memo_of(*lines, brand=brand)
    assert (sorted(memo.vehicles), sorted(memo.competitors)) == (sorted(vehicles), sorted(competitors))


@pytest.mark.parametrize(
    ("lines", "car"),
    [
        (("客户：我有台一二年的卡罗拉，想置换。",), "2012款卡罗拉"),
        (("客服：您现在开的什么车？", "客户：飞度，一五年的，想卖掉，你们收不？"), "2015款飞度"),
        (("客户：我那台速腾开了八年了，想换掉。",), "速腾"),
        (("客服：您旧车是什么车？", "客户：凯越。", "客服：开过来评估一下。"), "凯越"),
        (("客户：旧车那个朗逸，2013年的，能抵多少？",), "2013款朗逸"),
        (("客户：要换的是一六款的天籁。", "客服：好，我让评估师看看。"), "2016款天籁"),
        (("客户：我那辆零九年的奥迪A六你们收吗？",), "2009款奥迪A6L"),
    ],
)
def test_trade_in(lines: tuple[str, ...], car: str) -> None:
    memo = memo_of(*lines, brand="吉利")
    assert memo.trade_in == car
    assert memo.competitors == ()


@pytest.mark.parametrize(
    "lines",
    [
        ("客服：您现在开的什么车？", "客户：帕杰罗，零九年的，那个不卖，给我兄弟留着。"),
        ("客户：没有旧车，这是我头一台。",),
        ("客服：原来那台思域要评估吗？", "客户：不用了，卖给我小舅子了。"),
        ("客户：我朋友有台卡宴想出手。",),
        ("客服：您现在开的是什么车？", "客户：一辆老思域，一八款的。"),
        ("客服：有旧车的话置换补贴八千。",),
    ],
)
def test_no_trade_in(lines: tuple[str, ...]) -> None:
    assert memo_of(*lines, brand="吉利").trade_in is None


def test_the_market_is_covered() -> None:
    brands = shipped().vehicles.brands
    assert len(brands) >= 60
    assert sum(len(brand.series) for brand in brands) >= 500


def _cars(talk: Talk, call: Call) -> CarsTalkedOf:
    mentions = find_mentions(talk, call, shipped().vehicles)
    return find_cars(talk, call, shipped().vehicles, mentions, wanted=True, open_to_trade=True)


def test_every_series_is_found_by_its_own_name() -> None:
    for brand in shipped().vehicles.brands:
        for series in brand.series:
            talk = Talk(a_transcript(f"客户：我想看一下{brand.name}的{series.name}，什么价？"))
            assert series.name in _cars(talk, a_call(brand=brand.name)).vehicles, series.name


def test_everyday_words_are_cars_only_where_cars_are_spoken_of() -> None:
    for word in shipped().vehicles.everyday:
        talk = Talk(a_transcript(f"客户：他们{word}得很，真是{word}一样的人。"))
        found = _cars(talk, a_call(brand="极氪"))
        assert (found.vehicles, found.competitors) == ({}, {}), word


@pytest.mark.parametrize(
    ("brand", "lines", "vehicles"),
    [
        ("奔驰", ("客户：C两百六L现在什么价？",), ("奔驰C级 C260L",)),
        ("奔驰", ("客户：GLC三百有现车吗？",), ("奔驰GLC GLC300",)),
        ("宝马", ("客户：三二五Li运动套装落地多少？",), ("宝马3系 325LI",)),
        ("雷克萨斯", ("客户：ES三百H还要加价不？",), ("雷克萨斯ES ES300H",)),
        ("坦克", ("客户：三百跟四百差多少钱？",), ("坦克300", "坦克400")),
        ("坦克", ("客服：脚垫优惠多少？", "客户：三百，不能再少了。"), ()),
        ("丰田", ("客服：给您说一声，您订的汉兰达到店了。", "客户：到了啊，那我周六去提车。"), ("汉兰达",)),
        ("奇瑞", ("客服：您之前咨询的是艾瑞泽八对吧？", "客户：是，不过现在想看瑞虎八了。"), ("瑞虎8",)),
        ("星途", ("客服：瑶光这个月有两千的礼包。", "客户：落地多少？有现车没？"), ("星途瑶光",)),
        ("星途", ("客服：瑶光这个月有两千的礼包。", "客户：我不考虑了，谢谢。"), ()),
        ("吉利银河", ("客服：E8您昨天问的那个，库里有。", "客户：嗯，我考虑考虑。"), ("银河E8",)),
        ("捷达", ("客服：VS7那台还看不看？", "客户：想看，这阵子手紧。"), ("捷达VS7",)),
        ("一汽大众", ("客服：您那台速腾等的批文有着落没有？", "客户：快了。"), ("速腾",)),
        ("一汽大众", ("客服：您那台速腾开了几年啦？", "客户：五年。"), ()),
        ("一汽大众", ("客服：您那台速腾下个月保险到期。", "客户：哦。"), ()),
        ("丰田", ("客户：我现在开的卡罗拉，想看看汉兰达，报价多少？", "客服：我给您算。"), ("汉兰达",)),
        ("一汽大众", ("客户：我那台速腾，交了两千定金的，几时能到？", "客服：我查一下。"), ("速腾",)),
    ],
)
def test_the_car_that_is_meant(brand: str, lines: tuple[str, ...], vehicles: tuple[str, ...]) -> None:
    assert memo_of(*lines, brand=brand).vehicles == vehicles


def test_a_town_that_ends_like_a_gate_has_dealers() -> None:
    said = ("客服：凯美瑞您看得怎么样？", "客户：我去厦门店看过，凯美瑞报十八万。")
    assert memo_of(*said, brand="丰田").competitors == ("厦门那家丰田店",)


def test_a_cars_number_is_no_money() -> None:
    assert memo_of("客户：不过现在想看瑞虎八了。", brand="奇瑞").budget is None


def test_spoken_digits_spaces_and_case_do_not_matter() -> None:
    assert fold("CS 七五")[0] == fold("cs75")[0] == fold("CS-75")[0]
    assert fold("Model Y")[0] == "modely"
