"""Needs, answers and plans put in other words than the plain ones."""

from datetime import date

import pytest

from qc.memo.dates import find_spells
from tests.qc.memo.memo_reading import memo_of


@pytest.mark.parametrize(
    ("said", "worry"),
    [
        ("我们院里没地儿充电啊。", "没处充电"),
        ("外面充一次得多久？", "充电等待"),
        ("修的时候就怕没人管。", "没人管"),
        ("咋又多了一千八？", "多收费"),
        ("这车引擎盖上有道刮痕。", "划痕"),
        ("信用卡我忘还过一回。", "征信逾期"),
        ("你们跟厂里来回踢皮球。", "互相推诿"),
        ("这个月第五回了。", "反复打电话"),
        ("我指标下个月就到期。", "指标到期"),
        ("配置太低了吧。", "配置低"),
        ("那不就是套路嘛。", "套路"),
    ],
)
def test_worries(said: str, worry: str) -> None:
    assert worry in memo_of(f"客户：{said}").concerns


@pytest.mark.parametrize("said", ["这车烧油还是烧电？", "怕是要下雨了。", "现在那台车底盘低。"])
def test_no_worry_about_our_car(said: str) -> None:
    assert memo_of(f"客户：{said}").concerns == ()


@pytest.mark.parametrize(
    ("said", "wish"),
    [
        ("星空蓝那个色就行。", "星空蓝色"),
        ("得带空气悬架的。", "空气悬架"),
        ("首付想少点。", "首付少点"),
        ("五台都要。", "五台"),
        ("膜我自己在外面贴。", "自己贴膜"),
    ],
)
def test_wishes(said: str, wish: str) -> None:
    assert wish in memo_of(f"客户：{said}").preferences


@pytest.mark.parametrize(
    ("said", "use"),
    [
        ("平时接我孙子。", "接孙子"),
        ("火车站来回跑。", "火车站来回跑"),
        ("主要是进山。", "进山"),
        ("给我们董事长坐。", "董事长用车"),
    ],
)
def test_uses(said: str, use: str) -> None:
    assert use in memo_of(f"客户：{said}").use


def test_an_errand_of_today_is_no_use() -> None:
    assert memo_of("客户：我刚买菜回来，等下要去接小孩。").use == ()


@pytest.mark.parametrize("said", ["我女婿点头才行。", "得听我女婿的。"])
def test_a_son_in_law_decides(said: str) -> None:
    assert memo_of(f"客户：{said}").decision_makers == ("女婿",)


@pytest.mark.parametrize(
    ("said", "low", "high"),
    [
        ("一台不超过二十五万，四台一百万封顶。", None, 250_000),
        ("十五万左右，再多就没有了。", 150_000, 150_000),
        ("我老婆说了，三十万包完，多一分都不行。", None, 300_000),
    ],
)
def test_the_customers_limit(said: str, low: int | None, high: int) -> None:
    budget = memo_of("客服：您预算多少？", f"客户：{said}").budget
    assert budget is not None
    assert (budget.min, budget.max) == (low, high)


@pytest.mark.parametrize("said", ["可能贷一点，还没想好。", "贷不贷到时候再看吧。"])
def test_a_loan_left_open(said: str) -> None:
    assert memo_of("客服：您怎么付款呢？", f"客户：{said}").payment == "未定"


def test_a_loan_that_is_certain() -> None:
    assert memo_of("客户：我贷十万。颜色还没想好。").payment == "贷款"


def test_nobody_is_called_buy() -> None:
    assert memo_of("客服：您好。", "客户：我爸叫我买个油车。").customer_name is None


@pytest.mark.parametrize(
    ("turns", "name"),
    [
        (("客服：请问是姚女士吗？", "客户：打错了吧，我姓樊，男的。"), "樊先生"),
        (("客服：请问您是？", "客户：打错了，我姓苏。", "客服：不好意思苏女士。"), "苏女士"),
        (("客服：喂，小吴是吧？", "客户：是我，你说。"), "吴先生/女士"),
        (("客服：喂，老吴啊，忙着呢？", "客户：我老婆在旁边，你说。"), "吴先生"),
    ],
)
def test_whom_the_agent_spoke_to(turns: tuple[str, ...], name: str) -> None:
    assert memo_of(*turns).customer_name == name


def test_the_agent_who_gives_a_nickname_is_not_the_customer() -> None:
    assert memo_of("客服：您好，我是小吴。", "客户：哦，你说。").customer_name is None


def test_a_bare_day_falls_in_the_month_just_named() -> None:
    days = find_spells("那我八月下旬，嗯，二十五号来电话", date(2026, 6, 30))
    assert [day.last for day in days][-1] == date(2026, 8, 25)


@pytest.mark.parametrize("said", ["最迟二十五号。", "最晚二十五号吧。"])
def test_at_the_latest_means_any_day_until_then(said: str) -> None:
    when = memo_of("客服：您打算什么时候买？", f"客户：{said}").purchase_time
    assert when is not None
    assert when.from_ is not None
    assert when.to is not None
    assert when.from_ < when.to
    assert when.to.day == 25


def test_a_day_years_ahead_is_no_appointment() -> None:
    assert memo_of("客服：以后您再来店里看看吗？", "客户：可以啊，过两年再讲吧。").appointment is None


def test_the_customer_asks_the_agent_to_come() -> None:
    agreed = memo_of(
        "客服：那我给您做个方案介绍？", "客户：你明天过来，下午三点，把试驾车也开来。", "客服：好，明天下午三点。"
    ).appointment
    assert agreed is not None
    assert agreed.kind == "上门"


def test_how_late_it_is_names_no_plan() -> None:
    assert memo_of("客户：说好十五号之前交车，今天都二十二了。", "客服：您别急。").appointment is None


def test_the_model_year_may_come_in_the_next_answer() -> None:
    memo = memo_of("客户：我现在那个卡罗拉太小了。", "客服：哪年的，要置换吗？", "客户：一六年的，想换。")
    assert memo.trade_in == "2016款卡罗拉"


@pytest.mark.parametrize(
    ("said", "promise"),
    [
        ("合同我马上拍给您。", "拍"),
        ("我今晚查完给您截图。", "截图"),
        ("我会写在单子上。", "单子"),
        ("内部给您抹三千。", "抹三千"),
    ],
)
def test_what_the_agent_undertakes(said: str, promise: str) -> None:
    memo = memo_of("客服：您好。", "客户：嗯。", f"客服：{said}", "客户：好。")
    assert any(promise in said for said in memo.promises)


def test_how_it_is_done_belongs_to_the_promise() -> None:
    memo = memo_of("客服：您好。", "客户：嗯。", "客服：我再申请两次保养，写进合同。", "客户：好。")
    assert len(memo.promises) == 1
    assert "写进合同" in memo.promises[0]


@pytest.mark.parametrize("said", ["我们不会让您转账。", "网上有人说什么都给您免。"])
def test_what_is_no_promise(said: str) -> None:
    assert memo_of("客服：您好。", "客户：嗯。", f"客服：{said}", "客户：好。").promises == ()


def test_film_bought_online_is_no_car_bought_elsewhere() -> None:
    memo = memo_of("客服：您来店里贴吧？", "客户：膜我自己在网上都买好了，要白色的车。")
    assert "白色" in memo.preferences
