"""Chinese holidays and lunar dates: the day itself, and the official break around it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from chinese_calendar.constants import holidays as _OFFICIAL  # noqa: N812 - a table, not a function
from chinese_calendar.solar_terms import SolarTerms
from chinese_calendar.utils import get_solar_terms
from lunardate import LunarDate

DAY = timedelta(days=1)


def lunar(year: int, month: int, day: int) -> date:
    """The solar date of a lunar one; day 30 of a short month is its last day."""
    if day == 30 and month < 12:  # noqa: PLR2004 - the longest lunar month
        return lunar(year, month + 1, 1) - DAY
    solar: date = LunarDate(year, month, min(day, 29)).to_solar_date()
    return solar


def new_year(year: int) -> date:
    """春节, the first day of the first lunar month in this solar year."""
    return lunar(year, 1, 1)


def lantern_month_end(year: int) -> date:
    """The last day of 正月."""
    return lunar(year, 2, 1) - DAY


def _solar_term(term: SolarTerms) -> Callable[[int], date]:
    def day_in(year: int) -> date:
        days: list[tuple[date, str]] = get_solar_terms(date(year, 1, 1), date(year, 12, 31))
        found: date = next(day for day, name in days if name == term.value[1])
        return found

    return day_in


def _sunday(year: int, month: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (nth - 1))


FESTIVALS: dict[str, Callable[[int], date]] = {
    "元旦": lambda year: date(year, 1, 1),
    "跨年": lambda year: date(year, 1, 1),
    "情人节": lambda year: date(year, 2, 14),
    "春节": new_year,
    "过年": new_year,
    "除夕": lambda year: new_year(year) - DAY,
    "年三十": lambda year: new_year(year) - DAY,
    "年夜饭": lambda year: new_year(year) - DAY,
    "小年": lambda year: lunar(year - 1, 12, 23),
    "腊八": lambda year: lunar(year - 1, 12, 8),
    "元宵": lambda year: lunar(year, 1, 15),
    "正月十五": lambda year: lunar(year, 1, 15),
    "三八": lambda year: date(year, 3, 8),
    "妇女节": lambda year: date(year, 3, 8),
    "三一五": lambda year: date(year, 3, 15),
    "清明": _solar_term(SolarTerms.pure_brightness),
    "五一": lambda year: date(year, 5, 1),
    "劳动节": lambda year: date(year, 5, 1),
    "青年节": lambda year: date(year, 5, 4),
    "母亲节": lambda year: _sunday(year, 5, 2),
    "父亲节": lambda year: _sunday(year, 6, 3),
    "六一": lambda year: date(year, 6, 1),
    "儿童节": lambda year: date(year, 6, 1),
    "端午": lambda year: lunar(year, 5, 5),
    "高考": lambda year: date(year, 6, 7),
    "中考": lambda year: date(year, 6, 20),
    "六一八": lambda year: date(year, 6, 18),
    "七一": lambda year: date(year, 7, 1),
    "八一": lambda year: date(year, 8, 1),
    "建军节": lambda year: date(year, 8, 1),
    "七夕": lambda year: lunar(year, 7, 7),
    "教师节": lambda year: date(year, 9, 10),
    "中元": lambda year: lunar(year, 7, 15),
    "中秋": lambda year: lunar(year, 8, 15),
    "国庆": lambda year: date(year, 10, 1),
    "十一": lambda year: date(year, 10, 1),
    "双节": lambda year: date(year, 10, 1),
    "黄金周": lambda year: date(year, 10, 1),
    "重阳": lambda year: lunar(year, 9, 9),
    "双十一": lambda year: date(year, 11, 11),
    "双十二": lambda year: date(year, 12, 12),
    "冬至": _solar_term(SolarTerms.the_winter_solstice),
    "立春": _solar_term(SolarTerms.the_beginning_of_spring),
    "惊蛰": _solar_term(SolarTerms.the_waking_of_insects),
    "春分": _solar_term(SolarTerms.the_spring_equinox),
    "谷雨": _solar_term(SolarTerms.grain_rain),
    "立夏": _solar_term(SolarTerms.the_beginning_of_summer),
    "芒种": _solar_term(SolarTerms.grain_in_beard),
    "夏至": _solar_term(SolarTerms.the_summer_solstice),
    "立秋": _solar_term(SolarTerms.the_beginning_of_autumn),
    "秋分": _solar_term(SolarTerms.the_autumn_equinox),
    "霜降": _solar_term(SolarTerms.frost_descent),
    "立冬": _solar_term(SolarTerms.the_beginning_of_winter),
    "平安夜": lambda year: date(year, 12, 24),
    "圣诞": lambda year: date(year, 12, 25),
}
"""The day of each festival in a solar year."""

_BREAKS = {"元旦", "春节", "过年", "清明", "五一", "劳动节", "端午", "中秋", "国庆", "十一", "双节", "黄金周"}
_FIXED_BREAKS = {"元旦": 3, "五一": 5, "劳动节": 5, "国庆": 7, "十一": 7, "双节": 7, "黄金周": 7}


def festival(name: str, today: date) -> date:
    """The next day of this festival, today included; within its break it is the one being kept."""
    days = (FESTIVALS[name](year) for year in (today.year, today.year + 1))
    return next(day for day in days if break_of(name, day)[1] >= today)


def break_of(name: str, day: date) -> tuple[date, date]:
    """First and last day off for the festival on ``day``; just the day where none is given.

    `chinesecalendar` knows a year only once the State Council has announced it, usually in November of the year
    before; later years follow the pattern of recent announcements.
    """
    if name not in _BREAKS:
        return day, day
    if day in _OFFICIAL:
        first = last = day
        while first - DAY in _OFFICIAL:
            first -= DAY
        while last + DAY in _OFFICIAL:
            last += DAY
        return first, last
    if name in _FIXED_BREAKS:
        return day, day + DAY * (_FIXED_BREAKS[name] - 1)
    if name in ("春节", "过年"):
        return day - DAY, day + DAY * 6
    before, after = {0: (2, 0), 1: (2, 0), 2: (0, 0), 3: (0, 2), 4: (0, 2), 5: (0, 2), 6: (1, 1)}[day.weekday()]
    return day - DAY * before, day + DAY * after
