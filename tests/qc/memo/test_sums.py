from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.memo.numerals import number
from qc.memo.sums import find_amounts


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("十", 10), ("十八", 18), ("二十", 20), ("一百二", 120), ("两百五", 250), ("一百零五", 105), ("三千八", 3800), ("十七点八", 17.8),
        ("二零一二", 2012), ("17.8", 17.8), ("幺三八", 138), ("九百九十九", 999),
    ],
)  # fmt: skip
def test_numeral(said: str, value: float) -> None:
    assert number(said) == value


@pytest.mark.parametrize("not_a_number", ["", "万", "十.五", "个", "百分", "点"])
def test_what_is_no_numeral(not_a_number: str) -> None:
    assert number(not_a_number) is None


@pytest.mark.parametrize(
    ("said", "low", "high"),
    [
        ("十八九万", 180_000, 190_000),
        ("十万十一万", 100_000, 110_000),
        ("七万八万的吧", 70_000, 80_000),
        ("八万九", 89_000, 89_000),
        ("三万五到四万二", 35_000, 42_000),
        ("五万来块", 50_000, 50_000),
        ("十八万里面", 180_000, 180_000),
        ("十五万只能接受", 150_000, 150_000),
        ("十五万头一回买车", 150_000, 150_000),
        ("二三十万", 200_000, 300_000),
        ("三四十万块钱", 300_000, 400_000),
        ("二十二三万", 220_000, 230_000),
        ("二十来万", 200_000, 200_000),
        ("二十万出头", 200_000, 200_000),
        ("二十个出头", 200_000, 200_000),
        ("十几万", 100_000, 200_000),
        ("二十多万", 200_000, 300_000),
        ("十五万多", 150_000, 160_000),
        ("十四万五", 145_000, 145_000),
        ("十六万三千八", 163_800, 163_800),
        ("二十万零五千", 205_000, 205_000),
        ("十五到十八万", 150_000, 180_000),
        ("十五万到十八万", 150_000, 180_000),
        ("十八、九万", 180_000, 190_000),
        ("18-19万", 180_000, 190_000),
        ("18到20万", 180_000, 200_000),
        ("17.8万", 178_000, 178_000),
        ("十七点八万", 178_000, 178_000),
        ("16万8", 168_000, 168_000),
        ("168000", 168_000, 168_000),
        ("20w", 200_000, 200_000),
        ("二十个达不溜", 200_000, 200_000),
        ("一百二十万", 1_200_000, 1_200_000),
    ],
)
def test_sum(said: str, low: int, high: int) -> None:
    assert [(amount.low, amount.high) for amount in find_amounts(f"预算{said}，差不多")] == [(low, high)]


@pytest.mark.parametrize(
    "said",
    [
        "跑了九万公里",
        "一年跑三万里",
        "养了六百头猪",
        "三年",
        "二十号",
        "一点五T",
        "六十期",
        "三个月",
        "五座",
        "两台",
        "第十八",
        "二零二六年",
        "Q5",
        "十点半",
        "五千块",
        "三百公里",
        "八十岁",
    ],
)
def test_what_is_no_car_size_sum(said: str) -> None:
    assert [amount for amount in find_amounts(said) if amount.close] == []


@pytest.mark.parametrize(
    ("said", "ceiling"),
    [
        ("最多二十万", True), ("不超过二十万", True), ("二十万以内", True), ("二十万封顶", True), ("顶多二十万", True), ("卡死二十万", True),
        ("二十万天花板", True), ("过二十万就算了", True), ("二十万以上我直接筛掉", True), ("二十万看着办", False), ("二十万以上，贷款买", False),
        ("别超二十万", True), ("二十万往里", True), ("撑死二十万", True), ("不到二十万", True), ("二十万左右", False), ("二十万", False), ("大概二十万吧", False),
    ],
)  # fmt: skip
def test_ceiling(said: str, *, ceiling: bool) -> None:
    assert [amount.ceiling for amount in find_amounts(said)] == [ceiling]


@given(st.integers(min_value=3, max_value=99))
def test_every_round_sum_in_digits_is_read(wan: int) -> None:
    assert [(amount.low, amount.high) for amount in find_amounts(f"预算{wan}万左右")] == [(wan * 10_000, wan * 10_000)]


@given(st.integers(min_value=3, max_value=90), st.integers(min_value=1, max_value=9))
def test_a_range_is_read_with_its_lower_end_first(low: int, step: int) -> None:
    read = [(amount.low, amount.high) for amount in find_amounts(f"{low}到{low + step}万")]
    assert read == [(low * 10_000, (low + step) * 10_000)]


@given(st.text(alphabet="一二三四五六七八九十百千万点几多来个到至0123456789wW以内左右最多块，。年月号", max_size=24))
def test_any_text_gives_sums_of_car_size_in_order(text: str) -> None:
    amounts = list(find_amounts(text))
    assert all(20_000 <= amount.low <= amount.high for amount in amounts)
    assert all(text[amount.start : amount.end].strip() for amount in amounts)
    assert [amount.start for amount in amounts] == sorted(amount.start for amount in amounts)


_DIGITS = "零一二三四五六七八九"


def _spoken(value: int) -> str:
    """A value in 万 from 2 to 999 as it is said: 十八, 两百零五."""
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    said = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        said += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        said += "零"
    return said + (_DIGITS[ones] if ones else "")


@given(st.integers(2, 999), st.integers(0, 9))
def test_a_spoken_sum_is_read_as_it_was_meant(wan: int, thousands: int) -> None:
    said = f"{_spoken(wan)}万{_DIGITS[thousands] if thousands else ''}"
    (amount,) = find_amounts(f"预算{said}吧")
    assert (amount.low, amount.high) == (wan * 10_000 + thousands * 1000,) * 2


@given(st.integers(2, 400), st.integers(1, 400))
def test_the_ends_of_a_range_are_in_order(low: int, more: int) -> None:
    (amount,) = find_amounts(f"预算{_spoken(low)}万到{_spoken(low + more)}万")
    assert (amount.low, amount.high) == (low * 10_000, (low + more) * 10_000)


@given(st.text(alphabet="的是我你想买车看颜色空间大点要好吧嗯，。？万个落地预算最多", max_size=40))
def test_without_a_number_there_is_no_sum(text: str) -> None:
    assert list(find_amounts(text)) == []


@given(st.text(alphabet=_DIGITS + "十百千万两几多来点个到半，预算最多以内左右元块", max_size=24))
def test_whatever_is_said_ends_are_ordered_and_of_a_cars_size(text: str) -> None:
    for amount in find_amounts(text):
        assert 20_000 <= amount.low <= amount.high
        assert 0 <= amount.start < amount.end <= len(text)
