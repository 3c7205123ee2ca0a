"""Spoken days, resolved against the day of the call, which is the only "now".

The conventions are the annotation guide's: X前 ends the day before X (but 月底前 at the month's end), 前后 is a week to
either side, 左右 is exact, an open 后 runs to the month's end. Nothing starts before the call. `jionlp` (1.5.31) answers
otherwise in these very points (清明前 runs to the 5th, 月底 from the 25th) and refuses 过完年, so the grammar is our own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from qc.literals import Prefilter
from qc.memo.day_words import DAY, RULES, DaysMeant, month_end
from qc.rulebook.needed import needed_literals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date


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
    refers_back: bool = False
    """A limit told by what was spoken of before it: 在那之前, 出嫁前."""

    @property
    def is_day(self) -> bool:
        """Whether it names one day."""
        return self.first == self.last and not self.bound and not self.loose


_ANY = re.compile(
    r"[天日号周月年儿节]|腊八|中元|礼拜|星期|[今明][早晚]|清明|五一|端午|中秋|国庆|元旦|春节|除夕|元宵|七夕|圣诞|平安夜|双十|十一|六一|八一|重阳|跨年|尽快|现在|尽早|马上|立马|赶|越快|开春|入[冬秋]|季度|[暑寒]假|暑期|初|开学|高考|中考|冬至|廿|小长假|立[春夏秋冬]|[春秋]分|夏至|惊蛰|谷雨|芒种|霜降|[上中下]旬|下半月"
)
_BEFORE = re.compile(
    r"^(?:那天|[^，。！？\d一二三四五六七八九十]{0,3}?)?(?:之前|以前|前头|前边|(?<!之)前(?!后|天|台|面|两|几|年|阵|段|脚|期|景)|前$)"
)
_ENDING = re.compile(r"结束|[完过]")
"""暑假结束之前: as long as it lasts."""
_AROUND = re.compile(r"^(?:那[几两]?天)?前后")
_AFTER = re.compile(r"^(?:那[几两]?天)?(?:之后|以后|过后|后(?!天|面|排|年|续|期|备|半))")
_OVER = re.compile(
    r"^(?:(?:过|考|放)?完了?(?:之后|以后|后)?(?=[就再我吧，。]|$)|一?过了?(?:之后|以后|后)?(?=[就再吧，。]|$)|结束(?:(?=[就再])|了?(?:之后|以后|后)|了))"
)
"""国庆完了, 五一一过, 高考结束以后: once all of it is over; 审计二月底结束 is when it ends."""
_BACK_FROM = re.compile(r"^(?:放假|假期)?回来(?:之后|以后|后)?(?=[再就])")
"""五一回来再弄: after the days off."""
_WITHIN = re.compile(r"^(?:之内|以内|内(?!饰))")
_NOT_PAST = re.compile(r"(?:不|别|甭)(?:能|要|会|得|可以|敢)?(?:拖|超|晚|迟|等)过了?$")
"""别超过十二月二十, 不能拖过这个月: that day is the last."""
_PASSED = re.compile(r"(?:过[了完]?|出了)$")
_THAT = re.compile(r"^(?:那[一几两]?天|那会儿|的时候|里头?|份|当天)")
_ITS_DAY = ("那天", "那一天", "当天")


_GONE_BY = re.compile(r"(?:去年|前年|大前年|那年|当年|上+个?(?:月|周|礼拜|星期))的?$")
"""去年九月, 上周星期三."""
_WORTH_A_TRY = Prefilter([needed_literals(pattern.pattern) for pattern, _ in RULES])


class _Found(NamedTuple):
    """A word for days, and the rule that says what it means."""

    start: int
    end: int
    meaning: DaysMeant
    match: re.Match[str]
    resolve: Callable[[re.Match[str], date], DaysMeant | None]


@lru_cache(maxsize=256)
def find_spells(text: str, today: date, since: date | None = None, named: date | None = None) -> tuple[Spell, ...]:
    """Every day or span of days spoken of, in order, without those that are wholly past.

    ``since`` is the day of a limit named before, for a 在那之前 that has no day of its own before it; ``named`` is the
    first day of what was spoken of before in a month by name, from which a bare 下旬 or 十五号 counts.
    """
    if not _ANY.search(text) and (since is None or not _BACK.search(text)):
        return ()
    found: list[_Found] = []
    for pattern, resolve in map(RULES.__getitem__, _WORTH_A_TRY.candidates(text)):
        for match in pattern.finditer(text):
            if any(match.start() < one.end and one.start < match.end() for one in found):
                continue
            if _GONE_BY.search(text, 0, match.start()):
                continue
            meaning = resolve(match, today)
            if meaning is not None:
                found.append(_Found(match.start(), match.end(), meaning, match, resolve))
    found.sort(key=lambda item: item.start)
    spells = [
        _modified(text, one.start, one.end, meaning, today)
        for one, meaning in zip(found, _counted_on(found, named), strict=True)
    ]
    weeks = list(_that_week(text, spells))
    spells = [one for one in spells if not any(one.start < week.end and week.start < one.end for week in weeks)]
    spells += weeks
    spells += _referring_back(text, spells, today, since)
    spells.sort(key=lambda spell: spell.start)
    return _joined(
        text,
        tuple(spell for spell in _in_month_named(text, spells) if spell.last >= today and spell.first <= spell.last),
    )


_MONTH_NAMED = re.compile(r"(?:[一二三四五六七八九十元\d]|下个?)月")
_IN_SOME_MONTH = re.compile(
    r"(?:二?十[一二三四五六七八九几]{0,2}|三十一?|[一二三四五六七八九]{1,2}|[123]?\d)(?:[号日]|[到至])|[上中下]旬|[上下]半个?月|月[底末初中尾]"
)
_FROM_TODAY = re.compile(r"[这本下今明后]")
"""四月一号报到，所以下个礼拜，二十六号以前: not in April."""


def _counted_on(found: Sequence[_Found], named: date | None) -> Iterator[DaysMeant]:
    """What the words mean where a bare day counts from the month named before it: 四月十号发奖金，十八号之前定.

    Not where its weekday is told as well: 礼拜天，八号.
    """
    weekdays = {one.meaning.last.weekday() for one in found if one.meaning.weekday_only}
    for one in found:
        meaning = one.meaning
        bare = named is not None and _IN_SOME_MONTH.match(one.match.group()) is not None
        if bare and named is not None and meaning.last < named and meaning.last.weekday() not in weekdays:
            then = one.resolve(one.match, named)
            meaning = then if then is not None and then.last <= month_end(named) else meaning
        if _MONTH_NAMED.search(one.match.group()):
            named = None if _BEFORE.match(one.match.string[one.end :]) else meaning.first
        elif _FROM_TODAY.match(one.match.group()):
            named = None
        yield meaning


_BACK = re.compile(
    r"赶?在?(?<![到从])[那这此](?:一?天|个?日子|个?时候)?(?:之前|以前|前头|前(?!天|台|面|两|几|年|阵|段|脚|期|后))|"
    r"(?:(?<=[，。])|^)(?:赶?在|得)?(?:[^，。\d]{1,4}?(?:之前|以前|前)|之前)(?=我?(?:得|要|必须|肯定)|就要|给[我他她]|弄|搞|整|装|有(?!点|人|事|没)|把|车|买|提|定|拿|交车|办|换|用上|到就|到手|能)|"
    r"赶?在?(?:涨价|降价|截止|到期|结束|过期|没)了?(?:之前|以前|前)"
)
"""在那之前, 走之前得提到, 赶在涨价前: before the day spoken of last."""


_THAT_WEEK = re.compile(r"那一?个?(?:(?P<end>周末)|(?:礼拜|星期|周)(?![一二三四五六日天末]))")
"""七号回，回来那周末定: of the week of the day spoken of last."""


def _that_week(text: str, spells: Sequence[Spell]) -> Iterator[Spell]:
    for match in _THAT_WEEK.finditer(text):
        earlier = [spell for spell in spells if spell.end <= match.start() and spell.is_day]
        if earlier:
            day = earlier[-1]
            monday = day.first - DAY * day.first.weekday()
            first = monday + DAY * 5 if match["end"] else monday
            start = day.start if day.end == match.start() else match.start()
            yield Spell(start, match.end(), first, monday + DAY * 6)


def _referring_back(text: str, spells: Iterable[Spell], today: date, since: date | None) -> Iterator[Spell]:
    for match in _BACK.finditer(text):
        earlier = [spell for spell in spells if spell.end <= match.start()]
        if earlier:
            since = deadline(text, earlier[-1])
        if since is not None and not any(match.start() < spell.end and spell.start < match.end() for spell in spells):
            yield Spell(match.start(), match.end(), today, since - DAY, bound=True, refers_back=True)


def is_limit_only(spell: Spell, spells: Sequence[Spell]) -> bool:
    """Whether the day is named for a limit alone: 九月十二号出嫁，出嫁前到就成."""
    after = [other for other in spells if other.start >= spell.end]
    return bool(after) and after[0].refers_back


def deadline(text: str, spell: Spell) -> date:
    """The day that 在那之前 counts from: the first day of what was said, but the day after 月底 and what has a limit."""
    if spell.bound or text[spell.start : spell.end].endswith(("底", "末", "尾")):
        return spell.last + DAY
    return spell.first


_BARE_DAY = re.compile(r"^(?:二?十[一二三四五六七八九]?|三十一?|[一二三四五六七八九]|[123]?\d)[号日]")
_CARRIES = 6
"""So many characters after a month its name still holds for a bare day: 十二月中旬，嗯，十五号."""


def _in_month_named(text: str, spells: Iterable[Spell]) -> Iterator[Spell]:
    """A bare day of the month just named falls in that month."""
    before: Spell | None = None
    named = False
    for spell in spells:
        carried = spell if before is None else _carried(text, before, spell, named=named)
        yield carried
        named = "月" in text[spell.start : spell.end] or (named and carried is not spell)
        before = carried


def _carried(text: str, before: Spell, spell: Spell, *, named: bool) -> Spell:
    month, end = before.first, month_end(before.first)
    listed = before.is_day and text[before.end : spell.start] in ("，", "、", "和", "跟", "或者", "还是")
    of_month = named and (listed or not before.is_day) and before.last <= end
    bare = spell.is_day and _BARE_DAY.match(text[spell.start : spell.end]) is not None
    if not (of_month and bare and spell.start - before.end <= _CARRIES and spell.first.day <= end.day):
        return spell
    day = month.replace(day=spell.first.day)
    return replace(spell, first=day, last=day)


def _modified(text: str, start: int, end: int, found: DaysMeant, today: date) -> Spell:
    """The span after 前, 后, 前后, 内 have been taken into account."""
    rest = text[end:]
    spell = Spell(
        start, end, max(found.first, today), found.last, found.loose, found.bound, found.part, found.weekday_only
    )
    if found.bound or found.loose:
        return spell
    limited = _limited(spell, found, rest, today)
    if limited is not None:
        return limited
    opened = _after(spell, found, text, today)
    if opened is not None:
        return opened
    match = _THAT.match(rest)
    return _of_that(spell, found, match) if match else spell


def _after(spell: Spell, found: DaysMeant, text: str, today: date) -> Spell | None:
    """The span with 后, 过了 or 回来 said after it, or 过 before it."""
    start, end, rest = spell.start, spell.end, text[spell.end :]
    if begun := _NOT_PAST.search(text[:start]):
        return replace(spell, start=begun.start(), first=today, bound=True)
    match = _AFTER.match(rest) or (_BACK_FROM.match(rest) if found.pivot else None)
    if match:
        return _opened(spell, found, end + match.end(), start, today)
    match = _OVER.match(rest)
    if match and (not spell.is_day or found.pivot or match.group().startswith("过完")):
        over = found._replace(after=found.after or found.last + DAY)
        return _opened(spell, over, end + match.end(), start, today)
    if begun := _PASSED.search(text[:start]):
        return _opened(spell, found, end, begun.start(), today)
    return None


def _of_that(spell: Spell, found: DaysMeant, match: re.Match[str]) -> Spell:
    """元旦那天 is its first day, not the days off."""
    day = found.pivot if match.group() in _ITS_DAY else None
    return replace(spell, end=spell.end + match.end(), first=day or spell.first, last=day or spell.last)


def _limited(spell: Spell, found: DaysMeant, rest: str, today: date) -> Spell | None:
    """The span with 前后, 前 or 内 said after it."""
    pivot = found.pivot or found.first
    if match := _AROUND.match(rest):
        first, last = max(pivot - DAY * 7, today), (found.pivot or found.last) + DAY * 7
    elif match := _BEFORE.match(rest):
        over = found.keeps_end or _ENDING.search(match.group()) is not None
        first, last = today, found.last if over else pivot - DAY
    elif match := _WITHIN.match(rest):
        first, last = today, found.last
    else:
        return None
    return replace(spell, end=spell.end + match.end(), first=first, last=last, bound=True)


def _opened(spell: Spell, found: DaysMeant, end: int, start: int, today: date) -> Spell:
    first = max(found.after or found.first, today)
    return replace(spell, start=start, end=end, first=first, last=max(month_end(first), first), bound=True)


def _is_range(first: Spell, between: str, second: Spell) -> bool:
    """七月底八月初, 下周三到周五."""
    if second.first <= first.last or first.loose or second.loose or first.bound:
        return False
    return between in ("到", "至") or (
        between in ("", "或", "或者", "要么", "、") and not (first.is_day or second.is_day)
    )


def _names_its_weekday(first: Spell, between: str, second: Spell) -> bool:
    """十九号吧，礼拜六: the weekday that the date falls on."""
    days = first.is_day and second.is_day and second.weekday_only and not first.weekday_only
    return days and not between.strip("吧嘛呢啊是，、") and first.first.weekday() == second.first.weekday()


def _joined(text: str, spells: tuple[Spell, ...]) -> tuple[Spell, ...]:
    """三月十四号礼拜六 is one day, 七月这个月 one month, 下周，跨年前 what both allow."""
    joined: list[Spell] = []
    for spell in spells:
        last = joined[-1] if joined else None
        between = text[last.end : spell.start] if last else ""
        if last is not None and _is_range(last, between, spell):
            joined[-1] = replace(last, end=spell.end, last=spell.last, weekday_only=False)
            continue
        if last is not None and _names_its_weekday(last, between, spell):
            joined[-1] = replace(last, end=spell.end)
            continue
        if last is not None and len(between) <= 1 and between in ("", "，", "、", "的", "就"):
            first, end = max(last.first, spell.first), min(last.last, spell.last)
            same_kind = last.weekday_only == spell.weekday_only
            if last.loose and between == "，":
                joined.append(spell)
                continue
            if (
                text[: last.end].endswith("后")
                and text[: spell.end].endswith("前")
                and last.first <= spell.last
                and between == ""
            ):
                joined[-1] = replace(last, end=spell.end, last=spell.last)  # 元旦之后春节之前
                continue
            days_at_hand = between == "，" and text[: last.end].endswith("几天")
            one_then_more = between == "，" and last.first == last.last and not spell.is_day
            repeated = between == "，" and (last.first, last.last) == (spell.first, spell.last)
            at_the_edge = between == "，" and last.bound and first == last.last  # 年前，过年要回家
            nested = (
                first <= end
                and not at_the_edge
                and not days_at_hand
                and not one_then_more
                and not repeated
                and not (last.is_day and spell.is_day and same_kind)
            )
            if nested and (between in ("", "的", "就") or last.bound or spell.bound or last.first == first):
                joined[-1] = Spell(
                    last.start,
                    spell.end,
                    first,
                    end,
                    last.loose and spell.loose,
                    (spell.bound or last.bound) and not spell.is_day,
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
