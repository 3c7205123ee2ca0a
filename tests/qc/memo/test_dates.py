from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.memo.dates import find_spells
from qc.memo.day_words import add_months, month_end
from qc.memo.holidays import FESTIVALS, break_of, festival, new_year
from qc.memo.hours import find_clocks

THURSDAY = date(2026, 3, 12)


def span(said: str, today: date = THURSDAY) -> tuple[str, str]:
    spells = find_spells(said, today)
    assert len(spells) == 1, spells
    return spells[0].first.isoformat(), spells[0].last.isoformat()


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("今天", "2026-03-12", "2026-03-12"),
        # a day of the month without 号, and a range whose first day has none
        ("五月二十五出发", "2026-05-25", "2026-05-25"),
        ("四月十二到货", "2026-04-12", "2026-04-12"),
        ("二十二到二十六号", "2026-03-22", "2026-03-26"),
        ("五月上半个月", "2026-05-01", "2026-05-15"),
        # lunar months
        ("冬月十八", "2026-12-26", "2026-12-26"),
        ("腊月二十六七", "2027-02-02", "2027-02-03"),
        ("年二十六", "2027-02-02", "2027-02-02"),
        ("冬月底", "2026-12-29", "2027-01-07"),
        ("腊八之前", "2026-03-12", "2027-01-14"),
        ("二月二之前", "2026-03-12", "2026-03-19"),
        # the last day, and after the days off
        ("别超过四月十号", "2026-03-12", "2026-04-10"),
        ("不能拖过下周五", "2026-03-12", "2026-03-20"),
        ("节后", "2026-04-07", "2026-04-30"),
        ("节前", "2026-03-12", "2026-04-04"),
        ("五一回来就办", "2026-05-06", "2026-05-31"),
        ("中秋节过了再说", "2026-09-28", "2026-09-30"),
        ("明儿", "2026-03-13", "2026-03-13"),
        ("大后天", "2026-03-15", "2026-03-15"),
        ("明晚", "2026-03-13", "2026-03-13"),
        ("礼拜六", "2026-03-14", "2026-03-14"),
        ("这周日", "2026-03-15", "2026-03-15"),
        ("周三", "2026-03-18", "2026-03-18"),
        ("下周三", "2026-03-18", "2026-03-18"),
        ("下星期天", "2026-03-22", "2026-03-22"),
        ("下下个礼拜二", "2026-03-24", "2026-03-24"),
        ("这个周末", "2026-03-14", "2026-03-15"),
        ("下周末", "2026-03-21", "2026-03-22"),
        ("这礼拜", "2026-03-12", "2026-03-15"),
        ("下个星期", "2026-03-16", "2026-03-22"),
        ("二十号", "2026-03-20", "2026-03-20"),
        ("八号", "2026-04-08", "2026-04-08"),
        ("八号九号", "2026-04-08", "2026-04-09"),
        ("三月二十号", "2026-03-20", "2026-03-20"),
        ("三月二十号礼拜五", "2026-03-20", "2026-03-20"),
        ("下个月三号", "2026-04-03", "2026-04-03"),
        ("明年一月一号", "2027-01-01", "2027-01-01"),
        ("五月份", "2026-05-01", "2026-05-31"),
        ("二月", "2027-02-01", "2027-02-28"),
        ("五六月份", "2026-05-01", "2026-06-30"),
        ("这个月", "2026-03-12", "2026-03-31"),
        ("下个月", "2026-04-01", "2026-04-30"),
        ("下下个月", "2026-05-01", "2026-05-31"),
        ("月底", "2026-03-21", "2026-03-31"),
        ("下个月中", "2026-04-11", "2026-04-20"),
        ("四月初", "2026-04-01", "2026-04-10"),
        ("四月下旬", "2026-04-21", "2026-04-30"),
        ("下月头上", "2026-04-01", "2026-04-10"),
        ("今年", "2026-03-12", "2026-12-31"),
        ("年底", "2026-12-01", "2026-12-31"),
        ("年内", "2026-03-12", "2026-12-31"),
        ("下半年", "2026-07-01", "2026-12-31"),
        ("三季度", "2026-07-01", "2026-09-30"),
        ("明年上半年", "2027-01-01", "2027-06-30"),
        ("暑假", "2026-07-01", "2026-08-31"),
        ("明年开春", "2027-03-01", "2027-04-30"),
        ("这两天", "2026-03-12", "2026-03-14"),
        ("这两三天", "2026-03-12", "2026-03-15"),
        ("尽快", "2026-03-12", "2026-03-19"),
        # limits
        ("月底前", "2026-03-12", "2026-03-31"),
        ("二十号之前", "2026-03-12", "2026-03-19"),
        ("五月以前", "2026-03-12", "2026-04-30"),
        ("年底前", "2026-03-12", "2026-12-31"),
        ("二十号以后", "2026-03-20", "2026-03-31"),
        ("二十号左右", "2026-03-20", "2026-03-20"),
        ("二十号前后", "2026-03-13", "2026-03-27"),
        ("半个月内", "2026-03-12", "2026-03-27"),
        ("十天之内", "2026-03-12", "2026-03-22"),
        ("三个月以内", "2026-03-12", "2026-06-12"),
        ("一年内", "2026-03-12", "2027-03-12"),
        ("两个月后", "2026-05-12", "2026-05-12"),
        ("半年以后", "2026-09-12", "2026-09-12"),
        ("再过一个礼拜", "2026-03-19", "2026-03-19"),
        ("两三个月", "2026-05-12", "2026-06-12"),
        ("十天半个月", "2026-03-22", "2026-03-27"),
        ("一个半月", "2026-04-27", "2026-04-27"),
        # holidays: the official break; 前 and 前后 count from the day itself
        ("清明", "2026-04-04", "2026-04-06"),
        ("清明前", "2026-03-12", "2026-04-04"),
        ("五一", "2026-05-01", "2026-05-05"),
        ("五一前", "2026-03-12", "2026-04-30"),
        ("五一之后", "2026-05-06", "2026-05-31"),
        ("五一前后", "2026-04-24", "2026-05-08"),
        ("端午", "2026-06-19", "2026-06-21"),
        ("国庆", "2026-10-01", "2026-10-07"),
        ("国庆节前", "2026-03-12", "2026-09-30"),
        ("过了国庆", "2026-10-08", "2026-10-31"),
        ("双十一之前", "2026-03-12", "2026-11-10"),
        ("圣诞节", "2026-12-25", "2026-12-25"),
        ("春节前", "2026-03-12", "2027-02-05"),
        ("腊月二十三", "2027-01-30", "2027-01-30"),
        ("大年三十", "2027-02-05", "2027-02-05"),
    ],
)
def test_days_said_on_a_thursday_in_march(said: str, first: str, last: str) -> None:
    assert span(f"我想{said}买") == (first, last)


