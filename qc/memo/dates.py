"""Spoken days and hours, resolved against the day of the call, which is the only "now".

The conventions are the annotation guide's: X前 ends the day before X (but 月底前 at the month's end), 月初/月中/月底
are the 1st to 10th, 11th to 20th, 21st to end, 前后 is a week to either side, 左右 is exact, an open 后 runs to the
month's end, N个月后 is one day, 这两天 is two days more, 马上 and 尽快 seven. Nothing starts before the call.
`jionlp` (1.5.31) answers otherwise in these very points (清明前 runs to the 5th, 月底 from the 25th) and refuses
过完年, so the grammar is our own.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import NamedTuple

from qc.memo.holidays import FESTIVALS, break_of, festival, lantern_month_end, lunar, new_year
from qc.memo.numerals import DIGITS, integer

DAY = timedelta(days=1)
_MONTHS = 12
_MONDAY_TO_SUNDAY = {
    "一": 0,
    "二": 1,
    "三": 2,
    "四": 3,
    "五": 4,
    "六": 5,
    "日": 6,
    "天": 6,
    "1": 0,
    "2": 1,
    "3": 2,
    "4": 3,
    "5": 4,
    "6": 5,
    "7": 6,
}


@dataclass(frozen=True)
class Spell:
    """Days spoken of at ``text[start:end]``: both ends inclusive."""

    start: int
    end: int
    first: date
    last: date
    loose: bool = False
    """A bare length of time or 马上: a point in time only where the talk is about when."""
    bound: bool = False
    """Said with 前, 后, 内: a limit, not a day to meet on."""
    part: str = ""
    """Part of the day said in the same word: 今晚, 明早."""
    weekday_only: bool = False

    @property
    def is_day(self) -> bool:
        """Whether it names one day."""
        return self.first == self.last and not self.bound and not self.loose


@dataclass(frozen=True)
class Clock:
    """An hour spoken of at ``text[start:end]``."""

    start: int
    end: int
    hour: int
    minute: int
    part: str = ""
    bound: bool = False

    def at(self, part: str = "") -> time:
        """The time of day; ``part`` is the part of day known from elsewhere (下午, 晚上)."""
        return time(_hour(self.hour, self.part or part), self.minute)


class _Found(NamedTuple):
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


# ---------------------------------------------------------------- what a word means

_Rule = Callable[[re.Match[str], date], _Found | None]


def _relative_day(match: re.Match[str], today: date) -> _Found:
    steps = {"今": 0, "明": 1, "后": 2, "大后": 3}[match["rel"]]
    day = today + DAY * steps
    return _Found(day, day, part={"晚": "晚上", "早": "早上"}.get(match["relpart"], ""))


def _weekday(match: re.Match[str], today: date) -> _Found | None:
    which = match["wk"] or ""
    if "上" in which or "每" in which:
        return None
    monday = today - DAY * today.weekday() + DAY * 7 * which.count("下")
    if match["wd"] in ("末", "未"):
        first = monday + DAY * 5
        return _Found(max(first, today), first + DAY)
    day = monday + DAY * _MONDAY_TO_SUNDAY[match["wd"]]
    if day < today or (day == today and not which):
        day += DAY * 7
    return _Found(day, day, weekday_only=True)


def _week(match: re.Match[str], today: date) -> _Found:
    monday = today - DAY * today.weekday() + DAY * 7 * match["wkr"].count("下")
    return _Found(monday, monday + DAY * 6)


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
    month = integer(word)
    if month is None or not 1 <= month <= _MONTHS:
        return None
    if year is None:
        year = today.year + (month < today.month)
    return year, month


def _part_of_month(year: int, month: int, part: str) -> _Found:
    first = date(year, month, 1)
    if part in ("底", "末", "下旬", "尾"):
        return _Found(first.replace(day=21), month_end(first), keeps_end=True)
    if part in ("初", "头", "上旬", "头儿", "头上"):
        return _Found(first, first.replace(day=10))
    if part in ("中", "中旬"):
        return _Found(first.replace(day=11), first.replace(day=20))
    if part == "上半月":
        return _Found(first, first.replace(day=15))
    if part == "下半月":
        return _Found(first.replace(day=16), month_end(first), keeps_end=True)
    return _Found(first, month_end(first))


def _date(match: re.Match[str], today: date) -> _Found | None:
    named = _month_of(match["dm"], today, _year_of(match["dy"], today))
    if named is None:
        return None
    return _days_of_month(match, today, named, rolls=not match["dy"] and match["dm"][0] not in "下这本当")


def _days_of_month(match: re.Match[str], today: date, named: tuple[int, int], *, rolls: bool) -> _Found | None:
    year, month = named
    numbers = [integer(word) for word in (match["dd"], match["dd2"] or match["dd"])]
    if (
        match["dd"]
        and len(match["dd"]) == 2
        and match["dd"][0] in DIGITS
        and match["dd"][1] in DIGITS
        and not match["dd"].isdecimal()
    ):
        numbers = [DIGITS[match["dd"][0]], DIGITS[match["dd"][1]]]
    length = calendar.monthrange(year, month)[1]
    if any(number is None or not 1 <= number <= length for number in numbers):
        return None
    first, last = (date(year, month, number) for number in numbers if number is not None)
    if last < today and rolls and (today - last).days > 200:  # noqa: PLR2004 - a date just past is past, not next year's
        first, last = first.replace(year=year + 1), last.replace(year=year + 1)
    return _Found(first, last) if first <= last else None


def _day_of_month(match: re.Match[str], today: date) -> _Found | None:
    if match["dd2"] is None and len(match["dd"]) > 3:  # noqa: PLR2004 - 二十一 is the longest day
        return None
    for months in (0, 1):
        month = add_months(today.replace(day=1), months)
        found = _days_of_month(match, today, (month.year, month.month), rolls=False)
        if found is not None and found.last >= today:
            return found
    return None


def _month(match: re.Match[str], today: date) -> _Found | None:
    year = _year_of(match["my"], today)
    words = match["mm"]
    pair = re.fullmatch(r"([一二三四五六七八九十])([二三四五六七八九十]|十[一二])", words)
    if pair and words not in ("十二", "十一"):
        months = [_month_of(word, today, year) for word in pair.groups()]
    else:
        months = [_month_of(words, today, year)]
    named = [month for month in months if month is not None]
    if not named or len(named) != len(months):
        return None
    first = _part_of_month(*named[0], match["mp"] or "")
    last = _part_of_month(*named[-1], match["mp"] or "")
    return _Found(first.first, last.last, keeps_end=first.keeps_end)


def _bare_month_part(match: re.Match[str], today: date) -> _Found:
    found = _part_of_month(today.year, today.month, match["bp"])
    if found.last < today:
        following = add_months(today.replace(day=1), 1)
        found = _part_of_month(following.year, following.month, match["bp"])
    return found


def _year_part(match: re.Match[str], today: date) -> _Found | None:
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
    return _Found(first, last, keeps_end=part in ("底", "末", "尾", "内"), bound=part == "内")


def _before_new_year(match: re.Match[str], today: date) -> _Found:
    return _Found(today, festival("春节", today) - DAY, bound=True)


def _after_new_year(match: re.Match[str], today: date) -> _Found:
    day = new_year(today.year)
    if lantern_month_end(today.year) < today or (match["ny"] == "明年" and day < today):
        day = new_year(today.year + 1)
    return _Found(day + DAY * 7, lantern_month_end(day.year), bound=True)


def _out_of_first_month(match: re.Match[str], today: date) -> _Found:
    year = today.year if lantern_month_end(today.year) >= today else today.year + 1
    first = lantern_month_end(year) + DAY
    return _Found(first, month_end(first), bound=True)


def _lunar_day(match: re.Match[str], today: date) -> _Found | None:
    month = {"腊月": 12, "正月": 1, "大年": 1, "": 1}[match["lm"] or ""]
    day = integer((match["ld"] or "").replace("廿", "二十").removeprefix("初"))
    if day is not None and not 1 <= day <= 30:  # noqa: PLR2004
        return None
    for year in (today.year - 1, today.year, today.year + 1):
        if day is None:
            first = lunar(year, month, 1)
            last = (lunar(year, 2, 1) if month == 1 else new_year(year + 1)) - DAY
        else:
            first = last = lunar(year, month, day)
        if last >= today:
            return _Found(first, last)
    return None


def _festival(match: re.Match[str], today: date) -> _Found:
    name = match["fest"]
    offset = {"明年": 1, "后年": 2}.get(match["fy"] or "", 0)
    day = FESTIVALS[name](today.year + offset) if offset else festival(name, today)
    first, last = break_of(name, day)
    if match["flast"]:
        return _Found(last, last)
    if match["fday"]:
        nth = integer(match["fday"])
        if nth is not None and name in ("国庆", "五一", "十一", "元旦"):
            return _Found(day + DAY * (nth - 1), day + DAY * (nth - 1))
    return _Found(first, last, pivot=day, after=last + DAY)


def _school(match: re.Match[str], today: date) -> _Found:
    opens = [date(today.year, 3, 1), date(today.year, 9, 1), date(today.year + 1, 3, 1)]
    day = next(day for day in opens if day >= today)
    return _Found(day, day)


def _soon(match: re.Match[str], today: date) -> _Found:
    word = match["soon"]
    days = 2 if "两天" in word and "三" not in word else 3 if "两三" in word else 5 if "三五" in word else 7
    return _Found(today, today + DAY * days, loose=not word.startswith(("这", "近", "最近")), bound=True)


_LENGTHS = {"天": (1, 0), "日": (1, 0), "礼拜": (7, 0), "星期": (7, 0), "周": (7, 0), "月": (0, 1), "年": (0, 12)}


def _ahead(today: date, count: float, unit: str) -> date:
    days, months = _LENGTHS[unit]
    if unit == "月" and count != int(count):
        return add_months(today, int(count)) + DAY * 15
    if unit == "年" and count != int(count):
        return add_months(today, round(count * 12))
    return add_months(today, round(count) * months) if months else today + DAY * round(count * days)


def _length(match: re.Match[str], today: date) -> _Found | None:
    words, unit = match["ln"], match["lu"]
    if words == "半":
        low = high = today + DAY * 15 if unit == "月" else _ahead(today, 0.5, unit)
    elif len(words) == 2 and words[0] in DIGITS and words[1] in DIGITS:  # noqa: PLR2004 - 两三
        low, high = _ahead(today, DIGITS[words[0]], unit), _ahead(today, DIGITS[words[1]], unit)
    else:
        count = integer(words.removesuffix("来").removesuffix("几"))
        if count is None or count == 0:
            return None
        low = high = _ahead(today, count + (0.5 if match["lh"] else 0), unit)
    if match["lx"]:
        high = today + DAY * 15
    how = match["lmod"] or ""
    if "内" in how:
        return _Found(today, high, bound=True)
    if how.startswith(("前", "以前", "之前")) or how == "了":
        return None
    return _Found(low, high, loose=not ("后" in how or match["lpre"]), bound=False)


_MONTH = r"(?:十[一二]?|[一二三四五六七八九]|1[0-2]|(?<!\d)[1-9])"
_N = r"(?:[一二两三四五六七八九十]{1,3}|\d{1,2})"
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
_RULES: tuple[tuple[re.Pattern[str], _Rule], ...] = (
    (
        re.compile(r"(?P<rel>大后|今|明|后)(?:[天儿日](?!然|常|后|台)|(?=[晚早]))(?P<relpart>[晚早]?)(?!年)"),
        _relative_day,
    ),
    (
        re.compile(
            rf"(?:(?P<dy>今年|明年|后年|20\d\d年?|二零[一二三]\S年))?(?:的)?(?P<dm>下+个?(?=月)|[这本当]个?(?=月)|{_MONTH}(?=月))月份?的?(?P<dd>{_N})(?:[号日](?!码)|(?=[，。到至]))(?:(?:[到至、和跟或]|或者)?(?P<dd2>{_N})[号日](?!码))?"
        ),
        _date,
    ),
    (
        re.compile(
            rf"(?<![月尾\d一二三四五六七八九十几楼])(?P<dd>{_N})[号日](?!码|楼|线|馆|店|车|院|门|库|出口|[A-Za-z])(?:(?:[到至、和跟或]|或者)?(?P<dd2>{_N})[号日](?!码))?"
        ),
        _day_of_month,
    ),
    (
        re.compile(
            r"(?P<wk>(?:[下]+个?|这个?|本|上个?|每个?)?)(?<![一二两三四五六七八九十几半])(?:周|礼拜|星期)(?P<wd>[一二三四五六日天末1-7])(?!次|趟|回|圈|边|天|年)"
        ),
        _weekday,
    ),
    (re.compile(r"(?P<wkr>下+个?|[这本]个?)(?:周|礼拜|星期)(?![一二三四五六日天末])"), _week),
    (
        re.compile(
            r"(?P<my>今年|明年|后年|20\d\d年)?(?:的)?(?P<mm>下+个?(?=月)|[这本当]个?(?=月)|(?<![\d个])1[0-2](?=月)|(?<![\d个])[1-9](?=月)|(?<!个)[一二三四五六七八九](?:[二三四五六七八九]|十)(?=月)|十一二(?=月)|(?<!个)十[一二]?(?=月)|(?<!个)[一二三四五六七八九](?=月))月份?(?:的)?(?P<mp>底|末|初|上旬|中旬|下旬|上半月|下半月|中(?!间|型|午|秋)|头儿|头上|头|尾)?"
        ),
        _month,
    ),
    (re.compile(r"(?<![个\d一二三四五六七八九十下])(?<!年)月(?P<bp>底|末|初|中(?!间)|尾)"), _bare_month_part),
    (
        re.compile(
            r"(?P<yy>今年|明年|后年)(?:的)?(?P<yp>年?底|年?末|年?尾|年?内|年?初|年中|年?头|上半年|下半年|第?[一二三四]季度|春天|开春|夏天|秋天|冬天|入冬|入秋|暑假|暑期|寒假)?"
        ),
        _year_part,
    ),
    (
        re.compile(
            r"(?P<yy>)(?P<yp>年底|年末|年尾|(?<![半一两二三四五六七八九十几\d])年内|年初|年中(?!秋)|上半年|下半年|第?[一二三四]季度|春天|开春|夏天|秋天|冬天|入冬|入秋|暑假|暑期|寒假)"
        ),
        _year_part,
    ),
    (
        re.compile(
            r"(?<![今去明后一二三四五六七八九十两几半每前头跨\d])年前|(?:春节|过年|过春节|过大年)(?:之|以)?前(?!后)(?:头|边)?|年关(?:之|以)?前"
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
            r"(?P<lm>腊月|正月)(?P<ld>廿[一二三四五六七八九]?|二十[一二三四五六七八九]?|三十|初?十[一二三四五六七八九]?|初?[一二三四五六七八九])?(?![月个])"
        ),
        _lunar_day,
    ),
    (re.compile(r"(?P<lm>大年)?(?P<ld>初(?:十[一二三四五六七八九]?|[一二三四五六七八九]))(?!中|级|步|次)"), _lunar_day),
    (
        re.compile(
            rf"(?P<fy>今年|明年|后年)?(?:大年三十|(?P<fest>{_FESTIVAL_NAMES}|跨年(?=之?前|那)|(?<![十百零二三四五六七八九])五一(?!路|广场)|(?<![双月初零二三四五六七八九])十一(?=(?:黄金周|长假|假期|放假|期间|前|后|之|以|出去|回|的时候|吧|那几天|$))|六一(?!八)|八一(?!路)|三八(?=节|妇女)|过年(?!前|后|好|开|过|了|要)|高考|中考|三一五|六一八))(?:节|儿)?(?P<flast>(?:长假|假期|黄金周)?的?最后一天)?(?:(?P<fday>{_N})号)?(?:长假|假期|黄金周|放假|小长假|当天|期间)?"
        ),
        _festival,
    ),
    (re.compile(r"开学"), _school),
    (
        re.compile(
            r"(?P<soon>(?:[这近]|最近)这?(?:两三|三五|两|几)[天日](?!前|后)|马上(?=就?(?:[买定订要提用换签拿]|$))|尽快|尽早|越快越好|立马(?=就?[买定订提签])|赶紧(?=[买定订提换])|赶快(?=[买定订提换]))"
        ),
        _soon,
    ),
    (
        re.compile(
            r"(?P<lpre>再?(?:等|过|缓|拖|隔)个?)?(?<![零后每那〇一二三四五六七八九十百\d第])(?P<ln>(?:[一二两三四五六七八九十]{1,3}|\d{1,2}|半|[一二两三四五六七八九十]+来))个?(?P<lh>半)?(?P<lu>天|礼拜|星期|周(?![一二三四五六日天末岁年])|月|年(?!级|款|的车))(?P<lx>半个?月)?的?(?P<lmod>[以之]?内|[以之]?后|过后|[以之]?前|了)?"
        ),
        _length,
    ),
)
_ANY = re.compile(
    r"[天日号周月年儿节]|礼拜|星期|[今明][早晚]|清明|五一|端午|中秋|国庆|元旦|春节|除夕|元宵|七夕|圣诞|平安夜|双十|十一|六一|八一|重阳|跨年|尽快|尽早|马上|立马|赶|越快|开春|入[冬秋]|季度|[暑寒]假|暑期|初|开学|高考|中考|冬至|廿"
)
_BEFORE = re.compile(
    r"^(?:那天|[^，。！？\d一二三四五六七八九十]{0,3}?)?(?:之前|以前|前头|前边|(?<!之)前(?!后|天|台|面|两|几|年|阵|段|脚|期|景)|前$)"
)
_AROUND = re.compile(r"^(?:那[几两]?天)?前后")
_AFTER = re.compile(r"^(?:那[几两]?天)?(?:之后|以后|过后|后(?!天|面|排|年|续|期|备|半))")
_PASSED = re.compile(r"(?:过[了完]?|出了)$")
_THAT = re.compile(r"^(?:那[一几两]?天|那会儿|的时候|里头?|份|当天)")


def find_spells(text: str, today: date) -> tuple[Spell, ...]:
    """Every day or span of days spoken of, in order, without those that are wholly past."""
    if not _ANY.search(text):
        return ()
    found: list[tuple[int, int, _Found]] = []
    for pattern, resolve in _RULES:
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end, _ in found):
                continue
            meaning = resolve_match(resolve, match, today)
            if meaning is not None:
                found.append((match.start(), match.end(), meaning))
    spells = (
        _modified(text, start, end, meaning, today) for start, end, meaning in sorted(found, key=lambda item: item[0])
    )
    return _joined(text, tuple(spell for spell in spells if spell.last >= today and spell.first <= spell.last))


def resolve_match(resolve: _Rule, match: re.Match[str], today: date) -> _Found | None:
    """What one match means; 大年三十 is written without a festival's name."""
    if resolve is _festival and match["fest"] is None:
        day = festival("年三十", today)
        return _Found(day, day)
    return resolve(match, today)


