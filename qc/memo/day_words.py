"""What a spoken word for a day or a span of days means: 下礼拜六, 三月十四号, 月底, 年底, 清明, 腊月二十三, 半个月.

月初/月中/月底 are the 1st to 10th, 11th to 20th, 21st to end; N个月后 is one day; 这两天 is two days more, 马上 and 尽快
seven, as in the annotation guide.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from qc.memo.holidays import FESTIVALS, break_of, festival, lantern_month_end, lunar, new_year
from qc.memo.numerals import DIGITS, integer

DAY = timedelta(days=1)
_MONTHS = 12
_LONGEST = 31
"""Days of the longest month."""
_MONDAY_TO_SUNDAY = {
    day: index for index, days in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天7")) for day in days
}


class DaysMeant(NamedTuple):
    """First and last day of a word, and how 前 and 后 count from it."""

    first: date
    last: date
    keeps_end: bool = False
    """前 goes to its end, as in 月底前."""
    pivot: date | None = None
    """The day that 前, 后, 前后 count from, where it is not the first day."""
    after: date | None = None
    part: str = ""
    weekday_only: bool = False
    loose: bool = False
    bound: bool = False


def month_end(day: date) -> date:
    """The last day of this day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """The same day of the month this many months later, or the month's last day where it has no such day."""
    index = day.year * _MONTHS + day.month - 1 + months
    year, month = divmod(index, _MONTHS)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


_Rule = Callable[[re.Match[str], date], DaysMeant | None]


def _relative_day(match: re.Match[str], today: date) -> DaysMeant:
    steps = {"今": 0, "明": 1, "后": 2}[match["rel"][-1]] + match["rel"].count("大")
    day = today + DAY * steps
    return DaysMeant(day, day, part={"晚": "晚上", "早": "早上"}.get(match["relpart"], ""))


def _weekday(match: re.Match[str], today: date) -> DaysMeant | None:
    which = match["wk"] or ""
    if "上" in which or "每" in which:
        return None
    monday = today - DAY * today.weekday() + DAY * 7 * which.count("下")
    if match["wd"] in ("末", "未"):
        first = monday + DAY * 5
        return DaysMeant(max(first, today), first + DAY)
    day = monday + DAY * _MONDAY_TO_SUNDAY[match["wd"]]
    if day < today or (day == today and not which):
        day += DAY * 7
    if match["wd2"] and _MONDAY_TO_SUNDAY[match["wd2"]] == day.weekday() + 1:
        return DaysMeant(day, day + DAY)
    return DaysMeant(day, day, weekday_only=True)


def _nth_week(match: re.Match[str], today: date) -> DaysMeant | None:
    """下个月第二个礼拜六, 八月第三周: a month's weeks are counted from its first Monday."""
    named = _month_of(match["nm"].removesuffix("月"), today, _year_of(match["ny"], today))
    nth = integer(match["nth"])
    if named is None or nth is None:
        return None
    weekday = _MONDAY_TO_SUNDAY.get(match["nd"] or "一", 5)
    start = date(*named, 1)
    day = start + DAY * ((weekday - start.weekday()) % 7 + 7 * (nth - 1))
    if match["nd"] is None:
        return DaysMeant(day, day + DAY * 6)
    return DaysMeant(day, day + DAY) if match["nd"] == "末" else DaysMeant(day, day)


def _quarter(match: re.Match[str], today: date) -> DaysMeant:
    first = add_months(today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1), 3 * match["q"].count("下"))
    return DaysMeant(first, month_end(add_months(first, 2)), keeps_end=True)


def _week(match: re.Match[str], today: date) -> DaysMeant:
    monday = today - DAY * today.weekday() + DAY * 7 * match["wkr"].count("下")
    return DaysMeant(monday, monday + DAY * 6)


def _year_of(word: str | None, today: date) -> int | None:
    if not word:
        return None
    if word in ("今年", "明年", "后年"):
        return today.year + ("今年", "明年", "后年").index(word)
    value = integer(word.removesuffix("年"))
    if value is None:
        return None
    return value if value > 1000 else 2000 + value  # noqa: PLR2004 - a full year or its last digits