@pytest.mark.parametrize(
    ("said", "today", "first", "last"),
    [
        ("月底前", "2024-02-05", "2024-02-05", "2024-02-29"),
        ("二月底", "2027-01-20", "2027-02-21", "2027-02-28"),
        ("一月三号", "2026-12-30", "2027-01-03", "2027-01-03"),
        ("元旦前后", "2026-11-20", "2026-12-25", "2027-01-08"),
        ("元旦", "2026-12-20", "2027-01-01", "2027-01-03"),
        ("下周", "2026-12-29", "2027-01-04", "2027-01-10"),
        ("三十一号", "2026-08-27", "2026-08-31", "2026-08-31"),
        ("三十一号", "2026-09-02", "2026-10-31", "2026-10-31"),
        ("过完年", "2026-12-08", "2027-02-13", "2027-03-07"),
        ("年后", "2026-06-08", "2027-02-13", "2027-03-07"),
        ("中秋", "2025-09-01", "2025-10-01", "2025-10-08"),
        ("过年前", "2026-01-10", "2026-01-10", "2026-02-16"),
        ("初八", "2026-02-12", "2026-02-24", "2026-02-24"),
        ("出了正月", "2026-02-23", "2026-03-19", "2026-03-31"),
        ("开学前", "2026-07-20", "2026-07-20", "2026-08-31"),
        ("国庆", "2025-09-01", "2025-10-01", "2025-10-08"),
        ("端午", "2027-05-20", "2027-06-09", "2027-06-09"),
        ("国庆长假最后一天", "2027-09-20", "2027-10-07", "2027-10-07"),
        ("下周，跨年前", "2026-12-27", "2026-12-28", "2026-12-31"),
        ("三个月后", "2026-11-30", "2027-02-28", "2027-02-28"),
    ],
)
def test_days_at_the_edges_of_months_and_years(said: str, today: str, first: str, last: str) -> None:
    day = date.fromisoformat(today)
    spells = find_spells(said, day)
    found = [(spell.first.isoformat(), spell.last.isoformat()) for spell in spells]
    assert (first, last) in found


@pytest.mark.parametrize(
    "said",
    [
        "去年", "上个礼拜", "上周六来过", "昨天", "每周六都开会", "贷三年", "开了七年了", "一八年的", "尾号三零二五", "十几号楼", "三座五座", "跑了九万",
        "一点五T", "一千块", "便宜一点",
    ],
)  # fmt: skip
def test_what_is_no_day_ahead(said: str) -> None:
    assert [spell for spell in find_spells(said, THURSDAY) if not spell.loose] == []