def _modified(text: str, start: int, end: int, found: _Found, today: date) -> Spell:
    """The span after 前, 后, 前后, 内 have been taken into account."""
    rest = text[end:]
    spell = Spell(
        start, end, max(found.first, today), found.last, found.loose, found.bound, found.part, found.weekday_only
    )
    if found.bound or found.loose:
        return spell
    pivot = found.pivot or found.first
    if match := _AROUND.match(rest):
        last = found.pivot or found.last
        return replace(spell, end=end + match.end(), first=max(pivot - DAY * 7, today), last=last + DAY * 7, bound=True)
    if match := _BEFORE.match(rest):
        last = found.last if found.keeps_end else pivot - DAY
        return replace(spell, end=end + match.end(), first=today, last=last, bound=True)
    if match := _AFTER.match(rest):
        return _opened(spell, found, end + match.end(), start, today)
    if _PASSED.search(text[max(0, start - 2) : start]):
        begun = _PASSED.search(text[:start])
        return _opened(spell, found, end, begun.start() if begun else start, today)
    if match := re.match(r"^(?:之内|以内|内(?!饰))", rest):
        return replace(spell, end=end + match.end(), first=today, bound=True)
    if match := _THAT.match(rest):
        return replace(spell, end=end + match.end())
    return spell