def _month_of(word: str, today: date, year: int | None) -> tuple[int, int] | None:
    """Year and month of 三, 12, 下个, 这个."""
    if word.startswith(("下", "这", "本", "当")):
        shifted = add_months(today.replace(day=1), word.count("下"))
        return shifted.year, shifted.month
    month = 1 if word == "元" else integer(word)
    if month is None or not 1 <= month <= _MONTHS:
        return None
    if year is None:
        year = today.year + (month < today.month)
    return year, month


_PARTS_OF_MONTH = {
    **dict.fromkeys(("初", "头", "上旬", "头儿", "头上"), (1, 10)),
    **dict.fromkeys(("中", "中旬"), (11, 20)),
    **dict.fromkeys(("底", "末", "下旬", "尾"), (21, _LONGEST)),
    **dict.fromkeys(("上中旬", "中上旬"), (1, 20)),
    "中下旬": (11, _LONGEST),
    "上半月": (1, 15),
    "下半月": (16, _LONGEST),
}


def _part_of_month(year: int, month: int, part: str) -> DaysMeant:
    first, last = _PARTS_OF_MONTH.get(part, (1, _LONGEST))
    length = calendar.monthrange(year, month)[1]
    return DaysMeant(
        date(year, month, first), date(year, month, min(last, length)), keeps_end=bool(part) and last == _LONGEST
    )


def _date(match: re.Match[str], today: date) -> DaysMeant | None:
    if match.group() == "二月二":
        return _lunar_days(2, 2, today)  # 龙抬头
    named = _month_of(match["dm"], today, _year_of(match["dy"], today))
    if named is None:
        return None
    return _days_of_month(match, today, named, rolls=not match["dy"] and match["dm"][0] not in "下这本当")


def _days_of_month(match: re.Match[str], today: date, named: tuple[int, int], *, rolls: bool) -> DaysMeant | None:
    year, month = named
    length = calendar.monthrange(year, month)[1]
    numbers = [integer(word) for word in (match["dd"], match["dd2"] or match["dd"])]
    if match["dd"].endswith("几"):
        tens = 10 if match["dd"] == "十几" else 20
        numbers = [tens + 1, min(tens + 9, length)]
    if pair := _TWO_DAYS.fullmatch(match["dd"]):
        tens = 10 * (DIGITS["二"] if pair["tens"].startswith("二") else len(pair["tens"]))
        numbers = [tens + DIGITS[day] for day in pair["days"]]
    if any(number is None or not 1 <= number <= length for number in numbers):
        return None
    first, last = (date(year, month, number) for number in numbers if number is not None)
    if last < today and rolls and (today - last).days > 200:  # noqa: PLR2004 - a date just past is past, not next year's
        first, last = first.replace(year=year + 1), last.replace(year=year + 1)
    return DaysMeant(first, last) if first <= last else None


def _day_of_month(match: re.Match[str], today: date) -> DaysMeant | None:
    for months in (0, 1):
        month = add_months(today.replace(day=1), months)
        found = _days_of_month(match, today, (month.year, month.month), rolls=False)
        if found is not None and found.last >= today:
            return found
    return None


def _month(match: re.Match[str], today: date) -> DaysMeant | None:
    year = _year_of(match["my"], today)
    words = match["mm"]
    pair = re.fullmatch(r"([一二三四五六七八九十])([二三四五六七八九十]|十[一二])", words)
    if pair and words not in ("十二", "十一"):
        months = [_month_of(word, today, year) for word in pair.groups()]
    else:
        months = [_month_of(words, today, year)]
    named = [month for month in months if month is not None]
    part = (match["mp"] or "").replace("半个", "半")
    if not named or len(named) != len(months):
        return None
    first = _part_of_month(*named[0], part)
    last = _part_of_month(*named[-1], part)
    return DaysMeant(first.first, last.last, keeps_end=first.keeps_end)


