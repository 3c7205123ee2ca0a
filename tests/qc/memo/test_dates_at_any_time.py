"""What holds of spoken days whatever the day of the call."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest
from chinese_calendar.constants import holidays
from hypothesis import given
from hypothesis import strategies as st

from qc.memo.dates import Spell, find_spells
from qc.memo.holidays import festival, new_year

DAY = timedelta(days=1)
DAYS = st.dates(date(2024, 1, 1), date(2034, 12, 31))
WEEKDAYS = "一二三四五六日"
FESTIVALS = ("元旦", "春节", "清明", "五一", "端午", "中秋", "国庆", "元宵", "七夕", "教师节", "立秋", "冬至", "双十一")
NUMERALS = {1: "一", 2: "两", 3: "三", 5: "五", 8: "八", 10: "十"}


def one(said: str, today: date) -> Spell:
    spells = find_spells(said, today)
    assert len(spells) == 1, (said, today, spells)
    return spells[0]


@given(
    DAYS, st.sampled_from(WEEKDAYS), st.sampled_from(["周", "礼拜", "星期"]), st.sampled_from(["下", "下个", "下一个"])
)
def test_a_day_of_next_week_is_in_next_iso_week(today: date, day: str, week: str, following: str) -> None:
    spell = one(f"{following}{week}{day}", today)
    assert spell.first == spell.last
    assert spell.first.isocalendar()[:2] == (today + 7 * DAY).isocalendar()[:2]
    assert spell.first.weekday() == WEEKDAYS.index(day)


@given(DAYS, st.sampled_from(WEEKDAYS), st.sampled_from(["周", "礼拜", "星期"]))
def test_a_bare_weekday_is_within_the_next_seven_days(today: date, day: str, week: str) -> None:
    spell = one(f"{week}{day}", today)
    assert today < spell.first <= today + 7 * DAY
    assert spell.first.weekday() == WEEKDAYS.index(day)


@given(DAYS)
def test_the_end_of_the_month_is_its_last_day(today: date) -> None:
    last = today.replace(day=calendar.monthrange(today.year, today.month)[1])
    for said in ("月底前", "这个月底之前", "月内", "这个月"):
        spell = one(said, today)
        assert (spell.first, spell.last) == (today, last)


@given(DAYS)
def test_next_month_follows_across_the_turn_of_the_year(today: date) -> None:
    spell = one("下个月", today)
    assert spell.first.day == 1
    assert (spell.first - DAY).month == today.month
    assert (spell.last + DAY).day == 1


@given(st.integers(2024, 2034))
def test_the_end_of_february_in_any_year(year: int) -> None:
    spell = one("二月底前", date(year, 2, 3))
    assert spell.last == date(year, 2, 29 if calendar.isleap(year) else 28)


@given(DAYS, st.sampled_from(FESTIVALS))
def test_before_a_festival_ends_the_day_before_it(today: date, name: str) -> None:
    day = festival(name, today)
    spells = find_spells(f"{name}之前", today)
    if today >= day:
        assert spells == ()
    else:
        assert [(spell.first, spell.last) for spell in spells] == [(today, day - DAY)]


@given(DAYS, st.sampled_from(FESTIVALS))
def test_a_festival_holds_its_day_and_comes_within_thirteen_months(today: date, name: str) -> None:
    spell = one(name, today)
    assert spell.first <= max(festival(name, today), today) <= spell.last
    assert spell.last >= today
    assert (spell.last - today).days < 13 * 31


@pytest.mark.parametrize("name", ["元旦", "春节", "清明", "五一", "端午", "中秋", "国庆"])
@given(year=st.sampled_from(sorted({day.year for day in holidays if day.year >= 2024})))
def test_announced_breaks_are_days_off(name: str, year: int) -> None:
    today = date(year, 1, 1)
    spell = one(name, today)
    if spell.last.year == year:
        day = spell.first
        while day <= spell.last:
            assert day in holidays
            day += DAY


@given(DAYS, st.sampled_from(list(NUMERALS)), st.sampled_from(["天", "个礼拜", "个月"]))
def test_within_a_length_begins_today_and_ends_after_it(today: date, count: int, unit: str) -> None:
    spell = one(f"{NUMERALS[count]}{unit}之内", today)
    assert spell.first == today < spell.last
    later = one(f"{NUMERALS[count]}{unit}以后", today)
    assert later.first == later.last == spell.last


@given(DAYS, st.integers(1, 28))
def test_before_a_date_ends_the_day_before_it(today: date, day: int) -> None:
    spells = find_spells(f"{day}号之前", today)
    for spell in spells:
        assert spell.first == today
        assert (spell.last + DAY).day == day


@given(DAYS)
def test_before_new_year_ends_on_its_eve_and_after_it_begins_later(today: date) -> None:
    following = new_year(today.year) if today < new_year(today.year) else new_year(today.year + 1)
    being_kept = new_year(today.year) - DAY * 2 <= today <= new_year(today.year) + DAY * 10
    if not being_kept:
        assert one("过年前", today).last == following - DAY
    after = one("过完年", today)
    assert after.last >= today
    assert after.first <= after.last


PHRASES = [
    "今天",
    "明天",
    "后天",
    "大后天",
    "这周",
    "下周",
    "下下周",
    "这周末",
    "下周末",
    "月初",
    "月中",
    "月底",
    "下个月初",
    "下个月中旬",
    "下个月下旬",
    "这个月",
    "下下个月",
    "年底",
    "年底前",
    "年内",
    "明年",
    "明年上半年",
    "下半年",
    "二季度",
    "下个季度",
    "三月",
    "三月份之前",
    "五六月份",
    "七月底八月初",
    "暑假",
    "寒假",
    "开学前",
    "年前",
    "年后",
    "过完年",
    "出了正月",
    "腊月",
    "正月初八",
    "小长假",
    "国庆以后",
    "五一前后",
    "高考完",
    "半个月",
    "三两个月",
    "一个半月",
    "半年内",
    "最多两个月",
    "这两天",
    "十几号",
    "下个月二十几号",
    "立秋以后",
    "明年国庆",
    "下个月第二个礼拜六",
    "腊月二十三之前",
    "元宵节后",
]


@given(DAYS, st.sampled_from(PHRASES))
def test_nothing_begins_before_the_call_or_ends_before_it_begins(today: date, said: str) -> None:
    for spell in find_spells(f"我想{said}买", today):
        assert today <= spell.first <= spell.last
        assert (spell.last - today).days < 3 * 366