def _opened(spell: Spell, found: _Found, end: int, start: int, today: date) -> Spell:
    first = max(found.after or found.first, today)
    return replace(spell, start=start, end=end, first=first, last=max(month_end(first), first), bound=True)


def _joined(text: str, spells: tuple[Spell, ...]) -> tuple[Spell, ...]:
    """三月十四号礼拜六 is one day, 七月这个月 one month, 下周，跨年前 what both allow."""
    joined: list[Spell] = []
    for spell in spells:
        last = joined[-1] if joined else None
        between = text[last.end : spell.start] if last else ""
        if last is not None and len(between) <= 1 and between in ("", "，", "、", "的", "就"):
            first, end = max(last.first, spell.first), min(last.last, spell.last)
            same_kind = last.weekday_only == spell.weekday_only
            repeated = between == "，" and (last.first, last.last) == (spell.first, spell.last)
            nested = first <= end and not repeated and not (last.is_day and spell.is_day and same_kind)
            if nested and (between in ("", "的", "就") or last.bound or spell.bound or last.first == first):
                joined[-1] = Spell(
                    last.start,
                    spell.end,
                    first,
                    end,
                    last.loose and spell.loose,
                    spell.bound or last.bound,
                    spell.part or last.part,
                )
                continue
            if last.is_day and spell.is_day and last.weekday_only and not spell.weekday_only and between == "":
                joined[-1] = replace(spell, start=last.start)
                continue
            if last.is_day and spell.is_day and spell.weekday_only and not last.weekday_only and between == "":
                joined[-1] = replace(last, end=spell.end)
                continue
        joined.append(spell)
    return tuple(joined)