def _bare_month_part(match: re.Match[str], today: date) -> DaysMeant:
    part = (match["bp"] or match["bare"]).replace("半个", "半")
    if part == "内":
        return DaysMeant(today, month_end(today), bound=True)
    found = _part_of_month(today.year, today.month, part)
    if found.last < today:
        following = add_months(today.replace(day=1), 1)
        found = _part_of_month(following.year, following.month, part)
    return found


def _year_part(match: re.Match[str], today: date) -> DaysMeant | None:
    year = _year_of(match["yy"], today) or today.year
    part = match["yp"] or ""
    spans = {
        "": (1, 12), "内": (1, 12), "底": (12, 12), "末": (12, 12), "尾": (12, 12), "初": (1, 1), "头": (1, 1), "中": (6, 6), "上半年": (1, 6), "下半年": (7, 12),
        "一季度": (1, 3), "二季度": (4, 6), "三季度": (7, 9), "四季度": (10, 12),
        "春天": (3, 5), "开春": (3, 4), "夏天": (6, 8), "秋天": (9, 11), "冬天": (12, 12), "入冬": (11, 11), "入秋": (9, 9), "暑假": (7, 8), "暑期": (7, 8), "寒假": (1, 2),
    }  # fmt: skip
    part = (
        part.replace("第", "").replace("年", "")
        if part in ("年底", "年末", "年尾", "年内", "年初", "年中", "年头")
        else part.replace("第", "")
    )
    if part not in spans:
        return None
    first_month, last_month = spans[part]
    first, last = date(year, first_month, 1), month_end(date(year, last_month, 1))
    if last < today and not match["yy"]:
        first, last = date(year + 1, first_month, 1), month_end(date(year + 1, last_month, 1))
    return DaysMeant(first, last, keeps_end=part in ("底", "末", "尾", "内"), bound=part == "内")


def _before_new_year(_match: re.Match[str], today: date) -> DaysMeant:
    return DaysMeant(today, festival("春节", today) - DAY, bound=True)


def _after_new_year(match: re.Match[str], today: date) -> DaysMeant:
    day = new_year(today.year)
    # Once work has begun again on the 8th, "after New Year" is the next one.
    if day + DAY * 7 < today or (match["ny"] == "明年" and day < today):
        day = new_year(today.year + 1)
    return DaysMeant(day + DAY * 7, lantern_month_end(day.year), bound=True)


def _out_of_first_month(_match: re.Match[str], today: date) -> DaysMeant:
    year = today.year if lantern_month_end(today.year) >= today else today.year + 1
    first = lantern_month_end(year) + DAY
    return DaysMeant(first, month_end(first), bound=True)


def _lunar_day(match: re.Match[str], today: date) -> DaysMeant | None:
    month = {"腊月": 12, "年": 12, "冬月": 11, "正月": 1, "大年": 1, "": 1}[match["lm"] or ""]
    words = (match["ld"] or "").replace("廿", "二十").removeprefix("初")
    if pair := _TWO_DAYS.fullmatch(words):
        tens = 10 * (2 if pair["tens"].startswith("二") else len(pair["tens"]))
        days = [_lunar_days(month, tens + DIGITS[day], today) for day in pair["days"]]
    elif words.endswith("几"):
        tens = 20 if words.startswith("二") else 10
        days = [_lunar_days(month, tens + day, today) for day in (1, 9)]
    else:
        days = [_lunar_days(month, integer(words), today)]
    first, last = days[0], days[-1]
    if first is None or last is None:
        return None
    found = DaysMeant(first.first, last.last)
    if not match["lp"]:
        return found
    begins, ends = _PARTS_OF_MONTH[match["lp"]]
    end = min(found.last, found.first + DAY * (ends - 1))
    return DaysMeant(found.first + DAY * (begins - 1), end, keeps_end=end == found.last) if end >= today else None