DAYS = st.dates(min_value=date(2024, 1, 1), max_value=date(2030, 12, 31))
WORDS = st.sampled_from(
    [
        "今天", "明天", "大后天", "周六", "这周日", "下周三", "下下周一", "周末", "这礼拜", "下个星期", "五号", "二十八号", "三十一号", "二月二十九号", "三月三号", "一月", "十二月底", "五六月份",
        "月底", "月初", "月中", "这个月", "下个月", "下个月中旬", "年底", "年内", "今年", "明年", "下半年", "四季度", "暑假", "寒假", "开春", "这两天", "这几天", "尽快", "半个月", "十天",
        "两三个月", "半年", "一年", "元旦", "春节", "清明", "五一", "端午", "中秋", "国庆", "双十一", "圣诞", "除夕", "元宵", "小年", "七夕", "初六", "腊月二十", "正月", "过完年", "年前", "开学",
    ]
)  # fmt: skip
LIMITS = st.sampled_from(["", "前", "之前", "以前", "前后", "左右", "后", "以后", "内", "之内", "那天"])


@given(DAYS, WORDS, LIMITS)
def test_days_never_lie_before_the_call_and_run_forward(today: date, word: str, limit: str) -> None:
    for spell in find_spells(f"我{word}{limit}买车", today):
        assert today <= spell.first <= spell.last
        assert spell.last <= today + timedelta(days=3 * 366)


@given(DAYS)
def test_a_week_day_lies_in_the_week_it_is_said_of(today: date) -> None:
    for index, name in enumerate("一二三四五六日"):
        (following,) = find_spells(f"下周{name}", today)
        assert following.first.weekday() == index
        assert following.first - timedelta(days=following.first.weekday()) == today - timedelta(
            days=today.weekday() - 7
        )
        (coming,) = find_spells(f"周{name}", today)
        assert coming.first.weekday() == index
        assert timedelta(0) < coming.first - today <= timedelta(days=7)


@given(DAYS)
def test_next_month_is_the_whole_of_it(today: date) -> None:
    (spell,) = find_spells("下个月", today)
    assert spell.first.day == 1
    assert spell.last == month_end(spell.first)
    assert (spell.first - month_end(today)).days == 1


@given(DAYS, st.integers(min_value=0, max_value=36))
def test_months_are_added_without_leaving_the_month(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == min(day.day, month_end(later).day)


@given(DAYS, st.sampled_from(sorted(FESTIVALS)))
def test_a_festival_lies_ahead_and_in_its_own_break(today: date, name: str) -> None:
    day = festival(name, today)
    first, last = break_of(name, day)
    assert first <= day <= last
    assert last >= today
    assert (day - today).days <= 400


def test_known_new_years_days() -> None:
    assert [new_year(year).isoformat() for year in (2024, 2025, 2026, 2027, 2028)] == [
        "2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26",
    ]  # fmt: skip


@given(
    DAYS,
    st.text(
        alphabet="一二三四五六七八九十零初这下个月周礼拜星期天日号前后年内底中旬明今大后正腊过完国庆清明五端午半几两点到至，。0123456789",
        max_size=20,
    ),
)
def test_any_text_is_read_without_failing(today: date, text: str) -> None:
    for spell in find_spells(text, today):
        assert today <= spell.first <= spell.last
        assert 0 <= spell.start < spell.end <= len(text)
    for clock in find_clocks(text):
        assert 0 <= clock.at().hour <= 23


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("三点", "15:00"), ("下午三点半", "15:30"), ("上午十点", "10:00"), ("十点半", "10:30"), ("早上八点半", "08:30"), ("晚上七点半", "19:30"), ("七点五十", "19:50"), ("六点多", "18:00"),
        ("九点来钟", "09:00"), ("中午十二点半", "12:30"), ("中午一点", "13:00"), ("下昼三点", "15:00"), ("两点一刻", "14:15"), ("19:30", "19:30"), ("傍晚六点", "18:00"), ("明早七点半", "07:30"),
        ("晚八点", "20:00"), ("14点", "14:00"), ("十一点", "11:00"),
    ],
)  # fmt: skip
def test_hour(said: str, at: str) -> None:
    assert [clock.at().isoformat(timespec="minutes") for clock in find_clocks(f"那就{said}吧")] == [at]


def test_a_tuesday_s_number_is_not_of_the_hour() -> None:
    assert [clock.hour for clock in find_clocks("九月一号礼拜二十一点")] == [11]
    assert [clock.hour for clock in find_clocks("下周二十三点")] == [13]
    assert [clock.hour for clock in find_clocks("九月一号晚上二十一点")] == [21]


@pytest.mark.parametrize(
    "said", ["便宜一点", "一点五T", "十七点八万", "早一点", "有两点", "差一点", "多一点", "二点零T"]
)
def test_no_hour(said: str) -> None:
    assert find_clocks(said) == ()