# ---------------------------------------------------------------- hours

_PART = r"凌晨|清早|一?大早上?|早上|早晨|早(?=[一二三四五六七八九十\d])|上午|中午|晌午头?儿?|正午|午后|下午|下昼|后晌|傍晚|晚上|夜里|晚(?=[一二三四五六七八九十\d])|下班(?:之|以)?后"
PART = re.compile(_PART)
_HOUR = r"(?:二十[一二三四]?|十[一二]?|[零一二两三四五六七八九]|\d{1,2})"
_CLOCK = re.compile(
    rf"(?P<part>{_PART})?的?(?P<hour>{_HOUR})(?:点(?P<min>半|[一三]刻|[一二三四五]?十[一二三四五六七八九]?|零?[五]分|\d{{1,2}}(?=分|$|[^\d万]))?|[:：](?P<digits>\d\d))分?(?P<loose>钟|整|多|来钟|出头|左右)?(?P<mod>[以之]?[前后])?"
)
_A_LITTLE = re.compile(r"(?:[便快早晚慢多少大小好贵差高低宽有再远近重]\S?|宜|有|这|那|头|第|重|差|意)$")
_AFTERNOON = ("下午", "午后", "下昼", "后晌", "傍晚", "晚上", "夜里", "晚", "下班")
_NOON = 12