def _lunar_days(month: int, day: int | None, today: date) -> DaysMeant | None:
    """This day of the lunar month, or without a day all of it, that ends next."""
    if day is not None and not 1 <= day <= 30:  # noqa: PLR2004
        return None
    for year in (today.year - 1, today.year, today.year + 1):
        if day is None:
            first = lunar(year, month, 1)
            last = (new_year(year + 1) if month == _MONTHS else lunar(year, month + 1, 1)) - DAY
        else:
            first = last = lunar(year, month, day)
        if last >= today:
            return DaysMeant(first, last)
    return None


def _festival(match: re.Match[str], today: date) -> DaysMeant:
    name = match["fest"] or "年三十"
    offset = {"明年": 1, "后年": 2}.get(match["fy"] or "", 0)
    day = FESTIVALS[name](today.year + offset) if offset else festival(name, today)
    first, last = break_of(name, day)
    if match["flast"]:
        return DaysMeant(last, last)
    if match["fnth"]:
        nth_day = (first if match["foff"] else day) + DAY * ((integer(match["fnth"]) or 1) - 1)
        return DaysMeant(nth_day, nth_day)
    if match["fday"]:
        nth = integer(match["fday"])
        if nth is not None and name in ("国庆", "五一", "十一", "元旦"):
            return DaysMeant(day + DAY * (nth - 1), day + DAY * (nth - 1))
    return DaysMeant(first, last, pivot=day, after=last + DAY)


def _long_weekend(_match: re.Match[str], today: date, *more: str) -> DaysMeant:
    names = ("元旦", "清明", "五一", "端午", "中秋", "国庆", *more)
    first, last, day = min((*break_of(name, festival(name, today)), festival(name, today)) for name in names)
    return DaysMeant(first, last, pivot=day, after=last + DAY)


def _near_holiday(match: re.Match[str], today: date) -> DaysMeant:
    """节前, 节后: of the holiday that ends next."""
    found = _long_weekend(match, today, "春节")
    if match["side"] == "前":
        return DaysMeant(today, (found.pivot or found.first) - DAY, bound=True)
    first = found.last + DAY
    return DaysMeant(first, month_end(first), bound=True)


def _school(_match: re.Match[str], today: date) -> DaysMeant:
    opens = [date(today.year, 3, 1), date(today.year, 9, 1), date(today.year + 1, 3, 1)]
    day = next(day for day in opens if day >= today)
    return DaysMeant(day, day)


def _soon(match: re.Match[str], today: date) -> DaysMeant:
    word = match["soon"]
    if word == "现在":
        return DaysMeant(today, today)
    if word.endswith(("礼拜", "星期", "周")):
        return DaysMeant(today, today + DAY * 14, bound=True)
    if word.endswith("月"):
        return DaysMeant(today, add_months(today, 2), bound=True)
    days = (
        2
        if word.endswith(("两天", "俩天", "这几天")) and "三" not in word
        else 3
        if "两三" in word
        else 5
        if "三五" in word
        else 7
    )
    return DaysMeant(today, today + DAY * days, loose=not word.startswith(("这", "近", "最近")), bound=True)


def _two_days(match: re.Match[str], today: date) -> DaysMeant:
    first = today + DAY * (0 if match["pair"] == "今明" else 1)
    return DaysMeant(first, first + DAY)


_YEAR_NAME = 10
"""24年 is a year, not a length."""
_LENGTHS = {"天": (1, 0), "日": (1, 0), "礼拜": (7, 0), "星期": (7, 0), "周": (7, 0), "月": (0, 1), "年": (0, 12)}


def _ahead(today: date, count: float, unit: str) -> date:
    days, months = _LENGTHS[unit]
    if unit == "月" and count != int(count):
        return add_months(today, int(count)) + DAY * 15
    if unit == "年" and count != int(count):
        return add_months(today, round(count * 12))
    return add_months(today, round(count) * months) if months else today + DAY * round(count * days)


def _length(match: re.Match[str], today: date) -> DaysMeant | None:
    words, unit = match["ln"], match["lu"]
    if match["lpre"] and words in ("两", "几") and unit == "天":
        return None  # 过两天 is no promise of a day
    if words == "半":
        low = high = today + DAY * 15 if unit == "月" else _ahead(today, 0.5, unit)
    elif len(words) == 2 and words[0] in DIGITS and words[1] in DIGITS:  # noqa: PLR2004 - 两三
        rises = 0 < DIGITS[words[1]] - DIGITS[words[0]] <= 2 or words == "三两"  # noqa: PLR2004
        if not rises or (unit == "年" and words[0] == "一" and words[1] != "两"):
            return None  # 一八年 is a year
        low, high = (_ahead(today, count, unit) for count in sorted(DIGITS[word] for word in words))
    else:
        count = 1 if words == "个把" else 3 if words == "仨" else integer(words.removesuffix("来").removesuffix("个"))
        if count is None or count == 0 or (unit == "年" and count >= _YEAR_NAME):
            return None
        low = high = _ahead(today, count + (0.5 if match["lh"] or match["lh2"] else 0), unit)
    if match["lx"]:
        high = today + DAY * 15
    how = match["lmod"] or ""
    if "内" in how or match["lmax"]:
        return DaysMeant(today, high, bound=True)
    if how.startswith(("前", "以前", "之前")) or how == "了" or how.endswith("来"):
        return None
    return DaysMeant(low, high, loose=not ("后" in how or match["lpre"]), bound=False)