def find_clocks(text: str) -> tuple[Clock, ...]:
    """Every hour spoken of, in order: 三点半, 下午两点, 九点来钟, 19:30; 六点多 is six."""
    if "点" not in text and ":" not in text and "：" not in text:
        return ()
    return tuple(_clocks(text))


def _clocks(text: str) -> Iterator[Clock]:
    for match in _CLOCK.finditer(text):
        hour = integer(match["hour"])
        if (
            hour is None
            or hour > 24
            or (
                match["min"] is None
                and re.match(r"[一二三四五六七八九零\d]+(?:[Tt万个成倍]|$)|[Tt]", text[match.end() :])
            )
        ):
            continue
        if match["min"] and re.match(r"[Tt万]", text[match.end() :]):
            continue
        lone = not match["part"] and not match["min"] and not match["loose"] and not match["digits"]
        if lone and hour in (1, 2) and _A_LITTLE.search(text[: match.start()]):
            continue
        if lone and match["hour"] == "一" and not re.match(r"[到来过去行可]|钟|吧|$", text[match.end() :]):
            continue
        yield Clock(
            match.start(),
            match.end(),
            hour % 24,
            _minute(match),
            match["part"] or _part_before(text, match.start()),
            bound=bool(match["mod"]),
        )


def _minute(match: re.Match[str]) -> int:
    if match["digits"]:
        return int(match["digits"]) % 60
    word = (match["min"] or "").removesuffix("分").removeprefix("零")
    fixed = {"": 0, "半": 30, "一刻": 15, "三刻": 45}
    return fixed[word] if word in fixed else (integer(word) or 0) % 60


def _part_before(text: str, start: int) -> str:
    parts = [match.group() for match in PART.finditer(text, 0, start)]
    return parts[-1] if parts else ""


def _hour(hour: int, part: str) -> int:
    if hour > _NOON or hour == 0:
        return hour
    if part.startswith(_AFTERNOON):
        return hour + _NOON if hour < _NOON else hour
    if part.startswith(("中午", "晌午", "正午")):
        return hour + _NOON if hour < 4 else hour  # noqa: PLR2004 - 中午一点 is 13:00
    if part:
        return hour
    return hour + _NOON if hour <= 7 else hour  # noqa: PLR2004 - without a word, one to seven is after noon