_TWO_DAYS = re.compile(r"(?P<tens>二?十?)(?P<days>[一二三四五六七八九]{2})")
"""八九号 is the eighth and the ninth, 二十六七号 the 26th and 27th."""
_MONTH = r"(?:十[一二]?|[元一二三四五六七八九]|1[0-2]|(?<!\d)[1-9])"
_N = r"(?:二?十[一二三四五六七八九]{2}(?=[号日])|[一二两三四五六七八九十]{1,3}|\d{1,2})"
_SOME = r"(?:二?十几)"
_UNCOUNTED = r"(?:(?<=十)|(?<=十[一二三四五六七八九]))(?![零一二三四五六七八九十\d多来几万千百个台辆块点成年天月折倍分次位人口周岁秒度寸米公里平座回趟名层楼])"
"""四月二十提, 一月二十八走: a day of the month without 号, where nothing is counted."""
_FESTIVAL_NAMES = "|".join(
    sorted(
        (
            re.escape(name)
            for name in FESTIVALS
            if name not in ("跨年", "十一", "五一", "六一", "八一", "七一", "三八", "过年", "高考", "中考", "三一五")
        ),
        key=len,
        reverse=True,
    )
)
RULES: tuple[tuple[re.Pattern[str], _Rule], ...] = (
    (
        re.compile(
            rf"(?P<ny>今年|明年|后年)?(?P<nm>下+个?月|[这本当]个?月|{_MONTH}月)份?的?第(?P<nth>[一二三四五12345])个?(?:(?:周|礼拜|星期)(?P<nd>[一二三四五六日天末])?)"
        ),
        _nth_week,
    ),
    (re.compile(r"(?P<pair>今明|明后)(?:两|俩|这两)?天?"), _two_days),
    (
        re.compile(r"(?P<rel>大*后|今|明|后)(?:[天儿日](?!然|常|后|台)|(?=[晚早]))(?P<relpart>[晚早]?)(?!年)"),
        _relative_day,
    ),
    (
        re.compile(
            rf"(?:(?P<dy>今年|明年|后年|20\d\d年?|二零[一二三]\S年))?(?:的)?(?P<dm>下+一?个?(?=月)|[这本当]一?个?(?=月)|{_MONTH}(?=月))月份?的?(?P<dd>{_SOME}(?=[号日])|{_N})(?:[号日](?!码)|(?=[，。到至吧呗左]|之前|以前|$)|{_UNCOUNTED}|(?<=二月二)(?=龙抬头|以后|之后|那天))(?:(?:[到至、和跟或]|或者)?(?P<dd2>{_N})[号日](?!码))?"
        ),
        _date,
    ),
    (
        re.compile(rf"(?<![月尾\d一二三四五六七八九十几楼])(?P<dd>{_N})[到至](?P<dd2>{_N})[号日](?!码|楼|线)"),
        _day_of_month,
    ),
    (
        re.compile(
            rf"(?<![月尾\d一二三四五六七八九十几楼])(?P<dd>{_SOME}|{_N})[号日](?!码|楼|线|馆|店|车|院|门|库|出口|[A-Za-z])(?:(?:[到至、和跟或]|或者)?(?P<dd2>{_N})[号日](?!码))?"
        ),
        _day_of_month,
    ),
    (
        re.compile(
            r"(?P<wk>(?:[下]+一?个?(?:(?:周|礼拜|星期)的?)?|这一?个?(?:(?:周|礼拜|星期)的?)?|本|上一?个?|每个?)?)(?<![一二两三四五六七八九十几半])(?:周|礼拜|星期)(?P<wd>[一二三四五六日天末1-7])(?P<wd2>[二三四五六日天](?!点|十))?(?!次|趟|回|圈|边|天|年)"
        ),
        _weekday,
    ),
    (re.compile(r"(?P<wkr>下+一?个?|[这本]一?个?)(?:周|礼拜|星期)(?![一二三四五六日天末])"), _week),
    (
        re.compile(
            r"(?P<my>今年|明年|后年|20\d\d年)?(?:的)?(?P<mm>下+一?个?(?=月)|[这本当]一?个?(?=月)|(?<![\d个])1[0-2](?=月)|(?<![\d个])[1-9](?=月)|(?<!个)[一二三四五六七八九](?:[二三四五六七八九]|十)(?=月)|十一二(?=月)|(?<!个)十[一二]?(?=月)|(?<!个)[元一二三四五六七八九](?=月))月份?(?:的)?月?(?P<mp>底|末|初(?!十?[一二三四五六七八九](?![号日])|十)|上中旬|中上旬|中下旬|上旬|中旬|下旬|上半个?月|下半个?月|中(?!间|型|午|秋)|头儿|头上|头|尾)?"
        ),
        _month,
    ),
    (
        re.compile(
            r"(?<![个\d一二三四五六七八九十下腊正冬])(?<!年)(?:月(?P<bp>底|末|初|中(?!间)|尾|内)|(?P<bare>[上中下]旬|中下旬|[上下]半个?月))"
        ),
        _bare_month_part,
    ),
    (
        re.compile(
            rf"(?P<yy>今年|明年|后年)(?!的?(?:{_FESTIVAL_NAMES}|[五六八]一|十一(?!月)|腊月|正月))(?:的)?(?P<yp>年?底|年?末|年?尾|年?内|年?初|年中|年?头|上半年|下半年|第?[一二三四]季度|春天|开春|夏天|秋天|冬天|入冬|入秋|暑假|暑期|寒假)?"
        ),
        _year_part,
    ),
    (
        re.compile(
            r"(?P<yy>)(?P<yp>年底|年末|年尾|(?<![半一两二三四五六七八九十几\d])年内|年初(?!十?[一二三四五六七八九十])|年中(?!秋)|上半年|下半年|第?[一二三四]季度|春天|开春|夏天|秋天|冬天|入冬|入秋|暑假|暑期|寒假)"
        ),
        _year_part,
    ),
    (
        re.compile(
            r"(?<![今去明后一二三四五六七八九十两几半每前头跨小\d])年前|(?:春节|过年|过春节|过大年)(?:之|以)?前(?!后)(?:头|边)?|年关(?:之|以)?前|过年(?=(?:正好|刚好|就?好|要|得|就|能|想|我)*(?:开(?:着|回|过)|走亲戚))"
        ),
        _before_new_year,
    ),
    (
        re.compile(
            r"(?P<ny>明年)?(?:过完(?:大)?(?:年|春节)|过(?:了|罢|好)(?:大)?(?:年(?!底|后)|春节)|(?<![今去明一二三四五六七八九十两几半])年后|春节(?:过|以|之)?后|(?:过|跨)(?:年|春节)(?:以|之)?后)(?!半)"
        ),
        _after_new_year,
    ),
    (re.compile(r"[出过](?:了|完)?正月"), _out_of_first_month),
    (
        re.compile(
            r"(?P<lm>腊月|正月|冬月|(?<![今去明后前每一二三四五六七八九零两几半\d])年(?=(?:廿|二十)[一二三四五六七八九](?![万千百台个块多])))(?P<ld>(?:廿|二?十)几|(?:廿|二?十)[一二三四五六七八九]{2}|廿[一二三四五六七八九]?|二十[一二三四五六七八九]?|三十|初?十[一二三四五六七八九]?|初?[一二三四五六七八九])?(?![月个])(?:(?<=月)(?P<lp>初|头上|头|上旬|中旬|底|下旬|尾))?"
        ),
        _lunar_day,
    ),
    (
        re.compile(r"(?P<lm>大年)?(?P<ld>初(?:十[一二三四五六七八九]?|[一二三四五六七八九]))(?P<lp>)(?!中|级|步|次)"),
        _lunar_day,
    ),
    (
        re.compile(
            rf"(?P<fy>今年|明年|后年)?(?:大年三十|(?P<fest>{_FESTIVAL_NAMES}|跨年(?=之?前|那)|(?<![十百零二三四五六七八九])五一(?!路|广场)|(?<![双月初零二三四五六七八九])十一(?=(?:黄金周|长假|假期|放假|期间|前|后|之|以|出去|回|的时候|吧|那几天|$))|六一(?!八)|八一(?!路)|三八(?=节|妇女)|(?<![家去来乡])过年(?!前|后|好|开|过|了|要)|高考|中考|三一五|六一八))(?:节|儿)?(?P<flast>(?:长假|假期|黄金周)?的?最后一天)?(?:(?P<foff>放假|假期)?的?第(?P<fnth>[一二三四五六七])天)?(?:(?P<fday>{_N})号)?(?:长假|假期|黄金周|放假|小长假|当天|期间)?"
        ),
        _festival,
    ),
    (re.compile(r"(?P<q>下+一?个?|[这本]一?个?)季度(?!末)"), _quarter),
    (re.compile(r"小长假"), _long_weekend),
    (
        re.compile(r"(?<![春秋午明旦宵夕阳诞亲童女师军人年动季环礼情夏冬章细])节(?P<side>[前后])(?![前后期日])"),
        _near_holiday,
    ),
    (re.compile(r"开学"), _school),
    (
        re.compile(
            r"(?P<soon>(?:[这近]|最近)这?(?:两三|三五|两|俩|几)[天日](?!前|后)|[这近](?:两|俩)个?(?:礼拜|星期|周)|这(?:两|俩)个月|马上(?=就?(?:[买定订要提用换签拿]|$))|尽快|尽早|越快越好|立马(?=就?[买定订提签])|现在(?=就(?:[买定订签转付]|要(?!走|去|出|回|问|知|看)|提|交[钱定订]|刷卡))|赶紧(?=[买定订提换])|赶快(?=[买定订提换]))"
        ),
        _soon,
    ),
    (
        re.compile(
            r"(?P<lmax>最多|顶多|不超过|不出|未来的?|今后|接下来的?|往后)?(?P<lpre>再?(?:等|过|缓|拖|隔)个?|再有)?(?<![零后每那〇一二三四五六七八九十百\d第近前])(?<!过去)(?<!过去的)(?P<ln>(?:[一二两俩三四五六七八九十]{1,3}|仨|\d{1,2}|半|个把|[一二两三四五六七八九十]+个?来))个?(?P<lh>半)?(?P<lu>天|日(?=[以之]?内)|礼拜|星期|周(?![一二三四五六日天末岁年])|月|年(?!级|款|的车))(?P<lx>半个?月)?(?P<lh2>半)?(?P<lmod>的?[以之]?内|的?[以之]?后|过后|[以之]?前|的?以来|来(?=[，。都]|$)|了)?"
        ),
        _length,
    ),
)
